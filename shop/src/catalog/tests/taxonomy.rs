//! Categories and brands.

use super::*;
use entities::id::CategoryId;

fn category(name: &str, parent: Option<CategoryId>) -> NewCategory {
    NewCategory {
        name: name.into(),
        parent,
        ..NewCategory::default()
    }
}

fn below(parent: CategoryId) -> CategoryPatch {
    CategoryPatch {
        parent: Patch::Set(parent),
        ..CategoryPatch::default()
    }
}

#[tokio::test]
async fn categories_form_a_tree_without_cycles() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let top = staff.category_create(category("Kitchen", None)).await.unwrap().id;
        let middle = staff.category_create(category("Cups", Some(top))).await.unwrap().id;
        let leaf = staff.category_create(category("Mugs", Some(middle))).await.unwrap().id;
        for parent in [top, middle, leaf] {
            let refused = problems(staff.category_update(top, below(parent)).await);
            assert_eq!(refused, [("parentId".to_owned(), ProblemCode::Invalid)]);
        }
        let refused = problems(staff.category_update(leaf, below(CategoryId::generate())).await);
        assert_eq!(refused, [("parentId".to_owned(), ProblemCode::NotFound)]);
        let refused = problems(staff.category_create(category("Mugs", None)).await);
        assert_eq!(refused, [("slug".to_owned(), ProblemCode::Taken)]);
        let clear = CategoryPatch {
            parent: Patch::Clear,
            ..CategoryPatch::default()
        };
        staff.category_update(leaf, clear).await.unwrap();
        let taxonomy = shop.catalog().taxonomy();
        assert_eq!(taxonomy.path(leaf).len(), 1);
        assert!(taxonomy.is_within(middle, top) && !taxonomy.is_within(leaf, top));
        let expected = [top, middle, leaf, leaf].map(Change::Category);
        assert_eq!(changes(shop).await, expected);
    }
}

#[tokio::test]
async fn what_is_in_use_is_not_deleted() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let outcome = staff.upsert_many(&[feed(1)]).await.unwrap();
        let mug = staff.product(ids(&outcome)[0]).await.unwrap().product;
        let (leaf, brand) = (mug.category_id.unwrap(), mug.brand_id.unwrap());
        let top = shop.catalog().taxonomy().path(leaf)[0].id;
        for id in [leaf, top] {
            let refused = problems(staff.category_delete(id).await);
            assert_eq!(refused, [("id".to_owned(), ProblemCode::InUse)]);
        }
        let refused = problems(staff.brand_delete(brand).await);
        assert_eq!(refused, [("id".to_owned(), ProblemCode::InUse)]);
        staff.product_delete(mug.id).await.unwrap();
        staff.brand_delete(brand).await.unwrap();
        staff.category_delete(leaf).await.unwrap();
        staff.category_delete(top).await.unwrap();
        assert!(matches!(staff.category_delete(top).await, Err(ShopError::NotFound)));
        assert!(matches!(staff.brand_delete(brand).await, Err(ShopError::NotFound)));
        let taxonomy = shop.catalog().taxonomy();
        assert!(taxonomy.category(top).is_none() && taxonomy.brand(brand).is_none());
    }
}

#[tokio::test]
async fn a_brand_keeps_what_its_patch_does_not_name() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        let new = NewBrand {
            name: "Kiln & Co".into(),
            description: "Potters.".into(),
            ..NewBrand::default()
        };
        let brand = staff.brand_create(new.clone()).await.unwrap();
        assert_eq!(brand.slug, "kiln-co");
        assert_eq!(problems(staff.brand_create(new).await)[0].1, ProblemCode::Taken);
        let patch = BrandPatch {
            slug: Some("kiln".into()),
            ..BrandPatch::default()
        };
        let changed = staff.brand_update(brand.id, patch).await.unwrap();
        assert_eq!((changed.name, changed.description), (brand.name, brand.description));
        assert_eq!(shop.catalog().taxonomy().brand_by_slug("kiln").unwrap().id, brand.id);
        assert_eq!(changes(shop).await, [Change::Brand(brand.id); 2]);
    }
}

#[tokio::test]
async fn two_moves_at_once_never_make_a_cycle() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let staff = catalog(shop);
        for round in 0..10 {
            let one = category(&format!("One {round}"), None);
            let two = category(&format!("Two {round}"), None);
            let one = staff.category_create(one).await.unwrap().id;
            let two = staff.category_create(two).await.unwrap().id;
            let outcomes = tokio::join!(
                staff.category_update(one, below(two)),
                staff.category_update(two, below(one))
            );
            assert!(outcomes.0.is_ok() != outcomes.1.is_ok(), "{outcomes:?}");
        }
    }
}

#[tokio::test]
async fn whatever_is_made_at_once_is_shown_afterwards() {
    for TestShop { shop, .. } in &TestShop::each().await {
        for round in 0..5 {
            let names: Vec<String> = (0..8).map(|number| format!("Kind {round} {number}")).collect();
            let staff = catalog(shop);
            let creations = names.iter().map(|name| staff.category_create(category(name, None)));
            let made = futures::future::try_join_all(creations).await.unwrap();
            let taxonomy = shop.catalog().taxonomy();
            assert!(made.iter().all(|made| taxonomy.category(made.id).is_some()));
        }
    }
}

#[tokio::test]
async fn the_relay_is_woken_before_the_taxonomy_is_read_back() {
    let TestShop {
        shop,
        database: _database,
    } = TestShop::open().await;
    let reading = shop.catalog().reloading.clone().lock_owned().await;
    let creating = tokio::spawn({
        let shop = shop.clone();
        async move { catalog(&shop).category_create(category("Kitchen", None)).await }
    });
    tokio::time::timeout(PATIENCE, shop.outbox().woken()).await.unwrap();
    assert!(!creating.is_finished());
    assert_eq!(changes(&shop).await.len(), 1);
    drop(reading);
    let made = creating.await.unwrap().unwrap();
    assert!(shop.catalog().taxonomy().category(made.id).is_some());
}
