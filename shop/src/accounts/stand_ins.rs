//! Customers whom a demo shop makes up. Somebody has to act for them, so no password opens
//! their accounts; once one does, nobody acts for them any more.

use super::{Accounts, Profile, Role, check_email, insert, password::NO_PASSWORD};
use crate::{
    error::ShopError,
    text::Checks,
    viewer::{UserRef, Viewer},
};
use entities::{
    id::{SessionId, UserId},
    user_account::{self, PasswordHash},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

impl Accounts {
    /// Makes a customer whom nobody can log in as.
    ///
    /// # Errors
    /// `Invalid` for an address or name that will not do, `EmailTaken`.
    pub async fn create_stand_in(&self, email: &str, name: &str) -> Result<Profile, ShopError> {
        let mut checks = Checks::default();
        let name = checks.line("name", name, super::LONGEST_NAME);
        let email = check_email(&mut checks, "email", email);
        checks.done()?;
        let email = email.ok_or_else(|| ShopError::invalid("email", super::NotAnEmail))?;
        let now = self.now();
        let row = user_account::ActiveModel {
            id: Set(UserId::generate()),
            email: Set(email.as_str().to_owned()),
            email_verified_at: Set(Some(now)),
            name: Set(name),
            password_hash: Set(PasswordHash(NO_PASSWORD.to_owned())),
            role: Set(Role::Customer),
            disabled_at: Set(None),
            deleted_at: Set(None),
            do_not_track: Set(false),
            token_version: Set(1),
            created_at: Set(now),
            updated_at: Set(now),
        };
        Ok(insert(&self.db, row).await?.into())
    }

    /// Acts for a customer of [`Self::create_stand_in`], and for nobody else: whoever has a
    /// password acts for themselves. No session is behind it, so it opens nothing of staff.
    ///
    /// # Errors
    /// `NotFound` for every other account.
    pub async fn stand_in(&self, email: &str) -> Result<Viewer, ShopError> {
        let found = user_account::Entity::find()
            .filter(user_account::Column::Email.eq(email))
            .filter(user_account::Column::Role.eq(Role::Customer))
            .filter(user_account::Column::DisabledAt.is_null())
            .one(&self.db)
            .await?;
        let row = found.filter(|row| row.password_hash.0 == NO_PASSWORD);
        let row = row.ok_or(ShopError::NotFound)?;
        Ok(Viewer::Customer(UserRef {
            id: row.id,
            session: SessionId::generate(),
            token_version: row.token_version,
            token_ends: 0,
        }))
    }
}
