//! What a checkout needs to know beside the cart: addresses, ways to ship, taxes, coupons.

mod addresses;
mod coupons;
mod settings;
mod shipping;

pub use addresses::{Addresses, SavedAddress};
pub(crate) use addresses::{check as check_address, check_email};
pub use coupons::{Coupon, CouponProblem};
pub(crate) use coupons::{
    Customer, find as find_coupon, give_back as give_coupon_back, take as take_coupon, terms as coupon_terms,
};
pub use entities::{
    address::Address, coupon::CouponKind, shipping_rate::Model as ShippingRate, shipping_zone::Model as ShippingZone,
    tax_rate::Model as TaxRate,
};
pub use settings::{CommerceSettings, ShippingSettings, TaxSettings};
pub use shipping::{STANDARD, ShippingMethod, Terms};
