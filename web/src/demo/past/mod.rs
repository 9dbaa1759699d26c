//! The demo shop's past: customers, coupons, orders and reviews from before its first start.
//!
//! A shop has one past. It is lived through once, deed by deed in the order of time, with the
//! ordinary operations of the domain under a clock that is set back; so stock, books, events
//! and ratings are what they would be had all of it happened. A process that is killed in
//! between goes on where it was; what was lived through is never put back.

mod commerce;
mod script;
mod stage;
#[cfg(test)]
mod tests;
mod timeline;

pub use script::BadPast;

use super::{catalogue::Catalogue, ledger::Ledger, seed::SeedError};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use indicatif::ProgressBar;
use script::Script;
use serde::{Deserialize, Serialize};
use shop::{Shop, id::OrderId, imports::ImportRun, reviews::Moderation};
use stage::{Done, Stage};
use std::collections::BTreeMap;
use timeline::{Deed, Event, Plan};

/// Deeds between two notes of how far it is: what a killed process repeats.
const BATCH: usize = 40;
/// How long before the first start the demo's own users are there.
const USERS_SINCE: TimeDelta = TimeDelta::days(75);

/// How far a shop has lived through its past.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    /// The first start, before which everything happened.
    start: Option<DateTime<Utc>>,
    /// The past that was begun.
    edition: String,
    /// Deeds that were done.
    done: usize,
    /// Orders that were placed, by their place in the script.
    orders: BTreeMap<usize, OrderId>,
    /// Whether it is over; nothing is added then.
    pub(super) is_over: bool,
}

/// What was added to a shop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lived {
    /// Coupons that were issued.
    pub coupons: usize,
    /// Orders that were placed.
    pub orders: usize,
    /// Reviews that were written.
    pub reviews: usize,
}

/// The shop as it was when the demo's users came.
pub(super) fn when_users_came(shop: &Shop) -> Shop {
    commerce::as_it_was(shop, &commerce::Hands::at(shop.now() - USERS_SINCE), Moderation::After)
}

/// Lives through what is left of the past.
pub(super) async fn live(
    shop: &Shop,
    run: &mut ImportRun<Ledger>,
    catalogue: &Catalogue,
    bar: &ProgressBar,
) -> Result<Lived, SeedError> {
    live_up_to(shop, run, catalogue, bar, usize::MAX).await
}

/// As [`live`], and no further than some batches: how tests break it off.
async fn live_up_to(
    shop: &Shop,
    run: &mut ImportRun<Ledger>,
    catalogue: &Catalogue,
    bar: &ProgressBar,
    batches: usize,
) -> Result<Lived, SeedError> {
    let mut lived = Lived::default();
    let past = &mut run.checkpoint.past;
    if past.is_over {
        return Ok(lived);
    }
    let edition = Script::edition();
    let start = *past.start.get_or_insert_with(|| shop.now().trunc_subsecs(0));
    if past.done > 0 && past.edition != edition {
        // Another program began it, with deeds in another order: it stays as it is.
        return end(shop, run, lived).await;
    }
    past.edition = edition;
    let script = Script::load()?;
    let events = events(shop, &script, catalogue, start);
    let mut stage = Stage::open(shop, (&script, catalogue), &run.checkpoint, start).await?;
    bar.set_length(events.len() as u64);
    let left: Vec<Event> = events.into_iter().skip(run.checkpoint.past.done).collect();
    let is_whole = left.len().div_ceil(BATCH) <= batches;
    for batch in left.chunks(BATCH).take(batches) {
        for event in batch {
            let past = &mut run.checkpoint.past;
            let done = stage.act(event, &past.orders).await?;
            lived.count(done);
            if let (Deed::Place(place), Some(Done::Order(id))) = (&event.deed, done) {
                past.orders.insert(*place, id);
            }
            past.done += 1;
        }
        shop.imports().checkpoint(run, shop.now()).await?;
        bar.inc(batch.len() as u64);
    }
    stage.leave(shop).await?;
    if !is_whole {
        return Ok(lived);
    }
    end(shop, run, lived).await
}

/// What happened, earliest first; orders only where they can be paid.
fn events(shop: &Shop, script: &Script, catalogue: &Catalogue, start: DateTime<Utc>) -> Vec<Event> {
    let since = catalogue.products.iter().filter_map(|product| {
        let since = product.bulk.history.created_at?;
        Some((product.sku.as_str(), since))
    });
    let plan = Plan {
        script,
        start,
        since: since.collect(),
        has_test_payments: commerce::has_test_payments(shop),
    };
    let mut events = plan.events();
    if !commerce::takes_payments(shop) {
        events.retain(|event| !event.deed.is_of_order());
    }
    events
}

/// Only what is needed to leave it alone is kept.
async fn end(shop: &Shop, run: &mut ImportRun<Ledger>, lived: Lived) -> Result<Lived, SeedError> {
    let past = &mut run.checkpoint.past;
    past.is_over = true;
    past.orders.clear();
    shop.imports().checkpoint(run, shop.now()).await?;
    Ok(lived)
}

impl Lived {
    fn count(&mut self, done: Option<Done>) {
        match done {
            Some(Done::Coupon) => self.coupons += 1,
            Some(Done::Review) => self.reviews += 1,
            Some(Done::Order(_)) => self.orders += 1,
            Some(Done::Other) | None => {}
        }
    }
}
