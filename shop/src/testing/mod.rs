//! Databases and whole shops for the tests of this crate.

mod commerce;
mod provider;

pub(crate) use commerce::{Market, address, problems};

use crate::{
    Shop, ShopDeps,
    accounts::{AccountSettings, TokenKey},
    checkout::CommerceSettings,
    clock::{Clock, SystemClock},
    db::Database,
    events::EventSettings,
    media::MediaStore,
    reviews::ReviewSettings,
};
use chrono::{DateTime, TimeDelta, Utc};
use entities::Currency;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use uuid::Uuid;

/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A migrated database that is gone when this is dropped.
pub(crate) struct TestDatabase {
    pub(crate) db: Database,
    _home: Home,
}

/// What has to be cleared away.
enum Home {
    Directory(#[expect(dead_code, reason = "kept until dropped")] TempDir),
    Postgres { server: String, name: String },
}

#[expect(clippy::unwrap_used, reason = "tests")]
impl TestDatabase {
    /// A SQLite file.
    pub(crate) async fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/shop.db", directory.path().display());
        Self::migrated(&url, Home::Directory(directory)).await
    }

    /// SQLite, and PostgreSQL where `MYSHOP_TEST_DATABASE_URL` names a server.
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    pub(crate) async fn each() -> Vec<Self> {
        let mut databases = vec![Self::sqlite().await];
        match env::var("MYSHOP_TEST_DATABASE_URL") {
            Ok(server) => databases.push(Self::postgres(server).await),
            Err(_) => {
                let is_required = env::var("MYSHOP_REQUIRE_SERVICES").is_ok_and(|value| value == "1");
                assert!(!is_required, "MYSHOP_TEST_DATABASE_URL must name a PostgreSQL server");
                eprintln!("SKIPPED on PostgreSQL: set MYSHOP_TEST_DATABASE_URL");
            }
        }
        databases
    }

    /// PostgreSQL alone, for what a single writer cannot meet; none without a server.
    pub(crate) async fn postgres_only() -> Option<Self> {
        Self::each().await.into_iter().nth(1)
    }

    /// On PostgreSQL: returns when some transaction of this database waits for another one.
    pub(crate) async fn until_blocked(&self) {
        let sql = "SELECT count(*) AS waiting FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let is_blocked = async || {
            let statement = Statement::from_string(DbBackend::Postgres, sql);
            let row = self.db.connection.query_one_raw(statement).await.unwrap().unwrap();
            row.try_get::<i64>("", "waiting").unwrap() > 0
        };
        let waiting = async { while !is_blocked().await {} };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    }

    async fn postgres(server: String) -> Self {
        let name = format!("myshop_shop_{}", Uuid::now_v7().simple());
        let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
        command(&server, &format!("CREATE DATABASE {name}")).await.unwrap();
        Self::migrated(&url, Home::Postgres { server, name }).await
    }

    async fn migrated(url: &str, home: Home) -> Self {
        let db = Database::connect(url, 8).await.unwrap();
        Migrator::up(&db.connection, None).await.unwrap();
        Self { db, _home: home }
    }
}

async fn command(server: &str, sql: &str) -> Result<(), DbErr> {
    let connection = sea_orm::Database::connect(server).await?;
    connection.execute_unprepared(sql).await?;
    connection.close().await
}

impl Drop for Home {
    /// On a thread and runtime of its own: the test's runtime may be ending.
    fn drop(&mut self) {
        let Self::Postgres { server, name } = self else { return };
        let (server, sql) = (server.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        let drop_it = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(command(&server, &sql)))
        };
        // Whatever goes wrong here, the test itself has ended.
        std::thread::spawn(drop_it).join().ok();
    }
}

/// A whole shop that is gone when this is dropped; its pictures are in memory.
pub(crate) struct TestShop {
    pub(crate) shop: Shop,
    pub(crate) database: TestDatabase,
}

impl TestShop {
    /// On a SQLite file.
    pub(crate) async fn open() -> Self {
        Self::over(TestDatabase::sqlite().await).await
    }

    /// On each of [`TestDatabase::each`].
    pub(crate) async fn each() -> Vec<Self> {
        let databases = TestDatabase::each().await;
        futures::future::join_all(databases.into_iter().map(Self::over)).await
    }

    /// On PostgreSQL alone; none without a server.
    pub(crate) async fn postgres_only() -> Option<Self> {
        Some(Self::over(TestDatabase::postgres_only().await?).await)
    }

    pub(crate) async fn over(database: TestDatabase) -> Self {
        Self::reviewing(database, ReviewSettings::default()).await
    }

    /// Dealing so with reviews.
    #[expect(clippy::unwrap_used, reason = "tests")]
    pub(crate) async fn reviewing(database: TestDatabase, reviews: ReviewSettings) -> Self {
        let deps = ShopDeps {
            db: database.db.clone(),
            media: MediaStore::in_memory(),
            currency: Currency::USD,
            reviews,
            accounts: account_settings(TimeDelta::minutes(15)),
            commerce: CommerceSettings::default(),
            payments: Vec::new(),
            events: EventSettings::default(),
            clock: Arc::new(SystemClock),
        };
        Self {
            shop: Shop::open(deps).await.unwrap(),
            database,
        }
    }
}

/// The secret that tests sign with.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// One key, and tokens of this life.
pub(crate) fn account_settings(access_ttl: TimeDelta) -> AccountSettings {
    let key = TokenKey {
        kid: "test".into(),
        secret: SECRET.into(),
    };
    AccountSettings {
        access_ttl,
        ..AccountSettings::new(vec![key])
    }
}

/// The machine's clock, put forward at will.
#[derive(Debug, Default)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::milliseconds(self.0.load(Ordering::SeqCst))
    }
}
