//! Whether the past could have been: the script by itself, and a shop that lived through it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod books;

use super::{
    Lived,
    script::{Account, Fate, Script},
    timeline::{Deed, Event, Plan},
};
use crate::demo::{Catalogue, SeedReport, tests::Fixture};
use chrono::{DateTime, TimeDelta, Utc};
use entities::{cart_line, coupon, mail, order, order_event, refund, review, review_vote, session, stock_movement};
use indicatif::ProgressBar;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use shop::{
    Currency,
    orders::{OrderStatus, PaymentState, Period, SeriesStep},
    reviews::ReviewStatus,
    viewer::Admin,
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a shop with nothing in it gets.
fn whole() -> Lived {
    let script = Script::load().unwrap();
    Lived {
        coupons: script.coupons.len(),
        orders: script.orders.len(),
        reviews: script.reviews.len(),
    }
}

fn events(script: &Script, start: DateTime<Utc>, has_test_payments: bool) -> Vec<Event> {
    let catalogue = Catalogue::load(Currency::USD).unwrap();
    let since = catalogue
        .products
        .iter()
        .map(|product| (product.sku.as_str(), product.bulk.history.created_at.unwrap()));
    let plan = Plan {
        script,
        start,
        since: since.collect(),
        has_test_payments,
    };
    plan.events()
}

#[test]
fn everything_that_is_bought_and_reviewed_is_in_the_catalogue_and_stocked() {
    let script = Script::load().unwrap();
    let catalogue = Catalogue::load(Currency::USD).unwrap();
    let stocks: HashMap<&str, i32> = catalogue
        .products
        .iter()
        .map(|product| {
            let best = product.bulk.variants.iter().map(|variant| variant.stock).max();
            (product.sku.as_str(), best.unwrap_or(0))
        })
        .collect();
    let mut wanted: HashMap<&str, i32> = HashMap::new();
    for order in &script.orders {
        for line in order.lines() {
            let (sku, pieces) = line.unwrap();
            *wanted.entry(sku).or_default() += pieces;
        }
        let code = order.coupon.as_deref();
        assert!(code.is_none_or(|code| script.coupons.iter().any(|coupon| coupon.code == code)));
    }
    for (sku, pieces) in wanted {
        assert!(stocks[sku] >= pieces, "{sku}");
    }
    let (mut texts, mut authors) = (HashSet::new(), HashSet::new());
    for (sku, review) in &script.reviews {
        assert!(stocks.contains_key(sku.as_str()), "{sku}");
        assert!(
            (1..=5).contains(&review.stars) && review.text.len() > 20,
            "{}",
            review.text
        );
        assert!(texts.insert(review.text.as_str()), "{}", review.text);
        assert!(authors.insert((sku, &review.by)), "{sku} by {} twice", review.by);
        assert_ne!(script.people[&review.by].account, Account::Guest);
    }
}

#[test]
fn there_is_something_of_everything() {
    let script = Script::load().unwrap();
    let mut fates: HashMap<Fate, usize> = HashMap::new();
    for order in &script.orders {
        *fates.entry(order.fate).or_default() += 1;
    }
    assert_eq!(fates.len(), 10, "{fates:?}");
    assert!((40..=60).contains(&script.orders.len()));
    assert!((150..=250).contains(&script.reviews.len()));
    let products: HashSet<&String> = script.reviews.iter().map(|(sku, _)| sku).collect();
    assert!(products.len() >= 60);
    let stars: HashSet<i32> = script.reviews.iter().map(|(_, review)| review.stars).collect();
    assert_eq!(stars.len(), 5);
}

#[test]
fn all_of_it_is_over_at_the_start_and_in_an_order_that_makes_sense() {
    let script = Script::load().unwrap();
    let start = Utc::now();
    for has_test_payments in [true, false] {
        let events = events(&script, start, has_test_payments);
        assert_eq!(events, self::events(&script, start, has_test_payments));
        assert!(events.iter().all(|event| event.at < start), "{:?}", events.last());
        let mut at: HashMap<&Deed, DateTime<Utc>> = HashMap::new();
        for event in &events {
            assert!(at.insert(&event.deed, event.at).is_none(), "{:?} twice", event.deed);
        }
        for (place, order) in script.orders.iter().enumerate() {
            if script.people[&order.by].account == Account::StandIn {
                assert!(
                    at[&Deed::Join(order.by.clone())] < at[&Deed::Place(place)],
                    "{}",
                    order.by
                );
            }
        }
        for event in &events {
            if let Deed::Vote(place, voter) = &event.deed {
                assert!(at[&Deed::Review(*place)] <= event.at && at[&Deed::Join(voter.clone())] <= event.at);
            }
        }
    }
}

#[tokio::test]
async fn a_shop_gets_its_past_once() {
    let demo = Fixture::open().await;
    let report = demo.seeder().ensure().await.unwrap();
    assert_eq!(report.lived, whole());
    let before = traces(&demo).await;
    assert_eq!(demo.seeder().ensure().await.unwrap().lived, Lived::default());
    assert_eq!(demo.seeder().seed().await.unwrap().lived, Lived::default());
    // The command puts stocks back as the catalogue has them, which the ledger of stock tells.
    let after = Traces {
        movements: before.movements,
        ..traces(&demo).await
    };
    assert_eq!(after, before);
}

#[tokio::test]
async fn orders_stand_where_the_script_leaves_them() {
    let demo = Fixture::open().await;
    demo.seeder().ensure().await.unwrap();
    let admin = Admin::operator(&demo.shop);
    let orders = admin.orders().list(&Default::default(), 0, 100).await.unwrap().orders;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for view in &orders {
        let state = format!("{:?} {:?}", view.order.status, view.payment_state());
        *seen.entry(state).or_default() += 1;
    }
    let mut expected: BTreeMap<String, usize> = BTreeMap::new();
    for order in Script::load().unwrap().orders {
        let (status, money) = match order.fate {
            Fate::Delivered => (OrderStatus::Delivered, PaymentState::Paid),
            Fate::Sent => (OrderStatus::Fulfilled, PaymentState::Paid),
            Fate::Paid => (OrderStatus::Paid, PaymentState::Paid),
            Fate::Awaited => (OrderStatus::PendingPayment, PaymentState::Pending),
            Fate::Lapsed | Fate::Withdrawn => (OrderStatus::Cancelled, PaymentState::Void),
            Fate::Cancelled => (OrderStatus::Cancelled, PaymentState::Refunded),
            Fate::Returned => (OrderStatus::Refunded, PaymentState::Refunded),
            Fate::PartReturned | Fate::Allowed => (OrderStatus::Delivered, PaymentState::PartiallyRefunded),
        };
        *expected.entry(format!("{status:?} {money:?}")).or_default() += 1;
    }
    assert_eq!(seen, expected);
    books::balance(&demo).await;
    // Nobody hears of what is long over, and nobody stays logged in.
    assert_eq!(mail::Entity::find().count(&demo.db.connection).await.unwrap(), 0);
    let open = session::Entity::find().filter(session::Column::RevokedAt.is_null());
    assert_eq!(open.count(&demo.db.connection).await.unwrap(), 0);
    assert_eq!(cart_line::Entity::find().count(&demo.db.connection).await.unwrap(), 0);
}

#[tokio::test]
async fn the_dashboard_shows_the_sales_of_two_months() {
    let demo = Fixture::open().await;
    demo.seeder().ensure().await.unwrap();
    let now = demo.shop.now();
    let period = Period::new(now - TimeDelta::days(61), now).unwrap();
    let dashboard = Admin::operator(&demo.shop).dashboard();
    let figures = dashboard.figures(period).await.unwrap();
    assert!(figures.orders > 45 && figures.sales > 500_000, "{figures:?}");
    assert!(figures.refunds > 0 && figures.new_customers > 2, "{figures:?}");
    let days = dashboard.series(period, SeriesStep::Day).await.unwrap();
    assert!(days.iter().filter(|day| day.orders > 0).count() > 35);
    let work = dashboard.open_work().await.unwrap();
    assert_eq!((work.to_fulfil, work.awaiting_payment), (4, 2));
    assert_eq!((work.failed_refunds, work.mismatched_payments), (0, 0));
}

#[tokio::test]
async fn ratings_agree_with_reviews_and_some_are_verified() {
    let demo = Fixture::open().await;
    demo.seeder().ensure().await.unwrap();
    let reviews = review::Entity::find().all(&demo.db.connection).await.unwrap();
    let products = demo.products().await;
    for planned in Catalogue::load(Currency::USD).unwrap().products {
        let product = &products[&planned.sku].product;
        let own = reviews
            .iter()
            .filter(|review| review.product_id == product.id && review.status == ReviewStatus::Published);
        let stars: Vec<i64> = own.map(|review| review.rating.into()).collect();
        let history = planned.bulk.history;
        assert_eq!(
            product.rating_sum,
            history.rating_sum + stars.iter().sum::<i64>(),
            "{}",
            planned.sku
        );
        assert_eq!(
            product.rating_count,
            history.rating_count + i32::try_from(stars.len()).unwrap(),
            "{}",
            planned.sku
        );
    }
    let votes = review_vote::Entity::find().all(&demo.db.connection).await.unwrap();
    for review in &reviews {
        let helpful = votes
            .iter()
            .filter(|vote| vote.review_id == review.id && vote.is_helpful);
        assert_eq!(usize::try_from(review.helpful_count).unwrap(), helpful.count());
    }
    let of = |status| reviews.iter().filter(|review| review.status == status).count();
    assert_eq!((of(ReviewStatus::Pending), of(ReviewStatus::Rejected)), (2, 1));
    let verified = reviews.iter().filter(|review| review.is_verified).count();
    assert!((30..reviews.len() / 2).contains(&verified), "{verified}");
}

/// How many rows there are of what a past leaves.
#[derive(Debug, PartialEq)]
struct Traces {
    coupons: Vec<coupon::Model>,
    orders: Vec<order::Model>,
    reviews: Vec<review::Model>,
    events: u64,
    refunds: u64,
    votes: u64,
    movements: u64,
}

async fn traces(demo: &Fixture) -> Traces {
    let db = &demo.db.connection;
    let mut orders = order::Entity::find().all(db).await.unwrap();
    for order in &mut orders {
        // A repeated deed may lock an order that it then leaves as it is.
        order.version = 0;
        order.updated_at = order.placed_at;
    }
    Traces {
        coupons: coupon::Entity::find().all(db).await.unwrap(),
        orders,
        reviews: review::Entity::find().all(db).await.unwrap(),
        events: order_event::Entity::find().count(db).await.unwrap(),
        refunds: refund::Entity::find().count(db).await.unwrap(),
        votes: review_vote::Entity::find().count(db).await.unwrap(),
        movements: stock_movement::Entity::find().count(db).await.unwrap(),
    }
}

#[tokio::test]
async fn a_past_whose_every_deed_is_done_a_second_time_is_the_same() {
    let demo = Fixture::open().await;
    demo.seeder().ensure().await.unwrap();
    let before = traces(&demo).await;
    // As if a process had been killed again and again before it could note anything.
    let mut run = demo.run().await;
    (run.checkpoint.past.done, run.checkpoint.past.is_over) = (0, false);
    demo.note(&run).await;
    demo.seeder().ensure().await.unwrap();
    assert_eq!(traces(&demo).await, before);
    books::balance(&demo).await;
}

#[tokio::test]
async fn a_past_that_was_broken_off_goes_on() {
    let demo = Fixture::without_a_past().await;
    let mut run = demo.run().await;
    let catalogue = Catalogue::load(Currency::USD).unwrap();
    let half = super::live_up_to(&demo.shop, &mut run, &catalogue, &ProgressBar::hidden(), 9)
        .await
        .unwrap();
    assert!(half.reviews < whole().reviews);
    let rest = demo.seeder().ensure().await.unwrap().lived;
    let sum = Lived {
        coupons: half.coupons + rest.coupons,
        orders: half.orders + rest.orders,
        reviews: half.reviews + rest.reviews,
    };
    assert_eq!(sum, whole());
    books::balance(&demo).await;
}

#[tokio::test]
async fn a_shop_of_an_earlier_edition_gets_a_past_around_what_its_owner_changed() {
    let demo = Fixture::without_a_past().await;
    let before = demo.products().await;
    let admin = Admin::operator(&demo.shop);
    admin
        .staff()
        .catalog()
        .product_delete(before["COO-03"].id())
        .await
        .unwrap();
    let own = shop::checkout::NewCoupon {
        code: "FIVE".to_owned(),
        kind: shop::checkout::CouponKind::FreeShipping,
        percent: None,
        amount: None,
        minimum: None,
        starts_at: None,
        ends_at: None,
        usage_limit: None,
        customer_limit: None,
        is_active: false,
    };
    let own = admin.coupons().create(own).await.unwrap();
    let report = demo.seeder().ensure().await.unwrap();
    let expected = Lived {
        coupons: whole().coupons - 1,
        orders: whole().orders - 1,
        reviews: whole().reviews - 3,
    };
    assert_eq!((report.created, report.lived), (0, expected));
    let found = coupon::Entity::find_by_id(own.id)
        .one(&demo.db.connection)
        .await
        .unwrap();
    assert_eq!(found.unwrap().kind, own.kind);
    books::balance(&demo).await;
    let again = demo.seeder().ensure().await.unwrap();
    assert_eq!(
        again,
        SeedReport {
            left: report.left,
            ..SeedReport::default()
        }
    );
}
