//! Registering, logging in and out.

use super::{AuthPayload, LogInInput, LogOutPayload, RegisterInput};
use crate::{
    context::{Client, ContextExt},
    cost,
    error::ApiError,
    guard::Requires,
    user_error::settle,
};
use async_graphql::{Context, Object};
use shop::{
    Role, Shop,
    accounts::{LogIn, LoggedIn, NewAccount, Password},
    error::ShopError,
};

/// Registering, logging in and out.
#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Opens an account for a customer and logs them in.
    #[graphql(complexity = "cost::PASSWORD + child_complexity")]
    async fn register(&self, ctx: &Context<'_>, input: RegisterInput) -> Result<AuthPayload, ApiError> {
        let client = &ctx.request()?.client;
        Ok(settle(register(&ctx.services()?.shop, client, input).await)?.into())
    }

    /// Logs in. An unknown address and a wrong password get the same answer.
    #[graphql(complexity = "cost::PASSWORD + child_complexity")]
    async fn log_in(&self, ctx: &Context<'_>, input: LogInInput) -> Result<AuthPayload, ApiError> {
        let log_in = log_in(&ctx.request()?.client, input.email, input.password.into());
        Ok(settle(ctx.services()?.shop.accounts().log_in(log_in).await)?.into())
    }

    /// Ends the session of this request, so that its token opens nothing any more.
    ///
    /// @requires(CUSTOMER)
    #[graphql(guard = "Requires(Role::Customer)", complexity = "cost::WRITE + child_complexity")]
    async fn log_out(&self, ctx: &Context<'_>) -> Result<LogOutPayload, ApiError> {
        let customer = ctx.viewer()?.customer()?;
        ctx.services()?.shop.accounts().log_out(&customer).await?;
        Ok(LogOutPayload {
            is_logged_out: true,
            user_errors: Vec::new(),
        })
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
    let RegisterInput { email, password, name } = input;
    let password = Password::from(password);
    let log_in = log_in(client, email.clone(), password.clone());
    shop.accounts().register(NewAccount { email, password, name }).await?;
    shop.accounts().log_in(log_in).await
}
