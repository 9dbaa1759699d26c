//! Recommendations and the state of the recommender.

pub mod admin;
mod serve;
mod types;

pub use admin::{RecommenderMutation, RecommenderQuery};
pub(crate) use serve::{Question, holding, made, serve};
pub(crate) use types::tidy;
pub use types::{
    RecommendationCause, RecommendationKind, RecommendationList, RecommendationMode, RecommendationReason,
    RecommendationReasonCode, RecommendationSource, RecommendationWeights, RecommendedProduct, ScoreParts,
};

use crate::{
    behaviour::{ListKind, ListLabel, Origin, visitor},
    catalog::{Product, ProductWhere},
    context::ContextExt,
    error::ApiError,
    loaders::Loaders,
    page::within,
    services::Services,
};
use async_graphql::Context;
use reco_actors::{ItemId, Reason, Recommendations, SimilarQuery, Source, Weights};
use shop::{Viewer, events::Person, id::ProductId};
use std::{collections::HashMap, sync::Arc};

/// Whom a list is made for, and with what.
#[derive(Clone)]
pub(crate) struct Asker {
    pub(crate) services: Services,
    pub(crate) loaders: Arc<Loaders>,
    /// Nobody who does not want to be followed.
    pub(crate) person: Option<Person>,
    pub(crate) viewer: Viewer,
}

impl Asker {
    pub(crate) fn of(ctx: &Context<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            services: ctx.services()?.clone(),
            loaders: Arc::clone(&ctx.request()?.loaders),
            person: visitor::person(ctx)?,
            viewer: *ctx.viewer()?,
        })
    }

    /// The same later, when products may have changed, and somebody may have been logged out.
    pub(crate) async fn anew(&self) -> Result<Self, ApiError> {
        Ok(Self {
            loaders: Arc::new(Loaders::new(&self.services)),
            viewer: self.services.shop.accounts().renew(&self.viewer).await?,
            ..self.clone()
        })
    }
}

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
    let kind = match wish.kind {
        RecommendationKind::Similar => ListKind::Similar,
        RecommendationKind::SimilarText => ListKind::SimilarText,
        RecommendationKind::SimilarImage => ListKind::SimilarImage,
    };
    serve(&Asker::of(ctx)?, kind, Question::Similar(query)).await
}

/// The product that a reason names.
fn cause(reason: &Reason) -> Option<ProductId> {
    match reason {
        Reason::AlsoViewed(id)
        | Reason::BoughtTogether(id)
        | Reason::Completes(id)
        | Reason::BecauseViewed(id)
        | Reason::BecauseBought(id) => Some(ProductId(id.0)),
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
pub(crate) async fn products(asker: &Asker, answer: &Recommendations) -> Result<Vec<RecommendedProduct>, ApiError> {
    let ids: Vec<ProductId> = answer.items.iter().map(|entry| ProductId(entry.item.0)).collect();
    let reasons = answer.items.iter().filter_map(|entry| cause(&entry.reason));
    let all = answer.items.iter().flat_map(|entry| &entry.causes);
    let mut causes: Vec<ProductId> = reasons.chain(all.map(|(item, _)| ProductId(item.0))).collect();
    causes.sort_unstable();
    causes.dedup();
    let wanted: Vec<ProductId> = ids.iter().chain(&causes).copied().collect();
    let mut rows = asker.loaders.products(&wanted).await?;
    let named = rows.split_off(ids.len());
    let named: HashMap<ProductId, Product> = causes
        .into_iter()
        .zip(named)
        .filter_map(|(id, row)| Some((id, Product(row?))))
        .collect();
    // A product that was withdrawn a moment ago is left out.
    let items = answer.items.iter().zip(rows).filter_map(|(entry, row)| {
        let reason = cause(&entry.reason).and_then(|id| named.get(&id)).cloned();
        let named = |item: ItemId| named.get(&ProductId(item.0)).cloned();
        Some(RecommendedProduct::new(entry, Product(row?), reason, named))
    });
    Ok(items.collect())
}

/// The engine's list as it is handed out: labelled, so that it is known what it brings.
pub(crate) async fn with_products(
    asker: &Asker,
    kind: ListKind,
    answer: Recommendations,
    origin: Option<Origin>,
) -> Result<RecommendationList, ApiError> {
    let items = products(asker, &answer).await?;
    let ids: Vec<ProductId> = answer.items.iter().map(|entry| ProductId(entry.item.0)).collect();
    let label = ListLabel::new(kind, &answer.generation, &ids, origin);
    Ok(RecommendationList {
        list_id: asker.services.cursors.list_id(&label),
        items,
        source: answer.source.into(),
        generation: answer.generation,
    })
}
