//! Addresses as the API shows them.

use crate::ids::Id;
use async_graphql::SimpleObject;
use shop::{checkout, id::AddressId};

/// Where somebody lives or a parcel goes.
#[derive(Clone, SimpleObject)]
pub struct Address {
    /// Who receives.
    pub name: String,
    /// Their company, may be empty.
    pub company: String,
    /// Street and number.
    pub line1: String,
    /// Flat, floor, care of; may be empty.
    pub line2: String,
    /// Town.
    pub city: String,
    /// State or province, may be empty.
    pub region: String,
    /// Postal code, may be empty.
    pub postal_code: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// For the carrier, may be empty.
    pub phone: String,
}

impl From<checkout::Address> for Address {
    fn from(address: checkout::Address) -> Self {
        let checkout::Address {
            name,
            company,
            line1,
            line2,
            city,
            region,
            postal_code,
            country,
            phone,
        } = address;
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

/// An address that its owner keeps.
#[derive(Clone, SimpleObject)]
pub struct SavedAddress {
    /// `addr_…`
    pub id: Id<AddressId>,
    /// What it says.
    pub address: Address,
    /// Whether new carts start with it.
    pub is_default: bool,
}

impl From<checkout::SavedAddress> for SavedAddress {
    fn from(row: checkout::SavedAddress) -> Self {
        Self {
            id: Id(row.id),
            address: row.address.into(),
            is_default: row.is_default,
        }
    }
}
