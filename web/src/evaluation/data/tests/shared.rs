//! Published data sets, where they are at hand; none of them is part of this repository.

use super::*;
use reco_actors::eval::data::DataSet;
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

/// Reads a set of the shared data, and finds out its kind; or nothing, and then says so.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn shared(name: &str, kind: Kind) -> Option<DataSet> {
    let shared = std::env::var_os("MYSHOP_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let place = shared.join("data").join(name);
    if !place.exists() {
        let is_required = std::env::var("MYSHOP_REQUIRE_SHARED").is_ok_and(|value| value == "1");
        assert!(
            !is_required,
            "{} is missing and MYSHOP_REQUIRE_SHARED=1",
            place.display()
        );
        eprintln!("SKIPPED: {} is not at hand", place.display());
        return None;
    }
    assert_eq!(guess(&place), Some(kind));
    let set = read(kind, &place).unwrap();
    assert_eq!(set.digest.len(), 64);
    assert!(set.events.is_sorted_by_key(|event| event.at_ms));
    Some(set)
}

fn counts(set: &DataSet) -> (usize, usize, usize) {
    (set.people, set.items.len(), set.events.len())
}

fn groups(set: &DataSet) -> usize {
    let groups = set.events.iter().map(|event| event.group);
    groups.collect::<HashSet<_>>().len()
}

#[test]
fn beauty_is_histories_in_order() {
    let Some(set) = shared("amazon-beauty-s3rec", Kind::Beauty) else {
        return;
    };
    assert_eq!(counts(&set), (22_363, 12_101, 198_502));
    assert_eq!((set.contents(), set.has_time), ((0, 0), false));
    let first: Vec<u32> = set.histories()[0].iter().map(|event| event.item).collect();
    assert_eq!(first, [0, 1, 2, 3, 4]);
    assert_eq!(groups(&set), 198_502);
}

#[test]
fn office_is_histories_with_texts() {
    let Some(set) = shared("amazon-office-2014", Kind::Office) else {
        return;
    };
    assert_eq!(counts(&set), (4_905, 2_420, 53_258));
    assert_eq!((set.contents(), set.has_time), ((2_420, 0), false));
    assert_eq!(set.items[0].name, "HP 12C Financial Calculator");
    let second: Vec<u32> = set.histories()[1].iter().map(|event| event.item).collect();
    assert_eq!(second, [332, 5, 557, 0, 748]);
}

#[test]
fn journey_is_baskets() {
    let Some(set) = shared("complete-journey", Kind::Journey) else {
        return;
    };
    // Twelve products that were bought are not among the 51,095 of the list.
    assert_eq!(counts(&set), (1_253, 51_107, 721_498));
    assert_eq!(groups(&set), 77_498);
    assert!(set.has_time && set.events.iter().all(|event| event.kind == EventKind::Purchase));
    let levels: Vec<&str> = set.items[0].categories.iter().map(|level| &*level.label).collect();
    assert_eq!(
        (&*set.items[0].name, &levels[..]),
        ("ICE - CRUSHED/CUBED", &["GROCERY", "FRZN ICE"][..])
    );
}

#[test]
fn movielens_is_ratings_as_views() {
    let Some(set) = shared("movielens-100k", Kind::Movielens) else {
        return;
    };
    assert_eq!(counts(&set), (943, 1_682, 100_000));
    assert_eq!(
        (&*set.name, set.contents(), set.has_time),
        ("ml-100k", (1_682, 0), true)
    );
    assert_eq!((&*set.items[0].name, set.items[0].attributes.len()), ("Toy Story", 4));
}

#[test]
fn grocery_is_purchases() {
    let Some(set) = shared("amazon-grocery-rechorus", Kind::Grocery) else {
        return;
    };
    assert_eq!((set.items.len(), set.events.len()), (8_713, 121_892));
    assert_eq!((set.labels.len(), set.contents()), (8_713, (0, 0)));
}

#[test]
fn sessions_are_people() {
    let Some(set) = shared("rsc15-100k", Kind::Sessions) else {
        return;
    };
    assert_eq!(counts(&set), (17_794 + 3_416, 2_933, 70_278 + 13_568));
    assert_eq!((groups(&set), set.has_time), (set.people, true));
}

#[test]
fn myntra_has_a_picture_and_labels_each() {
    let Some(set) = shared("myntra-fashion", Kind::Myntra) else {
        return;
    };
    assert_eq!((set.items.len(), set.contents()), (12_000, (12_000, 12_000)));
    assert_eq!(set.labels[0], ["Watches", "Silver", "Women"]);
    assert_eq!(set.items[0].name, "Titan Women Silver Watch");
    assert!(set.events.is_empty() && set.pictures.iter().flatten().all(|picture| !picture.is_empty()));
}

#[test]
fn icecat_is_judged() {
    let Some(set) = shared("icecat-electronics", Kind::Icecat) else {
        return;
    };
    assert_eq!((set.items.len(), set.judgments.len()), (19_406, 1_877));
    let queries: HashSet<&str> = set.judgments.iter().map(|judgment| &*judgment.query).collect();
    assert_eq!(queries.len(), 67);
    assert_eq!(set.items[0].brand.as_ref().unwrap().label, "Xerox");
    assert_eq!(set.items[0].identifiers, ["3920564", "006R90321", "0095205603217"]);
}
