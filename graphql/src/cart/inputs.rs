//! What shoppers send about carts and addresses.

use crate::{error::ApiError, ids::Id, inputs::patch, page::at_most};
use async_graphql::{InputObject, MaybeUndefined};
use shop::{
    cart::{CartDetails, LineQuantity},
    checkout,
    id::{AddressId, ShippingRateId, VariantId},
};

/// Longest list of lines.
const MOST: usize = 100;

/// So many pieces of a variant.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct CartLineInput {
    /// What.
    pub variant_id: Id<VariantId>,
    /// How many.
    pub quantity: i32,
}

/// What to put in, beside what is in already.
#[derive(Clone, Debug, InputObject)]
pub struct CartLinesAddInput {
    /// At most 100 lines; 1 to 999 pieces each.
    pub lines: Vec<CartLineInput>,
    /// `searchId` of the search that found them, so that it is known what searches sell.
    pub search_id: Option<String>,
}

/// How many pieces there are to be.
#[derive(Clone, Debug, InputObject)]
pub struct CartLinesSetInput {
    /// At most 100 lines; 0 pieces take a line out.
    pub lines: Vec<CartLineInput>,
}

/// What to take out.
#[derive(Clone, Debug, InputObject)]
pub struct CartLinesRemoveInput {
    /// At most 100; those that are not in are no error.
    pub variant_ids: Vec<Id<VariantId>>,
}

/// A coupon as it was typed.
#[derive(Clone, Debug, InputObject)]
pub struct CartCouponApplyInput {
    /// Its code, in any case.
    pub code: String,
}

/// Where somebody lives or a parcel goes.
#[derive(Clone, InputObject)]
pub struct AddressInput {
    /// Who receives.
    #[graphql(secret)]
    pub name: String,
    /// Their company.
    #[graphql(default, secret)]
    pub company: String,
    /// Street and number.
    #[graphql(secret)]
    pub line1: String,
    /// Flat, floor, care of.
    #[graphql(default, secret)]
    pub line2: String,
    /// Town.
    #[graphql(secret)]
    pub city: String,
    /// State or province.
    #[graphql(default, secret)]
    pub region: String,
    /// Postal code; some countries have none.
    #[graphql(default, secret)]
    pub postal_code: String,
    /// ISO 3166-1 alpha-2, such as `US`.
    pub country: String,
    /// For the carrier.
    #[graphql(default, secret)]
    pub phone: String,
}

impl From<AddressInput> for checkout::Address {
    fn from(input: AddressInput) -> Self {
        let AddressInput {
            name,
            company,
            line1,
            line2,
            city,
            region,
            postal_code,
            country,
            phone,
        } = input;
        Self {
            name,
            company,
            line1,
            line2,
            city,
            region,
            postal_code,
            country,
            phone,
        }
    }
}

/// What a checkout asks for beside the goods; absent stays, `null` clears.
#[derive(Clone, InputObject)]
pub struct CartDetailsSetInput {
    /// Where news of a guest's order goes; of a user's it goes to their own address.
    #[graphql(secret)]
    pub email: MaybeUndefined<String>,
    /// Where it goes.
    pub shipping_address: MaybeUndefined<AddressInput>,
    /// Who pays, if somebody else.
    pub billing_address: MaybeUndefined<AddressInput>,
    /// The way to ship, one of the cart's `shippingMethods`.
    pub shipping_method_id: MaybeUndefined<Id<ShippingRateId>>,
}

impl From<CartDetailsSetInput> for CartDetails {
    fn from(input: CartDetailsSetInput) -> Self {
        Self {
            email: patch(input.email, |email| email),
            shipping_address: patch(input.shipping_address, Into::into),
            billing_address: patch(input.billing_address, Into::into),
            shipping_rate: patch(input.shipping_method_id, |id| id.0),
        }
    }
}

/// An address to keep.
#[derive(Clone, InputObject)]
pub struct AddressCreateInput {
    /// What it says.
    pub address: AddressInput,
    /// Whether new carts start with it; the first one always does.
    #[graphql(default)]
    pub is_default: bool,
}

/// A change of a kept address.
#[derive(Clone, InputObject)]
pub struct AddressUpdateInput {
    /// Which.
    pub id: Id<AddressId>,
    /// What it shall say; absent: as before.
    pub address: Option<AddressInput>,
    /// Makes it the default.
    #[graphql(default)]
    pub is_default: bool,
}

/// Which address.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct AddressIdInput {
    /// Which.
    pub id: Id<AddressId>,
}

pub(super) fn lines(lines: &[CartLineInput]) -> Result<Vec<LineQuantity>, ApiError> {
    at_most("lines", lines, MOST)?;
    let quantity = |line: &CartLineInput| LineQuantity {
        variant: line.variant_id.0,
        quantity: line.quantity,
    };
    Ok(lines.iter().map(quantity).collect())
}

pub(super) fn variants(ids: &[Id<VariantId>]) -> Result<Vec<VariantId>, ApiError> {
    at_most("variantIds", ids, MOST)?;
    Ok(ids.iter().map(|id| id.0).collect())
}
