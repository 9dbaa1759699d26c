//! Carts of guests and users, on both databases.

#![expect(clippy::unwrap_used, reason = "tests")]

mod terms;

use super::{CartDetails, CartKey, LineProblem, LineQuantity, MOST_PIECES};
use crate::{
    Viewer,
    accounts::NewAccount,
    catalog::{Patch, ProductStatus, VariantPatch},
    checkout::{Address, CouponKind, CouponProblem},
    error::ProblemCode,
    testing::{Market, address, problems},
    viewer::Staff,
};
use chrono::TimeDelta;
use entities::{
    coupon,
    id::{CouponId, ShippingRateId, ShippingZoneId, UserId, VariantId},
    shipping_rate, shipping_zone, tax_rate,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

fn line(variant: VariantId, quantity: i32) -> LineQuantity {
    LineQuantity { variant, quantity }
}

/// A coupon of ten per cent.
fn tenth(market: &Market, code: &str) -> coupon::Model {
    let now = market.shop.now();
    coupon::Model {
        id: CouponId::generate(),
        code: code.to_owned(),
        kind: CouponKind::Percent,
        percent_bp: Some(1_000),
        amount: None,
        minimum_amount: None,
        starts_at: None,
        ends_at: None,
        usage_limit: None,
        customer_limit: None,
        used_count: 0,
        is_active: true,
        created_at: now,
        updated_at: now,
    }
}

async fn keep(market: &Market, coupon: coupon::Model) {
    coupon
        .into_active_model()
        .insert(&market.database.db.connection)
        .await
        .unwrap();
}

async fn user(market: &Market) -> CartKey {
    let account = NewAccount {
        email: format!("{}@example.com", UserId::generate()),
        password: "correct horse battery staple 7".into(),
        name: "Ada".into(),
    };
    let id = market.shop.accounts().register(account).await.unwrap().id;
    CartKey {
        user: Some(id),
        guest: None,
    }
}

#[tokio::test]
async fn lines_are_added_set_and_removed() {
    for market in &Market::each().await {
        let carts = market.shop.carts();
        let (mug, pot) = (
            market.product("MUG", 1_000, 5).await,
            market.product("POT", 2_000, 5).await,
        );
        let key = market.guest().await;
        carts
            .add(key, &[line(mug, 1), line(pot, 1), line(mug, 1)])
            .await
            .unwrap();
        let view = carts.add(key, &[line(mug, 2)]).await.unwrap();
        assert_eq!((view.pieces(), view.priced.subtotal), (5, 6_000));
        let view = carts.set(key, &[line(mug, 1), line(pot, 0)]).await.unwrap();
        assert_eq!((view.lines.len(), view.priced.subtotal), (1, 1_000));
        let view = carts.remove(key, &[mug, pot]).await.unwrap();
        assert_eq!((view.lines.len(), view.priced.total), (0, 0));
    }
}

#[tokio::test]
async fn what_will_not_do_is_told_with_its_place_and_changes_nothing() {
    for market in &Market::each().await {
        let carts = market.shop.carts();
        let mug = market.product("MUG", 1_000, 5).await;
        let key = market.guest_with(&[(mug, 1)]).await;
        let nothing = VariantId::generate();
        let bad = carts
            .add(key, &[line(mug, 0), line(mug, -1), line(mug, MOST_PIECES + 1)])
            .await;
        let paths: Vec<String> = problems(bad).into_iter().map(|problem| problem.0).collect();
        assert_eq!(paths, ["lines.0.quantity", "lines.1.quantity", "lines.2.quantity"]);
        let mut bad = problems(carts.add(key, &[line(nothing, 1), line(mug, 5)]).await);
        bad.sort_by(|a, b| a.0.cmp(&b.0));
        let expected = [
            ("lines.0.variantId".to_owned(), ProblemCode::NotFound),
            (
                "lines.1.quantity".to_owned(),
                ProblemCode::InsufficientStock { available: 5 },
            ),
        ];
        assert_eq!(bad, expected);
        assert_eq!(problems(carts.set(key, &[]).await)[0].1, ProblemCode::Required);
        assert_eq!(carts.find(key).await.unwrap().unwrap().pieces(), 1);
        let address = Address {
            country: "ZZ".into(),
            city: " ".into(),
            name: "a\nb".into(),
            ..address()
        };
        let details = CartDetails {
            shipping_address: Patch::Set(address),
            ..CartDetails::default()
        };
        let mut paths: Vec<String> = problems(carts.details(key, details).await)
            .into_iter()
            .map(|p| p.0)
            .collect();
        paths.sort();
        assert_eq!(
            paths,
            [
                "shippingAddress.city",
                "shippingAddress.country",
                "shippingAddress.name"
            ]
        );
        let details = CartDetails {
            email: Patch::Set("nobody".into()),
            ..CartDetails::default()
        };
        assert_eq!(problems(carts.details(key, details).await)[0].0, "email");
        let rate = ShippingRateId::generate();
        let details = CartDetails {
            shipping_rate: Patch::Set(rate),
            ..CartDetails::default()
        };
        assert_eq!(problems(carts.details(key, details).await)[0].0, "shippingMethodId");
    }
}

#[tokio::test]
async fn what_changed_is_reported_and_nothing_is_dropped() {
    for market in &Market::each().await {
        let carts = market.shop.carts();
        let (mug, pot) = (
            market.product("MUG", 1_000, 5).await,
            market.product("POT", 2_000, 5).await,
        );
        let pan = market.product("PAN", 3_000, 5).await;
        let key = market.guest_with(&[(mug, 3), (pot, 1), (pan, 1)]).await;
        let before = carts.find(key).await.unwrap().unwrap();
        let staff = Staff::operator(&market.shop);
        let dearer = VariantPatch {
            price: Patch::Set(1_200),
            ..VariantPatch::default()
        };
        staff.catalog().variant_update(mug, dearer).await.unwrap();
        staff.catalog().variant_set_stock(mug, 2).await.unwrap();
        staff
            .catalog()
            .product_set_status(before.lines[1].product, ProductStatus::Draft)
            .await
            .unwrap();
        staff.catalog().product_delete(before.lines[2].product).await.unwrap();
        let after = carts.find(key).await.unwrap().unwrap();
        let problems: Vec<_> = after.lines.iter().map(|line| line.problems.clone()).collect();
        let of_mug = vec![
            LineProblem::InsufficientStock { available: 2 },
            LineProblem::PriceChanged { from: 1_000 },
        ];
        assert_eq!(
            problems,
            [of_mug, vec![LineProblem::Unavailable], vec![LineProblem::Unavailable]]
        );
        assert_eq!(after.lines[2].product_name, "Product PAN");
        assert_eq!(after.priced.subtotal, 3_600);
        assert_ne!(after.fingerprint, before.fingerprint);
        let seen = carts.set(key, &[line(mug, 2)]).await.unwrap();
        assert!(seen.lines[0].problems.is_empty(), "its owner saw the new price");
    }
}

#[tokio::test]
async fn the_search_that_found_a_line_is_known_after_log_in_and_the_last_one_counts() {
    for market in &Market::each().await {
        let (carts, mug) = (market.shop.carts(), market.product("MUG", 1_000, 500).await);
        let (user, guest) = (user(market).await, market.guest().await);
        carts.add_found(user, &[line(mug, 1)], "cup").await.unwrap();
        for query in ["pot", " MUG\0"] {
            carts.add_found(guest, &[line(mug, 1)], query).await.unwrap();
        }
        carts.add(guest, &[line(mug, 1)]).await.unwrap();
        carts.add_found(guest, &[line(mug, 1)], " \0").await.unwrap();
        let token = carts.token(guest.guest().unwrap());
        let merged = carts.merge(user.user().unwrap(), Some(&token)).await.unwrap().unwrap();
        let found = &merged.lines[0];
        assert_eq!((found.quantity, found.found_by.as_deref()), (5, Some("mug")));
    }
}

#[tokio::test]
async fn a_guests_cart_becomes_the_users_once() {
    for market in &Market::each().await {
        let carts = market.shop.carts();
        let (mug, pot) = (
            market.product("MUG", 1_000, 500).await,
            market.product("POT", 2_000, 5).await,
        );
        keep(market, tenth(market, "TENTH")).await;
        let user = user(market).await;
        carts.add(user, &[line(mug, 2)]).await.unwrap();
        let guest = market.guest_with(&[(mug, 3), (pot, 1)]).await;
        carts.coupon(guest, Some(" tenth ")).await.unwrap();
        let token = carts.token(guest.guest().unwrap());
        let id = user.user().unwrap();
        let merges = futures::future::join_all((0..4).map(|_| carts.merge(id, Some(&token)))).await;
        assert!(merges.iter().all(Result::is_ok), "{merges:?}");
        let view = carts.find(user).await.unwrap().unwrap();
        let quantities: Vec<i32> = view.lines.iter().map(|line| line.quantity).collect();
        assert_eq!((quantities, view.applied_coupon().is_some()), (vec![5, 1], true));
        assert!(carts.find(guest).await.unwrap().is_none());
        assert!(carts.merge(id, Some("nonsense")).await.unwrap().is_none());
        // A user's cart is not opened by its id, whatever a token says.
        let sealed = carts.token(view.id);
        assert!(
            carts
                .find(carts.key(&Viewer::Guest, Some(&sealed)))
                .await
                .unwrap()
                .is_none()
        );
    }
}
