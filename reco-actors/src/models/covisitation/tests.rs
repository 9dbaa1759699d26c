//! Co-visitation worked by hand, and against a plain count over whole histories.

use super::*;
use proptest::prelude::*;
use uuid::Uuid;

fn id(number: u8) -> ItemId {
    ItemId(Uuid::from_u128(number.into()))
}

fn view(number: u8) -> Visit {
    Visit {
        item: id(number),
        strength: 1.0,
    }
}

/// Whole histories, one person after the other.
fn of(settings: CoVisitationSettings, histories: &[Vec<u8>]) -> CoVisitation {
    let mut model = CoVisitation::new(settings);
    for history in histories {
        let visits: Vec<Visit> = history.iter().map(|number| view(*number)).collect();
        for (at, visit) in visits.iter().enumerate() {
            model.learn(&visits[..at], *visit, 0.0);
        }
    }
    model
}

/// Nothing but ties: no damping, no prior.
fn plain() -> CoVisitationSettings {
    CoVisitationSettings {
        source_damping: 0.0,
        target_damping: 0.0,
        ..CoVisitationSettings::default()
    }
}

fn score(list: &[Next], number: u8) -> f32 {
    list.iter()
        .find(|next| next.item == id(number))
        .map_or(0.0, |next| next.score)
}

#[test]
fn what_comes_soon_after_counts_most_and_what_came_before_a_little() {
    let model = of(plain(), &[vec![1, 2, 3]]);
    let after = model.after(id(2), 10);
    assert_eq!(after.iter().map(|next| next.item).collect::<Vec<_>>(), [id(3), id(1)]);
    assert_eq!((score(&after, 3), score(&after, 1)), (1.0, 0.15));
    assert!((score(&model.after(id(1), 10), 3) - 0.5_f32.sqrt()).abs() < 1e-6);
    assert!((score(&model.after(id(3), 10), 1) - 0.15 / 2.0).abs() < 1e-6);
    assert!(model.after(id(9), 10).is_empty());
}

#[test]
fn what_everybody_visits_anyway_is_damped() {
    let mut histories = vec![vec![1, 2], vec![1, 3], vec![4, 3], vec![5, 3], vec![6, 3]];
    histories.extend((0..40).map(|_| vec![3]));
    let settings = CoVisitationSettings {
        target_damping: 0.5,
        ..plain()
    };
    let after = of(settings, &histories).after(id(1), 2);
    assert_eq!(after[0].item, id(2));
    let even = of(plain(), &histories).after(id(1), 2);
    assert_eq!((even[0].score, even[1].score), (1.0, 1.0));
    assert_eq!(even[0].item, id(2), "ties by id");
}

#[test]
fn a_list_says_what_it_comes_from_and_the_parts_add_up() {
    let model = of(
        CoVisitationSettings::default(),
        &[vec![1, 3], vec![2, 3], vec![2, 3], vec![2, 4]],
    );
    let next = model.next(&[id(1), id(2)], &HashSet::from([id(1), id(2)]), 10);
    assert_eq!(next[0].item, id(3));
    let causes: Vec<ItemId> = next[0].because.iter().map(|(item, _)| *item).collect();
    assert_eq!(causes, [id(2), id(1)]);
    for next in &next {
        let sum: f32 = next.because.iter().map(|(_, adds)| adds).sum();
        assert!((sum - next.score).abs() < 1e-6, "{next:?}");
    }
    // Without the named cause there is less.
    let without = model.next(&[id(1)], &HashSet::from([id(1), id(2)]), 10);
    assert!(score(&without, 3) < next[0].score);
}

#[test]
fn purchases_mean_more_than_views_and_the_latest_visits_most() {
    let mut model = CoVisitation::new(plain());
    let bought = Visit {
        item: id(3),
        strength: 4.0,
    };
    model.learn(&[view(1)], view(2), 0.0);
    model.learn(&[view(1)], bought, 0.0);
    assert_eq!(score(&model.after(id(1), 5), 3), 2.0 * score(&model.after(id(1), 5), 2));
    let settings = CoVisitationSettings {
        half_life_seconds: Some(10.0),
        ..plain()
    };
    let mut fading = CoVisitation::new(settings);
    fading.learn(&[view(1)], view(2), 0.0);
    fading.learn(&[view(1)], view(3), 20.0);
    assert_eq!(
        (score(&fading.after(id(1), 5), 3), score(&fading.after(id(1), 5), 2)),
        (1.0, 0.25)
    );
    // A thousand half-lives later nothing overflows, and the old is as good as gone.
    fading.learn(&[view(1)], view(4), 10_000.0);
    let after = fading.after(id(1), 5);
    assert_eq!((after[0].item, after[0].score), (id(4), 1.0));
    assert!(score(&after, 3) < 1e-12);
}

#[test]
fn a_row_keeps_its_strongest_ties() {
    let settings = CoVisitationSettings { most: 3, ..plain() };
    let histories: Vec<Vec<u8>> = (10..30)
        .map(|other| vec![1, other])
        .chain((0..5).map(|_| vec![1, 2]))
        .collect();
    let after = of(settings, &histories).after(id(1), 100);
    assert!(after.len() <= 6, "{after:?}");
    assert_eq!((after[0].item, after[0].score), (id(2), 5.0));
}

proptest! {
    /// The same as counting pairs of whole histories.
    #[test]
    fn learning_visit_by_visit_equals_counting_all_pairs(
        histories in proptest::collection::vec(proptest::collection::vec(0..8_u8, 0..12), 0..8),
        window in 1..6_usize,
    ) {
        let settings = CoVisitationSettings { window, ..plain() };
        let model = of(settings, &histories);
        for source in 0..8_u8 {
            let after = model.after(id(source), 100);
            for target in (0..8_u8).filter(|target| *target != source) {
                let mut expected = 0.0_f64;
                for history in &histories {
                    for (at, later) in history.iter().enumerate() {
                        for (back, earlier) in history[..at].iter().rev().take(window).enumerate() {
                            let distance = (back + 1) as f64;
                            if (*earlier, *later) == (source, target) {
                                expected += distance.powf(-0.5);
                            } else if (*later, *earlier) == (source, target) {
                                expected += 0.15 / distance;
                            }
                        }
                    }
                }
                prop_assert!((f64::from(score(&after, target)) - expected).abs() < 1e-3);
            }
        }
        prop_assert_eq!(&of(settings, &histories), &model);
    }
}
