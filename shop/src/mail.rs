//! Mail that waits to be sent. Whoever changes something writes the mail about it in the
//! same transaction; whoever has a way to send takes what is due from here.
//!
//! Several processes may send: one takes a mail up by moving its next attempt a lease away,
//! which only one of them can do. One that dies while it sends leaves the mail to the next
//! after that lease, so a mail is sent at least once, and seldom twice. What a mail says is
//! removed as soon as nothing is left to do, because it may hold a token.

use crate::error::ShopError;
use chrono::{DateTime, TimeDelta, Utc};
use entities::mail;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, UpdateMany, sea_query::Expr,
};
use std::{fmt, sync::Arc};
use tokio::sync::Notify;
use uuid::Uuid;

/// How long whoever took a mail up has to send it.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// Attempts before a mail is given up: the last is some ten hours after the first.
const MOST_ATTEMPTS: i32 = 10;
/// What the second attempt waits; each further one waits twice as long.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(1);
/// What an attempt waits at most.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(4);
/// Longest text of a failure that is kept.
const LONGEST_ERROR: usize = 255;

/// A mail to write. `Debug` shows neither the person nor what is written to them.
#[derive(Clone)]
pub(crate) struct NewMail {
    /// What it is about, such as `PASSWORD_RESET`.
    pub(crate) kind: &'static str,
    /// The address.
    pub(crate) to: String,
    /// The subject.
    pub(crate) subject: String,
    /// The text.
    pub(crate) text: String,
    /// The same as HTML, if there is such a form.
    pub(crate) html: Option<String>,
}

impl fmt::Debug for NewMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMail")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Leaves a mail in the caller's transaction; it is sent when that commits. Call
/// [`MailQueue::wake`] afterwards, or it waits for the sender's next round.
pub(crate) async fn enqueue(tx: &impl ConnectionTrait, now: DateTime<Utc>, mail: NewMail) -> Result<(), ShopError> {
    let row = mail::ActiveModel {
        id: Set(Uuid::now_v7()),
        kind: Set(mail.kind.to_owned()),
        recipient: Set(mail.to),
        subject: Set(mail.subject),
        text: Set(mail.text),
        html: Set(mail.html),
        created_at: Set(now),
        attempts: Set(0),
        next_attempt_at: Set(Some(now)),
        sent_at: Set(None),
        last_error: Set(None),
    };
    row.insert(tx).await?;
    Ok(())
}

/// A mail that was taken up. `Debug` shows neither the person nor what is written to them.
#[derive(Clone)]
pub struct DueMail {
    /// Identity.
    pub id: Uuid,
    /// What it is about.
    pub kind: String,
    /// The address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// Which attempt this is.
    pub attempt: i32,
}

impl fmt::Debug for DueMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DueMail")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// Why a mail was not sent.
#[derive(Clone, Debug)]
pub struct SendFailure {
    /// What went wrong, for the row; it may name the address.
    pub message: String,
    /// Whether another attempt cannot help.
    pub is_permanent: bool,
}

/// Mail that waits. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct MailQueue {
    db: DatabaseConnection,
    news: Arc<Notify>,
}

impl MailQueue {
    pub(crate) fn new(db: DatabaseConnection) -> Self {
        Self {
            db,
            news: Arc::default(),
        }
    }

    /// Says that mail was written, after its commit.
    pub fn wake(&self) {
        self.news.notify_one();
    }

    /// Returns when mail was written by this process.
    pub async fn woken(&self) {
        self.news.notified().await;
    }

    /// Takes up mails that are due, the longest due first. Each must be told as sent or
    /// failed within five minutes, or another sender takes it up.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn claim(&self, now: DateTime<Utc>, most: u64) -> Result<Vec<DueMail>, ShopError> {
        let due = mail::Entity::find()
            .filter(mail::Column::NextAttemptAt.lte(now))
            .order_by_asc(mail::Column::NextAttemptAt)
            .limit(most);
        let mut claimed = Vec::new();
        for row in due.all(&self.db).await? {
            let attempt = row.attempts + 1;
            let taken = mail::Entity::update_many()
                .col_expr(mail::Column::Attempts, Expr::value(attempt))
                .col_expr(mail::Column::NextAttemptAt, Expr::value(now + LEASE))
                .filter(mail::Column::NextAttemptAt.lte(now));
            if at(taken, row.id, row.attempts).exec(&self.db).await?.rows_affected == 0 {
                continue;
            }
            claimed.push(DueMail {
                id: row.id,
                kind: row.kind,
                to: row.recipient,
                subject: row.subject,
                text: row.text,
                html: row.html,
                attempt,
            });
        }
        Ok(claimed)
    }

    /// The mail is on its way: what it said is removed.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn sent(&self, mail: &DueMail, now: DateTime<Utc>) -> Result<(), ShopError> {
        let done = blanked().col_expr(mail::Column::SentAt, Expr::value(now));
        at(done, mail.id, mail.attempt).exec(&self.db).await?;
        Ok(())
    }

    /// The mail was not sent: it is due again later, or given up. Tells whether it is given up.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn failed(&self, mail: &DueMail, failure: &SendFailure, now: DateTime<Utc>) -> Result<bool, ShopError> {
        let is_over = failure.is_permanent || mail.attempt >= MOST_ATTEMPTS;
        let update = if is_over {
            blanked()
        } else {
            let due = now + wait_after(mail.attempt);
            mail::Entity::update_many().col_expr(mail::Column::NextAttemptAt, Expr::value(due))
        };
        let message: String = failure.message.chars().take(LONGEST_ERROR).collect();
        let update = update.col_expr(mail::Column::LastError, Expr::value(message));
        at(update, mail.id, mail.attempt).exec(&self.db).await?;
        Ok(is_over)
    }
}

/// Nothing is left to do: nobody needs to read it any more.
fn blanked() -> UpdateMany<mail::Entity> {
    mail::Entity::update_many()
        .col_expr(mail::Column::Text, Expr::value(""))
        .col_expr(mail::Column::Html, Expr::value(Option::<String>::None))
        .col_expr(mail::Column::NextAttemptAt, Expr::value(Option::<DateTime<Utc>>::None))
}

/// Only as long as nobody else took the mail up since.
fn at(update: UpdateMany<mail::Entity>, id: Uuid, attempts: i32) -> UpdateMany<mail::Entity> {
    update
        .filter(mail::Column::Id.eq(id))
        .filter(mail::Column::Attempts.eq(attempts))
}

fn wait_after(attempt: i32) -> TimeDelta {
    let doubled = 2_i32.saturating_pow(attempt.clamp(1, 30).unsigned_abs() - 1);
    FIRST_WAIT
        .checked_mul(doubled)
        .unwrap_or(LONGEST_WAIT)
        .min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests;
