//! Where a shop's data lies. It outlives the shop, so that another can be started on it.

use crate::{services::postgres_url, shop::ensure_user};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use shop::Role;
use std::path::Path;
use tempfile::TempDir;
use uuid::Uuid;
use web::{config::Config, database::open_shop};

/// The databases that a shop runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A file in the data directory.
    Sqlite,
    /// A database of its own on the server of `MYSHOP_TEST_DATABASE_URL`.
    Postgres,
}

/// Tells a story on SQLite, then on PostgreSQL.
#[expect(clippy::print_stderr, reason = "a failed story must say where it was told")]
pub async fn each_database(story: impl AsyncFn(DatabaseKind)) {
    eprintln!("on SQLite");
    story(DatabaseKind::Sqlite).await;
    if postgres_url().is_some() {
        eprintln!("on PostgreSQL");
        story(DatabaseKind::Postgres).await;
    }
}

/// A data directory and a database, both gone when this is dropped.
pub struct Place {
    directory: TempDir,
    postgres: Option<PostgresDatabase>,
}

impl Place {
    /// A fresh one.
    ///
    /// # Panics
    /// When there is no room for it, or no server.
    pub async fn new(kind: DatabaseKind) -> Self {
        let postgres = match kind {
            DatabaseKind::Sqlite => None,
            DatabaseKind::Postgres => Some(PostgresDatabase::create().await),
        };
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        Self { directory, postgres }
    }

    /// The data directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The address of the database.
    #[must_use]
    pub fn database_url(&self) -> String {
        match &self.postgres {
            Some(database) => database.url(),
            None => format!("sqlite://{}", self.directory().join("myshop.db").display()),
        }
    }

    /// Settings of a shop that lies here.
    #[must_use]
    pub fn config(&self) -> Config {
        let mut config = Config::default();
        config.data_dir.0 = self.directory().to_owned();
        config.database.url = Some(self.database_url());
        config.database.max_connections = 8;
        // Stories share one Redis.
        let name = self.directory().file_name().unwrap_or_default().to_string_lossy();
        config.cache.namespace = name.chars().filter(char::is_ascii_alphanumeric).collect();
        // All of a story comes from one address.
        config.orders.per_address_hour = 0;
        config
    }

    /// Makes sure that a user is there, beside whatever program runs on this place.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn ensure_user(&self, email: &str, role: Role) {
        let shop = open_shop(&self.config()).await.expect("the shop opens");
        ensure_user(&shop, email, role).await;
    }

    /// A connection beside the shop's own.
    ///
    /// # Panics
    /// When nobody answers.
    pub async fn connect(&self) -> DatabaseConnection {
        connect(self.database_url()).await
    }
}

struct PostgresDatabase {
    server: String,
    name: String,
}

impl PostgresDatabase {
    async fn create() -> Self {
        let server = postgres_url().expect("a story on PostgreSQL is told where one is");
        let name = format!("story_{}", Uuid::now_v7().simple());
        execute(&server, format!("CREATE DATABASE {name}")).await;
        Self { server, name }
    }

    fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').expect("the address names a database");
        format!("{server}/{}", self.name)
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        // A thread of its own: dropped inside a runtime that may be ending.
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime can be made");
            runtime.block_on(execute(&server, format!("DROP DATABASE {name} WITH (FORCE)")));
        });
        let outcome = dropping.join();
        assert!(outcome.is_ok() || std::thread::panicking(), "the database stays behind");
    }
}

async fn connect(url: String) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.expect("the database answers")
}

async fn execute(server: &str, statement: String) {
    let connection = connect(server.to_owned()).await;
    let done = connection.execute_unprepared(&statement).await;
    done.expect("the server lets stories make databases");
    connection.close().await.expect("the connection closes");
}
