//! Products and events that wait for somebody to look at them.

use crate::{catalog::Product, error::ApiError, ids::Id, scalars::DateTime};
use async_graphql::SimpleObject;
use shop::{
    Shop,
    catalog::ProductView,
    id::{DeadLetterId, ProductId},
    pipeline,
};
use std::{collections::HashMap, sync::Arc};

/// A product that could not be embedded, wholly or in part.
#[derive(Clone, Debug, SimpleObject)]
pub struct EmbeddingFailure {
    /// Which.
    pub product_id: Id<ProductId>,
    /// The product; null when it is gone.
    pub product: Option<Product>,
    /// Why.
    pub reason: String,
    /// Failures in a row.
    pub attempts: u32,
    /// When it is tried again.
    pub next_attempt_at: DateTime,
}

/// A page of products that could not be embedded.
#[derive(Clone, Debug, SimpleObject)]
pub struct EmbeddingFailureConnection {
    /// The failures.
    #[graphql(complexity = "child_complexity")]
    pub nodes: Vec<EmbeddingFailure>,
    /// How many there are.
    pub total_count: u64,
    /// Whether more follow.
    pub has_next_page: bool,
}

impl EmbeddingFailureConnection {
    pub(super) async fn read(shop: &Shop, offset: u64, first: u64) -> Result<Self, ApiError> {
        let tasks = &shop.pipeline().tasks;
        let failures = tasks.failures(offset, first).await?;
        let total_count = tasks.counts().await?.failed;
        let ids: Vec<ProductId> = failures.iter().map(|failure| failure.product).collect();
        let views = shop.catalog().load_fresh(&ids).await?;
        let mut views: HashMap<ProductId, Arc<ProductView>> =
            views.into_iter().map(|view| (view.id(), Arc::new(view))).collect();
        let nodes = failures.into_iter().map(|failure| EmbeddingFailure {
            product_id: Id(failure.product),
            product: views.remove(&failure.product).map(Product),
            reason: failure.reason,
            attempts: failure.attempts,
            next_attempt_at: DateTime(failure.next_attempt_at),
        });
        Ok(Self {
            has_next_page: total_count > offset + ids.len() as u64,
            nodes: nodes.collect(),
            total_count,
        })
    }
}

/// An event that was given up.
#[derive(Clone, Debug, SimpleObject)]
pub struct DeadLetter {
    /// Identity.
    pub id: Id<DeadLetterId>,
    /// Who gave it up.
    pub consumer: String,
    /// What kind of change it tells.
    pub topic: String,
    /// Of what; an id without its prefix.
    pub aggregate: String,
    /// Details, as JSON.
    pub payload: String,
    /// When the change was made.
    pub happened_at: DateTime,
    /// When it was given up.
    pub failed_at: DateTime,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed last.
    pub reason: String,
}

/// A page of events that were given up.
#[derive(Clone, Debug, SimpleObject)]
pub struct DeadLetterConnection {
    /// The events.
    #[graphql(complexity = "child_complexity")]
    pub nodes: Vec<DeadLetter>,
    /// How many there are.
    pub total_count: u64,
    /// Whether more follow.
    pub has_next_page: bool,
}

impl DeadLetterConnection {
    pub(super) async fn read(shop: &Shop, offset: u64, first: u64) -> Result<Self, ApiError> {
        let letters = &shop.pipeline().dead_letters;
        let page = letters.page(offset, first).await?;
        let total_count = letters.count().await?;
        Ok(Self {
            has_next_page: total_count > offset + page.len() as u64,
            nodes: page.into_iter().map(Into::into).collect(),
            total_count,
        })
    }
}

impl From<pipeline::DeadLetter> for DeadLetter {
    fn from(letter: pipeline::DeadLetter) -> Self {
        Self {
            id: Id(letter.id),
            consumer: letter.consumer,
            topic: letter.event.topic,
            aggregate: letter.event.aggregate.to_string(),
            payload: letter.event.payload.to_string(),
            happened_at: DateTime(letter.event.at),
            failed_at: DateTime(letter.failed_at),
            attempts: letter.attempts,
            reason: letter.reason,
        }
    }
}
