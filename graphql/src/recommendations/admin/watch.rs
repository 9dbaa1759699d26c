//! The recommender's state as it goes on.

use super::RecommenderStatus;
use crate::{
    error::{ApiError, Code},
    services::Services,
};
use futures::{Stream, stream};
use shop::Viewer;
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

/// The state now and every so often, until `end`, or until the viewer is no longer staff.
pub(crate) fn watch(
    services: Services,
    viewer: Viewer,
    every: Duration,
    end: Instant,
) -> impl Stream<Item = Result<RecommenderStatus, ApiError>> + 'static {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    stream::unfold(Some((services, viewer, ticks)), move |state| async move {
        let (services, viewer, mut ticks) = state?;
        match next(&services, &viewer, &mut ticks, end).await {
            Ok(status) => Some((Ok(status), Some((services, viewer, ticks)))),
            Err(error) => Some((Err(error), None)),
        }
    })
}

async fn next(
    services: &Services,
    viewer: &Viewer,
    ticks: &mut Interval,
    end: Instant,
) -> Result<RecommenderStatus, ApiError> {
    let tick = tokio::time::timeout_at(end, ticks.tick()).await;
    if tick.is_err() {
        return Err(ApiError::new(
            Code::Unauthenticated,
            "subscribe again with a fresh token",
        ));
    }
    viewer.staff(&services.shop).await?;
    RecommenderStatus::read(services).await
}
