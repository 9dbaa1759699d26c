//! Where the server listens and how it is called from outside.

use super::ConfigError;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};
use url::{Host, Url};

/// Address, port and public name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Interface to listen on; loopback unless set.
    pub host: IpAddr,
    /// Port.
    pub port: u16,
    /// How clients reach the shop, without a trailing slash; links to media and in mails start
    /// with it. When empty, media links are relative and mails hold no links.
    pub public_url: String,
    /// Origins that may call the API from a browser; `*` is refused because cookies are used.
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
    /// Whether cookies go over TLS alone. Plain HTTP is for this machine only.
    #[must_use]
    pub fn has_secure_cookies(&self) -> bool {
        let Ok(url) = Url::parse(&self.public_url) else {
            return self.behind_proxy || !self.host.is_loopback();
        };
        let is_here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        !(url.scheme() == "http" && is_here)
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if self.public_url.ends_with('/') {
            return Err(ConfigError::refused(
                "server.public_url",
                "leave the trailing slash out",
            ));
        }
        let is_http = |url: &Url| matches!(url.scheme(), "http" | "https");
        if !self.public_url.is_empty() && !Url::parse(&self.public_url).is_ok_and(|url| is_http(&url)) {
            return Err(ConfigError::refused(
                "server.public_url",
                "must be an address such as https://shop.example.com",
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn server(public_url: &str, host: &str) -> ServerConfig {
        ServerConfig {
            public_url: public_url.into(),
            host: host.parse().unwrap(),
            ..ServerConfig::default()
        }
    }

    #[test]
    fn cookies_need_tls_but_on_this_machine() {
        for here in [
            "http://localhost:8000",
            "http://127.0.0.1",
            "http://[::1]:3000",
            "http://shop.localhost",
        ] {
            assert!(!server(here, "0.0.0.0").has_secure_cookies(), "{here}");
        }
        for there in [
            "https://localhost",
            "https://shop.example",
            "http://shop.example",
            "http://192.168.0.4",
        ] {
            assert!(server(there, "127.0.0.1").has_secure_cookies(), "{there}");
        }
        assert!(!server("", "127.0.0.1").has_secure_cookies());
        assert!(server("", "0.0.0.0").has_secure_cookies());
        let behind_proxy = ServerConfig {
            behind_proxy: true,
            ..ServerConfig::default()
        };
        assert!(behind_proxy.has_secure_cookies());
    }

    #[test]
    fn a_public_address_is_one() {
        for refused in ["shop.example", "ftp://shop.example", "https://shop.example/"] {
            assert!(server(refused, "127.0.0.1").validate().is_err(), "{refused}");
        }
        assert!(server("https://shop.example/base", "127.0.0.1").validate().is_ok());
    }
}
