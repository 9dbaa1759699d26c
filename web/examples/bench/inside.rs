//! Latency and recall of what is served, inside the process that serves it.

use crate::{Arguments, import::models_dir, percentiles};
use async_graphql::Request;
use graphql::RequestContext;
use reco_actors::{ItemId, Recommender, SimilarKind, SimilarQuery, Weights, catalog::Filter, embed::EmbedderFactory};
use shop::{Shop, Viewer, embeddings::Modality, id::ProductId};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use web::{
    app::{App, model_settings},
    config::{Config, Engine},
    database, models,
};

/// Questions of one measurement.
const QUERIES: usize = 1_000;
/// Questions held against brute force.
const CHECKED: usize = 300;
/// Scores nearer than this are equal in single precision.
const ROUNDING: f64 = 3e-7;

pub(crate) fn config(arguments: &Arguments) -> Config {
    let mut config = Config::default();
    config.data_dir.0 = arguments.shop();
    config.models.dir = Some(models_dir(arguments));
    config
}

/// A loaded app over the imported shop.
pub(crate) async fn app(config: &Config) -> anyhow::Result<(App, Duration)> {
    let shop = database::open_shop(config).await?;
    let factory: Option<Arc<dyn EmbedderFactory>> = models::open(&model_settings(config))?;
    let started = Instant::now();
    let mut app = App::start(config, shop, factory)?;
    app.follow().await?;
    Ok((app, started.elapsed()))
}

pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    for engine in [Engine::Exact, Engine::Hnsw] {
        let mut config = config(arguments);
        config.recommender.engine = engine;
        let (app, loaded) = app(&config).await?;
        let ids = some_ids(&app.shop, QUERIES).await?;
        println!(
            "{engine:?} engine, {} products loaded in {:.2} s",
            app.engine.status().items,
            loaded.as_secs_f64()
        );
        let mut uncached = Vec::with_capacity(ids.len());
        for id in &ids {
            let started = Instant::now();
            app.engine.similar(&query(*id)).await?;
            uncached.push(started.elapsed().as_secs_f64() * 1e3);
        }
        println!("  recommendation, uncached: {}", percentiles(uncached));
        for id in &ids {
            app.recommender.similar(&query(*id)).await?;
        }
        let mut cached = Vec::with_capacity(ids.len());
        for id in &ids {
            let started = Instant::now();
            app.recommender.similar(&query(*id)).await?;
            cached.push(started.elapsed().as_secs_f64() * 1e3);
        }
        println!("  recommendation, cached:   {}", percentiles(cached));
        println!(
            "  as a GraphQL operation, cached, 10 products with names: {}",
            percentiles(operations(&app, &ids).await?)
        );
        println!(
            "  recall@10 against brute force, 70/30 over {CHECKED} questions: {:.4}",
            recall(&app, &ids[..CHECKED.min(ids.len())]).await?
        );
        app.shut_down(Duration::from_secs(5)).await;
    }
    Ok(())
}

fn query(id: ProductId) -> SimilarQuery {
    SimilarQuery {
        item: ItemId(id.0),
        kind: SimilarKind::Hybrid,
        weights: None,
        mode: None,
        limit: 10,
        filter: Filter::default(),
        include_out_of_stock: false,
        diversity: 0.0,
    }
}

/// Products spread evenly over the catalogue.
pub(crate) async fn some_ids(shop: &Shop, count: usize) -> anyhow::Result<Vec<ProductId>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = shop.catalog().load_after(after, 1_000).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id());
        all.extend(page.iter().map(|view| view.id()));
    }
    let step = (all.len() / count).max(1);
    Ok(all.into_iter().step_by(step).take(count).collect())
}

async fn operations(app: &App, ids: &[ProductId]) -> anyhow::Result<Vec<f64>> {
    let mut times = Vec::with_capacity(ids.len());
    for round in 0..2 {
        for id in ids {
            let operation = format!(
                r#"{{ product(by: {{ id: "{id}" }}) {{ recommendations(first: 10) {{ items {{ score product {{ name slug }} }} }} }} }}"#
            );
            let context = RequestContext::new(&app.services, Viewer::Guest, "bench");
            let started = Instant::now();
            let response = app.schema.execute(Request::new(operation).data(context)).await;
            anyhow::ensure!(response.errors.is_empty(), "{:?}", response.errors);
            if round == 1 {
                times.push(started.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    Ok(times)
}

type Block = Vec<f32>;

/// The share of the served lists that a plain loop in double precision would serve too; ties
/// within rounding count.
async fn recall(app: &App, ids: &[ProductId]) -> anyhow::Result<f64> {
    let models = app.engine.models();
    let names: Vec<String> = [models.text, models.image]
        .into_iter()
        .flatten()
        .map(|model| model.id)
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (mut blocks, mut after): (HashMap<ProductId, [Option<Block>; 2]>, _) = (HashMap::new(), None);
    loop {
        let page = app.shop.embeddings().page(&names, after, 500).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.product);
        for stored in page {
            let place = usize::from(stored.modality == Modality::Image);
            blocks.entry(stored.product).or_default()[place] = Some(stored.vector);
        }
    }
    // Only complete products can be scored without the index's own imputation.
    blocks.retain(|_, block| block.iter().all(Option::is_some));
    let (mut found, mut wanted) = (0_usize, 0_usize);
    for id in ids.iter().filter(|id| blocks.contains_key(id)) {
        let scores: HashMap<ProductId, f64> = blocks
            .iter()
            .filter(|(other, _)| *other != id)
            .map(|(other, block)| (*other, score(&blocks[id], block)))
            .collect();
        let mut ranked: Vec<f64> = scores.values().copied().collect();
        ranked.sort_unstable_by(|a, b| b.total_cmp(a));
        let worst = ranked[9.min(ranked.len() - 1)] - ROUNDING;
        let served = app.engine.similar(&query(*id)).await?.items;
        found += served
            .iter()
            .filter(|item| scores.get(&ProductId(item.item.0)).is_some_and(|score| *score >= worst))
            .count();
        wanted += 10;
    }
    Ok(found as f64 / wanted as f64)
}

fn score(a: &[Option<Block>; 2], b: &[Option<Block>; 2]) -> f64 {
    let dot = |place: usize| match (&a[place], &b[place]) {
        (Some(a), Some(b)) => a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum(),
        _ => 0.0,
    };
    f64::from(Weights::DEFAULT.text()) * dot(0) + f64::from(Weights::DEFAULT.image()) * dot(1)
}
