//! A shop serves without models, and says so; models that come later are used at once.

use crate::live::until;
use reco_actors::embed::fake::FakeFactory;
use serde_json::Value;
use std::sync::Arc;
use support::{DatabaseKind, NewProduct, Options, TestShop, each_database, real_models};

async fn readiness(shop: &TestShop) -> (u16, Value) {
    let response = shop.guest().get("/readyz").send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_models_pages_work_and_recommendations_are_popular_and_new_products() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let staff = shop.staff().await;
        let kettle = staff.create(NewProduct::named("Steel kettle")).await;
        staff.create(NewProduct::named("Copper kettle")).await;
        let guest = shop.guest();
        let list = until(&guest, &kettle.id, "", "the other product is recommended", |list| {
            list.names() == ["Copper kettle"]
        })
        .await;
        assert_eq!(list.source(), "FALLBACK");
        let item = &list.0["items"][0];
        assert_eq!(
            (&item["scoreParts"]["text"], &item["scoreParts"]["image"]),
            (&0.0.into(), &0.0.into())
        );
        assert!(
            ["POPULAR", "NEW"].contains(&item["reason"]["code"].as_str().unwrap()),
            "{item}"
        );
        let (status, ready) = readiness(&shop).await;
        assert_eq!((status, &ready["status"]), (200, &"degraded".into()), "{ready}");
        let reasons = ready["degraded"].to_string();
        for reason in ["no text model", "no image model", "no vectors"] {
            assert!(reasons.contains(reason), "{reasons}");
        }
        let state = staff.data(
            "{ recommender { textModel { id } imageModel { id } textVectors problem } }",
            Value::Null,
        );
        let state = &state.await["recommender"];
        assert_eq!(
            (&state["textModel"], &state["textVectors"]),
            (&Value::Null, &0.into()),
            "{state}"
        );
        assert!(state["problem"].is_string(), "{state}");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn models_that_come_later_embed_the_shop_and_vectors_answer() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let staff = shop.staff().await;
        let kettle = staff
            .create(NewProduct::named("Steel kettle").coloured([200, 20, 20]))
            .await;
        staff
            .create(NewProduct::named("Copper kettle").coloured([190, 30, 20]))
            .await;
        staff
            .create(NewProduct::named("Running shoe").coloured([20, 20, 200]))
            .await;
        let guest = shop.guest();
        assert_eq!(guest.recommended(&kettle.id, "").await.source(), "FALLBACK");
        shop.app
            .use_models(Some(Arc::new(FakeFactory::text_only())))
            .await
            .unwrap();
        let by_text = until(&guest, &kettle.id, "(first: 1)", "texts are embedded", |list| {
            list.source() == "VECTORS"
        });
        assert_eq!(by_text.await.names(), ["Copper kettle"]);
        shop.app.use_models(Some(Arc::new(FakeFactory::new()))).await.unwrap();
        until(
            &guest,
            &kettle.id,
            "(first: 1, kind: SIMILAR_IMAGE)",
            "pictures are embedded",
            |list| list.source() == "VECTORS" && list.names() == ["Copper kettle"],
        )
        .await;
        shop.settled().await;
        let (status, ready) = readiness(&shop).await;
        assert_eq!((status, &ready["status"]), (200, &"ready".into()), "{ready}");
        assert_eq!(ready["vectors"]["text"], 3, "{ready}");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_models_know_what_words_mean() {
    let Some(models) = real_models() else { return };
    let has_text = models.text_model().is_some();
    assert!(has_text, "a text model is among the models");
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(Some(models))).await;
    let staff = shop.staff().await;
    let kettle = staff
        .create(NewProduct::named("Electric kettle for boiling water").coloured([200, 20, 20]))
        .await;
    for other in [
        "Porcelain teapot with infuser",
        "Trail running sneakers",
        "Acoustic guitar strings",
    ] {
        staff.create(NewProduct::named(other)).await;
    }
    shop.settled().await;
    let list = shop.guest().recommended(&kettle.id, "(kind: SIMILAR_TEXT)").await;
    assert_eq!(list.source(), "VECTORS");
    assert_eq!(list.names().first(), Some(&"Porcelain teapot with infuser"), "{list:?}");
    shop.stop().await;
}
