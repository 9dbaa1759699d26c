//! Quotes by hand, and properties over random carts.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use entities::id::CategoryId;
use proptest::prelude::*;

fn bp(rate: i32) -> BasisPoints {
    BasisPoints::new(rate).unwrap()
}

fn line(unit: i64, quantity: u32) -> ToPrice {
    ToPrice {
        unit,
        quantity,
        tax: bp(1_500),
    }
}

fn off(discount: Discount) -> CouponTerms {
    CouponTerms { discount, minimum: 0 }
}

const STANDARD: ShippingTerms = ShippingTerms {
    price: 1_000,
    free_over: Some(10_000),
    tax: BasisPoints::ZERO,
};

#[test]
fn the_seed_shops_arithmetic_is_exact() {
    let small = quote(&[line(8_999, 1)], None, Some(STANDARD), false).unwrap();
    let parts = (small.subtotal, small.tax, small.shipping.price, small.total);
    assert_eq!(parts, (8_999, 1_350, 1_000, 11_349));
    let at_the_limit = quote(&[line(5_000, 2)], None, Some(STANDARD), false).unwrap();
    assert_eq!(at_the_limit.shipping.price, 1_000, "free above 100.00, not at it");
    let large = quote(&[line(10_001, 1)], None, Some(STANDARD), false).unwrap();
    assert_eq!((large.shipping.price, large.tax, large.total), (0, 1_500, 11_501));
}

#[test]
fn a_coupon_lowers_the_goods_before_tax_and_free_shipping() {
    let percent = Some(off(Discount::Percent(bp(1_000))));
    let quoted = quote(&[line(10_500, 1)], percent, Some(STANDARD), false).unwrap();
    assert_eq!(
        (quoted.discount, quoted.shipping.price, quoted.tax),
        (1_050, 1_000, 1_418)
    );
    let fixed = Some(off(Discount::Fixed(99_999)));
    let free = quote(&[line(333, 3), line(1, 1)], fixed, None, false).unwrap();
    assert_eq!((free.discount, free.total), (1_000, 0));
    let ship = CouponTerms {
        discount: Discount::FreeShipping,
        minimum: 500,
    };
    let shipped = quote(&[line(500, 1)], Some(ship), Some(STANDARD), false).unwrap();
    assert_eq!(shipped.shipping.total, 0);
    let refused = quote(&[line(499, 1)], Some(ship), Some(STANDARD), false);
    assert_eq!(refused, Err(PricingError::BelowMinimum { minimum: 500 }));
}

#[test]
fn tax_that_prices_hold_already_is_told_and_not_added() {
    let shipping = ShippingTerms {
        tax: bp(1_900),
        ..STANDARD
    };
    let lines = [ToPrice {
        unit: 1_190,
        quantity: 1,
        tax: bp(1_900),
    }];
    let quoted = quote(&lines, None, Some(shipping), true).unwrap();
    assert_eq!(
        (quoted.lines[0].tax, quoted.shipping.tax, quoted.total),
        (190, 160, 2_190)
    );
}

#[test]
fn nothing_costs_nothing_and_too_much_is_refused() {
    assert_eq!(quote(&[], None, Some(STANDARD), false).unwrap(), Priced::default());
    assert_eq!(
        quote(&[line(i64::MAX, 2)], None, None, false),
        Err(PricingError::TooLarge)
    );
    assert_eq!(
        quote(&[line(i64::MAX, 1)], None, None, false),
        Err(PricingError::TooLarge)
    );
}

#[test]
fn the_most_specific_tax_rule_wins() {
    let (books, comics) = (CategoryId::generate(), CategoryId::generate());
    let rule = |country: Option<&str>, category, rate| TaxRule {
        country: country.map(Into::into),
        category,
        rate: bp(rate),
    };
    let rates = TaxRates {
        usual: bp(1_500),
        is_shipping_taxed: true,
        rules: vec![
            rule(Some("DE"), None, 1_900),
            rule(None, Some(books), 500),
            rule(Some("DE"), Some(books), 700),
        ],
    };
    let of = |path: &[CategoryId], country| rates.rate(Taxable::Goods(path), country).get();
    assert_eq!(of(&[], None), 1_500);
    assert_eq!(of(&[], Some("DE")), 1_900);
    assert_eq!(of(&[comics, books], Some("FR")), 500);
    assert_eq!(of(&[comics, books], Some("DE")), 700);
    assert_eq!(rates.rate(Taxable::Shipping, Some("DE")).get(), 1_900);
    let untaxed = TaxRates {
        is_shipping_taxed: false,
        ..rates
    };
    assert_eq!(untaxed.rate(Taxable::Shipping, Some("DE")), BasisPoints::ZERO);
}

fn lines() -> impl Strategy<Value = Vec<ToPrice>> {
    let line = (0..5_000_000_i64, 1..1_000_u32, 0..=10_000_i32);
    let line = line.prop_map(|(unit, quantity, tax)| ToPrice {
        unit,
        quantity,
        tax: bp(tax),
    });
    proptest::collection::vec(line, 0..20)
}

fn coupons() -> impl Strategy<Value = Option<CouponTerms>> {
    let discount = prop_oneof![
        (0..=10_000_i32).prop_map(|share| Discount::Percent(bp(share))),
        (0..10_000_000_i64).prop_map(Discount::Fixed),
        Just(Discount::FreeShipping),
    ];
    proptest::option::of(discount.prop_map(off))
}

fn shippings() -> impl Strategy<Value = Option<ShippingTerms>> {
    let terms = (0..10_000_i64, proptest::option::of(0..1_000_000_i64), 0..=10_000_i32);
    proptest::option::of(terms.prop_map(|(price, free_over, tax)| ShippingTerms {
        price,
        free_over,
        tax: bp(tax),
    }))
}

proptest! {
    #[test]
    fn no_quote_is_negative_and_its_parts_make_its_total(
        lines in lines(), coupon in coupons(), shipping in shippings(), included: bool
    ) {
        let quoted = quote(&lines, coupon, shipping, included).unwrap();
        let over = |part: fn(&PricedLine) -> i64| quoted.lines.iter().map(part).sum::<i64>();
        prop_assert_eq!(quoted.lines.len(), lines.len());
        prop_assert_eq!(over(|l| l.total) + quoted.shipping.total, quoted.total);
        prop_assert_eq!(over(|l| l.subtotal), quoted.subtotal);
        prop_assert_eq!(over(|l| l.discount), quoted.discount);
        prop_assert_eq!(over(|l| l.tax) + quoted.shipping.tax, quoted.tax);
        let untaxed = quoted.subtotal - quoted.discount + quoted.shipping.price;
        prop_assert_eq!(quoted.total, if included { untaxed } else { untaxed + quoted.tax });
        for line in &quoted.lines {
            prop_assert!(line.discount >= 0 && line.discount <= line.subtotal && line.tax >= 0 && line.total >= 0);
            prop_assert!(line.tax <= line.total);
        }
        prop_assert!(quoted.total >= 0);
    }

    #[test]
    fn each_tax_is_within_half_a_unit_of_the_exact_one(amount in 0..1_000_000_000_i64, rate in 0..=10_000_i32) {
        let (top, within) = (bp(rate).of(amount), bp(rate).within(amount));
        prop_assert!((i128::from(top) * 10_000 - i128::from(amount) * i128::from(rate)).abs() * 2 <= 10_000);
        let whole = i128::from(10_000 + rate);
        prop_assert!((i128::from(within) * whole - i128::from(amount) * i128::from(rate)).abs() * 2 <= whole);
    }

    #[test]
    fn pieces_of_a_line_taken_in_any_portions_make_the_line(
        amount in 0..i64::MAX, portions in proptest::collection::vec(1..50_u32, 1..12)
    ) {
        let quantity: u32 = portions.iter().sum();
        let mut before = 0;
        let mut taken = 0_i64;
        for count in portions {
            let part = part_of_line(amount, quantity, before, count);
            prop_assert!(part >= 0);
            taken += part;
            before += count;
        }
        prop_assert_eq!(taken, amount);
    }
}
