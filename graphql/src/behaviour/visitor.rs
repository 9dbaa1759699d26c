//! Who a request is of: a user, or a visitor by their signed id.

use crate::{
    context::ContextExt,
    cookies::{VISITOR, VISITOR_LIFE_S},
    error::ApiError,
};
use async_graphql::Context;
use shop::{
    events::{Person, Who},
    id::{UserId, VisitorId},
};

/// The visitor, by header or else by a browser's cookie; nobody who does not want to be followed.
pub(crate) fn visitor(ctx: &Context<'_>) -> Result<Option<VisitorId>, ApiError> {
    if ctx.request()?.refuses_tracking {
        return Ok(None);
    }
    let token = match ctx.request()?.visitor_token.as_deref() {
        Some(token) => Some(token),
        None => VISITOR.read(ctx)?,
    };
    let events = ctx.services()?.shop.events();
    Ok(token.and_then(|token| events.visitor(token)))
}

/// Whose doing this request tells of.
pub(super) fn who(ctx: &Context<'_>) -> Result<Who, ApiError> {
    let request = ctx.request()?;
    Ok(Who {
        user: request.viewer.user().map(|user| user.id),
        visitor: visitor(ctx)?,
        refuses: request.refuses_tracking,
        address: request.client.address,
    })
}

/// Whose history lists are made of; nobody's for who does not want to be followed.
pub(crate) fn person(ctx: &Context<'_>) -> Result<Option<Person>, ApiError> {
    let who = who(ctx)?;
    let person = who.user.map(Person::from).or(who.visitor.map(Person::from));
    Ok(person.filter(|_| !who.refuses))
}

/// Keeps a visitor's id with their browser; gives its token. A client that sends it itself needs no
/// cookie.
pub(super) fn keep(ctx: &Context<'_>, visitor: VisitorId) -> Result<String, ApiError> {
    let token = ctx.services()?.shop.events().token(visitor);
    let has_it = ctx.request()?.visitor_token.is_some() || VISITOR.read(ctx)? == Some(token.as_str());
    if !has_it {
        VISITOR.set(ctx, &token, VISITOR_LIFE_S)?;
    }
    Ok(token)
}

/// What somebody did as a visitor becomes the user's who logs in. The id has done its work then:
/// whoever comes next on this device is somebody else.
pub(crate) async fn merge(ctx: &Context<'_>, user: UserId) -> Result<(), ApiError> {
    if let Some(visitor) = visitor(ctx)? {
        ctx.services()?.shop.events().link(visitor, user).await?;
    }
    VISITOR.clear(ctx)
}
