//! Where the server listens and how it is called from outside.

use super::ConfigError;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};

/// Address, port and public name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Interface to listen on; loopback unless set.
    pub host: IpAddr,
    /// Port.
    pub port: u16,
    /// How clients reach the shop, without a trailing slash; media links start with it.
    /// Relative links are given when empty.
    pub public_url: String,
    /// Origins that may call the API from a browser; `*` is refused because cookies will be used.
    pub cors_origins: Vec<String>,
    /// Whether a proxy in front writes `X-Forwarded-For`; its last entry then is the client.
    pub behind_proxy: bool,
    /// Seconds a request may take.
    pub request_timeout_s: u64,
    /// Seconds that running requests get at shutdown.
    pub shutdown_grace_s: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8000,
            public_url: String::new(),
            cors_origins: Vec::new(),
            behind_proxy: false,
            request_timeout_s: 30,
            shutdown_grace_s: 10,
        }
    }
}

impl ServerConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if self.public_url.ends_with('/') {
            return Err(ConfigError::refused(
                "server.public_url",
                "leave the trailing slash out",
            ));
        }
        for origin in &self.cors_origins {
            if origin == "*" || !origin.starts_with("http") {
                return Err(ConfigError::refused(
                    "server.cors_origins",
                    format!("`{origin}` is not an origin such as https://shop.example.com"),
                ));
            }
        }
        if self.request_timeout_s == 0 {
            return Err(ConfigError::refused("server.request_timeout_s", "must be at least 1"));
        }
        Ok(())
    }
}
