//! A whole portal for one test.

use std::sync::Arc;

use axum::Router;
use openlines_base::{Clock as _, SystemRng, Tasks};
use openlines_edge::client::{Client, Policy};
use openlines_store::Db;
use openlines_testkit::TestClock;
use tempfile::TempDir;

use super::{Browser, FakeHub};
use crate::client::HubLink;
use crate::company::SetupCode;
use crate::staff::{Passwords, Role};
use crate::{Config, DialogId, LineId, MIGRATIONS, MessageId, OperatorId, Parts};

/// A portal over a fresh database. Workers run only if the test starts them.
pub(crate) struct Office {
    pub(crate) parts: Parts,
    pub(crate) clock: TestClock,
    pub(crate) hub: Arc<FakeHub>,
    pub(crate) router: Router,
    _folder: TempDir,
}

impl Office {
    /// Over SQLite, with a company but nobody in it.
    pub(crate) async fn new() -> Self {
        let office = Self::empty().await;
        office.make_company().await;
        office
    }

    /// Over SQLite, before the first run.
    pub(crate) async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("portal.db"), MIGRATIONS).await.unwrap();
        Self::over(db, folder)
    }

    /// One portal with a company per engine that this machine has; SQLite always.
    pub(crate) async fn on_each_engine() -> Vec<Self> {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_postgres(&openlines_testkit::postgres().await, MIGRATIONS).await.unwrap();
        let postgres = Self::over(db, folder);
        postgres.make_company().await;
        vec![Self::new().await, postgres]
    }

    fn over(db: Db, folder: TempDir) -> Self {
        let clock = TestClock::new();
        let hub = Arc::new(FakeHub::default());
        let files = folder.path().join("files");
        std::fs::create_dir_all(&files).unwrap();
        let parts = Parts {
            db,
            clock: Arc::new(clock.clone()),
            rng: Arc::new(SystemRng),
            tasks: Tasks::new(),
            files,
            public_url: "http://desk.test/".parse().unwrap(),
            master_key: Arc::new([7; 32].into()),
            bells: Arc::default(),
            hub: Arc::clone(&hub) as _,
            link: HubLink::default(),
            client: Client::new(Policy { allow_private: true, follow_redirects: true, ..Policy::default() }),
            pictures: Arc::default(),
            live: Arc::default(),
            passwords: Arc::new(Passwords::weak(&SystemRng)),
            setup: Arc::new(SetupCode::new(&SystemRng)),
            config: Arc::new(Config { version: "test".to_owned(), ..Config::default() }),
        };
        let router = crate::routes::router(parts.clone()).merge(crate::routes::hub_router(parts.clone()));
        Self { parts, clock, hub, router, _folder: folder }
    }

    async fn make_company(&self) {
        let mut tx = self.parts.db.tx("test").await.unwrap();
        sqlx::query("INSERT INTO company (id, name, time_zone, language, created_at) VALUES (1, $1, $2, 'en', $3)")
            .bind("Shop")
            .bind("Europe/Moscow")
            .bind(self.clock.now().ms())
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// A browser that is not signed in.
    pub(crate) fn stranger(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A new person of the staff, without a password, on the line and online.
    pub(crate) async fn add(&self, name: &str, role: Role) -> OperatorId {
        let mut tx = self.parts.db.tx("test").await.unwrap();
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO operator (name, email, password_hash, role, status, status_since, online, seen_at, created_at)
             VALUES ($1, $2, '', $3, 'available', $4, 1, $4, $4) RETURNING id",
        )
        .bind(name)
        .bind(format!("{}@shop.test", name.to_lowercase()))
        .bind(role.word())
        .bind(self.clock.now().ms())
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        OperatorId(id)
    }

    /// A new person, signed in.
    pub(crate) async fn sign_in(&self, name: &str, role: Role) -> Browser {
        let operator = self.add(name, role).await;
        self.browser_of(operator).await
    }

    /// One more browser of a person.
    pub(crate) async fn browser_of(&self, operator: OperatorId) -> Browser {
        let mut tx = self.parts.db.tx("test").await.unwrap();
        let login = crate::staff::open_login(&mut tx, &self.parts, operator, "test").await.unwrap();
        tx.commit().await.unwrap();
        Browser {
            operator,
            cookie: Some(format!("ol_login={}", login.token.expose())).into(),
            csrf_token: login.csrf_token.expose().clone().into(),
            ..self.stranger()
        }
    }

    /// A line with these people in its queue.
    pub(crate) async fn line(&self, name: &str, operators: &[OperatorId]) -> LineId {
        let mut tx = self.parts.db.tx("test").await.unwrap();
        let line: i64 =
            sqlx::query_scalar("INSERT INTO line (name, language, created_at) VALUES ($1, 'en', $2) RETURNING id")
                .bind(name)
                .bind(self.clock.now().ms())
                .fetch_one(&mut *tx)
                .await
                .unwrap();
        for (position, operator) in (0_i64..).zip(operators) {
            sqlx::query("INSERT INTO line_operator (line_id, operator_id, position) VALUES ($1, $2, $3)")
                .bind(line)
                .bind(operator.get())
                .bind(position)
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        LineId(line)
    }

    /// A customer's dialog in this line that waits for somebody.
    pub(crate) async fn dialog(&self, line: LineId) -> DialogId {
        let now = self.clock.now().ms();
        let mut tx = self.parts.db.tx("test").await.unwrap();
        let customer: i64 =
            sqlx::query_scalar("INSERT INTO customer (name, created_at) VALUES ('Maria', $1) RETURNING id")
                .bind(now)
                .fetch_one(&mut *tx)
                .await
                .unwrap();
        let dialog: i64 = sqlx::query_scalar(
            "INSERT INTO dialog (connection_id, line_id, channel, customer_id, external_chat_id, last_activity_at,
                 created_at) VALUES (1, $1, 'paper', $2, $3, $4, $4) RETURNING id",
        )
        .bind(line.get())
        .bind(customer)
        .bind(format!("chat {customer}"))
        .bind(now)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        let session: i64 = sqlx::query_scalar(
            "INSERT INTO session (number, dialog_id, line_id, state, opened_at) VALUES ($1, $2, $3, 'waiting', $4)
             RETURNING id",
        )
        .bind(dialog)
        .bind(dialog)
        .bind(line.get())
        .bind(now)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        sqlx::query("UPDATE dialog SET session_id = $2, session_state = 'waiting' WHERE id = $1")
            .bind(dialog)
            .bind(session)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        DialogId(dialog)
    }

    /// A message of the customer in a dialog.
    pub(crate) async fn message(&self, dialog: DialogId, text: &str) -> MessageId {
        let mut tx = self.parts.db.tx("test").await.unwrap();
        let message: i64 = sqlx::query_scalar(
            "INSERT INTO message (dialog_id, session_id, kind, author_kind, text, at)
             SELECT id, session_id, 'incoming', 'customer', $2, $3 FROM dialog WHERE id = $1 RETURNING id",
        )
        .bind(dialog.get())
        .bind(text)
        .bind(self.clock.now().ms())
        .fetch_one(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        MessageId(message)
    }
}
