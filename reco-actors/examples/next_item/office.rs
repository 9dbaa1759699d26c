//! Amazon Office: the engine as it serves a viewer's list, by what people do, by what items are,
//! and by both; and items that nobody has met.

use crate::{Fallible, K, Models, told};
use reco_actors::{
    Item, ItemId, Personal as _, ViewerQuery,
    catalog::Filter,
    embed::{
        EmbedderFactory, OnnxFactory, OnnxOptions,
        manifest::{Manifests, RUNTIME_ID, Role},
        text_of,
    },
    eval::{
        Bootstrap, Random,
        metrics::{Gain, hit_rate, ndcg},
        next_item::{Case, Sequence, cases},
    },
    models::{Act, Deed, Past, PersonId},
    system::{Change, RecoConfig, RecoHandle, RecoSystem},
};
use serde::Deserialize;
use std::{
    collections::HashSet,
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
    sync::Arc,
    time::Instant,
};
use uuid::Uuid;

const BATCH: usize = 64;
/// One in so many items is cold, …
const COLD: u64 = 5;
/// … drawn so often.
const DRAWS: u64 = 6;

#[derive(Deserialize)]
struct Row {
    item: u128,
    title: Option<String>,
    description: Option<String>,
    brand: Option<String>,
}

/// A catalogue with its vectors.
struct Catalogue {
    factory: Arc<dyn EmbedderFactory>,
    items: Vec<Item>,
    vectors: Vec<Vec<f32>>,
}

pub(crate) fn run(directory: &Path, models: &Models) -> Fallible<()> {
    let catalogue = catalogue(&directory.join("items.jsonl.gz"), models)?;
    let sequences = sequences(&directory.join("sequences.tsv.gz"))?;
    println!("{} items, {} histories", catalogue.items.len(), sequences.len());
    let runtime = tokio::runtime::Runtime::new()?;
    for (name, from_end) in [("validation", 1), ("last item", 0)] {
        let cases = cases(&sequences, from_end);
        let cut = |sequence: &Sequence<ItemId>| sequence[..sequence.len().saturating_sub(1 + from_end)].to_vec();
        let fit: Vec<Vec<ItemId>> = sequences.iter().map(cut).collect();
        runtime.block_on(hybrid(name, &catalogue, &fit, &cases))?;
        runtime.block_on(cold(name, &catalogue, &fit, &cases))?;
    }
    Ok(())
}

async fn hybrid(name: &str, catalogue: &Catalogue, fit: &[Vec<ItemId>], cases: &[Case<'_, ItemId>]) -> Fallible<()> {
    let mut measured = Vec::new();
    for (source, vectors, acts) in [
        ("behaviour", false, true),
        ("content", true, false),
        ("both", true, true),
    ] {
        let system = catalogue.engine(vectors, if acts { fit } else { &[] }).await?;
        let began = Instant::now();
        let (mut hits, mut gains) = (Vec::new(), Vec::new());
        for case in cases {
            let list = list(&system.handle(), case.history, Filter::default()).await?;
            let found: Vec<bool> = list.iter().map(|item| *item == case.next).collect();
            let relevance: Vec<f64> = found.iter().map(|hit| f64::from(u8::from(*hit))).collect();
            hits.push(hit_rate(&found, K));
            gains.push(ndcg(&relevance, &[1.0], Gain::Linear, K));
        }
        let each = began.elapsed().as_secs_f64() * 1e3 / cases.len() as f64;
        println!(
            "{name}, by {source}: HR@10 {}, NDCG@10 {}; {each:.2} ms a list",
            told(&hits),
            told(&gains)
        );
        measured.push((hits, gains));
    }
    let [behaviour, content, both] = &measured[..] else {
        return Ok(());
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let single = if mean(&behaviour.0) >= mean(&content.0) {
        behaviour
    } else {
        content
    };
    for (metric, ours, best) in [("HR@10", &both.0, &single.0), ("NDCG@10", &both.1, &single.1)] {
        let gained = Bootstrap::default().compare(ours, best).difference;
        println!(
            "{name}: both over the better one, {metric}: +{:.1} % (difference {:.4} [{:.4}, {:.4}])",
            100.0 * gained.mean / mean(best),
            gained.mean,
            gained.low,
            gained.high
        );
    }
    Ok(())
}

/// Items that nobody has met, ranked among each other: by what they are alone, and by what people do
/// with the others, too.
async fn cold(name: &str, catalogue: &Catalogue, fit: &[Vec<ItemId>], cases: &[Case<'_, ItemId>]) -> Fallible<()> {
    for (source, by_people) in [("content", false), ("both", true)] {
        let mut hits = Vec::new();
        for draw in 0..DRAWS {
            let mut random = Random::new(draw + 1);
            let drawn = catalogue.items.iter().filter(|_| random.below(COLD) == 0);
            let cold: HashSet<ItemId> = drawn.map(|item| item.id).collect();
            let warm = |history: &[ItemId]| -> Vec<ItemId> {
                let met = history.iter().filter(|item| !cold.contains(item));
                met.copied().collect()
            };
            let met: Vec<Vec<ItemId>> = fit.iter().filter(|_| by_people).map(|history| warm(history)).collect();
            let system = catalogue.engine(true, &met).await?;
            let filter = Filter {
                ids: Some(cold.iter().copied().collect()),
                ..Filter::default()
            };
            for case in cases.iter().filter(|case| cold.contains(&case.next)) {
                let history = warm(case.history);
                if !history.is_empty() {
                    let list = list(&system.handle(), &history, filter.clone()).await?;
                    let found: Vec<bool> = list.iter().map(|item| *item == case.next).collect();
                    hits.push(hit_rate(&found, K));
                }
            }
        }
        println!(
            "{name}, cold items among each other, by {source}: HR@10 {} over {} cases",
            told(&hits),
            hits.len()
        );
    }
    Ok(())
}

/// Each purchase is a visit of its own, and none of a session.
const APART_MS: i64 = 60 * 60_000;

async fn list(engine: &RecoHandle, history: &[ItemId], filter: Filter) -> Fallible<Vec<ItemId>> {
    let past = |(visit, item): (i64, &ItemId)| Past {
        item: *item,
        at_ms: visit * APART_MS,
        strength: 1.0,
        is_bought: false,
        is_disliked: false,
    };
    let query = ViewerQuery {
        history: (0..).zip(history).map(past).collect(),
        at_ms: history.len() as i64 * APART_MS,
        limit: K,
        filter,
        exclude: history.iter().copied().collect(),
        ..ViewerQuery::default()
    };
    let list = engine.for_viewer(&query).await?;
    Ok(list.items.into_iter().map(|item| item.item).collect())
}

impl Catalogue {
    async fn engine(&self, vectors: bool, histories: &[Vec<ItemId>]) -> Fallible<RecoSystem> {
        let config = RecoConfig {
            text_workers: 0,
            image_workers: 0,
            ..RecoConfig::default()
        };
        let system = RecoSystem::start(config, Some(Arc::clone(&self.factory)))?;
        let mut changes = Vec::new();
        for (item, vector) in self.items.iter().zip(&self.vectors) {
            changes.push(Change::Upsert(Box::new(item.clone())));
            if vectors {
                changes.push(Change::Vectors {
                    id: item.id,
                    text: Some(vector.clone()),
                    image: None,
                });
            }
        }
        for (position, history) in (1..).zip(histories) {
            let look = |(second, item): (i64, &ItemId)| Act {
                person: PersonId(Uuid::from_u128(position as u128)),
                at_ms: second * APART_MS,
                deed: Deed::Viewed(*item, None),
            };
            changes.push(Change::Acts(position, (0..).zip(history).map(look).collect()));
        }
        system.handle().apply(changes, 1).await?;
        system.handle().rebuild().await?;
        Ok(system)
    }
}

fn catalogue(file: &Path, models: &Models) -> Fallible<Catalogue> {
    let lines = BufReader::new(flate2::read::MultiGzDecoder::new(File::open(file)?)).lines();
    let items = lines
        .map(|line| Ok(item(serde_json::from_str(&line?)?)))
        .collect::<Fallible<Vec<Item>>>()?;
    let all = Manifests::built_in();
    let fetched = models.directory.join(&all.get(RUNTIME_ID)?.file(Role::Library)?.path);
    let library = models.library.clone().unwrap_or(fetched);
    let text = all.get("all-minilm-l6-v2-int8")?;
    let factory = OnnxFactory::open(&library, &models.directory, Some(text), None, OnnxOptions::default())?;
    let mut encoder = factory.text()?;
    let texts: Vec<String> = items.iter().map(text_of).collect();
    println!("embedding {} texts", texts.len());
    let mut vectors = Vec::with_capacity(texts.len());
    for batch in texts.chunks(BATCH) {
        vectors.extend(encoder.embed(batch)?);
    }
    Ok(Catalogue {
        factory: Arc::new(factory),
        items,
        vectors,
    })
}

fn id_of(number: u128) -> ItemId {
    ItemId(Uuid::from_u128(number + 1))
}

fn item(row: Row) -> Item {
    Item {
        name: row.title.unwrap_or_default(),
        description: row.description.unwrap_or_default(),
        brand: row
            .brand
            .filter(|brand| !brand.is_empty())
            .map(|label| reco_actors::Term {
                id: Uuid::nil(),
                slug: label.to_lowercase(),
                label,
            }),
        ..Item::blank(id_of(row.item))
    }
}

pub(crate) fn sequences(file: &Path) -> Fallible<Vec<Sequence<ItemId>>> {
    let lines = BufReader::new(flate2::read::MultiGzDecoder::new(File::open(file)?)).lines();
    lines
        .map(|line| {
            let line = line?;
            let (_, items) = line.split_once('\t').ok_or("a line is a user and items")?;
            let numbers = items.split_whitespace().map(str::parse::<u128>);
            Ok(numbers.collect::<Result<Vec<_>, _>>()?.into_iter().map(id_of).collect())
        })
        .collect()
}
