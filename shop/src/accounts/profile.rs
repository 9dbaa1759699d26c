//! What users change about themselves. Whatever could take the account away from its owner
//! asks for the password, and guessing that is throttled like a log-in.

use super::{
    Accounts, Checks, Deed, LONGEST_NAME, Password, Profile, ProfilePatch, ProfileUpdated, check_email, check_password,
    deletion,
    mail_tokens::{FLOOD_WINDOW, void},
    recovery::locked,
    sessions::{Whose, end_sessions},
};
use crate::{
    db::begin_write,
    error::{ProblemCode, ShopError},
    mail,
    viewer::CustomerCap,
};
use entities::{
    one_time_token::Purpose,
    user_account::{self, PasswordHash},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use std::net::IpAddr;

impl Accounts {
    /// Changes what the patch names. Another address takes effect when it is verified by the
    /// token that is mailed there, and nothing here tells whether it has an account.
    ///
    /// # Errors
    /// `Invalid` with every problem, at `current_password` for a wrong one; `Unauthenticated`,
    /// `RateLimited`, `Busy`.
    pub async fn update_profile(
        &self,
        customer: &CustomerCap,
        patch: ProfilePatch,
        address: Option<IpAddr>,
    ) -> Result<ProfileUpdated, ShopError> {
        let mut checks = Checks::default();
        let name = patch.name.map(|name| checks.line("name", &name, LONGEST_NAME));
        let email = patch.email.and_then(|email| check_email(&mut checks, "email", &email));
        if email.is_some() && patch.password.is_none() {
            let message = "another address needs your password";
            checks.fail("current_password", ProblemCode::Required, message);
        }
        checks.done()?;
        let user = match (&email, &patch.password) {
            (Some(_), Some(password)) => self.confirm(customer, password, "current_password", address).await?,
            _ => self.asking(customer).await?,
        };
        let email = email.filter(|email| email.as_str() != user.email);
        let now = self.now();
        let tx = begin_write(&self.db).await?;
        let mut user = locked(&tx, user.id).await?;
        if let Some(name) = name {
            let mut row = user.into_active_model();
            row.name = Set(name);
            row.updated_at = Set(now);
            user = row.update(&tx).await?;
        }
        if let Some(email) = &email {
            self.begin(Deed::Mail, Some(&user.id.to_string()), address).await?;
            // Of two addresses that were asked for, the later is meant.
            void(&tx, user.id, Purpose::EmailVerification, now).await?;
            if !self.mail_verification(&tx, &user, email.as_str()).await? {
                // Nothing is changed: the tokens that were mailed stay good.
                let retry_after = FLOOD_WINDOW.to_std().map_err(ShopError::internal)?;
                return Err(ShopError::RateLimited { retry_after });
            }
        }
        tx.commit().await?;
        self.mail.wake();
        Ok(ProfileUpdated {
            profile: user.into(),
            pending_email: email.map(|email| email.as_str().to_owned()),
        })
    }

    /// Sets another password and ends every other session.
    ///
    /// # Errors
    /// `Invalid` at `current_password` for a wrong one, at `new_password` for one that will
    /// not do; `Unauthenticated`, `RateLimited`, `Busy`.
    pub async fn change_password(
        &self,
        customer: &CustomerCap,
        current: &Password,
        new: &Password,
        address: Option<IpAddr>,
    ) -> Result<Profile, ShopError> {
        let user = self.confirm(customer, current, "current_password", address).await?;
        let email = user.email.parse().map_err(ShopError::internal)?;
        let mut checks = Checks::default();
        check_password(&mut checks, "new_password", new, &email);
        checks.done()?;
        let hash = self.hasher.hash(new).await?;
        let now = self.now();
        let tx = begin_write(&self.db).await?;
        let before = locked(&tx, user.id).await?;
        if before.password_hash != user.password_hash {
            return Err(ShopError::Conflict("the password was changed meanwhile".into()));
        }
        let letter = self.letters.password_changed(&before.email, &before.name);
        let mut row = before.into_active_model();
        row.password_hash = Set(PasswordHash(hash));
        row.updated_at = Set(now);
        let row = row.update(&tx).await?;
        end_sessions(&tx, now, Whose::Others(user.id, customer.user().session)).await?;
        void(&tx, user.id, Purpose::PasswordReset, now).await?;
        // Whoever knew the old password may have asked for another address with it.
        void(&tx, user.id, Purpose::EmailVerification, now).await?;
        mail::enqueue(&tx, now, letter).await?;
        tx.commit().await?;
        self.after_password(user.id).await;
        Ok(row.into())
    }

    /// Deletes the account of the user who asks: what is personal is removed for good, what
    /// was ordered stays.
    ///
    /// # Errors
    /// `Invalid` at `password` for a wrong one, `LastAdmin`; `Unauthenticated`,
    /// `RateLimited`, `Busy`.
    pub async fn delete_account(
        &self,
        customer: &CustomerCap,
        password: &Password,
        address: Option<IpAddr>,
    ) -> Result<(), ShopError> {
        let user = self.confirm(customer, password, "password", address).await?;
        deletion::delete(self, user.id).await?;
        Ok(())
    }

    /// The row of the user who asks, if their session is open this moment.
    async fn asking(&self, customer: &CustomerCap) -> Result<user_account::Model, ShopError> {
        self.current_role(customer.user()).await?;
        let user = user_account::Entity::find_by_id(customer.user().id)
            .one(&self.db)
            .await?;
        user.ok_or(ShopError::Unauthenticated)
    }

    /// As [`Self::asking`], if the password is theirs.
    async fn confirm(
        &self,
        customer: &CustomerCap,
        password: &Password,
        path: &str,
        address: Option<IpAddr>,
    ) -> Result<user_account::Model, ShopError> {
        let user = self.asking(customer).await?;
        let attempt = self.begin(Deed::LogIn, Some(&user.email), address).await?;
        if !self.hasher.verify(password, Some(&user.password_hash.0)).await? {
            let message = "this is not your password";
            return Err(ShopError::problem(path, ProblemCode::WrongPassword, message));
        }
        self.throttle.succeeded(attempt).await;
        Ok(user)
    }
}
