//! The best few of many.

use std::cmp::Ordering;

/// Candidates looked at beyond twice as many as are wanted.
const SPARE: usize = 32;

/// The first so many in an order of what is to be kept, without sorting the rest or asking after it.
pub(super) fn best<T: Copy>(
    mut all: Vec<T>,
    limit: usize,
    order: impl Fn(&T, &T) -> Ordering,
    keep: impl Fn(&T) -> bool,
) -> Vec<T> {
    let (mut kept, mut from) = (Vec::with_capacity(limit.min(all.len())), 0);
    // A few more than are wanted at a time: most of them are kept.
    while from < all.len() && kept.len() < limit {
        let some = (2 * limit + SPARE).min(all.len() - from);
        let rest = &mut all[from..];
        if some < rest.len() {
            rest.select_nth_unstable_by(some, &order);
        }
        rest[..some].sort_unstable_by(&order);
        let good = rest[..some].iter().filter(|candidate| keep(candidate));
        kept.extend(good.take(limit - kept.len()).copied());
        from += some;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_what_sorting_all_gives(all in proptest::collection::vec(0..500_u32, 0..400), limit in 0..60_usize) {
            let keep = |number: &u32| !number.is_multiple_of(3);
            let mut sorted: Vec<u32> = all.iter().copied().filter(keep).collect();
            sorted.sort_unstable();
            sorted.truncate(limit);
            prop_assert_eq!(best(all, limit, u32::cmp, keep), sorted);
        }
    }
}
