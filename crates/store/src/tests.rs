//! The writer's promises on SQLite, and the pool's on PostgreSQL when a caller goes away; what both engines share runs
//! in the domains' own suites.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use crate::{Conn, Db, Migration, OpenError};

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

#[tokio::test]
async fn what_is_taken_for_reading_cannot_write() {
    let (_folder, db) = fresh().await;
    let mut read = db.read().await.expect("reads");
    let done = sqlx::query("INSERT INTO note (body) VALUES ('sly')").execute(&mut *read).await;
    assert!(done.is_err());
    drop(read);
    add(&db, "fair").await.expect("commits");
    assert_eq!(count(&db).await, 1);
}

/// A fresh PostgreSQL, and a connection of our own to look at it from aside.
async fn fresh_postgres() -> (Db, Conn) {
    let url = openlines_testkit::postgres().await;
    let notes = Migration { sql: "CREATE TABLE note (id {{id}}, body TEXT NOT NULL)", ..ONE };
    let db = Db::open_postgres(&url, &[notes]).await.expect("opens");
    let aside = <Conn as sqlx::Connection>::connect(&url).await.expect("connects");
    (db, aside)
}

/// Polls a future so many times and drops it, as axum does when the browser hangs up. True if it came to its end.
async fn hang_up_after<F: Future>(aside: &mut Conn, polls: usize, work: F) -> bool {
    let mut work = pin!(work);
    for _ in 0..polls {
        if futures_util::poll!(&mut work).is_ready() {
            return true;
        }
        // A round trip of another connection: by then the server has answered the first one too.
        sqlx::query("SELECT 1").execute(&mut *aside).await.expect("answers");
    }
    false
}

/// Waits until all connections are back in the pool and none holds a transaction open.
async fn until_none_is_open(db: &Db, aside: &mut Conn, after: &str) {
    let look = async {
        loop {
            let away = db.pool.size() as usize - db.pool.num_idle();
            let open: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
            )
            .fetch_one(&mut *aside)
            .await
            .expect("counts");
            if open == 0 && away == 0 {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(3), look).await.unwrap_or_else(|_| panic!("open for ever after {after}"));
}

#[tokio::test]
async fn a_caller_that_hangs_up_while_beginning_leaves_no_transaction_in_the_pool() {
    let (db, mut aside) = fresh_postgres().await;
    for polls in 0.. {
        let is_done = hang_up_after(&mut aside, polls, db.tx("begin")).await;
        until_none_is_open(&db, &mut aside, &format!("{polls} polls")).await;
        if is_done {
            break;
        }
    }
    add(&db, "works").await.expect("commits");
}

#[tokio::test]
async fn a_caller_that_hangs_up_while_committing_leaves_no_transaction_in_the_pool() {
    let (db, mut aside) = fresh_postgres().await;
    for polls in 0.. {
        let mut tx = db.tx("commit").await.expect("begins");
        let body = format!("note {polls}");
        let made: Option<i64> = sqlx::query_scalar("INSERT INTO note (body) VALUES ($1) RETURNING id")
            .bind(&body)
            .fetch_optional(&mut *tx)
            .await
            .expect("inserts");
        assert!(made.is_some());
        let is_done = hang_up_after(&mut aside, polls, tx.commit()).await;
        until_none_is_open(&db, &mut aside, &format!("{polls} polls")).await;
        if is_done {
            break;
        }
    }
    add(&db, "works").await.expect("commits");
}

#[tokio::test]
async fn a_transaction_that_is_given_up_costs_no_connection() {
    let (db, mut aside) = fresh_postgres().await;
    let mut backends = BTreeSet::new();
    for n in 0..20 {
        let mut tx = db.tx("given_up").await.expect("begins");
        let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *tx).await.expect("tells");
        backends.insert(pid);
        sqlx::query("INSERT INTO note (body) VALUES ('gone')").execute(&mut *tx).await.expect("inserts");
        drop(tx);
        until_none_is_open(&db, &mut aside, &format!("refusal {n}")).await;
    }
    assert!(backends.len() < 10, "{} connections were made for 20 refusals", backends.len());
    assert_eq!(count(&db).await, 0);
}
