//! The engine with fake encoders: one system per test, no sleeps, no shared state.

mod arranging;
mod dying;
mod elsewhere;
mod embedding;
mod lifecycle;
mod lists;
mod looks;
mod people;
mod random;
mod reasons;
mod serving;

use super::*;
use crate::{
    Item, ItemId, PriceRange, Recommender, SimilarKind, SimilarQuery, Term,
    catalog::Filter,
    embed::{
        EmbedderFactory,
        fake::{FAKE_IMAGE_DIM, FakeFactory, fake_text_vector},
    },
};
use chrono::DateTime;
use parking_lot::{Condvar, Mutex};
use std::future::Future;
use uuid::Uuid;

/// Longer than anything here takes; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn config() -> RecoConfig {
    RecoConfig {
        deadline: PATIENCE,
        bulk_deadline: PATIENCE,
        restart_backoff: Duration::from_millis(1),
        rebuild_quiet: Duration::from_millis(1),
        restart_budget: 100,
        ..RecoConfig::default()
    }
}

pub(crate) fn start(config: RecoConfig, factory: FakeFactory) -> RecoSystem {
    RecoSystem::start(config, Some(Arc::new(factory))).unwrap()
}

/// Waits, without sleeping, until something becomes true.
pub(crate) async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let wait = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}

pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("an answer in time")
}

/// Holds a worker back until opened.
#[derive(Clone, Default)]
pub(crate) struct Gate {
    state: Arc<(Mutex<(bool, usize)>, Condvar)>,
}

impl Gate {
    pub(crate) fn pass(&self) {
        let (lock, opened) = &*self.state;
        let mut state = lock.lock();
        state.1 += 1;
        while !state.0 {
            opened.wait(&mut state);
        }
    }

    pub(crate) fn open(&self) {
        self.state.0.lock().0 = true;
        self.state.1.notify_all();
    }

    /// How many have come to the gate so far.
    pub(crate) fn arrived(&self) -> usize {
        self.state.0.lock().1
    }
}

pub(crate) fn id(number: u128) -> ItemId {
    ItemId(Uuid::from_u128(number))
}

pub(crate) fn category(number: u128, label: &str) -> Term {
    Term {
        id: Uuid::from_u128(1000 + number),
        slug: label.to_lowercase(),
        label: label.to_owned(),
    }
}

pub(crate) fn item(number: u128, name: &str) -> Item {
    Item {
        name: name.to_owned(),
        price: Some(PriceRange { min: 100, max: 100 }),
        created_at: DateTime::from_timestamp(1_700_000_000 + number as i64, 0).unwrap(),
        ..Item::blank(id(number))
    }
}

/// An item's fake vectors: the words of its name, and a picture of one of three colours.
pub(crate) fn vectors(number: u128, name: &str) -> Change {
    let mut image = vec![0.1; FAKE_IMAGE_DIM];
    image[(number % 3) as usize] = 1.0;
    Change::Vectors {
        id: id(number),
        text: Some(fake_text_vector(name)),
        image: Some(image),
    }
}

pub(crate) fn upsert(item: Item) -> Change {
    Change::Upsert(Box::new(item))
}

/// Items 1…5: three shoes, two kettles, with vectors.
pub(crate) async fn small_shop(handle: &RecoHandle) {
    let names = [
        "red running shoe",
        "blue running shoe",
        "green walking shoe",
        "steel kettle",
        "glass kettle",
    ];
    let changes = names
        .iter()
        .zip(1..)
        .flat_map(|(name, number)| [upsert(item(number, name)), vectors(number, name)]);
    handle.apply(changes.collect(), 1).await.unwrap();
}

pub(crate) fn like(number: u128) -> SimilarQuery {
    SimilarQuery {
        item: id(number),
        kind: SimilarKind::Hybrid,
        weights: None,
        mode: None,
        limit: 4,
        filter: Filter::default(),
        include_out_of_stock: false,
        diversity: 0.0,
    }
}

pub(crate) async fn ids_like(recommender: &dyn Recommender, query: &SimilarQuery) -> Vec<ItemId> {
    soon(recommender.similar(query))
        .await
        .unwrap()
        .items
        .iter()
        .map(|item| item.item)
        .collect()
}

/// A factory as users of the engine hold it.
pub(crate) fn shared_factory() -> Option<Arc<dyn EmbedderFactory>> {
    Some(Arc::new(FakeFactory::new()))
}
