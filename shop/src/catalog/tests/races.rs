//! Writers that meet. Each story holds one transaction open until the other one waits for it.

use super::*;
use crate::db::begin_write;
use entities::{brand, id::BrandId, product, variant as variants};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    sea_query::Expr,
};
use tokio::task::JoinHandle;

fn spawn_batch(shop: &Shop, batch: Vec<BulkProduct>) -> JoinHandle<Result<Vec<BulkOutcome>, ShopError>> {
    let shop = shop.clone();
    tokio::spawn(async move { catalog(&shop).upsert_many(&batch).await })
}

/// A copy of a product under another identity.
fn copy(of: &product::Model, slug: &str, external_id: &str) -> product::ActiveModel {
    let mut row = of.clone().into_active_model().reset_all();
    row.id = Set(ProductId::generate());
    row.slug = Set(slug.to_owned());
    row.external_id = Set(Some(external_id.to_owned()));
    row
}

#[tokio::test]
async fn a_slug_that_nobody_chose_is_chosen_again_when_another_product_takes_it() {
    let Some(TestShop { shop, database }) = TestShop::postgres_only().await else {
        return;
    };
    let other = catalog(&shop).product_create(product("Other", "OTHER")).await.unwrap();
    let tx = begin_write(shop.db()).await.unwrap();
    copy(&other.product, "mug", "ext-9").insert(&tx).await.unwrap();
    let creating = tokio::spawn({
        let shop = shop.clone();
        async move { catalog(&shop).product_create(product("Mug", "MUG")).await }
    });
    database.until_blocked().await;
    tx.commit().await.unwrap();
    let made = creating.await.unwrap().unwrap();
    assert_eq!(made.product.slug, "mug-2");
}

#[tokio::test]
async fn a_batch_that_was_outrun_is_done_again() {
    let Some(TestShop { shop, database }) = TestShop::postgres_only().await else {
        return;
    };
    let other = catalog(&shop).product_create(product("Other", "OTHER")).await.unwrap();
    let tx = begin_write(shop.db()).await.unwrap();
    let faster = copy(&other.product, "faster", "ext-1").insert(&tx).await.unwrap();
    let batch = spawn_batch(&shop, vec![feed(1), feed(2)]);
    database.until_blocked().await;
    tx.commit().await.unwrap();
    let outcomes = batch.await.unwrap().unwrap();
    assert_eq!(outcomes[0], BulkOutcome::Updated(faster.id));
    assert!(matches!(outcomes[1], BulkOutcome::Created(_)));
}

#[tokio::test]
async fn a_batch_waits_for_reservations_and_versions_of_others() {
    let Some(TestShop { shop, database }) = TestShop::postgres_only().await else {
        return;
    };
    let staff = catalog(&shop);
    let mut source = feed(1);
    let id = ids(&staff.upsert_many(std::slice::from_ref(&source)).await.unwrap())[0];
    let reserve = variants::Entity::update_many()
        .col_expr(variants::Column::StockReserved, Expr::value(3))
        .filter(variants::Column::ProductId.eq(id));
    let raise = product::Entity::update_many()
        .col_expr(product::Column::Version, Expr::col(product::Column::Version).add(1))
        .filter(product::Column::Id.eq(id));

    let tx = begin_write(shop.db()).await.unwrap();
    reserve.exec(&tx).await.unwrap();
    source.variants[0].stock = 1;
    let batch = spawn_batch(&shop, vec![source.clone()]);
    database.until_blocked().await;
    tx.commit().await.unwrap();
    assert_eq!(batch.await.unwrap().unwrap(), [BulkOutcome::Updated(id)]);
    let view = staff.product(id).await.unwrap();
    let stock = (view.variants[0].stock_on_hand, view.variants[0].stock_reserved);
    assert_eq!((stock, view.product.version), ((3, 3), 2));

    let tx = begin_write(shop.db()).await.unwrap();
    raise.exec(&tx).await.unwrap();
    source.name = "Cup".into();
    let batch = spawn_batch(&shop, vec![source]);
    database.until_blocked().await;
    tx.commit().await.unwrap();
    batch.await.unwrap().unwrap();
    assert_eq!(staff.product(id).await.unwrap().product.version, 4);
}

#[tokio::test]
async fn imports_that_overlap_make_every_product_once() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let forward: Vec<BulkProduct> = (0..40).map(feed).collect();
        let backward: Vec<BulkProduct> = (0..40).rev().map(feed).collect();
        let batches = [forward.clone(), backward, forward].map(|batch| spawn_batch(shop, batch));
        let mut found = Vec::new();
        let mut created = 0;
        for outcomes in futures::future::join_all(batches).await {
            let outcomes = outcomes.unwrap().unwrap();
            created += outcomes.iter().filter(|o| matches!(o, BulkOutcome::Created(_))).count();
            let mut ids = ids(&outcomes);
            ids.sort_unstable();
            found.push(ids);
        }
        assert_eq!(created, 40);
        assert!(found.windows(2).all(|pair| pair[0] == pair[1]));
        let taxonomy = shop.catalog().taxonomy();
        assert_eq!((taxonomy.children(None).count(), taxonomy.brands().count()), (1, 1));
    }
}

#[tokio::test]
async fn a_brand_that_a_product_is_taking_is_in_use() {
    let Some(TestShop { shop, database }) = TestShop::postgres_only().await else {
        return;
    };
    let new = NewBrand {
        name: "Kiln".into(),
        ..NewBrand::default()
    };
    let kiln: BrandId = catalog(&shop).brand_create(new).await.unwrap().id;
    let mug = catalog(&shop).product_create(product("Mug", "MUG")).await.unwrap();
    let tx = begin_write(shop.db()).await.unwrap();
    let mut row = copy(&mug.product, "cup", "ext-1");
    row.brand_id = Set(Some(kiln));
    row.insert(&tx).await.unwrap();
    let deleting = tokio::spawn({
        let shop = shop.clone();
        async move { catalog(&shop).brand_delete(kiln).await }
    });
    database.until_blocked().await;
    tx.commit().await.unwrap();
    let refused = problems(deleting.await.unwrap());
    assert_eq!(refused, [("id".to_owned(), ProblemCode::InUse)]);

    // The other way round: a product waits for the deletion and learns that it came.
    let new = NewBrand {
        name: "Gone".into(),
        ..NewBrand::default()
    };
    let gone = catalog(&shop).brand_create(new).await.unwrap().id;
    let tx = begin_write(shop.db()).await.unwrap();
    brand::Entity::delete_by_id(gone).exec(&tx).await.unwrap();
    let patch = ProductPatch {
        brand: Patch::Set(gone),
        ..ProductPatch::default()
    };
    let updating = tokio::spawn({
        let shop = shop.clone();
        async move { catalog(&shop).product_update(mug.id(), patch).await }
    });
    database.until_blocked().await;
    tx.commit().await.unwrap();
    let refused = problems(updating.await.unwrap());
    assert_eq!(refused, [("brandId".to_owned(), ProblemCode::NotFound)]);
}
