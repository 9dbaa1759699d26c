//! What goes wrong: processes are killed, Redis goes and is flushed, PostgreSQL is restarted.

use crate::{
    processes::Fleet,
    servers::{Redis, restart_postgres},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, interval, sleep, sleep_until};

/// Between two kills.
const KILL: Duration = Duration::from_secs(10);
/// How long Redis is away.
const AWAY: Duration = Duration::from_secs(30);

/// Rages for so long; gives Redis back as it then is.
pub(crate) async fn rage(fleet: &Arc<Fleet>, redis: Redis, time: Duration) -> anyhow::Result<Redis> {
    let end = Instant::now() + time;
    let servers = tokio::spawn(servers(redis, time));
    let mut kills = interval(KILL);
    kills.tick().await;
    let mut random = StdRng::seed_from_u64(4);
    while Instant::now() + KILL < end {
        kills.tick().await;
        let number = random.random_range(0..fleet.len());
        fleet.replace(number).await?;
    }
    sleep_until(end).await;
    let redis = servers.await??;
    println!(
        "chaos: {} processes killed and started again, Redis away for {} s, flushed once, PostgreSQL restarted once",
        fleet.restarts.load(std::sync::atomic::Ordering::Relaxed),
        AWAY.as_secs()
    );
    Ok(redis)
}

/// A fifth of the time until Redis goes; later it is flushed, then PostgreSQL is restarted.
async fn servers(mut redis: Redis, time: Duration) -> anyhow::Result<Redis> {
    let part = time / 5;
    sleep(part).await;
    redis.kill().await?;
    sleep(AWAY.min(part)).await;
    redis.again().await?;
    sleep(part).await;
    redis.flush().await?;
    sleep(part / 2).await;
    restart_postgres().await?;
    Ok(redis)
}
