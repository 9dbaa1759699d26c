//! What comes by itself: subscriptions over the change stream, so that they work whichever
//! process made the change. Whether a viewer may still see something is asked at each event.

mod feed;
mod personal;
mod stock;
mod subscription;

pub use feed::{ChangeFeed, ChangeStream, News};
pub(crate) use stock::StockBoard;
pub use stock::{ProductStock, VariantStock};
pub use subscription::Subscription;
