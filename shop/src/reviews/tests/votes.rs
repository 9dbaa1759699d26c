//! Votes.

use super::*;
use entities::id::ReviewId;

async fn helpful(shop: &Shop, id: ReviewId) -> i32 {
    shop.reviews().published(&[id]).await.unwrap()[0].helpful_count
}

#[tokio::test]
async fn a_vote_counts_once_and_can_be_changed_and_taken_back() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let [ada, ben, eve] = customers(shop, ["Ada", "Ben", "Eve"]).await;
        let id = mug(shop, "MUG").await.id();
        let review = shop.reviews().write(&ada, stars(id, 4)).await.unwrap().id;
        for (who, vote, count) in [
            (&ben, Some(true), 1),
            (&ben, Some(true), 1),
            (&eve, Some(true), 2),
            (&ben, Some(false), 1),
            (&ben, None, 1),
            (&ben, None, 1),
            (&eve, None, 0),
            (&eve, Some(false), 0),
        ] {
            let said = shop.reviews().vote(who, review, vote).await.unwrap();
            assert_eq!((said.helpful_count, helpful(shop, review).await), (count, count));
        }
        let votes = shop.reviews().votes(eve.user().id, &[review]).await.unwrap();
        assert_eq!(votes.get(&review), Some(&false));
        assert!(shop.reviews().votes(ben.user().id, &[review]).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn nobody_votes_on_their_own_review_or_on_one_that_is_not_public() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let [ada, ben] = customers(shop, ["Ada", "Ben"]).await;
        let id = mug(shop, "MUG").await.id();
        let review = shop.reviews().write(&ada, stars(id, 4)).await.unwrap().id;
        let refused = problems(shop.reviews().vote(&ada, review, Some(true)).await);
        assert_eq!(refused, [("id".to_owned(), ProblemCode::Invalid)]);
        Staff::operator(shop).reviews().reject(review, "Spam.").await.unwrap();
        for nothing in [review, ReviewId::generate()] {
            let refused = shop.reviews().vote(&ben, nothing, Some(true)).await;
            assert!(matches!(refused, Err(ShopError::NotFound)));
        }
    }
}

#[tokio::test]
async fn votes_that_race_are_all_counted_once() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let ada = customer(shop, "Ada").await;
        let voters = customers(shop, ["B", "C", "D", "E"]).await;
        let id = mug(shop, "MUG").await.id();
        let review = shop.reviews().write(&ada, stars(id, 4)).await.unwrap().id;
        let mut tasks = Vec::new();
        for voter in voters {
            // Each of them twice at once, and with a change of mind in between.
            for _ in 0..2 {
                let shop = shop.clone();
                tasks.push(tokio::spawn(async move {
                    for vote in [Some(true), None, Some(false), Some(true)] {
                        shop.reviews().vote(&voter, review, vote).await.unwrap();
                    }
                }));
            }
        }
        // The author edits all the while: neither loses what the other one wrote.
        for rating in 1..=5 {
            shop.reviews().write(&ada, stars(id, rating)).await.unwrap();
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(helpful(shop, review).await, 4);
        assert_eq!(rating(shop, id).await, (5, 1));
    }
}
