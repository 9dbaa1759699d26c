//! Telling what one does, and saying what may be known of it.

use super::{EventsRecordInput, TrackingUpdateInput, inputs::Parsed, visitor};
use crate::{
    accounts::User,
    context::ContextExt,
    cost,
    error::ApiError,
    guard::Requires,
    user_error::{UserError, settle},
};
use async_graphql::{Context, Object, SimpleObject};
use shop::{Role, error::Problem};

/// What telling of events comes to.
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct EventsRecordPayload {
    /// Events that count now.
    pub recorded_count: i32,
    /// Events that had come before.
    pub repeated_count: i32,
    /// Whether anything is recorded of this viewer: not of those who do not want it (`DNT`,
    /// `Sec-GPC`, `trackingUpdate`), nor of programs.
    pub is_tracked: bool,
    /// Who a guest is, for clients without cookies: send it as `X-Visitor-Token` from now on.
    pub visitor_token: Option<String>,
    /// Why other events do not count, each with its place in the batch.
    pub user_errors: Vec<UserError>,
}

/// What a change of one's tracking comes to.
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct TrackingUpdatePayload {
    /// The user after the change.
    pub viewer: Option<User>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// What erasing comes to.
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct EventsErasePayload {
    /// Events that are gone.
    pub erased_count: i32,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// Telling what one does.
#[derive(Default)]
pub struct BehaviourMutation;

#[Object]
impl BehaviourMutation {
    /// Tells what the viewer did. Recommendations follow within a moment. Send events in batches,
    /// each once with an id of its own; sending one again does no harm.
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn events_record(
        &self,
        ctx: &Context<'_>,
        input: EventsRecordInput,
    ) -> Result<EventsRecordPayload, ApiError> {
        let services = ctx.services()?;
        let Parsed {
            events,
            places,
            mut problems,
        } = input.parse(services)?;
        let recorded = match settle(services.shop.events().record(&visitor::who(ctx)?, events).await)? {
            Ok(recorded) => recorded,
            Err(user_errors) => {
                return Ok(EventsRecordPayload {
                    user_errors,
                    ..EventsRecordPayload::default()
                });
            }
        };
        problems.extend(recorded.problems.into_iter().map(|problem| replaced(problem, &places)));
        let token = recorded
            .visitor
            .filter(|_| recorded.is_tracked)
            .map(|id| visitor::keep(ctx, id));
        Ok(EventsRecordPayload {
            recorded_count: recorded.recorded as i32,
            repeated_count: recorded.repeated as i32,
            is_tracked: recorded.is_tracked,
            visitor_token: token.transpose()?,
            user_errors: problems.into_iter().map(UserError::from).collect(),
        })
    }

    /// Says whether what the viewer does may be recorded and used for recommendations.
    ///
    /// @requires(CUSTOMER)
    #[graphql(guard = "Requires(Role::Customer)", complexity = "cost::WRITE + child_complexity")]
    async fn tracking_update(
        &self,
        ctx: &Context<'_>,
        input: TrackingUpdateInput,
    ) -> Result<TrackingUpdatePayload, ApiError> {
        let (customer, events) = (ctx.viewer()?.customer()?, ctx.services()?.shop.events());
        let outcome = settle(events.set_do_not_track(&customer, input.do_not_track).await)?;
        Ok(match outcome {
            Ok(profile) => TrackingUpdatePayload {
                viewer: Some(profile.into()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => TrackingUpdatePayload {
                viewer: None,
                user_errors,
            },
        })
    }

    /// Erases all that is recorded of the viewer, before they logged in included. There is no way
    /// back.
    ///
    /// @requires(CUSTOMER)
    #[graphql(guard = "Requires(Role::Customer)", complexity = "cost::WRITE + child_complexity")]
    async fn events_erase(&self, ctx: &Context<'_>) -> Result<EventsErasePayload, ApiError> {
        let customer = ctx.viewer()?.customer()?;
        let erased = ctx.services()?.shop.events().erase(&customer).await?;
        Ok(EventsErasePayload {
            erased_count: i32::try_from(erased).unwrap_or(i32::MAX),
            user_errors: Vec::new(),
        })
    }
}

/// The problem at the place that the event had before unreadable ones were left out.
fn replaced(mut problem: Problem, places: &[usize]) -> Problem {
    let place = problem.path.get(1).and_then(|place| place.parse::<usize>().ok());
    if let Some(place) = place.and_then(|place| places.get(place)) {
        problem.path[1] = place.to_string();
    }
    problem
}
