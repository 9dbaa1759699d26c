//! A forgotten password, and an address that has to be proved: both by a mailed token.

use super::{
    Accounts, Checks, Deed, Email, Password, Profile, check_password,
    mail_tokens::{issue, life, look, refused, use_up, void},
    sessions::{Whose, end_sessions},
};
use crate::{
    db::begin_write,
    error::{OnConstraint as _, ProblemCode, ShopError},
    mail,
    viewer::CustomerCap,
};
use entities::{
    id::UserId,
    one_time_token::Purpose,
    user_account::{self, PasswordHash},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use std::{net::IpAddr, sync::Arc};
use tracing::Instrument as _;

impl Accounts {
    /// Mails a token for a new password, if the address has an account. Whether it has cannot
    /// be told from the answer or from the time that it takes: it is looked up afterwards.
    ///
    /// # Errors
    /// `Invalid` for what is no address, `RateLimited`, `Busy`.
    pub async fn request_password_reset(&self, email: &str, address: Option<IpAddr>) -> Result<(), ShopError> {
        let mut checks = Checks::default();
        let email = super::check_email(&mut checks, "email", email);
        checks.done()?;
        let Some(email) = email else { return Ok(()) };
        self.begin(Deed::Mail, Some(email.as_str()), address).await?;
        let permit = Arc::clone(&self.background).try_acquire_owned();
        let permit = permit.map_err(|_| ShopError::Busy)?;
        let accounts = self.clone();
        let work = async move {
            if let Err(error) = accounts.mail_password_reset(&email).await {
                tracing::error!(%error, "a token for a new password was not written");
            }
            drop(permit);
        };
        tokio::spawn(work.in_current_span());
        Ok(())
    }

    async fn mail_password_reset(&self, email: &Email) -> Result<(), ShopError> {
        let now = self.now();
        let tx = begin_write(&self.db).await?;
        let found = user_account::Entity::find().filter(user_account::Column::Email.eq(email.as_str()));
        let user = found.one(&tx).await?;
        let Some(user) = user.filter(|user| user.disabled_at.is_none()) else {
            return Ok(());
        };
        let purpose = Purpose::PasswordReset;
        let Some(secret) = issue(&tx, purpose, user.id, &user.email, now).await? else {
            return Ok(());
        };
        let hours = life(purpose).num_hours();
        let letter = self
            .letters
            .password_reset(&user.email, &user.name, secret.as_str(), hours);
        mail::enqueue(&tx, now, letter).await?;
        tx.commit().await?;
        self.mail.wake();
        Ok(())
    }

    /// Sets a new password by a mailed token, which is used up, and ends every session.
    ///
    /// # Errors
    /// `Invalid` at `token` for one that opens nothing, at `new_password` for one that will
    /// not do; the token is then still good. `RateLimited`, `Busy`.
    pub async fn reset_password(
        &self,
        token: &str,
        password: &Password,
        address: Option<IpAddr>,
    ) -> Result<(), ShopError> {
        let attempt = self.begin(Deed::MailToken, None, address).await?;
        let token = look(&self.db, Purpose::PasswordReset, token, self.now()).await?;
        let email: Email = token.email.parse().map_err(|_| refused())?;
        let mut checks = Checks::default();
        check_password(&mut checks, "new_password", password, &email);
        checks.done()?;
        // Slow, so before the transaction.
        let hash = self.hasher.hash(password).await?;
        let now = self.now();
        let tx = begin_write(&self.db).await?;
        let user = locked(&tx, token.user_id).await?;
        use_up(&tx, &token, now).await?;
        // The address may have changed since, or the user may have been shut out.
        if user.email != token.email || user.disabled_at.is_some() {
            return Err(refused());
        }
        let letter = self.letters.password_changed(&user.email, &user.name);
        let (id, verified_at) = (user.id, user.email_verified_at);
        let mut user = user.into_active_model();
        user.password_hash = Set(PasswordHash(hash));
        user.email_verified_at = Set(verified_at.or(Some(now)));
        user.updated_at = Set(now);
        user.update(&tx).await?;
        end_sessions(&tx, now, Whose::User(id)).await?;
        // Whoever knew the old password may have asked for another address with it.
        void(&tx, id, Purpose::EmailVerification, now).await?;
        mail::enqueue(&tx, now, letter).await?;
        tx.commit().await?;
        self.after_password(id).await;
        self.throttle.succeeded(attempt).await;
        Ok(())
    }

    /// What the rest of the process must know once a password was changed.
    pub(super) async fn after_password(&self, user: UserId) {
        self.sessions.forget_user(user);
        self.mail.wake();
    }

    /// Mails a token for the address of the user who asks; nothing when it is verified.
    ///
    /// # Errors
    /// `Unauthenticated`, `RateLimited`.
    pub async fn request_email_verification(
        &self,
        customer: &CustomerCap,
        address: Option<IpAddr>,
    ) -> Result<(), ShopError> {
        self.current_role(customer.user()).await?;
        let id = customer.user().id;
        self.begin(Deed::Mail, Some(&id.to_string()), address).await?;
        let tx = begin_write(&self.db).await?;
        let user = locked(&tx, id).await?;
        if user.email_verified_at.is_some() {
            return Ok(());
        }
        self.mail_verification(&tx, &user, &user.email).await?;
        tx.commit().await?;
        self.mail.wake();
        Ok(())
    }

    /// Verifies an address by the token that was mailed there. An address other than the
    /// user's takes its place.
    ///
    /// # Errors
    /// `Invalid` at `token` for one that opens nothing, or when somebody else has taken the
    /// address meanwhile; `RateLimited`.
    pub async fn verify_email(&self, token: &str, address: Option<IpAddr>) -> Result<Profile, ShopError> {
        let attempt = self.begin(Deed::MailToken, None, address).await?;
        let now = self.now();
        let token = look(&self.db, Purpose::EmailVerification, token, now).await?;
        let tx = begin_write(&self.db).await?;
        let user = locked(&tx, token.user_id).await?;
        use_up(&tx, &token, now).await?;
        if user.disabled_at.is_some() {
            return Err(refused());
        }
        let old = (user.email.clone(), user.name.clone());
        let mut row = user.into_active_model();
        row.email_verified_at = Set(Some(now));
        row.updated_at = Set(now);
        if old.0 != token.email {
            row.email = Set(token.email.clone());
            mail::enqueue(&tx, now, self.letters.email_changed(&old.0, &old.1)).await?;
            // What was sent to the old address opens nothing any more.
            void(&tx, token.user_id, Purpose::PasswordReset, now).await?;
        }
        let updated = row.update(&tx).await.on_constraint("user_account_email_key", || {
            let message = "this e-mail address has an account already";
            ShopError::problem("token", ProblemCode::Taken, message)
        })?;
        tx.commit().await?;
        self.mail.wake();
        self.throttle.succeeded(attempt).await;
        Ok(updated.into())
    }
}

/// The user's row, locked until the transaction ends.
pub(super) async fn locked(tx: &DatabaseTransaction, id: UserId) -> Result<user_account::Model, ShopError> {
    let row = user_account::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    row.ok_or(ShopError::NotFound)
}
