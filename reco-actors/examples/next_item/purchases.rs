//! Complete Journey: what each household buys next, after all that was learned from; whatever it is,
//! and what it never bought before. Whatever was bought is learned as the shop learns it.

use crate::{K, journey::Basket, told};
use reco_actors::{
    ItemId,
    eval::metrics::{Gain, hit_rate, ndcg},
    models::{Act, Behaviour, BehaviourSettings, Deed, Owned, PersonId, Visit},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Instant,
};
use uuid::Uuid;

/// Candidates of each kind, as a list of ten is picked from.
const POOL: usize = 80;

fn person(household: u64) -> PersonId {
    PersonId(Uuid::from_u128(household.into()))
}

pub(crate) fn measure(name: &str, before: &[&Basket], asked: &[&Basket]) {
    let began = Instant::now();
    let mut behaviour = Behaviour::new(BehaviourSettings::default());
    let mut counts: HashMap<ItemId, u32> = HashMap::new();
    let mut bought: HashMap<u64, HashMap<ItemId, (u32, i64)>> = HashMap::new();
    for basket in before {
        let at_ms = basket.at.timestamp_millis();
        behaviour.learn(&Act {
            person: person(basket.household),
            at_ms,
            deed: Deed::Bought(basket.items.clone()),
        });
        for item in &basket.items {
            *counts.entry(*item).or_default() += 1;
            let own = bought.entry(basket.household).or_default().entry(*item).or_default();
            *own = (own.0 + 1, at_ms);
        }
    }
    println!("{name}, purchases: learned in {:.1} s", began.elapsed().as_secs_f64());
    let mut popular: Vec<(ItemId, u32)> = counts.into_iter().collect();
    popular.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let popular: Vec<ItemId> = popular.into_iter().map(|(item, _)| item).collect();
    let mut next: BTreeMap<u64, &Basket> = BTreeMap::new();
    for basket in asked {
        next.entry(basket.household).or_insert(basket);
    }
    let mut figures: BTreeMap<&str, Measured> = BTreeMap::new();
    for (household, basket) in &next {
        let Some(all) = bought.get(household) else { continue };
        let at_ms = basket.at.timestamp_millis();
        let wanted: HashSet<ItemId> = basket.items.iter().copied().collect();
        let mut count = |name, list: Vec<ItemId>, wanted: &HashSet<ItemId>| {
            figures.entry(name).or_default().add(&list, wanted);
        };
        count("1 all: most due again", due(&behaviour, *household, at_ms), &wanted);
        count("2 all: own frequency", frequent(all), &wanted);
        count("3 all: popularity", popular.iter().take(K).copied().collect(), &wanted);
        let new: HashSet<ItemId> = wanted.iter().filter(|item| !all.contains_key(item)).copied().collect();
        if new.is_empty() {
            continue;
        }
        let is_new = |item: ItemId| !all.contains_key(&item);
        let history = behaviour.history(person(*household)).unwrap_or_default();
        count(
            "4 new: a viewer's list",
            items(behaviour.next(history, at_ms, is_new, POOL)),
            &new,
        );
        let visits: Vec<Visit> = history.iter().copied().map(Visit::from).collect();
        count(
            "5 new: bought together",
            items(behaviour.bought().next(&visits, is_new, K)),
            &new,
        );
        let popular = popular.iter().filter(|item| is_new(**item)).take(K);
        count("6 new: popularity", popular.copied().collect(), &new);
    }
    for (what, Measured { hits, ndcg }) in &figures {
        println!(
            "{name}, next basket, {what}: {} households; HR@10 {}, NDCG@10 {}",
            hits.len(),
            told(hits),
            told(ndcg)
        );
    }
}

fn items(list: Vec<reco_actors::models::Next>) -> Vec<ItemId> {
    list.into_iter().take(K).map(|next| next.item).collect()
}

fn due(behaviour: &Behaviour, household: u64, at_ms: i64) -> Vec<ItemId> {
    let owned = behaviour.owned(person(household)).unwrap_or_default();
    let mut due: Vec<(&Owned, f32)> = owned.iter().map(|own| (own, behaviour.due(own, at_ms))).collect();
    due.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.item.cmp(&b.0.item)));
    due.into_iter().take(K).map(|(own, _)| own.item).collect()
}

fn frequent(bought: &HashMap<ItemId, (u32, i64)>) -> Vec<ItemId> {
    let mut all: Vec<(ItemId, (u32, i64))> = bought.iter().map(|(item, own)| (*item, *own)).collect();
    all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    all.into_iter().take(K).map(|(item, _)| item).collect()
}

#[derive(Default)]
struct Measured {
    hits: Vec<f64>,
    ndcg: Vec<f64>,
}

impl Measured {
    fn add(&mut self, list: &[ItemId], wanted: &HashSet<ItemId>) {
        let hits: Vec<bool> = list.iter().map(|item| wanted.contains(item)).collect();
        let relevance: Vec<f64> = hits.iter().map(|hit| f64::from(u8::from(*hit))).collect();
        self.hits.push(hit_rate(&hits, K));
        self.ndcg
            .push(ndcg(&relevance, &vec![1.0; wanted.len()], Gain::Linear, K));
    }
}
