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

fn all(_: ItemId) -> bool {
    true
}

fn unless(numbers: &[u8]) -> impl Fn(ItemId) -> bool {
    let excluded: Vec<ItemId> = numbers.iter().map(|number| id(*number)).collect();
    move |item| !excluded.contains(&item)
}

fn score(list: &[Next], number: u8) -> f32 {
    list.iter()
        .find(|next| next.item == id(number))
        .map_or(0.0, |next| next.score)
}

#[test]
fn what_comes_soon_after_counts_most_and_what_came_before_a_little() {
    let model = of(plain(), &[vec![1, 2, 3]]);
    let after = model.after(id(2), all, 10);
    assert_eq!(after.iter().map(|next| next.item).collect::<Vec<_>>(), [id(3), id(1)]);
    assert_eq!((score(&after, 3), score(&after, 1)), (1.0, 0.15));
    assert!((score(&model.after(id(1), all, 10), 3) - 0.5_f32.sqrt()).abs() < 1e-6);
    assert!((score(&model.after(id(3), all, 10), 1) - 0.15 / 2.0).abs() < 1e-6);
    assert!(model.after(id(9), all, 10).is_empty());
}

#[test]
fn what_everybody_visits_anyway_is_damped() {
    let mut histories = vec![vec![1, 2], vec![1, 3], vec![4, 3], vec![5, 3], vec![6, 3]];
    histories.extend((0..40).map(|_| vec![3]));
    let settings = CoVisitationSettings {
        target_damping: 0.5,
        ..plain()
    };
    let after = of(settings, &histories).after(id(1), all, 2);
    assert_eq!(after[0].item, id(2));
    let even = of(plain(), &histories).after(id(1), all, 2);
    assert_eq!((even[0].score, even[1].score), (1.0, 1.0));
    assert_eq!(even[0].item, id(2), "ties by id");
}

#[test]
fn a_list_says_what_it_comes_from_and_the_parts_add_up() {
    let model = of(
        CoVisitationSettings::default(),
        &[vec![1, 3], vec![2, 3], vec![2, 3], vec![2, 4]],
    );
    let next = model.next(&[view(1), view(2)], unless(&[1, 2]), 10);
    assert_eq!(next[0].item, id(3));
    let causes: Vec<ItemId> = next[0].because.iter().map(|(item, _)| *item).collect();
    assert_eq!(causes, [id(2), id(1)]);
    for next in &next {
        let sum: f32 = next.because.iter().map(|(_, adds)| adds).sum();
        assert!((sum - next.score).abs() < 1e-6, "{next:?}");
    }
    // Without the named cause there is less.
    let without = model.next(&[view(1)], unless(&[1, 2]), 10);
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
    assert_eq!(
        score(&model.after(id(1), all, 5), 3),
        2.0 * score(&model.after(id(1), all, 5), 2)
    );
    let settings = CoVisitationSettings {
        half_life_seconds: Some(10.0),
        ..plain()
    };
    let mut fading = CoVisitation::new(settings);
    fading.learn(&[view(1)], view(2), 0.0);
    fading.learn(&[view(1)], view(3), 20.0);
    assert_eq!(
        (
            score(&fading.after(id(1), all, 5), 3),
            score(&fading.after(id(1), all, 5), 2)
        ),
        (1.0, 0.25)
    );
    // A thousand half-lives later nothing overflows, and the old is as good as gone.
    fading.learn(&[view(1)], view(4), 10_000.0);
    let after = fading.after(id(1), all, 5);
    assert_eq!((after[0].item, after[0].score), (id(4), 1.0));
    assert!(score(&after, 3) < 1e-12);
}

#[test]
fn sequential_rules_look_forwards_alone_and_know_repetitions() {
    let model = of(CoVisitationSettings::sequential_rules(), &[vec![1, 2, 2, 3]]);
    let next = model.next(&[view(2)], all, 9);
    let told: Vec<(ItemId, f32)> = next.iter().map(|next| (next.item, next.score)).collect();
    assert_eq!(told, [(id(3), 1.5), (id(2), 1.0)]);
    assert_eq!(model.next(&[view(3)], all, 9), []);
}

#[test]
fn what_is_in_season_comes_before_what_was() {
    let season = CoVisitationSettings {
        season: 0.25,
        season_half_life_seconds: 10.0,
        ..plain()
    };
    let learned = |settings| {
        let mut model = CoVisitation::new(settings);
        // Two and three are bought with one as often; two long ago, three now.
        (0..5).for_each(|_| model.learn_basket(&[id(1), id(2)], 0.0));
        (0..5).for_each(|_| model.learn_basket(&[id(1), id(3)], 100.0));
        model
    };
    let items =
        |model: &CoVisitation| -> Vec<ItemId> { model.after(id(1), all, 2).iter().map(|next| next.item).collect() };
    assert_eq!(
        items(&learned(plain())),
        [id(2), id(3)],
        "the season does not matter: ties by id"
    );
    let model = learned(season);
    assert_eq!(items(&model), [id(3), id(2)]);
    let next = &model.after(id(1), all, 2)[0];
    assert!((next.because[0].1 - next.score).abs() < 1e-6);
    assert_eq!(CoVisitation::restored(season, model.stored()), Some(model));
}

#[test]
fn a_row_keeps_its_strongest_ties() {
    let settings = CoVisitationSettings { most: 3, ..plain() };
    let histories: Vec<Vec<u8>> = (10..30)
        .map(|other| vec![1, other])
        .chain((0..5).map(|_| vec![1, 2]))
        .collect();
    let after = of(settings, &histories).after(id(1), all, 100);
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
            let after = model.after(id(source), all, 100);
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
        prop_assert_eq!(CoVisitation::restored(settings, model.stored()), Some(model));
    }

    /// However few are kept and wanted, they are the best of those that are kept.
    #[test]
    fn what_is_kept_is_the_best_of_all(
        histories in proptest::collection::vec(proptest::collection::vec(0..200_u8, 0..40), 0..12),
        kept in proptest::collection::hash_set(0..200_u8, 0..60),
        limit in 0..10_usize,
    ) {
        let model = of(plain(), &histories);
        let keep = |item: ItemId| kept.iter().any(|number| id(*number) == item);
        let everything = model.next(&[view(1), view(2)], all, 1_000);
        let expected: Vec<Next> = everything.into_iter().filter(|next| keep(next.item)).take(limit).collect();
        prop_assert_eq!(model.next(&[view(1), view(2)], keep, limit), expected);
    }
}

#[test]
fn what_contradicts_itself_is_not_taken_up() {
    let model = of(plain(), &[vec![1, 2, 3]]);
    let refused = |change: fn(&mut StoredCoVisitation)| {
        let mut stored = model.stored();
        change(&mut stored);
        CoVisitation::restored(plain(), stored).is_none()
    };
    assert!(!refused(|_| {}));
    assert!(refused(|stored| stored.items[0] = stored.items[1]));
    assert!(refused(|stored| drop(stored.rows.pop())));
    assert!(refused(|stored| stored.popularity.push(1.0)));
    assert!(refused(|stored| stored.rows[0].push((9, 1.0))));
    assert!(refused(|stored| stored.rows[1].reverse()));
}
