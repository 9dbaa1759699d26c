//! Writing, editing, deleting.

use super::*;
use crate::outbox::{Aspect, Change};
use entities::product::ProductStatus;

#[tokio::test]
async fn every_user_reviews_a_product_once_and_edits_that() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let [ada, ben] = customers(shop, ["Ada Lovelace", "Ben"]).await;
        let id = mug(shop, "MUG").await.id();
        let first = shop.reviews().write(&ada, stars(id, 2)).await.unwrap();
        assert_eq!((first.status, first.is_verified), (ReviewStatus::Published, false));
        shop.reviews().write(&ben, stars(id, 5)).await.unwrap();
        assert_eq!(rating(shop, id).await, (7, 2));

        let edited = shop.reviews().write(&ada, stars(id, 4)).await.unwrap();
        assert_eq!((edited.id, edited.created_at), (first.id, first.created_at));
        assert!(edited.updated_at > edited.created_at);
        assert_eq!(rating(shop, id).await, (9, 2));

        let version = async || {
            Staff::operator(shop)
                .catalog()
                .product(id)
                .await
                .unwrap()
                .product
                .version
        };
        let before = version().await;
        let same = shop.reviews().write(&ada, stars(id, 4)).await.unwrap();
        assert_eq!(
            (same, version().await),
            (edited, before),
            "the same again changes nothing"
        );
    }
}

#[tokio::test]
async fn a_change_of_a_rating_is_seen_by_readers_and_followers() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let ada = customer(shop, "Ada").await;
        let id = mug(shop, "MUG").await.id();
        let shown = async || {
            shop.catalog().products(&[id]).await.unwrap()[0]
                .clone()
                .unwrap()
                .rating()
        };
        assert_eq!(shown().await, None);
        shop.outbox().publish(100).await.unwrap();
        let review = shop.reviews().write(&ada, stars(id, 4)).await.unwrap();
        assert_eq!(shown().await, Some(4.0));
        shop.reviews().delete(&ada, review.id).await.unwrap();
        assert_eq!(shown().await, None);
        let published = shop.outbox().publish(100).await.unwrap();
        let changes: Vec<_> = published.iter().filter_map(|published| published.change()).collect();
        let changed = Change::Product(id, Aspect::Reviews);
        assert_eq!(changes, [Change::Events, changed, changed]);
    }
}

#[tokio::test]
async fn writers_that_meet_keep_sum_and_count_exact() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let id = mug(shop, "MUG").await.id();
        let writers = customers(shop, ["A", "B", "C", "D", "E", "F"]).await;
        let mut tasks = Vec::new();
        for (number, writer) in writers.into_iter().enumerate() {
            let shop = shop.clone();
            tasks.push(tokio::spawn(async move {
                for round in 0..4 {
                    let rating = i32::try_from((number + round) % 5).unwrap() + 1;
                    let review = shop.reviews().write(&writer, stars(id, rating)).await.unwrap();
                    if (number + round) % 3 == 0 {
                        shop.reviews().delete(&writer, review.id).await.unwrap();
                    }
                }
            }));
        }
        // One user from two windows at once: still one review.
        let twice = customer(shop, "Twice").await;
        for rating in [1, 5] {
            let shop = shop.clone();
            tasks.push(tokio::spawn(async move {
                shop.reviews().write(&twice, stars(id, rating)).await.unwrap();
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert!(rating(shop, id).await.1 >= 1);
        assert_eq!(shop.reviews().by_user(twice.user().id, &[id]).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn what_is_no_review_is_refused_with_every_place() {
    let TestShop { shop, .. } = &TestShop::open().await;
    let ada = customer(shop, "Ada").await;
    let id = mug(shop, "MUG").await.id();
    let good = || stars(id, 3);
    let long = |length: usize| "x".repeat(length);
    for (input, expected) in [
        (
            NewReview { rating: 0, ..good() },
            vec![("rating", ProblemCode::OutOfRange)],
        ),
        (
            NewReview { rating: 6, ..good() },
            vec![("rating", ProblemCode::OutOfRange)],
        ),
        (
            NewReview {
                rating: i32::MIN,
                ..good()
            },
            vec![("rating", ProblemCode::OutOfRange)],
        ),
        (
            NewReview {
                title: long(151),
                ..good()
            },
            vec![("title", ProblemCode::TooLong)],
        ),
        (
            NewReview {
                title: "a\nb".into(),
                ..good()
            },
            vec![("title", ProblemCode::Invalid)],
        ),
        (
            NewReview {
                body: " \n".into(),
                ..good()
            },
            vec![("body", ProblemCode::Required)],
        ),
        (
            NewReview {
                body: long(5_001),
                ..good()
            },
            vec![("body", ProblemCode::TooLong)],
        ),
        (
            NewReview {
                body: "a\u{0}b".into(),
                ..good()
            },
            vec![("body", ProblemCode::Invalid)],
        ),
        (
            NewReview {
                rating: 9,
                title: long(151),
                body: String::new(),
                ..good()
            },
            vec![
                ("rating", ProblemCode::OutOfRange),
                ("title", ProblemCode::TooLong),
                ("body", ProblemCode::Required),
            ],
        ),
        (
            stars(ProductId::generate(), 3),
            vec![("productId", ProblemCode::NotFound)],
        ),
    ] {
        let said = problems(shop.reviews().write(&ada, input.clone()).await);
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(path, code)| (path.to_owned(), code))
            .collect();
        assert_eq!(said, expected, "{input:?}");
    }
    assert_eq!(rating(shop, id).await, (0, 0));
}

#[tokio::test]
async fn what_is_not_public_cannot_be_reviewed_and_leaves_no_trace() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let ada = customer(shop, "Ada").await;
        let staff = Staff::operator(shop).catalog();
        let id = mug(shop, "MUG").await.id();
        let hidden = staff.product_set_status(id, ProductStatus::Archived).await.unwrap();
        let refused = problems(shop.reviews().write(&ada, stars(id, 3)).await);
        assert_eq!(refused, [("productId".to_owned(), ProblemCode::NotFound)]);
        assert_eq!(staff.product(id).await.unwrap(), hidden);
    }
}

#[tokio::test]
async fn nobody_deletes_what_another_one_wrote() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let [ada, ben] = customers(shop, ["Ada", "Ben"]).await;
        let id = mug(shop, "MUG").await.id();
        let review = shop.reviews().write(&ada, stars(id, 3)).await.unwrap();
        let refused = shop.reviews().delete(&ben, review.id).await;
        assert!(matches!(refused, Err(ShopError::NotFound)));
        assert_eq!(rating(shop, id).await, (3, 1));
        shop.reviews().delete(&ada, review.id).await.unwrap();
        assert_eq!(rating(shop, id).await, (0, 0));
        let again = shop.reviews().delete(&ada, review.id).await;
        assert!(matches!(again, Err(ShopError::NotFound)));
    }
}

#[tokio::test]
async fn a_product_takes_its_reviews_and_votes_along() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let [ada, ben] = customers(shop, ["Ada", "Ben"]).await;
        let (gone, stays) = (mug(shop, "GONE").await.id(), mug(shop, "STAYS").await.id());
        let review = shop.reviews().write(&ada, stars(gone, 3)).await.unwrap();
        shop.reviews().vote(&ben, review.id, Some(true)).await.unwrap();
        shop.reviews().write(&ada, stars(stays, 4)).await.unwrap();
        Staff::operator(shop).catalog().product_delete(gone).await.unwrap();
        let left = review::Entity::find().all(shop.db()).await.unwrap();
        assert_eq!(left.iter().map(|review| review.product_id).collect::<Vec<_>>(), [stays]);
        assert!(
            shop.reviews()
                .votes(ben.user().id, &[review.id])
                .await
                .unwrap()
                .is_empty()
        );
    }
}
