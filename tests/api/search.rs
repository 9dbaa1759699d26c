//! The search box as a shopper uses it.

use crate::live::small_shop;
use image::ImageFormat;
use serde_json::{Value, json};
use support::{
    Client, DatabaseKind, NewProduct, Options, PATIENCE, TestShop, Upload, each_database, eventually, names, pictures,
};

const SEARCH: &str =
    "query($query: String!, $where: ProductWhere, $first: Int, $after: String, $mode: SearchMode! = HYBRID) {
    search(query: $query, where: $where, first: $first, after: $after, mode: $mode) {
        totalCount didYouMean relaxed isByMeaning generation
        pageInfo { hasNextPage endCursor }
        facets { key values { value count isSelected } }
        edges { score scoreParts { identifier words meaning } node { name } }
        nodes { name }
    } }";

async fn search(client: &Client, query: &str, more: Value) -> Value {
    let mut variables = json!({ "query": query });
    for (name, value) in more.as_object().into_iter().flatten() {
        variables[name] = value.clone();
    }
    client.data(SEARCH, variables).await["search"].clone()
}

/// Waits until a search finds these, in this order.
async fn finds(client: &Client, query: &str, expected: &[&str]) -> Value {
    eventually(&format!("{query:?} finds {expected:?}"), PATIENCE, async || {
        let found = search(client, query, Value::Null).await;
        match names(&found["nodes"]) == expected {
            true => Ok(()),
            false => Err(found.to_string()),
        }
    })
    .await;
    search(client, query, Value::Null).await
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_word_a_misspelled_one_and_a_sku_find_their_product() {
    each_database(async |database| {
        let (shop, staff, _) = small_shop(Options::on(database)).await;
        let guest = shop.guest();
        let kettles = ["Steel kettle", "Copper kettle"];
        staff.create(NewProduct::named("Gas stove")).await;
        shop.settled().await;
        for text in ["kettle", "kett", "KETTLES"] {
            let found = search(&guest, text, json!({ "mode": "WORDS" })).await;
            let mut seen = names(&found["nodes"]);
            seen.sort_unstable();
            assert_eq!(seen, ["Copper kettle", "Steel kettle"], "{text}");
            assert_eq!(found["relaxed"], json!([]));
            assert_eq!(found["didYouMean"], Value::Null);
        }
        let wrong = search(&guest, "coper ketle", Value::Null).await;
        assert_eq!(names(&wrong["nodes"])[0], "Copper kettle");
        assert_eq!(wrong["didYouMean"], "copper kettle");
        assert_eq!(wrong["relaxed"], json!(["SPELLING", "FEWER_WORDS"]));
        let both = search(&guest, "kettle", Value::Null).await;
        assert!(
            kettles.iter().all(|name| names(&both["nodes"]).contains(name)),
            "{both}"
        );
        assert_eq!(both["isByMeaning"], true);
        for edge in both["edges"].as_array().unwrap() {
            let parts = ["identifier", "words", "meaning"].map(|part| edge["scoreParts"][part].as_f64().unwrap());
            let sum: f64 = parts.iter().sum();
            assert!((edge["score"].as_f64().unwrap() - sum).abs() < 2e-6, "{edge}");
        }
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_created_changed_or_withdrawn_is_found_so_at_once() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite)).await;
    let (staff, guest) = (shop.staff().await, shop.guest());
    let lamp = staff.create(NewProduct::named("Reading lamp")).await;
    finds(&guest, "reading lamp", &["Reading lamp"]).await;
    staff.update(&lamp.id, json!({ "name": "Desk light" })).await;
    finds(&guest, "desk light", &["Desk light"]).await;
    staff.by_id("productUnpublish", &lamp.id).await;
    finds(&guest, "desk light", &[]).await;
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_filtered_counted_and_paged_like_a_listing() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite)).await;
    let (staff, guest) = (shop.staff().await, shop.guest());
    for (number, price) in ["10.00", "20.00", "30.00", "40.00", "50.00"].into_iter().enumerate() {
        let name = format!("Lantern {}", ["amber", "birch", "cedar", "delft", "ebony"][number]);
        staff.create(NewProduct::named(&name).priced(price)).await;
    }
    shop.settled().await;
    let dear = json!({ "where": { "price": { "min": "25" } } });
    let found = search(&guest, "lantern", dear).await;
    assert_eq!(found["totalCount"], 3, "{found}");
    let (mut after, mut seen) = (Value::Null, Vec::new());
    loop {
        let page = search(&guest, "lantern", json!({ "first": 2, "after": after })).await;
        seen.extend(names(&page["nodes"]).into_iter().map(str::to_owned));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let whole = search(&guest, "lantern", json!({ "first": 100 })).await;
    assert_eq!(seen, names(&whole["nodes"]));
    assert_eq!(whole["totalCount"], 5);
    let foreign = json!({ "query": "lamp", "after": after });
    let errors = guest.run(SEARCH, foreign).await["errors"].clone();
    assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT", "{errors}");
    for blank in ["", "  "] {
        let errors = guest.run(SEARCH, json!({ "query": blank })).await["errors"].clone();
        assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT", "{errors}");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_models_words_are_searched_all_the_same() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    let (staff, guest) = (shop.staff().await, shop.guest());
    staff.create(NewProduct::named("Reading lamp")).await;
    let found = finds(&guest, "readng lam", &["Reading lamp"]).await;
    assert_eq!(found["isByMeaning"], false);
    assert_eq!(found["didYouMean"], "reading lam");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn meaning_is_looked_at_where_another_engine_holds_the_vectors() {
    let Some(url) = support::pgvector_url() else { return };
    let shop = TestShop::start(crate::vectors::over(&url)).await;
    let (staff, guest) = (shop.staff().await, shop.guest());
    for name in ["Steel kettle", "Copper kettle", "Running shoe"] {
        staff.create(NewProduct::named(name)).await;
    }
    shop.settled().await;
    let found = search(&guest, "copper kettle", Value::Null).await;
    assert_eq!(
        names(&found["nodes"])[..2],
        ["Copper kettle", "Steel kettle"],
        "{found}"
    );
    assert_eq!(found["isByMeaning"], true);
    let meant = search(&guest, "copper kettle", json!({ "mode": "MEANING" })).await;
    assert_eq!(names(&meant["nodes"])[0], "Copper kettle", "{meant}");
    assert!(
        meant["edges"][0]["scoreParts"]["meaning"].as_f64().unwrap() > 0.5,
        "{meant}"
    );
    shop.stop().await;
}

const SUGGEST: &str = "query($prefix: String!, $first: Int! = 8) { suggest(prefix: $prefix, first: $first) {
    queries products { name } categories { name } brands { name } } }";

#[tokio::test(flavor = "multi_thread")]
async fn every_keystroke_suggests_words_products_categories_and_brands() {
    each_database(async |database| {
        let (shop, staff, _) = small_shop(Options::on(database)).await;
        let guest = shop.guest();
        let create = "mutation($input: CategoryCreateInput!) { categoryCreate(input: $input) { category { id } userErrors { code } } }";
        staff.change(create, json!({ "input": { "name": "Kettles & pots" } })).await;
        let create = "mutation($input: BrandCreateInput!) { brandCreate(input: $input) { brand { id } userErrors { code } } }";
        staff.change(create, json!({ "input": { "name": "Ketteler" } })).await;
        shop.settled().await;
        let suggest = async |prefix: &str| guest.data(SUGGEST, json!({ "prefix": prefix })).await["suggest"].clone();
        for prefix in ["k", "ket", "KETTL", "kettle"] {
            let all = suggest(prefix).await;
            assert_eq!(all["queries"], json!(["kettle"]), "{prefix}: {all}");
            assert_eq!(all["products"].as_array().unwrap().len(), 2, "{prefix}: {all}");
        }
        let all = suggest("kett").await;
        assert_eq!(names(&all["categories"]), ["Kettles & pots"]);
        assert_eq!(names(&all["brands"]), ["Ketteler"]);
        assert_eq!(names(&suggest("pot").await["categories"]), ["Kettles & pots"]);
        let two = suggest("steel ke").await;
        assert_eq!((two["queries"].clone(), names(&two["products"])), (json!(["steel kettle"]), vec!["Steel kettle"]));
        assert_eq!(names(&suggest("ketlte").await["products"]).len(), 2, "misspelled");
        for nothing in ["", "   ", "xyzzy"] {
            let none = json!({ "queries": [], "products": [], "categories": [], "brands": [] });
            assert_eq!(suggest(nothing).await, none, "{nothing:?}");
        }
        let errors = guest.run(SUGGEST, json!({ "prefix": "k", "first": 21 })).await["errors"].clone();
        assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT");
        shop.stop().await;
    })
    .await;
}

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
