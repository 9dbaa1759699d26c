//! An e-mail address, parsed once: what the rest of the shop holds is always well formed
//! and always in the one spelling that accounts are compared by.

use std::{fmt, str::FromStr};
use thiserror::Error;

/// The longest address that mail servers accept (RFC 5321, a path less its brackets).
const LONGEST: usize = 254;
/// The longest part before the `@`.
const LONGEST_LOCAL: usize = 64;
/// What may stand before the `@` besides letters and digits.
const LOCAL_MARKS: &[u8] = b".!#$%&'*+/=?^_`{|}~-";

/// A well-formed address, trimmed and in lower case.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// The text is not an e-mail address we can write to.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not an e-mail address")]
pub struct NotAnEmail;

impl Email {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }
}

impl FromStr for Email {
    type Err = NotAnEmail;

    fn from_str(text: &str) -> Result<Self, NotAnEmail> {
        let address = text.trim().to_ascii_lowercase();
        let Some((local, domain)) = address.rsplit_once('@') else {
            return Err(NotAnEmail);
        };
        let fits = address.len() <= LONGEST && local.len() <= LONGEST_LOCAL;
        if fits && is_local_part(local) && is_domain(domain) {
            Ok(Self(address))
        } else {
            Err(NotAnEmail)
        }
    }
}

/// Dot-separated, non-empty atoms. Quoted local parts exist on paper only.
fn is_local_part(local: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || LOCAL_MARKS.contains(&byte);
    local.split('.').all(|atom| !atom.is_empty()) && local.bytes().all(allowed)
}

/// At least two labels of letters, digits and inner hyphens; the last is not all digits.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    let Some((_, last)) = domain.rsplit_once('.') else {
        return false;
    };
    domain.split('.').all(is_label) && !last.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Debug for Email {
    /// Personal data stays out of logs: only the domain is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domain = self.0.split_once('@').map_or("", |(_, domain)| domain);
        write!(f, "Email(…@{domain})")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_person_has_one_spelling() {
        let email: Email = "  Ada.Lovelace+shop@Example.COM ".parse().unwrap();
        assert_eq!(email.as_str(), "ada.lovelace+shop@example.com");
        assert_eq!(email.local_part(), "ada.lovelace+shop");
    }

    #[test]
    fn what_no_server_would_take_is_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let refused = [
            "",
            "@",
            "ada",
            "ada@",
            "@example.com",
            "ada@localhost",
            "ada@@example.com",
            "a da@example.com",
            "ada@exam ple.com",
            ".ada@example.com",
            "ada..l@example.com",
            "ada@-example.com",
            "ada@example..com",
            "ada@127.0.0.1",
            "ada@example.com\r\nBcc: eve@example.com",
            "\"ada\"@example.com",
            "адa@example.com",
            long_local.as_str(),
        ];
        for text in refused {
            assert_eq!(text.parse::<Email>(), Err(NotAnEmail), "{text:?}");
        }
    }

    #[test]
    fn debug_hides_the_person() {
        let email: Email = "ada@example.com".parse().unwrap();
        assert!(!format!("{email:?}").contains("ada"));
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_idempotent(text in "\\PC{0,80}") {
            if let Ok(email) = text.parse::<Email>() {
                prop_assert_eq!(email.as_str().parse::<Email>(), Ok(email));
            }
        }
    }
}
