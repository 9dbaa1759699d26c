//! The one error type of this crate.

use thiserror::Error;

/// What can go wrong between a question and its answer. Messages are internal: they may
/// name models and files and must not be shown to shoppers.
#[derive(Debug, Error)]
pub enum RecoError {
    /// No permit was free: the engine is at its limit and says so at once.
    #[error("engine overloaded")]
    Overloaded,
    /// The answer did not come within the deadline.
    #[error("deadline of {0} ms exceeded")]
    Deadline(u64),
    /// The item is not in the index.
    #[error("unknown item {0:?}")]
    UnknownItem(crate::ItemId),
    /// An argument is outside its allowed range.
    #[error("invalid argument {name}: {reason}")]
    InvalidArgument {
        /// Which argument.
        name: &'static str,
        /// Why it was refused.
        reason: String,
    },
    /// A model is missing, damaged or of another shape than its manifest says.
    #[error("model {model}: {reason}")]
    Model {
        /// Model id of the manifest.
        model: String,
        /// What is wrong.
        reason: String,
    },
    /// An input (picture, text) cannot be read; says why, concerns that input alone.
    #[error("unreadable input: {0}")]
    BadInput(String),
    /// A worker died or a channel closed while the request was under way.
    #[error("engine unavailable: {0}")]
    Unavailable(String),
    /// The cache server failed; callers go on without it.
    #[error("cache: {0}")]
    Cache(String),
}
