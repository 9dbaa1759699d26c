//! The domain of the shop: every rule of the business, transactions, the outbox.
//!
//! Knows no GraphQL, no HTTP and no recommender. Reads are open; what changes the shop is
//! a method of a capability that only a fitting [`Viewer`] hands out.

pub mod accounts;
pub mod catalog;
pub mod clock;
pub mod db;
pub mod embeddings;
pub mod error;
pub mod imports;
pub mod mail;
pub mod media;
pub mod outbox;
pub mod payments;
#[cfg(test)]
mod testing;
mod text;
pub mod viewer;

pub use accounts::Role;
pub use entities::{Currency, id, money};
pub use error::ShopError;
pub use viewer::Viewer;

use accounts::{AccountSettings, Accounts};
use catalog::CatalogReads;
use chrono::{DateTime, Utc};
use clock::Clock;
use db::{Database, StatementCounter};
use embeddings::Embeddings;
use id::ProductId;
use imports::Imports;
use mail::MailQueue;
use media::MediaStore;
use outbox::Outbox;
use sea_orm::DatabaseConnection;
use std::sync::Arc;

/// What a shop is opened with.
#[derive(Debug)]
pub struct ShopDeps {
    /// A migrated database.
    pub db: Database,
    /// Where pictures are.
    pub media: MediaStore,
    /// Currency of every price.
    pub currency: Currency,
    /// Keys and lives of tokens.
    pub accounts: AccountSettings,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// The shop. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct Shop(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    db: Database,
    media: MediaStore,
    currency: Currency,
    accounts: Accounts,
    catalog: CatalogReads,
    outbox: Outbox,
    embeddings: Embeddings,
    imports: Imports,
    mail: MailQueue,
    clock: Arc<dyn Clock>,
}

impl Shop {
    /// Opens the shop over a migrated database.
    ///
    /// # Errors
    /// When the database cannot be read or the signing keys will not do.
    pub async fn open(deps: ShopDeps) -> Result<Self, ShopError> {
        let ShopDeps {
            db,
            media,
            currency,
            accounts,
            clock,
        } = deps;
        let connection = db.connection.clone();
        let outbox = Outbox::new(connection.clone());
        let mail = MailQueue::new(connection.clone());
        let accounts = Accounts::new(connection.clone(), &accounts, mail.clone(), Arc::clone(&clock));
        Ok(Self(Arc::new(Parts {
            accounts: accounts.map_err(ShopError::internal)?,
            catalog: CatalogReads::open(db.clone()).await?,
            embeddings: Embeddings::new(connection.clone(), outbox.clone()),
            imports: Imports::new(connection),
            mail,
            db,
            media,
            currency,
            outbox,
            clock,
        })))
    }

    /// Accounts: registration, log-in, who is asking.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// The public catalogue.
    #[must_use]
    pub fn catalog(&self) -> &CatalogReads {
        &self.0.catalog
    }

    /// Pictures.
    #[must_use]
    pub fn media(&self) -> &MediaStore {
        &self.0.media
    }

    /// Changes, for whoever follows them.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    /// Stored vectors.
    #[must_use]
    pub fn embeddings(&self) -> &Embeddings {
        &self.0.embeddings
    }

    /// Import runs.
    #[must_use]
    pub fn imports(&self) -> &Imports {
        &self.0.imports
    }

    /// Mail that waits to be sent.
    #[must_use]
    pub fn mail(&self) -> &MailQueue {
        &self.0.mail
    }

    /// Currency of every price.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.0.currency
    }

    /// SQL statements sent so far.
    #[must_use]
    pub fn statements(&self) -> &StatementCounter {
        &self.0.db.statements
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    pub(crate) fn db(&self) -> &DatabaseConnection {
        &self.0.db.connection
    }

    /// After a commit: this process forgets what it cached, and the relay wakes.
    pub(crate) fn changed(&self, products: &[ProductId]) {
        self.0.catalog.invalidate(products);
        self.0.outbox.wake();
    }
}
