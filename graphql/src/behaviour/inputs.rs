//! What clients tell of, and what they want left out.

use super::BehaviourEventKind;
use crate::{error::ApiError, ids::Id, page::at_most, scalars::DateTime, services::Services};
use async_graphql::{ID, InputObject};
use shop::{
    error::{Problem, ProblemCode},
    events::{MOST_EVENTS, NewEvent},
    id::ProductId,
};
use uuid::Uuid;

/// Most products of one exclusion.
const MOST_EXCLUDED: usize = 100;

/// What somebody did.
#[derive(Clone, Debug, InputObject)]
pub struct EventsRecordInput {
    /// At most 100, in any order. Those that will do count, whatever the others are.
    pub events: Vec<EventInput>,
}

/// Something that somebody did.
#[derive(Clone, Debug, InputObject)]
pub struct EventInput {
    /// A UUID that the client makes: the same event counts once, however often it is sent.
    pub id: ID,
    /// What. `PURCHASE` and `REVIEW` are not taken: the shop knows of them itself.
    pub kind: BehaviourEventKind,
    /// When, within the last 48 hours; now unless given.
    pub happened_at: Option<DateTime>,
    /// The product; for all but `SEARCH`.
    pub product_id: Option<Id<ProductId>>,
    /// For `VIEW`: how long it was looked at, milliseconds. Send it when the look ends.
    pub dwell_ms: Option<i32>,
    /// For `SEARCH`: what was searched for.
    pub query: Option<String>,
    /// `listId` of the list that the product was found in.
    pub list_id: Option<String>,
}

/// A batch as it was read.
#[derive(Default)]
pub(super) struct Parsed {
    /// The events that can be read, …
    pub(super) events: Vec<NewEvent>,
    /// … with the places that they have in the batch.
    pub(super) places: Vec<usize>,
    /// What is wrong with the others.
    pub(super) problems: Vec<Problem>,
}

impl EventsRecordInput {
    pub(super) fn parse(self, services: &Services) -> Result<Parsed, ApiError> {
        at_most("events", &self.events, MOST_EVENTS)?;
        let mut parsed = Parsed::default();
        for (place, event) in self.events.into_iter().enumerate() {
            match event.parse(services) {
                Ok(event) => {
                    parsed.places.push(place);
                    parsed.events.push(event);
                }
                Err((field, message)) => {
                    let path = format!("events.{place}.{field}");
                    parsed.problems.push(Problem::new(&path, ProblemCode::Invalid, message));
                }
            }
        }
        Ok(parsed)
    }
}

impl EventInput {
    fn parse(self, services: &Services) -> Result<NewEvent, (&'static str, &'static str)> {
        let id = Uuid::try_parse(&self.id).map_err(|_| ("id", "must be a UUID"))?;
        let product = self.product_id.map(|id| id.0);
        let found_in = |list_id: &str| {
            let listed = services
                .cursors
                .listed(list_id)
                .map_err(|_| ("listId", "no list here has it"))?;
            let product = product.ok_or(("listId", "a list holds products"))?;
            listed
                .attribution(product)
                .ok_or(("listId", "this list does not hold the product"))
        };
        Ok(NewEvent {
            id,
            kind: self.kind.into(),
            happened_at: self.happened_at.map(|at| at.0),
            product,
            dwell_ms: self.dwell_ms,
            query: self.query,
            attribution: self.list_id.as_deref().map(found_in).transpose()?,
        })
    }
}

/// Whether what one does may be recorded.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct TrackingUpdateInput {
    /// True: nothing is recorded from now on, and nothing that was is used for recommendations.
    pub do_not_track: bool,
}

/// What is not to be recommended.
#[derive(Clone, Debug, InputObject)]
pub struct RecommendationExcludeInput {
    /// These, at most 100.
    #[graphql(default)]
    pub product_ids: Vec<Id<ProductId>>,
    /// What the viewer bought.
    #[graphql(default = true)]
    pub purchased: bool,
    /// What is in the viewer's cart.
    #[graphql(default = true)]
    pub in_cart: bool,
    /// What the viewer looked at lately.
    #[graphql(default = true)]
    pub seen: bool,
}

impl Default for RecommendationExcludeInput {
    fn default() -> Self {
        Self {
            product_ids: Vec::new(),
            purchased: true,
            in_cart: true,
            seen: true,
        }
    }
}

impl RecommendationExcludeInput {
    pub(super) fn validate(&self) -> Result<(), ApiError> {
        at_most("exclude.productIds", &self.product_ids, MOST_EXCLUDED)
    }
}
