//! The domain of the shop: every rule of the business, transactions, the outbox.
//!
//! Knows no GraphQL, no HTTP and no recommender. Reads are open; what changes the shop is
//! a method of a capability that only a fitting [`Viewer`] hands out.

pub mod accounts;
pub mod cart;
pub mod catalog;
pub mod checkout;
pub mod clock;
pub mod db;
pub mod discovery;
pub mod embeddings;
pub mod error;
pub mod events;
pub mod experiments;
pub mod idempotency;
pub mod imports;
pub mod mail;
pub mod media;
pub mod merchandising;
pub mod orders;
pub mod outbox;
mod pace;
pub mod payments;
pub mod pipeline;
pub mod pricing;
pub mod reviews;
pub mod seal;
pub mod stock;
#[cfg(test)]
mod testing;
mod text;
pub mod viewer;

pub use accounts::Role;
pub use entities::{Currency, id, money};
pub use error::ShopError;
pub use viewer::Viewer;

use accounts::{AccountSettings, Accounts};
use cart::Carts;
use catalog::CatalogReads;
use checkout::{Addresses, CommerceSettings};
use chrono::{DateTime, Utc};
use clock::Clock;
use db::{Database, StatementCounter};
use discovery::Discovery;
use embeddings::Embeddings;
use events::{EventParts, EventSettings, Events};
use experiments::Experiments;
use id::ProductId;
use imports::Imports;
use mail::MailQueue;
use media::MediaStore;
use merchandising::Merchandising;
use orders::Orders;
use outbox::Outbox;
use pace::Paces;
use payments::{PaymentProvider, Payments};
use pipeline::Pipeline;
use reviews::{ReviewSettings, Reviews};
use sea_orm::DatabaseConnection;
use seal::Sealer;
use std::sync::Arc;
use viewer::CustomerCap;

/// What a shop is opened with.
#[derive(Debug)]
pub struct ShopDeps {
    /// A migrated database.
    pub db: Database,
    /// Where pictures are.
    pub media: MediaStore,
    /// Currency of every price.
    pub currency: Currency,
    /// How reviews are dealt with.
    pub reviews: ReviewSettings,
    /// Keys and lives of tokens.
    pub accounts: AccountSettings,
    /// Taxes, shipping, how long orders wait.
    pub commerce: CommerceSettings,
    /// Ways to pay.
    pub payments: Vec<Arc<dyn PaymentProvider>>,
    /// How what people do is recorded.
    pub events: EventSettings,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// What differs in a shop that is replayed ([`Shop::replay`]).
#[derive(Debug)]
pub struct Replay {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// How reviews are dealt with.
    pub reviews: ReviewSettings,
    /// Taxes, shipping, how long orders wait, whether anybody is mailed.
    pub commerce: CommerceSettings,
    /// Ways to pay.
    pub payments: Vec<Arc<dyn PaymentProvider>>,
}

/// The shop. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct Shop(Arc<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    db: Database,
    media: MediaStore,
    currency: Currency,
    reviews: ReviewSettings,
    accounts: Accounts,
    commerce: CommerceSettings,
    providers: Vec<Arc<dyn PaymentProvider>>,
    sealer: Sealer,
    paces: Arc<Paces>,
    events: EventSettings,
    event_parts: Arc<EventParts>,
    catalog: CatalogReads,
    outbox: Outbox,
    pipeline: Pipeline,
    discovery: Discovery,
    merchandising: Merchandising,
    experiments: Experiments,
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
            reviews,
            accounts,
            commerce,
            payments,
            events,
            clock,
        } = deps;
        let connection = db.connection.clone();
        let outbox = Outbox::new(connection.clone());
        let mail = MailQueue::new(connection.clone());
        let sealer = Sealer::new(accounts.keys.iter().map(|key| key.secret.as_bytes()));
        let accounts = Accounts::new(connection.clone(), &accounts, mail.clone(), Arc::clone(&clock));
        Ok(Self(Arc::new(Parts {
            accounts: accounts.map_err(ShopError::internal)?,
            sealer,
            paces: Arc::new(Paces::new(commerce.orders_per_address_hour, events.per_address_hour)),
            events,
            event_parts: Arc::default(),
            commerce,
            providers: payments,
            catalog: CatalogReads::open(db.clone()).await?,
            embeddings: Embeddings::new(connection.clone(), outbox.clone()),
            pipeline: Pipeline::new(&connection, &outbox),
            discovery: Discovery::new(&connection),
            merchandising: Merchandising::new(&connection),
            experiments: Experiments::new(&connection),
            imports: Imports::new(connection),
            mail,
            db,
            media,
            currency,
            reviews,
            outbox,
            clock,
        })))
    }

    pub(crate) fn paces(&self) -> &Paces {
        &self.0.paces
    }

    /// The same shop as it would have been at another time, for whoever sows a past.
    #[must_use]
    pub fn replay(&self, replay: Replay) -> Self {
        let Replay {
            clock,
            reviews,
            commerce,
            payments,
        } = replay;
        Self(Arc::new(Parts {
            accounts: self.0.accounts.at(Arc::clone(&clock)),
            reviews,
            commerce,
            providers: payments,
            clock,
            ..(*self.0).clone()
        }))
    }

    /// Accounts: registration, log-in, who is asking.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// Carts.
    #[must_use]
    pub fn carts(&self) -> Carts<'_> {
        Carts::new(self)
    }

    /// Orders, as their owners see and place them.
    #[must_use]
    pub fn orders(&self) -> Orders<'_> {
        Orders::new(self)
    }

    /// Payments.
    #[must_use]
    pub fn payments(&self) -> Payments<'_> {
        Payments::new(self)
    }

    /// The addresses that a user keeps.
    #[must_use]
    pub fn addresses(&self, customer: &CustomerCap) -> Addresses<'_> {
        Addresses::new(self, customer)
    }

    /// Usual terms of the shop.
    #[must_use]
    pub fn commerce(&self) -> &CommerceSettings {
        &self.0.commerce
    }

    /// Ways to pay.
    #[must_use]
    pub fn payment_providers(&self) -> &[Arc<dyn PaymentProvider>] {
        &self.0.providers
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.0.sealer
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

    /// What keeps the processes together.
    #[must_use]
    pub fn pipeline(&self) -> &Pipeline {
        &self.0.pipeline
    }

    /// What is known about search.
    #[must_use]
    pub fn discovery(&self) -> &Discovery {
        &self.0.discovery
    }

    /// Rules for lists of recommendations.
    #[must_use]
    pub fn merchandising(&self) -> &Merchandising {
        &self.0.merchandising
    }

    /// Experiments with lists of recommendations.
    #[must_use]
    pub fn experiments(&self) -> &Experiments {
        &self.0.experiments
    }

    /// What people do.
    #[must_use]
    pub fn events(&self) -> Events<'_> {
        Events::new(self)
    }

    pub(crate) fn event_settings(&self) -> EventSettings {
        self.0.events
    }

    pub(crate) fn event_parts(&self) -> &Arc<EventParts> {
        &self.0.event_parts
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

    /// Reviews of products.
    #[must_use]
    pub fn reviews(&self) -> Reviews<'_> {
        Reviews::new(self)
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

    pub(crate) fn review_settings(&self) -> ReviewSettings {
        self.0.reviews
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
