//! A whole shop for the tests of this crate: a migrated SQLite file and pictures in memory.

use crate::{
    Shop, ShopDeps,
    accounts::{AccountSettings, TokenKey},
    clock::SystemClock,
    db::Database,
    media::MediaStore,
};
use chrono::TimeDelta;
use entities::Currency;
use migration::{Migrator, MigratorTrait};
use std::sync::Arc;
use tempfile::TempDir;

/// A shop that is gone when this is dropped.
pub(crate) struct TestShop {
    pub(crate) shop: Shop,
    _directory: TempDir,
}

impl TestShop {
    #[expect(clippy::unwrap_used, reason = "tests")]
    pub(crate) async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let db = Database::connect(&format!("sqlite://{}/shop.db", directory.path().display()), 4)
            .await
            .unwrap();
        Migrator::up(&db.connection, None).await.unwrap();
        let keys = vec![TokenKey {
            kid: "test".into(),
            secret: "0123456789abcdef0123456789abcdef".into(),
        }];
        let deps = ShopDeps {
            db,
            media: MediaStore::in_memory(),
            currency: Currency::USD,
            accounts: AccountSettings {
                keys,
                access_ttl: TimeDelta::minutes(15),
            },
            clock: Arc::new(SystemClock),
        };
        Self {
            shop: Shop::open(deps).await.unwrap(),
            _directory: directory,
        }
    }
}
