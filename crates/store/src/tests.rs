//! The writer's promises on SQLite; PostgreSQL runs the domains' own suites.

use std::sync::Arc;

use crate::{Db, Migration, OpenError};

const ONE: Migration = Migration {
    version: 1,
    name: "first",
    sql: "CREATE TABLE note (id {{id}}, body TEXT NOT NULL, picture {{blob}});\n-- postgres:\nthis would be an error;\n-- both:\nCREATE UNIQUE INDEX note_body ON note (body);",
};

async fn fresh() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::open_sqlite(&folder.path().join("a b%.db"), &[ONE]).await.expect("opens");
    (folder, db)
}

async fn add(db: &Db, body: &str) -> Result<(), crate::StoreError> {
    let mut tx = db.tx("add_note").await?;
    sqlx::query("INSERT INTO note (body) VALUES ($1)").bind(body).execute(&mut *tx).await?;
    tx.commit().await
}

async fn count(db: &Db) -> i64 {
    let mut read = db.read().await.expect("reads");
    sqlx::query_scalar("SELECT COUNT(*) FROM note").fetch_one(&mut *read).await.expect("counts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_callers_at_once_are_all_durable_when_told_so() {
    let (_folder, db) = fresh().await;
    let db = Arc::new(db);
    let mut callers = tokio::task::JoinSet::new();
    for n in 0..200 {
        let db = Arc::clone(&db);
        callers.spawn(async move { add(&db, &format!("note {n}")).await });
    }
    while let Some(done) = callers.join_next().await {
        done.expect("no panic").expect("commits");
    }
    assert_eq!(count(&db).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_neighbour_takes_nothing_of_others_with_it() {
    let (_folder, db) = fresh().await;
    add(&db, "taken").await.expect("first");
    let (good, bad, also_good) = tokio::join!(add(&db, "one"), add(&db, "taken"), add(&db, "two"));
    good.expect("kept");
    assert!(bad.expect_err("refused").is_unique_violation());
    also_good.expect("kept");
    assert_eq!(count(&db).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_away_leaves_nothing_and_blocks_nobody() {
    let (_folder, db) = fresh().await;
    let mut tx = db.tx("add_note").await.expect("begins");
    sqlx::query("INSERT INTO note (body) VALUES ('gone')").execute(&mut *tx).await.expect("inserts");
    drop(tx);
    add(&db, "stays").await.expect("commits");
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn an_older_program_refuses_a_newer_schema_and_a_changed_step() {
    let (folder, db) = fresh().await;
    db.close().await;
    let file = folder.path().join("a b%.db");
    assert!(matches!(Db::open_sqlite(&file, &[]).await, Err(OpenError::Newer { found: 1, known: 0 })));
    let changed = Migration { sql: "SELECT 1", ..ONE };
    assert!(matches!(Db::open_sqlite(&file, &[changed]).await, Err(OpenError::Changed { version: 1 })));
    Db::open_sqlite(&file, &[ONE]).await.expect("opens again");
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x.db");
    let broken = Migration { version: 2, name: "broken", sql: "CREATE TABLE half (x BIGINT); SELECT no_such_thing;" };
    assert!(matches!(Db::open_sqlite(&file, &[ONE, broken]).await, Err(OpenError::Migrate { version: 2, .. })));
    let mended = Migration { sql: "CREATE TABLE half (x BIGINT);", ..broken };
    Db::open_sqlite(&file, &[ONE, mended]).await.expect("goes on after the first");
}
