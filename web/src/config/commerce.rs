//! Taxes, shipping and orders.

use super::{ConfigError, ShopConfig};
use chrono::TimeDelta;
use entities::money::Money;
use iso_currency::Currency;
use serde::{Deserialize, Serialize};
use shop::{
    checkout::{CommerceSettings, ShippingSettings, TaxSettings},
    pricing::BasisPoints,
};

/// Taxes where no rule of the shop's table says otherwise.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaxConfig {
    /// Per cent, two decimals at most.
    pub percent: f64,
    /// Whether shipping is taxed.
    pub shipping: bool,
    /// Whether prices hold the tax already.
    pub included: bool,
}

impl Default for TaxConfig {
    fn default() -> Self {
        Self {
            percent: 15.0,
            shipping: false,
            included: false,
        }
    }
}

/// Shipping of a shop that has defined no zones.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShippingConfig {
    /// Its price, an exact decimal in the shop's currency.
    pub flat: String,
    /// Goods above this ship for nothing; empty: never.
    pub free_over: String,
}

impl Default for ShippingConfig {
    fn default() -> Self {
        Self {
            flat: "10".into(),
            free_over: "100".into(),
        }
    }
}

/// How long orders wait for their money.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrdersConfig {
    /// Seconds that an unpaid order keeps its stock.
    pub hold_s: i64,
    /// Seconds that it does when it is paid by hand, such as by bank transfer.
    pub manual_hold_s: i64,
    /// Days that an untouched cart of a guest is kept.
    pub cart_days: i64,
    /// Orders that one address may place in an hour, beside a third as many at once, and four
    /// times as many payments that it may begin; 0: any number.
    pub per_address_hour: u32,
}

impl Default for OrdersConfig {
    fn default() -> Self {
        Self {
            hold_s: 30 * 60,
            manual_hold_s: 7 * 24 * 3600,
            cart_days: 30,
            per_address_hour: 180,
        }
    }
}

/// What the sections say, made into the domain's settings.
///
/// # Errors
/// The first value that cannot work.
pub(super) fn commerce(
    shop: &ShopConfig,
    tax: &TaxConfig,
    shipping: &ShippingConfig,
    orders: &OrdersConfig,
) -> Result<CommerceSettings, ConfigError> {
    let currency = Currency::from_code(&shop.currency)
        .ok_or_else(|| ConfigError::refused("shop.currency", "must be an ISO 4217 code such as USD or EUR"))?;
    let hundredths = tax.percent * 100.0;
    let is_exact = (hundredths - hundredths.round()).abs() < 1e-6 && (0.0..=10_000.0).contains(&hundredths);
    let usual = is_exact.then_some(hundredths.round() as i32).and_then(BasisPoints::new);
    let usual = usual.ok_or_else(|| ConfigError::refused("tax.percent", "must be within 0 and 100, two decimals"))?;
    let amount = |setting: &'static str, text: &str| match Money::parse(text, currency) {
        Ok(money) if money.amount >= 0 => Ok(money.amount),
        _ => Err(ConfigError::refused(
            setting,
            format!("must be an amount of {} such as 10", currency.code()),
        )),
    };
    let seconds = |setting: &'static str, seconds: i64| {
        let is_usable = (60..=90 * 24 * 3600).contains(&seconds);
        let refused = || ConfigError::refused(setting, "must be within a minute and 90 days, in seconds");
        is_usable.then(|| TimeDelta::seconds(seconds)).ok_or_else(refused)
    };
    if !(1..=3650).contains(&orders.cart_days) {
        return Err(ConfigError::refused("orders.cart_days", "must be within 1 and 3650"));
    }
    let free_over = Some(shipping.free_over.as_str()).filter(|text| !text.is_empty());
    Ok(CommerceSettings {
        shop_name: shop.name.clone(),
        public_url: None,
        tax: TaxSettings {
            usual,
            is_shipping_taxed: tax.shipping,
            is_included: tax.included,
        },
        shipping: ShippingSettings {
            flat: amount("shipping.flat", &shipping.flat)?,
            free_over: free_over.map(|text| amount("shipping.free_over", text)).transpose()?,
        },
        hold: seconds("orders.hold_s", orders.hold_s)?,
        manual_hold: seconds("orders.manual_hold_s", orders.manual_hold_s)?,
        orders_per_address_hour: orders.per_address_hour,
        are_orders_mailed: true,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn with(
        change: impl FnOnce(&mut TaxConfig, &mut ShippingConfig, &mut OrdersConfig),
    ) -> Result<CommerceSettings, String> {
        let (mut tax, mut shipping, mut orders) = Default::default();
        change(&mut tax, &mut shipping, &mut orders);
        commerce(&ShopConfig::default(), &tax, &shipping, &orders).map_err(|error| error.to_string())
    }

    #[test]
    fn the_usual_terms_are_those_of_the_domain() {
        let (ours, theirs) = (with(|_, _, _| ()).unwrap(), CommerceSettings::default());
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
    }

    #[test]
    fn a_value_that_cannot_work_is_refused_by_name() {
        assert!(
            with(|tax, _, _| tax.percent = 7.125)
                .unwrap_err()
                .contains("tax.percent")
        );
        assert!(
            with(|tax, _, _| tax.percent = f64::NAN)
                .unwrap_err()
                .contains("tax.percent")
        );
        assert!(
            with(|_, shipping, _| shipping.flat = "-1".into())
                .unwrap_err()
                .contains("shipping.flat")
        );
        assert!(
            with(|_, shipping, _| shipping.free_over = "x".into())
                .unwrap_err()
                .contains("free_over")
        );
        assert!(
            with(|_, _, orders| orders.hold_s = 5)
                .unwrap_err()
                .contains("orders.hold_s")
        );
        let never = with(|_, shipping, _| shipping.free_over.clear()).unwrap();
        assert_eq!(never.shipping.free_over, None);
    }
}
