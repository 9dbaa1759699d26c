//! Customers who look at products, as many a second as asked for, whatever becomes of the fleet.

use crate::{
    processes::{APIS, Fleet},
    spread::Spread,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};
use support::{Client, Product};
use tokio::time::MissedTickBehavior;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const QUERY: &str = "query($id: ID!) { product(by: {id: $id}) {
    name recommendations(first: 10) { source items { score product { id name slug } } } } }";
/// A customer waits no longer.
const LONGEST: Duration = Duration::from_secs(5);

/// What became of the reads.
#[derive(Default)]
pub(crate) struct Read {
    asked: usize,
    /// Answered by the other node, because the first failed.
    pub(crate) retried: usize,
    /// Failed on both.
    pub(crate) failed: usize,
    fallback: usize,
    took: Spread,
    failures: Vec<String>,
}

impl fmt::Display for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "reads: {} asked, {} failed, {} answered by the other node, {} of popular products; {}",
            self.asked, self.failed, self.retried, self.fallback, self.took
        )?;
        for failure in self.failures.iter().take(5) {
            write!(f, "\n  {failure}")?;
        }
        Ok(())
    }
}

/// Customers.
pub(crate) struct Readers {
    fleet: Arc<Fleet>,
    products: Vec<String>,
    read: Mutex<Read>,
}

impl Readers {
    pub(crate) fn new(fleet: Arc<Fleet>, goods: &[Product]) -> Arc<Self> {
        Arc::new(Self {
            fleet,
            products: goods.iter().map(|product| product.id.clone()).collect(),
            read: Mutex::default(),
        })
    }

    pub(crate) async fn run(self: Arc<Self>, a_second: u32, over: CancellationToken) -> Read {
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / a_second);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let tasks = TaskTracker::new();
        for number in 0_usize.. {
            tokio::select! {
                () = over.cancelled() => break,
                _ = ticks.tick() => {}
            }
            let readers = Arc::clone(&self);
            tasks.spawn(async move { readers.one(number).await });
        }
        tasks.close();
        tasks.wait().await;
        let mut read = std::mem::take(&mut *self.read.lock());
        read.took = read.took.sorted();
        read
    }

    /// Asks one node and, where that fails, the other, as a balancer does.
    async fn one(&self, number: usize) {
        // A popular half: every second question is about one product in sixteen.
        let count = self.products.len();
        let place = if (number / APIS).is_multiple_of(2) {
            number.wrapping_mul(7_919) % count
        } else {
            number.wrapping_mul(104_729) % (count / 16).max(1)
        };
        let id = &self.products[place];
        let started = Instant::now();
        let first = ask(self.fleet.client(number % APIS), id).await;
        let (answer, is_retried) = match first {
            Ok(answer) => (Ok(answer), false),
            Err(first) => {
                let second = ask(self.fleet.client((number + 1) % APIS), id).await;
                (second.map_err(|second| format!("{first}; then {second}")), true)
            }
        };
        let took = started.elapsed();
        let mut read = self.read.lock();
        read.asked += 1;
        read.retried += usize::from(is_retried);
        read.took.add(took);
        match answer {
            Ok(is_fallback) => read.fallback += usize::from(is_fallback),
            Err(failure) => {
                read.failed += 1;
                read.failures.push(failure);
            }
        }
    }
}

/// Whether the answer fell back.
async fn ask(client: &Client, id: &str) -> Result<bool, String> {
    let body = json!({ "query": QUERY, "variables": { "id": id } });
    let sent = client.post("/graphql").json(&body).timeout(LONGEST).send().await;
    let response = sent.map_err(|error| format!("{error:?}"))?;
    let answer: Value = response.json().await.map_err(|error| format!("{error:?}"))?;
    if !answer["errors"].is_null() {
        return Err(answer["errors"].to_string());
    }
    // Null: not published at the moment.
    Ok(answer["data"]["product"]["recommendations"]["source"] == "FALLBACK")
}
