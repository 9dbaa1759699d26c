//! Lists for the viewer, what is touched lately, and what is known of oneself.

use super::{
    BehaviourEvent, BehaviourEventConnection, BehaviourEventEdge, ListKind, RecommendationExcludeInput,
    lists::{Listed, Personal, Variety, history, owned, trend},
};
use crate::{
    catalog::{Product, ProductWhere},
    context::ContextExt,
    cost,
    cursor::CursorScope,
    error::ApiError,
    guard::Requires,
    ids::Id,
    page::{MAX_SIZE, PageInfo, at_most, within},
    recommendations::{Asker, MOST, Question, RecommendationList, serve},
};
use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};
use reco_actors::{
    ItemId, RepurchaseQuery, TrendKind,
    catalog::{Keyset, KeysetValue},
};
use shop::{Role, events::OwnEvent, id::ProductId};
use uuid::Uuid;

/// Products of one session at most.
const MOST_OF_SESSION: usize = 100;

/// Lists for the viewer.
#[derive(Default)]
pub struct BehaviourQuery;

#[Object]
impl BehaviourQuery {
    /// What the viewer may like, by what they did and what products are, best first; filled up with
    /// what is popular. Of a guest it is known by their visitor id, of somebody new nothing.
    #[graphql(complexity = "cost::list(cost::RECOMMENDATION, Some(first), 12, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "GraphQL arguments, each optional by itself")]
    async fn recommendations_for_viewer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 50.", default = 12)] first: i32,
        #[graphql(name = "where", desc = "Only products like this.")] filter: Option<ProductWhere>,
        #[graphql(desc = "What to leave out; what was bought, seen or is in the cart unless given.")] exclude: Option<
            RecommendationExcludeInput,
        >,
        #[graphql(desc = "0 for the best, up to 1 for the most varied.", default = 0.0)] diversity: f64,
        #[graphql(
            desc = "Of one narrowest category at most, 1 to 50, as long as there are others; no limit unless given."
        )]
        max_per_category: Option<i32>,
        #[graphql(desc = "Let products through that cannot be bought now.", default = false)]
        include_out_of_stock: bool,
        #[graphql(desc = "Tell of each all that speaks for it: `causes`.", default = false)] explain: bool,
    ) -> Result<RecommendationList, ApiError> {
        let listed = Listed {
            first,
            filter,
            include_out_of_stock,
            explain,
        };
        let variety = Variety {
            diversity,
            max_per_category,
        };
        Personal::for_viewer(ctx, exclude, listed, variety)?.make().await
    }

    /// What goes with a session that the client keeps itself: the products that were looked at, the
    /// latest last. Nothing is recorded.
    #[graphql(complexity = "cost::list(cost::RECOMMENDATION, Some(first), 12, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "GraphQL arguments, each optional by itself")]
    async fn recommendations_for_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most 100, the latest last. None of them is recommended.")] product_ids: Vec<Id<ProductId>>,
        #[graphql(desc = "How many at most, 1 to 50.", default = 12)] first: i32,
        #[graphql(name = "where", desc = "Only products like this.")] filter: Option<ProductWhere>,
        #[graphql(desc = "0 for the best, up to 1 for the most varied.", default = 0.0)] diversity: f64,
        #[graphql(
            desc = "Of one narrowest category at most, 1 to 50, as long as there are others; no limit unless given."
        )]
        max_per_category: Option<i32>,
        #[graphql(desc = "Let products through that cannot be bought now.", default = false)]
        include_out_of_stock: bool,
        #[graphql(desc = "Tell of each all that speaks for it: `causes`.", default = false)] explain: bool,
    ) -> Result<RecommendationList, ApiError> {
        at_most("productIds", &product_ids, MOST_OF_SESSION)?;
        let products = product_ids.into_iter().map(|id| id.0).collect();
        let listed = Listed {
            first,
            filter,
            include_out_of_stock,
            explain,
        };
        let variety = Variety {
            diversity,
            max_per_category,
        };
        Personal::for_session(ctx, products, listed, variety)?.make().await
    }

    /// What is looked at and bought most lately, best first; filled up with what is popular.
    #[graphql(complexity = "cost::list(cost::RECOMMENDATION, Some(first), 12, child_complexity)")]
    async fn trending(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 50.", default = 12)] first: i32,
        #[graphql(name = "where", desc = "Only products like this, such as those of a category.")] filter: Option<
            ProductWhere,
        >,
        #[graphql(desc = "Let products through that cannot be bought now.", default = false)]
        include_out_of_stock: bool,
    ) -> Result<RecommendationList, ApiError> {
        let listed = Listed {
            first,
            filter,
            include_out_of_stock,
            explain: false,
        };
        trend(ctx, TrendKind::Lately, listed).await
    }

    /// What is bought most, best first; filled up with what is new.
    #[graphql(complexity = "cost::list(cost::RECOMMENDATION, Some(first), 12, child_complexity)")]
    async fn popular(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 50.", default = 12)] first: i32,
        #[graphql(name = "where", desc = "Only products like this, such as those of a category.")] filter: Option<
            ProductWhere,
        >,
        #[graphql(desc = "Let products through that cannot be bought now.", default = false)]
        include_out_of_stock: bool,
    ) -> Result<RecommendationList, ApiError> {
        let listed = Listed {
            first,
            filter,
            include_out_of_stock,
            explain: false,
        };
        trend(ctx, TrendKind::Popular, listed).await
    }

    /// What was made last, the newest first.
    #[graphql(complexity = "cost::list(cost::RECOMMENDATION, Some(first), 12, child_complexity)")]
    async fn new_arrivals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 50.", default = 12)] first: i32,
        #[graphql(name = "where", desc = "Only products like this, such as those of a category.")] filter: Option<
            ProductWhere,
        >,
        #[graphql(desc = "Let products through that cannot be bought now.", default = false)]
        include_out_of_stock: bool,
    ) -> Result<RecommendationList, ApiError> {
        let listed = Listed {
            first,
            filter,
            include_out_of_stock,
            explain: false,
        };
        trend(ctx, TrendKind::New, listed).await
    }

    /// What the viewer bought and will want again, the most due first: by how often and how regularly
    /// they and others buy it. Nothing for who is not known.
    #[graphql(complexity = "cost::list(cost::RECOMMENDATION, Some(first), 12, child_complexity)")]
    async fn repurchase(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 50.", default = 12)] first: i32,
        #[graphql(name = "where", desc = "Only products like this.")] filter: Option<ProductWhere>,
        #[graphql(desc = "Let products through that cannot be bought now.", default = false)]
        include_out_of_stock: bool,
    ) -> Result<RecommendationList, ApiError> {
        let asker = Asker::of(ctx)?;
        let query = RepurchaseQuery {
            owned: owned(&asker).await?,
            limit: within("first", first, 1, MOST)?,
            filter: filter.unwrap_or_default().parse(ctx.loaders()?)?,
            include_out_of_stock,
            at_ms: ctx.services()?.shop.now().timestamp_millis(),
        };
        serve(&asker, ListKind::Repurchase, Question::Repurchase(query)).await
    }

    /// Public products that the viewer looked at, the latest first.
    #[graphql(complexity = "cost::list(cost::LISTING, Some(first), 12, child_complexity)")]
    async fn recently_viewed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 50.", default = 12)] first: i32,
    ) -> Result<Vec<Product>, ApiError> {
        let limit = within("first", first, 1, MOST)?;
        let history = history(&Asker::of(ctx)?).await?;
        let ids: Vec<ProductId> = history.iter().rev().map(|past| ProductId(past.item.0)).collect();
        let rows = ctx.loaders()?.products(&ids).await?;
        Ok(rows.into_iter().flatten().take(limit).map(Product).collect())
    }

    /// All that is recorded of the viewer, the latest first, before they logged in included.
    ///
    /// @requires(CUSTOMER)
    #[graphql(
        guard = "Requires(Role::Customer)",
        complexity = "cost::page(first, None, child_complexity)"
    )]
    async fn viewer_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
    ) -> Result<BehaviourEventConnection, ApiError> {
        let services = ctx.services()?;
        let scope = CursorScope::named("viewer events");
        let limit = within("first", first.unwrap_or(crate::page::DEFAULT_SIZE), 1, MAX_SIZE)?;
        let after = after.map(|after| services.cursors.decode(&scope, &after)).transpose();
        let has_previous_page = after.as_ref().is_ok_and(Option::is_some);
        let after = after
            .ok()
            .map(|keyset| keyset.map(|keyset| place(&keyset).ok_or(())).transpose());
        let Some(Ok(after)) = after else {
            return Err(ApiError::bad_input("after is no cursor of this list"));
        };
        let customer = ctx.viewer()?.customer()?;
        let mut found = services.shop.events().own(&customer, after, limit as u64 + 1).await?;
        let has_next_page = found.len() > limit;
        found.truncate(limit);
        let edge = |own: &OwnEvent| BehaviourEventEdge {
            cursor: services.cursors.encode(&scope, &keyset(own)),
            node: BehaviourEvent::from(own),
        };
        let edges: Vec<BehaviourEventEdge> = found.iter().map(edge).collect();
        Ok(BehaviourEventConnection {
            nodes: edges.iter().map(|edge| edge.node.clone()).collect(),
            page_info: PageInfo {
                has_next_page,
                has_previous_page,
                start_cursor: edges.first().map(|edge| edge.cursor.clone()),
                end_cursor: edges.last().map(|edge| edge.cursor.clone()),
            },
            edges,
        })
    }
}

fn keyset(own: &OwnEvent) -> Keyset {
    let (at, batch, place) = own.place;
    let values = [at.timestamp_micros(), batch, i64::from(place)];
    Keyset {
        values: values.into_iter().map(KeysetValue::Int).collect(),
        id: ItemId(Uuid::nil()),
    }
}

fn place(keyset: &Keyset) -> Option<(DateTime<Utc>, i64, i32)> {
    let [KeysetValue::Int(at), KeysetValue::Int(batch), KeysetValue::Int(place)] = keyset.values[..] else {
        return None;
    };
    Some((DateTime::from_timestamp_micros(at)?, batch, i32::try_from(place).ok()?))
}
