//! From a figure to a place along an axis, and which figures the axis names.

use super::numbers::fixed;

/// An axis.
pub(super) struct Scale {
    low: f64,
    high: f64,
    is_log: bool,
    /// The figures that are named, ascending.
    pub(super) ticks: Vec<f64>,
    decimals: usize,
}

impl Scale {
    /// Over round numbers that enclose the values, in about so many steps; `None` without any value.
    pub(super) fn linear(values: impl IntoIterator<Item = f64>, steps: f64) -> Option<Self> {
        let (mut low, mut high) = bounds(values)?;
        if high - low < 1e-12 {
            let room = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
            (low, high) = (low - room, high + room);
        }
        let step = round_step((high - low) / steps);
        let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
        let count = (last - first).round() as usize;
        Some(Self {
            low: first * step,
            high: last * step,
            is_log: false,
            ticks: (0..=count).map(|place| (first + place as f64) * step).collect(),
            decimals: (-step.log10().floor()).clamp(0.0, 9.0) as usize,
        })
    }

    /// Over 1, 2, 5, 10, … around the values above zero; `None` without any.
    pub(super) fn logarithmic(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (low, high) = bounds(values.into_iter().filter(|value| *value > 0.0))?;
        let grid: Vec<f64> = (-6..=9)
            .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
            .collect();
        let first = grid.iter().rposition(|at| *at <= low * 0.95).unwrap_or(0);
        let last = grid.iter().position(|at| *at >= high * 1.05).unwrap_or(grid.len() - 1);
        let (low, high) = (grid[first].min(low), grid[last].max(high));
        let is_wide = last - first > 6;
        Some(Self {
            low,
            high,
            is_log: true,
            ticks: (first..=last)
                .filter(|place| !is_wide || place % 3 == 0)
                .map(|place| grid[place])
                .collect(),
            decimals: 0,
        })
    }

    /// Where a figure lies: 0 at the start of the axis, 1 at its end.
    pub(super) fn share(&self, value: f64) -> f64 {
        let share = if self.is_log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        share.clamp(0.0, 1.0)
    }

    /// How a tick is written.
    pub(super) fn name(&self, tick: f64) -> String {
        let decimals = if self.is_log {
            // A rounded logarithm: 0.05 has two decimals, 20 none.
            (-(tick.log10() + 1e-9).floor()).clamp(0.0, 9.0) as usize
        } else {
            self.decimals
        };
        fixed(tick, decimals)
    }
}

fn bounds(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold(None, |bounds, value| {
        let (low, high): (f64, f64) = bounds.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    })
}

/// The smallest of 1, 2, 5 times a power of ten that is not below.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let digit = [1.0, 2.0, 5.0].into_iter().find(|digit| digit * power >= rough * 0.999);
    digit.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_enclose_the_values() {
        let scale = Scale::linear([0.183, 0.2412], 4.0).expect("values");
        let names: Vec<String> = scale.ticks.iter().map(|tick| scale.name(*tick)).collect();
        assert_eq!(names, ["0.18", "0.20", "0.22", "0.24", "0.26"]);
        let scale = Scale::logarithmic([0.07, 11.0]).expect("values");
        let names: Vec<String> = scale.ticks.iter().map(|tick| scale.name(*tick)).collect();
        assert_eq!(names, ["0.1", "1", "10"]);
    }

    #[test]
    fn no_value_has_no_axis_and_one_value_lies_within() {
        assert!(Scale::linear([f64::NAN], 4.0).is_none() && Scale::logarithmic([0.0]).is_none());
        for value in [0.0, -3.0, 0.25, 1e-300, 1e12] {
            let scale = Scale::linear([value], 4.0).expect("a value");
            assert!((0.1..=0.9).contains(&scale.share(value)), "{value}");
        }
    }
}
