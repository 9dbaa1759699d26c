//! What a shop knows survives it: vectors are stored, changes are caught up with.

use crate::live::{small_shop, until};
use parking_lot::Mutex;
use reco_actors::embed::fake::FakeFactory;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};
use support::{NewProduct, Options, TestShop, each_database};

/// Encoders that remember what they were given.
#[derive(Clone, Default)]
struct Embedded {
    texts: Arc<Mutex<Vec<String>>>,
    pictures: Arc<AtomicUsize>,
}

impl Embedded {
    fn models(&self) -> Arc<FakeFactory> {
        let (texts, pictures) = (Arc::clone(&self.texts), Arc::clone(&self.pictures));
        let factory = FakeFactory::new()
            .before_text(move |batch| texts.lock().extend_from_slice(batch))
            .before_image(move |batch| {
                pictures.fetch_add(batch.len(), SeqCst);
            });
        Arc::new(factory)
    }

    fn counts(&self) -> (usize, usize) {
        (self.texts.lock().len(), self.pictures.load(SeqCst))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_nothing_is_embedded_again_and_lists_are_the_same() {
    each_database(async |database| {
        let first = Embedded::default();
        let options = Options::on(database).models(Some(first.models()));
        let (shop, _, [kettle, ..]) = small_shop(options).await;
        let before = shop.guest().recommended(&kettle.id, "").await;
        assert!(first.counts().0 >= 4 && first.counts().1 >= 4, "{:?}", first.counts());

        let second = Embedded::default();
        let shop = shop.restart(Some(second.models())).await;
        shop.settled().await;
        assert_eq!(second.counts(), (0, 0), "{:?}", second.texts.lock());
        let after = shop.guest().recommended(&kettle.id, "").await;
        assert_eq!(after.0["items"], before.0["items"]);
        assert_eq!(after.source(), "VECTORS");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_while_no_engine_ran_is_embedded_and_visible_after_the_start() {
    each_database(async |database| {
        let (shop, _, [kettle, _, shoe, _]) = small_shop(Options::on(database)).await;
        // For the night: a program on the same data that neither follows nor embeds.
        let shop = shop.stand_still().await;
        let renaming = json!({ "name": "Steel kettle renamed at night" });
        shop.staff().await.update(&shoe.id, renaming).await;
        let place = shop.stop().await;

        let embedded = Embedded::default();
        let options = Options::on(database).models(Some(embedded.models()));
        let shop = TestShop::start_at(place, options).await;
        until(
            &shop.guest(),
            &kettle.id,
            "(first: 1, kind: SIMILAR_TEXT)",
            "the change of the night is seen",
            |list| list.names() == ["Steel kettle renamed at night"] && list.source() == "VECTORS",
        )
        .await;
        shop.settled().await;
        assert_eq!(
            embedded.counts(),
            (1, 0),
            "one text, no picture: {:?}",
            embedded.texts.lock()
        );
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reindexing_embeds_again_what_is_named_and_everything_when_nothing_is() {
    each_database(async |database| {
        let embedded = Embedded::default();
        let options = Options::on(database).models(Some(embedded.models()));
        let (shop, staff, [kettle, ..]) = small_shop(options).await;
        staff.create(NewProduct::named("Wooden spoon")).await;
        shop.settled().await;
        let reindex =
            "mutation($input: ProductReindexInput!) { productReindex(input: $input) { count userErrors { code } } }";
        let (texts, pictures) = embedded.counts();
        let one = staff.change(reindex, json!({ "input": { "ids": [kettle.id] } })).await;
        assert_eq!(one["count"], 1);
        shop.settled().await;
        assert_eq!(embedded.counts(), (texts + 1, pictures + 1));
        let all = staff.change(reindex, json!({ "input": {} })).await;
        assert_eq!(all["count"], 5);
        shop.settled().await;
        assert_eq!(embedded.counts(), (texts + 6, pictures + 5));
        shop.stop().await;
    })
    .await;
}
