//! Events as those see them whose doing they are.

use super::ListKind;
use crate::{catalog::Product, context::ContextExt, error::ApiError, ids::Id, scalars::DateTime};
use async_graphql::{ComplexObject, Context, Enum, SimpleObject};
use shop::{
    events::{self as domain, EventKind, OwnEvent},
    id::ProductId,
};

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "EventKind")]
pub enum BehaviourEventKind {
    /// Looked at a product.
    View,
    /// Chose a product from a list.
    Click,
    /// Searched.
    Search,
    /// Put a product into the cart.
    AddToCart,
    /// Took a product out of the cart.
    RemoveFromCart,
    /// Paid for a product.
    Purchase,
    /// Reviewed a product.
    Review,
    /// Was shown a product in a list.
    Impression,
    /// Logged in, so that what the visitor did is the user's.
    LogIn,
    /// Asked that nothing be recorded.
    OptOut,
}

/// The list that a product was found in.
#[derive(Clone, Debug, SimpleObject)]
pub struct Attribution {
    /// Which list.
    pub kind: Option<ListKind>,
    /// The place in it, from 1.
    pub position: i32,
    /// Names the state of the index that made it.
    pub generation: String,
}

impl From<domain::Attribution> for Attribution {
    fn from(attribution: domain::Attribution) -> Self {
        Self {
            kind: ListKind::called(&attribution.kind),
            position: i32::from(attribution.position),
            generation: attribution.model,
        }
    }
}

/// Something that one did.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct BehaviourEvent {
    /// What.
    pub kind: BehaviourEventKind,
    /// When.
    pub happened_at: DateTime,
    /// The product, whether or not it is still there.
    pub product_id: Option<Id<ProductId>>,
    /// How long it was looked at, milliseconds.
    pub dwell_ms: Option<i32>,
    /// How many pieces were bought; of a review its rating.
    pub quantity: Option<i32>,
    /// What was searched for.
    pub query: Option<String>,
    /// Where the product was found.
    pub found_in: Option<Attribution>,
}

#[ComplexObject]
impl BehaviourEvent {
    /// The product, if it is public now.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>, ApiError> {
        let Some(Id(id)) = self.product_id else { return Ok(None) };
        Ok(ctx.loaders()?.product(id).await?.map(Product))
    }
}

impl From<&OwnEvent> for BehaviourEvent {
    fn from(own: &OwnEvent) -> Self {
        let event = own.event.clone();
        Self {
            kind: event.kind.into(),
            happened_at: DateTime(chrono::DateTime::from_timestamp_millis(event.at_ms).unwrap_or(own.place.0)),
            product_id: event.product().map(Id),
            dwell_ms: event.dwell_ms,
            quantity: event.quantity,
            query: event.query,
            found_in: event.attribution.map(Attribution::from),
        }
    }
}

/// An event in a page.
#[derive(Clone, Debug, SimpleObject)]
pub struct BehaviourEventEdge {
    /// Where it stands.
    pub cursor: String,
    /// What happened.
    pub node: BehaviourEvent,
}

/// A page of events, latest first.
#[derive(Clone, Debug, SimpleObject)]
pub struct BehaviourEventConnection {
    /// Events with their cursors.
    pub edges: Vec<BehaviourEventEdge>,
    /// Events alone.
    pub nodes: Vec<BehaviourEvent>,
    /// Where this page stands among others.
    pub page_info: crate::page::PageInfo,
}
