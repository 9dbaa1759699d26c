//! Pages, summaries, names.

use super::*;
use chrono::{TimeDelta, Utc};
use entities::id::ReviewId;
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use std::collections::HashSet;

const SORTS: [ReviewSort; 4] = [
    ReviewSort::Newest,
    ReviewSort::Helpful,
    ReviewSort::RatingHigh,
    ReviewSort::RatingLow,
];

/// Published reviews of many users, some written in the same instant; row by row, for speed.
async fn crowd(shop: &Shop, product: ProductId, numbers: std::ops::Range<usize>) -> Vec<ReviewId> {
    let author = customer(shop, &format!("Author {}", numbers.start)).await;
    let like = shop.reviews().write(&author, stars(product, 3)).await.unwrap();
    let template = entities::user_account::Entity::find_by_id(author.user().id)
        .one(shop.db())
        .await
        .unwrap()
        .unwrap();
    let mut ids = vec![like.id];
    for number in numbers {
        let user = entities::user_account::Model {
            id: entities::id::UserId::generate(),
            email: format!("{number}@example.com"),
            ..template.clone()
        };
        let review = Review {
            id: ReviewId::generate(),
            user_id: user.id,
            rating: i32::try_from(number % 5).unwrap() + 1,
            helpful_count: i32::try_from(number % 4).unwrap(),
            is_verified: number % 2 == 0,
            created_at: like.created_at + TimeDelta::milliseconds((number / 3) as i64),
            ..like.clone()
        };
        ids.push(review.id);
        user.into_active_model().reset_all().insert(shop.db()).await.unwrap();
        review.into_active_model().reset_all().insert(shop.db()).await.unwrap();
    }
    ids
}

fn is_sorted(sort: ReviewSort, reviews: &[Review]) -> bool {
    let place = |review: &Review| {
        let ReviewKey { value, id } = sort.key(review);
        (
            if sort == ReviewSort::RatingLow { value } else { -value },
            std::cmp::Reverse(id),
        )
    };
    reviews.windows(2).all(|pair| place(&pair[0]) < place(&pair[1]))
}

#[tokio::test]
async fn pages_in_every_order_have_neither_gaps_nor_repetitions_while_others_write() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let id = mug(shop, "MUG").await.id();
        let there: HashSet<ReviewId> = crowd(shop, id, 0..23).await.into_iter().collect();
        let all = ReviewFilter::default();
        for (round, sort) in SORTS.into_iter().enumerate() {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = shop
                    .reviews()
                    .page(id, all, sort, ReviewWindow::After(after, 4))
                    .await
                    .unwrap();
                assert_eq!(page.has_previous, after.is_some());
                after = page.reviews.last().map(|last| sort.key(last));
                seen.extend(page.reviews);
                if seen.len() == 8 {
                    // In the middle of it a few more come.
                    let start = 100 + round * 10;
                    crowd(shop, id, start..start + 4).await;
                }
                if !page.has_next {
                    break;
                }
            }
            assert!(is_sorted(sort, &seen), "{sort:?}");
            let ids: HashSet<ReviewId> = seen.iter().map(|review| review.id).collect();
            assert_eq!(ids.len(), seen.len(), "{sort:?}: none twice");
            assert!(there.is_subset(&ids), "{sort:?}: none left out");
        }
    }
}

#[tokio::test]
async fn pages_run_backwards_and_by_number_through_the_same_list() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let id = mug(shop, "MUG").await.id();
        let made = crowd(shop, id, 0..13).await.len();
        let all = ReviewFilter::default();
        let page = async |sort, window| shop.reviews().page(id, all, sort, window).await.unwrap();
        for sort in SORTS {
            let whole = page(sort, ReviewWindow::After(None, 100)).await.reviews;
            assert_eq!((whole.len(), is_sorted(sort, &whole)), (made, true));
            let (mut backwards, mut before) = (Vec::new(), None);
            loop {
                let page = page(sort, ReviewWindow::Before(before, 5)).await;
                assert_eq!(page.has_next, before.is_some());
                before = page.reviews.first().map(|first| sort.key(first));
                backwards.splice(0..0, page.reviews);
                if !page.has_previous {
                    break;
                }
            }
            assert_eq!(backwards, whole, "{sort:?}");
            let third = page(sort, ReviewWindow::Offset(10, 5)).await;
            assert_eq!(third.reviews, whole[10..], "{sort:?}");
            assert_eq!((third.has_next, third.has_previous), (false, true));
        }
    }
}

#[tokio::test]
async fn filters_counts_and_summaries_tell_of_published_reviews_alone() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let (id, bare) = (mug(shop, "MUG").await.id(), mug(shop, "BARE").await.id());
        let hidden = crowd(shop, id, 0..10).await[1];
        let row = review::Entity::find_by_id(hidden)
            .one(shop.db())
            .await
            .unwrap()
            .unwrap();
        let mut row = row.into_active_model();
        row.status = sea_orm::ActiveValue::Set(ReviewStatus::Rejected);
        row.update(shop.db()).await.unwrap();
        // One of three stars and ten more, two of each rating, of which one of one star is hidden.
        let summaries = shop.reviews().summaries(&[id, bare]).await.unwrap();
        assert_eq!(summaries[&id], Summary([1, 2, 3, 2, 2]));
        assert_eq!((summaries[&id].count(), summaries[&id].average()), (10, Some(3.2)));
        assert_eq!((summaries.get(&bare), Summary::default().average()), (None, None));
        let count = async |rating, is_verified| {
            let filter = ReviewFilter { rating, is_verified };
            let window = ReviewWindow::After(None, 100);
            let page = shop
                .reviews()
                .page(id, filter, ReviewSort::Newest, window)
                .await
                .unwrap();
            assert_eq!(
                shop.reviews().count(id, filter).await.unwrap(),
                page.reviews.len() as u64
            );
            page.reviews.len()
        };
        assert_eq!(count(None, None).await, 10);
        assert_eq!(count(Some(3), None).await, 3);
        assert_eq!((count(None, Some(true)).await, count(None, Some(false)).await), (4, 6));
        assert!(shop.reviews().published(&[hidden]).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_author_is_called_as_they_call_themselves_now() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let ada = customer(shop, "Ada Lovelace").await.user().id;
        let name = async || shop.reviews().authors(&[ada]).await.unwrap()[&ada].clone();
        assert_eq!(name().await, "Ada L.");
        let row = entities::user_account::Entity::find_by_id(ada)
            .one(shop.db())
            .await
            .unwrap();
        let mut row = row.unwrap().into_active_model();
        row.name = sea_orm::ActiveValue::Set("Nobody".into());
        row.updated_at = sea_orm::ActiveValue::Set(Utc::now());
        row.update(shop.db()).await.unwrap();
        assert_eq!(name().await, "Nobody");
    }
}
