//! How tokens reach a client: in the answer, or as cookies that scripts cannot read and
//! that the answer does not repeat.

use super::{AuthPayload, TokenDelivery};
use crate::{
    context::ContextExt,
    cookies::{ACCESS, REFRESH},
    error::ApiError,
    scalars::DateTime,
    user_error::Outcome,
};
use async_graphql::Context;
use shop::accounts::LoggedIn;

/// The payload of whoever logged in, with cookies where they were asked for.
pub(super) fn hand_over(
    ctx: &Context<'_>,
    outcome: Outcome<LoggedIn>,
    delivery: TokenDelivery,
) -> Result<AuthPayload, ApiError> {
    let LoggedIn {
        access,
        refresh,
        profile,
    } = match outcome {
        Ok(logged_in) => logged_in,
        Err(user_errors) => {
            return Ok(AuthPayload {
                user_errors,
                ..AuthPayload::default()
            });
        }
    };
    let mut payload = AuthPayload {
        expires_at: Some(DateTime(access.expires_at)),
        refresh_expires_at: Some(DateTime(refresh.expires_at)),
        viewer: Some(profile.into()),
        ..AuthPayload::default()
    };
    match delivery {
        TokenDelivery::Body => {
            payload.access_token = Some(access.token);
            payload.refresh_token = Some(refresh.token);
        }
        TokenDelivery::Cookie => {
            let now = ctx.services()?.shop.now();
            ACCESS.set(ctx, &access.token, (access.expires_at - now).num_seconds())?;
            REFRESH.set(ctx, &refresh.token, (refresh.expires_at - now).num_seconds())?;
        }
    }
    Ok(payload)
}

/// Takes the tokens back from a browser that has them.
pub(super) fn take_back(ctx: &Context<'_>) -> Result<(), ApiError> {
    ACCESS.clear(ctx)?;
    REFRESH.clear(ctx)
}
