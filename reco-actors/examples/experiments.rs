//! Thousands of simulated experiments: how often a difference is claimed where there is none, at
//! any of many looks, and how soon one is found where there is.
//!
//! `cargo run --release -p reco-actors --example experiments [EXPERIMENTS]`, 1,000 of each kind
//! unless told otherwise; seeded, so the figures repeat.
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

use reco_actors::experiment::{
    Alpha, Plan,
    simulation::{
        Tallies, Tally,
        lists::{self, Lists},
        traffic::{self, Traffic},
        visitors::{self, Metric, Shop},
    },
};
use std::{error::Error, time::Instant};

/// Where the seeds of experiments with an effect begin.
const EFFECT_SEED: u64 = 1_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let experiments = std::env::args().nth(1).map_or(Ok(1_000), |count| count.parse())?;
    println!("{experiments} experiments of each kind, at least 50 looks at each.");
    println!("Share of experiments with a claim at any look [Wilson 95 %], visitors at the first one.");
    println!("\n{:<44} {:<36} usual test at every look", "", "always valid");
    shops(experiments)?;
    interleaved(experiments);
    assignments(experiments);
    Ok(())
}

fn shops(experiments: u64) -> Result<(), Box<dyn Error>> {
    let usual = Shop {
        weights: [1, 1],
        visitors: 16_000,
        look_every: 320,
        click_rate: 0.1,
        order_rate: 0.03,
        effect: 1.0,
        plan: Plan::new(Alpha::FIVE_PER_CENT, 10_000)?,
    };
    let early = Shop {
        visitors: 5_000,
        look_every: 50,
        click_rate: 0.005,
        order_rate: 0.005,
        plan: Plan::new(Alpha::FIVE_PER_CENT, 500)?,
        ..usual
    };
    let uneven = Shop {
        weights: [9, 1],
        visitors: 6_000,
        look_every: 100,
        plan: Plan::new(Alpha::FIVE_PER_CENT, 1_000)?,
        ..usual
    };
    let worlds = [
        ("no effect", usual, 0),
        ("no effect, rare and hasty", early, 0),
        ("no effect, 90 : 10 and hasty", uneven, 0),
        ("effect of +20 %", Shop { effect: 1.2, ..usual }, EFFECT_SEED),
    ];
    for (name, shop, seed) in worlds {
        let started = Instant::now();
        let found = visitors::series(&shop, experiments, seed);
        heading(
            &format!(
                "Shop, {name}: click rate {}, conversion {}, {} visitors, {} looks",
                shop.click_rate,
                shop.order_rate,
                shop.visitors,
                shop.visitors / shop.look_every,
            ),
            started,
        );
        for (metric, tallies) in Metric::ALL.iter().zip(found) {
            row(&format!("{metric:?}"), &tallies);
        }
    }
    Ok(())
}

fn interleaved(experiments: u64) {
    let started = Instant::now();
    let lists = |noise| Lists {
        visitors: 1_500,
        look_every: 30,
        noise,
    };
    let equal = lists::series(&lists([0.8, 0.8]), experiments, 0);
    let better = lists::series(&lists([1.2, 0.4]), experiments, EFFECT_SEED);
    heading("Interleaving, 1500 visitors, 50 looks", started);
    row("rankers of equal worth", &equal);
    row("a better ranker", &better);
}

fn assignments(experiments: u64) {
    let started = Instant::now();
    let traffic = |lost| Traffic {
        visitors: 40_000,
        look_every: 400,
        lost,
    };
    let sound = traffic::series(&traffic(0.0), experiments, 0);
    let broken = traffic::series(&traffic(1.0 - 48.5 / 51.5), experiments, EFFECT_SEED);
    heading("Sample ratio at 1/1000, 40000 visitors, 100 looks", started);
    row("sound, 50 : 50", &sound);
    row("broken, 51.5 : 48.5", &broken);
}

fn heading(what: &str, started: Instant) {
    println!("{what} ({:.1} s)", started.elapsed().as_secs_f64());
}

fn row(what: &str, tallies: &Tallies) {
    println!("  {what:<42} {:<36} {}", told(&tallies.always), told(&tallies.peeking));
}

fn told(tally: &Tally) -> String {
    let interval = tally.interval();
    let visitors = tally
        .mean_visitors()
        .map_or_else(String::new, |visitors| format!(" after {visitors:.0}"));
    format!(
        "{:.3} [{:.3}, {:.3}]{visitors}",
        tally.share(),
        interval.low,
        interval.high
    )
}
