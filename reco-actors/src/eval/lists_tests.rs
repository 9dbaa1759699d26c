//! The figures of all lists against values worked by hand, and what must hold of any lists.

use super::*;
use proptest::prelude::*;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

/// Three people; the second one's list is short, and the third one's is empty.
fn lists() -> Vec<Vec<u32>> {
    vec![vec![0, 1, 2], vec![0, 3], vec![]]
}

/// Item 0 was touched by all four people, item 1 by two, item 2 by one, items 3 and 4 by none.
const TOUCHED: [u32; 5] = [4, 2, 1, 0, 0];

#[test]
fn people_are_counted_once_per_item() {
    let histories = [vec![0, 1, 0, 0], vec![0, 2, 9], vec![]];
    assert_eq!(touched(&histories, 4), [2, 1, 1, 0]);
}

#[test]
fn coverage_worked_by_hand() {
    assert!(close(coverage(&lists(), 5, 10), 4.0 / 5.0));
    assert!(
        close(coverage(&lists(), 5, 1), 1.0 / 5.0),
        "both lists begin with item 0"
    );
    assert!(close(coverage(&[vec![0, 7]], 5, 2), 1.0 / 5.0), "no item 7 is there");
}

#[test]
fn gini_worked_by_hand() {
    // Shown 0 1 1 1 2 times: weights −4 −2 0 2 4 give 8, over (5 − 1) · 5.
    assert!(close(gini(&lists(), 5, 10), (-2.0 + 2.0 + 8.0) / (4.0 * 5.0)));
    assert_eq!(gini(&lists(), 5, 1), 1.0, "item 0 alone");
    assert_eq!(gini(&[vec![0, 1], vec![2, 3], vec![4]], 5, 2), 0.0, "each once");
    assert_eq!(gini(&[vec![0], vec![0]], 1, 1), 0.0, "a single item has no rival");
}

#[test]
fn novelty_worked_by_hand() {
    // Of 6 = 4 + 2: items 0 to 3 have 5/6, 3/6, 2/6 and 1/6.
    let bits = |share: f64| -(share / 6.0).log2();
    let first = (bits(5.0) + 1.0 + bits(2.0)) / 3.0;
    let second = (bits(5.0) + bits(1.0)) / 2.0;
    assert!(close(novelty(&lists(), &TOUCHED, 4, 3), (first + second) / 2.0));
    assert!(close(novelty(&lists(), &TOUCHED, 4, 1), bits(5.0)));
    assert!(close(novelty(&[vec![3]], &TOUCHED, 0, 1), 1.0), "of nobody: a half");
    assert_eq!(novelty(&[vec![0]], &TOUCHED, 1, 1), 0.0, "more than everyone");
}

#[test]
fn popularity_worked_by_hand() {
    // (4 + 2 + 1) / 3 and (4 + 0) / 2.
    assert!(close(
        average_popularity(&lists(), &TOUCHED, 3),
        (7.0 / 3.0 + 2.0) / 2.0
    ));
    assert!(close(average_popularity(&lists(), &TOUCHED, 1), 4.0));
    // Own histories: (2 + 1) / 2 and 1; a repeated item counts once, and the third has no list.
    let histories = [vec![1, 2, 1], vec![2], vec![0]];
    let lift = popularity_lift(&lists(), &histories, &TOUCHED, 3);
    assert!(close(lift, ((7.0 / 3.0 + 2.0) / 2.0) / ((1.5 + 1.0) / 2.0)));
    // The second has no history, so only the first counts.
    let lift = popularity_lift(&lists(), &[vec![1, 2], vec![]], &TOUCHED, 3);
    assert!(close(lift, (7.0 / 3.0) / 1.5));
    assert_eq!(popularity_lift(&lists(), &[vec![3], vec![4]], &TOUCHED, 3), 0.0);
}

#[test]
fn diversity_worked_by_hand() {
    let similarity = |a: u32, b: u32| match (a, b) {
        (0, 1) => 0.5,
        (0, 2) => 0.25,
        _ => 0.0,
    };
    // (0.5 + 0.75 + 1) / 3 and 1.
    assert!(close(diversity(&lists(), 3, similarity), (0.75 + 1.0) / 2.0));
    assert!(close(diversity(&lists(), 2, similarity), (0.5 + 1.0) / 2.0));
    assert_eq!(diversity(&lists(), 1, similarity), 0.0, "no pairs");
}

#[test]
fn serendipity_worked_by_hand() {
    let relevant = [vec![2, 0, 1], vec![3], vec![0]];
    let popular = [vec![0, 4, 1], vec![0, 1, 2], vec![0]];
    // Of the first, 2 is a surprise and 0 and 1 are not; of the second, 3 is; the third has no list.
    assert!(close(
        serendipity(&lists(), &relevant, &popular, 3),
        (1.0 / 3.0 + 1.0 / 3.0) / 3.0
    ));
    // Cut at 2, the list of the popular does not hold 1 any more.
    assert!(close(
        serendipity(&lists(), &relevant, &popular, 2),
        (1.0 / 2.0 + 1.0 / 2.0) / 3.0
    ));
}

#[test]
fn nothing_gives_zero_not_nan() {
    let half = |_, _| 0.5;
    for (lists, items, k) in [
        (vec![], 5, 3),
        (vec![vec![], vec![]], 5, 3),
        (lists(), 5, 0),
        (lists(), 0, 3),
    ] {
        assert_eq!((coverage(&lists, items, k), gini(&lists, items, k)), (0.0, 0.0));
        let touched = &TOUCHED[..items];
        assert_eq!(popularity_lift(&lists, &[], touched, k), 0.0);
        assert_eq!(serendipity(&lists, &[vec![], vec![]], &[vec![], vec![]], k), 0.0);
        if items > 0 {
            assert_eq!((novelty(&lists, touched, 4, k), diversity(&lists, k, half)), (0.0, 0.0));
            assert_eq!(average_popularity(&lists, touched, k), 0.0);
        }
    }
}

const ITEMS: usize = 12;

/// Distinct items in any order.
fn some_items() -> impl Strategy<Value = Vec<u32>> {
    let all: Vec<u32> = (0..ITEMS as u32).collect();
    (Just(all).prop_shuffle(), 0..=ITEMS).prop_map(|(mut items, length)| {
        items.truncate(length);
        items
    })
}

/// A list, a history, what is relevant and a list by popularity, of each person.
fn some_people() -> impl Strategy<Value = Vec<[Vec<u32>; 4]>> {
    let person = (some_items(), some_items(), some_items(), some_items());
    prop::collection::vec(person.prop_map(|(a, b, c, d)| [a, b, c, d]), 0..8)
}

fn figures(people: &[[Vec<u32>; 4]], k: usize) -> [f64; 7] {
    let column = |at: usize| -> Vec<Vec<u32>> { people.iter().map(|person| person[at].clone()).collect() };
    let (lists, histories) = (column(0), column(1));
    let touched = touched(&histories, ITEMS);
    let similarity = |a: u32, b: u32| 1.0 / f64::from(1 + a.abs_diff(b));
    [
        coverage(&lists, ITEMS, k),
        gini(&lists, ITEMS, k),
        diversity(&lists, k, similarity),
        serendipity(&lists, &column(2), &column(3), k),
        novelty(&lists, &touched, people.len(), k),
        average_popularity(&lists, &touched, k),
        popularity_lift(&lists, &histories, &touched, k),
    ]
}

proptest! {
    #[test]
    fn every_figure_lies_in_its_range(people in some_people(), k in 0_usize..15) {
        let [shares @ .., bits, popularity, lift] = figures(&people, k);
        prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{shares:?}");
        prop_assert!((0.0..=(people.len() as f64 + 2.0).log2() + 1e-12).contains(&bits), "{bits}");
        prop_assert!((0.0..=people.len() as f64).contains(&popularity), "{popularity}");
        prop_assert!(lift >= 0.0 && lift.is_finite(), "{lift}");
    }

    #[test]
    fn the_order_of_people_changes_not_one_digit(
        (people, shuffled) in some_people().prop_flat_map(|people| (Just(people.clone()), Just(people).prop_shuffle())),
        k in 0_usize..15,
    ) {
        prop_assert_eq!(figures(&people, k).map(f64::to_bits), figures(&shuffled, k).map(f64::to_bits));
    }

    #[test]
    fn equal_exposure_is_no_inequality(start in some_items(), length in 1_usize..=ITEMS) {
        // Every turn of the same order is somebody's list.
        let order: Vec<u32> = start.iter().copied().chain((0..ITEMS as u32).filter(|item| !start.contains(item))).collect();
        let turned = |by: usize| (0..length).map(|at| order[(at + by) % ITEMS]).collect();
        let lists: Vec<Vec<u32>> = (0..ITEMS).map(turned).collect();
        prop_assert_eq!(gini(&lists, ITEMS, length), 0.0);
        prop_assert_eq!(coverage(&lists, ITEMS, length), 1.0);
    }

    #[test]
    fn a_longer_list_covers_no_less(people in some_people(), k in 0_usize..15) {
        prop_assert!(figures(&people, k + 1)[0] >= figures(&people, k)[0]);
    }

    #[test]
    fn the_popular_list_itself_holds_no_surprise(people in some_people(), k in 0_usize..15) {
        let lists: Vec<Vec<u32>> = people.iter().map(|[list, ..]| list.clone()).collect();
        prop_assert_eq!(serendipity(&lists, &lists, &lists, k), 0.0);
    }
}
