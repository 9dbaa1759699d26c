//! A feed meets products that staff made: found by their SKUs.

use super::*;

#[tokio::test]
async fn a_product_without_external_id_is_adopted_by_its_skus() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let made = staff.product_create(product("My mug", "MUG-1")).await.unwrap();
        let mut source = feed(1);
        source.variants.push(BulkVariant {
            sku: "MUG-1-XL".into(),
            ..source.variants[0].clone()
        });
        let outcomes = staff.upsert_many(std::slice::from_ref(&source)).await.unwrap();
        assert_eq!(outcomes, [BulkOutcome::Updated(made.id())]);
        let adopted = staff.product(made.id()).await.unwrap();
        assert_eq!(adopted.product.external_id.as_deref(), Some("ext-1"));
        assert_eq!((adopted.variants.len(), adopted.product.slug.as_str()), (2, "my-mug"));
        let outcomes = staff.upsert_many(&[source]).await.unwrap();
        assert_eq!(outcomes, [BulkOutcome::Unchanged(made.id())]);
    }
}

#[tokio::test]
async fn skus_of_two_products_or_of_one_with_an_external_id_adopt_nothing() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let one = staff.product_create(product("One", "MUG-1")).await.unwrap();
        staff.product_create(product("Two", "MUG-2")).await.unwrap();
        let mut both = feed(1);
        both.variants.push(feed(2).variants.remove(0));
        let mut other = feed(7);
        staff.upsert_many(std::slice::from_ref(&other)).await.unwrap();
        other.external_id = "another".into();
        let outcomes = staff.upsert_many(&[both, other]).await.unwrap();
        let is_refused = |outcome: &BulkOutcome| matches!(outcome, BulkOutcome::Rejected(_));
        assert!(outcomes.iter().all(is_refused), "{outcomes:?}");
        assert_eq!(staff.product(one.id()).await.unwrap(), one);
    }
}

#[tokio::test]
async fn two_products_of_a_batch_do_not_adopt_the_same_one() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let new = NewProduct {
            variants: vec![variant("MUG-1"), variant("MUG-2")],
            ..product("Mugs", "MUG-1")
        };
        let made = staff.product_create(new).await.unwrap();
        let outcomes = staff.upsert_many(&[feed(1), feed(2)]).await.unwrap();
        assert_eq!(outcomes[0], BulkOutcome::Updated(made.id()));
        assert!(matches!(outcomes[1], BulkOutcome::Rejected(_)));
    }
}
