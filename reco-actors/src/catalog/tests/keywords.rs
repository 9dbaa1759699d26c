//! Keywords: what is found, in what order, and that changes show at once.

use super::{
    model::{Model, Step, any_steps, index_of},
    *,
};

fn search(index: &CatalogIndex, text: &str) -> Vec<u128> {
    let text = Some(text.to_owned());
    let page = index.list(&ListQuery { text, ..query() }).unwrap();
    page.entries.iter().map(|entry| entry.id.0.as_u128()).collect()
}

/// A small shop.
fn shop() -> CatalogIndex {
    let mut index = CatalogIndex::default();
    let items = [
        Item {
            description: "Noise cancelling over-ear model for running and travel.".to_owned(),
            brand: Some(term(1, "Sony")),
            identifiers: vec!["SKU 77/A".to_owned(), "4548736112".to_owned()],
            ..item(1, "WH-1000XM4 headphones")
        },
        Item {
            description: "A case for the WH-1000XM4 and other headphones.".to_owned(),
            ..item(2, "Carrying case")
        },
        Item {
            categories: vec![term(5, "Shoes")],
            attributes: vec![text("colour", "Crème"), text("closure", "Hook-and-loop")],
            ..item(3, "Running shoe")
        },
        Item {
            description: "Runs on two cells. Like item 4548736112.".to_owned(),
            attributes: vec![Attribute {
                key: "dimmable".to_owned(),
                label: "Dimmable".to_owned(),
                value: AttributeValue::Bool(true),
            }],
            ..item(4, "Café lamp 1.5 W")
        },
    ];
    for item in items {
        index.upsert(item);
    }
    index
}

#[test]
fn every_word_must_match_in_whatever_field() {
    let index = shop();
    assert_eq!(search(&index, "sony headphones travel"), [1]);
    assert_eq!(search(&index, "sony shoe"), []);
    assert_eq!(search(&index, "creme shoes"), [3]);
    assert_eq!(search(&index, "cafe LAMP"), [4]);
    assert_eq!(search(&index, "dimmable lamp"), [4]);
    assert_eq!(search(&index, "the case for headphones"), [2]);
}

#[test]
fn endings_do_not_matter_and_the_name_weighs_most() {
    let index = shop();
    assert_eq!(search(&index, "run"), [3, 4, 1]);
    assert_eq!(search(&index, "running"), [3, 1, 4]);
    assert_eq!(search(&index, "headphone"), [1, 2]);
}

#[test]
fn the_last_word_may_be_a_beginning() {
    let index = shop();
    assert_eq!(search(&index, "headph"), [1, 2]);
    assert_eq!(search(&index, "headph sony"), []);
    assert_eq!(search(&index, "sony headph"), [1]);
    assert_eq!(search(&index, "wh-1000"), [1, 2]);
}

#[test]
fn model_names_and_numbers_are_found_whole_or_in_parts() {
    let index = shop();
    for spelling in ["WH-1000XM4", "wh1000xm4", "wh 1000xm4", "1000xm4"] {
        assert_eq!(search(&index, spelling), [1, 2], "{spelling}");
    }
    assert_eq!(search(&index, "1.5"), [4]);
    assert_eq!(search(&index, "15"), []);
    assert_eq!(search(&index, "hook-and-loop"), [3]);
}

#[test]
fn identifiers_are_matched_whole_and_come_first() {
    let index = shop();
    assert_eq!(search(&index, "sku 77/a"), [1]);
    assert_eq!(search(&index, "4548736112"), [1, 4]);
    assert_eq!(search(&index, "4548736"), [1, 4]);
    assert_eq!(search(&index, "77"), []);
}

#[test]
fn a_text_without_words_finds_nothing_and_an_empty_one_asks_nothing() {
    let index = shop();
    assert_eq!(search(&index, "!?"), []);
    assert_eq!(search(&index, "  ").len(), 4);
    assert_eq!(search(&index, "headphones &"), [1, 2]);
}

#[test]
fn changed_words_show_at_once_and_old_ones_are_gone() {
    let mut index = shop();
    index.upsert(Item {
        version: 2,
        ..item(4, "Café candle")
    });
    assert_eq!((search(&index, "lamp"), search(&index, "candle")), (vec![], vec![4]));
    index.remove(id(1), 2);
    assert_eq!((search(&index, "sony"), search(&index, "4548736112")), (vec![], vec![]));
    index.upsert(Item {
        version: 3,
        published: false,
        ..item(4, "Café candle")
    });
    assert_eq!(search(&index, "candle"), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Built in one go or by many changes, the index says the same.
    #[test]
    fn history_leaves_no_trace(steps in any_steps(), text in prop::sample::select(vec!["lamp", "alp", "l", "shoe", "sku-1"])) {
        let index = index_of(&steps);
        let live: Vec<Step> = Model::of(&steps).live().map(|item| Step::Upsert(Box::new(item.clone()))).collect();
        let ask = ListQuery { text: Some(text.to_owned()), ..query() };
        prop_assert_eq!(index.list(&ask).unwrap(), index_of(&live).list(&ask).unwrap());
    }
}
