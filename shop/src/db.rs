//! The database connection: PostgreSQL or SQLite by address, transactions that write, and
//! a count of statements.

use crate::error::ShopError;
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Pages a connection keeps, in negative KiB; the system's page cache keeps them all, once.
const SQLITE_CACHE: &str = "-512";
/// How long a writer waits for another one of the same SQLite file.
const SQLITE_PATIENCE: Duration = Duration::from_secs(10);
/// SQLite takes one writer at a time; a few readers beside it are plenty.
const SQLITE_CONNECTIONS: u32 = 4;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Counts the statements that a connection sends. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct StatementCounter(Arc<AtomicU64>);

impl StatementCounter {
    /// Statements so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// An open database.
#[derive(Clone, Debug)]
pub struct Database {
    /// The connection pool.
    pub connection: DatabaseConnection,
    /// Statements sent through it.
    pub statements: StatementCounter,
}

impl Database {
    /// Opens `postgres://…` or `sqlite://path`; a missing SQLite file is made.
    ///
    /// # Errors
    /// When the address is refused or nobody answers there. The text holds no password.
    pub async fn connect(url: &str, max_connections: u32) -> Result<Self, ShopError> {
        let mut options = ConnectOptions::new(url);
        options
            .sqlx_logging(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .acquire_timeout(CONNECT_TIMEOUT);
        if let Some(path) = sqlite_path(url) {
            if let Some(folder) = Path::new(path).parent() {
                fs::create_dir_all(folder).map_err(ShopError::internal)?;
            }
            options.max_connections(SQLITE_CONNECTIONS.min(max_connections.max(1)));
            options.map_sqlx_sqlite_opts(|options| {
                options
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Normal)
                    .pragma("cache_size", SQLITE_CACHE)
                    .busy_timeout(SQLITE_PATIENCE)
            });
        } else {
            options.max_connections(max_connections);
        }
        let mut connection = sea_orm::Database::connect(options).await?;
        let statements = StatementCounter::default();
        let counter = statements.clone();
        connection.set_metric_callback(move |_| {
            counter.0.fetch_add(1, Ordering::Relaxed);
        });
        Ok(Self { connection, statements })
    }
}

fn sqlite_path(url: &str) -> Option<&str> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Some(path.split('?').next().unwrap_or(path))
}

/// Begins a transaction that will write. On SQLite it takes the write lock at once: one
/// that starts reading and wants to write later is refused without waiting when another
/// writer was faster.
pub(crate) async fn begin_write(connection: &DatabaseConnection) -> Result<DatabaseTransaction, ShopError> {
    let immediate = connection.get_database_backend() == DbBackend::Sqlite;
    let options = TransactionOptions {
        sqlite_transaction_mode: immediate.then_some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    Ok(connection.begin_with_options(options).await?)
}

/// What one transaction at a time does. Row locks would not do: they do not cover rows
/// that another one is about to write.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Turn {
    /// Giving positions to changes.
    Publishing = 1,
    /// Moving categories, and making those that an import misses.
    Taxonomy = 2,
    /// Changing where is shipped to, and what is taxed.
    Terms = 3,
    /// Changing which vectors serve.
    Generations = 4,
    /// Changing what staff say about search.
    Search = 5,
    /// Making tables for the months of the event log.
    Partitions = 6,
    /// Changing rules for lists, and experiments with them.
    Steering = 7,
}

/// Sets our locks apart from those of others in the same database.
const LOCK_SPACE: i32 = 0x6d79_7368;

/// Waits for its turn and keeps it until the transaction ends. A writing transaction of
/// SQLite is alone already.
pub(crate) async fn take_turn(tx: &DatabaseTransaction, turn: Turn) -> Result<(), ShopError> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let sql = "SELECT pg_advisory_xact_lock($1, $2)";
        let values = [LOCK_SPACE.into(), (turn as i32).into()];
        tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values))
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_addresses_give_their_path() {
        assert_eq!(sqlite_path("sqlite://data/shop.db?mode=rwc"), Some("data/shop.db"));
        assert_eq!(sqlite_path("sqlite:///var/shop.db"), Some("/var/shop.db"));
        assert_eq!(sqlite_path("postgres://host/shop"), None);
    }
}
