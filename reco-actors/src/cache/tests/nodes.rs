//! Nodes that share a Redis compute a list once, and wait for each other only a little.

use super::{server::Server, *};

/// Nodes wait long for each other, but not as long as a test may take.
fn sociable(url: &str) -> CacheConfig {
    CacheConfig {
        budget: PATIENCE,
        rest: Duration::ZERO,
        wait_for_peer: Duration::from_secs(4),
        ..redis_config(url)
    }
}

#[tokio::test]
async fn twenty_who_ask_two_nodes_at_once_cost_one_computation() {
    let Some(server) = Server::start().await else { return };
    let (inner, live) = (StandIn::new(Source::Vectors, false, false), Fixed::new());
    let config = sociable(&server.url());
    let nodes = [(); 2].map(|()| Arc::new(over(&inner, &live, &config)));
    let asking: Vec<_> = (0..20)
        .map(|number| {
            let node = Arc::clone(&nodes[number % 2]);
            tokio::spawn(async move { node.similar(&like(1)).await })
        })
        .collect();
    // Both have asked for their turn, and one computes.
    let both = async { while server.runs("set").await < 2 {} };
    soon(both).await;
    eventually("one computes", || inner.calls() == 1).await;
    inner.gate.add_permits(1);
    let mut lists = Vec::new();
    for answer in asking {
        lists.push(soon(answer).await.unwrap().unwrap());
    }
    assert!(lists.iter().all(|list| *list == lists[0]));
    let [one, other] = [nodes[0].counters(), nodes[1].counters()];
    assert_eq!((inner.calls(), one.misses + other.misses), (1, 1));
    assert_eq!((one.remote + other.remote, one.shared + other.shared), (1, 18));
}

#[tokio::test]
async fn a_list_that_went_stale_is_computed_anew_by_one_node_of_two() {
    let Some(server) = Server::start().await else { return };
    let (inner, live) = (StandIn::new(Source::Vectors, false, false), Fixed::new());
    let config = CacheConfig {
        fresh_for: Duration::ZERO,
        stale_for: Duration::from_secs(600),
        ..sociable(&server.url())
    };
    let nodes = [(); 2].map(|()| over(&inner, &live, &config));
    inner.gate.add_permits(1);
    let first = soon(nodes[0].similar(&like(1))).await.unwrap();
    inner.gate.forget_permits(1);
    let before = server.runs("set").await;
    live.position.store(2, SeqCst);
    for node in &nodes {
        assert_eq!(soon(node.similar(&like(1))).await.unwrap(), first);
    }
    // Both have asked for their turn, and one computes.
    let both = async { while server.runs("set").await < before + 2 {} };
    soon(both).await;
    eventually("one computes", || inner.calls() == 2).await;
    inner.gate.add_permits(1);
    let renewed = || nodes.iter().map(|node| node.counters().refreshed).sum::<u64>();
    eventually("it is computed", || renewed() == 1).await;
    for node in &nodes {
        assert_ne!(soon(node.similar(&like(1))).await.unwrap(), first);
    }
    assert_eq!(inner.calls(), 2);
}

#[tokio::test]
async fn a_claim_whose_holder_died_costs_only_the_wait_and_is_left_to_run_out() {
    let Some(server) = Server::start().await else { return };
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    let config = CacheConfig {
        wait_for_peer: Duration::from_millis(10),
        ..sociable(&server.url())
    };
    let cache = over(&inner, &live, &config);
    let lock = format!("{}:lock", Key::new(&like(1), &live.generation()));
    server.ask::<String>(&format!("SET {lock} somebody NX PX 600000")).await;
    let list = soon(cache.similar(&like(1))).await.unwrap();
    assert_eq!(soon(cache.similar(&like(1))).await.unwrap(), list);
    let expected = CacheCounters {
        misses: 1,
        hits: 1,
        ..CacheCounters::default()
    };
    assert_eq!((cache.counters(), inner.calls()), (expected, 1));
    assert_eq!(server.ask::<String>(&format!("GET {lock}")).await, "somebody");
}

#[tokio::test]
async fn a_redis_that_dies_while_a_node_waits_fails_no_answer() {
    let Some(server) = Server::start().await else { return };
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    let cache = Arc::new(over(&inner, &live, &sociable(&server.url())));
    let lock = format!("{}:lock", Key::new(&like(1), &live.generation()));
    server.ask::<String>(&format!("SET {lock} somebody NX PX 600000")).await;
    let node = Arc::clone(&cache);
    let asking = tokio::spawn(async move { node.similar(&like(1)).await });
    let waits = async { while server.runs("set").await < 2 {} };
    soon(waits).await;
    drop(server);
    assert_eq!(soon(asking).await.unwrap().unwrap().items.len(), 1);
    let expected = CacheCounters {
        errors: 1,
        ..CacheCounters::default()
    };
    assert_eq!((cache.counters(), inner.calls()), (expected, 1));
}

#[tokio::test]
async fn a_redis_that_dies_while_a_node_computes_fails_no_answer() {
    let Some(server) = Server::start().await else { return };
    let (inner, live) = (StandIn::new(Source::Vectors, false, false), Fixed::new());
    let cache = Arc::new(over(&inner, &live, &sociable(&server.url())));
    let node = Arc::clone(&cache);
    let asking = tokio::spawn(async move { node.similar(&like(1)).await });
    eventually("the computation begins", || inner.calls() == 1).await;
    drop(server);
    inner.gate.add_permits(1);
    assert_eq!(soon(asking).await.unwrap().unwrap().items.len(), 1);
    assert_eq!((cache.counters().errors, cache.counters().misses), (1, 1));
}

#[tokio::test]
async fn computations_that_fail_and_lists_that_are_not_kept_give_their_claims_back() {
    let Some(server) = Server::start().await else { return };
    for (source, fails) in [(Source::Vectors, true), (Source::Fallback, false)] {
        let (inner, live) = (StandIn::new(source, fails, true), Fixed::new());
        let cache = over(&inner, &live, &sociable(&server.url()));
        assert_eq!(soon(cache.similar(&like(1))).await.is_err(), fails);
        assert_eq!(server.ask::<u64>("DBSIZE").await, 0);
    }
    assert_eq!(server.runs("set").await, 2);
}
