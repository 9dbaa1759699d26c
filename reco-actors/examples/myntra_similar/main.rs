//! Similar items on 12,000 real fashion products: label agreement of what the index serves,
//! over the whole weight curve, raw and calibrated, with and without a picture; recall of both
//! engines against a plain loop; latency.
//!
//! `myntra_similar --data DIR [--models DIR] [--library FILE] [--vectors FILE]`
//!
//! DIR holds `catalog.csv` and `images.tar`. Texts are product names alone: the labels that
//! are asked for must not be in the text. Vectors are kept in FILE and read from there again.
//!
//! Two sets of queries. The 1,000 positions of `reference_queries.txt` are those of the
//! reference figures made in Python, `numpy.random.default_rng(7).choice(12000, 1000,
//! replace=False)`, so that the two compare query by query. That draw happens to be an easy
//! one (other draws of 1,000 differ by ± .02), so the curve over all products follows it.
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

mod photo;
mod vectors;

use fixedbitset::FixedBitSet;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use reco_actors::{
    ItemId, ScoreMode, Slot, Weights,
    eval::{Agreement, Bootstrap, SimilarItems, label_agreement, sample},
    index::{EngineChoice, Generation, IndexConfig, VectorWriter},
};
use std::{
    error::Error,
    path::{Path, PathBuf},
    time::Instant,
};
use vectors::Vectors;

const LABELS: [&str; 3] = ["articleType", "baseColour", "gender"];
/// Scores nearer than this are equal in single precision.
const ROUNDING: f64 = 3e-7;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

struct Arguments {
    data: PathBuf,
    models: PathBuf,
    library: Option<PathBuf>,
    vectors: Option<PathBuf>,
}

struct Product {
    id: String,
    name: String,
    labels: Vec<String>,
}

fn arguments() -> Fallible<Arguments> {
    let mut parsed = Arguments {
        data: PathBuf::new(),
        models: "data/models".into(),
        library: std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from),
        vectors: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        match word.as_str() {
            "--data" => parsed.data = value.into(),
            "--models" => parsed.models = value.into(),
            "--library" => parsed.library = Some(value.into()),
            "--vectors" => parsed.vectors = Some(value.into()),
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    Ok(parsed)
}

fn main() -> Fallible<()> {
    let arguments = arguments()?;
    let products = read_products(&arguments.data.join("catalog.csv"))?;
    let vectors = match &arguments.vectors {
        Some(file) if file.is_file() => vectors::load(file, products.len())?,
        file => {
            let vectors = vectors::embed(&arguments, &products)?;
            if let Some(file) = file {
                vectors::save(file, &vectors)?;
            }
            vectors
        }
    };
    photo::found_again(
        &arguments,
        &products,
        &fill(&vectors, EngineChoice::Exact, &[])?.reader().load(),
    )?;
    let labels: Vec<Vec<String>> = products.into_iter().map(|product| product.labels).collect();
    let exact = fill(&vectors, EngineChoice::Exact, &[])?;
    let generation = exact.reader().load();
    let reference = SimilarItems::over(reference_queries(labels.len())?);
    curve("the reference's queries", &reference, &generation, &labels);
    curve(
        "all products",
        &SimilarItems::over((0..labels.len()).collect()),
        &generation,
        &labels,
    );
    without_pictures(&reference, &vectors, &labels)?;
    for engine in [EngineChoice::Exact, EngineChoice::Hnsw] {
        speed(&vectors, engine)?;
    }
    Ok(())
}

fn reference_queries(items: usize) -> Fallible<Vec<usize>> {
    let positions = include_str!("reference_queries.txt").lines().map(str::parse);
    let positions = positions.collect::<Result<Vec<usize>, _>>()?;
    if positions.iter().any(|&position| position >= items) {
        return Err(format!("the reference's queries are of 12000 products, these are {items}").into());
    }
    Ok(positions)
}

fn read_products(file: &Path) -> Fallible<Vec<Product>> {
    let mut reader = csv::Reader::from_path(file)?;
    let header = reader.headers()?.clone();
    let column = |name: &str| {
        header
            .iter()
            .position(|column| column == name)
            .ok_or(format!("no column {name}"))
    };
    let (id, name) = (column("id")?, column("productDisplayName")?);
    let labels = LABELS.map(column).into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut products = Vec::new();
    for record in reader.records() {
        let record = record?;
        products.push(Product {
            id: record[id].to_owned(),
            name: record[name].to_owned(),
            labels: labels.iter().map(|&label| record[label].to_owned()).collect(),
        });
    }
    Ok(products)
}

/// All vectors in one rebuilt index, except the pictures of `withheld`.
fn id_of(slot: u32) -> ItemId {
    ItemId(uuid::Uuid::from_u128(slot.into()))
}

fn fill(vectors: &Vectors, engine: EngineChoice, withheld: &[usize]) -> Fallible<VectorWriter> {
    let mut writer = VectorWriter::new(IndexConfig {
        engine,
        ..IndexConfig::new(384, 1280)
    });
    for (at, (text, image)) in vectors.text.iter().zip(&vectors.image).enumerate() {
        let image = image.clone().filter(|_| withheld.binary_search(&at).is_err());
        writer.upsert(Slot(at as u32), id_of(at as u32), Some(text.clone()), image)?;
    }
    writer.rebuild_now();
    Ok(writer)
}

fn recommend(
    generation: &Generation,
    allow: &FixedBitSet,
    item: usize,
    k: usize,
    (weights, mode): (Weights, ScoreMode),
) -> Vec<usize> {
    let mut allow = allow.clone();
    allow.set(item, false);
    let Some(query) = generation.query_of(Slot(item as u32), weights, mode) else {
        return Vec::new();
    };
    generation
        .search(&query, &allow, k)
        .iter()
        .map(|hit| hit.slot.0 as usize)
        .collect()
}

fn all(items: usize) -> FixedBitSet {
    let mut set = FixedBitSet::with_capacity(items);
    set.insert_range(..);
    set
}

fn agreement(
    protocol: &SimilarItems,
    generation: &Generation,
    labels: &[Vec<String>],
    (weights, mode): (Weights, ScoreMode),
) -> Vec<Agreement> {
    let allow = all(labels.len());
    label_agreement(protocol, labels, |item, k| {
        recommend(generation, &allow, item, k, (weights, mode))
    })
}

fn show(name: &str, agreement: &[Agreement]) {
    let columns: Vec<String> = agreement
        .iter()
        .map(|label| {
            format!(
                "{:.4} [{:.3}, {:.3}]",
                label.precision.mean, label.precision.low, label.precision.high
            )
        })
        .collect();
    println!("{name:>24}  {}", columns.join("  "));
}

fn curve(name: &str, protocol: &SimilarItems, generation: &Generation, labels: &[Vec<String>]) {
    println!(
        "P@10 over {name} ({}), 95 % interval: {}",
        protocol.queries.len(),
        LABELS.join(", ")
    );
    for mode in [ScoreMode::Raw, ScoreMode::Calibrated] {
        let points: Vec<(u8, Vec<Agreement>)> = (0_u8..=10)
            .into_par_iter()
            .filter_map(|tenths| {
                let weights = Weights::new(f32::from(tenths), f32::from(10 - tenths)).ok()?;
                Some((tenths, agreement(protocol, generation, labels, (weights, mode))))
            })
            .collect();
        for (tenths, point) in &points {
            show(&format!("{mode:?} {}/{}", tenths * 10, 100 - tenths * 10), point);
        }
        for (name, part) in [("text", 10), ("image", 0)] {
            let difference = Bootstrap::default().compare(&points[7].1[0].per_query, &points[part].1[0].per_query);
            println!("{mode:?} 70/30 against {name} alone, {}: {difference:.4?}", LABELS[0]);
        }
    }
}

/// The same queries when their own pictures are missing: imputed, against text alone.
fn without_pictures(protocol: &SimilarItems, vectors: &Vectors, labels: &[Vec<String>]) -> Fallible<()> {
    let generation = fill(vectors, EngineChoice::Exact, &protocol.queries)?.reader().load();
    println!(
        "queries without their pictures ({} imputed)",
        generation.stats().imputed
    );
    for mode in [ScoreMode::Raw, ScoreMode::Calibrated] {
        for (name, weights) in [
            ("imputed 70/30", Weights::DEFAULT),
            ("text alone", Weights::TEXT),
            ("imputed image alone", Weights::IMAGE),
        ] {
            show(
                &format!("{mode:?} {name}"),
                &agreement(protocol, &generation, labels, (weights, mode)),
            );
        }
    }
    Ok(())
}

/// Recall against a plain loop in double precision (ties within rounding count) and latency.
fn speed(vectors: &Vectors, engine: EngineChoice) -> Fallible<()> {
    let started = Instant::now();
    let generation = fill(vectors, engine, &[])?.reader().load();
    println!(
        "{engine:?}: filled and built in {:.2} s, {} MiB",
        started.elapsed().as_secs_f64(),
        generation.stats().bytes >> 20
    );
    let queries = sample(vectors.text.len(), 300, 11);
    let allow = all(vectors.text.len());
    for (name, weights) in [
        ("70/30", Weights::DEFAULT),
        ("text", Weights::TEXT),
        ("image", Weights::IMAGE),
    ] {
        let (mut latencies, mut found) = (Vec::new(), 0);
        for &item in &queries {
            let started = Instant::now();
            let Some(query) = generation.query_of(Slot(item as u32), weights, ScoreMode::Raw) else {
                continue;
            };
            let hits = generation.search(&query, &allow, 10);
            latencies.push(started.elapsed().as_secs_f64() * 1e3);
            let scores = plain_scores(vectors, item, weights);
            let mut ranked = scores.clone();
            ranked.sort_unstable_by(|a, b| b.total_cmp(a));
            found += hits
                .iter()
                .filter(|hit| scores[hit.slot.0 as usize] >= ranked[9] - ROUNDING)
                .count();
        }
        latencies.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
        let recall = found as f64 / (latencies.len() * 10) as f64;
        println!(
            "  {name:>6}: recall@10 {recall:.4}, p50 {:.3} ms, p99 {:.3} ms",
            at(0.5),
            at(0.99)
        );
    }
    Ok(())
}

fn plain_scores(vectors: &Vectors, item: usize, weights: Weights) -> Vec<f64> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    let blank: &[f32] = &[];
    let image = |at: usize| vectors.image[at].as_deref().unwrap_or(blank);
    (0..vectors.text.len())
        .map(|other| {
            f64::from(weights.text()) * dot(&vectors.text[item], &vectors.text[other])
                + f64::from(weights.image()) * dot(image(item), image(other))
        })
        .collect()
}
