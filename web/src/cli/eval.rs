//! `myshop eval`.

use super::models;
use crate::{
    config::Config,
    database,
    evaluation::{self, Job, Kind, Source},
};
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use indicatif::MultiProgress;
use reco_actors::{embed::OnnxOptions, eval::protocol::Protocol};
use std::path::PathBuf;

/// Options of `eval`.
///
/// All lists are made by the code that serves; every item is ranked, none sampled. The same data,
/// seed and program give the same JSON to the byte.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// Folder or file of the data, several are reported together; the shop itself unless given.
    #[arg(value_name = "DATA")]
    data: Vec<PathBuf>,
    /// What the data is; told by its files unless given.
    #[arg(long, value_enum, requires = "data")]
    kind: Option<Kind>,
    /// How is asked; what the data allows best unless given. May be repeated.
    #[arg(long, value_enum)]
    protocol: Vec<AskedProtocol>,
    /// Systems by name; all that the data allows unless given.
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    systems: Vec<String>,
    /// Lengths at which lists are cut.
    #[arg(long, value_delimiter = ',', default_value = "5,10,20", value_name = "K,…")]
    at: Vec<usize>,
    /// Seed of all that is drawn.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Settings that each system may try on the validation split; 0 leaves the defaults alone.
    #[arg(long, default_value_t = 0, value_name = "TRIES")]
    tune: usize,
    /// Go through the weights of pictures and of behaviour from 0 to 1.
    #[arg(long)]
    curves: bool,
    /// Ask that many questions at most, drawn by the seed.
    #[arg(long, value_name = "COUNT")]
    cases: Option<usize>,
    /// Label that makes items alike; the first of the data unless given.
    #[arg(long)]
    label: Option<String>,
    /// Write all figures to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a report to read to this file.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Fail when a figure is below its interval in this earlier JSON.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Folder of what can be used again: vectors, and lists of a run that was broken off.
    #[arg(long, default_value = "data/eval", value_name = "DIR")]
    work: PathBuf,
    /// Compare these image models too, by id as `myshop models list` names them.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "ID,…",
        requires = "data",
        conflicts_with = "without_models"
    )]
    image_models: Vec<String>,
    /// Use no models, although they may be there: what people do alone.
    #[arg(long)]
    without_models: bool,
}

/// A protocol on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum AskedProtocol {
    /// Learn all before a moment, ask for the new items of the last tenth of all events.
    Temporal,
    /// Ask for the last fifth of each person's events.
    UserTemporal,
    /// Ask for the last item of each person.
    LastItem,
    /// Ask for the next item at every place of the latest sessions.
    Session,
    /// Ask for items that nobody has met.
    Cold,
    /// Ask for items of the same label.
    Similar,
    /// Ask the search box questions that people judged answers to.
    Search,
}

impl From<AskedProtocol> for Protocol {
    fn from(asked: AskedProtocol) -> Self {
        match asked {
            AskedProtocol::Temporal => Self::Temporal,
            AskedProtocol::UserTemporal => Self::UserTemporal,
            AskedProtocol::LastItem => Self::LastItem,
            AskedProtocol::Session => Self::Session,
            AskedProtocol::Cold => Self::Cold,
            AskedProtocol::Similar => Self::Similar,
            AskedProtocol::Search => Self::Search,
        }
    }
}

pub(super) async fn run(config: &Config, args: EvalArgs) -> anyhow::Result<()> {
    let bars = MultiProgress::new();
    let models = if args.without_models {
        None
    } else {
        models::obtain(config, OnnxOptions::default(), &bars).await
    };
    let mut others = Vec::new();
    for id in args.image_models {
        let mut with = config.clone();
        with.models.image = Some(id.clone());
        let other = models::obtain(&with, OnnxOptions::default(), &bars).await;
        let other = other.filter(|models| models.image_model().is_some_and(|model| model.id == id));
        others.push(other.with_context(|| format!("the image model {id} cannot be had"))?);
    }
    let sizes = models::sizes(config).await?;
    let data = if args.data.is_empty() {
        let shop = database::open_shop(config).await?;
        vec![Source::Shop(Box::new(shop), config.shop.name.clone())]
    } else {
        args.data.into_iter().map(Source::At).collect()
    };
    let job = Job {
        data,
        kind: args.kind,
        protocols: args.protocol.into_iter().map(Protocol::from).collect(),
        systems: args.systems,
        cutoffs: args.at,
        seed: args.seed,
        tries: args.tune,
        has_curves: args.curves,
        most: args.cases,
        label: args.label,
        work: args.work,
        json: args.json,
        html: args.html,
        baseline: args.baseline,
        models,
        others,
        sizes,
    };
    evaluation::evaluate(job, &bars).await
}
