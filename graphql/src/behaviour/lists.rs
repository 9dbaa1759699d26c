//! Lists by what people do.

use super::{ListKind, RecommendationExcludeInput, acts_of, visitor};
use crate::{
    catalog::ProductWhere,
    context::ContextExt,
    error::ApiError,
    page::within,
    recommendations::{MOST, RecommendationList, with_products},
};
use async_graphql::Context;
use reco_actors::{
    AlsoKind, AlsoQuery, ItemId, ViewerQuery,
    models::{Behaviour, Past, PersonId},
};
use shop::{events::Person, id::ProductId};
use std::collections::HashSet;

/// Of the log for who is not remembered: as much as is remembered of others.
const LATEST: u64 = 200;

/// What a list is asked for.
pub(crate) struct Listed {
    pub(crate) first: i32,
    pub(crate) filter: Option<ProductWhere>,
    pub(crate) include_out_of_stock: bool,
}

/// What goes with products, by what people do.
pub(crate) async fn also(
    ctx: &Context<'_>,
    products: Vec<ProductId>,
    kind: AlsoKind,
    listed: Listed,
) -> Result<RecommendationList, ApiError> {
    let query = AlsoQuery {
        items: products.iter().map(|id| ItemId(id.0)).collect(),
        kind,
        limit: within("first", listed.first, 1, MOST)?,
        filter: listed.filter.unwrap_or_default().parse(ctx.loaders()?)?,
        include_out_of_stock: listed.include_out_of_stock,
    };
    let answer = ctx.services()?.personal.also(&query).await?;
    let kind = match kind {
        AlsoKind::Viewed => ListKind::AlsoViewed,
        AlsoKind::Bought => ListKind::AlsoBought,
    };
    with_products(ctx, kind, answer).await
}

/// What goes with what is in a cart: what is bought with it, or else what people go on to.
pub(crate) async fn for_cart(
    ctx: &Context<'_>,
    products: Vec<ProductId>,
    listed: Listed,
) -> Result<RecommendationList, ApiError> {
    let mut query = AlsoQuery {
        items: products.iter().map(|id| ItemId(id.0)).collect(),
        kind: AlsoKind::Bought,
        limit: within("first", listed.first, 1, MOST)?,
        filter: listed.filter.unwrap_or_default().parse(ctx.loaders()?)?,
        include_out_of_stock: listed.include_out_of_stock,
    };
    let personal = &ctx.services()?.personal;
    let mut answer = personal.also(&query).await?;
    if answer.items.is_empty() {
        query.kind = AlsoKind::Viewed;
        answer = personal.also(&query).await?;
    }
    with_products(ctx, ListKind::Cart, answer).await
}

/// What the viewer did lately, oldest first; nothing for who is not known or not followed.
pub(super) async fn history(ctx: &Context<'_>) -> Result<Vec<Past>, ApiError> {
    let Some(person) = visitor::person(ctx)? else {
        return Ok(Vec::new());
    };
    let services = ctx.services()?;
    match services.personal.history(PersonId(person.0)) {
        Some(history) => Ok(history),
        None => from_log(ctx, person).await,
    }
}

/// Of who was away so long that this process has forgotten them.
async fn from_log(ctx: &Context<'_>, person: Person) -> Result<Vec<Past>, ApiError> {
    let events = ctx.services()?.shop.events().latest(person, LATEST).await?;
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let mut behaviour = Behaviour::default();
    acts_of(&events).iter().for_each(|act| behaviour.learn(act));
    Ok(behaviour.history(PersonId(person.0)).unwrap_or_default().to_vec())
}

/// A list for one person.
pub(super) struct Personal {
    pub(super) kind: ListKind,
    pub(super) history: Vec<Past>,
    pub(super) exclude: HashSet<ItemId>,
    pub(super) listed: Listed,
    pub(super) diversity: f64,
}

pub(super) async fn personal(ctx: &Context<'_>, personal: Personal) -> Result<RecommendationList, ApiError> {
    let Personal {
        kind,
        history,
        exclude,
        listed,
        diversity,
    } = personal;
    if !(0.0..=1.0).contains(&diversity) {
        return Err(ApiError::bad_input("diversity must be between 0 and 1"));
    }
    let services = ctx.services()?;
    let query = ViewerQuery {
        history,
        limit: within("first", listed.first, 1, MOST)?,
        filter: listed.filter.unwrap_or_default().parse(ctx.loaders()?)?,
        include_out_of_stock: listed.include_out_of_stock,
        exclude,
        diversity: diversity as f32,
        at_ms: services.shop.now().timestamp_millis(),
    };
    let answer = services.personal.for_viewer(&query).await?;
    with_products(ctx, kind, answer).await
}

/// What is not to be in a viewer's list.
pub(super) async fn excluded(
    ctx: &Context<'_>,
    exclude: &RecommendationExcludeInput,
    history: &[Past],
) -> Result<HashSet<ItemId>, ApiError> {
    exclude.validate()?;
    let mut items: HashSet<ItemId> = exclude.product_ids.iter().map(|id| ItemId(id.0.0)).collect();
    let of_history = history
        .iter()
        .filter(|past| exclude.seen || (exclude.purchased && past.is_bought));
    items.extend(of_history.map(|past| past.item));
    if exclude.in_cart {
        let cart = ctx.services()?.shop.carts().products(crate::cart::key(ctx)?).await?;
        items.extend(cart.into_iter().map(|id| ItemId(id.0)));
    }
    Ok(items)
}
