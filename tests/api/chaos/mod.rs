//! Proofs by force: many buyers at once, a server that is killed, floods of false messages.
//! `make test` runs a small dose of each, `make chaos` the whole one.

mod books;
mod crash;
mod oversell;
mod webhooks;

/// The whole dose under `MYSHOP_CHAOS=1`, else the small one.
fn dose(small: usize, whole: usize) -> usize {
    if std::env::var_os("MYSHOP_CHAOS").is_some_and(|value| value == "1") {
        whole
    } else {
        small
    }
}
