//! A list that was asked for before is kept, and never says what is no longer true.

use crate::live::{small_shop, until};
use serde_json::json;
use support::{NewProduct, Options, PATIENCE, each_database, eventually, redis_url};

/// Asks until the answer comes from the cache, changes something, asks again.
async fn changes_are_seen_through_the_cache(options: Options) {
    let (shop, staff, [kettle, other, shoe, boot]) = small_shop(options).await;
    let guest = shop.guest();
    let hits = || shop.app.recommender.counters().hits;
    let warm = async |arguments: &str| {
        shop.settled().await;
        // The index may be folding changes in, which makes every kept list outdated.
        eventually("an answer comes from the cache", PATIENCE, async || {
            let before = hits();
            guest.recommended(&kettle.id, arguments).await;
            if hits() > before {
                Ok(())
            } else {
                Err(shop.app.recommender.counters())
            }
        })
        .await;
    };

    warm("").await;
    staff.set_stock(&other.variant, 0).await;
    until(&guest, &kettle.id, "", "the sold-out kettle leaves", |list| {
        !list.names().contains(&"Copper kettle")
    })
    .await;

    warm("").await;
    staff
        .update(&shoe.id, json!({ "name": "Steel kettle once a shoe" }))
        .await;
    until(&guest, &kettle.id, "", "the renamed shoe comes first", |list| {
        list.names().first() == Some(&"Steel kettle once a shoe")
    })
    .await;

    warm("").await;
    staff.by_id("productUnpublish", &shoe.id).await;
    until(&guest, &kettle.id, "", "the withdrawn one leaves", |list| {
        list.names() == ["Leather boot"]
    })
    .await;

    warm("(includeOutOfStock: true)").await;
    staff.by_id("productDelete", &boot.id).await;
    until(
        &guest,
        &kettle.id,
        "(includeOutOfStock: true)",
        "the deleted one leaves",
        |list| list.names() == ["Copper kettle"],
    )
    .await;

    warm("(includeOutOfStock: true)").await;
    staff.create(NewProduct::named("Steel kettle new")).await;
    until(
        &guest,
        &kettle.id,
        "(includeOutOfStock: true)",
        "the new one comes",
        |list| list.names().contains(&"Steel kettle new") && list.source() == "VECTORS",
    )
    .await;
    assert_eq!(shop.app.recommender.counters().errors, 0);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_seen_through_a_warm_cache_in_memory() {
    each_database(async |database| changes_are_seen_through_the_cache(Options::on(database)).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_seen_through_a_warm_cache_in_redis() {
    let Some(redis) = redis_url() else { return };
    each_database(async |database| {
        let redis = redis.clone();
        let options = Options::on(database).configure(move |config| config.cache.redis_url = Some(redis.clone()));
        changes_are_seen_through_the_cache(options).await;
    })
    .await;
}
