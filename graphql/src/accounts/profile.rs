//! What users change about themselves, and tokens by mail.

use super::{
    AccountDeleteInput, AccountDeletePayload, EmailVerifyInput, EmailVerifyPayload, MailRequestPayload,
    PasswordChangeInput, PasswordResetInput, PasswordResetPayload, PasswordResetRequestInput, ProfilePayload,
    ProfileUpdateInput, delivery::take_back,
};
use crate::{context::ContextExt, cost, error::ApiError, guard::Requires, user_error::settle};
use async_graphql::{Context, Object};
use shop::{
    Role,
    accounts::{Password, ProfilePatch, ProfileUpdated},
};

/// What users change about themselves, and tokens by mail.
#[derive(Default)]
pub struct ProfileMutation;

#[Object]
impl ProfileMutation {
    /// Changes what the input names. Another e-mail address needs the password, and counts
    /// once it is verified by the token that is mailed there.
    ///
    /// @requires(CUSTOMER)
    #[graphql(guard = "Requires(Role::Customer)", complexity = "cost::PASSWORD + child_complexity")]
    async fn profile_update(&self, ctx: &Context<'_>, input: ProfileUpdateInput) -> Result<ProfilePayload, ApiError> {
        let (customer, address) = (ctx.viewer()?.customer()?, ctx.request()?.client.address);
        let patch = ProfilePatch {
            name: input.name,
            email: input.email,
            password: input.current_password.map(Password::from),
        };
        let accounts = ctx.services()?.shop.accounts();
        Ok(settle(accounts.update_profile(&customer, patch, address).await)?.into())
    }

    /// Sets another password and ends every other session.
    ///
    /// @requires(CUSTOMER)
    #[graphql(
        guard = "Requires(Role::Customer)",
        complexity = "2 * cost::PASSWORD + child_complexity"
    )]
    async fn password_change(&self, ctx: &Context<'_>, input: PasswordChangeInput) -> Result<ProfilePayload, ApiError> {
        let (customer, address) = (ctx.viewer()?.customer()?, ctx.request()?.client.address);
        let (current, new) = (input.current_password.into(), input.new_password.into());
        let accounts = ctx.services()?.shop.accounts();
        let outcome = settle(accounts.change_password(&customer, &current, &new, address).await)?;
        let unchanged_address = |profile| ProfileUpdated {
            profile,
            pending_email: None,
        };
        Ok(outcome.map(unchanged_address).into())
    }

    /// Mails a token for a new password, if the address has an account. The answer is the
    /// same, and as quick, if it has none.
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn password_reset_request(
        &self,
        ctx: &Context<'_>,
        input: PasswordResetRequestInput,
    ) -> Result<MailRequestPayload, ApiError> {
        let (accounts, address) = (ctx.services()?.shop.accounts(), ctx.request()?.client.address);
        Ok(settle(accounts.request_password_reset(&input.email, address).await)?.into())
    }

    /// Sets a new password by a mailed token, and ends every session. The token works once.
    #[graphql(complexity = "cost::PASSWORD + child_complexity")]
    async fn password_reset(
        &self,
        ctx: &Context<'_>,
        input: PasswordResetInput,
    ) -> Result<PasswordResetPayload, ApiError> {
        let (accounts, address) = (ctx.services()?.shop.accounts(), ctx.request()?.client.address);
        let password = Password::from(input.new_password);
        Ok(settle(accounts.reset_password(&input.token, &password, address).await)?.into())
    }

    /// Mails a token for the viewer's address; nothing when it is verified already.
    ///
    /// @requires(CUSTOMER)
    #[graphql(guard = "Requires(Role::Customer)", complexity = "cost::WRITE + child_complexity")]
    async fn email_verification_request(&self, ctx: &Context<'_>) -> Result<MailRequestPayload, ApiError> {
        let (customer, address) = (ctx.viewer()?.customer()?, ctx.request()?.client.address);
        let accounts = ctx.services()?.shop.accounts();
        Ok(settle(accounts.request_email_verification(&customer, address).await)?.into())
    }

    /// Proves an address by the token that was mailed there. The token works once.
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn email_verify(&self, ctx: &Context<'_>, input: EmailVerifyInput) -> Result<EmailVerifyPayload, ApiError> {
        let (accounts, address) = (ctx.services()?.shop.accounts(), ctx.request()?.client.address);
        let outcome = settle(accounts.verify_email(&input.token, address).await)?;
        Ok(outcome.map(drop).into())
    }

    /// Deletes the viewer's account: everything personal is removed for good, what was
    /// ordered stays.
    ///
    /// @requires(CUSTOMER)
    #[graphql(guard = "Requires(Role::Customer)", complexity = "cost::PASSWORD + child_complexity")]
    async fn account_delete(
        &self,
        ctx: &Context<'_>,
        input: AccountDeleteInput,
    ) -> Result<AccountDeletePayload, ApiError> {
        let (customer, address) = (ctx.viewer()?.customer()?, ctx.request()?.client.address);
        let (accounts, password) = (ctx.services()?.shop.accounts(), Password::from(input.password));
        let outcome = settle(accounts.delete_account(&customer, &password, address).await)?;
        if outcome.is_ok() {
            take_back(ctx)?;
        }
        Ok(outcome.into())
    }
}
