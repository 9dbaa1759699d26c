//! Recommendations and the state of the recommender.

pub mod admin;
mod types;

pub use admin::{RecommenderMutation, RecommenderQuery};
pub(crate) use types::tidy;
pub use types::{
    RecommendationKind, RecommendationList, RecommendationMode, RecommendationReason, RecommendationReasonCode,
    RecommendationSource, RecommendationWeights, RecommendedProduct, ScoreParts,
};

use crate::{
    behaviour::{ListKind, ListLabel},
    catalog::{Product, ProductWhere},
    context::ContextExt,
    error::ApiError,
    page::within,
};
use async_graphql::Context;
use reco_actors::{ItemId, Reason, RecoError, Recommendations, SimilarQuery, Source, Weights};
use shop::id::ProductId;
use std::collections::HashMap;

/// Most recommendations of one list.
pub(crate) const MOST: i32 = 50;

/// What recommendations are asked for.
pub(crate) struct Wish {
    pub(crate) first: i32,
    pub(crate) kind: RecommendationKind,
    pub(crate) weights: Option<RecommendationWeights>,
    pub(crate) filter: Option<ProductWhere>,
    pub(crate) diversity: f64,
    pub(crate) mode: Option<RecommendationMode>,
    pub(crate) include_out_of_stock: bool,
}

impl Wish {
    /// What looks alike, and nothing else.
    pub(crate) fn looking_alike(first: i32, filter: Option<ProductWhere>) -> Self {
        Self {
            first,
            kind: RecommendationKind::SimilarImage,
            weights: None,
            filter,
            diversity: 0.0,
            mode: None,
            include_out_of_stock: false,
        }
    }
}

/// Products that go with one product.
pub(crate) async fn similar(ctx: &Context<'_>, id: ProductId, wish: Wish) -> Result<RecommendationList, ApiError> {
    if !(0.0..=1.0).contains(&wish.diversity) {
        return Err(ApiError::bad_input("diversity must be between 0 and 1"));
    }
    let query = SimilarQuery {
        item: ItemId(id.0),
        kind: wish.kind.into(),
        weights: wish.weights.map(Weights::try_from).transpose()?,
        mode: wish.mode.map(Into::into),
        limit: within("first", wish.first, 1, MOST)?,
        filter: wish.filter.unwrap_or_default().parse(ctx.loaders()?)?,
        include_out_of_stock: wish.include_out_of_stock,
        diversity: wish.diversity as f32,
    };
    let answer = match ctx.services()?.recommender.similar(&query).await {
        // A draft, or a product made a moment ago: nothing is known to go with it yet.
        Err(RecoError::UnknownItem(_)) => nothing(),
        answer => answer?,
    };
    let kind = match wish.kind {
        RecommendationKind::Similar => ListKind::Similar,
        RecommendationKind::SimilarText => ListKind::SimilarText,
        RecommendationKind::SimilarImage => ListKind::SimilarImage,
    };
    with_products(ctx, kind, answer).await
}

/// The product that a reason names.
fn cause(reason: &Reason) -> Option<ProductId> {
    match reason {
        Reason::AlsoViewed(id) | Reason::BoughtTogether(id) | Reason::BecauseViewed(id) | Reason::BecauseBought(id) => {
            Some(ProductId(id.0))
        }
        _ => None,
    }
}

fn nothing() -> Recommendations {
    Recommendations {
        items: Vec::new(),
        source: Source::Fallback,
        generation: String::new(),
    }
}

/// The engine's list with its products, and those that it names as causes.
pub(crate) async fn with_products(
    ctx: &Context<'_>,
    kind: ListKind,
    answer: Recommendations,
) -> Result<RecommendationList, ApiError> {
    let ids: Vec<ProductId> = answer.items.iter().map(|entry| ProductId(entry.item.0)).collect();
    let mut causes: Vec<ProductId> = answer.items.iter().filter_map(|entry| cause(&entry.reason)).collect();
    causes.sort_unstable();
    causes.dedup();
    let wanted: Vec<ProductId> = ids.iter().chain(&causes).copied().collect();
    let mut rows = ctx.loaders()?.products(&wanted).await?;
    let named = rows.split_off(ids.len());
    let named: HashMap<ProductId, Product> = causes
        .into_iter()
        .zip(named)
        .filter_map(|(id, row)| Some((id, Product(row?))))
        .collect();
    // A product that was withdrawn a moment ago is left out.
    let items = answer.items.iter().zip(rows).filter_map(|(entry, row)| {
        let named = cause(&entry.reason).and_then(|id| named.get(&id)).cloned();
        Some(RecommendedProduct::new(entry, Product(row?), named))
    });
    let label = ListLabel::new(kind, &answer.generation, &ids);
    Ok(RecommendationList {
        list_id: ctx.services()?.cursors.list_id(&label),
        items: items.collect(),
        source: answer.source.into(),
        generation: answer.generation,
    })
}
