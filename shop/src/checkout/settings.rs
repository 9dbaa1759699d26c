//! What the settings say about money.

use crate::pricing::BasisPoints;
use chrono::TimeDelta;

/// Usual terms of the shop; tables refine them.
#[derive(Clone, Debug)]
pub struct CommerceSettings {
    /// What customers read on receipts.
    pub shop_name: String,
    /// How customers reach the shop, without a slash at its end; letters link there.
    pub public_url: Option<String>,
    /// Taxes.
    pub tax: TaxSettings,
    /// Shipping where no zones are defined.
    pub shipping: ShippingSettings,
    /// How long an unpaid order keeps its stock.
    pub hold: TimeDelta,
    /// How long it does when it is paid by hand, such as by bank transfer.
    pub manual_hold: TimeDelta,
    /// Orders that one address may place in an hour, beside a third as many at once, and four
    /// times as many payments that it may begin; 0: any number.
    pub orders_per_address_hour: u32,
    /// Whether customers are mailed about their orders.
    pub are_orders_mailed: bool,
}

/// Taxes.
#[derive(Clone, Copy, Debug)]
pub struct TaxSettings {
    /// Where no rule says otherwise.
    pub usual: BasisPoints,
    /// Whether shipping is taxed.
    pub is_shipping_taxed: bool,
    /// Whether prices hold the tax already.
    pub is_included: bool,
}

/// The one way to ship of a shop without zones.
#[derive(Clone, Copy, Debug)]
pub struct ShippingSettings {
    /// Its price, minor units.
    pub flat: i64,
    /// Goods above this ship for nothing, minor units.
    pub free_over: Option<i64>,
}

impl Default for CommerceSettings {
    /// 15 % tax on top of goods, shipping 10.00 and nothing above 100.00, half an hour to pay.
    fn default() -> Self {
        Self {
            shop_name: "MyShop".to_owned(),
            public_url: None,
            tax: TaxSettings {
                usual: BasisPoints::new(1_500).unwrap_or_default(),
                is_shipping_taxed: false,
                is_included: false,
            },
            shipping: ShippingSettings {
                flat: 1_000,
                free_over: Some(10_000),
            },
            hold: TimeDelta::minutes(30),
            manual_hold: TimeDelta::days(7),
            orders_per_address_hour: 180,
            are_orders_mailed: true,
        }
    }
}
