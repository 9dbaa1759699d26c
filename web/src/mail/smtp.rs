//! Mail by SMTP: over TLS, with rustls and the certificates that this machine trusts.

use super::Transport;
use crate::config::MailConfig;
use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    transport::smtp::{authentication::Credentials, response::Category},
};
use shop::mail::SendFailure;
use std::time::Duration;
use uuid::Uuid;

/// How long each step of a conversation with the server may take.
const STEP: Duration = Duration::from_secs(20);
/// How long a mail may take, from the connection to the last word.
const WHOLE: Duration = Duration::from_secs(60);

/// A server for mail.
pub(super) struct Smtp {
    server: AsyncSmtpTransport<Tokio1Executor>,
}

impl Smtp {
    /// The server of the settings. Nothing is sent yet, not even a greeting.
    pub(super) fn new(config: &MailConfig) -> anyhow::Result<Self> {
        let url = config.smtp_url.as_deref().unwrap_or_default();
        let mut server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.timeout(Some(STEP));
        if let (Some(user), Some(password)) = (&config.smtp_user, &config.smtp_password) {
            server = server.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self { server: server.build() })
    }
}

#[async_trait]
impl Transport for Smtp {
    async fn send(&self, _: Uuid, message: &Message) -> Result<(), SendFailure> {
        match tokio::time::timeout(WHOLE, self.server.send(message.clone())).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(SendFailure {
                is_permanent: is_about_the_mail(&error),
                message: error.to_string(),
            }),
            Err(_) => Err(SendFailure {
                message: format!("no end within {} s", WHOLE.as_secs()),
                is_permanent: false,
            }),
        }
    }
}

/// Whether the server refuses this mail for good, such as one to a mailbox that is not there
/// (RFC 5321, section 4.2.1: 55x). Anything else may be mended: a password, a network.
fn is_about_the_mail(error: &lettre::transport::smtp::Error) -> bool {
    let category = error.status().map(|status| status.category);
    error.is_permanent() && matches!(category, Some(Category::MailSystem))
}
