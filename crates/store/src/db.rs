//! Opening a database; transactions and reads.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Executor as _};

use crate::writer::{SqliteTx, Writer};
use crate::{Conn, Migration, OpenError, StoreError, migrate};

/// Connections that only read, SQLite.
const SQLITE_READERS: u32 = 4;
/// Connections in all, PostgreSQL, each process.
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long a caller waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a transaction that was given up may take to roll back; then its connection is closed.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(5);

/// Which database it is. Only dialect files ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file of ours.
    Sqlite,
    /// A server.
    Postgres,
}

/// An open database. Clones share it.
#[derive(Clone, Debug)]
pub struct Db {
    engine: Engine,
    pub(crate) pool: AnyPool,
    /// SQLite has one writer; PostgreSQL needs none.
    writer: Option<Arc<Writer>>,
}

impl Db {
    /// Opens a SQLite file, making it if missing, and brings its schema up to date.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_sqlite(file: &Path, migrations: &[Migration]) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let url = sqlite_url(file);
        let pool = AnyPoolOptions::new()
            .max_connections(SQLITE_READERS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(|conn, _| {
                Box::pin(async move {
                    prepare_sqlite(conn).await?;
                    // A write past the writer would make it wait, and fail under load.
                    conn.execute("PRAGMA query_only = ON").await.map(drop)
                })
            })
            .connect(&url)
            .await
            .map_err(OpenError::Connect)?;
        let mut conn = <sqlx::AnyConnection as sqlx::Connection>::connect(&url).await.map_err(OpenError::Connect)?;
        prepare_sqlite(&mut conn).await.map_err(OpenError::Connect)?;
        migrate::run(&mut conn, Engine::Sqlite, migrations).await?;
        Ok(Self { engine: Engine::Sqlite, pool, writer: Some(Arc::new(Writer::new(conn))) })
    }

    /// Opens a PostgreSQL database by its address and brings its schema up to date.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_postgres(url: &str, migrations: &[Migration]) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let pool = AnyPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect(url)
            .await
            .map_err(OpenError::Connect)?;
        let mut conn = pool.acquire().await.map_err(OpenError::Connect)?;
        migrate::run(&mut conn, Engine::Postgres, migrations).await?;
        drop(conn);
        Ok(Self { engine: Engine::Postgres, pool, writer: None })
    }

    /// As [`Db::open_postgres`], with all tables in a schema of their own: hub and portal may share a database.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_postgres_in(
        url: &str,
        schema: &'static str,
        migrations: &[Migration],
    ) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let mut conn = <Conn as sqlx::Connection>::connect(url).await.map_err(OpenError::Connect)?;
        let make = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
        let made = conn.execute(sqlx::AssertSqlSafe(make)).await;
        // Two nodes that start together: the other was first.
        let was_made = matches!(&made, Err(sqlx::Error::Database(cause)) if cause.is_unique_violation());
        if let Err(cause) = made
            && !was_made
        {
            return Err(OpenError::Connect(cause));
        }
        drop(conn);
        Self::open_postgres(&postgres_url_in(url, schema), migrations).await
    }

    /// Opens whichever `database` names: `postgres://…`, or the path of a SQLite file.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(database: &str, migrations: &[Migration]) -> Result<Self, OpenError> {
        match database.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Self::open_postgres(database, migrations).await,
            Some(("sqlite", path)) => Self::open_sqlite(Path::new(path), migrations).await,
            Some((other, _)) => Err(OpenError::UnknownScheme(other.to_owned())),
            None => Self::open_sqlite(Path::new(database), migrations).await,
        }
    }

    /// Which engine it is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Opens a transaction. `name` is the use case (`accept_dialog`) and a metric label.
    ///
    /// Dropped without [`Tx::commit`], nothing of it is kept. Keep it short, never wait for a network inside: on
    /// SQLite all writers queue behind it. On PostgreSQL it runs at read committed: lock what you decide about by an
    /// `UPDATE … RETURNING` first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn tx(&self, name: &'static str) -> Result<Tx, StoreError> {
        metrics::counter!("openlines_store_transactions_total", "name" => name).increment(1);
        let inner = match &self.writer {
            Some(writer) => Inner::Sqlite(writer.begin().await?),
            None => Inner::Postgres { conn: Some(self.pool.acquire().await?) },
        };
        let mut tx = Tx { inner };
        if self.engine == Engine::Postgres {
            // Within the Tx already: a caller that goes away here leaves no open transaction in the pool.
            tx.execute("BEGIN").await?;
        }
        Ok(tx)
    }

    /// Takes a connection for reading what is committed. On SQLite it cannot write.
    ///
    /// # Errors
    /// The database is away.
    pub async fn read(&self) -> Result<Read, StoreError> {
        Ok(Read(self.pool.acquire().await?))
    }

    /// Ends all connections after the running commit.
    pub async fn close(&self) {
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
        self.pool.close().await;
    }
}

/// An open transaction; dereferences to the [`Conn`] that store functions take.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Sqlite(SqliteTx),
    Postgres { conn: Option<PoolConnection<Any>> },
}

impl Tx {
    /// Makes it durable. On SQLite it may wait for its neighbours and share one disk flush with them.
    ///
    /// # Errors
    /// Nothing was kept.
    pub async fn commit(self) -> Result<(), StoreError> {
        let mut this = self;
        match &mut this.inner {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Postgres { conn } => {
                // Held until the answer is here: a caller that goes away before is cleaned up after by drop.
                if let Some(held) = conn {
                    held.execute("COMMIT").await?;
                }
                *conn = None;
                Ok(())
            }
        }
    }
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        match &self.inner {
            Inner::Sqlite(tx) => tx.conn(),
            Inner::Postgres { conn } => conn.as_ref().expect("taken only by commit, which consumes the Tx"),
        }
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        match &mut self.inner {
            Inner::Sqlite(tx) => tx.conn_mut(),
            Inner::Postgres { conn } => conn.as_mut().expect("taken only by commit, which consumes the Tx"),
        }
    }
}

impl Drop for Tx {
    /// A refused request gives its transaction up: that must not cost a connection each time.
    fn drop(&mut self) {
        let Inner::Postgres { conn } = &mut self.inner else { return };
        let Some(mut held) = conn.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return held.close_on_drop() };
        drop(runtime.spawn(async move {
            let done = tokio::time::timeout(ROLLBACK_TIMEOUT, held.execute("ROLLBACK")).await;
            if !matches!(done, Ok(Ok(_))) {
                held.close_on_drop();
            }
        }));
    }
}

/// A connection for reading; dereferences to the [`Conn`] that store functions take.
#[derive(Debug)]
pub struct Read(PoolConnection<Any>);

impl Deref for Read {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Read {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

async fn prepare_sqlite(conn: &mut Conn) -> Result<(), sqlx::Error> {
    // WAL: readers and the writer do not wait for each other. FULL: a commit survives a power cut.
    conn.execute("PRAGMA journal_mode = WAL").await?;
    conn.execute("PRAGMA synchronous = FULL").await?;
    conn.execute("PRAGMA foreign_keys = ON").await?;
    conn.execute("PRAGMA busy_timeout = 5000").await?;
    conn.execute("PRAGMA temp_store = MEMORY").await?;
    Ok(())
}

/// The same database's address with another schema to look for tables in.
#[must_use]
pub fn postgres_url_in(url: &str, schema: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}options[search_path]={schema}")
}

fn sqlite_url(file: &Path) -> String {
    let mut url = String::from("sqlite://");
    for byte in file.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => url.push(char::from(byte)),
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url + "?mode=rwc"
}
