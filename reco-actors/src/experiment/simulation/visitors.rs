//! Two arms of a shop. Visitors arrive one by one and are assigned by hash; each has its own
//! chance to click and to order, many little and few much (three times a rate times a squared
//! uniform: a standard deviation of 0.9 means); half as often as somebody new arrives, somebody
//! known comes back for another session. Orders are log-normal. At every look the sums are made
//! anew from what all visitors did so far, as a query of a real event table would.

use super::{FirstClaims, Tallies};
use crate::{
    eval::Random,
    experiment::{Plan, Sums, arm, compare},
};

/// Mean and standard deviation of the logarithm of an order's value: 33 in the middle, 55 on
/// average, one order in a hundred above 340.
const ORDER: (f64, f64) = (3.5, 1.0);

/// The world and the habit of looking.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shop {
    /// Shares of control and treatment.
    pub weights: [u32; 2],
    /// How many visitors arrive in all.
    pub visitors: u64,
    /// After how many each there is a look.
    pub look_every: u64,
    /// Mean chance to click an impression in the control; three to seven impressions a session.
    pub click_rate: f64,
    /// Mean chance of an order in a session of the control.
    pub order_rate: f64,
    /// By what the treatment multiplies both chances; 1 is no effect.
    pub effect: f64,
    /// How both arms are judged.
    pub plan: Plan,
}

/// What is compared, in the order of all results here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Clicks over impressions.
    ClickRate,
    /// Orders over sessions.
    Conversion,
    /// Revenue over sessions.
    Revenue,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 3] = [Self::ClickRate, Self::Conversion, Self::Revenue];
}

struct Visitor {
    arm: usize,
    click_chance: f64,
    order_chance: f64,
    impressions: f64,
    clicks: f64,
    sessions: f64,
    orders: f64,
    revenue: f64,
}

impl Visitor {
    fn arrive(shop: &Shop, arm: usize, random: &mut Random) -> Self {
        let mut chance = |rate: f64| {
            let effect = if arm == 1 { shop.effect } else { 1.0 };
            3.0 * rate * effect * random.unit().powi(2)
        };
        Self {
            arm,
            click_chance: chance(shop.click_rate),
            order_chance: chance(shop.order_rate),
            impressions: 0.0,
            clicks: 0.0,
            sessions: 0.0,
            orders: 0.0,
            revenue: 0.0,
        }
    }

    fn visit(&mut self, random: &mut Random) {
        let impressions = 3 + random.below(5);
        let clicks = (0..impressions).filter(|_| random.unit() < self.click_chance).count();
        self.impressions += impressions as f64;
        self.clicks += clicks as f64;
        self.sessions += 1.0;
        if random.unit() < self.order_chance {
            self.orders += 1.0;
            self.revenue += (ORDER.0 + ORDER.1 * random.normal()).exp();
        }
    }

    fn outcome(&self, metric: Metric) -> (f64, f64) {
        match metric {
            Metric::ClickRate => (self.clicks, self.impressions),
            Metric::Conversion => (self.orders, self.sessions),
            Metric::Revenue => (self.revenue, self.sessions),
        }
    }
}

/// One experiment under a salt of its own: when each metric's difference was first claimed.
#[must_use]
pub fn run(shop: &Shop, seed: u64) -> [FirstClaims; 3] {
    let salt = format!("simulated-{seed}");
    let mut random = Random::new(seed);
    let mut visitors: Vec<Visitor> = Vec::new();
    let mut first = [FirstClaims::default(); 3];
    for arrived in 1..=shop.visitors {
        let Some(arm) = arm(salt.as_bytes(), &arrived.to_be_bytes(), &shop.weights) else {
            break;
        };
        let mut visitor = Visitor::arrive(shop, arm, &mut random);
        visitor.visit(&mut random);
        visitors.push(visitor);
        if random.below(2) == 0 {
            let known = random.below(arrived) as usize;
            visitors[known].visit(&mut random);
        }
        if arrived.is_multiple_of(shop.look_every) {
            look(shop, &visitors, &mut first);
            if first
                .iter()
                .all(|claims| claims.always.is_some() && claims.peeking.is_some())
            {
                break;
            }
        }
    }
    first
}

fn look(shop: &Shop, visitors: &[Visitor], first: &mut [FirstClaims; 3]) {
    for (metric, first) in Metric::ALL.into_iter().zip(first) {
        let mut arms = [Sums::default(); 2];
        for visitor in visitors {
            let (numerator, denominator) = visitor.outcome(metric);
            arms[visitor.arm].add(numerator, denominator);
        }
        if let Some(compared) = compare(&arms[0], &arms[1], &shop.plan) {
            // The claim is that of either scale, so neither may raise a false alarm.
            let relative = compared.relative.is_some_and(|lift| lift.always.excludes(0.0));
            first.look(
                visitors.len() as u64,
                compared.absolute.always.excludes(0.0) || relative,
                compared.absolute.fixed.excludes(0.0),
            );
        }
    }
}

/// A series of experiments, by metric.
#[must_use]
pub fn series(shop: &Shop, experiments: u64, first_seed: u64) -> [Tallies; 3] {
    let mut tallies = [Tallies::default(); 3];
    for seed in first_seed..first_seed + experiments {
        for (tallies, first) in tallies.iter_mut().zip(run(shop, seed)) {
            tallies.add(first);
        }
    }
    tallies
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::experiment::Alpha;

    fn shop(effect: f64) -> Shop {
        Shop {
            weights: [1, 1],
            visitors: 6_000,
            look_every: 200,
            click_rate: 0.1,
            order_rate: 0.03,
            effect,
            plan: Plan::new(Alpha::FIVE_PER_CENT, 6_000).unwrap(),
        }
    }

    #[test]
    fn without_an_effect_looking_often_finds_one_in_at_most_one_case_of_twenty() {
        let tallies = series(&shop(1.0), 200, 0);
        for (metric, tallies) in Metric::ALL.iter().zip(tallies) {
            // 5 % and three standard deviations of 200 experiments.
            assert!(tallies.always.share() <= 0.05 + 0.046, "{metric:?} {tallies:?}");
        }
        // The usual test is caught at it: the simulation would show false alarms.
        assert!(tallies[0].peeking.share() > 0.15, "{tallies:?}");
    }

    #[test]
    fn a_fifth_more_clicks_are_found() {
        let [clicks, ..] = series(&shop(1.2), 200, 10_000);
        assert!(clicks.always.share() >= 0.9, "{clicks:?}");
        assert!(clicks.always.mean_visitors().is_some_and(|visitors| visitors < 6_000.0));
    }

    #[test]
    fn an_experiment_repeats_itself() {
        assert_eq!(run(&shop(1.2), 7), run(&shop(1.2), 7));
    }
}
