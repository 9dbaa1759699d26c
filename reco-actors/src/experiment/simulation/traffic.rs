//! Sound and broken assignments: every visitor is assigned by hash at one half each, and a share
//! of the treatment's visitors is lost before it is counted.

use super::{FirstClaims, Tallies};
use crate::{
    eval::Random,
    experiment::{SampleRatio, arm},
};

/// Two arms of equal weight.
const WEIGHTS: [u32; 2] = [1, 1];

/// The world and the habit of looking.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traffic {
    /// How many visitors arrive in all.
    pub visitors: u64,
    /// After how many each there is a look.
    pub look_every: u64,
    /// Chance of a visitor of the treatment to be lost. Losing 1 − 48.5/51.5 leaves 51.5 : 48.5.
    pub lost: f64,
}

/// One experiment: when a mismatch was first claimed at one in a thousand, by the sequential test
/// and by chi-square at every look.
#[must_use]
pub fn run(traffic: &Traffic, seed: u64) -> FirstClaims {
    let salt = format!("traffic-{seed}");
    let mut random = Random::new(seed);
    let (mut counts, mut first) = ([0; 2], FirstClaims::default());
    for arrived in 1..=traffic.visitors {
        let Some(arm) = arm(salt.as_bytes(), &arrived.to_be_bytes(), &WEIGHTS) else {
            break;
        };
        if arm == 0 || random.unit() >= traffic.lost {
            counts[arm] += 1;
        }
        if !arrived.is_multiple_of(traffic.look_every) {
            continue;
        }
        if let Some(told) = SampleRatio::of(&counts, &WEIGHTS) {
            first.look(arrived, told.is_mismatch(), told.chi_square_p_value <= 0.001);
        }
        if first.always.is_some() && first.peeking.is_some() {
            break;
        }
    }
    first
}

/// A series of experiments.
#[must_use]
pub fn series(traffic: &Traffic, experiments: u64, first_seed: u64) -> Tallies {
    let mut tallies = Tallies::default();
    for seed in first_seed..first_seed + experiments {
        tallies.add(run(traffic, seed));
    }
    tallies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_assignment_passes_and_a_broken_one_does_not() {
        let traffic = |visitors, lost| Traffic {
            visitors,
            look_every: visitors / 50,
            lost,
        };
        let sound = series(&traffic(5_000, 0.0), 200, 0);
        // One in a thousand: two of 200 would have a chance of one in fifty.
        assert!(sound.always.claims <= 1, "{sound:?}");
        let broken = series(&traffic(50_000, 1.0 - 48.5 / 51.5), 50, 10_000);
        assert!(broken.always.share() >= 0.9, "{broken:?}");
    }
}
