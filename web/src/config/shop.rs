//! The shop itself: its currency, and whether it is a demonstration.

use super::ConfigError;
use iso_currency::Currency;
use serde::{Deserialize, Serialize};

/// The shop.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShopConfig {
    /// Name on pages.
    pub name: String,
    /// ISO 4217 code of every price.
    pub currency: String,
    /// Demo mode: known users are created and printed, the demo secret is accepted.
    pub demo: bool,
}

impl Default for ShopConfig {
    fn default() -> Self {
        Self {
            name: "MyShop".into(),
            currency: "USD".into(),
            demo: true,
        }
    }
}

impl ShopConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if Currency::from_code(&self.currency).is_none() {
            return Err(ConfigError::refused(
                "shop.currency",
                "must be an ISO 4217 code such as USD or EUR",
            ));
        }
        Ok(())
    }
}
