//! What a visit weighs: by forward decay (Cormode et al., ICDE 2009) new ones weigh more instead of old
//! ones less, so that nothing is touched but what a visit is about.

use serde::{Deserialize, Serialize};

/// Weights grow with time; after so many half-lives all are scaled back, by an exact power of two.
const HALF_LIVES: f64 = 60.0;
const SCALE: f32 = 1.0 / (1_u64 << 60) as f32;

/// The weights of visits, and of sums of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Fading {
    /// Seconds at which a visit weighs 1.
    landmark: Option<f64>,
    /// What the latest visit weighs: all is told as if that were 1.
    unit: f32,
}

impl Default for Fading {
    fn default() -> Self {
        Self {
            landmark: None,
            unit: 1.0,
        }
    }
}

impl Fading {
    /// What a visit at a time weighs. Before that, all sums may have to be scaled.
    pub(super) fn weight(&mut self, seconds: f64, half_life: Option<f64>, mut scale: impl FnMut(f32)) -> f32 {
        let Some(half_life) = half_life else { return 1.0 };
        let mut landmark = *self.landmark.get_or_insert(seconds);
        while (seconds - landmark) / half_life > HALF_LIVES {
            landmark += HALF_LIVES * half_life;
            scale(SCALE);
            self.unit *= SCALE;
        }
        self.landmark = Some(landmark);
        let weight = ((seconds - landmark) / half_life).exp2() as f32;
        self.unit = self.unit.max(weight);
        weight
    }

    /// A sum of weights in visits of now.
    pub(super) fn now(&self, sum: f32) -> f32 {
        sum / self.unit
    }
}
