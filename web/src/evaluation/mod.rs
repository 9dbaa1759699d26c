//! `myshop eval`: how good the lists of the shop are, on its data or on published data sets.
//!
//! What is evaluated is the engine as it serves ([`asking`]). The parts that are pure (protocols, metrics,
//! intervals) are those of `reco_actors::eval`; here are files, models, and what people read.
#![expect(clippy::print_stdout, reason = "a command that prints its result")]

mod asking;
pub mod baseline;
pub mod data;
mod figures;
pub mod report;
mod run;
mod store;
mod systems;
pub mod table;
mod tuning;
mod vectors;

pub use data::Kind;

use anyhow::{Context as _, bail, ensure};
use indicatif::MultiProgress;
use reco_actors::{
    embed::EmbedderFactory,
    eval::{
        data::DataSet,
        protocol::Protocol,
        results::{Evaluation, Timing},
    },
};
use run::{Input, Plan, Side};
use shop::Shop;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};
use vectors::Vectors;

/// Data that is evaluated on.
pub enum Source {
    /// The shop itself, under a name.
    Shop(Box<Shop>, String),
    /// A folder or a file.
    At(PathBuf),
}

/// What a call of the command asks for.
pub struct Job {
    /// Each is evaluated by itself.
    pub data: Vec<Source>,
    /// What it is, if that is told.
    pub kind: Option<Kind>,
    /// How is asked; none: what the data allows best.
    pub protocols: Vec<Protocol>,
    /// Names of systems; none: all.
    pub systems: Vec<String>,
    /// Lengths of lists.
    pub cutoffs: Vec<usize>,
    /// Of all that is drawn.
    pub seed: u64,
    /// Settings tried on the validation split.
    pub tries: usize,
    /// Whether weights are gone through.
    pub has_curves: bool,
    /// Questions at most.
    pub most: Option<usize>,
    /// Which label makes items alike.
    pub label: Option<String>,
    /// Folder of what can be used again.
    pub work: PathBuf,
    /// Where figures go.
    pub json: Option<PathBuf>,
    /// Where the report goes.
    pub html: Option<PathBuf>,
    /// An earlier JSON that this must not fall behind.
    pub baseline: Option<PathBuf>,
    /// The shop's models.
    pub models: Option<Arc<dyn EmbedderFactory>>,
    /// The same with other image models, to compare these.
    pub others: Vec<Arc<dyn EmbedderFactory>>,
    /// Bytes of the files of each model by its id.
    pub sizes: HashMap<String, u64>,
}

/// Longest list that the engine gives.
const LONGEST: usize = 100;

/// Evaluates, prints, writes, and compares with a baseline.
///
/// # Errors
/// When data cannot be read or asked, a file cannot be written, or a figure fell behind the baseline.
pub async fn evaluate(job: Job, bars: &MultiProgress) -> anyhow::Result<()> {
    ensure!(
        !job.cutoffs.is_empty() && job.cutoffs.iter().all(|k| (1..=LONGEST).contains(k)),
        "lists are cut at lengths from 1 to {LONGEST}"
    );
    let before = job.baseline.as_deref().map(read).transpose()?;
    let mut all = Vec::new();
    for source in &job.data {
        all.extend(evaluate_one(&job, source, bars).await?);
    }
    if let Some(file) = &job.json {
        let evaluations: Vec<&Evaluation> = all.iter().map(|(evaluation, _)| evaluation).collect();
        store::write(file, &serde_json::to_vec_pretty(&evaluations)?)?;
        println!("figures: {}", file.display());
    }
    if let Some(file) = &job.html {
        store::write(file, report::page(&all).as_bytes())?;
        println!("report: {}", file.display());
    }
    before.map_or(Ok(()), |before| compare(&before, &all))
}

async fn evaluate_one(
    job: &Job,
    source: &Source,
    bars: &MultiProgress,
) -> anyhow::Result<Vec<(Evaluation, Vec<Timing>)>> {
    let (data, sides) = match source {
        Source::Shop(shop, name) => of_shop(job, shop, name).await?,
        Source::At(place) => at(job, place, bars).await?,
    };
    let input = Input {
        data: &data,
        sides: &sides,
        sizes: &job.sizes,
        bars,
    };
    let mut found = Vec::new();
    for protocol in protocols(job, &data) {
        let plan = plan(job, protocol);
        let (evaluation, timings) = run::run(&plan, &input).await?;
        println!("{}", table::text(&evaluation, &timings, plan.cutoff()));
        found.push((evaluation, timings));
    }
    Ok(found)
}

/// The shop's own data, and what of it tells nothing.
async fn of_shop(job: &Job, shop: &Shop, name: &str) -> anyhow::Result<(DataSet, Vec<Side>)> {
    ensure!(
        job.others.is_empty(),
        "of the shop itself only what its own models made is kept: compare image models on a folder"
    );
    let models = job.models.as_ref();
    let models = [
        models.and_then(|models| models.text_model()),
        models.and_then(|models| models.image_model()),
    ];
    let ids = [0, 1].map(|at: usize| models[at].as_ref().map(|model| model.id.as_str()));
    let found = data::shop(shop, name, ids).await?;
    if found.unknown > 0 {
        println!(
            "left out: {} events with products that are not published any more",
            found.unknown
        );
    }
    for (what, lacking) in ["text", "picture"].into_iter().zip(found.lacking) {
        if lacking > 0 && job.models.is_some() {
            println!(
                "{lacking} of {} products have no vector of their {what} yet; `myshop reindex` makes those that can be made",
                found.data.items.len()
            );
        }
    }
    let side = Side {
        models: job.models.clone(),
        vectors: found.vectors,
    };
    Ok((found.data, vec![side]))
}

async fn at(job: &Job, place: &Path, bars: &MultiProgress) -> anyhow::Result<(DataSet, Vec<Side>)> {
    let kind = match job.kind.or_else(|| data::guess(place)) {
        Some(kind) => kind,
        None => bail!(
            "{} holds no data that is known: see `myshop eval --help`",
            place.display()
        ),
    };
    let data = data::read(kind, place)?;
    let Some(models) = &job.models else {
        return Ok((data, vec![Side::default()]));
    };
    let all: Vec<_> = std::iter::once(models).chain(&job.others).cloned().collect();
    let (work, bars) = (job.work.clone(), bars.clone());
    tokio::task::spawn_blocking(move || {
        let side = |models: Arc<dyn EmbedderFactory>| {
            let vectors = Vectors::obtain(&data, &*models, &work, &bars)?;
            let models = Some(models);
            anyhow::Ok(Side { models, vectors })
        };
        let sides = all.into_iter().map(side).collect::<Result<_, _>>()?;
        Ok((data, sides))
    })
    .await?
}

fn plan(job: &Job, protocol: Protocol) -> Plan {
    Plan {
        protocol,
        systems: job.systems.clone(),
        cutoffs: job.cutoffs.clone(),
        seed: job.seed,
        tries: job.tries,
        has_curves: job.has_curves,
        most: job.most,
        label: job.label.clone(),
        work: job.work.clone(),
    }
}

/// A split by time where there is one; the last item where only an order is known; labels and judgments where
/// nobody did anything.
fn protocols(job: &Job, data: &DataSet) -> Vec<Protocol> {
    if !job.protocols.is_empty() {
        return job.protocols.clone();
    }
    match data {
        data if data.events.is_empty() && !data.judgments.is_empty() => vec![Protocol::Search],
        data if data.events.is_empty() => vec![Protocol::Similar],
        data if data.has_time => vec![Protocol::Temporal],
        _ => vec![Protocol::LastItem],
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<Evaluation>> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is no evaluation", file.display()))
}

fn compare(before: &[Evaluation], now: &[(Evaluation, Vec<Timing>)]) -> anyhow::Result<()> {
    let mut is_worse = before.len() != now.len();
    if is_worse {
        println!("the baseline holds {} evaluations, this is {}", before.len(), now.len());
    }
    for (before, (now, _)) in before.iter().zip(now) {
        for change in baseline::changes(before, now) {
            println!("{} {}: {}", now.data.name, now.protocol.name, change.line);
            is_worse |= !change.is_better;
        }
    }
    ensure!(!is_worse, "worse than the baseline");
    Ok(())
}

#[cfg(test)]
mod tests;
