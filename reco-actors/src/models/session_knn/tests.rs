//! What sessions say, on a few made up ones.

use super::*;
use uuid::Uuid;

fn id(number: u8) -> ItemId {
    ItemId(Uuid::from_u128(number.into()))
}

fn of(settings: SessionKnnSettings, sessions: &[&[u8]]) -> SessionKnn {
    let mut model = SessionKnn::new(settings);
    for items in sessions {
        let session = model.begin(0);
        items.iter().for_each(|item| model.visit(session, id(*item)));
    }
    model
}

fn items(list: &[Next]) -> Vec<ItemId> {
    list.iter().map(|next| next.item).collect()
}

fn ids(numbers: &[u8]) -> Vec<ItemId> {
    numbers.iter().map(|number| id(*number)).collect()
}

#[test]
fn sessions_that_share_what_came_last_speak_loudest() {
    let settings = SessionKnnSettings {
        rarity: 0.0,
        ..SessionKnnSettings::default()
    };
    let model = of(settings, &[&[1, 7], &[2, 8], &[1, 2, 9], &[5, 6]]);
    let list = model.next(&ids(&[1, 2]), 0, |item| item != id(1) && item != id(2), 9);
    assert_eq!(items(&list), ids(&[9, 8, 7]));
    // Similarity of the session of seven: (1/2)² over two items, at distance two.
    assert!(
        (list[2].score / list[1].score - (0.25 / 2.0) / 1.0).abs() < 1e-6,
        "{list:?}"
    );
    assert_eq!((list[0].score, list[0].because[0].0), (1.0, id(2)));
    assert_eq!(model.next(&ids(&[3]), 0, |_| true, 9), []);
    let repeated = model.next(&ids(&[2, 1, 2]), 0, |item| item == id(8) || item == id(7), 9);
    assert_eq!(items(&repeated), ids(&[8, 7]), "the latest place counts");
}

#[test]
fn the_rarer_of_two_comes_first() {
    let sessions: [&[u8]; 6] = [&[1, 2, 3], &[2], &[2], &[2], &[4], &[4]];
    let list = of(SessionKnnSettings::default(), &sessions).next(&ids(&[1]), 0, |item| item != id(1), 9);
    assert_eq!(items(&list), ids(&[3, 2]));
}

#[test]
fn what_was_visited_lately_and_near_the_shared_item_comes_first_as_it_is_served() {
    let mut model = SessionKnn::new(SessionKnnSettings {
        rarity: 0.0,
        ..SessionKnnSettings::shop()
    });
    for (day, items) in [(0, [1, 7, 0]), (90, [1, 8, 9])] {
        let session = model.begin(day * DAY_MS as i64);
        items.iter().for_each(|item| model.visit(session, id(*item)));
    }
    let list = model.next(&ids(&[1]), 90 * DAY_MS as i64, |item| item != id(1), 9);
    assert_eq!(items(&list), ids(&[8, 9, 7, 0]));
    assert_eq!(SessionKnn::restored(model.settings, model.stored()), model);
}

#[test]
fn only_the_latest_sessions_are_looked_at_and_remembered() {
    let settings = SessionKnnSettings {
        sample: 1,
        ..SessionKnnSettings::default()
    };
    let model = of(settings, &[&[1, 2], &[1, 3]]);
    assert_eq!(items(&model.next(&ids(&[1]), 0, |item| item != id(1), 9)), ids(&[3]));
    let settings = SessionKnnSettings {
        most_sessions: 2,
        ..SessionKnnSettings::default()
    };
    let mut model = SessionKnn::new(settings);
    let first = model.begin(0);
    model.visit(first, id(1));
    model.visit(first, id(2));
    for item in [3, 4] {
        let session = model.begin(0);
        model.visit(session, id(1));
        model.visit(session, id(item));
    }
    model.visit(first, id(9));
    assert_eq!(model.len(), 2);
    let mut left = items(&model.next(&ids(&[1]), 0, |item| item != id(1), 9));
    left.sort_unstable();
    assert_eq!(left, ids(&[3, 4]), "what is forgotten stays so");
}
