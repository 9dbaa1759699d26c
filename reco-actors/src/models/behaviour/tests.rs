//! What is learned from acts, by hand; and that the same acts always give the same bytes.

use super::*;
use proptest::prelude::*;
use uuid::Uuid;

const HOUR_MS: i64 = 60 * 60_000;

fn item(number: u8) -> ItemId {
    ItemId(Uuid::from_u128(number.into()))
}

fn person(number: u8) -> PersonId {
    PersonId(Uuid::from_u128(1_000 + u128::from(number)))
}

fn act(who: u8, at_ms: i64, deed: Deed) -> Act {
    Act {
        person: person(who),
        at_ms,
        deed,
    }
}

fn view(who: u8, at_ms: i64, number: u8) -> Act {
    act(who, at_ms, Deed::Viewed(item(number), None))
}

fn learned(acts: &[Act]) -> Behaviour {
    let mut behaviour = Behaviour::default();
    acts.iter().for_each(|act| behaviour.learn(act));
    behaviour
}

fn after(model: &CoVisitation, number: u8) -> Vec<ItemId> {
    let next = model.after(item(number), |_| true, 10);
    next.into_iter().map(|next| next.item).collect()
}

fn history(behaviour: &Behaviour, who: u8) -> Vec<ItemId> {
    let history = behaviour.history(person(who)).unwrap_or_default();
    history.iter().map(|past| past.item).collect()
}

#[test]
fn people_go_on_from_what_they_looked_at_and_each_has_a_history() {
    let behaviour = learned(&[view(1, 0, 1), view(2, 1, 9), view(1, 2, 2), view(1, 3, 1)]);
    assert_eq!(after(behaviour.viewed(), 1), [item(2)]);
    assert_eq!(after(behaviour.viewed(), 9), [], "histories do not mix");
    assert_eq!(
        history(&behaviour, 1),
        [item(2), item(1)],
        "an item is there once, as the latest"
    );
    assert_eq!(behaviour.history(person(3)), None);
}

#[test]
fn a_moment_later_only_what_is_more_is_learned() {
    let first = Deed::Viewed(item(2), Some(10_000));
    let one = learned(&[view(1, 0, 1), act(1, 1, first.clone())]);
    let again = learned(&[view(1, 0, 1), act(1, 1, first.clone()), act(1, 2, Deed::Chose(item(2)))]);
    let tie = |behaviour: &Behaviour| behaviour.viewed().after(item(1), |_| true, 1)[0].score;
    assert_eq!(tie(&one), tie(&again));
    let bought = learned(&[
        view(1, 0, 1),
        act(1, 1, first.clone()),
        act(1, 2, Deed::Bought(vec![item(2)])),
    ]);
    assert!(tie(&bought) > tie(&one));
    let tomorrow = learned(&[view(1, 0, 1), act(1, 1, first.clone()), act(1, 24 * HOUR_MS, first)]);
    assert!(tie(&tomorrow) > tie(&one));
}

#[test]
fn what_is_in_one_basket_goes_together_both_ways() {
    let bought = |who, numbers: &[u8]| {
        act(
            who,
            0,
            Deed::Bought(numbers.iter().map(|number| item(*number)).collect()),
        )
    };
    let behaviour = learned(&[
        bought(1, &[1, 2]),
        view(2, 0, 5),
        bought(1, &[3]),
        bought(2, &[4, 5, 6, 7, 8]),
    ]);
    assert_eq!(after(&behaviour.bought, 1), [item(2)]);
    assert_eq!(after(&behaviour.bought, 2), [item(1)]);
    assert_eq!(after(&behaviour.bought, 3), [], "another basket");
    let tie = |from, to| {
        let next = behaviour.bought.after(item(from), |other| other == item(to), 1);
        next[0].score
    };
    assert_eq!(tie(4, 8), tie(8, 4));
    let with: Vec<ItemId> = behaviour
        .bought_with(&[item(1)], |_| true, 9)
        .into_iter()
        .map(|next| next.item)
        .collect();
    assert_eq!(with, [item(2)]);
    assert!(tie(1, 2) > tie(4, 8), "a large basket says less of any two");
    assert!(
        behaviour
            .history(person(1))
            .is_some_and(|history| history.iter().all(|past| past.is_bought))
    );
}

#[test]
fn what_was_put_down_is_marked_and_a_bounce_says_little() {
    let behaviour = learned(&[
        act(1, 0, Deed::Added(item(1))),
        act(1, 1, Deed::Removed(item(1))),
        act(1, 2, Deed::Viewed(item(2), Some(500))),
        act(1, 3, Deed::Reviewed(item(2), 1)),
        act(1, 4, Deed::Removed(item(9))),
    ]);
    let history = behaviour.history(person(1)).unwrap_or_default();
    assert_eq!(
        history.iter().map(|past| past.is_disliked).collect::<Vec<_>>(),
        [true, true]
    );
    assert_eq!(history[1].strength, 0.25);
    let again = learned(&[act(1, 0, Deed::Reviewed(item(1), 5)), act(1, 1, Deed::Added(item(1)))]);
    assert!(!again.history(person(1)).unwrap_or_default()[0].is_disliked);
}

#[test]
fn a_visitor_becomes_a_user_and_who_leaves_is_forgotten() {
    let mut behaviour = learned(&[
        view(1, 0, 1),
        view(2, 1, 2),
        view(2, 3, 3),
        view(1, 2, 4),
        view(1, 4, 2),
        act(1, 5, Deed::Became(person(2))),
    ]);
    assert_eq!(behaviour.history(person(1)), None);
    assert_eq!(history(&behaviour, 2), [item(1), item(4), item(3), item(2)]);
    let ties = after(behaviour.viewed(), 1);
    behaviour.learn(&act(2, 6, Deed::Left));
    assert_eq!((behaviour.history(person(2)), behaviour.people()), (None, 0));
    assert_eq!(after(behaviour.viewed(), 1), ties, "what goes with what is nobody's");
}

#[test]
fn what_is_touched_much_lately_comes_first() {
    let mut acts: Vec<Act> = (0..10).map(|who| view(who, 0, 1)).collect();
    acts.extend((0..4).map(|who| view(who, 5 * 24 * HOUR_MS, 2)));
    acts.push(view(0, 5 * 24 * HOUR_MS, 3));
    let behaviour = learned(&acts);
    let trending = |keep: fn(ItemId) -> bool, limit| -> Vec<ItemId> {
        let found = behaviour.trending(5 * 24 * HOUR_MS, keep, limit);
        found.into_iter().map(|(item, _)| item).collect()
    };
    assert_eq!(trending(|_| true, 9), [item(2), item(1), item(3)]);
    assert_eq!(trending(|_| true, 2), [item(2), item(1)]);
    assert_eq!(trending(|other| other != item(2), 1), [item(1)]);
}

#[test]
fn histories_are_bounded_each_and_all_together() {
    let settings = BehaviourSettings {
        most_past: 3,
        most_visits: 7,
        ..BehaviourSettings::default()
    };
    let mut behaviour = Behaviour::new(settings);
    for who in 1..=3 {
        for number in 1..=5 {
            behaviour.learn(&view(who, number.into(), number));
        }
    }
    behaviour.learn(&view(2, 9, 9));
    assert_eq!(behaviour.history(person(1)), None, "away longest");
    assert_eq!(history(&behaviour, 2), [item(4), item(5), item(9)]);
    assert_eq!(history(&behaviour, 3), [item(3), item(4), item(5)]);
}

fn any_act() -> impl Strategy<Value = Act> {
    let deed = prop_oneof![
        6 => (0..12_u8, proptest::option::of(0..60_000_u32)).prop_map(|(n, dwell)| Deed::Viewed(item(n), dwell)),
        1 => (0..12_u8).prop_map(|n| Deed::Chose(item(n))),
        1 => (0..12_u8).prop_map(|n| Deed::Added(item(n))),
        1 => (0..12_u8).prop_map(|n| Deed::Removed(item(n))),
        2 => proptest::collection::vec(0..12_u8, 1..5).prop_map(|n| Deed::Bought(n.into_iter().map(item).collect())),
        1 => (0..12_u8, 1..=5_u8).prop_map(|(n, stars)| Deed::Reviewed(item(n), stars)),
        1 => (0..5_u8).prop_map(|who| Deed::Became(person(who))),
        1 => Just(Deed::Left),
    ];
    (0..5_u8, 0..40 * 24 * HOUR_MS, deed).prop_map(|(who, at_ms, deed)| act(who, at_ms, deed))
}

proptest! {
    /// Live, from the log, and with a restart in between: the same bytes.
    #[test]
    fn the_same_acts_give_the_same_bytes(acts in proptest::collection::vec(any_act(), 0..120), cut in 0..120_usize) {
        let settings = BehaviourSettings { most_past: 6, most_visits: 20, ..BehaviourSettings::default() };
        let mut whole = Behaviour::new(settings);
        acts.iter().for_each(|act| whole.learn(act));
        let (before, after) = acts.split_at(cut.min(acts.len()));
        let mut first = Behaviour::new(settings);
        before.iter().for_each(|act| first.learn(act));
        let bytes = first.to_bytes().unwrap_or_default();
        let mut restarted = Behaviour::from_bytes(settings, &bytes).ok_or(TestCaseError::fail("not restored"))?;
        prop_assert_eq!(&restarted, &first);
        after.iter().for_each(|act| restarted.learn(act));
        prop_assert_eq!(restarted.to_bytes(), whole.to_bytes());
        prop_assert_eq!(restarted, whole);
    }

    #[test]
    fn other_bytes_are_refused_or_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Behaviour::from_bytes(BehaviourSettings::default(), &bytes);
    }
}

#[test]
fn of_who_bought_it_counts_what_is_bought_with_it_and_of_who_looked_what_is_looked_at() {
    let looks: Vec<Act> = (20..40).flat_map(|who| [view(who, 0, 1), view(who, 1, 2)]).collect();
    let mut behaviour = learned(&looks);
    behaviour.learn(&act(2, 0, Deed::Bought(vec![item(1), item(3)])));
    behaviour.learn(&view(4, 5 * HOUR_MS, 1));
    behaviour.learn(&act(5, 5 * HOUR_MS, Deed::Bought(vec![item(1)])));
    let first = |who| {
        let history = behaviour.history(person(who)).unwrap_or_default();
        behaviour.next(history, 5 * HOUR_MS, |other| other != item(1), 9)[0].item
    };
    assert_eq!((first(4), first(5)), (item(2), item(3)));
    let owned = behaviour.owned(person(5)).unwrap_or_default();
    assert_eq!((owned.len(), owned[0].times), (1, 1));
}

#[test]
fn what_others_looked_at_in_sessions_like_this_one_counts() {
    let mut behaviour = Behaviour::new(BehaviourSettings {
        session_share: 1.0,
        ..BehaviourSettings::default()
    });
    for (who, numbers) in [(1, [1, 2, 3]), (2, [1, 9, 8])] {
        for (at, number) in (0..).zip(numbers) {
            behaviour.learn(&view(who, at, number));
        }
    }
    // Of what was looked at the day before, only the latest session speaks.
    for (at, number) in [(0, 9), (24 * HOUR_MS, 2)] {
        behaviour.learn(&view(3, at, number));
    }
    let history = behaviour.history(person(3)).unwrap_or_default();
    let next = behaviour.next(history, 24 * HOUR_MS, |other| other != item(9) && other != item(2), 9);
    let mut found: Vec<ItemId> = next.iter().map(|next| next.item).collect();
    found.sort_unstable();
    assert_eq!(found, [item(1), item(3)]);
    assert!(next.iter().all(|next| next.because[0].0 == item(2)));
}
