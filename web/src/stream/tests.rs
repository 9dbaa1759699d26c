//! Stories of brokers, against a real Redis and, with the feature, Kafka.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

#[cfg(feature = "rdkafka")]
mod kafka;

use super::*;
use chrono::Utc;
use uuid::Uuid;

const SOON: Duration = Duration::from_millis(20);
/// Long enough for a group to form.
const SURELY: Duration = Duration::from_secs(20);
const GROUP: &str = "embed";

/// Every kind of broker there is here.
async fn each(story: impl AsyncFn(&dyn Broker)) {
    if let Some(broker) = redis() {
        story(&broker).await;
    }
    #[cfg(feature = "rdkafka")]
    {
        let cluster = kafka::Cluster::start();
        story(&cluster.broker()).await;
    }
}

fn redis() -> Option<RedisBroker> {
    let Ok(url) = std::env::var("MYSHOP_TEST_REDIS_URL") else {
        assert!(
            std::env::var("MYSHOP_REQUIRE_SERVICES").is_err(),
            "MYSHOP_TEST_REDIS_URL is not set"
        );
        eprintln!("skipped: MYSHOP_TEST_REDIS_URL is not set");
        return None;
    };
    let namespace = Uuid::new_v4().simple().to_string();
    Some(RedisBroker::new(&url, &namespace).unwrap())
}

fn events(positions: impl IntoIterator<Item = i64>) -> Vec<Published> {
    let event = |position| Published {
        position,
        id: position + 1_000,
        at: Utc::now(),
        topic: "product.changed".into(),
        aggregate: Uuid::from_u128(7),
        payload: serde_json::json!({ "n": position }),
    };
    positions.into_iter().map(event).collect()
}

fn positions(events: &[Published]) -> Vec<i64> {
    events.iter().map(|event| event.position).collect()
}

/// So many events after a position, in however many readings they come.
async fn read(broker: &dyn Broker, mut after: i64, count: usize) -> Vec<Published> {
    let mut read = Vec::new();
    while read.len() < count {
        let events = broker.after(after, 1_000, SURELY).await.unwrap();
        after = events.last().expect("there are more events").position;
        read.extend(events);
    }
    read
}

fn wish(idle: Duration) -> Wish {
    Wish {
        most: 100,
        idle,
        patience: SOON,
    }
}

#[tokio::test]
async fn events_come_back_as_they_were_once_and_in_order() {
    each(async |broker| {
        assert_eq!(broker.newest().await.unwrap(), None);
        let all = events(5..10);
        assert_eq!(broker.publish(&all).await.unwrap(), 9);
        assert_eq!(broker.publish(&all[2..]).await.unwrap(), 9, "nothing twice");
        assert_eq!(read(broker, 4, 5).await, all);
        assert_eq!(positions(&broker.after(7, 1, SURELY).await.unwrap()), [8]);
        assert_eq!(broker.after(9, 100, SOON).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn what_would_leave_a_gap_is_not_taken() {
    each(async |broker| {
        broker.publish(&events(1..4)).await.unwrap();
        assert_eq!(broker.publish(&events(6..8)).await.unwrap(), 3);
        assert_eq!(broker.publish(&events(3..8)).await.unwrap(), 7);
        assert_eq!(positions(&read(broker, 0, 7).await), [1, 2, 3, 4, 5, 6, 7]);
    })
    .await;
}

#[tokio::test]
async fn many_publishers_at_once_leave_neither_gap_nor_repetition() {
    each(async |broker| {
        let all = events(1..101);
        let publish = async |step: usize| {
            for some in all.chunks(step) {
                // As relays do: from what the broker has.
                let newest = broker.newest().await.unwrap().unwrap_or(0);
                let from = usize::try_from(newest).unwrap();
                broker
                    .publish(&all[from..(from + some.len()).min(all.len())])
                    .await
                    .unwrap();
            }
            broker.publish(&all).await.unwrap();
        };
        tokio::join!(publish(7), publish(11), publish(3));
        assert_eq!(read(broker, 0, all.len()).await, all);
    })
    .await;
}

#[tokio::test]
async fn consumers_of_a_group_share_the_events_and_a_dead_ones_are_taken_over() {
    let Some(broker) = redis() else { return };
    broker.join(GROUP, 2).await.unwrap();
    broker.join(GROUP, 9).await.unwrap();
    broker.publish(&events(1..8)).await.unwrap();
    let few = Wish {
        most: 2,
        ..wish(Duration::from_secs(60))
    };
    let first = broker.take(GROUP, "one", few).await.unwrap();
    assert_eq!(positions(&first), [3, 4], "the group begins where it was made");
    let second = broker.take(GROUP, "two", few).await.unwrap();
    assert_eq!(positions(&second), [5, 6]);
    broker.acknowledge(GROUP, &positions(&second)).await.unwrap();
    assert_eq!(broker.done(GROUP).await.unwrap(), Some(2), "the first are not done");
    let backlog = broker.backlog(GROUP).await.unwrap();
    assert_eq!((backlog.waiting, backlog.pending), (1, 2));
    // The first consumer dies.
    let left = broker.take(GROUP, "two", wish(Duration::ZERO)).await.unwrap();
    assert_eq!(left, first);
    broker.acknowledge(GROUP, &[3, 4]).await.unwrap();
    assert_eq!(broker.done(GROUP).await.unwrap(), Some(6));
    broker.trim(6).await.unwrap();
    assert_eq!(positions(&broker.after(0, 100, SOON).await.unwrap()), [7]);
    assert_eq!(
        broker.publish(&events([8])).await.unwrap(),
        8,
        "trimming forgets no position"
    );
}

#[tokio::test]
async fn a_group_that_is_gone_is_said_to_be() {
    let Some(broker) = redis() else { return };
    broker.publish(&events([1])).await.unwrap();
    assert!(broker.take(GROUP, "one", wish(Duration::ZERO)).await.is_err());
    assert!(broker.done(GROUP).await.is_err());
}

#[tokio::test]
async fn an_empty_stream_with_a_group_takes_its_first_event_at_any_position() {
    each(async |broker| {
        broker.join(GROUP, 0).await.unwrap();
        assert_eq!(broker.publish(&events(41..43)).await.unwrap(), 42);
        let surely = Wish {
            patience: SURELY,
            ..wish(Duration::from_secs(60))
        };
        let taken = broker.take(GROUP, "one", surely).await.unwrap();
        assert_eq!(positions(&taken), [41, 42]);
    })
    .await;
}

#[tokio::test]
async fn an_event_is_found_by_its_position() {
    each(async |broker| {
        assert_eq!(broker.at(1).await.unwrap(), None);
        let all = events(5..10);
        broker.publish(&all).await.unwrap();
        for event in &all {
            assert_eq!(broker.at(event.position).await.unwrap().as_ref(), Some(event));
        }
        assert_eq!(broker.at(4).await.unwrap(), None);
        assert_eq!(broker.at(10).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_broker_that_forgot_takes_what_it_had_from_others() {
    let story = async |broker: &dyn Broker| {
        broker.publish(&events(1..8)).await.unwrap();
        broker.forget().await.unwrap();
        assert_eq!(broker.newest().await.unwrap(), None);
        let others = events(4..6);
        assert_eq!(broker.publish(&others).await.unwrap(), 5);
        assert_eq!(read(broker, 3, 2).await, others);
    };
    if let Some(broker) = redis() {
        story(&broker).await;
    }
    #[cfg(feature = "rdkafka")]
    match kafka::Cluster::start() {
        // Played brokers do not delete records.
        cluster if cluster.is_played() => eprintln!("skipped for Kafka: no brokers are given"),
        cluster => story(&cluster.broker()).await,
    }
}

#[tokio::test]
async fn a_redis_that_is_not_there_fails_soon_and_says_so_without_secrets() {
    let broker = RedisBroker::new("redis://:hunter2@127.0.0.1:1/", "x").unwrap();
    let error = broker.publish(&events([1])).await.unwrap_err().to_string();
    assert!(
        !error.contains("hunter2") && !broker.name().contains("hunter2"),
        "{error}"
    );
}
