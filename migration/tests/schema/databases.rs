//! An empty database of each kind. PostgreSQL is taken from `MYSHOP_TEST_DATABASE_URL`.

use migration::sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use std::{
    env, process,
    sync::atomic::{AtomicU32, Ordering},
};

/// SQLite in memory; one connection, or each would see a database of its own.
pub(crate) async fn sqlite() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    Database::connect(options).await.unwrap()
}

/// A PostgreSQL database that lives as long as this value is used; see [`Postgres::drop`].
pub(crate) struct Postgres {
    server: String,
    name: String,
    pub(crate) db: DatabaseConnection,
}

impl Postgres {
    /// A new database, or `None`, said loudly, when there is no server to make it on.
    pub(crate) async fn create() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = env::var("MYSHOP_TEST_DATABASE_URL") else {
            let is_required = env::var("MYSHOP_REQUIRE_SERVICES").is_ok_and(|value| value == "1");
            assert!(!is_required, "MYSHOP_TEST_DATABASE_URL must name a PostgreSQL server");
            eprintln!("SKIPPED on PostgreSQL: set MYSHOP_TEST_DATABASE_URL");
            return None;
        };
        let name = format!(
            "myshop_schema_{}_{}",
            process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let admin = Database::connect(&server).await.unwrap();
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        admin.close().await.unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        let db = Database::connect(format!("{base}/{name}")).await.unwrap();
        Some(Self { server, name, db })
    }

    /// Removes the database.
    pub(crate) async fn drop(self) {
        self.db.close().await.unwrap();
        let admin = Database::connect(&self.server).await.unwrap();
        admin
            .execute_unprepared(&format!("DROP DATABASE {} WITH (FORCE)", self.name))
            .await
            .unwrap();
        admin.close().await.unwrap();
    }
}
