//! The shopper's search box: half words, misspelled ones, meaning, and what is said about it.

use super::*;
use fixedbitset::FixedBitSet;

/// Cosines by slot.
struct Alike(Vec<(u32, f32)>);

impl Meaning for Alike {
    fn nearest(&self, allow: &FixedBitSet, k: usize) -> Vec<(u32, f32)> {
        let near = self.0.iter().filter(|(slot, _)| allow.contains(*slot as usize));
        near.take(k).copied().collect()
    }

    fn cosine(&self, slot: u32) -> Option<f32> {
        self.0
            .iter()
            .find(|(other, _)| *other == slot)
            .map(|(_, cosine)| *cosine)
    }
}

fn no_guide() -> SearchGuide {
    SearchGuide::default()
}

pub(super) fn asked(text: &str) -> SearchQuery {
    let list = query();
    SearchQuery {
        text: text.to_owned(),
        mode: SearchMode::Hybrid,
        filter: list.filter,
        sort: list.sort,
        window: list.window,
        want_total: true,
        want_facets: false,
        at: DateTime::UNIX_EPOCH,
    }
}

pub(super) fn numbers(page: &SearchPage) -> Vec<u128> {
    page.page.entries.iter().map(|entry| entry.id.0.as_u128()).collect()
}

fn by_words(index: &CatalogIndex, text: &str) -> SearchPage {
    index.search(&asked(text), &no_guide(), Senses::default()).unwrap()
}

/// Slots are one less than numbers.
pub(super) fn shop() -> CatalogIndex {
    let mut index = CatalogIndex::default();
    for item in [
        Item {
            brand: Some(term(1, "Sony")),
            identifiers: vec!["SKU-77".to_owned()],
            ..item(1, "Wireless headphones")
        },
        item(2, "Headphones stand"),
        item(3, "Copper kettle"),
        Item {
            description: "Boils a kettle of water. See SKU-77.".to_owned(),
            ..item(4, "Camping stove")
        },
        item(5, "Electric teapot"),
    ] {
        index.upsert(item);
    }
    index
}

#[test]
fn misspelled_words_are_taken_for_what_they_may_mean() {
    let index = shop();
    for wrong in ["headphnes", "haedphones", "headphoness", "hedphonse"] {
        let found = by_words(&index, wrong);
        assert_eq!(numbers(&found), [1, 2], "{wrong}");
        assert_eq!(found.corrected.as_deref(), Some("headphones"), "{wrong}");
        assert_eq!(found.relaxed, [Relaxation::Spelling], "{wrong}");
    }
    let both = by_words(&index, "Sonny hedphones");
    assert_eq!(numbers(&both)[0], 1);
    assert_eq!(both.corrected.as_deref(), Some("sony headphones"));
    // What is there is not corrected, and short words are too like others.
    assert_eq!(by_words(&index, "copper").corrected, None);
    assert_eq!(numbers(&by_words(&index, "teq")), []);
}

#[test]
fn items_with_fewer_of_the_words_come_behind_and_it_is_said() {
    let index = shop();
    let all = by_words(&index, "kettle");
    assert_eq!((numbers(&all), all.relaxed.len()), (vec![3, 4], 0));
    let some = by_words(&index, "copper kettle");
    assert_eq!(numbers(&some), [3, 4]);
    assert_eq!(some.relaxed, [Relaxation::FewerWords]);
    assert!(some.scores[0].words > some.scores[1].words);
    assert_eq!(numbers(&by_words(&index, "purple elephant")), []);
}

#[test]
fn an_identifier_finds_its_item_first_and_nothing_that_is_merely_alike() {
    let index = shop();
    let alike = Alike(vec![(4, 0.99), (1, 0.9)]);
    for text in ["SKU-77", "sku-77", " SKU-77 "] {
        let found = index
            .search(&asked(text), &no_guide(), Senses::meaning(&alike))
            .unwrap();
        assert_eq!(numbers(&found), [1, 4], "{text}");
        assert!(found.scores[0].identifier > found.scores[1].total());
    }
}

#[test]
fn meaning_and_words_add_up_and_each_alone_finds_its_own() {
    let index = shop();
    let alike = || Alike(vec![(4, 0.8), (2, 0.7), (3, 0.2)]);
    let found = index
        .search(&asked("kettle"), &no_guide(), Senses::meaning(&alike()))
        .unwrap();
    assert_eq!(
        numbers(&found),
        [3, 5, 4],
        "the teapot has no word, the stove little meaning"
    );
    let Fusion { words, coverage, .. } = Fusion::default();
    for (score, entry) in found.scores.iter().zip(&found.page.entries) {
        assert!(score.words <= words + coverage + 1e-6);
        let KeysetValue::Float(total) = entry.keyset.values[0] else {
            panic!("a score")
        };
        assert!((total - f64::from(score.total())).abs() < 1e-6);
    }
    assert!((found.scores[1].meaning - 0.8).abs() < 1e-6);
    let only = |mode| {
        let query = SearchQuery {
            mode,
            ..asked("kettle")
        };
        numbers(&index.search(&query, &no_guide(), Senses::meaning(&alike())).unwrap())
    };
    assert_eq!(only(SearchMode::Words), [3, 4]);
    assert_eq!(only(SearchMode::Meaning), [5, 3]);
    let described = index
        .search(&asked("brew something"), &no_guide(), Senses::meaning(&alike()))
        .unwrap();
    assert_eq!(numbers(&described), [5, 3]);
    assert_eq!(described.relaxed, [Relaxation::MeaningOnly]);
}

#[test]
fn what_is_far_from_the_question_is_not_found_by_meaning() {
    let index = shop();
    let far = Alike(vec![(4, 0.2), (2, 0.1)]);
    assert_eq!(
        numbers(
            &index
                .search(&asked("xyzzy"), &no_guide(), Senses::meaning(&far))
                .unwrap()
        ),
        []
    );
    let spread = Alike(vec![(4, 0.9), (2, 0.7), (1, 0.4)]);
    assert_eq!(
        numbers(
            &index
                .search(&asked("xyzzy"), &no_guide(), Senses::meaning(&spread))
                .unwrap()
        ),
        [5, 3]
    );
}

#[test]
fn filters_and_other_orders_hold_for_what_is_found_by_meaning() {
    let mut index = shop();
    index.upsert(Item {
        version: 2,
        published: false,
        ..item(5, "Electric teapot")
    });
    let alike = || Alike(vec![(4, 0.8), (2, 0.7), (1, 0.65)]);
    assert_eq!(
        numbers(
            &index
                .search(&asked("kettle"), &no_guide(), Senses::meaning(&alike()))
                .unwrap()
        ),
        [3, 2, 4]
    );
    let filtered = SearchQuery {
        filter: Filter {
            exclude: vec![id(3)],
            ..Filter::default()
        },
        ..asked("kettle")
    };
    assert_eq!(
        numbers(&index.search(&filtered, &no_guide(), Senses::meaning(&alike())).unwrap()),
        [2, 4]
    );
    let sorted = SearchQuery {
        sort: vec![by(SortField::Name, false)],
        ..asked("kettle")
    };
    let names = index.search(&sorted, &no_guide(), Senses::meaning(&alike())).unwrap();
    assert_eq!(numbers(&names), [4, 3], "in another order only what has the words");
}

proptest! {
    /// However a search is paged, the pages make up the whole; what is hidden never shows.
    #[test]
    fn pages_make_up_the_whole(
        items in proptest::collection::vec(any_item(), 1..30),
        text in prop::sample::select(vec!["lamp", "alpha lamp", "lmap shade", "running", "gamma shoes"]),
        size in 1..5_usize,
    ) {
        let mut index = CatalogIndex::default();
        for item in items {
            index.upsert(item);
        }
        let cosines: Vec<(u32, f32)> = (0..40).map(|slot| (slot, 1.0 - slot as f32 / 50.0)).collect();
        let meaning = Alike(cosines);
        let whole = index.search(&asked(text), &no_guide(), Senses::meaning(&meaning)).unwrap();
        prop_assert_eq!(whole.page.total, Some(whole.page.entries.len() as u64));
        for entry in &whole.page.entries {
            prop_assert!(index.get(entry.id).is_some_and(|item| item.published));
        }
        let (mut paged, mut keyset) = (Vec::new(), None);
        loop {
            let window = Window::After { keyset, limit: size };
            let page = index.search(&SearchQuery { window, ..asked(text) }, &no_guide(), Senses::meaning(&meaning)).unwrap().page;
            keyset = page.entries.last().map(|entry| entry.keyset.clone());
            paged.extend(page.entries);
            if !page.has_next {
                break;
            }
        }
        prop_assert_eq!(paged, whole.page.entries);
    }
}
