//! What lies where in the topic, and how it is read.

use crate::stream::BrokerError;
use futures::FutureExt;
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer, StreamConsumer},
    error::{KafkaError, RDKafkaErrorCode},
    message::BorrowedMessage,
};
use shop::outbox::Published;
use std::time::Duration;

/// What a call that does not wait may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// The one partition.
pub(super) const PARTITION: i32 = 0;
/// A consumer that is silent for so long is dead, and another one takes over. The least that
/// brokers allow by default.
const SESSION_MS: &str = "6000";

pub(super) fn consumer(brokers: &str, group: Option<&str>) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers)
        .set("group.id", group.unwrap_or("unused"))
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("allow.auto.create.topics", "false")
        .set("session.timeout.ms", SESSION_MS)
        .set("fetch.wait.max.ms", "50")
        .set("fetch.error.backoff.ms", "50");
    config
}

/// Looks at a topic; blocks.
pub(super) struct Probe<'a> {
    pub(super) consumer: &'a BaseConsumer,
    pub(super) topic: &'a str,
}

impl Probe<'_> {
    /// The first offset that is kept, and the one that comes next.
    pub(super) fn ends(&self) -> Result<(i64, i64), KafkaError> {
        self.consumer.fetch_watermarks(self.topic, PARTITION, PATIENCE)
    }

    /// The position of the event at an offset, or of the next one there is.
    pub(super) fn position_at(&self, offset: i64) -> Result<i64, KafkaError> {
        Ok(self.event_at(offset)?.position)
    }

    /// The event of a position, if it is kept.
    pub(super) fn event_of(&self, position: i64) -> Result<Option<Published>, KafkaError> {
        let (mut offset, (_, high)) = (self.offset_after(position - 1)?, self.ends()?);
        while offset < high {
            let event = self.event_at(offset)?;
            if event.position >= position {
                return Ok(Some(event).filter(|event| event.position == position));
            }
            offset += 1;
        }
        Ok(None)
    }

    fn event_at(&self, offset: i64) -> Result<Published, KafkaError> {
        self.consumer.assign(&at(self.topic, offset)?)?;
        let found = match self.consumer.poll(PATIENCE) {
            Some(message) => read(&message?),
            None => Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut)),
        };
        self.consumer.unassign()?;
        found
    }

    /// The end of the topic and the newest position; `known` saves a look at the newest event
    /// where the end has not moved.
    pub(super) fn newest(&self, known: Option<(i64, i64)>) -> Result<Option<(i64, i64)>, KafkaError> {
        let (low, high) = self.ends()?;
        if low == high {
            return Ok(None);
        }
        match known.filter(|(end, _)| *end == high) {
            Some(known) => Ok(Some(known)),
            None => Ok(Some((high, self.position_at(high - 1)?))),
        }
    }

    /// An offset from which on everything after a position lies, and as little else as may be.
    pub(super) fn offset_after(&self, position: i64) -> Result<i64, KafkaError> {
        let (low, high) = self.ends()?;
        let newest = self.newest(None)?.map(|(_, newest)| newest);
        let Some(newest) = newest.filter(|newest| *newest > position) else {
            return Ok(high);
        };
        // There is at least one event a position; with copies among them it lies further back.
        let mut step = newest - position;
        loop {
            let offset = (high - step).max(low);
            if offset == low || self.position_at(offset)? <= position + 1 {
                return Ok(offset);
            }
            step *= 2;
        }
    }

    pub(super) fn committed(&self) -> Result<Option<i64>, KafkaError> {
        let mut asked = TopicPartitionList::new();
        asked.add_partition(self.topic, PARTITION);
        let committed = self.consumer.committed_offsets(asked, PATIENCE)?;
        let found = committed.find_partition(self.topic, PARTITION);
        Ok(found.and_then(|partition| match partition.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }))
    }
}

pub(super) fn at(topic: &str, offset: i64) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, PARTITION, Offset::Offset(offset))?;
    Ok(list)
}

pub(super) fn read(message: &BorrowedMessage<'_>) -> Result<Published, KafkaError> {
    let event = message.payload().and_then(|body| serde_json::from_slice(body).ok());
    event.ok_or(KafkaError::MessageConsumption(RDKafkaErrorCode::InvalidMessage))
}

/// Messages as they come: waits up to `patience` for the first, and for no more than are there.
pub(super) async fn receive(
    consumer: &StreamConsumer,
    most: usize,
    patience: Duration,
    mut take: impl FnMut(i64, Published) -> bool,
) -> Result<(), BrokerError> {
    let end = tokio::time::Instant::now() + patience;
    let mut taken = 0;
    while taken < most {
        let message = if taken == 0 {
            match tokio::time::timeout_at(end, consumer.recv()).await {
                Ok(message) => message?,
                Err(_) => return Ok(()),
            }
        } else {
            match consumer.recv().now_or_never() {
                Some(message) => message?,
                None => return Ok(()),
            }
        };
        taken += usize::from(take(message.offset(), read(&message)?));
    }
    Ok(())
}
