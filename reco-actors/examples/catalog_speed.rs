//! What the catalogue index costs per operation, over synthetic items: medians in microseconds.
//!
//! `cargo run --release -p reco-actors --example catalog_speed [ITEMS]…`, 12000 when not given.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use chrono::DateTime;
use reco_actors::{
    Attribute, AttributeValue, Item, ItemId, PriceRange, RecoError, Term,
    catalog::{AttributeFilter, AttributeMatch, CatalogIndex, Filter, ListQuery, Sort, SortField, Window},
    eval::Random,
};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};
use uuid::Uuid;

const ROUNDS: usize = 300;
const WORDS: u64 = 20_000;
const DESCRIPTION_WORDS: usize = 90;

fn main() -> Result<(), RecoError> {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![12_000] } else { sizes };
    for items in sizes {
        measure(items)?;
    }
    Ok(())
}

fn measure(items: usize) -> Result<(), RecoError> {
    let mut random = Random::new(7);
    let catalogue: Vec<Item> = (0..items).map(|number| item(&mut random, number as u128, 1)).collect();
    let mut index = CatalogIndex::default();
    let started = Instant::now();
    for item in &catalogue {
        index.upsert(item.clone());
    }
    println!(
        "{items} items, filled in {:.2} s; medians in µs",
        started.elapsed().as_secs_f64()
    );
    listings(&index)?;
    keywords(&index)?;
    let narrow = Filter {
        categories: vec![group(2, 3).id],
        price_min: Some(2_000),
        price_max: Some(20_000),
        ..Filter::default()
    };
    let recommendable = Filter::default();
    time("allow(), category and price", || {
        drop(black_box(index.allow(&narrow, false)))
    });
    time("allow(), no filter", || {
        drop(black_box(index.allow(&recommendable, false)))
    });
    upserts(&mut index, &catalogue, &mut random);
    Ok(())
}

/// Changes of random items, then new ones.
fn upserts(index: &mut CatalogIndex, catalogue: &[Item], random: &mut Random) {
    type Make = fn(&mut Random, &Item, u128) -> Item;
    let changes: [(&str, Make); 4] = [
        ("upsert, stock changes", |_, old, _| Item {
            in_stock: !old.in_stock,
            ..old.clone()
        }),
        ("upsert, name changes", |random, old, _| Item {
            name: words(random, 8),
            ..old.clone()
        }),
        ("upsert, everything changes", |random, old, _| Item {
            id: old.id,
            ..item(random, old.id.0.as_u128() - 1, 1)
        }),
        ("upsert, a new item", |random, _, fresh| item(random, fresh, 1)),
    ];
    let mut fresh = catalogue.len() as u128;
    for (version, (name, make)) in (2..).zip(changes) {
        let mut times = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            fresh += 1;
            let old = &catalogue[random.below(catalogue.len() as u64) as usize];
            let next = Item {
                version,
                ..make(random, old, fresh)
            };
            let started = Instant::now();
            black_box(index.upsert(next));
            times.push(started.elapsed());
        }
        report(name, times);
    }
}

fn listings(index: &CatalogIndex) -> Result<(), RecoError> {
    let page = query();
    let sorts = [
        SortField::Popularity,
        SortField::Price,
        SortField::Rating,
        SortField::CreatedAt,
        SortField::Name,
    ];
    for field in sorts {
        let sort = vec![Sort {
            field,
            descending: field != SortField::Name,
        }];
        list(
            index,
            &format!("page of 20 by {field:?}"),
            &ListQuery { sort, ..page.clone() },
        )?;
    }
    let middle = index.list(&ListQuery {
        window: Window::Offset { offset: 600, limit: 1 },
        ..page.clone()
    })?;
    let keyset = middle.entries.into_iter().next().map(|entry| entry.keyset);
    list(
        index,
        "page of 20 after a cursor",
        &ListQuery {
            window: Window::After { keyset, limit: 20 },
            ..page.clone()
        },
    )?;
    list(
        index,
        "page of 20 at offset 10000",
        &ListQuery {
            window: Window::Offset {
                offset: 10_000,
                limit: 20,
            },
            ..page.clone()
        },
    )?;
    list(
        index,
        "page of 20 with facets",
        &ListQuery {
            want_facets: true,
            ..page.clone()
        },
    )?;
    let colour = AttributeFilter {
        key: "colour".into(),
        matches: AttributeMatch::AnyOf(vec!["red".into(), "blue".into()]),
    };
    let filter = Filter {
        categories: vec![group(1, 1).id],
        brands: vec![group(3, 0).id, group(3, 1).id, group(3, 2).id],
        price_max: Some(40_000),
        attributes: vec![colour],
        ..Filter::default()
    };
    list(
        index,
        "filtered page of 20",
        &ListQuery {
            filter: filter.clone(),
            ..page.clone()
        },
    )?;
    list(
        index,
        "filtered page of 20 with facets",
        &ListQuery {
            filter,
            want_facets: true,
            ..page
        },
    )
}

fn keywords(index: &CatalogIndex) -> Result<(), RecoError> {
    let text = |numbers: &[u64]| numbers.iter().map(|&number| word(number)).collect::<Vec<_>>().join(" ");
    for (name, text) in [
        ("one frequent word", text(&[0])),
        ("two frequent words", text(&[1, 2])),
        ("three words", text(&[30, 4, 17])),
        ("a rare word", text(&[15_000])),
        ("a beginning of two letters", "ba".to_owned()),
        ("an identifier", "sku-77-3".to_owned()),
    ] {
        let asked = ListQuery {
            text: Some(text.clone()),
            ..query()
        };
        list(index, &format!("{name} ({text})"), &asked)?;
        if name == "two frequent words" {
            list(
                index,
                "two frequent words, with facets",
                &ListQuery {
                    want_facets: true,
                    ..asked
                },
            )?;
        }
    }
    Ok(())
}

fn query() -> ListQuery {
    ListQuery {
        text: None,
        filter: Filter::default(),
        sort: Vec::new(),
        window: Window::After {
            keyset: None,
            limit: 20,
        },
        want_total: true,
        want_facets: false,
    }
}

fn list(index: &CatalogIndex, name: &str, query: &ListQuery) -> Result<(), RecoError> {
    let total = index.list(query)?.total.unwrap_or(0);
    time(&format!("{name} [{total}]"), || drop(black_box(index.list(query))));
    Ok(())
}

fn time(name: &str, mut run: impl FnMut()) {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        run();
        times.push(started.elapsed());
    }
    report(name, times);
}

fn report(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1e6;
    println!("{name:>52} {:>9.1}   (p95 {:.1})", at(50), at(95));
}

/// A category (1 above 2) or brand (3).
fn group(kind: u128, number: u64) -> Term {
    let label = format!("Group{kind}x{number}");
    Term {
        id: Uuid::from_u128((kind << 64) | u128::from(number)),
        slug: label.to_lowercase(),
        label,
    }
}

/// Skewed as in shops: small numbers are frequent.
fn skewed(random: &mut Random, bound: u64) -> u64 {
    let unit = random.unit();
    ((unit * unit * unit) * bound as f64) as u64
}

/// A pronounceable word of its own for each number, with an English ending now and then.
fn word(number: u64) -> String {
    let mut rest = number + 20;
    let mut text = String::new();
    while rest > 0 {
        text.push(char::from(b"bdfgklmnprstvz"[(rest % 14) as usize]));
        text.push(char::from(b"aeiou"[(rest / 14 % 5) as usize]));
        rest /= 70;
    }
    text.push_str(["", "s", "ing", "er"][(number % 4) as usize]);
    text
}

fn words(random: &mut Random, count: usize) -> String {
    let words: Vec<String> = (0..count).map(|_| word(skewed(random, WORDS))).collect();
    words.join(" ")
}

fn item(random: &mut Random, number: u128, version: i64) -> Item {
    let leaf = random.below(120);
    let price = 500 + skewed(random, 200_000) as i64;
    let pick = |random: &mut Random, from: &[&str]| from[random.below(from.len() as u64) as usize].to_owned();
    let text = |key: &str, value: String| Attribute {
        key: key.into(),
        label: key.into(),
        value: AttributeValue::Text(value),
    };
    let mut attributes = vec![
        text(
            "colour",
            pick(random, &["Red", "Blue", "Black", "White", "Green", "Grey"]),
        ),
        text(
            "material",
            pick(random, &["Steel", "Wood", "Cotton", "Plastic", "Glass"]),
        ),
        text("model", format!("M{number}")),
        Attribute {
            key: "weight".into(),
            label: "Weight".into(),
            value: AttributeValue::Number(random.below(5_000) as f64 / 100.0),
        },
        Attribute {
            key: "wireless".into(),
            label: "Wireless".into(),
            value: AttributeValue::Bool(random.below(2) == 0),
        },
    ];
    attributes.extend((0..5).map(|_| {
        text(
            &format!("feature{}", random.below(40)),
            format!("Kind {}", random.below(30)),
        )
    }));
    Item {
        id: ItemId(Uuid::from_u128(number + 1)),
        version,
        name: words(random, 8),
        description: words(random, DESCRIPTION_WORDS),
        brand: Some(group(3, skewed(random, 400))),
        categories: vec![group(1, leaf % 10), group(2, leaf)],
        price: Some(PriceRange {
            min: price,
            max: price + 1_000,
        }),
        rating: random.below(41) as f32 / 10.0 + 1.0,
        rating_count: random.below(200) as u32,
        in_stock: random.below(10) > 0,
        published: random.below(20) > 0,
        attributes,
        identifiers: vec![format!("SKU-{number}-{}", random.below(9))],
        created_at: DateTime::from_timestamp(1_600_000_000 + random.below(100_000_000) as i64, 0).unwrap_or_default(),
        popularity: skewed(random, 10_000) as f64,
    }
}
