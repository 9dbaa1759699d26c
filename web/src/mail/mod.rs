//! Sends the mail that waits in the shop's queue: to a server by SMTP, or into files where
//! there is none (demo shops and tests). Logs tell of a mail by its id and kind, never whom
//! it goes to or what it says.

mod files;
mod smtp;
#[cfg(test)]
mod tests;

use crate::config::Config;
use anyhow::Context as _;
use async_trait::async_trait;
use files::FileOutbox;
use lettre::message::{
    Body, Mailbox, Message, MultiPart, SinglePart,
    header::{ContentTransferEncoding, ContentType},
};
use shop::{
    Shop, ShopError,
    mail::{DueMail, SendFailure},
};
use smtp::Smtp;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Mails that are taken up at once. One at a time is sent, each within a minute, so that all
/// are done before the queue gives them to somebody else.
const BATCH: u64 = 4;
/// How often mail is looked for that another process wrote, or that is due again.
const POLL: Duration = Duration::from_secs(5);

/// Longest line that may travel as it is (RFC 5322, section 2.1.1: 998 with none to spare).
const LONGEST_LINE: usize = 900;

/// A way to send.
#[async_trait]
trait Transport: Send + Sync {
    /// Sends one message; `id` names it for as long as it is tried.
    async fn send(&self, id: uuid::Uuid, message: &Message) -> Result<(), SendFailure>;
}

/// Takes what is due from the queue and sends it.
#[derive(Clone)]
pub struct Postman {
    shop: Shop,
    from: Mailbox,
    transport: Arc<dyn Transport>,
}

impl Postman {
    /// A postman of this shop; none when the settings give no way to send.
    ///
    /// # Errors
    /// When the way that they give cannot be one.
    pub fn new(config: &Config, shop: Shop) -> anyhow::Result<Option<Self>> {
        let transport: Arc<dyn Transport> = if config.mail.smtp_url.is_some() {
            Arc::new(Smtp::new(&config.mail).context("setting `mail.smtp_url`")?)
        } else if let Some(directory) = config.mail_outbox() {
            Arc::new(FileOutbox::new(directory))
        } else {
            return Ok(None);
        };
        let from = config.mail.from.parse().context("setting `mail.from`")?;
        Ok(Some(Self { shop, from, transport }))
    }

    /// Sends until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            match self.round().await {
                Ok(0) => {}
                Ok(_) if !stop.is_cancelled() => continue,
                Ok(_) => return,
                Err(error) => tracing::error!(%error, "the mail queue cannot be worked on"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.shop.mail().woken() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Sends a few; tells how many were taken up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn round(&self) -> Result<usize, ShopError> {
        let due = self.shop.mail().claim(self.shop.now(), BATCH).await?;
        for mail in &due {
            self.deliver(mail).await?;
        }
        Ok(due.len())
    }

    async fn deliver(&self, mail: &DueMail) -> Result<(), ShopError> {
        let queue = self.shop.mail();
        let outcome = match message(&self.from, mail) {
            Ok(message) => self.transport.send(mail.id, &message).await,
            Err(failure) => Err(failure),
        };
        match outcome {
            Ok(()) => {
                queue.sent(mail, self.shop.now()).await?;
                tracing::info!(mail.id = %mail.id, mail.kind, mail.attempt, "mail sent");
            }
            Err(failure) => {
                // Its text may name the address: it stays in the database.
                let given_up = queue.failed(mail, &failure, self.shop.now()).await?;
                tracing::warn!(mail.id = %mail.id, mail.kind, mail.attempt, mail.given_up = given_up, "mail not sent");
            }
        }
        Ok(())
    }
}

/// The message as it travels. Its id stays the same over all attempts, so that a mail that
/// is sent twice can be told as one.
fn message(from: &Mailbox, mail: &DueMail) -> Result<Message, SendFailure> {
    let hopeless = |error: &dyn std::fmt::Display| SendFailure {
        message: error.to_string(),
        is_permanent: true,
    };
    let to = mail.to.parse().map_err(|error| hopeless(&error))?;
    let builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(&mail.subject)
        .message_id(Some(format!("<{}@{}>", mail.id.simple(), from.email.domain())));
    let text = SinglePart::builder().header(ContentType::TEXT_PLAIN);
    let text = text.body(body(&mail.text));
    let built = match &mail.html {
        Some(html) => {
            let html = SinglePart::html(html.clone());
            builder.multipart(MultiPart::alternative().singlepart(text).singlepart(html))
        }
        None => builder.singlepart(text),
    };
    built.map_err(|error| hopeless(&error))
}

/// A text as it travels: as it is where that is allowed, so that a link that is longer than a
/// line stays whole for whoever reads the file.
fn body(text: &str) -> Body {
    let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    let is_plain = text.is_ascii() && !text.contains('\0') && text.lines().all(|line| line.len() <= LONGEST_LINE);
    if is_plain {
        Body::dangerous_pre_encoded(text.into_bytes(), ContentTransferEncoding::SevenBit)
    } else {
        Body::new(text)
    }
}
