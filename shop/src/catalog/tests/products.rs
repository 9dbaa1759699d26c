//! Products from draft to deletion.

use super::*;
use crate::outbox::Aspect;
use entities::product;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};

#[tokio::test]
async fn a_product_goes_from_draft_to_public_to_gone() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let draft = NewProduct {
            publish: false,
            ..product("Café Mug", "MUG")
        };
        let view = staff.product_create(draft).await.unwrap();
        let id = view.id();
        assert_eq!((view.product.slug.as_str(), view.product.version), ("cafe-mug", 1));
        assert!(shop.catalog().product_by_slug("cafe-mug").await.unwrap().is_none());

        let view = staff.product_set_status(id, ProductStatus::Published).await.unwrap();
        assert!(view.product.published_at.is_some());
        let shown = shop.catalog().product_by_slug("cafe-mug").await.unwrap().unwrap();
        assert_eq!(*shown, view);

        staff.product_set_status(id, ProductStatus::Archived).await.unwrap();
        assert_eq!(shop.catalog().products(&[id]).await.unwrap(), [None]);
        assert_eq!(staff.product(id).await.unwrap().product.version, 3);

        staff.product_delete(id).await.unwrap();
        assert!(matches!(staff.product(id).await, Err(ShopError::NotFound)));
        assert!(matches!(staff.product_delete(id).await, Err(ShopError::NotFound)));
        let deleted = Change::ProductDeleted { id, version: 4 };
        let changed = Change::Product(id, Aspect::Product);
        assert_eq!(changes(shop).await, [changed, changed, changed, deleted]);
    }
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_clears_what_it_is_told_to() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let brand = NewBrand {
            name: "Kiln".into(),
            ..NewBrand::default()
        };
        let brand = staff.brand_create(brand).await.unwrap().id;
        let new = NewProduct {
            brand: Some(brand),
            external_id: Some("ext".into()),
            ..product("Mug", "MUG")
        };
        let before = staff.product_create(new).await.unwrap();
        let patch = ProductPatch {
            description: Some("Porcelain.".into()),
            ..ProductPatch::default()
        };
        let after = staff.product_update(before.id(), patch).await.unwrap();
        let expected = product::Model {
            description: "Porcelain.".into(),
            version: 2,
            updated_at: after.product.updated_at,
            ..before.product.clone()
        };
        assert_eq!(after.product, expected);
        let patch = ProductPatch {
            brand: Patch::Clear,
            external_id: Patch::Clear,
            ..ProductPatch::default()
        };
        let after = staff.product_update(before.id(), patch).await.unwrap().product;
        assert_eq!((after.brand_id, after.external_id), (None, None));
        assert_eq!(after.description, "Porcelain.");
    }
}

#[tokio::test]
async fn slugs_that_nobody_chose_are_numbered_and_chosen_ones_are_refused() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let mut slugs = Vec::new();
        for number in 0..22 {
            let new = product("Mug", &format!("MUG-{number}"));
            slugs.push(staff.product_create(new).await.unwrap().product.slug);
        }
        assert_eq!(slugs[..3], ["mug", "mug-2", "mug-3"]);
        assert_eq!(slugs[19], "mug-20");
        assert!(slugs[20] != slugs[21] && slugs[21].len() > "mug-20".len());
        let chosen = NewProduct {
            slug: Some("mug".into()),
            ..product("Another", "OTHER")
        };
        let refused = problems(staff.product_create(chosen).await);
        assert_eq!(refused, [("slug".to_owned(), ProblemCode::Taken)]);
    }
}

#[tokio::test]
async fn a_refused_change_leaves_nothing() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let one = staff.product_create(product("One", "ONE")).await.unwrap();
        staff.product_create(product("Two", "TWO")).await.unwrap();
        changes(shop).await;
        let refused = problems(staff.product_create(product("Three", "TWO")).await);
        assert_eq!(refused, [("variants.0.sku".to_owned(), ProblemCode::Taken)]);
        let patch = ProductPatch {
            slug: Some("two".into()),
            ..ProductPatch::default()
        };
        let refused = problems(staff.product_update(one.id(), patch).await);
        assert_eq!(refused, [("slug".to_owned(), ProblemCode::Taken)]);
        let patch = ProductPatch {
            brand: Patch::Set(entities::id::BrandId::generate()),
            ..ProductPatch::default()
        };
        let refused = problems(staff.product_update(one.id(), patch).await);
        assert_eq!(refused, [("brandId".to_owned(), ProblemCode::NotFound)]);
        assert_eq!(staff.product(one.id()).await.unwrap(), one);
        assert_eq!(shop.outbox().lag().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_change_that_cannot_be_announced_is_not_made() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let mug = staff.product_create(product("Mug", "MUG")).await.unwrap();
        shop.db().execute_unprepared("DROP TABLE outbox").await.unwrap();
        assert!(staff.product_create(product("Cup", "CUP")).await.is_err());
        assert!(staff.upsert_many(&[feed(1)]).await.is_err());
        assert!(staff.product_delete(mug.id()).await.is_err());
        assert!(staff.variant_set_stock(mug.variants[0].id, 9).await.is_err());
        assert_eq!(product::Entity::find().count(shop.db()).await.unwrap(), 1);
        assert_eq!(staff.product(mug.id()).await.unwrap(), mug);
        shop.catalog().reload_taxonomy().await.unwrap();
        assert_eq!(shop.catalog().taxonomy().brands().count(), 0);
    }
}
