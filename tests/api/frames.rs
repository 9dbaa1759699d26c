//! Every process sees vectors through the same frame, and never through two at once: scores are
//! the same everywhere, whatever is imputed, and whichever models serve.

use crate::nodes::{GRACE, process};
use futures::{StreamExt, stream};
use reco_actors::{
    ItemId, Recommended, Recommender, ScoreMode, SimilarKind, SimilarQuery, Source, catalog::Filter,
    embed::fake::FakeFactory,
};
use std::sync::Arc;
use support::{Client, DatabaseKind, NewProduct, Options, PATIENCE, TestShop, eventually};
use web::{app::App, node::Role};

const LOOKS: [&str; 8] = [
    "Steel", "Copper", "Oak", "Linen", "Glass", "Leather", "Bamboo", "Walnut",
];
const KINDS: [&str; 5] = ["kettle", "lamp", "chair", "mug", "basket"];
/// One in so many has no picture.
const UNPICTURED: usize = 4;

async fn stock(staff: &Client, numbers: std::ops::Range<usize>) {
    let make = |number: usize| async move {
        let (look, kind) = (LOOKS[number % LOOKS.len()], KINDS[number % KINDS.len()]);
        let name = format!("{look} {kind} {number}");
        let new = NewProduct::named(&name);
        let shade = number.wrapping_mul(2_654_435_761) as u32;
        if number.is_multiple_of(UNPICTURED) {
            staff.create(new).await;
        } else {
            staff
                .create(new.coloured([shade as u8, (shade >> 8) as u8, (shade >> 16) as u8]))
                .await;
        }
    };
    stream::iter(numbers)
        .map(make)
        .buffer_unordered(4)
        .collect::<()>()
        .await;
}

async fn list(app: &App, item: ItemId, mode: ScoreMode) -> Vec<Recommended> {
    let query = SimilarQuery {
        item,
        kind: SimilarKind::Hybrid,
        weights: None,
        mode: Some(mode),
        limit: 20,
        filter: Filter::default(),
        include_out_of_stock: false,
        diversity: 0.0,
    };
    let list = app.engine.similar(&query).await.unwrap();
    assert_eq!(list.source, Source::Vectors);
    list.items
}

/// What of the lists of two processes differs; tells how many imputed pictures were among them.
async fn difference(one: &App, two: &App) -> Result<usize, String> {
    let (one_frame, two_frame) = (one.engine.frame(), two.engine.frame());
    if one_frame != two_frame {
        return Err(format!(
            "frames on {} and {} pairs",
            one_frame.pairs(),
            two_frame.pairs()
        ));
    }
    let mut imputed = 0;
    for item in one.engine.items() {
        for mode in [ScoreMode::Raw, ScoreMode::Calibrated] {
            let (left, right) = (list(one, item, mode).await, list(two, item, mode).await);
            let agrees = |(a, b): (&Recommended, &Recommended)| a.item == b.item && (a.score - b.score).abs() <= 1e-6;
            if left.len() != right.len() || !left.iter().zip(&right).all(agrees) {
                return Err(format!("{item:?} by {mode:?}: {left:?} and {right:?}"));
            }
            imputed += left.iter().filter(|entry| entry.image_imputed).count();
        }
    }
    Ok(imputed)
}

async fn agree(one: &App, two: &App, what: &str) -> usize {
    eventually(what, PATIENCE, async || difference(one, two).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_give_the_same_scores_whatever_they_impute_and_take_off() {
    let shop = TestShop::start(Options::on(DatabaseKind::Postgres)).await;
    let other = process(shop.config(), Role::Api).await;
    stock(&shop.staff().await, 0..80).await;
    shop.settled().await;
    let fitted = eventually("a frame is fitted on all", PATIENCE, async || {
        let frame = shop.app.engine.frame();
        if frame.pairs() >= 50 {
            Ok(frame)
        } else {
            Err(frame.pairs())
        }
    })
    .await;
    assert!(
        agree(&shop.app, &other, "both nodes score alike").await > 0,
        "pictures are imputed"
    );

    // From a snapshot, after a start.
    let shop = shop.restart(Some(Arc::new(FakeFactory::new()))).await;
    assert!(agree(&shop.app, &other, "a node that starts scores alike").await > 0);

    // A shop that has grown is seen through another frame, by both.
    stock(&shop.staff().await, 80..120).await;
    shop.settled().await;
    eventually("another frame is fitted", PATIENCE, async || {
        let frame = shop.app.engine.frame();
        if frame == fitted { Err(frame.pairs()) } else { Ok(()) }
    })
    .await;
    agree(&shop.app, &other, "both nodes score alike when the shop has grown").await;
    other.shut_down(GRACE).await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_go_on_while_vectors_of_other_models_take_over() {
    let shop = TestShop::start(Options::on(DatabaseKind::Postgres)).await;
    let staff = shop.staff().await;
    stock(&staff, 0..60).await;
    shop.settled().await;
    shop.app
        .use_models(Some(Arc::new(FakeFactory::another())))
        .await
        .unwrap();
    let items = shop.app.engine.items();
    let another = |app: &App| {
        app.engine
            .index_models()
            .text
            .is_some_and(|model| model.id == "another-text")
    };
    let mut renamed = 0;
    while !another(&shop.app) {
        let item = items[renamed % items.len()];
        let id = shop::id::ProductId(item.0).to_string();
        let look = LOOKS[renamed / 7 % LOOKS.len()];
        let name = format!("{look} tray {renamed}");
        staff.update(&id, serde_json::json!({ "name": name })).await;
        renamed += 1;
        assert!(renamed < 2_000, "other models take over");
    }
    shop.settled().await;
    assert_eq!(shop.app.engine.status().refused_vectors, 0);
    let fresh = process(shop.config(), Role::Api).await;
    assert!(another(&fresh));
    agree(&shop.app, &fresh, "it is as if loaded anew").await;
    fresh.shut_down(GRACE).await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_made_while_other_models_are_embedded_is_recommended_by_those_that_serve() {
    let options = Options::on(DatabaseKind::Postgres).finding_models();
    let shop = TestShop::start(options).await;
    let staff = shop.staff().await;
    let kettle = staff.create(NewProduct::named("Steel kettle")).await;
    staff.create(NewProduct::named("Copper kettle")).await;
    staff.create(NewProduct::named("Oak chair")).await;
    shop.settled().await;
    // One product's text is long in the making, so that the other models are not complete.
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let slow = FakeFactory::another().before_text(move |texts| {
        if texts.iter().any(|text| text.contains("chair")) {
            let _ = held.lock().unwrap().recv();
        }
    });
    shop.app.use_models(Some(Arc::new(slow))).await.unwrap();
    eventually("other models are begun", PATIENCE, async || {
        match shop.app.shop.pipeline().generations.building().await.unwrap() {
            Some(_) => Ok(()),
            None => Err(()),
        }
    })
    .await;
    let new = staff.create(NewProduct::named("Steel kettle small")).await;
    eventually("the new one is recommended", PATIENCE, async || {
        let (list, own) = (
            staff.recommended(&kettle.id, "(first: 1)").await,
            staff.recommended(&new.id, "").await,
        );
        let names = (
            list.names() == ["Steel kettle small"],
            own.names().first() == Some(&"Steel kettle"),
        );
        if names == (true, true) && own.source() == "VECTORS" {
            Ok(())
        } else {
            Err((list, own))
        }
    })
    .await;
    let text = shop.app.engine.index_models().text.unwrap().id;
    assert_eq!(text, "fake-text", "the first models answer");
    drop(release);
    eventually("the others take over", PATIENCE, async || {
        let text = shop.app.engine.index_models().text.unwrap().id;
        if text == "another-text" { Ok(()) } else { Err(text) }
    })
    .await;
    assert_eq!(staff.recommended(&new.id, "(first: 1)").await.names(), ["Steel kettle"]);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_starts_while_other_models_are_embedded_serves_what_all_serve() {
    let options = Options::on(DatabaseKind::Sqlite).models(Some(Arc::new(FakeFactory::text_only())));
    let shop = TestShop::start(options).await;
    let staff = shop.staff().await;
    let kettle = staff
        .create(NewProduct::named("Steel kettle").coloured([200, 20, 20]))
        .await;
    staff
        .create(NewProduct::named("Copper kettle").coloured([20, 20, 200]))
        .await;
    shop.settled().await;
    let steer = async |admin: &Client, mutation: &str| {
        let operation = format!("mutation {{ {mutation} {{ userErrors {{ message }} }} }}");
        admin.change(&operation, serde_json::json!({})).await;
    };
    steer(&shop.admin().await, "recommenderPause").await;
    // An image model comes; its vectors wait.
    let shop = shop.restart(Some(Arc::new(FakeFactory::new()))).await;
    let has_pictures = |shop: &TestShop| shop.app.engine.index_models().image.is_some();
    assert!(!has_pictures(&shop), "the generation that serves has no pictures");
    assert_eq!(shop.staff().await.recommended(&kettle.id, "").await.source(), "VECTORS");
    // Once more, now that the other generation is known, and without its snapshot.
    std::fs::remove_dir_all(shop.place().directory().join("index")).unwrap();
    let shop = shop.restart(Some(Arc::new(FakeFactory::new()))).await;
    assert!(!has_pictures(&shop));
    assert_eq!(shop.staff().await.recommended(&kettle.id, "").await.source(), "VECTORS");
    steer(&shop.admin().await, "recommenderResume").await;
    eventually("the pictures serve", PATIENCE, async || {
        if has_pictures(&shop) {
            Ok(())
        } else {
            Err(shop.app.engine.index_models())
        }
    })
    .await;
    assert_eq!(shop.app.engine.status().image_vectors, 2);
    shop.stop().await;
}
