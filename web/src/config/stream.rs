//! What carries changes between processes.

use super::ConfigError;
use serde::{Deserialize, Serialize};

/// The change stream.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StreamConfig {
    /// Kafka brokers, `host:port`, separated by commas; unset: the Redis of the cache, if any.
    /// Needs a program built with the feature `rdkafka`.
    pub kafka_brokers: Option<String>,
}

impl StreamConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let Some(brokers) = &self.kafka_brokers else {
            return Ok(());
        };
        if !cfg!(feature = "rdkafka") {
            return Err(ConfigError::refused(
                "stream.kafka_brokers",
                "this program was built without Kafka: build it with `--features rdkafka`",
            ));
        }
        let is_address = |broker: &str| {
            let port = broker.trim().rsplit_once(':').map(|(_, port)| port.parse::<u16>());
            matches!(port, Some(Ok(_)))
        };
        if !brokers.split(',').all(is_address) {
            return Err(ConfigError::refused(
                "stream.kafka_brokers",
                "must be host:port, or several separated by commas",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validate(brokers: &str) -> Result<(), ConfigError> {
        let config = StreamConfig {
            kafka_brokers: Some(brokers.into()),
        };
        config.validate()
    }

    #[test]
    fn brokers_need_ports_and_a_program_that_speaks_to_them() {
        assert!(StreamConfig::default().validate().is_ok());
        for wrong in ["", "kafka", "kafka:", "one:9092,two", "kafka:99999"] {
            assert!(validate(wrong).is_err(), "{wrong}");
        }
        assert_eq!(validate("one:9092, two:9092").is_ok(), cfg!(feature = "rdkafka"));
    }
}
