//! The index against a brute-force model: random changes, filters, sorts, windows and facets.

mod guided;
mod keywords;
mod listing;
mod model;
mod search;
mod state;

use super::*;
use crate::{Attribute, AttributeValue, Item, PriceRange, Term};
use chrono::DateTime;
use proptest::prelude::*;

pub(super) fn id(number: u128) -> ItemId {
    ItemId(Uuid::from_u128(number))
}

pub(super) fn term(number: u128, label: &str) -> Term {
    Term {
        id: Uuid::from_u128(number),
        slug: label.to_lowercase(),
        label: label.to_owned(),
    }
}

pub(super) fn text(key: &str, value: &str) -> Attribute {
    Attribute {
        key: key.to_owned(),
        label: key.to_uppercase(),
        value: AttributeValue::Text(value.to_owned()),
    }
}

/// An item in stock and published, at 10.00.
pub(super) fn item(number: u128, name: &str) -> Item {
    Item {
        name: name.to_owned(),
        price: Some(PriceRange { min: 1000, max: 1000 }),
        created_at: DateTime::from_timestamp_millis(1_700_000_000_000).unwrap(),
        ..Item::blank(id(number))
    }
}

pub(super) fn query() -> ListQuery {
    ListQuery {
        text: None,
        filter: Filter::default(),
        sort: Vec::new(),
        window: Window::Offset {
            offset: 0,
            limit: 1_000,
        },
        want_total: true,
        want_facets: false,
    }
}

pub(super) fn by(field: SortField, descending: bool) -> Sort {
    Sort { field, descending }
}

/// A tree of two levels: 10 above 11 and 12; 20 alone.
fn any_path() -> impl Strategy<Value = Vec<Term>> {
    prop_oneof![
        Just(vec![]),
        Just(vec![term(10, "Home"), term(11, "Kitchen")]),
        Just(vec![term(10, "Home"), term(12, "Bath")]),
        Just(vec![term(10, "Home")]),
        Just(vec![term(20, "Garden")]),
    ]
}

fn any_attribute() -> impl Strategy<Value = Attribute> {
    let value = |key: &'static str, value| Attribute {
        key: key.to_owned(),
        label: key.to_uppercase(),
        value,
    };
    prop_oneof![
        prop::sample::select(vec!["Red", "red", "Blue", "GREEN"]).prop_map(|colour| text("colour", colour)),
        (0..12_i32).prop_map(move |n| value("weight", AttributeValue::Number(f64::from(n) / 4.0))),
        any::<bool>().prop_map(move |truth| value("smart", AttributeValue::Bool(truth))),
        (0..3_i32).prop_map(move |n| value("mixed", AttributeValue::Number(f64::from(n)))),
        Just(text("mixed", "many")),
    ]
}

/// An item of few different values, so that ties and meetings are common.
pub(super) fn any_item() -> impl Strategy<Value = Item> {
    let names = vec![
        "Alpha lamp",
        "alpha LAMP",
        "Beta lamp shade",
        "gamma",
        "Ärmel",
        "Running shoes",
    ];
    let facts = (
        0..14_u128,
        0..6_i64,
        prop::sample::select(names),
        proptest::option::of((0..8_i64, 0..4_i64)),
        prop::sample::select(vec![0.0_f32, 1.0, 3.5, 4.0, 4.5, 5.0]),
        0..3_u32,
    );
    let more = (
        any_path(),
        proptest::option::of(prop::sample::select(vec![term(30, "Acme"), term(31, "Bolt")])),
        proptest::collection::vec(any_attribute(), 0..4),
        prop::bool::weighted(0.7),
        prop::bool::weighted(0.85),
        (0..4_i64, 0..4_i32),
    );
    (facts, more).prop_map(|((number, version, name, price, rating, rating_count), more)| {
        let (categories, brand, attributes, in_stock, published, (created, popularity)) = more;
        Item {
            version,
            price: price.map(|(min, spread)| PriceRange {
                min: min * 500,
                max: min * 500 + spread * 700,
            }),
            rating,
            rating_count,
            categories,
            brand,
            attributes,
            in_stock,
            published,
            created_at: DateTime::from_timestamp_millis(created).unwrap(),
            popularity: f64::from(popularity),
            identifiers: vec![format!("SKU-{number}")],
            ..item(number, name)
        }
    })
}

fn any_condition() -> impl Strategy<Value = AttributeFilter> {
    let condition = |key: &str, matches| AttributeFilter {
        key: key.to_owned(),
        matches,
    };
    let number = || proptest::option::of((0..12_i32).prop_map(|n| f64::from(n) / 4.0));
    let colours = prop::sample::subsequence(vec!["RED", "blue", "green", "none"], 0..3);
    prop_oneof![
        colours.prop_map(move |texts| {
            let texts = texts.into_iter().map(str::to_owned).collect();
            condition("colour", AttributeMatch::AnyOf(texts))
        }),
        (number(), number()).prop_map(move |(min, max)| condition("weight", AttributeMatch::Range { min, max })),
        any::<bool>().prop_map(move |truth| condition("smart", AttributeMatch::Is(truth))),
        Just(condition("mixed", AttributeMatch::AnyOf(vec!["Many".to_owned()]))),
        Just(condition("unknown", AttributeMatch::Is(true))),
    ]
}

pub(super) fn any_filter() -> impl Strategy<Value = Filter> {
    let ids = |numbers: Vec<u128>| numbers.into_iter().map(id).collect::<Vec<_>>();
    let uuids = |numbers: Vec<u128>| numbers.into_iter().map(Uuid::from_u128).collect::<Vec<_>>();
    let sets = (
        prop::sample::subsequence(vec![10, 11, 20, 99_u128], 0..3).prop_map(uuids),
        prop::sample::subsequence(vec![30, 31, 99_u128], 0..2).prop_map(uuids),
        proptest::collection::vec(any_condition(), 0..3),
        prop::option::weighted(0.2, proptest::collection::vec(0..16_u128, 0..10).prop_map(ids)),
        proptest::collection::vec(0..16_u128, 0..2).prop_map(ids),
    );
    let bounds = (
        prop::option::weighted(0.3, 0..4_000_i64),
        prop::option::weighted(0.3, 0..4_000_i64),
        prop::option::weighted(0.3, prop::sample::select(vec![1.0_f32, 3.7, 4.0])),
        prop::option::weighted(0.3, any::<bool>()),
    );
    let without = (
        prop::sample::subsequence(vec![10, 11, 20, 99_u128], 0..2).prop_map(uuids),
        prop::sample::subsequence(vec![30, 31, 99_u128], 0..2).prop_map(uuids),
        prop::option::weighted(0.2, 0..16_i64),
    );
    (sets, bounds, without).prop_map(|((categories, brands, attributes, ids, exclude), bounds, without)| {
        let (price_min, price_max, rating_min, in_stock) = bounds;
        let (exclude_categories, exclude_brands, created_before) = without;
        Filter {
            categories,
            brands,
            price_min,
            price_max,
            rating_min,
            in_stock,
            attributes,
            ids,
            exclude,
            exclude_categories,
            exclude_brands,
            created_before,
        }
    })
}

pub(super) fn any_sort() -> impl Strategy<Value = Vec<Sort>> {
    let fields = vec![
        SortField::Price,
        SortField::Rating,
        SortField::CreatedAt,
        SortField::Name,
        SortField::Popularity,
    ];
    let criterion = (prop::sample::select(fields), any::<bool>()).prop_map(|(field, descending)| by(field, descending));
    proptest::collection::vec(criterion, 0..3)
}
