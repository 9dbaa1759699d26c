//! Redis Streams. An event's position is its entry's id, so any number of processes may
//! publish: Redis refuses what it has, and the script refuses what would leave a gap.

use super::{Backlog, Broker, BrokerError, Wish};
use async_trait::async_trait;
use redis::{
    AsyncCommands, AsyncConnectionConfig, Client, FromRedisValue, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection},
    streams::{StreamAutoClaimReply, StreamId, StreamPendingReply, StreamRangeReply, StreamReadReply},
};
use shop::outbox::Published;
use std::{fmt, time::Duration};
use tokio::sync::{Mutex, OnceCell};

/// What a command that does not wait may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Field of an entry that holds the event.
const FIELD: &str = "event";

/// Puts events at the end: position and body in turns. Answers the newest position there is.
const PUBLISH: &str = r"
local newest = nil
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      newest = tonumber(string.match(info[i + 1], '^(%d+)'))
    end
  end
end
if newest == 0 then
  newest = nil
end
for i = 1, #ARGV, 2 do
  local position = tonumber(ARGV[i])
  if newest == nil or position == newest + 1 then
    redis.call('XADD', KEYS[1], ARGV[i] .. '-0', 'event', ARGV[i + 1])
    newest = position
  elseif position > newest then
    break
  end
end
return newest or 0
";

/// Connections that wait for events; a waiting command holds all others of its connection up.
type Waiting = Mutex<Option<MultiplexedConnection>>;

/// One Redis (or a proxy in front of a cluster).
pub struct RedisBroker {
    client: Client,
    address: String,
    /// The key of the stream.
    stream: String,
    connection: OnceCell<ConnectionManager>,
    tail: Waiting,
    group: Waiting,
    publish: Script,
}

impl fmt::Debug for RedisBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBroker")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl From<RedisError> for BrokerError {
    fn from(error: RedisError) -> Self {
        Self(error.to_string())
    }
}

impl RedisBroker {
    /// Connects when it is first used. The namespace tells shops apart that share one Redis.
    ///
    /// # Errors
    /// When the address cannot be meant.
    pub fn new(url: &str, namespace: &str) -> Result<Self, BrokerError> {
        let client = Client::open(url)?;
        Ok(Self {
            address: client.get_connection_info().addr().to_string(),
            client,
            // The braces keep all keys of a shop on one node of a cluster.
            stream: format!("{{{namespace}}}:changes"),
            connection: OnceCell::new(),
            tail: Mutex::default(),
            group: Mutex::default(),
            publish: Script::new(PUBLISH),
        })
    }

    async fn connection(&self) -> Result<ConnectionManager, RedisError> {
        let connect = || async {
            let config = ConnectionManagerConfig::new()
                .set_response_timeout(Some(PATIENCE))
                .set_connection_timeout(Some(PATIENCE))
                .set_number_of_retries(1);
            ConnectionManager::new_lazy_with_config(self.client.clone(), config)
        };
        self.connection.get_or_try_init(connect).await.cloned()
    }

    /// Runs a command that may wait, on a connection of its own; a failure gives that up.
    async fn wait<T: FromRedisValue>(
        &self,
        waiting: &Waiting,
        command: &redis::Cmd,
        patience: Duration,
    ) -> Result<T, BrokerError> {
        let mut held = waiting.lock().await;
        let mut connection = match held.take() {
            Some(connection) => connection,
            None => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(PATIENCE))
                    .set_response_timeout(None);
                self.client
                    .get_multiplexed_async_connection_with_config(&config)
                    .await?
            }
        };
        // Redis answers in time unless it hangs.
        let answer = tokio::time::timeout(patience + PATIENCE, command.query_async(&mut connection)).await;
        let answer = answer.map_err(|_| BrokerError("no answer".into()))??;
        *held = Some(connection);
        Ok(answer)
    }
}

#[async_trait]
impl Broker for RedisBroker {
    fn name(&self) -> String {
        format!("redis {}", self.address)
    }

    async fn newest(&self) -> Result<Option<i64>, BrokerError> {
        let newest: i64 = self
            .publish
            .key(&self.stream)
            .invoke_async(&mut self.connection().await?)
            .await?;
        Ok((newest > 0).then_some(newest))
    }

    async fn publish(&self, events: &[Published]) -> Result<i64, BrokerError> {
        let mut script = self.publish.key(&self.stream);
        for event in events {
            let body = serde_json::to_string(event).map_err(|error| BrokerError(error.to_string()))?;
            script.arg(event.position).arg(body);
        }
        Ok(script.invoke_async(&mut self.connection().await?).await?)
    }

    async fn after(&self, position: i64, most: usize, patience: Duration) -> Result<Vec<Published>, BrokerError> {
        let mut command = redis::cmd("XREAD");
        command.arg("COUNT").arg(most).arg("BLOCK").arg(millis(patience));
        command.arg("STREAMS").arg(&self.stream).arg(entry(position));
        let reply: Option<StreamReadReply> = self.wait(&self.tail, &command, patience).await?;
        read(reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids))
    }

    async fn at(&self, position: i64) -> Result<Option<Published>, BrokerError> {
        let mut connection = self.connection().await?;
        let entry = entry(position);
        let found: StreamRangeReply = connection.xrange(&self.stream, &entry, &entry).await?;
        Ok(read(found.ids.into_iter())?.pop())
    }

    async fn join(&self, group: &str, after: i64) -> Result<(), BrokerError> {
        let mut connection = self.connection().await?;
        let made: Result<(), RedisError> = connection
            .xgroup_create_mkstream(&self.stream, group, entry(after))
            .await;
        match made {
            Err(error) if error.code() != Some("BUSYGROUP") => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn take(&self, group: &str, consumer: &str, wish: Wish) -> Result<Vec<Published>, BrokerError> {
        let mut claim = redis::cmd("XAUTOCLAIM");
        claim
            .arg(&self.stream)
            .arg(group)
            .arg(consumer)
            .arg(millis(wish.idle))
            .arg("0-0");
        claim.arg("COUNT").arg(wish.most);
        let left: StreamAutoClaimReply = claim.query_async(&mut self.connection().await?).await?;
        if !left.claimed.is_empty() {
            return read(left.claimed.into_iter());
        }
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(group).arg(consumer);
        command
            .arg("COUNT")
            .arg(wish.most)
            .arg("BLOCK")
            .arg(millis(wish.patience));
        command.arg("STREAMS").arg(&self.stream).arg(">");
        let reply: Option<StreamReadReply> = self.wait(&self.group, &command, wish.patience).await?;
        read(reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids))
    }

    async fn acknowledge(&self, group: &str, positions: &[i64]) -> Result<(), BrokerError> {
        if positions.is_empty() {
            return Ok(());
        }
        let entries: Vec<String> = positions.iter().map(|position| entry(*position)).collect();
        let _: i64 = self.connection().await?.xack(&self.stream, group, &entries).await?;
        Ok(())
    }

    async fn done(&self, group: &str) -> Result<Option<i64>, BrokerError> {
        let mut connection = self.connection().await?;
        // In this order: what is taken between the two is pending in neither, and not done.
        let delivered = self.info(group).await?.0;
        let pending: StreamPendingReply = connection.xpending(&self.stream, group).await?;
        Ok(match pending {
            StreamPendingReply::Data(pending) => Some(position(&pending.start_id)? - 1),
            _ => (delivered > 0).then_some(delivered),
        })
    }

    async fn backlog(&self, group: &str) -> Result<Backlog, BrokerError> {
        let (delivered, pending) = self.info(group).await?;
        let newest = self.newest().await?.unwrap_or_default();
        Ok(Backlog {
            waiting: u64::try_from(newest - delivered).unwrap_or_default(),
            pending,
        })
    }

    async fn trim(&self, up_to: i64) -> Result<(), BrokerError> {
        let mut trim = redis::cmd("XTRIM");
        trim.arg(&self.stream).arg("MINID").arg(entry(up_to + 1));
        let _: i64 = trim.query_async(&mut self.connection().await?).await?;
        Ok(())
    }

    async fn forget(&self) -> Result<(), BrokerError> {
        let _: i64 = self.connection().await?.del(&self.stream).await?;
        Ok(())
    }
}

impl RedisBroker {
    /// The position that a group was given last, and how many events it holds.
    async fn info(&self, group: &str) -> Result<(i64, u64), BrokerError> {
        let groups: redis::streams::StreamInfoGroupsReply = self.connection().await?.xinfo_groups(&self.stream).await?;
        let ours = groups.groups.into_iter().find(|info| info.name == group);
        let ours = ours.ok_or_else(|| BrokerError(format!("the group {group} is gone")))?;
        Ok((position(&ours.last_delivered_id)?, ours.pending as u64))
    }
}

fn entry(position: i64) -> String {
    format!("{position}-0")
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}

fn position(entry: &str) -> Result<i64, BrokerError> {
    let number = entry.split('-').next().and_then(|number| number.parse().ok());
    number.ok_or_else(|| BrokerError(format!("{entry:?} is no position")))
}

fn read(entries: impl Iterator<Item = StreamId>) -> Result<Vec<Published>, BrokerError> {
    let event = |entry: StreamId| {
        let body: String = entry
            .get(FIELD)
            .ok_or_else(|| BrokerError(format!("entry {} holds no event", entry.id)))?;
        serde_json::from_str(&body).map_err(|error| BrokerError(format!("entry {}: {error}", entry.id)))
    };
    entries.map(event).collect()
}
