//! Users as administrators see and change them. Obtained from [`crate::viewer::Admin`];
//! password hashes have no way out of here.

use super::{
    Accounts, Profile, Role, deletion,
    recovery::locked,
    sessions::{Whose, end_sessions},
};
use crate::{db::begin_write, error::ShopError};
use entities::{id::UserId, user_account};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Expr, ExprTrait, Func, LikeExpr},
};

/// Most users of one page.
const LARGEST_PAGE: u64 = 100;

/// Which users. Those who were deleted are in no list.
#[derive(Clone, Default)]
pub struct UserFilter {
    /// Name or address contains this, whatever the case.
    pub text: Option<String>,
    /// Of this role.
    pub role: Option<Role>,
    /// Whether they may log in.
    pub is_enabled: Option<bool>,
}

impl std::fmt::Debug for UserFilter {
    /// The text may be somebody's name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserFilter")
            .field("role", &self.role)
            .field("is_enabled", &self.is_enabled)
            .finish_non_exhaustive()
    }
}

/// Which part of a list.
#[derive(Clone, Copy, Debug)]
pub struct UserWindow {
    /// How many at most; brought within 1 and 100.
    pub first: u64,
    /// Behind this user.
    pub after: Option<UserId>,
    /// Skip so many.
    pub offset: u64,
}

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

    /// A page of users.
    ///
    /// # Errors
    /// `Internal` when the database cannot be read.
    pub async fn list(&self, filter: &UserFilter, window: UserWindow) -> Result<UserPage, ShopError> {
        let first = window.first.clamp(1, LARGEST_PAGE);
        let mut query = matching(filter)
            .order_by_asc(user_account::Column::Id)
            .offset(window.offset)
            .limit(first + 1);
        if let Some(after) = window.after {
            query = query.filter(user_account::Column::Id.gt(after));
        }
        let rows = query.all(&self.accounts.db).await?;
        let mut users: Vec<Profile> = rows.into_iter().map(Profile::from).collect();
        let has_more = users.len() as u64 > first;
        users.truncate(first as usize);
        Ok(UserPage { users, has_more })
    }

    /// How many users there are.
    ///
    /// # Errors
    /// `Internal` when the database cannot be read.
    pub async fn count(&self, filter: &UserFilter) -> Result<u64, ShopError> {
        Ok(matching(filter).count(&self.accounts.db).await?)
    }

    /// A user, even one who was deleted.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn user(&self, id: UserId) -> Result<Profile, ShopError> {
        let row = user_account::Entity::find_by_id(id).one(&self.accounts.db).await?;
        row.map(Profile::from).ok_or(ShopError::NotFound)
    }

    /// Deletes a user: what is personal is removed for good, what they ordered stays.
    ///
    /// # Errors
    /// `NotFound`; `LastAdmin` when nobody else could run the shop.
    pub async fn delete(&self, id: UserId) -> Result<Profile, ShopError> {
        deletion::delete(self.accounts, id).await
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
        let row = there(locked(&tx, id).await?)?;
        let mut user = row.into_active_model();
        user.role = Set(role);
        user.updated_at = Set(self.accounts.now());
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
        let now = self.accounts.now();
        let tx = begin_write(&self.accounts.db).await?;
        if !is_enabled {
            keep_an_admin(&tx, id).await?;
        }
        let row = there(locked(&tx, id).await?)?;
        if row.disabled_at.is_none() == is_enabled {
            return Ok(row.into());
        }
        let next_version = row.token_version + 1;
        let mut user = row.into_active_model();
        user.updated_at = Set(now);
        user.disabled_at = Set((!is_enabled).then_some(now));
        if !is_enabled {
            user.token_version = Set(next_version);
            end_sessions(&tx, now, Whose::User(id)).await?;
        }
        let row = user.update(&tx).await?;
        tx.commit().await?;
        self.accounts.sessions.forget_user(id);
        Ok(row.into())
    }
}

/// One who was deleted is not there for changes.
fn there(row: user_account::Model) -> Result<user_account::Model, ShopError> {
    Some(row)
        .filter(|row| row.deleted_at.is_none())
        .ok_or(ShopError::NotFound)
}

fn matching(filter: &UserFilter) -> Select<user_account::Entity> {
    let mut query = user_account::Entity::find().filter(user_account::Column::DeletedAt.is_null());
    if let Some(role) = filter.role {
        query = query.filter(user_account::Column::Role.eq(role));
    }
    if let Some(is_enabled) = filter.is_enabled {
        let disabled = user_account::Column::DisabledAt;
        query = query.filter(if is_enabled {
            disabled.is_null()
        } else {
            disabled.is_not_null()
        });
    }
    let text = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if let Some(text) = text {
        let contains = |column: user_account::Column| {
            let lower = Expr::expr(Func::lower(Expr::col((user_account::Entity, column))));
            lower.like(LikeExpr::new(pattern(text)).escape('\\'))
        };
        let either = Condition::any()
            .add(contains(user_account::Column::Email))
            .add(contains(user_account::Column::Name));
        query = query.filter(either);
    }
    query
}

/// The wildcards of LIKE are none to whoever typed them.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Refuses to take the last enabled administrator away. All of them are locked, in one
/// order and before anything else, so that two who demote each other do not both succeed.
pub(super) async fn keep_an_admin(tx: &DatabaseTransaction, leaving: UserId) -> Result<(), ShopError> {
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
