//! A Redis that is late, away, emptied, cut off or full: answers stay right and never wait long.

use super::{
    server::{Server, Wire, free_port},
    *,
};

/// Asks again at once after a failure.
fn restless(url: &str) -> CacheConfig {
    CacheConfig {
        rest: Duration::ZERO,
        ..redis_config(url)
    }
}

/// Long budgets, where a slow machine must not look like a slow Redis.
fn patient(url: &str) -> CacheConfig {
    CacheConfig {
        budget: PATIENCE,
        ..restless(url)
    }
}

/// Asks until the cache answers.
async fn warms_up(cache: &CachedRecommender) {
    let hits = cache.counters().hits;
    let asking = async {
        while cache.counters().hits == hits {
            assert_eq!(cache.similar(&like(1)).await.unwrap().items.len(), 1);
        }
    };
    soon(asking).await;
}

#[tokio::test]
async fn answers_that_come_too_late_cost_one_budget_and_are_never_mixed_up() {
    let Some(server) = Server::start().await else { return };
    let wire = Wire::to(server.address(), true).await;
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    let patient = over(&inner, &live, &patient(&server.url()));
    let lists = [
        patient.similar(&like(1)).await.unwrap(),
        patient.similar(&like(2)).await.unwrap(),
    ];
    let config = CacheConfig {
        rest: Duration::ZERO,
        ttl: PATIENCE,
        ..redis_config(&wire.url())
    };
    let cache = over(&inner, &live, &config);
    for round in 0..3 {
        warms_up(&cache).await;
        let before = (cache.counters(), wire.answers());
        wire.set(false);
        let asked = Instant::now();
        // Computed, for the right list does not arrive.
        assert_eq!(cache.similar(&like(1)).await.unwrap().items.len(), 1);
        assert!(asked.elapsed() < 10 * config.budget, "{:?}", asked.elapsed());
        assert_eq!(cache.counters().errors, before.0.errors + 1, "{round}");
        wire.more_than(before.1).await;
        wire.set(true);
        let queries = [like(1), like(2)];
        let (first, second) = tokio::join!(cache.similar(&queries[0]), cache.similar(&queries[1]));
        let hits = cache.counters().hits - before.0.hits;
        let right = [first.unwrap() == lists[0], second.unwrap() == lists[1]];
        // A busy machine may miss the budget and compute; what comes from the cache is right.
        assert!(right.iter().filter(|right| **right).count() as u64 >= hits);
    }
}

#[tokio::test]
async fn a_redis_that_fails_three_times_rests_is_not_waited_for_and_bypasses_are_counted() {
    let Some(server) = Server::start().await else { return };
    let wire = Wire::to(server.address(), false).await;
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    let cache = over(&inner, &live, &redis_config(&wire.url()));
    for _ in 0..5 {
        assert_eq!(cache.similar(&like(1)).await.unwrap().items.len(), 1);
    }
    let expected = CacheCounters {
        errors: 3,
        bypassed: 2,
        ..CacheCounters::default()
    };
    assert_eq!((cache.counters(), inner.calls()), (expected, 5));
}

#[tokio::test]
async fn a_success_between_failures_keeps_redis_from_resting() {
    let Some(server) = Server::start().await else { return };
    let wire = Wire::to(server.address(), true).await;
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    let config = CacheConfig {
        rest: PATIENCE,
        ttl: PATIENCE,
        ..redis_config(&wire.url())
    };
    let cache = over(&inner, &live, &config);
    for failures in [2, 4] {
        // Answered, so that what failed before is forgiven.
        warms_up(&cache).await;
        wire.set(false);
        for _ in 0..2 {
            assert_eq!(cache.similar(&like(1)).await.unwrap().items.len(), 1);
        }
        wire.set(true);
        assert!(cache.counters().errors >= failures, "{:?}", cache.counters());
    }
    assert_eq!(cache.counters().bypassed, 0, "it never rested");
}

#[tokio::test]
async fn a_connection_that_takes_longer_than_the_budget_is_there_later() {
    let Some(server) = Server::start().await else { return };
    let wire = Wire::to(server.address(), false).await;
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    let cache = over(&inner, &live, &restless(&wire.url()));
    assert!(cache.similar(&like(1)).await.is_ok());
    assert_eq!((cache.counters().errors, cache.counters().hits), (1, 0));
    wire.set(true);
    warms_up(&cache).await;
}

#[tokio::test]
async fn a_redis_that_comes_later_and_goes_and_comes_again_is_used_while_it_is_there() {
    let Some(port) = free_port() else { return };
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    let cache = over(&inner, &live, &patient(&format!("redis://127.0.0.1:{port}")));
    for _ in 0..2 {
        let errors = cache.counters().errors;
        assert!(soon(cache.similar(&like(1))).await.is_ok());
        assert_eq!(cache.counters().errors, errors + 1);
        let server = Server::start_on(port).await;
        warms_up(&cache).await;
        drop(server);
    }
}

#[tokio::test]
async fn an_emptied_redis_is_filled_again() {
    let Some(server) = Server::start().await else { return };
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    let cache = over(&inner, &live, &patient(&server.url()));
    for round in 1..=3 {
        for _ in 0..2 {
            soon(cache.similar(&like(1))).await.unwrap();
        }
        let expected = CacheCounters {
            hits: round,
            misses: round,
            ..CacheCounters::default()
        };
        assert_eq!((cache.counters(), inner.calls()), (expected, round));
        server.ask::<String>("FLUSHALL").await;
        server.ask::<String>("SCRIPT FLUSH").await;
    }
}

#[tokio::test]
async fn a_connection_that_was_cut_costs_one_request_its_cache() {
    let Some(server) = Server::start().await else { return };
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    let cache = over(&inner, &live, &patient(&server.url()));
    let list = soon(cache.similar(&like(1))).await.unwrap();
    for round in 1..=3 {
        assert!(server.ask::<u64>("CLIENT KILL TYPE normal SKIPME yes").await > 0);
        assert_eq!(soon(cache.similar(&like(1))).await.unwrap().items.len(), 1);
        assert_eq!(soon(cache.similar(&like(1))).await.unwrap(), list);
        assert_eq!((cache.counters().errors, cache.counters().hits), (round, round));
    }
}

#[tokio::test]
async fn redis_holds_no_more_lists_than_allowed_and_the_newest_of_them() {
    let Some(server) = Server::start().await else { return };
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    let config = CacheConfig {
        entries: 5,
        ..patient(&server.url())
    };
    let cache = over(&inner, &live, &config);
    for number in 1..=12 {
        soon(cache.similar(&like(number))).await.unwrap();
        // The lists and the order they came in; no claim is left behind.
        assert_eq!(server.ask::<u64>("DBSIZE").await, number.min(5) as u64 + 1);
    }
    assert_eq!(server.ask::<u64>(&format!("ZCARD {}kept", key::FORMAT)).await, 5);
    soon(cache.similar(&like(12))).await.unwrap();
    assert_eq!((cache.counters().hits, cache.counters().misses), (1, 12));
    soon(cache.similar(&like(1))).await.unwrap();
    assert_eq!((cache.counters().hits, cache.counters().misses), (1, 13));
}

#[tokio::test]
async fn a_list_nobody_can_read_is_replaced() {
    let Some(server) = Server::start().await else { return };
    let (inner, live) = (StandIn::new(Source::Vectors, false, true), Fixed::new());
    let cache = over(&inner, &live, &patient(&server.url()));
    let key = Key::new(&like(1), &live.generation());
    server.ask::<u64>(&format!("HSET {key} p 1 v 0 t 1 b rubbish")).await;
    let list = soon(cache.similar(&like(1))).await.unwrap();
    assert_eq!(soon(cache.similar(&like(1))).await.unwrap(), list);
    assert_eq!(
        (cache.counters().misses, cache.counters().hits, cache.counters().errors),
        (1, 1, 0)
    );
}
