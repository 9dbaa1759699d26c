//! How a change reaches the recommender: outbox → relay → projector → engine, and content
//! that has no vector yet → embedding worker → stored vector → outbox again.
//!
//! The relay alone gives committed changes their positions. Everybody else follows those
//! positions in order, at least once and idempotently: a product is read whole from the
//! database each time, an older version never overwrites a newer one, and vectors are keyed
//! by the hash of what they were made from.

mod announcer;
mod beside;
mod carrier;
mod content;
mod exchange;
mod frames;
mod freight;
mod freshness;
mod generation;
mod history;
mod intake;
mod item;
mod job;
mod keeper;
mod loading;
mod projector;
mod relay;
mod serving;
mod snapshots;
mod tail;
mod vectors;
mod worker;

pub use announcer::{Announcements, Announcer};
pub(crate) use beside::Beside;
pub use beside::OpenModels;
pub use carrier::Carrier;
pub use frames::StoredFrame;
pub use freshness::{Freshness, Stage};
pub(crate) use generation::announce_models;
pub(crate) use history::watch as watch_history;
pub use intake::{EMBED, Intake};
pub use item::item_of;
pub use job::EmbedProgress;
pub(crate) use keeper::Keeper;
pub use projector::Projector;
pub use relay::Relay;
pub use snapshots::Snapshots;
pub(crate) use tail::run as run_tail;
pub use worker::{EmbedWorker, Scan};

use reco_actors::{
    RecoError,
    models::{Act, Deed, PersonId},
};
use shop::{
    Shop, ShopError,
    events::Person,
    id::{BrandId, CategoryId, ProductId},
    outbox::{Change, Published},
};
use std::{collections::BTreeMap, time::Duration};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

/// Changes read at once.
const BATCH: u64 = 500;
/// First pause after a failure; doubles with each one in a row.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Why a step of the pipeline has to be taken again.
#[derive(Debug, Error)]
pub enum PipelineError {
    /// The database or the media store failed.
    #[error(transparent)]
    Shop(#[from] ShopError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] RecoError),
}

/// Products that a run of changes concerns, each once.
#[derive(Debug, Default)]
struct Concerned {
    /// To be read anew.
    changed: Vec<ProductId>,
    /// Gone, with the version of their end.
    deleted: Vec<(ProductId, i64)>,
    /// With new stored vectors.
    embedded: Vec<ProductId>,
    /// To be embedded whatever their stored vectors say.
    forced: Vec<ProductId>,
    /// The index shall be folded.
    rebuild: bool,
    /// What people did, by the positions of the changes that told of it.
    acts: Vec<(i64, Vec<Act>)>,
    /// Who is to be forgotten.
    forgotten: Vec<Act>,
}

impl Concerned {
    /// Sorts changes out; products under a changed category or brand count as changed, since
    /// their names are part of what is listed and embedded.
    async fn by(shop: &Shop, published: &[Published]) -> Result<Self, ShopError> {
        let (mut changed, mut deleted) = (BTreeMap::new(), BTreeMap::new());
        let (mut embedded, mut forced) = (BTreeMap::new(), BTreeMap::new());
        let (mut categories, mut brands): (Vec<CategoryId>, Vec<BrandId>) = Default::default();
        let mut rebuild = false;
        let (mut acts, mut forgotten) = (Vec::new(), Vec::new());
        for (event, change) in published.iter().filter_map(|event| Some((event, event.change()?))) {
            match change {
                Change::Events => {
                    acts.push((event.position, graphql::acts_of(&event.events()?)));
                }
                Change::Forgotten(person) => forgotten.push(Act {
                    person: PersonId(person.0),
                    at_ms: event.at.timestamp_millis(),
                    deed: Deed::Left,
                }),
                Change::Product(id, _) => drop(changed.insert(id, ())),
                Change::ProductDeleted { id, version } => drop(deleted.insert(id, version)),
                Change::Embedded { product, .. } => drop(embedded.insert(product, ())),
                Change::Reindex(id) => drop(forced.insert(id, ())),
                Change::Category(id) => categories.push(id),
                Change::Brand(id) => brands.push(id),
                // What it sold is announced by its products.
                Change::Order(_) => {}
                // Their follower looks for itself.
                Change::Recommender | Change::Search | Change::Steering => {}
                Change::Rebuild => rebuild = true,
            }
        }
        if !(categories.is_empty() && brands.is_empty()) {
            shop.catalog().reload_taxonomy().await?;
            let under = shop.catalog().products_under(&categories, &brands).await?;
            changed.extend(under.into_iter().map(|id| (id, ())));
        }
        changed.extend(forced.keys().map(|id| (*id, ())));
        Ok(Self {
            changed: changed.into_keys().collect(),
            deleted: deleted.into_iter().collect(),
            embedded: embedded.into_keys().collect(),
            forced: forced.into_keys().collect(),
            rebuild,
            acts,
            forgotten,
        })
    }

    /// Who wants no part in anything any more, since when.
    fn leaving(&self) -> impl Iterator<Item = (Person, i64)> {
        let acts = self.acts.iter().flat_map(|(_, acts)| acts).chain(&self.forgotten);
        acts.filter(|act| act.deed == Deed::Left)
            .map(|act| (Person(act.person.0), act.at_ms))
    }
}

/// Pauses between attempts: short at first, longer with each failure in a row.
#[derive(Debug)]
struct Patience {
    what: &'static str,
    pause: Duration,
}

impl Patience {
    const fn new(what: &'static str) -> Self {
        Self {
            what,
            pause: FIRST_PAUSE,
        }
    }

    /// The last attempt succeeded.
    const fn restored(&mut self) {
        self.pause = FIRST_PAUSE;
    }

    /// Says what failed and waits; `false` when told to stop.
    async fn after(&mut self, error: &PipelineError, stop: &CancellationToken) -> bool {
        tracing::error!(step = self.what, %error, pause_ms = self.pause.as_millis() as u64, "the pipeline tries again");
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        tokio::select! {
            () = stop.cancelled() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }
}
