//! Whether a request that brings cookies was made by a page that may use them. A browser
//! attaches cookies by itself, so a foreign page could act for its visitor; but it also says
//! which page asks, and a page cannot change that.

use crate::config::ServerConfig;
use axum::http::{HeaderMap, header};

/// Origins whose pages act for their visitors.
pub(super) struct Origins {
    trusted: Vec<String>,
    is_secure: bool,
}

impl Origins {
    /// The shop's own, and those that the settings let in.
    pub(super) fn new(server: &ServerConfig) -> Self {
        let own = url::Url::parse(&server.public_url).map(|url| url.origin().ascii_serialization());
        let trusted = server.cors_origins.iter().map(|origin| origin.to_ascii_lowercase());
        Self {
            trusted: own.into_iter().chain(trusted).collect(),
            is_secure: server.has_secure_cookies(),
        }
    }

    /// Whether the request was made by one of our pages, or by no page at all.
    pub(super) fn trust(&self, headers: &HeaderMap) -> bool {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        if let Some(origin) = text("origin") {
            let origin = origin.to_ascii_lowercase();
            return self.trusted.contains(&origin) || self.is_called(&origin, text(header::HOST.as_str()));
        }
        // Browsers that send no `Origin` with reads say at least how near the page is. What
        // says neither is no browser, and brings only cookies that it was given.
        text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"))
    }

    /// Whether the page lies where the request was sent to. A page over plain HTTP may be
    /// anybody's on the way, so it does not count where cookies need TLS.
    fn is_called(&self, origin: &str, host: Option<&str>) -> bool {
        let (Some((scheme, authority)), Some(host)) = (origin.split_once("://"), host) else {
            return false;
        };
        let is_fit = scheme == "https" || (scheme == "http" && !self.is_secure);
        is_fit && !authority.is_empty() && authority.eq_ignore_ascii_case(host)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn trusts(public_url: &str, headers: &[(&'static str, &str)]) -> bool {
        let server = ServerConfig {
            public_url: public_url.into(),
            cors_origins: vec!["https://www.shop.example".into()],
            ..ServerConfig::default()
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Origins::new(&server).trust(&map)
    }

    #[test]
    fn our_own_pages_and_those_let_in_are_trusted() {
        let shop = "https://shop.example/base";
        assert!(trusts(shop, &[("origin", "https://shop.example")]));
        assert!(trusts(shop, &[("origin", "https://WWW.shop.example")]));
        let behind_a_name = [("origin", "https://shop.internal:8443"), ("host", "shop.internal:8443")];
        assert!(trusts(shop, &behind_a_name));
        assert!(trusts(
            "",
            &[("origin", "http://127.0.0.1:8000"), ("host", "127.0.0.1:8000")]
        ));
        for site in ["same-origin", "none"] {
            assert!(trusts(shop, &[("sec-fetch-site", site)]));
        }
        assert!(trusts(shop, &[]), "a program that is no browser");
    }

    #[test]
    fn foreign_pages_are_not() {
        let shop = "https://shop.example";
        for origin in [
            "https://evil.example",
            "https://shop.example.evil.example",
            "https://shop.example:444",
            "http://shop.example",
            "null",
            "",
            "https://",
        ] {
            let headers = [
                ("origin", origin),
                ("host", "shop.example"),
                ("sec-fetch-site", "same-origin"),
            ];
            assert!(!trusts(shop, &headers), "{origin}");
        }
        for site in ["cross-site", "same-site", "something new"] {
            assert!(!trusts(shop, &[("sec-fetch-site", site)]), "{site}");
        }
    }
}
