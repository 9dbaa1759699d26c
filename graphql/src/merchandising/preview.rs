//! What drafts would make of a list.

use super::{inputs::RecommendationRulesPreviewInput, types::RecommendationPlacement};
use crate::{
    behaviour::history_of,
    commerce::parts,
    context::ContextExt,
    error::ApiError,
    inputs::ids,
    page::within,
    recommendations::{Asker, MOST, Question, RecommendedProduct, holding, made, products},
    user_error::UserError,
};
use async_graphql::{Context, SimpleObject};
use chrono::Utc;
use reco_actors::{
    AlsoKind, AlsoQuery, ItemId, RepurchaseQuery, SimilarKind, SimilarQuery, TrendKind, TrendingQuery, ViewerQuery,
    catalog::Filter, models::Owned,
};
use shop::{
    id::ProductId,
    merchandising::{Audience, Body, Placement, Rule, Who},
};

/// A list with and without some rules.
#[derive(Debug, SimpleObject)]
pub struct RecommendationRulesPreview {
    /// As it is now.
    pub before: Vec<RecommendedProduct>,
    /// As it would be.
    pub after: Vec<RecommendedProduct>,
}

/// What a preview comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct RecommendationRulesPreviewPayload {
    /// Both lists; null when `withRule` will not do.
    pub preview: Option<RecommendationRulesPreview>,
    /// What is wrong with `withRule`.
    pub user_errors: Vec<UserError>,
}

pub(super) async fn preview(
    ctx: &Context<'_>,
    input: RecommendationRulesPreviewInput,
) -> Result<RecommendationRulesPreviewPayload, ApiError> {
    let services = ctx.services()?;
    let admin = ctx.viewer()?.admin(&services.shop).await?;
    let with = ids("input.withRuleIds", input.with_rule_ids.clone())?;
    let without = ids("input.withoutRuleIds", input.without_rule_ids.clone())?;
    let at = input.at.map_or_else(|| services.shop.now(), |at| at.0);
    let question = question(&input, at)?;
    let fresh = match input.with_rule {
        None => None,
        Some(rule) => match parts(admin.merchandising().checked(rule.parse()?).await)? {
            (Some(body), _) => Some(body),
            (None, user_errors) => {
                return Ok(RecommendationRulesPreviewPayload {
                    preview: None,
                    user_errors,
                });
            }
        },
    };
    let placement: Placement = input.placement.into();
    let who = who(input.audiences.into_iter().map(Into::into));
    let rules = admin.merchandising().list().await?;
    let published = |rule: &&Rule| rule.body.is_published;
    let now: Vec<&Body> = rules.iter().filter(published).map(|rule| &rule.body).collect();
    let then = rules.iter().filter(|rule| {
        let holds = rule.body.is_published && !without.contains(&rule.id);
        holds || with.contains(&rule.id)
    });
    let then: Vec<&Body> = then.map(|rule| &rule.body).chain(&fresh).collect();
    let asker = Asker::of(ctx)?;
    let mut lists = Vec::new();
    for bodies in [now, then] {
        let rules = holding(services, bodies.into_iter(), (placement, who, at), &question);
        let answer = made(services, &rules, question.clone()).await?;
        lists.push(products(&asker, &answer).await?);
    }
    let after = lists.pop().unwrap_or_default();
    let before = lists.pop().unwrap_or_default();
    Ok(RecommendationRulesPreviewPayload {
        preview: Some(RecommendationRulesPreview { before, after }),
        user_errors: Vec::new(),
    })
}

fn who(audiences: impl Iterator<Item = Audience>) -> Who {
    let mut who = Who::default();
    for audience in audiences {
        match audience {
            Audience::Guests => who.is_customer = false,
            Audience::Customers => who.is_customer = true,
            Audience::Newcomers => who.has_history = false,
            Audience::Returning => who.has_history = true,
            Audience::Buyers => (who.has_history, who.has_bought) = (true, true),
        }
    }
    who
}

fn question(input: &RecommendationRulesPreviewInput, at: chrono::DateTime<Utc>) -> Result<Question, ApiError> {
    let products: Vec<ProductId> = ids("input.productIds", input.product_ids.clone())?;
    let items: Vec<ItemId> = products.iter().map(|id| ItemId(id.0)).collect();
    let limit = within("input.first", input.first, 1, MOST)?;
    let categories = ids("input.categoryIds", input.category_ids.clone())?;
    let filter = Filter {
        categories: categories.into_iter().map(|id: shop::id::CategoryId| id.0).collect(),
        ..Filter::default()
    };
    let about = items
        .first()
        .copied()
        .ok_or_else(|| ApiError::bad_input("input.productIds must name what the list is about"));
    let also = |kind, items| AlsoQuery {
        items,
        kind,
        limit,
        filter: filter.clone(),
        include_out_of_stock: false,
        explain: false,
    };
    let trend = |kind| TrendingQuery {
        kind,
        limit,
        filter: filter.clone(),
        include_out_of_stock: false,
        at_ms: at.timestamp_millis(),
    };
    use RecommendationPlacement as P;
    Ok(match input.placement {
        P::Similar => Question::Similar(SimilarQuery {
            item: about?,
            kind: SimilarKind::Hybrid,
            weights: None,
            mode: None,
            limit,
            filter,
            include_out_of_stock: false,
            diversity: 0.0,
        }),
        P::AlsoViewed => Question::Also(also(AlsoKind::Viewed, vec![about?])),
        P::AlsoBought => Question::Also(also(AlsoKind::Bought, vec![about?])),
        P::Complements => Question::Also(also(AlsoKind::Complements, vec![about?])),
        P::Cart => Question::Cart(also(AlsoKind::Bought, items)),
        P::Viewer | P::Session => Question::Viewer(ViewerQuery {
            history: history_of(&products, at.timestamp_millis()),
            exclude: items.into_iter().collect(),
            limit,
            filter,
            at_ms: at.timestamp_millis(),
            ..ViewerQuery::default()
        }),
        P::Repurchase => Question::Repurchase(RepurchaseQuery {
            owned: items
                .into_iter()
                .map(|item| Owned::once(item, at.timestamp_millis()))
                .collect(),
            limit,
            filter,
            include_out_of_stock: false,
            at_ms: at.timestamp_millis(),
        }),
        P::Trending => Question::Trending(trend(TrendKind::Lately)),
        P::Popular => Question::Trending(trend(TrendKind::Popular)),
        P::NewArrivals => Question::Trending(trend(TrendKind::New)),
    })
}
