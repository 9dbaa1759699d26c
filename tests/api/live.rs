//! A change made through the API is what the next recommendations are made of, without a
//! rebuild and without anybody asking for one.

use reco_actors::embed::fake::FakeFactory;
use serde_json::json;
use std::{collections::HashSet, sync::Arc};
use support::{
    Client, DatabaseKind, NewProduct, Options, PATIENCE, Product, Recommended, TestShop, each_database, eventually,
};

const RED: [u8; 3] = [220, 30, 30];
const CRIMSON: [u8; 3] = [200, 40, 50];
const BLUE: [u8; 3] = [20, 30, 230];

/// Two kettles and two shoes, embedded.
pub(crate) async fn small_shop(options: Options) -> (TestShop, Client, [Product; 4]) {
    let shop = TestShop::start(options).await;
    let staff = shop.staff().await;
    let kettle = staff.create(NewProduct::named("Steel kettle").coloured(RED)).await;
    let other = staff.create(NewProduct::named("Copper kettle").coloured(CRIMSON)).await;
    let shoe = staff.create(NewProduct::named("Running shoe").coloured(BLUE)).await;
    let boot = staff.create(NewProduct::named("Leather boot").coloured(BLUE)).await;
    shop.settled().await;
    (shop, staff, [kettle, other, shoe, boot])
}

/// The first list that satisfies a condition.
pub(crate) async fn until(
    client: &Client,
    product: &str,
    arguments: &str,
    what: &str,
    holds: impl Fn(&Recommended) -> bool,
) -> Recommended {
    eventually(what, PATIENCE, async || {
        client.recommended(product, arguments).await.when(&holds)
    })
    .await
}

fn main_generation(list: &Recommended) -> String {
    let generation = list.0["generation"].as_str().unwrap();
    generation.split_once('.').unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_product_is_recommended_and_has_recommendations_without_a_rebuild() {
    each_database(async |database| {
        let (shop, _, [kettle, ..]) = small_shop(Options::on(database)).await;
        // A start ends with the index whole, so that one more change makes no rebuild due.
        let shop = shop.restart(Some(Arc::new(FakeFactory::new()))).await;
        let (staff, guest) = (shop.staff().await, shop.guest());
        let before = guest.recommended(&kettle.id, "").await;
        assert_eq!(before.source(), "VECTORS", "{before:?}");
        let new = staff
            .create(NewProduct::named("Steel kettle small").coloured(RED))
            .await;
        let list = until(&guest, &kettle.id, "(first: 2)", "the new kettle comes first", |list| {
            list.names().first() == Some(&"Steel kettle small") && list.source() == "VECTORS"
        })
        .await;
        assert_eq!(main_generation(&list), main_generation(&before));
        assert_ne!(list.0["generation"], before.0["generation"]);
        let own = until(
            &guest,
            &new.id,
            "(first: 2)",
            "the new kettle has a list itself",
            |list| list.names().first() == Some(&"Steel kettle") && list.source() == "VECTORS",
        )
        .await;
        assert_eq!(main_generation(&own), main_generation(&before));
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_product_is_recommended_by_its_new_name() {
    each_database(async |database| {
        let (shop, staff, [kettle, _, shoe, _]) = small_shop(Options::on(database)).await;
        let guest = shop.guest();
        let text = "(first: 1, kind: SIMILAR_TEXT)";
        assert_eq!(guest.recommended(&kettle.id, text).await.names(), ["Copper kettle"]);
        staff
            .update(&shoe.id, json!({ "name": "Steel kettle with a whistle" }))
            .await;
        until(
            &guest,
            &kettle.id,
            text,
            "the shoe that became a kettle comes first",
            |list| list.names() == ["Steel kettle with a whistle"],
        )
        .await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_picture_makes_other_neighbours() {
    let (shop, staff, [kettle, _, shoe, _]) = small_shop(Options::on(DatabaseKind::Sqlite)).await;
    let guest = shop.guest();
    let image = "(first: 1, kind: SIMILAR_IMAGE)";
    assert_eq!(guest.recommended(&shoe.id, image).await.names(), ["Leather boot"]);
    let red = staff.picture(&shoe.id, RED).await["media"]["id"].clone();
    let pictures = "query($id: ID!) { product(by: {id: $id}) { media { id } } }";
    let held = guest.data(pictures, json!({ "id": shoe.id })).await;
    let blue = held["product"]["media"][0]["id"].clone();
    let reorder = "mutation($input: MediaReorderInput!) { mediaReorder(input: $input) { userErrors { code } } }";
    let order = json!({ "input": { "productId": shoe.id, "mediaIds": [red, blue] } });
    staff.change(reorder, order).await;
    until(
        &guest,
        &shoe.id,
        image,
        "the red shoe looks like the red kettle",
        |list| list.names() == ["Steel kettle"],
    )
    .await;
    staff.by_id("mediaDelete", red.as_str().unwrap()).await;
    until(&guest, &kettle.id, image, "the shoe is blue again", |list| {
        list.names() == ["Copper kettle"]
    })
    .await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sold_out_leaves_lists_unless_it_is_asked_for() {
    each_database(async |database| {
        let (shop, staff, [kettle, other, ..]) = small_shop(Options::on(database)).await;
        let guest = shop.guest();
        staff.set_stock(&other.variant, 0).await;
        until(&guest, &kettle.id, "", "the sold-out kettle leaves", |list| {
            !list.names().contains(&"Copper kettle") && list.names().len() == 2
        })
        .await;
        let all = guest.recommended(&kettle.id, "(includeOutOfStock: true)").await;
        assert_eq!(all.names().first(), Some(&"Copper kettle"), "{all:?}");
        assert_eq!(all.0["items"][0]["product"]["isAvailable"], false);
        staff.set_stock(&other.variant, 1).await;
        until(&guest, &kettle.id, "", "the kettle comes back", |list| {
            list.names().first() == Some(&"Copper kettle")
        })
        .await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_withdrawn_or_deleted_leaves_lists_and_its_page() {
    each_database(async |database| {
        let (shop, staff, [kettle, other, shoe, _]) = small_shop(Options::on(database)).await;
        let guest = shop.guest();
        let page = "query($id: ID!, $slug: String!) { byId: product(by: {id: $id}) { name } bySlug: product(by: {slug: $slug}) { name } node(id: $id) { id } }";
        for (mutation, product) in [("productUnpublish", &other), ("productDelete", &shoe)] {
            staff.by_id(mutation, &product.id).await;
            let gone = guest.data(page, json!({ "id": product.id, "slug": product.slug })).await;
            assert_eq!(gone, json!({ "byId": null, "bySlug": null, "node": null }), "{mutation}");
        }
        for arguments in ["", "(includeOutOfStock: true)"] {
            until(&guest, &kettle.id, arguments, "only the boot is left", |list| {
                list.names() == ["Leather boot"]
            })
            .await;
        }
        staff.by_id("productPublish", &other.id).await;
        until(&guest, &kettle.id, "(first: 1)", "the published kettle comes back", |list| {
            list.names() == ["Copper kettle"]
        })
        .await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scores_are_the_sum_of_their_parts_and_parts_follow_kind_and_weights() {
    let (shop, _, [kettle, ..]) = small_shop(Options::on(DatabaseKind::Sqlite)).await;
    let guest = shop.guest();
    for (arguments, text, image) in [
        ("", true, true),
        ("(mode: CALIBRATED)", true, true),
        ("(kind: SIMILAR_TEXT)", true, false),
        ("(kind: SIMILAR_IMAGE)", false, true),
        ("(weights: {text: 0, image: 5})", false, true),
        ("(weights: {text: 1, image: 1})", true, true),
        ("(diversity: 0.7)", true, true),
    ] {
        let list = guest.recommended(&kettle.id, arguments).await;
        assert_eq!(list.source(), "VECTORS", "{arguments}");
        assert_eq!(list.names().len(), 3, "{arguments}: {list:?}");
        assert!(!list.names().contains(&"Steel kettle"), "{arguments}");
        let mut scores = Vec::new();
        for item in list.0["items"].as_array().unwrap() {
            let part = |name: &str| item["scoreParts"][name].as_f64().unwrap();
            let score = item["score"].as_f64().unwrap();
            let sum = part("text") + part("image") + part("popularity") + part("newness");
            assert!((score - sum).abs() < 1e-5, "{arguments}: {item}");
            assert!(text || part("text") == 0.0, "{arguments}: {item}");
            assert!(image || part("image") == 0.0, "{arguments}: {item}");
            assert!(!item["reason"]["message"].as_str().unwrap().is_empty());
            scores.push(score);
        }
        let is_sorted = scores.is_sorted_by(|a, b| a >= b);
        assert!(is_sorted || arguments.contains("diversity"), "{arguments}: {scores:?}");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_apply_inside_the_search_and_diversity_varies_the_list() {
    let (shop, staff, [kettle, ..]) = small_shop(Options::on(DatabaseKind::Sqlite)).await;
    let guest = shop.guest();
    let category = staff
        .change(
            "mutation { categoryCreate(input: {name: \"Shoes\"}) { category { id } userErrors { code } } }",
            json!(null),
        )
        .await["category"]["id"]
        .clone();
    staff
        .create(NewProduct::named("Steel sandal").with(json!({ "categoryId": category })))
        .await;
    let within = format!("(first: 1, where: {{categories: [{category}]}})");
    until(
        &guest,
        &kettle.id,
        &within,
        "the one shoe of the category comes",
        |list| list.names() == ["Steel sandal"],
    )
    .await;
    for n in 0..6 {
        staff
            .create(NewProduct::named(&format!("Copper kettle {n}")).coloured(CRIMSON))
            .await;
    }
    shop.settled().await;
    let near = guest.recommended(&kettle.id, "(first: 4)").await;
    let varied = guest.recommended(&kettle.id, "(first: 4, diversity: 1.0)").await;
    let kinds = |list: &Recommended| list.names().iter().filter(|name| !name.contains("kettle")).count();
    assert_eq!(kinds(&near), 0, "{near:?}");
    assert!(kinds(&varied) > 0, "{varied:?}");
    let distinct: HashSet<&str> = varied.names().into_iter().collect();
    assert_eq!(distinct.len(), 4);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_without_a_picture_is_recommended_by_an_inferred_one_that_says_so() {
    let (shop, staff, [kettle, ..]) = small_shop(Options::on(DatabaseKind::Sqlite)).await;
    staff.create(NewProduct::named("Steel kettle plain")).await;
    shop.settled().await;
    let list = shop.guest().recommended(&kettle.id, "(first: 1)").await;
    assert_eq!(list.names(), ["Steel kettle plain"], "{list:?}");
    let item = &list.0["items"][0];
    assert_eq!(item["reason"]["code"], "SIMILAR_DESCRIPTION", "{item}");
    let has_image_part = item["scoreParts"]["image"].as_f64().unwrap() != 0.0;
    assert_eq!(item["isImageImputed"], has_image_part, "{item}");
    shop.stop().await;
}
