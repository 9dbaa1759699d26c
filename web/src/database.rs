//! Opening the shop over its database, and bringing the schema up to date.

use crate::{config::Config, payments};
use anyhow::{Context, bail};
use chrono::TimeDelta;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};
use shop::{
    Currency, Shop, ShopDeps,
    accounts::{AccountSettings, LetterSettings, TokenKey},
    clock::{Clock, SystemClock},
    db::Database,
    media::MediaStore,
};
use std::sync::Arc;

/// Names the lock that keeps two processes from migrating one PostgreSQL database at once.
const MIGRATION_LOCK: i64 = 0x6d79_7368_6f70;

/// Opens the configured database and shop; migrates first where the settings say so.
///
/// # Errors
/// When the database cannot be reached, is not up to date and may not be brought there, or
/// the media store cannot be opened.
pub async fn open_shop(config: &Config) -> anyhow::Result<Shop> {
    let db = connect(config).await?;
    if config.database.migrate {
        migrate(config).await?;
    } else {
        let pending = Migrator::get_pending_migrations(&db.connection).await?.len();
        if pending > 0 {
            bail!("the database lacks {pending} migrations: run `myshop migrate up` or set database.migrate = true");
        }
    }
    let media = match &config.media.store {
        Some(address) => MediaStore::in_bucket(address)?,
        None => MediaStore::in_directory(&config.media_dir())?,
    };
    let currency = Currency::from_code(&config.shop.currency).context("the currency was validated")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let deps = ShopDeps {
        db,
        media: media.with_max_bytes(config.media.max_bytes),
        currency,
        reviews: config.reviews.settings(),
        accounts: account_settings(config),
        commerce: config.commerce()?,
        payments: payments::providers(config, &clock)?,
        events: config.events.settings(),
        clock,
    };
    Ok(Shop::open(deps).await?)
}

fn account_settings(config: &Config) -> AccountSettings {
    let keys = config.auth.keys.iter().map(|key| TokenKey {
        kid: key.kid.clone(),
        secret: key.secret.clone(),
    });
    AccountSettings {
        access_ttl: TimeDelta::seconds(config.auth.access_ttl_s),
        session_life: TimeDelta::days(config.auth.session_days),
        idle_life: TimeDelta::days(config.auth.idle_days),
        letters: LetterSettings {
            shop_name: config.shop.name.clone(),
            public_url: Some(config.server.public_url.clone()).filter(|url| !url.is_empty()),
        },
        ..AccountSettings::new(keys.collect())
    }
}

/// Connects without looking at the schema.
///
/// # Errors
/// When nobody answers; the text names no password.
pub async fn connect(config: &Config) -> anyhow::Result<Database> {
    let connected = Database::connect(&config.database_url(), config.database.max_connections).await;
    connected.context("the database cannot be opened; check DATABASE_URL (MYSHOP_DATABASE__URL)")
}

/// Applies what is pending, one process at a time.
///
/// # Errors
/// When the database fails; what a migration did is then rolled back.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    // One connection, so that lock and migrations share a session.
    let db = Database::connect(&config.database_url(), 1).await?.connection;
    if Migrator::get_pending_migrations(&db).await?.is_empty() {
        return Ok(());
    }
    lock(&db, "pg_advisory_lock").await?;
    let outcome = Migrator::up(&db, None).await;
    lock(&db, "pg_advisory_unlock").await?;
    db.close().await?;
    Ok(outcome?)
}

async fn lock(db: &DatabaseConnection, function: &str) -> anyhow::Result<()> {
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared(&format!("SELECT {function}({MIGRATION_LOCK})"))
            .await?;
    }
    Ok(())
}
