//! The only place that chooses what a client reads when something fails. [`ApiError`] is
//! deliberately not `Display`, so an internal error cannot slip through `?` in a resolver.

use crate::cursor::BadCursor;
use async_graphql::{ErrorExtensionValues, ServerError, Value};
use reco_actors::RecoError;
use shop::error::ShopError;
use std::borrow::Cow;

/// What `extensions.code` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// Nobody is logged in, or the token is no good.
    Unauthenticated,
    /// Somebody is, but may not.
    Forbidden,
    /// The request cannot be meant as it stands.
    BadUserInput,
    /// The thing named does not exist for this viewer.
    NotFound,
    /// Too many attempts; see `retryAfter`.
    RateLimited,
    /// Over the cost or depth limit.
    QueryTooComplex,
    /// Contradicts the present state.
    Conflict,
    /// At the limit or a part is down; try again.
    Unavailable,
    /// Our fault.
    Internal,
}

impl Code {
    /// The text in `extensions.code`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::NotFound => "NOT_FOUND",
            Self::RateLimited => "RATE_LIMITED",
            Self::QueryTooComplex => "QUERY_TOO_COMPLEX",
            Self::Conflict => "CONFLICT",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// A top-level error: a code and a message fit for strangers.
#[derive(Clone, Debug)]
pub struct ApiError {
    code: Code,
    message: Cow<'static, str>,
    retry_after_s: Option<u64>,
}

impl ApiError {
    /// An error with this code and message.
    #[must_use]
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_s: None,
        }
    }

    /// `BAD_USER_INPUT`.
    #[must_use]
    pub fn bad_input(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::BadUserInput, message)
    }

    /// `UNAUTHENTICATED`.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(Code::Unauthenticated, "log in first")
    }

    /// `FORBIDDEN`.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(Code::Forbidden, "you may not do this")
    }

    /// `UNAVAILABLE`.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::new(Code::Unavailable, "busy or starting, try again shortly")
    }

    /// `RATE_LIMITED`, with the seconds to wait.
    #[must_use]
    pub fn rate_limited(retry_after_s: u64) -> Self {
        let message = "too many attempts, wait before the next";
        Self {
            retry_after_s: Some(retry_after_s),
            ..Self::new(Code::RateLimited, message)
        }
    }

    /// `INTERNAL`: the true text goes to the log, once, here; the client gets none of it.
    #[must_use]
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "request failed");
        Self::new(Code::Internal, "something went wrong on our side")
    }

    /// Its code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// Its message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl From<BadCursor> for ApiError {
    fn from(_: BadCursor) -> Self {
        Self::bad_input("the cursor is not one of this listing")
    }
}

/// What a read of the shop fails with, and what no payload holds.
impl From<ShopError> for ApiError {
    fn from(error: ShopError) -> Self {
        match error {
            ShopError::NotFound => Self::new(Code::NotFound, "there is no such thing"),
            ShopError::Unauthenticated => Self::unauthenticated(),
            ShopError::Forbidden => Self::forbidden(),
            ShopError::RateLimited { retry_after } => Self::rate_limited(retry_after.as_secs().max(1)),
            ShopError::Busy => Self::unavailable(),
            ShopError::Invalid(problems) => match problems.into_iter().next() {
                Some(problem) => Self::bad_input(format!("{}: {}", problem.path.join("."), problem.message)),
                None => Self::bad_input("invalid input"),
            },
            ShopError::Media(problem) => Self::bad_input(problem.to_string()),
            ShopError::Conflict(message) => Self::new(Code::Conflict, message),
            ShopError::EmailTaken | ShopError::LastAdmin => Self::new(Code::Conflict, error.to_string()),
            ShopError::WrongCredentials => Self::new(Code::Unauthenticated, error.to_string()),
            ShopError::Internal(cause) => Self::internal(&cause),
        }
    }
}

impl From<RecoError> for ApiError {
    fn from(error: RecoError) -> Self {
        match error {
            RecoError::InvalidArgument { name, reason } => Self::bad_input(format!("{name}: {reason}")),
            RecoError::Overloaded => Self::unavailable(),
            RecoError::Deadline(_) | RecoError::Unavailable(_) => {
                tracing::warn!(%error, "engine did not answer");
                Self::unavailable()
            }
            RecoError::UnknownItem(_) => Self::new(Code::NotFound, "there is no such product"),
            RecoError::Model { .. } | RecoError::BadInput(_) | RecoError::Cache(_) => Self::internal(&error),
        }
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code.as_str());
        if let Some(seconds) = error.retry_after_s {
            extensions.set("retryAfter", seconds);
        }
        Self {
            message: error.message.into_owned(),
            source: None,
            extensions: Some(extensions),
        }
    }
}

/// Completes an error on its way out: what has no code yet was refused by the library
/// while parsing or validating, which is the client's to mend.
pub(crate) fn stamp(error: &mut ServerError, request_id: &str) {
    let extensions = error.extensions.get_or_insert_default();
    if extensions.get("code").is_none() {
        extensions.set("code", Code::BadUserInput.as_str());
    }
    extensions.set("requestId", Value::from(request_id));
}
