//! Coupons from their issue to their end.

use super::*;
use chrono::{TimeDelta, Utc};

fn percent(code: &str, hundredths: i64) -> NewCoupon {
    NewCoupon {
        code: code.to_owned(),
        kind: CouponKind::Percent,
        percent: Some(Given::Exact(hundredths)),
        amount: None,
        minimum: None,
        starts_at: None,
        ends_at: None,
        usage_limit: None,
        customer_limit: None,
        is_active: true,
    }
}

fn coupons(market: &Market) -> AdminCoupons<'_> {
    AdminCoupons::new(&market.shop)
}

#[tokio::test]
async fn every_problem_of_a_coupon_is_told_at_once_with_its_place() {
    let (required, shape, range) = (ProblemCode::Required, ProblemCode::Invalid, ProblemCode::OutOfRange);
    for market in &Market::each().await {
        let now = Utc::now();
        let fixed = |amount| NewCoupon {
            kind: CouponKind::Fixed,
            percent: None,
            amount,
            ..percent("FIXED", 0)
        };
        let all_wrong = NewCoupon {
            percent: None,
            amount: Some(Given::Exact(1)),
            minimum: Some(Given::Exact(-1)),
            starts_at: Some(now),
            ends_at: Some(now),
            usage_limit: Some(0),
            customer_limit: Some(-1),
            ..percent("é", 0)
        };
        let all = [
            ("code", shape),
            ("percent", required),
            ("amount", shape),
            ("minimum", range),
            ("endsAt", range),
            ("usageLimit", range),
            ("customerLimit", range),
        ];
        let shipping = NewCoupon {
            kind: CouponKind::FreeShipping,
            amount: Some(Given::Exact(1)),
            ..percent("SHIP", 1)
        };
        let inexact = NewCoupon {
            percent: Some(Given::Inexact),
            minimum: Some(Given::Inexact),
            ..percent("CODE", 0)
        };
        let cases: [(NewCoupon, &[(&str, ProblemCode)]); 12] = [
            (all_wrong, &all),
            (percent(" ", 1_000), &[("code", required)]),
            (percent("AB", 1_000), &[("code", shape)]),
            (percent("A B C", 1_000), &[("code", shape)]),
            (percent(&"A".repeat(41), 1_000), &[("code", ProblemCode::TooLong)]),
            (percent("CODE", 0), &[("percent", range)]),
            (percent("CODE", 10_001), &[("percent", range)]),
            (inexact, &[("percent", shape), ("minimum", shape)]),
            (fixed(None), &[("amount", required)]),
            (fixed(Some(Given::Exact(0))), &[("amount", range)]),
            (fixed(Some(Given::Exact(i64::MAX))), &[("amount", range)]),
            (shipping, &[("percent", shape), ("amount", shape)]),
        ];
        for (input, expected) in cases {
            let told = format!("{input:?}");
            assert_eq!(problems(coupons(market).create(input).await), at(expected), "{told}");
        }
        assert_eq!(
            coupons(market)
                .list(&CouponFilter::default(), 0, 9)
                .await
                .unwrap()
                .total,
            0
        );
    }
}

#[tokio::test]
async fn codes_are_kept_in_upper_case_once_each_and_found_by_what_they_hold() {
    for market in &Market::each().await {
        let staff = coupons(market);
        let spring = staff.create(percent(" spring_10 ", 1_000)).await.unwrap();
        assert_eq!((spring.code.as_str(), spring.percent_bp), ("SPRING_10", Some(1_000)));
        let taken = at(&[("code", ProblemCode::Taken)]);
        assert_eq!(problems(staff.create(percent("Spring_10", 1)).await), taken);
        let other = staff.create(percent("SPRINGX10", 1)).await.unwrap();
        let rename = CouponPatch {
            code: Some("spring_10".to_owned()),
            ..CouponPatch::default()
        };
        assert_eq!(problems(staff.update(other.id, rename).await), taken);
        let found = async |text: &str, is_active: Option<bool>| {
            let filter = CouponFilter {
                text: Some(text.to_owned()),
                is_active,
            };
            let page = staff.list(&filter, 0, 10).await.unwrap();
            assert_eq!(page.coupons.len() as u64, page.total);
            page.coupons.into_iter().map(|row| row.code).collect::<Vec<_>>()
        };
        assert_eq!(found("spring", None).await, ["SPRINGX10", "SPRING_10"]);
        assert_eq!(found("_1", None).await, ["SPRING_10"], "no wildcard");
        assert!(found("%", None).await.is_empty() && found("!", None).await.is_empty());
        assert_eq!(found(" ", Some(true)).await.len(), 2);
        assert!(found("", Some(false)).await.is_empty());
        let second = staff.list(&CouponFilter::default(), 1, 1).await.unwrap();
        assert_eq!((second.coupons[0].code.as_str(), second.total), ("SPRING_10", 2));
    }
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_another_kind_drops_what_the_former_gave() {
    for market in &Market::each().await {
        let staff = coupons(market);
        let new = NewCoupon {
            usage_limit: Some(5),
            minimum: Some(Given::Exact(1_000)),
            ..percent("SPRING", 1_000)
        };
        let before = staff.create(new).await.unwrap();
        let off = CouponPatch {
            is_active: Some(false),
            usage_limit: Patch::Clear,
            ..CouponPatch::default()
        };
        let after = staff.update(before.id, off).await.unwrap();
        let expected = Coupon {
            is_active: false,
            usage_limit: None,
            updated_at: after.updated_at,
            ..before.clone()
        };
        assert_eq!(after, expected);
        let fixed = |amount| CouponPatch {
            kind: Some(CouponKind::Fixed),
            amount,
            ..CouponPatch::default()
        };
        let refused = staff.update(before.id, fixed(Patch::Keep)).await;
        assert_eq!(problems(refused), at(&[("amount", ProblemCode::Required)]));
        let after = staff
            .update(before.id, fixed(Patch::Set(Given::Exact(250))))
            .await
            .unwrap();
        assert_eq!(
            (after.kind, after.percent_bp, after.amount),
            (CouponKind::Fixed, None, Some(250))
        );
        let percent = CouponPatch {
            percent: Patch::Set(Given::Exact(1)),
            ..CouponPatch::default()
        };
        let refused = staff.update(before.id, percent).await;
        assert_eq!(problems(refused), at(&[("percent", ProblemCode::Invalid)]));
        let ends = CouponPatch {
            starts_at: Patch::Set(Utc::now()),
            ends_at: Patch::Set(Utc::now() - TimeDelta::days(1)),
            ..CouponPatch::default()
        };
        let refused = staff.update(before.id, ends).await;
        assert_eq!(problems(refused), at(&[("endsAt", ProblemCode::OutOfRange)]));
        let nobody = staff
            .update(entities::id::CouponId::generate(), CouponPatch::default())
            .await;
        assert!(matches!(nobody, Err(ShopError::NotFound)));
    }
}

#[tokio::test]
async fn a_coupon_that_an_order_used_is_kept_and_one_that_none_used_can_go() {
    for market in &Market::each().await {
        let staff = coupons(market);
        let mug = market.product("MUG", 1_000, 5).await;
        let (used, unused) = (
            staff.create(percent("USED", 1_000)).await.unwrap(),
            staff.create(percent("UNUSED", 1_000)).await.unwrap(),
        );
        let cart = market.guest_with(&[(mug, 1)]).await;
        market.shop.carts().coupon(cart, Some("used")).await.unwrap();
        let order = market.place(cart, "k").await.unwrap();
        assert_eq!(order.order.discount_amount, 100);
        let in_use = at(&[("id", ProblemCode::InUse)]);
        assert_eq!(problems(staff.delete(used.id).await), in_use);
        let admin = crate::orders::AdminOrders::new(&market.shop, None);
        admin.cancel(order.order.id, "").await.unwrap();
        assert_eq!(staff.find(used.id).await.unwrap().used_count, 0);
        assert_eq!(
            problems(staff.delete(used.id).await),
            in_use,
            "the order still names it"
        );
        staff.delete(unused.id).await.unwrap();
        assert!(matches!(staff.find(unused.id).await, Err(ShopError::NotFound)));
        assert!(matches!(staff.delete(unused.id).await, Err(ShopError::NotFound)));
    }
}
