//! Limits of the GraphQL API.

use super::ConfigError;
use serde::{Deserialize, Serialize};

/// Limits and switches of the API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GraphqlConfig {
    /// Whether the schema can be read by introspection.
    pub introspection: bool,
    /// Whether GraphiQL is served.
    pub graphiql: bool,
    /// Deepest nesting of an operation.
    pub max_depth: usize,
    /// Highest cost of an operation; list sizes multiply.
    pub max_cost: usize,
    /// Largest request body without uploads, bytes.
    pub max_body: usize,
}

impl Default for GraphqlConfig {
    fn default() -> Self {
        Self {
            introspection: true,
            graphiql: true,
            max_depth: 15,
            max_cost: 20_000,
            max_body: 1024 * 1024,
        }
    }
}

impl GraphqlConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if self.max_depth < 4 {
            return Err(ConfigError::refused("graphql.max_depth", "must be at least 4"));
        }
        if self.max_cost < 100 {
            return Err(ConfigError::refused("graphql.max_cost", "must be at least 100"));
        }
        if self.max_body < 16 * 1024 {
            return Err(ConfigError::refused("graphql.max_body", "must be at least 16384"));
        }
        Ok(())
    }
}
