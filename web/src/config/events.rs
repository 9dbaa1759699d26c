//! How what people do is recorded.

use super::ConfigError;
use serde::{Deserialize, Serialize};
use shop::events::EventSettings;

/// Longest time that events are kept: ten years.
const MOST_DAYS: u16 = 3_660;

/// The event log.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventsConfig {
    /// Days that events are kept, whole months at a time; 31 to 3,660.
    pub keep_days: u16,
    /// Events that one address may tell of in an hour, a third of them at once; 0: any number.
    pub per_address_hour: u32,
}

impl Default for EventsConfig {
    fn default() -> Self {
        let EventSettings {
            per_address_hour,
            keep_days,
        } = EventSettings::default();
        Self {
            keep_days,
            per_address_hour,
        }
    }
}

impl EventsConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if (31..=MOST_DAYS).contains(&self.keep_days) {
            return Ok(());
        }
        Err(ConfigError::refused(
            "events.keep_days",
            format!("must be within 31 and {MOST_DAYS}"),
        ))
    }

    /// As the domain takes them.
    #[must_use]
    pub fn settings(&self) -> EventSettings {
        EventSettings {
            per_address_hour: self.per_address_hour,
            keep_days: self.keep_days,
        }
    }
}
