//! The change stream as subscriptions see it.

use futures::stream::BoxStream;
use shop::{events::Person, id::ProductId, outbox::Change};

/// Something that was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// This changed.
    Changed(Change),
    /// What somebody did is learned.
    Learned(Person),
    /// A change of a product is in the index.
    Indexed(ProductId),
    /// Too much changed to be told one by one: read anew what you show.
    Missed,
}

/// News as it comes, until the shop stops.
pub type ChangeStream = BoxStream<'static, News>;

/// Tells what changes, in this process or another.
pub trait ChangeFeed: Send + Sync {
    /// Everything that is published from now on.
    fn subscribe(&self) -> ChangeStream;
}
