//! Variants and stock.

use super::*;
use crate::outbox::Aspect;
use entities::{id::VariantId, variant::Entity as Variants};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};

/// Promises pieces of a variant to an order.
async fn reserve(shop: &Shop, variant: &Variant, pieces: i32) {
    let mut row = variant.clone().into_active_model();
    row.stock_reserved = Set(pieces);
    row.update(shop.db()).await.unwrap();
}

#[tokio::test]
async fn stock_never_falls_below_what_is_promised() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let view = staff.product_create(product("Mug", "MUG")).await.unwrap();
        let mug = &view.variants[0];
        reserve(shop, mug, 3).await;
        let refused = problems(staff.variant_set_stock(mug.id, 2).await);
        assert_eq!(refused, [("stock".to_owned(), ProblemCode::OutOfRange)]);
        let refused = problems(staff.variant_set_stock(mug.id, -1).await);
        assert_eq!(refused, [("stock".to_owned(), ProblemCode::OutOfRange)]);
        let view = staff.variant_set_stock(mug.id, 3).await.unwrap();
        assert_eq!((view.variants[0].stock_on_hand, view.is_available()), (3, false));
        assert!(staff.variant_set_stock(mug.id, 4).await.unwrap().is_available());
        let gone = staff.variant_set_stock(VariantId::generate(), 4).await;
        assert!(matches!(gone, Err(ShopError::NotFound)));
    }
}

#[tokio::test]
async fn variants_come_change_and_go_but_never_the_last_one() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let view = staff.product_create(product("Mug", "MUG")).await.unwrap();
        let view = staff.variant_create(view.id(), variant("MUG-XL")).await.unwrap();
        let [small, large] = [view.variants[0].clone(), view.variants[1].clone()];
        assert_eq!((large.position, view.product.version), (1, 2));
        let refused = problems(staff.variant_create(view.id(), variant("MUG")).await);
        assert_eq!(refused, [("sku".to_owned(), ProblemCode::Taken)]);

        let patch = VariantPatch {
            price: Patch::Clear,
            title: Some("Large".into()),
            ..VariantPatch::default()
        };
        let view = staff.variant_update(large.id, patch).await.unwrap();
        let changed = &view.variants[1];
        assert_eq!((changed.price_amount, changed.title.as_str()), (None, "Large"));
        assert_eq!((changed.stock_on_hand, changed.sku.as_str()), (5, "MUG-XL"));

        reserve(shop, changed, 1).await;
        let refused = problems(staff.variant_delete(large.id).await);
        assert_eq!(refused, [("id".to_owned(), ProblemCode::InUse)]);
        assert_eq!(staff.variant_delete(small.id).await.unwrap().variants.len(), 1);
        let refused = problems(staff.variant_delete(large.id).await);
        assert_eq!(refused, [("id".to_owned(), ProblemCode::InUse)]);
        let aspects = [Aspect::Product, Aspect::Variants, Aspect::Variants, Aspect::Variants];
        assert_eq!(
            changes(shop).await,
            aspects.map(|aspect| Change::Product(view.id(), aspect))
        );

        let refused = problems(staff.product_delete(view.id()).await);
        assert_eq!(refused, [("id".to_owned(), ProblemCode::InUse)]);
        reserve(shop, changed, 0).await;
        staff.product_delete(view.id()).await.unwrap();
        let orphan = Variants::find_by_id(large.id).one(shop.db()).await.unwrap();
        assert!(orphan.is_none(), "variants go with their product");
    }
}
