//! What a batch refuses, and that it never spoils its neighbours.

use super::*;

/// Whether a batch of a good, a bad and a good product keeps the good ones; the places of
/// what is wrong with the bad one.
async fn refused(shop: &Shop, spoil: impl FnOnce(&mut BulkProduct)) -> Vec<String> {
    let mut bad = feed(2);
    spoil(&mut bad);
    let outcomes = catalog(shop).upsert_many(&[feed(1), bad, feed(3)]).await.unwrap();
    assert!(outcomes[0].id().is_some() && outcomes[2].id().is_some(), "{outcomes:?}");
    match &outcomes[1] {
        BulkOutcome::Rejected(problems) => problems.iter().map(|problem| problem.path.join(".")).collect(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn a_refused_product_never_spoils_its_neighbours() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let long = "x".repeat(201);
        assert_eq!(refused(shop, |bad| bad.brand = Some(long.clone())).await, ["brand"]);
        assert_eq!(refused(shop, |bad| bad.brand = Some("a\u{0}b".into())).await, ["brand"]);
        let category = vec!["Kitchen".to_owned(), long.clone()];
        assert_eq!(refused(shop, |bad| bad.category = category).await, ["category.1"]);
        let category = vec!["Tab\tbed".to_owned()];
        assert_eq!(refused(shop, |bad| bad.category = category).await, ["category.0"]);
        let places = refused(shop, |bad| {
            bad.history.rating_sum = -1;
            bad.history.rating_count = -1;
            bad.history.sales_count = -1;
        });
        let figures = ["history.rating_sum", "history.rating_count", "history.sales_count"];
        assert_eq!(places.await, figures);
        assert_eq!(
            refused(shop, |bad| bad.external_id = "ext-1".into()).await,
            ["external_id"]
        );
        assert_eq!(refused(shop, |bad| bad.variants[0].sku = "MUG-1".into()).await, ["sku"]);
        assert_eq!(refused(shop, |bad| bad.variants.clear()).await, ["variants"]);
        assert_eq!(refused(shop, |bad| bad.name.clear()).await, ["name"]);
        let taxonomy = shop.catalog().taxonomy();
        assert_eq!(taxonomy.brands().count(), 1, "a refused product makes no brand");
        assert_eq!(taxonomy.children(None).count(), 1, "nor a category");
    }
}

#[tokio::test]
async fn a_description_that_is_too_long_is_cut_and_too_many_pictures_are_refused() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let stored = picture(shop, 50).await;
        let source = BulkProduct {
            pictures: Some(vec![(stored.clone(), format!("a\u{0}b{}", "é".repeat(600)))]),
            ..feed(1)
        };
        let id = ids(&catalog(shop).upsert_many(&[source]).await.unwrap())[0];
        let alt = &catalog(shop).product(id).await.unwrap().media[0].alt;
        assert!(alt.starts_with("a bé") && alt.chars().count() == 500);
        let many = vec![(stored, String::new()); crate::media::MOST_PER_PRODUCT + 1];
        assert_eq!(refused(shop, |bad| bad.pictures = Some(many)).await, ["pictures"]);
    }
}

#[tokio::test]
async fn a_feed_cannot_take_a_sku_of_another_product_nor_add_variants_without_end() {
    for TestShop { shop, .. } in &TestShop::each().await {
        catalog(shop).upsert_many(&[feed(9)]).await.unwrap();
        assert_eq!(refused(shop, |bad| bad.variants[0].sku = "MUG-9".into()).await, ["sku"]);
        let many = |from: usize| -> Vec<BulkVariant> {
            let of = |number: usize| feed(from + number).variants.remove(0);
            (0..60).map(of).collect()
        };
        let mut source = feed(2);
        source.variants = many(100);
        catalog(shop).upsert_many(&[source]).await.unwrap();
        assert_eq!(refused(shop, |bad| bad.variants = many(200)).await, ["variants"]);
    }
}
