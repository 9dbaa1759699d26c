//! Brings what other processes publish into this process's log, as soon as the broker has it.

use super::BATCH;
use crate::stream::{Broker, ChangeLog};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How long the broker is asked to wait for something new.
const PATIENCE: Duration = Duration::from_secs(5);
/// Before a broker that failed is asked again; until then the relay looks into the outbox.
const REST: Duration = Duration::from_secs(1);

/// Follows the broker until told to stop, once that is open. Nothing depends on it but time.
pub(crate) async fn run(
    broker: Arc<dyn Broker>,
    log: ChangeLog,
    opened: impl Future<Output = ()>,
    stop: CancellationToken,
) {
    tokio::select! {
        () = stop.cancelled() => return,
        () = opened => {}
    }
    let mut has_failed = false;
    loop {
        let read = broker.after(log.position(), BATCH as usize, PATIENCE);
        let outcome = tokio::select! {
            () = stop.cancelled() => return,
            outcome = read => outcome,
        };
        match outcome {
            Ok(events) => {
                has_failed = false;
                log.append(&events);
            }
            Err(error) => {
                if !std::mem::replace(&mut has_failed, true) {
                    tracing::warn!(%error, broker = broker.name(), "changes of other processes come later");
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(REST) => {}
                }
            }
        }
    }
}
