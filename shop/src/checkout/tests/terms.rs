//! Zones, rates and taxes, and what carts make of them.

use super::*;
use crate::{
    Viewer, cart::CartView, catalog::NewCategory, idempotency::IdempotencyKey, orders::PlaceOrder, viewer::Staff,
};
use entities::{
    id::{CategoryId, ShippingRateId, ShippingZoneId, TaxRateId},
    tax_rate,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

fn terms(market: &Market) -> AdminTerms<'_> {
    AdminTerms::new(&market.shop)
}

fn zone(name: &str, countries: &[&str]) -> NewZone {
    NewZone {
        name: name.to_owned(),
        countries: countries.iter().map(|code| (*code).to_owned()).collect(),
        position: 0,
    }
}

fn rate(price: i64) -> NewRate {
    NewRate {
        name: "Parcel".to_owned(),
        price: Given::Exact(price),
        free_over: None,
        min_days: Some(1),
        max_days: Some(3),
        is_active: true,
        position: 0,
    }
}

fn tax(country: Option<&str>, category: Option<CategoryId>, hundredths: i64) -> SetTaxRate {
    SetTaxRate {
        country: country.map(str::to_owned),
        category,
        percent: Given::Exact(hundredths),
    }
}

/// Shipping and tax.
fn parts(cart: &CartView) -> (i64, i64) {
    (cart.priced.shipping.price, cart.priced.tax)
}

#[tokio::test]
async fn the_next_quote_uses_new_terms_and_an_old_one_is_refused() {
    for market in &Market::each().await {
        let mug = market.product("MUG", 1_000, 5).await;
        let key = market.guest_with(&[(mug, 1)]).await;
        let cart = async || market.shop.carts().find(key).await.unwrap().unwrap();
        let idempotency = IdempotencyKey::parse("k").unwrap();
        let mut seen = cart().await;
        assert_eq!(parts(&seen), (1_000, 150));
        let admin = terms(market);
        let island = admin.zone_create(zone("Islands", &["gb", "IE"])).await.unwrap().zone;
        assert_eq!(island.countries.0, ["GB", "IE"]);
        let parcel = admin.rate_create(island.id, rate(700)).await.unwrap();
        let moves = async |expected: (i64, i64), seen: &mut CartView| {
            let place = PlaceOrder {
                quote: seen.fingerprint.clone(),
                address: None,
                visitor: None,
            };
            let refused = market
                .shop
                .orders()
                .place(&Viewer::Guest, key, &place, &idempotency)
                .await;
            assert_eq!(problems(refused), at(&[("quote", ProblemCode::QuoteChanged)]));
            *seen = cart().await;
            assert_eq!(parts(seen), expected);
        };
        moves((700, 150), &mut seen).await;
        let price = RatePatch {
            price: Some(Given::Exact(300)),
            free_over: Patch::Set(Given::Exact(5_000)),
            ..RatePatch::default()
        };
        admin.rate_update(parcel.id, price).await.unwrap();
        moves((300, 150), &mut seen).await;
        let vat = admin.tax_rate_set(tax(Some("gb"), None, 2_000)).await.unwrap();
        moves((300, 200), &mut seen).await;
        let same = admin.tax_rate_set(tax(Some("GB"), None, 500)).await.unwrap();
        assert_eq!((same.id, same.rate_bp), (vat.id, 500));
        moves((300, 50), &mut seen).await;
        admin.tax_rate_delete(vat.id).await.unwrap();
        moves((300, 150), &mut seen).await;
        admin.zone_delete(island.id).await.unwrap();
        moves((1_000, 150), &mut seen).await;
        market.place(key, "k").await.unwrap();
    }
}

#[tokio::test]
async fn every_problem_of_a_zone_or_rate_is_told_at_once_with_its_place() {
    let (required, shape, range) = (ProblemCode::Required, ProblemCode::Invalid, ProblemCode::OutOfRange);
    for market in &Market::each().await {
        let admin = terms(market);
        let alps = admin.zone_create(zone("Alps", &["CH", "AT"])).await.unwrap().zone.id;
        let sea = admin.zone_create(zone("Sea", &["GR"])).await.unwrap().zone.id;
        let wrong = admin.zone_create(zone(" ", &["AT", "XX", "DE", "de"])).await;
        let expected = [
            ("name", required),
            ("countries.1", shape),
            ("countries.3", ProblemCode::Taken),
            ("countries.0", ProblemCode::Taken),
        ];
        assert_eq!(problems(wrong), at(&expected));
        let many = vec!["DE"; 251];
        let wrong = admin.zone_create(zone("Many", &many)).await;
        assert_eq!(problems(wrong), at(&[("countries", ProblemCode::TooLong)]));
        let countries = |codes: &[&str]| ZonePatch {
            countries: Some(codes.iter().map(|code| (*code).to_owned()).collect()),
            ..ZonePatch::default()
        };
        let wrong = admin.zone_update(sea, countries(&["GR", "CH"])).await;
        assert_eq!(problems(wrong), at(&[("countries.1", ProblemCode::Taken)]));
        let own = admin.zone_update(sea, countries(&["GR", "IT"])).await.unwrap();
        assert_eq!(
            own.zone.countries.0,
            ["GR", "IT"],
            "its own countries stand in nobody's way"
        );

        let bad = NewRate {
            name: String::new(),
            price: Given::Exact(-1),
            free_over: Some(Given::Inexact),
            min_days: Some(5),
            max_days: Some(-2),
            ..rate(0)
        };
        let expected = [
            ("name", required),
            ("price", range),
            ("freeOver", shape),
            ("maxDays", range),
            ("maxDays", range),
            ("zoneId", ProblemCode::NotFound),
        ];
        assert_eq!(
            problems(admin.rate_create(ShippingZoneId::generate(), bad).await),
            at(&expected)
        );
        let half = NewRate {
            max_days: None,
            ..rate(0)
        };
        assert_eq!(
            problems(admin.rate_create(alps, half).await),
            at(&[("maxDays", required)])
        );
        let parcel = admin.rate_create(alps, rate(500)).await.unwrap();
        let backwards = RatePatch {
            min_days: Patch::Set(4),
            ..RatePatch::default()
        };
        let wrong = admin.rate_update(parcel.id, backwards).await;
        assert_eq!(problems(wrong), at(&[("maxDays", range)]));
        let zones = admin.zones().await.unwrap();
        let rates: Vec<_> = zones.iter().map(|zone| zone.rates.len()).collect();
        assert_eq!(rates, [1, 0]);
        admin.zone_delete(alps).await.unwrap();
        assert!(matches!(admin.zone_delete(alps).await, Err(ShopError::NotFound)));
        assert!(matches!(admin.rate_delete(parcel.id).await, Err(ShopError::NotFound)));
        let nothing = admin
            .rate_update(ShippingRateId::generate(), RatePatch::default())
            .await;
        assert!(matches!(nothing, Err(ShopError::NotFound)));
        let nothing = admin.zone_update(alps, ZonePatch::default()).await;
        assert!(matches!(nothing, Err(ShopError::NotFound)));
    }
}

#[tokio::test]
async fn a_pair_has_one_tax_rate_whatever_is_left_open_and_however_many_set_it_at_once() {
    for market in &Market::each().await {
        let admin = terms(market);
        let new = NewCategory {
            name: "Books".to_owned(),
            ..NewCategory::default()
        };
        let books = Staff::operator(&market.shop)
            .catalog()
            .category_create(new)
            .await
            .unwrap()
            .id;
        let pairs = [
            (None, None),
            (Some("DE"), None),
            (None, Some(books)),
            (Some("DE"), Some(books)),
        ];
        for (country, category) in pairs {
            let sets = (0..5).map(|percent| admin.tax_rate_set(tax(country, category, 100 * percent)));
            for set in futures::future::join_all(sets).await {
                set.unwrap();
            }
        }
        let rates = admin.tax_rates().await.unwrap();
        assert_eq!(rates.len(), pairs.len());
        for rate in rates {
            let twin = tax_rate::ActiveModel {
                id: Set(TaxRateId::generate()),
                ..rate.into_active_model().reset_all()
            };
            let twin = twin.insert(market.shop.db()).await;
            assert!(twin.is_err(), "the database takes a second one: {twin:?}");
        }
        let wrong = tax(Some("Germany"), Some(CategoryId::generate()), 10_001);
        let expected = [
            ("country", ProblemCode::Invalid),
            ("percent", ProblemCode::OutOfRange),
            ("categoryId", ProblemCode::NotFound),
        ];
        assert_eq!(problems(admin.tax_rate_set(wrong).await), at(&expected));
        let inexact = SetTaxRate {
            percent: Given::Inexact,
            ..tax(None, None, 0)
        };
        let wrong = admin.tax_rate_set(inexact).await;
        assert_eq!(problems(wrong), at(&[("percent", ProblemCode::Invalid)]));
        let nothing = admin.tax_rate_delete(TaxRateId::generate()).await;
        assert!(matches!(nothing, Err(ShopError::NotFound)));
    }
}

#[tokio::test]
async fn of_two_zones_that_claim_a_country_at_once_one_gets_it() {
    for market in &Market::each().await {
        let admin = terms(market);
        let claims = (0..4).map(|number| admin.zone_create(zone(&format!("Zone {number}"), &["FR"])));
        let made = futures::future::join_all(claims).await;
        assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1, "{made:?}");
    }
}
