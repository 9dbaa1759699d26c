//! Carts and saved addresses.

mod addresses;
mod inputs;
mod mutation;
mod query;
mod types;

pub use addresses::{Address, SavedAddress};
pub use inputs::{
    AddressCreateInput, AddressIdInput, AddressInput, AddressUpdateInput, CartCouponApplyInput, CartDetailsSetInput,
    CartLineInput, CartLinesAddInput, CartLinesRemoveInput, CartLinesSetInput,
};
pub use mutation::{AddressDeletePayload, AddressMutation, AddressPayload, CartMutation, CartPayload};
pub use query::CartQuery;
pub(crate) use query::{key, merge};
pub(crate) use types::percent as types_percent;
pub use types::{Cart, CartCoupon, CartLine, CartLineProblem, ShippingMethod};
