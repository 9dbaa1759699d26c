//! How many statements reads take.

use super::*;

/// Products of which each has as many pictures.
async fn with_pictures(shop: &Shop, products: usize, pictures: usize) -> Vec<ProductId> {
    let mut stored = Vec::new();
    for number in 0..pictures {
        let width = u32::try_from(40 + number).unwrap();
        stored.push((picture(shop, width).await, format!("View {number}")));
    }
    let batch: Vec<BulkProduct> = (0..products)
        .map(|number| BulkProduct {
            pictures: Some(stored.clone()),
            ..feed(number)
        })
        .collect();
    ids(&catalog(shop).upsert_many(&batch).await.unwrap())
}

#[tokio::test]
async fn products_take_three_statements_cold_and_none_warm_whatever_they_hold() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let ids = with_pictures(shop, 40, 6).await;
        for count in [1, 40] {
            shop.catalog().invalidate(&ids);
            let before = shop.statements().count();
            let cold = shop.catalog().products(&ids[..count]).await.unwrap();
            assert!(shop.statements().count() - before <= 3);
            let before = shop.statements().count();
            let warm = shop.catalog().products(&ids[..count]).await.unwrap();
            assert_eq!(shop.statements().count(), before);
            assert_eq!(cold, warm);
            for (view, id) in warm.iter().zip(&ids) {
                let view = view.as_ref().unwrap();
                assert_eq!((view.id(), view.media.len()), (*id, 6));
                let places: Vec<i32> = view.media.iter().map(|picture| picture.position).collect();
                assert_eq!(places, [0, 1, 2, 3, 4, 5]);
            }
        }
    }
}

#[tokio::test]
async fn a_product_by_its_slug_takes_four_statements_cold_and_none_warm() {
    for TestShop { shop, .. } in &TestShop::each().await {
        with_pictures(shop, 2, 2).await;
        let before = shop.statements().count();
        let cold = shop.catalog().product_by_slug("mug-1").await.unwrap().unwrap();
        assert!(shop.statements().count() - before <= 4);
        let before = shop.statements().count();
        let warm = shop.catalog().product_by_slug("mug-1").await.unwrap().unwrap();
        assert_eq!((shop.statements().count(), warm), (before, cold));
    }
}

#[tokio::test]
async fn a_renamed_slug_finds_nothing_and_the_new_one_does() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let mug = catalog(shop).product_create(product("Mug", "MUG")).await.unwrap();
        shop.catalog().product_by_slug("mug").await.unwrap().unwrap();
        let patch = ProductPatch {
            slug: Some("cup".into()),
            ..ProductPatch::default()
        };
        catalog(shop).product_update(mug.id(), patch).await.unwrap();
        assert!(shop.catalog().product_by_slug("mug").await.unwrap().is_none());
        let found = shop.catalog().product_by_slug("cup").await.unwrap().unwrap();
        assert_eq!(found.id(), mug.id());
    }
}

#[tokio::test]
async fn pages_hold_every_product_once() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let mut expected = with_pictures(shop, 7, 1).await;
        expected.sort_unstable();
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = shop.catalog().load_after(after, 3).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.id());
            found.extend(page.iter().map(ProductView::id));
        }
        assert_eq!(found, expected);
        let fresh = shop.catalog().load_fresh(&expected).await.unwrap();
        assert!(
            fresh
                .iter()
                .all(|view| view.media.len() == 1 && view.variants.len() == 1)
        );
    }
}
