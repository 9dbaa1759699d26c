//! Ways to pay, and what their providers know the shop by.

use super::{ConfigError, Secret, ShopConfig};
use crate::payments;
use iso_currency::Currency;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// A transfer takes longer than this to explain only by mistake.
const LONGEST_INSTRUCTIONS: usize = 4000;

/// Ways to pay.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PaymentsConfig {
    /// Payment outside the shop, such as a bank transfer.
    pub manual: ManualConfig,
    /// PayPal; unset means not offered.
    pub paypal: Option<PaypalConfig>,
    /// Stripe; unset means not offered.
    pub stripe: Option<StripeConfig>,
    /// Payments without money, for demo shops only.
    pub test: TestConfig,
    /// Milliseconds for a connection to a provider.
    pub connect_timeout_ms: u64,
    /// Milliseconds for a whole call, repetitions included.
    pub timeout_ms: u64,
}

impl Default for PaymentsConfig {
    fn default() -> Self {
        Self {
            manual: ManualConfig::default(),
            paypal: None,
            stripe: None,
            test: TestConfig::default(),
            connect_timeout_ms: 5_000,
            timeout_ms: 20_000,
        }
    }
}

/// Payment outside the shop.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ManualConfig {
    /// Whether it is offered.
    pub enabled: bool,
    /// What customers read.
    pub label: String,
    /// How to pay; `{order}` and `{amount}` stand for the order number and the amount.
    pub instructions: String,
}

impl Default for ManualConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            label: "Bank transfer".into(),
            instructions: String::new(),
        }
    }
}

/// PayPal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PaypalConfig {
    /// Names the app.
    pub client_id: String,
    /// Proves the app.
    pub client_secret: Secret,
    /// Names the webhook whose messages are taken; without it none is.
    pub webhook_id: String,
    /// Play money or real.
    pub environment: PaypalEnvironment,
    /// Another address of the API.
    pub base_url: Option<String>,
}

/// Where PayPal is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaypalEnvironment {
    /// Play money.
    Sandbox,
    /// Real money.
    #[default]
    Live,
}

impl PaypalConfig {
    /// The address of the API.
    #[must_use]
    pub fn address(&self) -> &str {
        self.base_url.as_deref().unwrap_or(match self.environment {
            PaypalEnvironment::Sandbox => "https://api-m.sandbox.paypal.com",
            PaypalEnvironment::Live => "https://api-m.paypal.com",
        })
    }
}

/// Stripe.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StripeConfig {
    /// `sk_…` or a restricted `rk_…`.
    pub secret_key: Secret,
    /// `pk_…`; public.
    pub publishable_key: String,
    /// `whsec_…`, every one that may sign: two while one replaces the other.
    pub webhook_secrets: Vec<Secret>,
    /// The address of the API.
    pub base_url: String,
}

impl Default for StripeConfig {
    fn default() -> Self {
        Self {
            secret_key: Secret::default(),
            publishable_key: String::new(),
            webhook_secrets: Vec::new(),
            base_url: "https://api.stripe.com".into(),
        }
    }
}

/// Payments without money.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TestConfig {
    /// Whether they are offered; unset means in demo mode. Refused elsewhere.
    pub enabled: Option<bool>,
    /// What becomes of them.
    pub outcome: TestOutcome,
}

/// What becomes of a test payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestOutcome {
    /// It is captured at once.
    #[default]
    Complete,
    /// It is declined.
    Decline,
    /// It is being worked on until a message says otherwise.
    Process,
}

impl PaymentsConfig {
    pub(super) fn validate(&self, shop: &ShopConfig) -> Result<(), ConfigError> {
        let Some(currency) = Currency::from_code(&shop.currency) else {
            // The shop's own check has said so.
            return Ok(());
        };
        self.validate_local(shop.demo)?;
        if let Some(paypal) = &self.paypal {
            paypal.validate(currency)?;
        }
        self.stripe.as_ref().map_or(Ok(()), StripeConfig::validate)
    }

    fn validate_local(&self, demo: bool) -> Result<(), ConfigError> {
        let refused = |setting, problem: &str| Err(ConfigError::refused(setting, problem));
        let ManualConfig {
            enabled,
            label,
            instructions,
        } = &self.manual;
        if *enabled && label.trim().is_empty() {
            return refused("payments.manual.label", "must say what customers choose");
        }
        if *enabled && (instructions.trim().is_empty() || instructions.len() > LONGEST_INSTRUCTIONS) {
            return refused(
                "payments.manual.instructions",
                "must say how to pay, such as `Transfer {amount} to account … and name order {order}`",
            );
        }
        if self.test.enabled == Some(true) && !demo {
            return refused(
                "payments.test.enabled",
                "payments without money are refused outside demo mode",
            );
        }
        if self.connect_timeout_ms == 0 || self.timeout_ms == 0 {
            return refused("payments.timeout_ms", "time-outs must be at least 1");
        }
        Ok(())
    }
}

impl PaypalConfig {
    fn validate(&self, currency: Currency) -> Result<(), ConfigError> {
        if self.client_id.is_empty() {
            return Err(ConfigError::refused(
                "payments.paypal.client_id",
                "set the app's client id",
            ));
        }
        if self.client_secret.expose().is_empty() {
            return Err(ConfigError::refused(
                "payments.paypal.client_secret",
                "set the app's secret",
            ));
        }
        if !self.webhook_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(ConfigError::refused(
                "payments.paypal.webhook_id",
                "set the id of the webhook, letters and digits, not its address",
            ));
        }
        if !payments::paypal::takes(currency) {
            return Err(ConfigError::refused(
                "payments.paypal",
                format!(
                    "PayPal takes no {}; leave it out or change shop.currency",
                    currency.code()
                ),
            ));
        }
        check_address("payments.paypal.base_url", self.address())
    }
}

impl StripeConfig {
    fn validate(&self) -> Result<(), ConfigError> {
        let key = self.secret_key.expose();
        if !key.starts_with("sk_") && !key.starts_with("rk_") {
            return Err(ConfigError::refused(
                "payments.stripe.secret_key",
                "must start with sk_ or rk_",
            ));
        }
        if !self.publishable_key.starts_with("pk_") {
            return Err(ConfigError::refused(
                "payments.stripe.publishable_key",
                "must start with pk_; everybody can read it, so a secret must not be here",
            ));
        }
        let signs = |secret: &Secret| secret.expose().starts_with("whsec_") && secret.expose().len() >= 16;
        if !self.webhook_secrets.iter().all(signs) {
            return Err(ConfigError::refused(
                "payments.stripe.webhook_secrets",
                r#"must be signing secrets of webhook endpoints, such as ["whsec_…"]"#,
            ));
        }
        check_address("payments.stripe.base_url", &self.base_url)
    }
}

/// Secrets travel encrypted or stay on this machine.
fn check_address(setting: &'static str, address: &str) -> Result<(), ConfigError> {
    let fits = Url::parse(address).is_ok_and(|url| {
        let bare = url.path() == "/" && url.query().is_none() && url.username().is_empty() && url.password().is_none();
        bare && match url.scheme() {
            "https" => url.host().is_some(),
            "http" => is_loopback(&url),
            _ => false,
        }
    });
    if fits && !address.ends_with('/') {
        return Ok(());
    }
    Err(ConfigError::refused(
        setting,
        "must be https://host without a path; http only on this machine",
    ))
}

/// Whether an address names this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn stripe() -> StripeConfig {
        StripeConfig {
            secret_key: "sk_test_1".into(),
            publishable_key: "pk_test_1".into(),
            webhook_secrets: vec!["whsec_0123456789abcdef".into()],
            ..StripeConfig::default()
        }
    }

    fn paypal() -> PaypalConfig {
        PaypalConfig {
            client_id: "app".into(),
            client_secret: "secret".into(),
            ..PaypalConfig::default()
        }
    }

    #[test]
    fn secrets_travel_encrypted_or_stay_on_this_machine() {
        for (address, fits) in [
            ("https://api.stripe.com", true),
            ("http://127.0.0.1:4000", true),
            ("http://[::1]:4000", true),
            ("http://api.stripe.com", false),
            ("http://127.0.0.1.example.com", false),
            ("https://user:word@api.stripe.com", false),
            ("https://api.stripe.com/v1", false),
            ("ftp://api.stripe.com", false),
            ("api.stripe.com", false),
        ] {
            let config = StripeConfig {
                base_url: address.into(),
                ..stripe()
            };
            assert_eq!(config.validate().is_ok(), fits, "{address}");
        }
    }

    #[test]
    fn a_secret_key_is_not_published_by_mistake() {
        let swapped = StripeConfig {
            publishable_key: "sk_test_1".into(),
            ..stripe()
        };
        let refusal = swapped.validate().unwrap_err().to_string();
        assert!(
            refusal.contains("publishable_key") && !refusal.contains("sk_test_1"),
            "{refusal}"
        );
    }

    #[test]
    fn test_payments_are_refused_outside_demo_mode_and_paypal_in_a_currency_that_it_does_not_take() {
        let shop = |demo, currency: &str| ShopConfig {
            demo,
            currency: currency.into(),
            ..ShopConfig::default()
        };
        let mut config = PaymentsConfig::default();
        assert!(config.validate(&shop(false, "USD")).is_ok());
        config.test.enabled = Some(true);
        assert!(config.validate(&shop(true, "USD")).is_ok());
        assert!(config.validate(&shop(false, "USD")).is_err());
        config.paypal = Some(paypal());
        assert!(config.validate(&shop(true, "JPY")).is_ok());
        assert!(config.validate(&shop(true, "KWD")).is_err());
    }

    #[test]
    fn manual_payment_needs_instructions() {
        let mut config = PaymentsConfig::default();
        config.manual.enabled = true;
        assert!(config.validate(&ShopConfig::default()).is_err());
        config.manual.instructions = "Transfer {amount} and name {order}".into();
        assert!(config.validate(&ShopConfig::default()).is_ok());
    }
}
