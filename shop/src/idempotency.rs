//! Keys that make a repeated request harmless: the same key with the same input gives what
//! the first one gave, with another input it is refused. A key is claimed in the same
//! transaction as the work, so the two stand or fall together, and of two requests at once
//! the slower one waits and then finds the result of the faster.

use crate::error::{ProblemCode, ShopError};
use chrono::{DateTime, TimeDelta, Utc};
use entities::idempotency;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Longest key.
const LONGEST: usize = 100;
/// How long a key is remembered.
pub const REMEMBERED: TimeDelta = TimeDelta::days(30);

/// A client's key: 1 to 100 visible ASCII characters, such as a UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// A key, if the text can be one.
    ///
    /// # Errors
    /// `Invalid` at `idempotencyKey`.
    pub fn parse(text: &str) -> Result<Self, ShopError> {
        let is_key = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_key {
            return Ok(Self(text.to_owned()));
        }
        let message = format!("must be 1 to {LONGEST} visible ASCII characters, such as a UUID");
        Err(ShopError::problem("idempotencyKey", ProblemCode::Invalid, message))
    }
}

/// A key within whose and what it is for.
#[derive(Clone, Debug)]
pub(crate) struct Claim<'a> {
    /// What for.
    pub(crate) operation: &'static str,
    /// Whose: a user, or a cart.
    pub(crate) owner: Uuid,
    /// The key.
    pub(crate) key: &'a IdempotencyKey,
    /// Everything that the client asked for, so that another request is told apart.
    pub(crate) input: String,
}

impl Claim<'_> {
    fn scope(&self) -> String {
        format!("{}:{}", self.operation, self.owner.simple())
    }

    fn hash(&self) -> String {
        let digest = Sha256::digest(self.input.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn row(&self) -> sea_orm::Condition {
        sea_orm::Condition::all()
            .add(idempotency::Column::Scope.eq(self.scope()))
            .add(idempotency::Column::Key.eq(self.key.0.as_str()))
    }

    /// Takes the key; what came of it before, if it was used.
    ///
    /// # Errors
    /// `Invalid` with `KeyReused` when it was used for something else.
    pub(crate) async fn take(&self, tx: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Option<Uuid>, ShopError> {
        let row = idempotency::ActiveModel {
            scope: Set(self.scope()),
            key: Set(self.key.0.clone()),
            request_hash: Set(self.hash()),
            result_id: Set(None),
            created_at: Set(now),
        };
        let mut others = OnConflict::columns([idempotency::Column::Scope, idempotency::Column::Key]);
        let taken = idempotency::Entity::insert(row)
            .on_conflict(others.do_nothing().to_owned())
            .exec_without_returning(tx)
            .await?;
        if taken > 0 {
            return Ok(None);
        }
        self.look_up(tx).await?.map(Some).ok_or(ShopError::Busy)
    }

    /// What came of the key before, if it was used.
    ///
    /// # Errors
    /// `Invalid` with `KeyReused` when it was used for something else.
    pub(crate) async fn look_up(&self, db: &impl ConnectionTrait) -> Result<Option<Uuid>, ShopError> {
        let Some(row) = idempotency::Entity::find().filter(self.row()).one(db).await? else {
            return Ok(None);
        };
        if row.request_hash != self.hash() {
            let message = "this idempotency key was used for another request";
            return Err(ShopError::problem("idempotencyKey", ProblemCode::KeyReused, message));
        }
        Ok(row.result_id)
    }

    /// Keeps what came of it.
    pub(crate) async fn settle(&self, tx: &impl ConnectionTrait, result: Uuid) -> Result<(), ShopError> {
        idempotency::Entity::update_many()
            .col_expr(idempotency::Column::ResultId, Expr::value(result))
            .filter(self.row())
            .exec(tx)
            .await?;
        Ok(())
    }
}

/// Forgets keys that are old. Tells how many.
pub(crate) async fn prune(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, ShopError> {
    let gone = idempotency::Entity::delete_many()
        .filter(idempotency::Column::CreatedAt.lt(now - REMEMBERED))
        .exec(db)
        .await?;
    Ok(gone.rows_affected)
}
