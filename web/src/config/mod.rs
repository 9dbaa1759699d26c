//! Settings: one struct per concern, read from defaults, a TOML file and the environment.
//!
//! Order, later wins: built-in defaults, `myshop.toml` (or `--config FILE`), environment
//! variables `MYSHOP_<SECTION>__<KEY>`, and the platform's usual `DATABASE_URL`,
//! `REDIS_URL` and `PORT`. Everything is validated before anything starts; a refusal
//! names the setting and says what to put there.

mod auth;
mod commerce;
mod database;
mod environment;
mod events;
mod graphql;
mod mail;
mod media;
mod models;
mod payments;
mod recommender;
mod reviews;
mod secret;
mod server;
mod shop;
mod stream;
mod telemetry;

pub use auth::{AuthConfig, FirstAdmin, SigningKey};
pub use commerce::{OrdersConfig, ShippingConfig, TaxConfig};
pub use database::{CacheConfig, DatabaseConfig};
pub use events::EventsConfig;
pub use graphql::GraphqlConfig;
pub use mail::MailConfig;
pub use media::MediaConfig;
pub use models::ModelsConfig;
pub(crate) use payments::is_loopback;
pub use payments::{
    ManualConfig, PaymentsConfig, PaypalConfig, PaypalEnvironment, StripeConfig, TestConfig, TestOutcome,
};
pub use recommender::{Engine, Mode, RecommenderConfig, VectorsIn};
pub use reviews::{ReviewModeration, ReviewsConfig};
pub use secret::Secret;
pub use server::ServerConfig;
pub use shop::ShopConfig;
pub use stream::StreamConfig;
pub use telemetry::{LogFormat, TelemetryConfig};

use ::shop::checkout::CommerceSettings;
use environment::{VERBATIM, env_name, is_verbatim, told};
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Every setting of the shop.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Directory for everything the embedded default writes: SQLite file, media, models.
    pub data_dir: DataDir,
    /// Where the server listens.
    pub server: ServerConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// The shared cache.
    pub cache: CacheConfig,
    /// Sign-in and tokens.
    pub auth: AuthConfig,
    /// Mail.
    pub mail: MailConfig,
    /// Pictures.
    pub media: MediaConfig,
    /// Models and ONNX Runtime.
    pub models: ModelsConfig,
    /// The recommender.
    pub recommender: RecommenderConfig,
    /// Limits of the API.
    pub graphql: GraphqlConfig,
    /// The shop itself.
    pub shop: ShopConfig,
    /// Taxes.
    pub tax: TaxConfig,
    /// Shipping.
    pub shipping: ShippingConfig,
    /// Orders.
    pub orders: OrdersConfig,
    /// Ways to pay.
    pub payments: PaymentsConfig,
    /// Reviews.
    pub reviews: ReviewsConfig,
    /// What people do.
    pub events: EventsConfig,
    /// The change stream.
    pub stream: StreamConfig,
    /// Logs.
    pub telemetry: TelemetryConfig,
}

/// The data directory, `data` unless set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DataDir(pub PathBuf);

impl Default for DataDir {
    fn default() -> Self {
        Self(PathBuf::from("data"))
    }
}

/// A setting that cannot be used, and what to do about it.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file or environment does not parse. No source: its text says everything.
    #[error("settings do not parse: {}", told(.0))]
    Parse(Box<figment::Error>),
    /// A value is missing or refused.
    #[error("setting `{setting}` (environment {env}): {problem}", env = env_name(setting))]
    Refused {
        /// Dotted name, such as `auth.keys`.
        setting: &'static str,
        /// What is wrong and what to set.
        problem: String,
    },
}

impl ConfigError {
    /// A refusal of one setting.
    pub fn refused(setting: &'static str, problem: impl Into<String>) -> Self {
        Self::Refused {
            setting,
            problem: problem.into(),
        }
    }
}

impl Config {
    /// Reads and validates the settings. `file` must exist when given; without it
    /// `myshop.toml` in the working directory is read if there is one.
    ///
    /// # Errors
    /// `Parse` for unreadable input and unknown keys, `Refused` for values that cannot work.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let base = Figment::from(Serialized::defaults(Self::default()));
        let with_file = match file {
            Some(path) => base.merge(Toml::file_exact(path)),
            None => base.merge(Toml::file("myshop.toml")),
        };
        let settings = with_file
            .merge(Env::raw().only(&["DATABASE_URL"]).map(|_| "database.url".into()))
            .merge(Env::raw().only(&["REDIS_URL"]).map(|_| "cache.redis_url".into()))
            .merge(Env::raw().only(&["PORT"]).map(|_| "server.port".into()))
            .merge(
                Env::prefixed("MYSHOP_")
                    .filter(|key| key.as_str().contains("__") || key == "data_dir")
                    .filter(|key| !is_verbatim(key.as_str()))
                    .split("__"),
            );
        let taken = VERBATIM
            .iter()
            .filter_map(|(variable, setting)| Some((*setting, std::env::var(variable).ok()?)));
        let config: Self = taken
            .fold(settings, |settings, one| settings.merge(one))
            .extract()
            .map_err(|error| ConfigError::Parse(Box::new(error)))?;
        config.validate()?;
        Ok(config)
    }

    /// Checks every section.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.server.validate()?;
        self.database.validate()?;
        self.cache.validate()?;
        self.stream.validate()?;
        self.events.validate()?;
        self.auth.validate(self.shop.demo)?;
        self.mail.validate(self.shop.demo)?;
        self.media.validate()?;
        self.recommender.validate(&self.database)?;
        self.graphql.validate()?;
        self.shop.validate()?;
        self.payments.validate(&self.shop)?;
        self.commerce().map(drop)
    }

    /// Taxes, shipping and orders as the domain takes them.
    ///
    /// # Errors
    /// The first value that cannot work.
    pub fn commerce(&self) -> Result<CommerceSettings, ConfigError> {
        let settings = commerce::commerce(&self.shop, &self.tax, &self.shipping, &self.orders)?;
        Ok(CommerceSettings {
            public_url: Some(self.server.public_url.clone()).filter(|url| !url.is_empty()),
            ..settings
        })
    }

    /// The database address: the one set, else the SQLite file under the data directory.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.database
            .url
            .clone()
            .unwrap_or_else(|| format!("sqlite://{}/myshop.db", self.data_dir.0.display()))
    }

    /// Where mails are written to files: the directory set; in a demo shop without a server for
    /// mail one in the data directory.
    #[must_use]
    pub fn mail_outbox(&self) -> Option<PathBuf> {
        let by_default = || self.shop.demo.then(|| self.data_dir.0.join("outbox"));
        self.mail.outbox.clone().or_else(by_default)
    }

    /// The directory that holds the models.
    #[must_use]
    pub fn models_dir(&self) -> PathBuf {
        self.models
            .dir
            .clone()
            .unwrap_or_else(|| self.data_dir.0.join("models"))
    }

    /// Where pictures are stored when no address is set.
    #[must_use]
    pub fn media_dir(&self) -> PathBuf {
        self.data_dir.0.join("media")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::result_large_err, reason = "tests")]
mod tests {
    use super::*;
    use figment::Jail;

    #[test]
    fn the_defaults_are_a_demo_shop_that_starts_without_settings() {
        Jail::expect_with(|_| {
            let config = Config::load(None).unwrap();
            assert!(config.shop.demo);
            assert!(config.database_url().starts_with("sqlite://data/"));
            Ok(())
        });
    }

    #[test]
    fn a_password_of_digits_is_a_password() {
        Jail::expect_with(|jail| {
            jail.set_env("MYSHOP_AUTH__FIRST_ADMIN__EMAIL", "ada@example.com");
            jail.set_env("MYSHOP_AUTH__FIRST_ADMIN__PASSWORD", "0417302956");
            jail.set_env("MYSHOP_MAIL__SMTP_PASSWORD", "0417302957");
            let config = Config::load(None).unwrap();
            assert_eq!(config.mail.smtp_password.as_deref(), Some("0417302957"));
            assert!(!format!("{config:?}").contains("0417302957"));
            let first = config.auth.first_admin.unwrap();
            assert_eq!((&*first.email, &*first.password), ("ada@example.com", "0417302956"));
            Ok(())
        });
    }

    #[test]
    fn a_secret_that_does_not_parse_is_not_told() {
        Jail::expect_with(|jail| {
            jail.create_file(
                "myshop.toml",
                "[auth.first_admin]\nemail = \"ada@example.com\"\npassword = 8417302956\n",
            )?;
            let refusal = Config::load(None).unwrap_err().to_string();
            assert!(refusal.contains("auth") && !refusal.contains("8417302956"), "{refusal}");
            Ok(())
        });
        Jail::expect_with(|jail| {
            jail.set_env("MYSHOP_AUTH__KEYS", "[{kid=\"a\",secret=8417302956}]");
            let refusal = Config::load(None).unwrap_err().to_string();
            assert!(refusal.contains("auth") && !refusal.contains("8417302956"), "{refusal}");
            Ok(())
        });
    }

    #[test]
    fn keys_of_providers_come_from_the_environment_as_they_are_and_are_never_told() {
        Jail::expect_with(|jail| {
            jail.set_env("MYSHOP_PAYMENTS__PAYPAL__CLIENT_ID", "00417");
            jail.set_env("MYSHOP_PAYMENTS__PAYPAL__CLIENT_SECRET", "8417302956");
            jail.set_env("MYSHOP_PAYMENTS__PAYPAL__WEBHOOK_ID", "5E12");
            let config = Config::load(None).unwrap();
            let paypal = config.payments.paypal.as_ref().unwrap();
            assert_eq!(
                (&*paypal.client_id, paypal.client_secret.expose(), &*paypal.webhook_id),
                ("00417", "8417302956", "5E12")
            );
            assert!(!format!("{config:?}").contains("8417302956"));
            Ok(())
        });
        Jail::expect_with(|jail| {
            jail.create_file(
                "myshop.toml",
                "[payments.stripe]\nsecret_key = 8417302956\npublishable_key = \"pk_test_1\"\n",
            )?;
            let refusal = Config::load(None).unwrap_err().to_string();
            assert!(
                refusal.contains("payments.stripe.secret_key") && !refusal.contains("8417302956"),
                "{refusal}"
            );
            Ok(())
        });
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        Jail::expect_with(|jail| {
            jail.create_file(
                "myshop.toml",
                "[server]\nport = 9001\n[recommender]\ntext_weight = 0.5\n",
            )?;
            jail.set_env("MYSHOP_SERVER__PORT", "9002");
            let config = Config::load(None).unwrap();
            assert_eq!(config.server.port, 9002);
            assert!((config.recommender.text_weight - 0.5).abs() < f32::EPSILON);
            Ok(())
        });
    }

    #[test]
    fn reviews_are_looked_at_before_or_after_and_nothing_else() {
        Jail::expect_with(|jail| {
            assert_eq!(Config::load(None).unwrap().reviews.moderation, ReviewModeration::After);
            jail.set_env("MYSHOP_REVIEWS__MODERATION", "before");
            assert_eq!(Config::load(None).unwrap().reviews.moderation, ReviewModeration::Before);
            jail.set_env("MYSHOP_REVIEWS__MODERATION", "never");
            assert!(Config::load(None).unwrap_err().to_string().contains("never"));
            Ok(())
        });
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        Jail::expect_with(|jail| {
            jail.create_file("myshop.toml", "[server]\nprot = 9001\n")?;
            assert!(Config::load(None).unwrap_err().to_string().contains("prot"));
            Ok(())
        });
    }

    #[test]
    fn outside_demo_mode_the_default_secret_is_refused_with_advice() {
        Jail::expect_with(|jail| {
            jail.set_env("MYSHOP_SHOP__DEMO", "false");
            let text = Config::load(None).unwrap_err().to_string();
            assert!(
                text.contains("auth.keys") && text.contains("MYSHOP_AUTH__KEYS"),
                "{text}"
            );
            Ok(())
        });
    }
}
