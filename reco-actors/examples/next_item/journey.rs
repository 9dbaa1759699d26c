//! Complete Journey: one item of a basket, given the rest of it. The month that is asked about comes
//! after all that was learned from.

use crate::{Fallible, K, purchases, told};
use chrono::{DateTime, Utc};
use reco_actors::{
    ItemId,
    eval::{
        Random,
        metrics::{Gain, hit_rate, ndcg},
    },
    models::{Act, Behaviour, CoVisitation, CoVisitationSettings, Deed, Next, PersonId, Visit},
};
use std::{collections::HashMap, fs::File, path::Path, time::Instant};
use uuid::Uuid;

/// Rarer items are left out of one of the measurements, as is usual with such baskets.
const COMMON: usize = 5;

/// What was bought at one time.
pub(crate) struct Basket {
    pub(crate) household: u64,
    pub(crate) at: DateTime<Utc>,
    pub(crate) items: Vec<ItemId>,
}

pub(crate) fn run(directory: &Path) -> Fallible<()> {
    let baskets = read(&directory.join("transactions.csv.gz"))?;
    println!("{} baskets", baskets.len());
    for (name, from, until) in [
        ("validation, November", "2017-11-01T00:00:00Z", "2017-12-01T00:00:00Z"),
        ("test, December", "2017-12-01T00:00:00Z", "2018-02-01T00:00:00Z"),
    ] {
        let (from, until): (DateTime<Utc>, DateTime<Utc>) = (from.parse()?, until.parse()?);
        let before: Vec<&Basket> = baskets.iter().filter(|basket| basket.at < from).collect();
        let asked: Vec<&Basket> = baskets
            .iter()
            .filter(|basket| (from..until).contains(&basket.at))
            .collect();
        let mut counts: HashMap<ItemId, usize> = HashMap::new();
        for item in before.iter().flat_map(|basket| &basket.items) {
            *counts.entry(*item).or_default() += 1;
        }
        measure(&format!("{name}, all items"), &before, &asked, |_| true);
        let is_common = |item: &ItemId| counts.get(item).is_some_and(|count| *count >= COMMON);
        measure(
            &format!("{name}, items bought {COMMON} times"),
            &before,
            &asked,
            is_common,
        );
        purchases::measure(name, &before, &asked);
    }
    Ok(())
}

fn measure(name: &str, before: &[&Basket], asked: &[&Basket], keep: impl Fn(&ItemId) -> bool) {
    let kept = |basket: &Basket| -> Vec<ItemId> { basket.items.iter().filter(|item| keep(item)).copied().collect() };
    let began = Instant::now();
    let (mut behaviour, mut alone) = (Behaviour::default(), CoVisitation::new(CoVisitationSettings::baskets()));
    let mut popularity: HashMap<ItemId, usize> = HashMap::new();
    for basket in before {
        let items = kept(basket);
        items.iter().for_each(|item| *popularity.entry(*item).or_default() += 1);
        alone.learn_basket(&items, basket.at.timestamp() as f64);
        behaviour.learn(&Act {
            person: PersonId(Uuid::from_u128(basket.household.into())),
            at_ms: basket.at.timestamp_millis(),
            deed: Deed::Bought(items),
        });
    }
    let fitted = began.elapsed().as_secs_f64();
    let mut popular: Vec<(ItemId, usize)> = popularity.into_iter().collect();
    popular.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let (mut ours, mut each, mut theirs) = (Measured::default(), Measured::default(), Measured::default());
    let mut random = Random::new(1);
    for basket in asked {
        let mut rest = kept(basket);
        if rest.len() < 2 {
            continue;
        }
        let wanted = rest.remove(random.below(rest.len() as u64) as usize);
        let is_wanted = |list: Vec<Next>| list.into_iter().map(|next| next.item == wanted).collect::<Vec<bool>>();
        ours.add(is_wanted(behaviour.bought_with(&rest, |_| true, K)).into_iter());
        let visits: Vec<Visit> = rest.iter().map(|item| Visit::from(*item)).collect();
        each.add(is_wanted(alone.next(&visits, |item| !rest.contains(&item), K)).into_iter());
        let popular = popular.iter().filter(|(item, _)| !rest.contains(item)).take(K);
        theirs.add(popular.map(|(item, _)| *item == wanted));
    }
    println!(
        "{name}: {} baskets; HR@10 {}, NDCG@10 {}; co-visitation alone {}, {}; popularity {}, {}; fit in {fitted:.1} s",
        ours.hits.len(),
        told(&ours.hits),
        told(&ours.ndcg),
        told(&each.hits),
        told(&each.ndcg),
        told(&theirs.hits),
        told(&theirs.ndcg),
    );
}

#[derive(Default)]
struct Measured {
    hits: Vec<f64>,
    ndcg: Vec<f64>,
}

impl Measured {
    fn add(&mut self, list: impl Iterator<Item = bool>) {
        let hits: Vec<bool> = list.collect();
        let relevance: Vec<f64> = hits.iter().map(|hit| f64::from(u8::from(*hit))).collect();
        self.hits.push(hit_rate(&hits, K));
        self.ndcg.push(ndcg(&relevance, &[1.0], Gain::Linear, K));
    }
}

/// Baskets in the order of time, each item once.
fn read(file: &Path) -> Fallible<Vec<Basket>> {
    let packed = flate2::read::MultiGzDecoder::new(File::open(file)?);
    let mut baskets: Vec<Basket> = Vec::new();
    let mut places: HashMap<u64, usize> = HashMap::new();
    for row in csv::Reader::from_reader(packed).deserialize() {
        let (household, basket, product, _, _, at): (u64, u64, u128, f64, f64, DateTime<Utc>) = row?;
        let item = ItemId(Uuid::from_u128(product));
        let place = *places.entry(basket).or_insert_with(|| {
            let items = Vec::new();
            baskets.push(Basket { household, at, items });
            baskets.len() - 1
        });
        let items = &mut baskets[place].items;
        if !items.contains(&item) {
            items.push(item);
        }
    }
    baskets.sort_by_key(|basket| basket.at);
    Ok(baskets)
}
