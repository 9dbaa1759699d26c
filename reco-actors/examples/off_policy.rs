//! Two real policies of one shop, each judged from the log of the other, and held against the
//! click rate that was measured when it ran itself.
//!
//! `cargo run --release -p reco-actors --example off_policy -- ../shared/data/open-bandit-small`
//!
//! The data (Saito, Aihara, Matsutani and Narita, "Open Bandit Dataset and Pipeline", 2020): a
//! week of fashion recommendations, 80 items, three positions, 10,000 impressions from a uniformly
//! random policy and 10,000 from Bernoulli Thompson sampling, with the chance of each item shown.
//!
//! The random policy takes each item with 1/80. The bandit changed from day to day and its log
//! tells the chance of the shown items alone, so as a target it is taken as what it was on
//! average: each item's share of the impressions at a position. The mean of the logged chances
//! would be wrong: an item is logged just when its chance is high, so those means add up to 2 to
//! 4 at each position instead of 1 (the last table).
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

use reco_actors::{
    eval::off_policy::{Logged, OffPolicy, Prediction, Value, evaluate},
    experiment::{Alpha, evidence::wilson},
};
use std::{collections::BTreeMap, error::Error, fs::File, path::Path};

const ITEMS: f64 = 80.0;
const POSITIONS: [u32; 3] = [1, 2, 3];
/// Weights are clipped here for the second reading.
const CLIP: f64 = 20.0;
/// Impressions of mean click rate that every item is given beforehand in the reward model.
const PRIOR: f64 = 100.0;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

struct Row {
    item: u32,
    position: u32,
    click: f64,
    propensity: f64,
}

/// The chance of each item at each position.
type Policy = BTreeMap<(u32, u32), f64>;

fn main() -> Fallible<()> {
    let place = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "../shared/data/open-bandit-small".into());
    let place = Path::new(&place);
    let uniform = read(&place.join("random_all.csv.gz"))?;
    let bandit = read(&place.join("bts_all.csv.gz"))?;
    let random_policy: Policy = uniform
        .iter()
        .map(|row| ((row.item, row.position), 1.0 / ITEMS))
        .collect();
    let bandit_policy = frequencies(&bandit);

    println!("clicks per 1,000 impressions, with 95 % intervals");
    judge("random, from the bandit's log", &bandit, &random_policy, &uniform)?;
    judge("bandit, from the random log", &uniform, &bandit_policy, &bandit)?;
    sums(&bandit);
    Ok(())
}

fn read(path: &Path) -> Fallible<Vec<Row>> {
    let mut rows = Vec::new();
    for record in csv::Reader::from_reader(flate2::read::GzDecoder::new(File::open(path)?)).records() {
        let record = record?;
        let field = |place: usize| record.get(place).ok_or("a row is too short");
        rows.push(Row {
            item: field(2)?.parse()?,
            position: field(3)?.parse()?,
            click: field(4)?.parse()?,
            propensity: field(5)?.parse()?,
        });
    }
    Ok(rows)
}

fn frequencies(rows: &[Row]) -> Policy {
    let mut shown = Policy::new();
    let mut places: BTreeMap<u32, f64> = BTreeMap::new();
    for row in rows {
        *shown.entry((row.item, row.position)).or_default() += 1.0;
        *places.entry(row.position).or_default() += 1.0;
    }
    shown
        .into_iter()
        .map(|((item, position), count)| ((item, position), count / places[&position]))
        .collect()
}

/// Click rate of every item, drawn to the mean, from the rows of one half (even or odd).
fn rates(rows: &[Row], half: usize) -> impl Fn(u32) -> f64 {
    let fold = || rows.iter().skip(half).step_by(2);
    let mean = fold().map(|row| row.click).sum::<f64>() / fold().count() as f64;
    let mut items: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for row in fold() {
        let (clicks, shown) = items.entry(row.item).or_default();
        *clicks += row.click;
        *shown += 1.0;
    }
    move |item| {
        let (clicks, shown) = items.get(&item).copied().unwrap_or_default();
        (clicks + PRIOR * mean) / (shown + PRIOR)
    }
}

fn judge(name: &str, rows: &[Row], target: &Policy, on_policy: &[Row]) -> Fallible<()> {
    // Each half is predicted by the model of the other one, so no event predicts itself.
    let models = [rates(rows, 1), rates(rows, 0)];
    let log: Vec<Logged> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| {
            let model = &models[place % 2];
            let expected = target.iter().filter(|((_, position), _)| *position == row.position);
            Logged {
                reward: row.click,
                propensity: row.propensity,
                target: target.get(&(row.item, row.position)).copied().unwrap_or(0.0),
                prediction: Some(Prediction {
                    taken: model(row.item),
                    target: expected.map(|((item, _), chance)| chance * model(*item)).sum(),
                }),
            }
        })
        .collect();
    let clicks = on_policy.iter().map(|row| row.click).sum::<f64>();
    let rate = clicks / on_policy.len() as f64;
    let measured = wilson(clicks as u64, on_policy.len() as u64, Alpha::FIVE_PER_CENT);
    println!("\n{name}");
    println!(
        "  {:<28} {:6.2}         [{:6.2}, {:6.2}]",
        "measured on policy",
        1e3 * rate,
        1e3 * measured.low,
        1e3 * measured.high
    );
    table("", &evaluate(&log, None)?, rate);
    table(&format!(", clipped at {CLIP}"), &evaluate(&log, Some(CLIP))?, rate);
    Ok(())
}

fn table(suffix: &str, told: &OffPolicy, rate: f64) {
    let mut rows = vec![("IPS", told.inverse_propensity), ("SNIPS", told.self_normalised)];
    rows.extend(told.doubly_robust.map(|value| ("DR", value)));
    for (method, value) in rows {
        let Value {
            estimate,
            standard_error,
            interval,
        } = value;
        println!(
            "  {:<28} {:6.2} ± {:5.2} [{:6.2}, {:6.2}] {}",
            format!("{method}{suffix}"),
            1e3 * estimate,
            1e3 * standard_error,
            1e3 * interval.low,
            1e3 * interval.high,
            if interval.contains(rate) {
                "holds the measured one"
            } else {
                "MISSES it"
            },
        );
    }
    println!(
        "  worth {:.0} events, mean weight {:.3}, {} clipped",
        told.effective_sample_size, told.mean_weight, told.clipped
    );
}

fn sums(bandit: &[Row]) {
    println!("\nsum of the items' mean logged chances in the bandit's log, 1 if they were marginal ones");
    for position in POSITIONS {
        let mut items: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
        for row in bandit.iter().filter(|row| row.position == position) {
            let (sum, count) = items.entry(row.item).or_default();
            *sum += row.propensity;
            *count += 1.0;
        }
        let sum: f64 = items.values().map(|(sum, count)| sum / count).sum();
        println!("  position {position}: {sum:.2}");
    }
}
