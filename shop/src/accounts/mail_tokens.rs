//! Tokens that are mailed: made, looked at, and used up. Each opens one thing for one user,
//! once, for a while, and was sent to one address.

use super::{
    Accounts,
    secret::{self, Secret},
};
use crate::{
    error::{ProblemCode, ShopError},
    mail,
};
use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    id::UserId,
    one_time_token::{self, Purpose},
    user_account,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    sea_query::Expr,
};

/// Tokens of one purpose that a user may be sent within [`FLOOD_WINDOW`], from wherever they
/// are asked for. Past it nothing is sent: what was sent before still works.
const MOST_TOKENS: u64 = 5;
pub(super) const FLOOD_WINDOW: TimeDelta = TimeDelta::hours(1);

pub(super) fn life(purpose: Purpose) -> TimeDelta {
    match purpose {
        Purpose::PasswordReset => TimeDelta::hours(1),
        Purpose::EmailVerification => TimeDelta::hours(24),
    }
}

/// The one answer to a token that cannot be used, whatever the reason.
pub(super) fn refused() -> ShopError {
    ShopError::problem(
        "token",
        ProblemCode::InvalidToken,
        "this token opens nothing, or not any more: ask for another",
    )
}

impl Accounts {
    /// Mails a token that verifies this address for the user; `false` when they were sent many.
    pub(super) async fn mail_verification(
        &self,
        tx: &DatabaseTransaction,
        user: &user_account::Model,
        email: &str,
    ) -> Result<bool, ShopError> {
        let purpose = Purpose::EmailVerification;
        let Some(secret) = issue(tx, purpose, user.id, email, self.now()).await? else {
            return Ok(false);
        };
        let hours = life(purpose).num_hours();
        let letter = self.letters.verification(email, &user.name, secret.as_str(), hours);
        mail::enqueue(tx, self.now(), letter).await?;
        Ok(true)
    }
}

/// A new token, unless the user was sent too many of late.
pub(super) async fn issue(
    tx: &DatabaseTransaction,
    purpose: Purpose,
    user: UserId,
    email: &str,
    now: DateTime<Utc>,
) -> Result<Option<Secret>, ShopError> {
    let recent = one_time_token::Entity::find()
        .filter(one_time_token::Column::UserId.eq(user))
        .filter(one_time_token::Column::Purpose.eq(purpose))
        .filter(one_time_token::Column::CreatedAt.gt(now - FLOOD_WINDOW));
    if recent.count(tx).await? >= MOST_TOKENS {
        return Ok(None);
    }
    let secret = Secret::generate();
    let row = one_time_token::ActiveModel {
        hash: Set(secret.hash()),
        purpose: Set(purpose),
        user_id: Set(user),
        email: Set(email.to_owned()),
        created_at: Set(now),
        expires_at: Set(now + life(purpose)),
        used_at: Set(None),
    };
    one_time_token::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(Some(secret))
}

/// The token's row, if it could be used now. Using it is [`use_up`].
pub(super) async fn look(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    token: &str,
    now: DateTime<Utc>,
) -> Result<one_time_token::Model, ShopError> {
    let hash = secret::hash_of(token).ok_or_else(refused)?;
    let row = one_time_token::Entity::find_by_id(hash).one(db).await?;
    let is_open = |row: &one_time_token::Model| row.purpose == purpose && row.used_at.is_none() && row.expires_at > now;
    row.filter(is_open).ok_or_else(refused)
}

/// Uses a token up, once: of two that come at the same moment the second is refused. Every
/// other token that the user has for the same purpose is void from then on.
pub(super) async fn use_up(
    tx: &DatabaseTransaction,
    token: &one_time_token::Model,
    now: DateTime<Utc>,
) -> Result<(), ShopError> {
    let this = one_time_token::Entity::update_many()
        .col_expr(one_time_token::Column::UsedAt, Expr::value(now))
        .filter(one_time_token::Column::Hash.eq(token.hash.as_str()))
        .filter(one_time_token::Column::UsedAt.is_null());
    if this.exec(tx).await?.rows_affected == 0 {
        return Err(refused());
    }
    void(tx, token.user_id, token.purpose, now).await
}

/// Voids every token that a user has for a purpose.
pub(super) async fn void(
    tx: &DatabaseTransaction,
    user: UserId,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<(), ShopError> {
    one_time_token::Entity::update_many()
        .col_expr(one_time_token::Column::UsedAt, Expr::value(now))
        .filter(one_time_token::Column::UserId.eq(user))
        .filter(one_time_token::Column::Purpose.eq(purpose))
        .filter(one_time_token::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
