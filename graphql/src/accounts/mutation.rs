//! Registering, logging in and out, keeping a session alive and ending it.

use super::{
    AuthPayload, LogInInput, LogOutEverywherePayload, LogOutPayload, RegisterInput, SessionRevokeInput,
    SessionRevokePayload, TokenDelivery, TokenRefreshInput,
    delivery::{hand_over, take_back},
};
use crate::{
    context::{Client, ContextExt},
    cookies::REFRESH,
    cost,
    error::ApiError,
    guard::Requires,
    user_error::{Outcome, settle},
};
use async_graphql::{Context, Object};
use shop::{
    Role, Shop,
    accounts::{LogIn, LoggedIn, NewAccount, Password},
    error::ShopError,
};

/// Registering, logging in and out, keeping a session alive and ending it.
#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Opens an account for a customer, mails a token for the address, and logs them in.
    #[graphql(complexity = "2 * cost::PASSWORD + child_complexity")]
    async fn register(&self, ctx: &Context<'_>, input: RegisterInput) -> Result<AuthPayload, ApiError> {
        let (client, delivery) = (&ctx.request()?.client, input.delivery);
        let outcome = settle(register(&ctx.services()?.shop, client, input).await)?;
        bring_cart(ctx, &outcome).await?;
        hand_over(ctx, outcome, delivery)
    }

    /// Logs in. An unknown address and a wrong password get the same answer.
    #[graphql(complexity = "cost::PASSWORD + child_complexity")]
    async fn log_in(&self, ctx: &Context<'_>, input: LogInInput) -> Result<AuthPayload, ApiError> {
        let log_in = log_in(&ctx.request()?.client, input.email, input.password.into());
        let outcome = settle(ctx.services()?.shop.accounts().log_in(log_in).await)?;
        bring_cart(ctx, &outcome).await?;
        hand_over(ctx, outcome, input.delivery)
    }

    /// Exchanges a refresh token, once, for the next one and a new access token. Send no
    /// access token with it. A token that was exchanged before ends its session at once, with
    /// every token of it: somebody else has it too.
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn token_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] input: TokenRefreshInput,
    ) -> Result<AuthPayload, ApiError> {
        let (token, delivery) = match input.refresh_token {
            Some(token) => (token, TokenDelivery::Body),
            // What came in a cookie never shows in an answer, where scripts could read it.
            None => (REFRESH.read(ctx)?.unwrap_or_default().to_owned(), TokenDelivery::Cookie),
        };
        let address = ctx.request()?.client.address;
        let outcome = settle(ctx.services()?.shop.accounts().refresh(&token, address).await)?;
        if outcome.is_err() && delivery == TokenDelivery::Cookie {
            take_back(ctx)?;
        }
        hand_over(ctx, outcome, delivery)
    }

    /// Ends the session of this request, so that its tokens open nothing any more.
    ///
    /// @requires(CUSTOMER)
    #[graphql(guard = "Requires(Role::Customer)", complexity = "cost::WRITE + child_complexity")]
    async fn log_out(&self, ctx: &Context<'_>) -> Result<LogOutPayload, ApiError> {
        let customer = ctx.viewer()?.customer()?;
        ctx.services()?.shop.accounts().log_out(&customer).await?;
        take_back(ctx)?;
        Ok(LogOutPayload {
            is_logged_out: true,
            user_errors: Vec::new(),
        })
    }

    /// Ends every session of the viewer, this one too.
    ///
    /// @requires(CUSTOMER)
    #[graphql(guard = "Requires(Role::Customer)", complexity = "cost::WRITE + child_complexity")]
    async fn log_out_everywhere(&self, ctx: &Context<'_>) -> Result<LogOutEverywherePayload, ApiError> {
        let customer = ctx.viewer()?.customer()?;
        let ended_count = ctx.services()?.shop.accounts().log_out_everywhere(&customer).await?;
        take_back(ctx)?;
        Ok(LogOutEverywherePayload {
            ended_count,
            user_errors: Vec::new(),
        })
    }

    /// Ends one of the viewer's sessions.
    ///
    /// @requires(CUSTOMER)
    #[graphql(guard = "Requires(Role::Customer)", complexity = "cost::WRITE + child_complexity")]
    async fn session_revoke(
        &self,
        ctx: &Context<'_>,
        input: SessionRevokeInput,
    ) -> Result<SessionRevokePayload, ApiError> {
        let customer = ctx.viewer()?.customer()?;
        let accounts = ctx.services()?.shop.accounts();
        let outcome = settle(accounts.revoke_session(&customer, input.id.0).await)?;
        Ok(SessionRevokePayload {
            revoked_id: outcome.is_ok().then_some(input.id),
            user_errors: outcome.err().unwrap_or_default(),
        })
    }
}

/// A guest who logs in brings their cart along, and what they did as a visitor.
async fn bring_cart(ctx: &Context<'_>, outcome: &Outcome<LoggedIn>) -> Result<(), ApiError> {
    match outcome {
        // The cart stays where it was; nobody is kept out for it.
        Ok(logged_in) => {
            if let Err(error) = crate::behaviour::merge(ctx, logged_in.profile.id).await {
                tracing::warn!(code = ?error.code(), "what a visitor did was not taken over");
            }
            if let Err(error) = crate::cart::merge(ctx, logged_in.profile.id).await {
                tracing::warn!(code = ?error.code(), "a guest's cart was not merged");
            }
            Ok(())
        }
        Err(_) => Ok(()),
    }
}

fn log_in(client: &Client, email: String, password: Password) -> LogIn {
    LogIn {
        email,
        password,
        address: client.address,
        user_agent: client.user_agent.as_deref().map(str::to_owned),
    }
}

async fn register(shop: &Shop, client: &Client, input: RegisterInput) -> Result<LoggedIn, ShopError> {
    let RegisterInput {
        email, password, name, ..
    } = input;
    let password = Password::from(password);
    let log_in = log_in(client, email.clone(), password.clone());
    let account = NewAccount { email, password, name };
    shop.accounts().register_from(account, client.address).await?;
    shop.accounts().log_in(log_in).await
}
