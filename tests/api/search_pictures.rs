//! Searching by pictures, and for them.

use image::ImageFormat;
use reco_actors::embed::{EmbedderFactory, fake::FakeFactory};
use serde_json::{Value, json};
use std::sync::Arc;
use support::{DatabaseKind, NewProduct, Options, PATIENCE, TestShop, Upload, each_database, eventually, pictures};

const BY_IMAGE: &str = "mutation($input: SearchByImageInput!) { searchByImage(input: $input) {
    results { source items { product { name } score scoreParts { text image samePicture } reason { code } } }
    userErrors { __typename code path } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_held_up_finds_what_looks_like_it_and_is_not_kept() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database)).await;
        let (staff, guest) = (shop.staff().await, shop.guest());
        for (name, colour) in [
            ("Red bowl", [220, 20, 20]),
            ("Blue bowl", [20, 20, 220]),
            ("Green cup", [20, 220, 20]),
        ] {
            staff.create(NewProduct::named(name).coloured(colour)).await;
        }
        shop.settled().await;
        let photo = |bytes| Upload {
            name: "photo",
            content_type: "image/png",
            bytes,
        };
        let red = || photo(pictures::plain([215, 25, 25], ImageFormat::Png));
        let found = guest
            .upload(
                BY_IMAGE,
                json!({ "input": { "first": 3, "file": null } }),
                "input.file",
                red(),
            )
            .await;
        let found = &found["data"]["searchByImage"]["results"];
        let item = &found["items"][0];
        assert_eq!(item["product"]["name"], "Red bowl", "{found}");
        assert_eq!(item["reason"]["code"], "LOOKS_ALIKE");
        assert_eq!(item["score"], item["scoreParts"]["image"]);
        let dear = json!({ "input": { "where": { "price": { "min": "1000" } }, "file": null } });
        let none = guest.upload(BY_IMAGE, dear, "input.file", red()).await;
        assert_eq!(none["data"]["searchByImage"]["results"]["items"], json!([]), "{none}");
        for bad in [
            b"<svg onload='x'/>".to_vec(),
            pictures::claims(60_000, 60_000),
            Vec::new(),
        ] {
            let refused = guest.upload(BY_IMAGE, json!({}), "image", photo(bad)).await;
            assert_eq!(
                refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
                "{refused}"
            );
        }
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_of_the_shop_is_known_again_in_another_light() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database)).await;
        let (staff, guest) = (shop.staff().await, shop.guest());
        let upload = "mutation($input: MediaUploadInput!) { mediaUpload(input: $input) { userErrors { code } } }";
        let (dark, light) = ([60, 90, 120], [150, 120, 90]);
        // The mean of all three is the same, so that nothing but the arrangement tells them apart.
        let middle = std::array::from_fn(|at| (dark[at] / 2) + (light[at] / 2));
        for (name, left, right) in [
            ("Plain", middle, middle),
            ("Mirrored", light, dark),
            ("Wanted", dark, light),
        ] {
            let product = staff.create(NewProduct::named(name)).await;
            let file = Upload {
                name: "photo.png",
                content_type: "image/png",
                bytes: pictures::halves(left, right),
            };
            let input = json!({ "input": { "productId": product.id, "file": null } });
            let stored = staff.upload(upload, input, "input.file", file).await;
            assert_eq!(stored["data"]["mediaUpload"]["userErrors"], json!([]), "{stored}");
        }
        shop.settled().await;
        let dim = |colour: [u8; 3]| colour.map(|value| value / 5 * 4);
        let photo = Upload {
            name: "photo.png",
            content_type: "image/png",
            bytes: pictures::halves(dim(dark), dim(light)),
        };
        let found = guest
            .upload(BY_IMAGE, json!({ "input": { "file": null } }), "input.file", photo)
            .await;
        let items = &found["data"]["searchByImage"]["results"]["items"];
        let first = &items[0];
        assert_eq!(first["product"]["name"], "Wanted", "{found}");
        assert_eq!(first["reason"]["code"], "SAME_PICTURE");
        let parts = &first["scoreParts"];
        let sum = parts["image"].as_f64().unwrap() + parts["samePicture"].as_f64().unwrap();
        assert!((first["score"].as_f64().unwrap() - sum).abs() < 1e-5, "{first}");
        for other in items.as_array().unwrap().iter().skip(1) {
            assert_eq!(other["reason"]["code"], "LOOKS_ALIKE", "{found}");
        }
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_found_by_words_where_the_model_can_read() {
    let factory: Arc<dyn EmbedderFactory> = Arc::new(FakeFactory::new().with_captions());
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(Some(factory))).await;
    let (staff, guest) = (shop.staff().await, shop.guest());
    for (name, colour) in [("Round bowl", [20, 20, 220]), ("Deep bowl", [220, 20, 20])] {
        staff.create(NewProduct::named(name).coloured(colour)).await;
    }
    shop.settled().await;
    let search = "query($text: String!) { search(query: $text) { edges {
        score scoreParts { words meaning looks } node { name } } } }";
    let part = |edge: &Value, name: &str| edge["scoreParts"][name].as_f64().unwrap();
    // A question whose embedding takes too long is searched without it.
    let looked = async |is_wanted: bool| {
        let what = if is_wanted { "pictures count" } else { "pictures do not" };
        eventually(what, PATIENCE, async || {
            let found = guest.data(search, json!({ "text": "red bowl" })).await;
            let edges = found["search"]["edges"].as_array().unwrap().clone();
            let counts = edges.iter().any(|edge| part(edge, "looks") > 0.0);
            if edges.len() == 2 && counts == is_wanted {
                Ok(edges)
            } else {
                Err(found)
            }
        })
        .await
    };
    let found = looked(true).await;
    assert_eq!(found[0]["node"]["name"], "Deep bowl", "{found:?}");
    let sum: f64 = ["words", "meaning", "looks"]
        .map(|name| part(&found[0], name))
        .iter()
        .sum();
    assert!((found[0]["score"].as_f64().unwrap() - sum).abs() < 1e-5, "{found:?}");
    // Staff do without.
    let set = "mutation { searchFusionSet(input: { looks: 0 }) { fusion { looks isDefault } userErrors { code } } }";
    let set = shop.admin().await.data(set, json!({})).await;
    assert_eq!(
        set["searchFusionSet"]["fusion"],
        json!({ "looks": 0.0, "isDefault": false })
    );
    looked(false).await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_encoder_for_pictures_a_search_by_one_says_so() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    let photo = Upload {
        name: "photo.png",
        content_type: "image/png",
        bytes: pictures::plain([9, 9, 9], ImageFormat::Png),
    };
    let answer = shop
        .guest()
        .upload(BY_IMAGE, json!({ "input": { "file": null } }), "input.file", photo)
        .await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{answer}");
    shop.stop().await;
}

const LOOKING: &str = "query($id: ID!, $media: ID, $region: ImageRegionInput, $first: Int! = 20) {
    similarLooking(productId: $id, mediaId: $media, region: $region, first: $first) {
        items { product { name } score } } }";

#[tokio::test(flavor = "multi_thread")]
async fn something_in_a_picture_finds_what_looks_like_it() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database)).await;
        let (staff, guest) = (shop.staff().await, shop.guest());
        let (red, blue) = ([220, 20, 20], [20, 20, 220]);
        staff.create(NewProduct::named("Red bowl").coloured(red)).await;
        staff.create(NewProduct::named("Blue bowl").coloured(blue)).await;
        let both = staff.create(NewProduct::named("Two bowls")).await;
        let upload =
            "mutation($input: MediaUploadInput!) { mediaUpload(input: $input) { media { id } userErrors { code } } }";
        let halves = Upload {
            name: "halves.png",
            content_type: "image/png",
            bytes: pictures::halves(red, blue),
        };
        let input = json!({ "input": { "productId": both.id, "file": null } });
        let uploaded = staff.upload(upload, input, "input.file", halves).await;
        let media = &uploaded["data"]["mediaUpload"]["media"]["id"];
        assert!(media.is_string(), "{uploaded}");
        shop.settled().await;
        let looking = async |more: Value| {
            let mut variables = json!({ "id": both.id });
            variables
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            guest.data(LOOKING, variables).await["similarLooking"].clone()
        };
        for (x, first) in [(0.0, "Red bowl"), (0.5, "Blue bowl")] {
            let region = json!({ "x": x, "y": 0.0, "width": 0.5, "height": 1.0 });
            let found = looking(json!({ "region": region, "media": media })).await;
            assert_eq!(found["items"][0]["product"]["name"], first, "{found}");
            let names: Vec<&Value> = found["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| &item["product"]["name"])
                .collect();
            assert!(!names.contains(&&json!("Two bowls")), "{found}");
        }
        assert_eq!(looking(json!({})).await["items"].as_array().unwrap().len(), 2);
        let nobody = json!({ "id": "prod_00000000000000000000000000000001" });
        assert_eq!(guest.data(LOOKING, nobody).await["similarLooking"], Value::Null);
        let beyond = json!({ "id": both.id, "region": { "x": 0.6, "y": 0.0, "width": 0.5, "height": 1.0 } });
        let refused = guest.run(LOOKING, beyond).await;
        assert_eq!(
            refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
            "{refused}"
        );
        shop.stop().await;
    })
    .await;
}
