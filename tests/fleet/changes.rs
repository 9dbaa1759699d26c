//! Staff at work: one change in four to a text or a picture, the rest to price, stock and
//! publication. Each goes to a node at random and is repeated until it is answered; one change
//! a second is watched until the other node shows it.

use crate::{
    goods,
    processes::{APIS, Fleet},
    spread::Spread,
};
use parking_lot::Mutex;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};
use support::{Client, Product, Upload, pictures};
use tokio::time::MissedTickBehavior;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Between two tries of a change that got no answer, and two looks whether it shows.
const AGAIN: Duration = Duration::from_millis(20);
/// A change that does not show after so long is counted as lost.
const LOST: Duration = Duration::from_secs(60);

/// What a product must be like in the end, as far as a change was answered.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) id: String,
    pub(crate) variant: String,
    pub(crate) name: String,
    pub(crate) price: String,
    pub(crate) stock: i64,
    pub(crate) is_published: bool,
}

/// What became of the changes.
#[derive(Default)]
pub(crate) struct Changed {
    made: usize,
    repeated: usize,
    watched: usize,
    unseen: usize,
    answered: Spread,
    seen: Spread,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "changes: {} made, {} tries repeated; answered within {}",
            self.made, self.repeated, self.answered
        )?;
        write!(
            f,
            "watched from outside: {} changes, {} never seen; shown by the other node within {}",
            self.watched, self.unseen, self.seen
        )
    }
}

/// Staff.
pub(crate) struct Writer {
    fleet: Arc<Fleet>,
    token: String,
    pub(crate) wanted: Mutex<Vec<Wanted>>,
    busy: Mutex<HashSet<usize>>,
    changed: Mutex<Changed>,
}

enum Kind {
    Text,
    Picture,
    Price,
    Stock,
    Publication,
}

impl Writer {
    pub(crate) fn new(fleet: Arc<Fleet>, token: &str, goods: Vec<Product>) -> Self {
        let wanted = goods.into_iter().enumerate().map(|(number, product)| Wanted {
            id: product.id,
            variant: product.variant,
            name: goods::name(number),
            price: "20.00".into(),
            stock: 5,
            is_published: true,
        });
        Self {
            fleet,
            token: token.to_owned(),
            wanted: Mutex::new(wanted.collect()),
            busy: Mutex::default(),
            changed: Mutex::default(),
        }
    }

    pub(crate) async fn run(self: Arc<Self>, a_second: u32, over: CancellationToken) -> Changed {
        let mut random = StdRng::seed_from_u64(20);
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / a_second);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let tasks = TaskTracker::new();
        for number in 0_u32.. {
            tokio::select! {
                () = over.cancelled() => break,
                _ = ticks.tick() => {}
            }
            let Some(place) = self.free(&mut random) else { continue };
            let kind = match number % 8 {
                0 => Kind::Text,
                4 => Kind::Picture,
                1 | 3 | 6 => Kind::Price,
                2 | 5 => Kind::Stock,
                _ => Kind::Publication,
            };
            let is_watched = number % a_second == 1;
            let (node, seed) = (random.random_range(0..APIS), random.random());
            let writer = Arc::clone(&self);
            tasks.spawn(async move {
                writer.one(place, kind, node, seed, is_watched).await;
                writer.busy.lock().remove(&place);
            });
        }
        tasks.close();
        tasks.wait().await;
        let mut changed = std::mem::take(&mut *self.changed.lock());
        changed.answered = changed.answered.sorted();
        changed.seen = changed.seen.sorted();
        changed
    }

    /// A product that nobody is changing.
    fn free(&self, random: &mut impl Rng) -> Option<usize> {
        let count = self.wanted.lock().len();
        let mut busy = self.busy.lock();
        (0..10).find_map(|_| {
            let place = random.random_range(0..count);
            busy.insert(place).then_some(place)
        })
    }

    async fn one(&self, place: usize, kind: Kind, node: usize, seed: u32, is_watched: bool) {
        let mut wanted = self.wanted.lock()[place].clone();
        match kind {
            Kind::Text => wanted.name = goods::name(seed as usize % 1_000_000),
            Kind::Price => wanted.price = format!("{}.{:02}", 5 + seed % 90, seed % 100),
            Kind::Stock => wanted.stock = i64::from(seed % 8),
            Kind::Publication => wanted.is_published = !wanted.is_published,
            Kind::Picture => {}
        }
        let started = Instant::now();
        let mut at = node;
        loop {
            let client = self.fleet.client(at % APIS).with_token(self.token.as_str());
            let outcome = match kind {
                Kind::Picture => picture(&client, &wanted.id, seed as usize).await,
                _ => operation(&client, &kind, &wanted).await,
            };
            match outcome {
                Ok(()) => break,
                Err(_) => {
                    self.changed.lock().repeated += 1;
                    at += 1;
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
        let answered = Instant::now();
        {
            let mut changed = self.changed.lock();
            changed.made += 1;
            changed.answered.add(answered - started);
        }
        self.wanted.lock()[place] = wanted.clone();
        if is_watched {
            self.watch(at + 1, &wanted, answered).await;
        }
    }

    /// Looks at the other node until it shows the product as it is wanted.
    async fn watch(&self, at: usize, wanted: &Wanted, since: Instant) {
        let client = self.fleet.client(at % APIS);
        let query = "query($id: ID!) { product(by: {id: $id}) { name variants { price { amount } } } }";
        loop {
            let answer = client.try_run(query, json!({ "id": wanted.id })).await;
            let shown = answer.is_some_and(|answer| {
                let product = &answer["data"]["product"];
                match wanted.is_published {
                    true => product["name"] == wanted.name && product["variants"][0]["price"]["amount"] == wanted.price,
                    false => answer["errors"].is_null() && product.is_null(),
                }
            });
            if shown || since.elapsed() > LOST {
                let mut changed = self.changed.lock();
                changed.watched += 1;
                changed.unseen += usize::from(!shown);
                changed.seen.add(since.elapsed());
                return;
            }
            tokio::time::sleep(AGAIN / 4).await;
        }
    }
}

async fn operation(client: &Client, kind: &Kind, wanted: &Wanted) -> Result<(), String> {
    let (name, input, r#type) = match kind {
        Kind::Text => (
            "productUpdate",
            json!({ "id": wanted.id, "name": wanted.name }),
            "ProductUpdateInput",
        ),
        Kind::Price => (
            "variantUpdate",
            json!({ "id": wanted.variant, "price": wanted.price }),
            "VariantUpdateInput",
        ),
        Kind::Stock => (
            "variantStockSet",
            json!({ "id": wanted.variant, "stock": wanted.stock }),
            "VariantStockSetInput",
        ),
        _ if wanted.is_published => ("productPublish", json!({ "id": wanted.id }), "ProductIdInput"),
        _ => ("productUnpublish", json!({ "id": wanted.id }), "ProductIdInput"),
    };
    let operation =
        format!("mutation($input: {type}!) {{ {name}(input: $input) {{ userErrors {{ code message }} }} }}");
    let answer = client.try_run(&operation, json!({ "input": input })).await;
    settled(answer.as_ref().map(|answer| &answer["data"][name]), &answer)
}

/// Another main picture: it is added, and those before it go.
async fn picture(client: &Client, product: &str, seed: usize) -> Result<(), String> {
    let bytes = pictures::plain(goods::colour(seed), image::ImageFormat::Png);
    let file = Upload {
        name: "photo.png",
        content_type: "image/png",
        bytes,
    };
    let answer = client.try_send_picture(product, file).await;
    settled(answer.as_ref().map(|answer| &answer["data"]["mediaUpload"]), &answer)?;
    let query = "query($id: ID!) { adminProduct(id: $id) { media { id } } }";
    let answer = client.try_run(query, json!({ "id": product })).await;
    let media = answer
        .as_ref()
        .and_then(|answer| answer["data"]["adminProduct"]["media"].as_array());
    let media = media.ok_or_else(|| format!("{answer:?}"))?;
    for old in media.iter().rev().skip(1) {
        let delete = "mutation($input: MediaIdInput!) { mediaDelete(input: $input) { userErrors { code message } } }";
        let answer = client.try_run(delete, json!({ "input": { "id": old["id"] } })).await;
        settled(answer.as_ref().map(|answer| &answer["data"]["mediaDelete"]), &answer)?;
    }
    Ok(())
}

fn settled(payload: Option<&Value>, answer: &Option<Value>) -> Result<(), String> {
    match payload {
        Some(payload) if payload["userErrors"].as_array().is_some_and(Vec::is_empty) => Ok(()),
        _ => Err(format!("{answer:?}")),
    }
}
