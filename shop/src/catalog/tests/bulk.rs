//! Batches: the same twice, changed ones, and what they cost.

use super::*;

/// Statements that `work` sends.
async fn statements<T>(shop: &Shop, work: impl Future<Output = T>) -> (u64, T) {
    let before = shop.statements().count();
    let outcome = work.await;
    (shop.statements().count() - before, outcome)
}

/// A batch reads categories and brands, SKUs, products and slugs, and writes products,
/// variants, the ledger of stock and the outbox.
const ALL_NEW: u64 = 9;
/// One that makes categories and brands takes its turn, reads them again, writes both and
/// reads them back at the end.
const WITH_TAXONOMY: u64 = ALL_NEW + 7;

/// One without changes reads categories and brands, SKUs, products, variants and pictures;
/// changes add the writing of products, variants, the ledger and the outbox.
const ALL_UNCHANGED: u64 = 6;

#[tokio::test]
async fn a_batch_takes_as_many_statements_for_one_product_as_for_five_hundred() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let mut batch: Vec<BulkProduct> = (0..500).map(feed).collect();
        let (first, _) = statements(shop, staff.upsert_many(&[feed(1_000)])).await;
        let (one, _) = statements(shop, staff.upsert_many(&[feed(1_001)])).await;
        changes(shop).await;
        let (new, outcomes) = statements(shop, staff.upsert_many(&batch)).await;
        let created = outcomes.unwrap();
        assert!(created.iter().all(|outcome| matches!(outcome, BulkOutcome::Created(_))));
        assert_eq!((one, new), (ALL_NEW, ALL_NEW));
        assert!(first <= WITH_TAXONOMY, "{first} with categories and a brand");
        assert_eq!(changes(shop).await.len(), 500);

        let before = shop.catalog().load_fresh(&ids(&created)).await.unwrap();
        let (unchanged, outcomes) = statements(shop, staff.upsert_many(&batch)).await;
        let expected: Vec<_> = ids(&created).into_iter().map(BulkOutcome::Unchanged).collect();
        assert_eq!(outcomes.unwrap(), expected);
        assert_eq!(unchanged, ALL_UNCHANGED);
        assert_eq!(shop.outbox().lag().await.unwrap(), 0);
        assert_eq!(shop.catalog().load_fresh(&ids(&created)).await.unwrap(), before);

        for product in &mut batch[..250] {
            product.variants[0].price = Some(999);
        }
        let (changed, outcomes) = statements(shop, staff.upsert_many(&batch)).await;
        let is_updated = |outcome: &&BulkOutcome| matches!(outcome, BulkOutcome::Updated(_));
        assert_eq!(outcomes.unwrap().iter().filter(is_updated).count(), 250);
        assert_eq!(changed, ALL_UNCHANGED + 3);
        assert_eq!(changes(shop).await.len(), 250);
    }
}

#[tokio::test]
async fn a_changed_product_is_updated_and_keeps_what_is_its_own() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let mut source = feed(1);
        source.history.rating_sum = 9;
        source.history.rating_count = 2;
        let id = ids(&staff.upsert_many(std::slice::from_ref(&source)).await.unwrap())[0];
        let before = staff.product(id).await.unwrap();
        assert_eq!(before.rating(), Some(4.5));
        source.name = "Cup".into();
        source.history = History::default();
        source.category = vec!["KITCHEN".into(), " Cups ".into()];
        source.variants.push(BulkVariant {
            sku: "MUG-1-XL".into(),
            ..source.variants[0].clone()
        });
        let outcomes = staff.upsert_many(std::slice::from_ref(&source)).await.unwrap();
        assert_eq!(outcomes, [BulkOutcome::Updated(id)]);
        let after = staff.product(id).await.unwrap();
        assert_eq!(after.product.name, "Cup");
        assert_eq!((&after.product.slug, after.product.version), (&before.product.slug, 2));
        assert_eq!(after.rating(), Some(4.5));
        assert_eq!(after.variants.iter().map(|v| v.position).collect::<Vec<_>>(), [0, 2]);
        let path = shop.catalog().taxonomy().path(after.product.category_id.unwrap());
        let names: Vec<&str> = path.iter().map(|category| category.name.as_str()).collect();
        assert_eq!(names, ["Kitchen", "Cups"]);
        assert_eq!(
            staff.upsert_many(&[source]).await.unwrap(),
            [BulkOutcome::Unchanged(id)]
        );
    }
}

#[tokio::test]
async fn pictures_are_replaced_when_a_feed_has_others_and_left_when_it_has_none() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let (front, back) = (picture(shop, 50).await, picture(shop, 60).await);
        let mut source = BulkProduct {
            pictures: Some(vec![(front.clone(), "Front".into())]),
            ..feed(1)
        };
        let id = ids(&staff.upsert_many(std::slice::from_ref(&source)).await.unwrap())[0];
        source.pictures = None;
        let outcomes = staff.upsert_many(std::slice::from_ref(&source)).await.unwrap();
        assert_eq!(outcomes, [BulkOutcome::Unchanged(id)]);
        source.pictures = Some(vec![(back.clone(), "Back".into()), (front, "Front".into())]);
        let outcomes = staff.upsert_many(std::slice::from_ref(&source)).await.unwrap();
        assert_eq!(outcomes, [BulkOutcome::Updated(id)]);
        let media = staff.product(id).await.unwrap().media;
        let shown: Vec<(i32, &str)> = media.iter().map(|m| (m.position, m.alt.as_str())).collect();
        assert_eq!(shown, [(0, "Back"), (1, "Front")]);
        assert_eq!(media[0].storage_key, back.key.to_string());
    }
}

#[tokio::test]
async fn categories_get_their_slugs_in_order_of_appearance() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let parents = ["Women", "Men", "Kids", "Home", "Garden", "Office"];
        let batch: Vec<BulkProduct> = (0..)
            .zip(parents)
            .map(|(number, parent)| BulkProduct {
                category: vec![parent.into(), "Accessories".into()],
                brand: Some(format!("{parent}!")),
                ..feed(number)
            })
            .collect();
        let ids = ids(&catalog(shop).upsert_many(&batch).await.unwrap());
        let taxonomy = shop.catalog().taxonomy();
        let views = shop.catalog().products(&ids).await.unwrap();
        let slugs = views.iter().flatten().map(|view| {
            let category = taxonomy.category(view.product.category_id.unwrap()).unwrap();
            category.slug.clone()
        });
        let expected = parents.map(|parent| format!("{}-accessories", parent.to_lowercase()));
        let slugs: Vec<String> = slugs.collect();
        assert_eq!(slugs[0], "accessories");
        assert_eq!(slugs[1..], expected[1..]);
    }
}
