//! What concerns all lists together, beyond accuracy: how much of the catalogue they show, how evenly, how well known
//! and how alike what they show is, and what they find that popularity alone would not.
//!
//! A list holds item numbers, best first, each at most once, and is cut at `k`. Lists, histories and the like are
//! paired by position, one of each per person; the longer one is cut. Popularity is how many people touched an item
//! in the data that was learned from ([`touched`]); an item that it does not know was touched by nobody. A mean over
//! lists leaves out the lists it is not defined for, and is 0 where none is left. Means are summed in ascending
//! order of what they are of, so neither threads nor the order of the people change a digit.

/// How many people touched each item, of each person's items in any order; one person counts once per item. Items
/// past `items` are left out.
#[must_use]
pub fn touched(histories: &[Vec<u32>], items: usize) -> Vec<u32> {
    let mut counts = vec![0; items];
    for item in histories.iter().flat_map(|history| distinct(history)) {
        if let Some(count) = counts.get_mut(item as usize) {
            *count += 1;
        }
    }
    counts
}

/// Catalogue coverage: share of all `items` that are in any list, 0…1 (Ge, Delgado-Battenfeld and Jannach, RecSys
/// 2010).
#[must_use]
pub fn coverage(lists: &[Vec<u32>], items: usize, k: usize) -> f64 {
    let shown = exposures(lists, items, k).into_iter().filter(|&count| count > 0);
    ratio(shown.count() as f64, items as f64)
}

/// Gini index of how often each of all `items` is shown: 0 when all are equally often (or nothing is shown at all),
/// 1 when one alone is; `Σ (2j − n − 1)·x_j / ((n − 1)·Σ x)` with `x` ascending and `j` from 1 (Shani and
/// Gunawardana, *Recommender Systems Handbook*, 2011, chapter 8).
#[must_use]
pub fn gini(lists: &[Vec<u32>], items: usize, k: usize) -> f64 {
    let mut counts = exposures(lists, items, k);
    counts.sort_unstable();
    let total: u64 = counts.iter().sum();
    let weight = |at: usize| 2 * at as i128 + 1 - items as i128;
    let spread: i128 = counts
        .iter()
        .enumerate()
        .map(|(at, &count)| weight(at) * i128::from(count))
        .sum();
    ratio(spread as f64, items.saturating_sub(1) as f64 * total as f64)
}

/// Novelty in bits: mean over lists of the mean self-information `−log2 p` of what they hold, where `p` is the share
/// of `people` who touched the item, smoothed to `(touched + 1) / (people + 2)` (Zhou et al., PNAS 2010; Vargas and
/// Castells, RecSys 2011; the rule of succession is Laplace's). At most `log2(people + 2)`, for what nobody touched.
#[must_use]
pub fn novelty(lists: &[Vec<u32>], touched: &[u32], people: usize, k: usize) -> f64 {
    let everyone = people as f64 + 2.0;
    // One more than everyone cannot have touched it; a `people` that is too small gives no negative bits.
    let bits = |item: u32| (everyone / (popularity_of(touched, item) + 1.0)).log2().max(0.0);
    mean(lists.iter().filter_map(|list| mean_of(cut(list, k), bits)))
}

/// Average recommendation popularity, in people: mean over lists of the mean popularity of what they hold (Yin et
/// al., VLDB 2012; Abdollahpouri, Burke and Mobasher, FLAIRS 2019).
#[must_use]
pub fn average_popularity(lists: &[Vec<u32>], touched: &[u32], k: usize) -> f64 {
    let popularity = |item| popularity_of(touched, item);
    mean(lists.iter().filter_map(|list| mean_of(cut(list, k), popularity)))
}

/// Popularity lift, a ratio: [`average_popularity`] of the lists over that of the distinct items of the same people's
/// own histories. 1 is as popular as what they chose themselves, more is a bias towards the popular, and it is one
/// more than the relative lift of Abdollahpouri, Mansoury, Burke and Mobasher (RecSys 2020). Only people with both a
/// list and a history count; 0 when there are none, or nobody touched what they chose.
#[must_use]
pub fn popularity_lift(lists: &[Vec<u32>], histories: &[Vec<u32>], touched: &[u32], k: usize) -> f64 {
    let popularity = |item| popularity_of(touched, item);
    let pairs = lists.iter().zip(histories).filter_map(|(list, history)| {
        let shown = mean_of(cut(list, k), popularity)?;
        Some((shown, mean_of(&distinct(history), popularity)?))
    });
    let (shown, chosen): (Vec<f64>, Vec<f64>) = pairs.unzip();
    ratio(mean(shown), mean(chosen))
}

/// Intra-list diversity: mean over lists of two items or more of the mean `1 − similarity` over their pairs, 0…1
/// where `similarity` is (Smyth and McClave, ICCBR 2001; Ziegler et al., WWW 2005). Of each pair, the better ranked
/// item comes first.
#[must_use]
pub fn diversity(lists: &[Vec<u32>], k: usize, similarity: impl Fn(u32, u32) -> f64) -> f64 {
    let of_list = |list: &[u32]| {
        let pairs = list
            .iter()
            .enumerate()
            .flat_map(|(at, &a)| list[at + 1..].iter().map(move |&b| (a, b)));
        let (sum, count) = pairs.fold((0.0, 0_usize), |(sum, count), (a, b)| {
            (sum + 1.0 - similarity(a, b), count + 1)
        });
        (count > 0).then(|| sum / count as f64)
    };
    mean(lists.iter().filter_map(|list| of_list(cut(list, k))))
}

/// Serendipity: mean over people of how many of the first `k` are relevant and not among the first `k` of the
/// person's list by popularity, as a share of `k`, 0…1 (Ge, Delgado-Battenfeld and Jannach, RecSys 2010). A short or
/// empty list is divided by `k` all the same.
#[must_use]
pub fn serendipity(lists: &[Vec<u32>], relevant: &[Vec<u32>], popular: &[Vec<u32>], k: usize) -> f64 {
    let people = lists.iter().zip(relevant).zip(popular);
    mean(people.map(|((list, relevant), popular)| {
        let (relevant, expected) = (distinct(relevant), distinct(cut(popular, k)));
        let is_found = |item: &&u32| relevant.binary_search(item).is_ok() && expected.binary_search(item).is_err();
        ratio(cut(list, k).iter().filter(is_found).count() as f64, k as f64)
    }))
}

fn cut(list: &[u32], k: usize) -> &[u32] {
    &list[..list.len().min(k)]
}

fn distinct(items: &[u32]) -> Vec<u32> {
    let mut items = items.to_vec();
    items.sort_unstable();
    items.dedup();
    items
}

/// How often each item is shown; those past `items` are left out.
fn exposures(lists: &[Vec<u32>], items: usize, k: usize) -> Vec<u64> {
    let mut counts = vec![0; items];
    for &item in lists.iter().flat_map(|list| cut(list, k)) {
        if let Some(count) = counts.get_mut(item as usize) {
            *count += 1;
        }
    }
    counts
}

fn popularity_of(touched: &[u32], item: u32) -> f64 {
    touched.get(item as usize).copied().map_or(0.0, f64::from)
}

fn mean_of(items: &[u32], value: impl Fn(u32) -> f64) -> Option<f64> {
    (!items.is_empty()).then(|| items.iter().map(|&item| value(item)).sum::<f64>() / items.len() as f64)
}

fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    ratio(values.iter().sum(), values.len() as f64)
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
#[path = "lists_tests.rs"]
mod tests;
