//! The demo shop: a catalogue of our own making, its drawings, users to try it with, and a
//! past of coupons, orders and reviews.
//!
//! Two ways in. [`ensure`] is for a start in demo mode: it sows what this shop has never
//! had, and touches nothing that it sowed before, so what an administrator edited or
//! deleted stays so. [`seed()`] is for the explicit command: it puts the whole catalogue
//! back as it is written here, deleted products included. Neither gives a shop a second past.

mod catalogue;
pub mod drawing;
mod entry;
mod ledger;
mod past;
mod seed;
#[cfg(test)]
pub(crate) mod tests;
mod users;

pub use catalogue::{BadCatalogue, Catalogue};
pub use entry::{BadEntry, DemoProduct};
pub use past::{BadPast, Lived};
pub use seed::{Refused, SeedError, SeedReport, Seeder, ensure, seed};
pub use users::{DemoUser, users};
