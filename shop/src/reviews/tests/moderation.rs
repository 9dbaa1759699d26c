//! What staff decide.

use super::*;
use crate::testing::TestDatabase;
use entities::id::ReviewId;

#[tokio::test]
async fn staff_take_a_review_away_and_bring_it_back() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let [ada, ben] = customers(shop, ["Ada", "Ben"]).await;
        let staff = viewer(shop, "Staff", Role::Staff).await;
        let actor = staff.user().unwrap().id;
        let reviews = staff.staff(shop).await.unwrap().reviews();
        let id = mug(shop, "MUG").await.id();
        let review = shop.reviews().write(&ada, stars(id, 1)).await.unwrap();
        shop.reviews().write(&ben, stars(id, 5)).await.unwrap();
        let rejected = reviews.reject(review.id, " Not about the mug. ").await.unwrap();
        assert_eq!(
            (
                rejected.status,
                rejected.moderation_note.as_str(),
                rejected.moderated_by
            ),
            (ReviewStatus::Rejected, "Not about the mug.", Some(actor))
        );
        assert_eq!(rejected.updated_at, review.updated_at, "staff are no authors");
        assert_eq!(rating(shop, id).await, (5, 1));
        reviews.reject(review.id, "Not about the mug.").await.unwrap();
        assert_eq!(rating(shop, id).await, (5, 1));
        for _ in 0..2 {
            let published = reviews.publish(review.id).await.unwrap();
            assert_eq!(
                (published.status, published.moderation_note.as_str()),
                (ReviewStatus::Published, "")
            );
            assert_eq!(rating(shop, id).await, (6, 2));
        }
    }
}

#[tokio::test]
async fn an_edit_is_no_way_around_a_refusal() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let ada = customer(shop, "Ada").await;
        let staff = Staff::operator(shop).reviews();
        let id = mug(shop, "MUG").await.id();
        let review = shop.reviews().write(&ada, stars(id, 1)).await.unwrap().id;
        staff.reject(review, "Spam.").await.unwrap();
        for rating in [2, 3] {
            let edited = shop.reviews().write(&ada, stars(id, rating)).await.unwrap();
            assert_eq!(edited.status, ReviewStatus::Pending);
        }
        assert_eq!(rating(shop, id).await, (0, 0));
        staff.publish(review).await.unwrap();
        assert_eq!(rating(shop, id).await, (3, 1));
        shop.reviews().write(&ada, stars(id, 4)).await.unwrap();
        assert_eq!(rating(shop, id).await, (4, 1));
    }
}

#[tokio::test]
async fn where_staff_look_first_nothing_counts_before_they_did() {
    for database in TestDatabase::each().await {
        let settings = ReviewSettings {
            moderation: Moderation::Before,
        };
        let TestShop { shop, .. } = &TestShop::reviewing(database, settings).await;
        let ada = customer(shop, "Ada").await;
        let staff = Staff::operator(shop).reviews();
        let id = mug(shop, "MUG").await.id();
        let review = shop.reviews().write(&ada, stars(id, 4)).await.unwrap();
        assert_eq!((review.status, rating(shop, id).await), (ReviewStatus::Pending, (0, 0)));
        staff.publish(review.id).await.unwrap();
        assert_eq!(rating(shop, id).await, (4, 1));
        // An edit waits again, and does not count as long.
        let edited = shop.reviews().write(&ada, stars(id, 5)).await.unwrap();
        assert_eq!((edited.status, rating(shop, id).await), (ReviewStatus::Pending, (0, 0)));
        shop.reviews().delete(&ada, review.id).await.unwrap();
        assert_eq!(rating(shop, id).await, (0, 0));
    }
}

#[tokio::test]
async fn a_refusal_says_why_and_names_a_review() {
    let TestShop { shop, .. } = &TestShop::open().await;
    let staff = Staff::operator(shop).reviews();
    let long = "x".repeat(501);
    for (note, code) in [
        ("  ", ProblemCode::Required),
        (long.as_str(), ProblemCode::TooLong),
        ("a\u{7}", ProblemCode::Invalid),
    ] {
        let refused = problems(staff.reject(ReviewId::generate(), note).await);
        assert_eq!(refused, [("note".to_owned(), code)], "{note}");
    }
    let nothing = ReviewId::generate();
    assert!(matches!(staff.reject(nothing, "x").await, Err(ShopError::NotFound)));
    assert!(matches!(staff.publish(nothing).await, Err(ShopError::NotFound)));
}

#[tokio::test]
async fn decisions_edits_and_deletions_that_race_keep_the_rating_exact() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let writers = customers(shop, ["A", "B", "C"]).await;
        let id = mug(shop, "MUG").await.id();
        let mut tasks = Vec::new();
        for writer in writers {
            let review = shop.reviews().write(&writer, stars(id, 3)).await.unwrap().id;
            let (editing, deciding) = (shop.clone(), shop.clone());
            tasks.push(tokio::spawn(async move {
                for rating in [1, 5, 2] {
                    editing.reviews().write(&writer, stars(id, rating)).await.unwrap();
                }
            }));
            tasks.push(tokio::spawn(async move {
                let staff = Staff::operator(&deciding).reviews();
                staff.reject(review, "Hm.").await.unwrap();
                staff.publish(review).await.unwrap();
                staff.reject(review, "No.").await.unwrap();
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        rating(shop, id).await;
    }
}

#[tokio::test]
async fn staff_find_reviews_of_every_status_by_status_text_and_product() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let [ada, ben] = customers(shop, ["Ada", "Ben"]).await;
        let staff = Staff::operator(shop).reviews();
        let (mug, cup) = (mug(shop, "MUG").await.id(), mug(shop, "CUP").await.id());
        let first = shop.reviews().write(&ada, stars(mug, 4)).await.unwrap().id;
        let loud = NewReview {
            body: "SHINY thing".into(),
            ..stars(cup, 5)
        };
        let second = shop.reviews().write(&ada, loud).await.unwrap().id;
        let third = shop.reviews().write(&ben, stars(mug, 1)).await.unwrap().id;
        staff.reject(third, "No.").await.unwrap();
        let found = async |filter: AdminReviewFilter| {
            let page = staff.list(&filter, 0, 10).await.unwrap();
            assert_eq!(page.total, page.reviews.len() as u64);
            page.reviews.iter().map(|review| review.id).collect::<Vec<_>>()
        };
        let all = AdminReviewFilter::default;
        assert_eq!(found(all()).await, [third, second, first]);
        let status = Some(ReviewStatus::Rejected);
        assert_eq!(found(AdminReviewFilter { status, ..all() }).await, [third]);
        let text = Some(" shiny ".to_owned());
        assert_eq!(found(AdminReviewFilter { text, ..all() }).await, [second]);
        let product = Some(mug);
        assert_eq!(found(AdminReviewFilter { product, ..all() }).await, [third, first]);
        let page = staff.list(&all(), 1, 1).await.unwrap();
        assert_eq!((page.reviews[0].id, page.total), (second, 3));
    }
}
