//! Mail: who writes it, and how it is sent.

use super::ConfigError;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};
use std::{fmt, path::PathBuf};
use url::Url;

/// Who writes in a demo shop.
const DEMO_SENDER: &str = "MyShop <shop@myshop.invalid>";

/// Mail.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// Who writes, such as `Lamps & Co <shop@lamps.example>`.
    pub from: String,
    /// The server: `smtps://host` (TLS from the start), `smtp://host?tls=required` (STARTTLS),
    /// or `smtp://host` for one that takes mail in the clear and asks for no password.
    pub smtp_url: Option<String>,
    /// Whom to log in as.
    pub smtp_user: Option<String>,
    /// With which password; best by the environment.
    pub smtp_password: Option<String>,
    /// Without a server: the directory that mails are written to.
    pub outbox: Option<PathBuf>,
}

impl fmt::Debug for MailConfig {
    /// The address of the server may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailConfig")
            .field("from", &self.from)
            .field("outbox", &self.outbox)
            .finish_non_exhaustive()
    }
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            from: DEMO_SENDER.into(),
            smtp_url: None,
            smtp_user: None,
            smtp_password: None,
            outbox: None,
        }
    }
}

impl MailConfig {
    pub(super) fn validate(&self, demo: bool) -> Result<(), ConfigError> {
        if self.from.parse::<Mailbox>().is_err() {
            return Err(ConfigError::refused(
                "mail.from",
                "must be like `Lamps & Co <shop@lamps.example>`",
            ));
        }
        let Some(url) = &self.smtp_url else { return Ok(()) };
        if !demo && self.from == DEMO_SENDER {
            return Err(ConfigError::refused("mail.from", "say who writes the mails"));
        }
        let form = "must be like smtps://mail.example.com or smtp://mail.example.com?tls=required";
        let url = Url::parse(url).map_err(|_| ConfigError::refused("mail.smtp_url", form))?;
        if !matches!(url.scheme(), "smtp" | "smtps") || url.host().is_none() {
            return Err(ConfigError::refused("mail.smtp_url", form));
        }
        if self.smtp_user.is_some() != self.smtp_password.is_some() {
            return Err(ConfigError::refused(
                "mail.smtp_password",
                "user and password go together",
            ));
        }
        let has_password = self.smtp_password.is_some() || url.password().is_some();
        let is_secret =
            url.scheme() == "smtps" || url.query_pairs().any(|pair| pair == ("tls".into(), "required".into()));
        if has_password && !is_secret {
            let problem = "a password would travel in the clear: use smtps:// or add ?tls=required";
            return Err(ConfigError::refused("mail.smtp_url", problem));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(url: &str, password: Option<&str>) -> MailConfig {
        MailConfig {
            from: "shop@lamps.example".into(),
            smtp_url: Some(url.into()),
            smtp_user: password.map(|_| "shop".into()),
            smtp_password: password.map(Into::into),
            ..MailConfig::default()
        }
    }

    #[test]
    fn a_password_never_travels_in_the_clear() {
        for url in [
            "smtps://mail.example",
            "smtp://mail.example:587?tls=required",
            "smtps://u:p@mail.example",
        ] {
            assert!(mail(url, Some("secret")).validate(false).is_ok(), "{url}");
        }
        assert!(mail("smtp://localhost", None).validate(false).is_ok());
        for (url, password) in [
            ("smtp://mail.example", Some("secret")),
            ("smtp://mail.example?tls=opportunistic", Some("secret")),
            ("smtp://u:p@mail.example", None),
            ("https://mail.example", None),
            ("mail.example", None),
        ] {
            let refusal = mail(url, password).validate(false).map_err(|error| error.to_string());
            assert!(
                refusal.as_ref().is_err_and(|text| !text.contains("secret")),
                "{url}: {refusal:?}"
            );
        }
    }

    #[test]
    fn a_real_shop_says_who_writes() {
        let nobody = MailConfig {
            from: DEMO_SENDER.into(),
            ..mail("smtps://mail.example", None)
        };
        assert!(nobody.validate(true).is_ok() && nobody.validate(false).is_err());
        let broken = MailConfig {
            from: "Lamps".into(),
            ..MailConfig::default()
        };
        assert!(broken.validate(true).is_err());
        assert!(!format!("{:?}", mail("smtps://u:hunter2@mail.example", None)).contains("hunter2"));
    }
}
