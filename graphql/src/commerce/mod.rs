//! What administrators need of commerce beyond orders: coupons, shipping, taxes, figures.

mod coupon_inputs;
mod coupons;
mod dashboard;
mod payloads;
mod shipping;
mod shipping_inputs;
mod taxes;
mod types;

pub use coupon_inputs::{CouponCreateInput, CouponIdInput, CouponUpdateInput, CouponWhere};
pub use coupons::{CouponConnection, CouponMutation, CouponQuery};
pub use dashboard::{Dashboard, DashboardQuery, LowStock, OpenWork, SalesPoint, SeriesStep, TopProduct, TopProductsBy};
pub(crate) use payloads::parts;
pub use payloads::{CouponPayload, GonePayload, ShippingRatePayload, ShippingZonePayload, TaxRatePayload};
pub use shipping::{ShippingMutation, ShippingQuery};
pub use shipping_inputs::{
    ShippingRateCreateInput, ShippingRateIdInput, ShippingRateUpdateInput, ShippingZoneCreateInput,
    ShippingZoneIdInput, ShippingZoneUpdateInput,
};
pub use taxes::{TaxMutation, TaxQuery, TaxRateIdInput, TaxRateSetInput};
pub use types::{Coupon, CouponKind, ShippingRate, ShippingZone, TaxRate};

use crate::scalars::Decimal;
use shop::{Currency, checkout::Given, money::exponent};

/// An amount as the shop counts it; what cannot be counted is told beside what else is wrong.
fn amount(given: Decimal, currency: Currency) -> Given {
    given.units_at(exponent(currency)).into()
}

/// A percentage in hundredths.
fn percent(given: Decimal) -> Given {
    given.units_at(2).into()
}
