//! Cookies: read off the request by the transport, set and cleared by resolvers.
//!
//! A cookie is named by its [`CookieKind`]; how it is called on the wire follows from that.
//! Over TLS its name gets the prefix `__Host-` (for the whole site) or `__Secure-` (below a
//! path), with which browsers refuse one that anybody else has set. All are `SameSite=Lax`.

use crate::{context::ContextExt, error::ApiError};
use async_graphql::Context;
use std::{collections::HashMap, fmt};

/// Name of the header that sets a cookie.
const SET_COOKIE: &str = "set-cookie";
/// What the names of all our cookies begin with, behind their prefix.
const OURS: &str = "myshop_";
/// Cookies of one request that are looked at.
const MOST_COOKIES: usize = 100;

/// The access token of a browser.
pub const ACCESS: CookieKind = CookieKind::http_only("myshop_access", "/");
/// The refresh token of a browser: sent to the API alone.
pub const REFRESH: CookieKind = CookieKind::http_only("myshop_refresh", "/graphql");

/// The token of a guest's cart in a browser.
pub(crate) const CART: CookieKind = CookieKind::http_only("myshop_cart", "/");
/// How long a browser keeps a guest's cart.
pub(crate) const CART_LIFE_S: i64 = 30 * 24 * 3600;

/// The token of a visitor in a browser.
pub(crate) const VISITOR: CookieKind = CookieKind::http_only("myshop_visitor", "/");
/// How long a browser keeps it: as long as browsers keep any.
pub(crate) const VISITOR_LIFE_S: i64 = 395 * 24 * 3600;

/// A cookie as the shop uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookieKind {
    name: &'static str,
    path: &'static str,
    http_only: bool,
}

impl CookieKind {
    /// One that scripts cannot read. Its name begins with `myshop_`.
    #[must_use]
    pub const fn http_only(name: &'static str, path: &'static str) -> Self {
        Self {
            name,
            path,
            http_only: true,
        }
    }

    /// What it is called on the wire.
    #[must_use]
    pub fn full_name(&self, is_secure: bool) -> String {
        let prefix = match (is_secure, self.path) {
            (false, _) => "",
            (true, "/") => "__Host-",
            (true, _) => "__Secure-",
        };
        format!("{prefix}{}", self.name)
    }

    /// The header value that sets it, for `max_age_s` seconds.
    fn header(&self, value: &str, max_age_s: i64, is_secure: bool) -> String {
        let name = self.full_name(is_secure);
        let mut header = format!(
            "{name}={value}; Path={}; Max-Age={}; SameSite=Lax",
            self.path,
            max_age_s.max(0)
        );
        if self.http_only {
            header.push_str("; HttpOnly");
        }
        if is_secure {
            header.push_str("; Secure");
        }
        header
    }

    /// Sets it with the answer.
    pub(crate) fn set(&self, ctx: &Context<'_>, value: &str, max_age_s: i64) -> Result<(), ApiError> {
        // RFC 6265, section 4.1.1: anything else could end the value and begin an attribute.
        let is_octet = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\');
        if !value.bytes().all(is_octet) {
            return Err(ApiError::internal(&"a cookie's value cannot be sent"));
        }
        let is_secure = ctx.services()?.settings.secure_cookies;
        ctx.append_http_header(SET_COOKIE, self.header(value, max_age_s, is_secure));
        Ok(())
    }

    /// Takes it from the client, if the client has it.
    pub(crate) fn clear(&self, ctx: &Context<'_>) -> Result<(), ApiError> {
        match self.read(ctx)? {
            Some(_) => self.set(ctx, "", 0),
            None => Ok(()),
        }
    }

    /// Its value, as the request brought it.
    pub(crate) fn read<'a>(&self, ctx: &'a Context<'_>) -> Result<Option<&'a str>, ApiError> {
        let is_secure = ctx.services()?.settings.secure_cookies;
        Ok(ctx.request()?.cookies.get(*self, is_secure))
    }
}

/// The cookies of a request. `Debug` shows no value.
#[derive(Clone, Default)]
pub struct Cookies(HashMap<String, String>);

impl Cookies {
    /// Reads the values of `Cookie` headers. Of two with one name the first counts: browsers
    /// send the one with the longer path first.
    #[must_use]
    pub fn parse<'a>(headers: impl IntoIterator<Item = &'a str>) -> Self {
        let pairs = headers.into_iter().flat_map(|header| header.split(';'));
        let mut cookies = HashMap::new();
        for (name, value) in pairs.filter_map(|pair| pair.split_once('=')).take(MOST_COOKIES) {
            let value = value.trim();
            let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            let entry = cookies.entry(name.trim().to_owned());
            entry.or_insert_with(|| bare.unwrap_or(value).to_owned());
        }
        Self(cookies)
    }

    /// The value of one of our cookies.
    #[must_use]
    pub fn get(&self, kind: CookieKind, is_secure: bool) -> Option<&str> {
        let value = self.0.get(&kind.full_name(is_secure))?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether any of them is ours, so that the request acts for whoever has it.
    #[must_use]
    pub fn has_ours(&self) -> bool {
        let bare = |name: &str| {
            let prefixes = ["__Host-", "__Secure-"];
            let stripped = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
            stripped.unwrap_or(name).starts_with(OURS)
        };
        self.0.keys().any(|name| bare(name))
    }
}

impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_tls_a_cookie_is_secure_and_its_name_cannot_be_set_by_others() {
        assert_eq!(
            ACCESS.header("abc", 900, true),
            "__Host-myshop_access=abc; Path=/; Max-Age=900; SameSite=Lax; HttpOnly; Secure"
        );
        assert_eq!(
            REFRESH.header("abc", 60, true),
            "__Secure-myshop_refresh=abc; Path=/graphql; Max-Age=60; SameSite=Lax; HttpOnly; Secure"
        );
        assert_eq!(
            ACCESS.header("", -5, false),
            "myshop_access=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly"
        );
    }

    #[test]
    fn a_cookie_is_found_by_its_name_on_the_wire_and_the_first_of_two_counts() {
        let cookies = Cookies::parse([
            "a=1; myshop_access=first",
            "myshop_access=second; b; =c; myshop_refresh=\"q\"",
        ]);
        assert_eq!(cookies.get(ACCESS, false), Some("first"));
        assert_eq!(cookies.get(REFRESH, false), Some("q"));
        assert_eq!(
            cookies.get(ACCESS, true),
            None,
            "without its prefix it may be anybody's"
        );
        assert_eq!(Cookies::parse(["myshop_access="]).get(ACCESS, false), None);
    }

    #[test]
    fn our_cookies_are_told_from_others() {
        for ours in [
            "myshop_access=1",
            "x=1; __Host-myshop_cart=2",
            "__Secure-myshop_refresh=1",
        ] {
            assert!(Cookies::parse([ours]).has_ours(), "{ours}");
        }
        for others in ["", "x=myshop_access", "_ga=1; __Host-other=2"] {
            assert!(!Cookies::parse([others]).has_ours(), "{others}");
        }
    }

    #[test]
    fn debug_shows_names_alone() {
        let shown = format!("{:?}", Cookies::parse(["myshop_access=secret"]));
        assert!(shown.contains("myshop_access") && !shown.contains("secret"), "{shown}");
    }
}
