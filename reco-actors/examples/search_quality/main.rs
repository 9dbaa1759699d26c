//! The search box on 19,406 real electronics products: NDCG@10 by judgments, products named by
//! SKU, EAN and model, titles with a typo, latency with facets.
//!
//! `search_quality --data DIR [--models DIR] [--library FILE] [--vectors FILE] [--sweep yes]`
//!
//! DIR holds `products.jsonl.gz` and `judgments_dev.csv`. Vectors of the products are kept in FILE
//! and read from there again. "judged" ranks the judged products of a query alone; "whole" ranks
//! all, and those that nobody judged count as irrelevant.
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

mod icecat;
mod named;
mod vectors;

use chrono::DateTime;
use icecat::{Judgments, Product};
use reco_actors::{
    ItemId, Slot,
    catalog::{CatalogIndex, Filter, Fusion, SearchGuide, SearchMode, SearchQuery, Senses, Window},
    embed::text_of,
    eval::{
        Bootstrap,
        metrics::{Gain, ndcg},
    },
    index::{Generation, IndexConfig, TextMeaning, VectorWriter},
};
use std::{collections::HashMap, error::Error, path::PathBuf, sync::Arc, time::Instant};

const K: usize = 10;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

struct Arguments {
    data: PathBuf,
    models: PathBuf,
    library: Option<PathBuf>,
    vectors: Option<PathBuf>,
    sweep: bool,
}

fn arguments() -> Fallible<Arguments> {
    let mut parsed = Arguments {
        data: PathBuf::new(),
        models: "data/models".into(),
        library: std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from),
        vectors: None,
        sweep: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        match word.as_str() {
            "--data" => parsed.data = value.into(),
            "--models" => parsed.models = value.into(),
            "--library" => parsed.library = Some(value.into()),
            "--vectors" => parsed.vectors = Some(value.into()),
            "--sweep" => parsed.sweep = true,
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    Ok(parsed)
}

/// What is searched.
struct Shop {
    index: CatalogIndex,
    generation: Arc<Generation>,
    positions: HashMap<ItemId, usize>,
}

/// How a text is looked for.
#[derive(Clone, Default)]
struct Asked {
    mode: SearchMode,
    fusion: Fusion,
    among: Option<Vec<ItemId>>,
    facets: bool,
}

impl Asked {
    fn by(mode: SearchMode) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }
}

impl Shop {
    fn search(&self, text: &str, vector: &[f32], asked: &Asked) -> Fallible<Vec<usize>> {
        let meaning = TextMeaning::new(Arc::clone(&self.generation), vector);
        let query = SearchQuery {
            text: text.to_owned(),
            mode: asked.mode,
            filter: Filter {
                ids: asked.among.clone(),
                ..Filter::default()
            },
            sort: Vec::new(),
            window: Window::Offset { offset: 0, limit: K },
            want_total: asked.facets,
            want_facets: asked.facets,
            at: DateTime::UNIX_EPOCH,
        };
        let guide = SearchGuide::new(asked.fusion, &[], Vec::new(), []);
        let found = self.index.search(&query, &guide, Senses::meaning(&meaning))?;
        Ok(found
            .page
            .entries
            .iter()
            .map(|entry| self.positions[&entry.id])
            .collect())
    }
}

fn main() -> Fallible<()> {
    let arguments = arguments()?;
    let products = icecat::products(&arguments.data)?;
    let judgments = icecat::judgments(&arguments.data.join("judgments_dev.csv"), &products)?;
    let mut encoder = vectors::encoder(&arguments)?;
    let texts: Vec<String> = products.iter().map(|product| text_of(&product.item)).collect();
    let embedded = vectors::kept(arguments.vectors.as_deref(), &mut *encoder, &texts)?;
    let queries: Vec<String> = judgments.keys().cloned().collect();
    let began = Instant::now();
    let asked: HashMap<String, Vec<f32>> = queries.iter().cloned().zip(encoder.embed(&queries)?).collect();
    let each = began.elapsed().as_secs_f64() * 1e3 / queries.len() as f64;
    println!("embedding a query: {each:.1} ms");
    let shop = shop(&products, embedded)?;
    for (name, mode) in [
        ("words", SearchMode::Words),
        ("meaning", SearchMode::Meaning),
        ("hybrid", SearchMode::Hybrid),
    ] {
        quality(name, &shop, &judgments, &asked, &Asked::by(mode))?;
    }
    if arguments.sweep {
        sweep(&shop, &judgments, &asked)?;
    }
    named::names(&shop, &products, &mut *encoder)?;
    named::typos(&shop, &products, &mut *encoder)?;
    named::speed(&shop, &asked)?;
    named::suggestions(&shop, &products, &asked);
    Ok(())
}

fn shop(products: &[Product], embedded: Vec<Vec<f32>>) -> Fallible<Shop> {
    let began = Instant::now();
    let mut index = CatalogIndex::default();
    let mut writer = VectorWriter::new(IndexConfig::new(vectors::DIM, 0));
    let mut positions = HashMap::new();
    for (at, (product, vector)) in products.iter().zip(embedded).enumerate() {
        let slot = index.upsert(product.item.clone()).ok_or("an item is refused")?;
        debug_assert_eq!(slot, Slot(at as u32));
        writer.upsert(slot, product.item.id, Some(vector), None)?;
        positions.insert(product.item.id, at);
    }
    writer.rebuild_now();
    println!(
        "{} products indexed in {:.1} s",
        products.len(),
        began.elapsed().as_secs_f64()
    );
    Ok(Shop {
        index,
        generation: writer.reader().load(),
        positions,
    })
}

/// NDCG of each query, over its judged products alone and over all.
fn scores(
    shop: &Shop,
    judgments: &Judgments,
    vectors: &HashMap<String, Vec<f32>>,
    how: &Asked,
) -> Fallible<[Vec<f64>; 2]> {
    let (mut judged, mut whole) = (Vec::new(), Vec::new());
    for (query, ratings) in judgments {
        let known: Vec<f64> = ratings.values().copied().collect();
        let mut among: Vec<usize> = ratings.keys().copied().collect();
        among.sort_unstable();
        let ids = among.iter().map(|at| icecat::id_of(*at)).collect();
        let mut ranked = shop.search(
            query,
            &vectors[query],
            &Asked {
                among: Some(ids),
                ..how.clone()
            },
        )?;
        // What was not found comes last.
        let rest: Vec<usize> = among.into_iter().filter(|at| !ranked.contains(at)).collect();
        ranked.extend(rest);
        let relevance = |ranked: &[usize]| -> Vec<f64> {
            ranked
                .iter()
                .map(|at| ratings.get(at).copied().unwrap_or_default())
                .collect()
        };
        judged.push(ndcg(&relevance(&ranked), &known, Gain::Exponential, K));
        let ranked = shop.search(query, &vectors[query], how)?;
        whole.push(ndcg(&relevance(&ranked), &known, Gain::Exponential, K));
    }
    Ok([judged, whole])
}

fn quality(
    name: &str,
    shop: &Shop,
    judgments: &Judgments,
    vectors: &HashMap<String, Vec<f32>>,
    how: &Asked,
) -> Fallible<()> {
    let [judged, whole] = scores(shop, judgments, vectors, how)?;
    let shown = |values: &[f64]| {
        let estimate = Bootstrap::default().mean(values);
        format!("{:.4} [{:.4}, {:.4}]", estimate.mean, estimate.low, estimate.high)
    };
    println!(
        "NDCG@10 of {} queries, {name:8} judged {}  whole {}",
        judged.len(),
        shown(&judged),
        shown(&whole)
    );
    Ok(())
}

/// How little the weights matter: every second query, by name, and the others.
fn sweep(shop: &Shop, judgments: &Judgments, asked: &HashMap<String, Vec<f32>>) -> Fallible<()> {
    println!("words coverage: judged, whole of every second query | of the others");
    for words in [0.1, 0.2, 0.3, 0.4, 0.5] {
        for coverage in [0.1, 0.2, 0.3, 0.4, 0.5] {
            let how = Asked {
                fusion: Fusion {
                    words,
                    coverage,
                    meaning: 1.0,
                    ..Fusion::default()
                },
                ..Asked::default()
            };
            let [judged, whole] = scores(shop, judgments, asked, &how)?;
            let mean = |values: &[f64], odd: usize| {
                let half: Vec<f64> = values.iter().skip(odd).step_by(2).copied().collect();
                half.iter().sum::<f64>() / half.len() as f64
            };
            println!(
                "{words} {coverage}: {:.3} {:.3} | {:.3} {:.3}",
                mean(&judged, 0),
                mean(&whole, 0),
                mean(&judged, 1),
                mean(&whole, 1)
            );
        }
    }
    Ok(())
}
