//! Users as administrators see and change them. Obtained from [`crate::viewer::Admin`];
//! password hashes have no way out of here.

use super::{Accounts, Profile, Role};
use crate::{db::begin_write, error::ShopError};
use chrono::Utc;
use entities::{id::UserId, session, user_account};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};

/// Most users of one page.
const LARGEST_PAGE: u64 = 100;

/// A page of users, oldest first.
#[derive(Clone, Debug)]
pub struct UserPage {
    /// The users.
    pub users: Vec<Profile>,
    /// Whether more follow.
    pub has_more: bool,
}

/// What an administrator may do with users.
#[derive(Debug)]
pub struct AdminUsers<'a> {
    accounts: &'a Accounts,
}

impl<'a> AdminUsers<'a> {
    pub(crate) fn new(accounts: &'a Accounts) -> Self {
        Self { accounts }
    }

    /// A page of users, after one of them if given; `first` is brought within 1 and 100.
    ///
    /// # Errors
    /// `Internal` when the database cannot be read.
    pub async fn list(&self, after: Option<UserId>, first: u64) -> Result<UserPage, ShopError> {
        let first = first.clamp(1, LARGEST_PAGE);
        let mut query = user_account::Entity::find()
            .order_by_asc(user_account::Column::Id)
            .limit(first + 1);
        if let Some(after) = after {
            query = query.filter(user_account::Column::Id.gt(after));
        }
        let mut users: Vec<Profile> = query
            .all(&self.accounts.db)
            .await?
            .into_iter()
            .map(Profile::from)
            .collect();
        let has_more = users.len() as u64 > first;
        users.truncate(first as usize);
        Ok(UserPage { users, has_more })
    }

    /// Gives a user another role, effective with their next request.
    ///
    /// # Errors
    /// `NotFound`; `LastAdmin` when nobody else could run the shop.
    pub async fn set_role(&self, id: UserId, role: Role) -> Result<Profile, ShopError> {
        let tx = begin_write(&self.accounts.db).await?;
        if role != Role::Admin {
            keep_an_admin(&tx, id).await?;
        }
        let row = locked(&tx, id).await?;
        let mut user = row.into_active_model();
        user.role = Set(role);
        user.updated_at = Set(Utc::now());
        let row = user.update(&tx).await?;
        tx.commit().await?;
        self.accounts.sessions.forget_user(id);
        Ok(row.into())
    }

    /// Shuts a user out, with every session and token they have, or lets them in again.
    ///
    /// # Errors
    /// `NotFound`; `LastAdmin` when nobody else could run the shop.
    pub async fn set_enabled(&self, id: UserId, is_enabled: bool) -> Result<Profile, ShopError> {
        let now = Utc::now();
        let tx = begin_write(&self.accounts.db).await?;
        if !is_enabled {
            keep_an_admin(&tx, id).await?;
        }
        let row = locked(&tx, id).await?;
        if row.disabled_at.is_none() == is_enabled {
            return Ok(row.into());
        }
        let next_version = row.token_version + 1;
        let mut user = row.into_active_model();
        user.updated_at = Set(now);
        user.disabled_at = Set((!is_enabled).then_some(now));
        if !is_enabled {
            user.token_version = Set(next_version);
            end_sessions(&tx, id).await?;
        }
        let row = user.update(&tx).await?;
        tx.commit().await?;
        self.accounts.sessions.forget_user(id);
        Ok(row.into())
    }
}

async fn end_sessions(tx: &DatabaseTransaction, user: UserId) -> Result<(), ShopError> {
    let revoke = session::Entity::update_many().col_expr(session::Column::RevokedAt, Expr::value(Utc::now()));
    revoke
        .filter(session::Column::UserId.eq(user))
        .filter(session::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

async fn locked(tx: &DatabaseTransaction, id: UserId) -> Result<user_account::Model, ShopError> {
    let row = user_account::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    row.ok_or(ShopError::NotFound)
}

/// Refuses to take the last enabled administrator away. All of them are locked, in one
/// order and before anything else, so that two who demote each other do not both succeed.
async fn keep_an_admin(tx: &DatabaseTransaction, leaving: UserId) -> Result<(), ShopError> {
    let admins = user_account::Entity::find()
        .filter(user_account::Column::Role.eq(Role::Admin))
        .filter(user_account::Column::DisabledAt.is_null())
        .order_by_asc(user_account::Column::Id);
    let admins = admins.lock_exclusive().all(tx).await?;
    if matches!(admins.as_slice(), [only] if only.id == leaving) {
        Err(ShopError::LastAdmin)
    } else {
        Ok(())
    }
}
