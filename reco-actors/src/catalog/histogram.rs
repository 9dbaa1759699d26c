//! Prices as bars, for a slider.

use super::{PriceBar, PriceHistogram};

/// At most so many bars.
const MOST: i64 = 20;
/// The last bar is open from about this share of the items on: a few dear ones would else leave
/// all others in one bar.
const TAIL: f64 = 0.95;
/// The tail is found by a sample of this size.
const SAMPLE: usize = 4_096;
/// Widths people like, times a power of ten.
const ROUND: [i64; 3] = [1, 2, 5];

/// Bars of one round width, the last of them open; `None` without two different prices.
pub(super) fn of(prices: &[i64]) -> Option<PriceHistogram> {
    let (lowest, highest) = (*prices.iter().min()?, *prices.iter().max()?);
    if lowest >= highest {
        return None;
    }
    let step = prices.len() / SAMPLE + 1;
    let mut sample: Vec<i64> = prices.iter().copied().step_by(step).collect();
    sample.sort_unstable();
    let tail = sample[((sample.len() - 1) as f64 * TAIL) as usize];
    let end = if tail > lowest { tail } else { highest };
    let width = width((end - lowest) / MOST + 1);
    let first = lowest.div_euclid(width);
    let last = end.div_euclid(width).min(first + MOST - 1);
    let mut bars: Vec<PriceBar> = (first..=last)
        .map(|at| PriceBar {
            from: at * width,
            to: Some((at + 1) * width),
            count: 0,
        })
        .collect();
    // No price lies below the first bar, so that distances are divided, which is quick without a sign.
    let (origin, step) = (first * width, width.unsigned_abs());
    for price in prices {
        let at = (price.abs_diff(origin) / step) as usize;
        let open = bars.len() - 1;
        bars[at.min(open)].count += 1;
    }
    if let Some(bar) = bars.last_mut().filter(|bar| bar.to.is_some_and(|to| to <= highest)) {
        bar.to = None;
    }
    Some(PriceHistogram { lowest, highest, bars })
}

/// The least round width of at least this.
fn width(least: i64) -> i64 {
    let mut power = 1;
    loop {
        if let Some(factor) = ROUND.into_iter().find(|factor| factor * power >= least) {
            return factor * power;
        }
        power *= 10;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dear_ones_share_an_open_bar() {
        let mut prices: Vec<i64> = (0..100).map(|at| 1_000 + at * 40).collect();
        prices.push(900_000);
        let histogram = of(&prices).unwrap();
        assert_eq!((histogram.lowest, histogram.highest), (1_000, 900_000));
        let (first, last) = (histogram.bars[0], *histogram.bars.last().unwrap());
        assert_eq!((first.from, first.to, first.count), (1_000, Some(1_200), 5));
        assert_eq!((last.from, last.to), (4_800, None));
        assert_eq!(of(&[5, 5]), None);
        assert_eq!(of(&[]), None);
    }

    proptest! {
        #[test]
        fn every_price_is_in_one_bar(prices in proptest::collection::vec(0_i64..5_000_000, 2..300)) {
            let Some(histogram) = of(&prices) else {
                return Ok(());
            };
            prop_assert!(histogram.bars.len() <= MOST as usize);
            for bar in &histogram.bars {
                let within = |price: &&i64| bar.from <= **price && bar.to.is_none_or(|to| **price < to);
                prop_assert_eq!(prices.iter().filter(within).count() as u64, bar.count);
            }
            prop_assert_eq!(histogram.bars.iter().map(|bar| bar.count).sum::<u64>(), prices.len() as u64);
        }
    }
}
