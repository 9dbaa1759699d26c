//! Kafka, for shops that have one already: one topic of one partition a shop, so that events lie
//! in the order of their positions.
//!
//! Kafka appends whatever it is sent, so two publishers may both append an event that each found
//! missing. Its first copy is always in order, since everybody publishes from what is there;
//! readers pass over the others. Offsets are therefore not positions, and are looked up.
//! Of a group's consumers one has the partition and the others stand by.

mod topic;

use super::{Backlog, Broker, BrokerError, Wish};
use async_trait::async_trait;
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, CommitMode, Consumer, StreamConsumer},
    error::{KafkaError, RDKafkaErrorCode},
    producer::{FutureProducer, FutureRecord},
};
use shop::outbox::Published;
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
    time::Duration,
};
use tokio::sync::{Mutex, OnceCell};
use topic::{PARTITION, PATIENCE, Probe, at, consumer, receive};

/// One Kafka cluster.
pub struct KafkaBroker {
    brokers: String,
    topic: String,
    namespace: String,
    producer: FutureProducer,
    admin: AdminClient<DefaultClientContext>,
    /// Looks where things are; on threads that may block.
    probe: Arc<parking_lot::Mutex<BaseConsumer>>,
    has_topic: OnceCell<()>,
    tail: Mutex<Option<Tail>>,
    members: Mutex<HashMap<(String, String), Member>>,
    /// The end of the topic when it was last seen, and the newest position there.
    end: parking_lot::Mutex<Option<(i64, i64)>>,
    /// Where groups begin that were made here: what lies before is passed over.
    starts: parking_lot::Mutex<HashMap<String, i64>>,
}

/// Follows the end of the topic.
struct Tail {
    consumer: StreamConsumer,
    position: i64,
}

/// A consumer of a group.
struct Member {
    consumer: Arc<StreamConsumer>,
    /// What it was given and has not committed, by offset: its position, and whether it is done.
    taken: BTreeMap<i64, (i64, bool)>,
    /// The highest position it was given.
    seen: i64,
}

impl fmt::Debug for KafkaBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaBroker")
            .field("brokers", &self.brokers)
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

impl From<KafkaError> for BrokerError {
    fn from(error: KafkaError) -> Self {
        Self(error.to_string())
    }
}

impl KafkaBroker {
    /// Connects when it is first used. `brokers`: addresses, separated by commas. The namespace
    /// tells shops apart that share one cluster.
    ///
    /// # Errors
    /// When the settings cannot be meant.
    pub fn new(brokers: &str, namespace: &str) -> Result<Self, BrokerError> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", brokers);
        let producer = config
            .clone()
            .set("enable.idempotence", "true")
            .set("linger.ms", "0")
            .set("message.timeout.ms", PATIENCE.as_millis().to_string())
            .create()?;
        Ok(Self {
            brokers: brokers.to_owned(),
            topic: format!("{namespace}.changes"),
            namespace: namespace.to_owned(),
            producer,
            admin: config.create()?,
            probe: Arc::new(parking_lot::Mutex::new(consumer(brokers, None).create()?)),
            has_topic: OnceCell::new(),
            tail: Mutex::default(),
            members: Mutex::default(),
            end: parking_lot::Mutex::default(),
            starts: parking_lot::Mutex::default(),
        })
    }

    /// Makes the topic unless it is there.
    async fn topic(&self) -> Result<(), BrokerError> {
        let make = || async {
            let topic = self.topic.clone();
            let is_there = self.look(move |probe| {
                let metadata = probe.consumer.fetch_metadata(Some(&topic), PATIENCE)?;
                Ok(metadata
                    .topics()
                    .iter()
                    .any(|found| found.error().is_none() && !found.partitions().is_empty()))
            });
            if is_there.await? {
                return Ok(());
            }
            let topic = NewTopic::new(&self.topic, 1, TopicReplication::Fixed(-1));
            let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
            for made in self.admin.create_topics([&topic], &options).await? {
                match made {
                    Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                    Err((topic, code)) => return Err(BrokerError(format!("{topic} cannot be made: {code}"))),
                }
            }
            Ok(())
        };
        self.has_topic.get_or_try_init(make).await?;
        Ok(())
    }

    /// Runs a look at the cluster on a thread that may block.
    async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Probe<'_>) -> Result<T, KafkaError> + Send + 'static,
    ) -> Result<T, BrokerError> {
        let (probe, topic) = (Arc::clone(&self.probe), self.topic.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let consumer = probe.lock();
            look(&Probe {
                consumer: &consumer,
                topic: &topic,
            })
        });
        let looked = looked.await.map_err(|died| BrokerError(died.to_string()))?;
        Ok(looked?)
    }

    /// Appends whatever is there already, as a publisher does that did not know.
    #[cfg(test)]
    pub(super) async fn append_blindly(&self, event: &Published) {
        let body = serde_json::to_vec(event).unwrap_or_default();
        let record = FutureRecord::<str, _>::to(&self.topic)
            .partition(PARTITION)
            .payload(&body);
        assert!(self.producer.send(record, PATIENCE).await.is_ok(), "it is appended");
    }

    async fn delete_before(&self, offset: i64) -> Result<(), BrokerError> {
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        let deleted = self.admin.delete_records(&at(&self.topic, offset)?, &options).await?;
        for partition in deleted.elements() {
            partition.error()?;
        }
        Ok(())
    }

    fn group(&self, group: &str) -> String {
        format!("{}.{group}", self.namespace)
    }

    /// A consumer that speaks for a group without being one of it.
    async fn of_group<T: Send + 'static>(
        &self,
        group: &str,
        look: impl FnOnce(&Probe<'_>) -> Result<T, KafkaError> + Send + 'static,
    ) -> Result<T, BrokerError> {
        let speaker: BaseConsumer = consumer(&self.brokers, Some(&self.group(group))).create()?;
        let topic = self.topic.clone();
        let looked = tokio::task::spawn_blocking(move || {
            look(&Probe {
                consumer: &speaker,
                topic: &topic,
            })
        });
        let looked = looked.await.map_err(|died| BrokerError(died.to_string()))?;
        Ok(looked?)
    }
}

#[async_trait]
impl Broker for KafkaBroker {
    fn name(&self) -> String {
        format!("kafka {}", self.brokers)
    }

    async fn newest(&self) -> Result<Option<i64>, BrokerError> {
        self.topic().await?;
        let known = *self.end.lock();
        let found = self.look(move |probe| probe.newest(known)).await?;
        *self.end.lock() = found;
        Ok(found.map(|(_, newest)| newest))
    }

    async fn publish(&self, events: &[Published]) -> Result<i64, BrokerError> {
        let known = self.newest().await?;
        let mut newest = known.unwrap_or_default();
        let mut sent = Vec::new();
        for event in events {
            let fits = known.is_none() && sent.is_empty() || event.position == newest + 1;
            if !fits {
                if event.position > newest {
                    break;
                }
                continue;
            }
            let body = serde_json::to_vec(event).map_err(|error| BrokerError(error.to_string()))?;
            let key = event.aggregate.to_string();
            let record = FutureRecord::to(&self.topic)
                .partition(PARTITION)
                .key(&key)
                .payload(&body);
            let delivery = self.producer.send_result(record).map_err(|(error, _)| error)?;
            sent.push((event.position, delivery));
            newest = event.position;
        }
        // What is delivered counts, up to the first that is not.
        let mut reached = known.unwrap_or_default();
        for (position, delivery) in sent {
            let delivered = delivery.await.map_err(|gone| BrokerError(gone.to_string()))?;
            let delivered = delivered.map_err(|(error, _)| error)?;
            reached = position;
            *self.end.lock() = Some((delivered.offset + 1, position));
        }
        Ok(reached)
    }

    async fn after(&self, position: i64, most: usize, patience: Duration) -> Result<Vec<Published>, BrokerError> {
        self.topic().await?;
        let mut held = self.tail.lock().await;
        let mut tail = match held.take().filter(|tail| tail.position == position) {
            Some(tail) => tail,
            None => {
                let offset = self.look(move |probe| probe.offset_after(position)).await?;
                let consumer: StreamConsumer = consumer(&self.brokers, None).create()?;
                consumer.assign(&at(&self.topic, offset)?)?;
                Tail { consumer, position }
            }
        };
        let mut events = Vec::new();
        receive(&tail.consumer, most, patience, |_, event| {
            let is_new = event.position > tail.position;
            if is_new {
                tail.position = event.position;
                events.push(event);
            }
            is_new
        })
        .await?;
        *held = Some(tail);
        Ok(events)
    }

    async fn at(&self, position: i64) -> Result<Option<Published>, BrokerError> {
        self.topic().await?;
        self.look(move |probe| probe.event_of(position)).await
    }

    async fn join(&self, group: &str, after: i64) -> Result<(), BrokerError> {
        self.topic().await?;
        let made = self.of_group(group, move |probe| {
            if probe.committed()?.is_some() {
                return Ok(false);
            }
            let start = at(probe.topic, probe.offset_after(after)?)?;
            match probe.consumer.commit(&start, CommitMode::Sync) {
                // Somebody was first, and consumes already.
                Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::UnknownMemberId)) => Ok(false),
                committed => committed.map(|()| true),
            }
        });
        if made.await? {
            // What is published later may lie before it all the same.
            self.starts.lock().insert(group.to_owned(), after);
        }
        Ok(())
    }

    async fn take(&self, group: &str, name: &str, wish: Wish) -> Result<Vec<Published>, BrokerError> {
        let place = (group.to_owned(), name.to_owned());
        // Taken out meanwhile: others of this process need not wait, and a failed one is given up.
        let held = self.members.lock().await.remove(&place);
        let mut member = match held {
            Some(member) => member,
            None => {
                let mut config = consumer(&self.brokers, Some(&self.group(group)));
                let consumer: StreamConsumer = config.set("client.id", name).create()?;
                consumer.subscribe(&[&self.topic])?;
                Member {
                    consumer: Arc::new(consumer),
                    taken: BTreeMap::new(),
                    seen: self.starts.lock().get(group).copied().unwrap_or_default(),
                }
            }
        };
        let mut events = Vec::new();
        receive(&member.consumer, wish.most, wish.patience, |offset, event| {
            // A copy of one that came is done with it; one that comes again is done anew.
            let is_copy = event.position <= member.seen && !member.taken.contains_key(&offset);
            let is_again = member.taken.contains_key(&offset);
            member.taken.insert(offset, (event.position, is_copy));
            member.seen = member.seen.max(event.position);
            if !is_copy || is_again {
                events.push(event);
            }
            !is_copy
        })
        .await?;
        self.members.lock().await.insert(place, member);
        Ok(events)
    }

    async fn acknowledge(&self, group: &str, positions: &[i64]) -> Result<(), BrokerError> {
        let mut commits = Vec::new();
        for (_, member) in self.members.lock().await.iter_mut().filter(|((of, _), _)| of == group) {
            for (position, is_done) in member.taken.values_mut() {
                *is_done |= positions.contains(position);
            }
            let mut next = None;
            while let Some(first) = member.taken.first_entry().filter(|first| first.get().1) {
                next = Some(first.remove_entry().0 + 1);
            }
            if let Some(next) = next {
                commits.push((Arc::clone(&member.consumer), at(&self.topic, next)?));
            }
        }
        for (consumer, next) in commits {
            let committed = tokio::task::spawn_blocking(move || consumer.commit(&next, CommitMode::Sync));
            committed.await.map_err(|died| BrokerError(died.to_string()))??;
        }
        Ok(())
    }

    async fn done(&self, group: &str) -> Result<Option<i64>, BrokerError> {
        let gone = format!("the group {group} is gone");
        let done = self.of_group(group, |probe| {
            let Some(next) = probe.committed()? else {
                return Ok(None);
            };
            let (low, _) = probe.ends()?;
            if next <= low {
                return Ok(Some(None));
            }
            probe.position_at(next - 1).map(Some).map(Some)
        });
        done.await?.ok_or(BrokerError(gone))
    }

    async fn backlog(&self, group: &str) -> Result<Backlog, BrokerError> {
        let (newest, done) = (self.newest().await?.unwrap_or_default(), self.done(group).await?);
        let members = self.members.lock().await;
        let ours = members.iter().filter(|((of, _), _)| of == group);
        let pending: usize = ours
            .map(|(_, member)| member.taken.values().filter(|taken| !taken.1).count())
            .sum();
        let behind = u64::try_from(newest - done.unwrap_or_default()).unwrap_or_default();
        Ok(Backlog {
            waiting: behind.saturating_sub(pending as u64),
            pending: pending as u64,
        })
    }

    async fn trim(&self, up_to: i64) -> Result<(), BrokerError> {
        self.topic().await?;
        let before = self.look(move |probe| {
            let (low, high) = probe.ends()?;
            // The newest stays: it tells where the next one belongs.
            let before = probe.offset_after(up_to)?.min(high - 1);
            Ok((before > low).then_some(before))
        });
        match before.await? {
            Some(before) => self.delete_before(before).await,
            None => Ok(()),
        }
    }

    async fn forget(&self) -> Result<(), BrokerError> {
        self.topic().await?;
        let (_, high) = self.look(|probe| probe.ends()).await?;
        self.delete_before(high).await?;
        *self.end.lock() = None;
        *self.tail.lock().await = None;
        Ok(())
    }
}
