//! Stories of Kafka alone: against the brokers of `MYSHOP_TEST_KAFKA_BROKERS` where they are
//! given, else against the one that the client library plays itself.

use super::*;
use rdkafka::{mocking::MockCluster, producer::DefaultProducerContext};

/// Brokers to tell stories of.
pub(super) struct Cluster {
    addresses: String,
    /// Lives as long as the story.
    played: Option<MockCluster<'static, DefaultProducerContext>>,
}

impl Cluster {
    pub(super) fn start() -> Self {
        if let Ok(addresses) = std::env::var("MYSHOP_TEST_KAFKA_BROKERS") {
            return Self {
                addresses,
                played: None,
            };
        }
        eprintln!("MYSHOP_TEST_KAFKA_BROKERS is not set: the client library plays the brokers");
        let played = MockCluster::new(1).unwrap();
        Self {
            addresses: played.bootstrap_servers(),
            played: Some(played),
        }
    }

    pub(super) fn is_played(&self) -> bool {
        self.played.is_some()
    }

    /// A shop of its own.
    pub(super) fn broker(&self) -> KafkaBroker {
        self.named(&Uuid::new_v4().simple().to_string())
    }

    fn named(&self, namespace: &str) -> KafkaBroker {
        if let Some(played) = &self.played {
            // The played brokers are not asked to make topics.
            let made = played.create_topic(&format!("{namespace}.changes"), 1, 1);
            assert!(made.is_ok() || namespace == "shared", "{made:?}");
        }
        KafkaBroker::new(&self.addresses, namespace).unwrap()
    }
}

fn surely(most: usize) -> Wish {
    Wish {
        most,
        patience: SURELY,
        ..wish(Duration::ZERO)
    }
}

#[tokio::test]
async fn a_dead_consumers_events_come_to_another_and_no_more_once_they_are_done() {
    let cluster = Cluster::start();
    let name = Uuid::new_v4().simple().to_string();
    let one = cluster.named(&name);
    one.join(GROUP, 2).await.unwrap();
    one.publish(&events(1..8)).await.unwrap();
    let first = one.take(GROUP, "one", surely(2)).await.unwrap();
    assert_eq!(positions(&first), [3, 4], "the group begins where it was made");
    one.acknowledge(GROUP, &[3]).await.unwrap();
    assert_eq!(one.done(GROUP).await.unwrap(), Some(3));
    let backlog = one.backlog(GROUP).await.unwrap();
    assert_eq!((backlog.waiting, backlog.pending), (3, 1));
    // It dies with event 4 in its hands.
    drop(one);
    let two = KafkaBroker::new(&cluster.addresses, &name).unwrap();
    two.join(GROUP, 0).await.unwrap();
    let mut taken = Vec::new();
    while taken.len() < 4 {
        taken.extend(positions(&two.take(GROUP, "two", surely(100)).await.unwrap()));
    }
    assert_eq!(taken, [4, 5, 6, 7]);
    two.acknowledge(GROUP, &[5, 7, 4]).await.unwrap();
    assert_eq!(two.done(GROUP).await.unwrap(), Some(5), "6 is not done");
    two.acknowledge(GROUP, &[6]).await.unwrap();
    assert_eq!(two.done(GROUP).await.unwrap(), Some(7));
    assert_eq!(two.backlog(GROUP).await.unwrap(), Backlog::default());
    assert_eq!(two.take(GROUP, "two", wish(Duration::ZERO)).await.unwrap(), []);
}

#[tokio::test]
async fn copies_that_two_publishers_made_are_passed_over() {
    let cluster = Cluster::start();
    let broker = cluster.broker();
    let all = events(1..40);
    broker.publish(&all[..20]).await.unwrap();
    // As one would that asked before the other had published.
    let copies = all[5..20].iter();
    for event in copies {
        broker.append_blindly(event).await;
    }
    assert_eq!(broker.publish(&all).await.unwrap(), 39);
    assert_eq!(read(&broker, 0, all.len()).await, all);
    // From anywhere, whatever lies between.
    for from in [0, 4, 12, 19, 20, 38] {
        let next = broker.after(from, 1, SURELY).await.unwrap();
        assert_eq!(positions(&next), [from + 1]);
    }
    broker.join(GROUP, 10).await.unwrap();
    let mut taken = Vec::new();
    while taken.len() < 29 {
        let events = broker.take(GROUP, "one", surely(100)).await.unwrap();
        broker.acknowledge(GROUP, &positions(&events)).await.unwrap();
        taken.extend(positions(&events));
    }
    assert_eq!(taken[taken.len() - 29..], (11..40).collect::<Vec<_>>()[..]);
}

#[tokio::test]
async fn what_is_trimmed_is_gone_and_its_positions_are_not_forgotten() {
    let Ok(addresses) = std::env::var("MYSHOP_TEST_KAFKA_BROKERS") else {
        eprintln!("skipped: the played brokers cannot delete records; set MYSHOP_TEST_KAFKA_BROKERS");
        return;
    };
    let broker = KafkaBroker::new(&addresses, &Uuid::new_v4().simple().to_string()).unwrap();
    broker.publish(&events(1..9)).await.unwrap();
    broker.trim(6).await.unwrap();
    assert_eq!(positions(&read(&broker, 0, 2).await), [7, 8]);
    broker.trim(8).await.unwrap();
    assert_eq!(broker.newest().await.unwrap(), Some(8));
    assert_eq!(broker.publish(&events([9])).await.unwrap(), 9);
}

#[tokio::test]
async fn brokers_that_are_not_there_fail_and_say_so() {
    let broker = KafkaBroker::new("127.0.0.1:1", "x").unwrap();
    assert!(broker.publish(&events([1])).await.is_err());
    assert!(broker.name().contains("127.0.0.1:1"));
}
