//! Typed identities: a prefix that says what it is, and a UUIDv7 that sorts by time.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};
use thiserror::Error;
use uuid::Uuid;

/// A text that is not the id it should be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IdError {
    /// It has another type's prefix, or none.
    #[error("expected an id that starts with `{expected}`")]
    WrongPrefix {
        /// The prefix that was expected, underscore included.
        expected: &'static str,
    },
    /// What follows the prefix is not 32 hexadecimal digits.
    #[error("malformed id after `{prefix}`")]
    Malformed {
        /// The prefix.
        prefix: &'static str,
    },
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
        pub struct $name(pub Uuid);

        impl $name {
            /// What its text starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id; ids made later sort later.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", $prefix, self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let digits = text.strip_prefix($prefix).ok_or(IdError::WrongPrefix { expected: $prefix })?;
                parse_simple(digits).map(Self).ok_or(IdError::Malformed { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }

        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )*};
}

ids! {
    /// A product.
    ProductId = "prod_";
    /// A variant: what is put into a cart.
    VariantId = "var_";
    /// A category.
    CategoryId = "cat_";
    /// A brand.
    BrandId = "brand_";
    /// A picture of a product.
    MediaId = "media_";
    /// A user.
    UserId = "user_";
    /// A log-in of a user.
    SessionId = "sess_";
    /// A saved address of a user.
    AddressId = "addr_";
    /// A cart.
    CartId = "cart_";
    /// A coupon.
    CouponId = "coup_";
    /// Countries that share shipping rates.
    ShippingZoneId = "zone_";
    /// A way to ship, with its price.
    ShippingRateId = "rate_";
    /// A tax rate of a country or category.
    TaxRateId = "tax_";
    /// An order.
    OrderId = "ord_";
    /// A line of an order.
    OrderLineId = "line_";
    /// An attempt to pay an order.
    PaymentId = "pay_";
    /// Id of an event that was given up.
    DeadLetterId = "letter_";
    /// Id of a run of a process.
    NodeId = "node_";
    /// Money on its way back.
    RefundId = "refund_";
    /// A review of a product.
    ReviewId = "rev_";
    /// Words that mean the same in a search.
    SearchSynonymId = "syn_";
    /// A rule for the answers to some searches.
    SearchRuleId = "rule_";
    /// A rule for lists of recommendations.
    RecommendationRuleId = "rrule_";
    /// An experiment with lists of recommendations.
    ExperimentId = "exp_";
    /// Somebody who looks around, logged in or not.
    VisitorId = "vis_";
}

/// 32 lower-case hexadecimal digits; one spelling per id, so that ids compare as text.
fn parse_simple(digits: &str) -> Option<Uuid> {
    let canonical = digits.len() == 32 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    canonical.then(|| Uuid::try_parse(digits).ok()).flatten()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_wrong_prefix_is_told_apart_from_a_malformed_id() {
        let id = ProductId::generate().to_string();
        assert_eq!(id.parse::<VariantId>(), Err(IdError::WrongPrefix { expected: "var_" }));
        assert_eq!(
            "prod_xyz".parse::<ProductId>(),
            Err(IdError::Malformed { prefix: "prod_" })
        );
        assert!(id.to_uppercase().parse::<ProductId>().is_err());
    }

    #[test]
    fn later_ids_sort_later() {
        let ids: Vec<_> = (0..100).map(|_| ProductId::generate()).collect();
        assert!(ids.is_sorted());
    }

    proptest! {
        #[test]
        fn every_id_survives_its_text(bits: u128) {
            let id = BrandId(Uuid::from_u128(bits));
            prop_assert_eq!(id.to_string().parse::<BrandId>().unwrap(), id);
        }

        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _: Result<ProductId, _> = text.parse();
            let _: Result<ProductId, _> = format!("prod_{text}").parse();
        }
    }
}
