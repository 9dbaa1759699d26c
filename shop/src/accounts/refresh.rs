//! Refresh tokens: each is exchanged once for the next. All tokens of a session are one
//! family. A token that was used already and comes again means that two hold it, its owner
//! and a thief, and nobody can tell which is which: the session ends in that very request,
//! with the whole family and every access token of it.
//!
//! There is no grace for a second use, however soon: a thief who is quick would look just
//! like a second tab. A browser client refreshes in one tab at a time (docs/API.md).

use super::{
    Accounts, Deed, LoggedIn, RefreshToken,
    secret::{self, Secret},
    sessions::{Whose, end_sessions},
};
use crate::{
    db::begin_write,
    error::{ProblemCode, ShopError},
};
use chrono::{DateTime, TimeDelta, Utc};
use entities::{refresh_token, session, user_account};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
    sea_query::Expr,
};
use std::net::IpAddr;

/// The one answer to a token that cannot be used, whatever the reason.
fn refused() -> ShopError {
    ShopError::problem(
        "refresh_token",
        ProblemCode::InvalidToken,
        "this token opens nothing any more: log in again",
    )
}

/// What became of a token that was presented.
enum Outcome {
    Next(Box<LoggedIn>),
    /// Used before. Its session is ended.
    Reused(session::Model),
    Refused,
}

impl Accounts {
    /// Exchanges a refresh token for the next one and a new access token.
    ///
    /// # Errors
    /// `Invalid` at `refresh_token` for one that is unknown, used, expired or of an ended
    /// session; `RateLimited`.
    pub async fn refresh(&self, token: &str, address: Option<IpAddr>) -> Result<LoggedIn, ShopError> {
        let attempt = self.begin(Deed::Refresh, None, address).await?;
        let hash = secret::hash_of(token).ok_or_else(refused)?;
        match self.exchange(&hash).await? {
            Outcome::Next(logged_in) => {
                self.throttle.succeeded(attempt).await;
                Ok(*logged_in)
            }
            Outcome::Reused(session) => {
                self.sessions.forget(session.id).await;
                tracing::warn!(
                    session.id = %session.id, user.id = %session.user_id,
                    "a used refresh token came again: its session was ended"
                );
                Err(refused())
            }
            Outcome::Refused => Err(refused()),
        }
    }

    async fn exchange(&self, hash: &str) -> Result<Outcome, ShopError> {
        let now = self.now();
        let tx = begin_write(&self.db).await?;
        let token = refresh_token::Entity::find_by_id(hash).one(&tx).await?;
        let Some(token) = token else {
            return Ok(Outcome::Refused);
        };
        // The session is locked first, as by whoever ends or deletes it. Of two that come at the
        // same moment one marks the token, and the other waits here and then finds it marked.
        let session = session::Entity::find_by_id(token.session_id).lock_exclusive();
        let Some(session) = session.one(&tx).await? else {
            return Ok(Outcome::Refused);
        };
        let is_first = take(&tx, hash, now).await?;
        if !is_first {
            end_sessions(&tx, now, Whose::One(session.id)).await?;
            tx.commit().await?;
            return Ok(Outcome::Reused(session));
        }
        let user = user_account::Entity::find_by_id(session.user_id).one(&tx).await?;
        let is_open = token.expires_at > now && session.expires_at > now && session.revoked_at.is_none();
        let Some(user) = user.filter(|user| is_open && user.disabled_at.is_none()) else {
            return Ok(Outcome::Refused);
        };
        let used = session::ActiveModel {
            id: Unchanged(session.id),
            last_used_at: Set(now),
            ..Default::default()
        };
        used.update(&tx).await?;
        let expires_at = refresh_expiry(&session, now, self.idle_life);
        let refresh = new_refresh_token(&tx, &session, now, expires_at).await?;
        tx.commit().await?;
        Ok(Outcome::Next(Box::new(LoggedIn {
            access: self.access_token(&user, &session, now)?,
            refresh,
            profile: user.into(),
        })))
    }
}

/// Marks a token as used; false when it was before, or is unknown.
async fn take(tx: &DatabaseTransaction, hash: &str, now: DateTime<Utc>) -> Result<bool, ShopError> {
    let marked = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(now))
        .filter(refresh_token::Column::Hash.eq(hash))
        .filter(refresh_token::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    Ok(marked.rows_affected == 1)
}

/// When a token ends that is made now: after the idle life, or with its session.
pub(super) fn refresh_expiry(session: &session::Model, now: DateTime<Utc>, idle_life: TimeDelta) -> DateTime<Utc> {
    (now + idle_life).min(session.expires_at)
}

/// A new token of a session.
pub(super) async fn new_refresh_token(
    db: &impl ConnectionTrait,
    session: &session::Model,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<RefreshToken, ShopError> {
    let secret = Secret::generate();
    let row = refresh_token::ActiveModel {
        hash: Set(secret.hash()),
        session_id: Set(session.id),
        created_at: Set(now),
        expires_at: Set(expires_at),
        used_at: Set(None),
    };
    // Not read back: nothing else tells of it.
    refresh_token::Entity::insert(row).exec_without_returning(db).await?;
    let token = secret.into_string();
    Ok(RefreshToken { token, expires_at })
}
