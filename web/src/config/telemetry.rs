//! What is logged and how.

use serde::{Deserialize, Serialize};

/// Logs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// Filter directives, such as `info,web=debug`; `RUST_LOG` wins.
    pub filter: String,
    /// Line format.
    pub format: LogFormat,
    /// Whether `GET /metrics` is answered; whoever reaches the shop can then read it.
    pub metrics: bool,
}

/// Line format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            filter: "info,sqlx=warn,ort=warn,hnsw_rs=warn,sea_orm_migration=warn".into(),
            format: LogFormat::Text,
            metrics: false,
        }
    }
}
