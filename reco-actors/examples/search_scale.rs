//! The search box over generated products, one search after the other on one thread: words alone,
//! then words and meaning, with facets and count; and what every keystroke suggests.
//!
//! `cargo run --release -p reco-actors --example search_scale [SIZE…]`, 20000 when none is given.
//! A size followed by `!` scans all vectors, which needs no graph to be built first and is the
//! slowest that a search can be.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use chrono::{DateTime, Utc};
use reco_actors::{
    Attribute, AttributeValue, Item, ItemId, PriceRange, RecoError, Term,
    catalog::{CatalogIndex, Filter, SearchGuide, SearchMode, SearchQuery, Senses, Window},
    eval::Random,
    index::{EngineChoice, Generation, IndexConfig, TextMeaning, VectorWriter},
};
use std::{hint::black_box, sync::Arc, time::Instant};
use uuid::Uuid;

const DIM: usize = 384;
const QUERIES: usize = 400;
/// Different words of names and descriptions: as many as 1,000,000 products of a real shop have.
const WORDS: u64 = 200_000;
const DESCRIPTION_WORDS: usize = 40;
const CENTRES: usize = 2_000;
const SPREAD: f32 = 0.6;

fn main() -> Result<(), RecoError> {
    let sizes: Vec<String> = std::env::args().skip(1).collect();
    let sizes = if sizes.is_empty() {
        vec!["20000".to_owned()]
    } else {
        sizes
    };
    for size in sizes {
        let engine = match size.ends_with('!') {
            true => EngineChoice::Exact,
            false => EngineChoice::Auto,
        };
        if let Ok(items) = size.trim_end_matches('!').parse() {
            measure(items, engine)?;
        }
    }
    Ok(())
}

fn measure(items: usize, engine: EngineChoice) -> Result<(), RecoError> {
    let (mut random, vectors) = (Random::new(7), Vectors::new());
    let mut index = CatalogIndex::default();
    let mut writer = VectorWriter::new(IndexConfig {
        engine,
        max_delta: usize::MAX,
        ..IndexConfig::new(DIM, 0)
    });
    let started = Instant::now();
    for number in 0..items {
        let item = item(&mut random, number);
        let id = item.id;
        if let Some(slot) = index.upsert(item) {
            writer.upsert(slot, id, Some(vectors.like(&mut random)), None)?;
        }
    }
    let filled = started.elapsed();
    let started = Instant::now();
    writer.rebuild_now();
    println!(
        "\n{items} products, filled in {filled:.1?}, vectors built in {:.1?}",
        started.elapsed()
    );
    let generation = writer.reader().load();
    println!(
        "  engine {:?}, resident {:.1} GiB",
        generation.stats().engine,
        resident()
    );
    let queries: Vec<(String, Vec<f32>)> = (0..QUERIES)
        .map(|at| (question(&mut random, at), vectors.like(&mut random)))
        .collect();
    for (name, mode, facets) in [
        ("words, ten products alone", SearchMode::Words, false),
        ("words, with facets and count", SearchMode::Words, true),
        ("words and meaning, ten products alone", SearchMode::Hybrid, false),
        ("words and meaning, with facets and count", SearchMode::Hybrid, true),
    ] {
        searches(name, &index, &generation, &queries, mode, facets)?;
    }
    suggestions(&index, &queries);
    Ok(())
}

fn searches(
    name: &str,
    index: &CatalogIndex,
    generation: &Arc<Generation>,
    queries: &[(String, Vec<f32>)],
    mode: SearchMode,
    facets: bool,
) -> Result<(), RecoError> {
    let mut times = Vec::with_capacity(queries.len());
    for (text, vector) in queries {
        let query = SearchQuery {
            text: text.clone(),
            mode,
            filter: Filter::default(),
            sort: Vec::new(),
            window: Window::Offset { offset: 0, limit: 10 },
            want_total: facets,
            want_facets: facets,
            at: DateTime::<Utc>::UNIX_EPOCH,
        };
        let started = Instant::now();
        let meaning = TextMeaning::new(Arc::clone(generation), vector);
        black_box(index.search(&query, &SearchGuide::default(), Senses::meaning(&meaning))?);
        times.push((started.elapsed().as_secs_f64() * 1e3, text.clone()));
    }
    report(name, times);
    Ok(())
}

/// Every beginning of every question.
fn suggestions(index: &CatalogIndex, queries: &[(String, Vec<f32>)]) {
    let mut times = Vec::new();
    for (text, _) in queries.iter().step_by(4) {
        for end in 1..=text.len() {
            let started = Instant::now();
            black_box(index.suggest(&text[..end], 8, 8, &SearchGuide::default()));
            times.push((started.elapsed().as_secs_f64() * 1e3, text[..end].to_owned()));
        }
    }
    report("suggest, every keystroke", times);
}

fn report(name: &str, mut times: Vec<(f64, String)>) {
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |share: f64| &times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "  {name}: p50 {:.2} ms, p99 {:.2} ms, slowest {:.2} ms ({:?})",
        at(0.5).0,
        at(0.99).0,
        at(1.0).0,
        at(1.0).1
    );
}

fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or_default() / f64::from(1 << 20)
}

/// Vectors around some centres.
struct Vectors(Vec<Vec<f32>>);

impl Vectors {
    fn new() -> Self {
        let mut random = Random::new(3);
        let mut centre = || (0..DIM).map(|_| random.normal() as f32).collect();
        Self((0..CENTRES).map(|_| centre()).collect())
    }

    fn like(&self, random: &mut Random) -> Vec<f32> {
        let centre = &self.0[random.below(CENTRES as u64) as usize];
        let own = centre.iter().map(|value| value + SPREAD * random.normal() as f32);
        let mut vector: Vec<f32> = own.collect();
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|value| *value /= length);
        vector
    }
}

/// One to four words, some of them half or misspelled, or an identifier.
fn question(random: &mut Random, at: usize) -> String {
    if at.is_multiple_of(20) {
        return format!("SKU-{:08}", random.below(10_000));
    }
    let count = 1 + random.below(4) as usize;
    let mut text = words(random, count);
    match at % 5 {
        0 => text.truncate(text.len() - text.len() / 4),
        1 => text.insert(text.len() / 2, 'x'),
        _ => {}
    }
    text
}

fn words(random: &mut Random, count: usize) -> String {
    let words: Vec<String> = (0..count).map(|_| word(rank(random))).collect();
    words.join(" ")
}

/// Few words are frequent, as in any language (Zipf's law).
fn rank(random: &mut Random) -> u64 {
    (WORDS as f64).powf(random.unit()) as u64
}

/// A pronounceable word of its own for each number.
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

fn term(kind: u128, number: u64) -> Term {
    Term {
        id: Uuid::from_u128((kind << 64) | u128::from(number)),
        slug: format!("term-{kind}-{number}"),
        label: format!("Term {kind} {number}"),
    }
}

fn item(random: &mut Random, number: usize) -> Item {
    let leaf = random.below(400);
    let attribute = |key: u64, value| Attribute {
        key: format!("key_{key}"),
        label: format!("Key {key}"),
        value,
    };
    let mut attributes: Vec<Attribute> = (0..4)
        .map(|key| attribute(key, AttributeValue::Text(format!("Value {}", random.below(20)))))
        .collect();
    // Each kind of product has attributes of its own: thousands in all.
    attributes.extend((0..4).map(|own| {
        let key = 10 + leaf * 4 + own;
        attribute(key, AttributeValue::Text(format!("Kind {}", random.below(10))))
    }));
    attributes.push(attribute(4, AttributeValue::Number(random.below(1_000) as f64 / 10.0)));
    attributes.push(attribute(5, AttributeValue::Bool(random.below(2) == 0)));
    let price = 500 + random.below(50_000) as i64;
    Item {
        id: ItemId(Uuid::from_u128(1 + number as u128)),
        version: 1,
        name: words(random, 6),
        description: words(random, DESCRIPTION_WORDS),
        brand: Some(term(1, random.below(400))),
        categories: vec![term(2, leaf / 40), term(3, leaf / 8), term(4, leaf)],
        price: Some(PriceRange {
            min: price,
            max: price + 500,
        }),
        rating: 3.5,
        rating_count: random.below(500) as u32,
        in_stock: random.below(20) > 0,
        published: random.below(50) > 0,
        attributes,
        identifiers: vec![format!("SKU-{number:08}")],
        created_at: DateTime::from_timestamp(1_700_000_000 + number as i64, 0).unwrap_or_default(),
        popularity: random.below(10_000) as f64,
    }
}
