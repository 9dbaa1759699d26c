//! Stories of the whole shop, told over HTTP.

#![expect(clippy::unwrap_used, reason = "tests")]
