//! What a checkout needs to know beside the cart: addresses, ways to ship, taxes, coupons.

mod addresses;
mod coupons;
mod coupons_admin;
mod given;
mod settings;
mod shipping;
mod taxes_admin;
mod terms_admin;
#[cfg(test)]
mod tests;

pub use addresses::{Addresses, SavedAddress};
pub(crate) use addresses::{check as check_address, check_email};
pub use coupons::{Coupon, CouponProblem};
pub(crate) use coupons::{
    Customer, find as find_coupon, give_back as give_coupon_back, take as take_coupon, terms as coupon_terms,
};
pub use coupons_admin::{AdminCoupons, CouponFilter, CouponPage, CouponPatch, NewCoupon};
pub use entities::{
    address::Address, coupon::CouponKind, shipping_rate::Model as ShippingRate, shipping_zone::Model as ShippingZone,
    tax_rate::Model as TaxRate,
};
pub use given::Given;
pub use settings::{CommerceSettings, ShippingSettings, TaxSettings};
pub use shipping::{STANDARD, ShippingMethod, Terms};
pub use taxes_admin::SetTaxRate;
pub use terms_admin::{AdminTerms, NewRate, NewZone, RatePatch, Zone, ZonePatch};
