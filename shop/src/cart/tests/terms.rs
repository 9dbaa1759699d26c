//! What coupons, zones and rates make of a cart.

use super::*;

#[tokio::test]
async fn coupons_apply_within_their_terms() {
    for market in &Market::each().await {
        let carts = market.shop.carts();
        let mug = market.product("MUG", 1_000, 50).await;
        let now = market.shop.now();
        let over = coupon::Model {
            ends_at: Some(now - TimeDelta::hours(1)),
            ..tenth(market, "OVER")
        };
        let early = coupon::Model {
            starts_at: Some(now + TimeDelta::hours(1)),
            ..tenth(market, "EARLY")
        };
        let used = coupon::Model {
            usage_limit: Some(1),
            used_count: 1,
            ..tenth(market, "USED")
        };
        let off = coupon::Model {
            is_active: false,
            ..tenth(market, "OFF")
        };
        let large = coupon::Model {
            minimum_amount: Some(3_000),
            ..tenth(market, "LARGE")
        };
        for coupon in [over, early, used, off, large] {
            keep(market, coupon).await;
        }
        let key = market.guest_with(&[(mug, 2)]).await;
        for (code, expected) in [
            ("over", ProblemCode::CouponExpired),
            ("early", ProblemCode::CouponExpired),
            ("used", ProblemCode::CouponExhausted),
            ("off", ProblemCode::CouponUnknown),
            ("none", ProblemCode::CouponUnknown),
        ] {
            assert_eq!(
                problems(carts.coupon(key, Some(code)).await),
                [("code".to_owned(), expected)],
                "{code}"
            );
        }
        let view = carts.coupon(key, Some("large")).await.unwrap();
        let problem = view.coupon.as_ref().and_then(|coupon| coupon.problem);
        assert_eq!(
            (problem, view.priced.discount),
            (Some(CouponProblem::BelowMinimum { minimum: 3_000 }), 0)
        );
        assert!(matches!(
            problems(market.place(key, "k").await)[0].1,
            ProblemCode::CouponMinimum { .. }
        ));
        let view = carts.add(key, &[line(mug, 1)]).await.unwrap();
        assert_eq!((view.priced.discount, view.priced.tax), (300, 405));
        let view = carts.coupon(key, None).await.unwrap();
        assert!(view.coupon.is_none() && view.priced.discount == 0);
    }
}

#[tokio::test]
async fn a_coupon_is_used_as_often_as_it_may_and_given_back_with_its_order() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 500).await;
        keep(
            market,
            coupon::Model {
                usage_limit: Some(3),
                ..tenth(market, "THREE")
            },
        )
        .await;
        keep(
            market,
            coupon::Model {
                customer_limit: Some(1),
                ..tenth(market, "ONCE")
            },
        )
        .await;
        let mut carts = Vec::new();
        for _ in 0..8 {
            let key = market.guest_with(&[(mug, 1)]).await;
            market.shop.carts().coupon(key, Some("three")).await.unwrap();
            carts.push(key);
        }
        let placed = futures::future::join_all(carts.iter().map(|key| market.place(*key, "k"))).await;
        let (done, refused): (Vec<_>, Vec<_>) = placed.into_iter().partition(Result::is_ok);
        assert_eq!(done.len(), 3);
        for refusal in refused {
            assert_eq!(problems(refusal)[0].1, ProblemCode::CouponExhausted);
        }
        let first = done.into_iter().next().unwrap().unwrap().order.id;
        let token = market.shop.orders().access_token(first);
        market
            .shop
            .orders()
            .cancel(&Viewer::Guest, first, Some(&token), "")
            .await
            .unwrap();
        let key = market.guest_with(&[(mug, 1)]).await;
        market.shop.carts().coupon(key, Some("three")).await.unwrap();
        market.place(key, "k").await.unwrap();
        // The same address, twice.
        for is_right in [true, false] {
            let key = market.guest_with(&[(mug, 1)]).await;
            market.shop.carts().coupon(key, Some("once")).await.unwrap();
            assert_eq!(market.place(key, "k").await.is_ok(), is_right);
        }
        market.audit().await;
    }
}

#[tokio::test]
async fn zones_and_rates_of_the_tables_count_where_they_apply() {
    for market in &Market::each().await {
        let (db, now) = (&market.database.db.connection, market.shop.now());
        let mug = market.product("MUG", 10_000, 50).await;
        let key = market.guest_with(&[(mug, 1)]).await;
        let zone = shipping_zone::Model {
            id: ShippingZoneId::generate(),
            name: "Islands".into(),
            countries: shipping_zone::Countries(vec!["GB".into(), "IE".into()]),
            position: 0,
            created_at: now,
            updated_at: now,
        };
        zone.clone().into_active_model().insert(db).await.unwrap();
        let rate = |name: &str, price, position| shipping_rate::Model {
            id: ShippingRateId::generate(),
            zone_id: zone.id,
            name: name.into(),
            price_amount: price,
            free_over_amount: None,
            min_days: Some(1),
            max_days: Some(3),
            is_active: true,
            position,
            created_at: now,
            updated_at: now,
        };
        let (post, courier) = (rate("Post", 400, 0), rate("Courier", 900, 1));
        post.clone().into_active_model().insert(db).await.unwrap();
        courier.clone().into_active_model().insert(db).await.unwrap();
        let tax = tax_rate::ActiveModel {
            id: Set(entities::id::TaxRateId::generate()),
            country: Set(Some("GB".into())),
            category_id: Set(None),
            rate_bp: Set(2_000),
            created_at: Set(now),
            updated_at: Set(now),
        };
        tax.insert(db).await.unwrap();
        let carts = market.shop.carts();
        let view = carts.find(key).await.unwrap().unwrap();
        assert_eq!((view.priced.shipping.price, view.priced.tax), (400, 2_000));
        let chosen = CartDetails {
            shipping_rate: Patch::Set(courier.id),
            ..CartDetails::default()
        };
        let view = carts.details(key, chosen).await.unwrap();
        assert_eq!((view.priced.shipping.price, view.shipping_methods.len()), (900, 2));
        let away = Address {
            country: "US".into(),
            ..address()
        };
        let away = CartDetails {
            shipping_address: Patch::Set(away),
            ..CartDetails::default()
        };
        let view = carts.details(key, away).await.unwrap();
        assert_eq!((view.shipping.is_none(), view.priced.tax), (true, 1_500));
        assert_eq!(problems(market.place(key, "k").await)[0].0, "cart.shippingMethod");
    }
}
