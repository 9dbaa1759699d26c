//! Stories of stored vectors, on SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    Shop,
    catalog::{NewProduct, NewVariant},
    testing::TestShop,
    viewer::Staff,
};
use sea_orm::{ActiveModelTrait, PaginatorTrait};

const MODELS: [&str; 2] = ["text-1", "image-1"];

/// New products, by id.
async fn products(shop: &Shop, count: usize) -> Vec<ProductId> {
    let mut ids = Vec::new();
    for number in 0..count {
        let new = NewProduct {
            name: format!("Mug {number}"),
            variants: vec![NewVariant {
                sku: format!("MUG-{number}"),
                ..NewVariant::default()
            }],
            ..NewProduct::default()
        };
        ids.push(Staff::operator(shop).catalog().product_create(new).await.unwrap().id());
    }
    shop.outbox().publish(1_000).await.unwrap();
    ids.sort_unstable();
    ids
}

fn stored(product: ProductId, modality: Modality, vector: &[f32]) -> StoredVector {
    let model = match modality {
        Modality::Text => MODELS[0],
        Modality::Image => MODELS[1],
    };
    StoredVector {
        product,
        modality,
        model: model.into(),
        content_hash: format!("hash of {vector:?}"),
        vector: vector.to_vec(),
    }
}

async fn changes(shop: &Shop) -> Vec<Change> {
    let published = shop.outbox().publish(1_000).await.unwrap();
    published
        .into_iter()
        .filter_map(|published| published.change())
        .collect()
}

#[tokio::test]
async fn vectors_come_back_as_they_were_and_are_announced() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let ids = products(shop, 2).await;
        let text = stored(ids[0], Modality::Text, &[0.1, -2.5, f32::MIN_POSITIVE]);
        let image = stored(ids[0], Modality::Image, &[1.0]);
        let other = stored(ids[1], Modality::Text, &[3.0]);
        let all = [text.clone(), image.clone(), other.clone()];
        shop.embeddings()
            .store(&all, &HashMap::new(), shop.now())
            .await
            .unwrap();
        assert_eq!(
            changes(shop).await,
            [
                Change::Embedded {
                    product: ids[0],
                    asked_at: None
                },
                Change::Embedded {
                    product: ids[1],
                    asked_at: None
                }
            ]
        );
        let found = shop.embeddings().of(&ids, &MODELS[..1]).await.unwrap();
        assert_eq!(found.len(), 2);
        assert!(found.contains(&text) && found.contains(&other));

        let newer = stored(ids[0], Modality::Text, &[9.0]);
        shop.embeddings()
            .store(std::slice::from_ref(&newer), &HashMap::new(), shop.now())
            .await
            .unwrap();
        let found = shop.embeddings().of(&ids[..1], &MODELS).await.unwrap();
        assert!(found.len() == 2 && found.contains(&newer) && found.contains(&image));
        let hashes = shop.embeddings().hashes(&ids[..1], &MODELS).await.unwrap();
        let expected = [&newer, &image].map(|stored| StoredHash {
            product: stored.product,
            modality: stored.modality,
            content_hash: stored.content_hash.clone(),
        });
        assert_eq!(hashes, HashSet::from(expected));
        shop.embeddings().store(&[], &HashMap::new(), shop.now()).await.unwrap();
        assert_eq!(
            changes(shop).await,
            [Change::Embedded {
                product: ids[0],
                asked_at: None
            }]
        );
    }
}

#[tokio::test]
async fn of_two_vectors_with_one_key_the_later_one_stays() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let id = products(shop, 1).await[0];
        let [first, last] = [[1.0], [2.0]].map(|vector| stored(id, Modality::Text, &vector));
        shop.embeddings()
            .store(&[first, last.clone()], &HashMap::new(), shop.now())
            .await
            .unwrap();
        assert_eq!(shop.embeddings().of(&[id], &MODELS).await.unwrap(), [last]);
        assert_eq!(
            changes(shop).await,
            [Change::Embedded {
                product: id,
                asked_at: None
            }]
        );
    }
}

#[tokio::test]
async fn a_page_holds_all_vectors_of_its_products_in_order() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let ids = products(shop, 5).await;
        let all: Vec<StoredVector> = ids
            .iter()
            .flat_map(|id| [Modality::Text, Modality::Image].map(|modality| stored(*id, modality, &[1.0])))
            .collect();
        shop.embeddings()
            .store(&all, &HashMap::new(), shop.now())
            .await
            .unwrap();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = shop.embeddings().page(&MODELS, after, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.product);
            assert_eq!(page.len() % 2, 0, "a product is not torn apart");
            seen.extend(page.into_iter().map(|stored| stored.product));
        }
        let expected: Vec<ProductId> = ids.iter().flat_map(|id| [*id, *id]).collect();
        assert_eq!(seen, expected);
        assert!(shop.embeddings().page(&["other"], None, 2).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn one_modality_is_forgotten_and_the_rest_goes_with_its_product() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let ids = products(shop, 2).await;
        let text = stored(ids[0], Modality::Text, &[1.0]);
        let image = stored(ids[0], Modality::Image, &[1.0]);
        let kept = stored(ids[1], Modality::Image, &[1.0]);
        shop.embeddings()
            .store(&[text.clone(), image, kept.clone()], &HashMap::new(), shop.now())
            .await
            .unwrap();
        shop.embeddings()
            .forget(&ids[..1], Modality::Image, shop.now())
            .await
            .unwrap();
        assert_eq!(
            shop.embeddings().page(&MODELS, None, 9).await.unwrap(),
            [text, kept.clone()]
        );
        Staff::operator(shop).catalog().product_delete(ids[0]).await.unwrap();
        assert_eq!(shop.embeddings().page(&MODELS, None, 9).await.unwrap(), [kept]);
    }
}

#[tokio::test]
async fn a_deleted_product_is_left_out() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let ids = products(shop, 2).await;
        Staff::operator(shop).catalog().product_delete(ids[0]).await.unwrap();
        changes(shop).await;
        let vectors = [0, 1].map(|place| stored(ids[place], Modality::Text, &[1.0]));
        shop.embeddings()
            .store(&vectors, &HashMap::new(), shop.now())
            .await
            .unwrap();
        assert_eq!(shop.embeddings().page(&MODELS, None, 9).await.unwrap(), vectors[1..]);
        assert_eq!(
            changes(shop).await,
            [Change::Embedded {
                product: ids[1],
                asked_at: None
            }]
        );
    }
}

#[tokio::test]
async fn a_product_that_is_being_deleted_is_left_out() {
    let Some(TestShop { shop, database }) = TestShop::postgres_only().await else {
        return;
    };
    let ids = products(&shop, 2).await;
    let tx = begin_write(shop.db()).await.unwrap();
    entities::product::Entity::delete_by_id(ids[0]).exec(&tx).await.unwrap();
    let vectors = [0, 1].map(|place| stored(ids[place], Modality::Text, &[1.0]));
    let storing = tokio::spawn({
        let (shop, vectors) = (shop.clone(), vectors.clone());
        async move { shop.embeddings().store(&vectors, &HashMap::new(), shop.now()).await }
    });
    database.until_blocked().await;
    tx.commit().await.unwrap();
    storing.await.unwrap().unwrap();
    assert_eq!(shop.embeddings().page(&MODELS, None, 9).await.unwrap(), vectors[1..]);
}

#[tokio::test]
async fn a_damaged_row_is_told_and_not_served() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let id = products(shop, 1).await[0];
        let vector = stored(id, Modality::Text, &[1.0, 2.0]);
        shop.embeddings()
            .store(&[vector], &HashMap::new(), shop.now())
            .await
            .unwrap();
        let mut row = embedding::ActiveModel::from(embedding::Entity::find().one(shop.db()).await.unwrap().unwrap());
        row.vector = Set(vec![0; 7]);
        row.update(shop.db()).await.unwrap();
        let read = shop.embeddings().of(&[id], &MODELS).await;
        assert!(matches!(read, Err(ShopError::Internal(text)) if text.contains(&id.to_string())));
        assert!(shop.embeddings().page(&MODELS, None, 9).await.is_err());
        assert_eq!(embedding::Entity::find().count(shop.db()).await.unwrap(), 1);
    }
}
