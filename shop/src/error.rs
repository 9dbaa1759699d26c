//! The one error of the domain: what can be mended by whom, and the helper that turns
//! constraint names into it.

use crate::media::MediaProblem;
use entities::money::Money;
use sea_orm::{DbErr, RuntimeErr, SqlErr};
use std::{fmt::Display, time::Duration};
use thiserror::Error;

/// Why an operation was not done.
#[derive(Debug, Error)]
pub enum ShopError {
    /// The thing named does not exist for this viewer.
    #[error("not found")]
    NotFound,
    /// Values that will not do: every one of them, each with its place in the input.
    #[error("invalid input: {}", list(.0))]
    Invalid(Vec<Problem>),
    /// The address has an account already.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// Unknown address, wrong password or disabled account: deliberately one answer.
    #[error("wrong e-mail address or password")]
    WrongCredentials,
    /// Nobody is logged in, or the token opens nothing.
    #[error("not logged in")]
    Unauthenticated,
    /// Somebody is logged in, but may not.
    #[error("not allowed")]
    Forbidden,
    /// Nobody else could run the shop.
    #[error("the last administrator stays")]
    LastAdmin,
    /// Too many attempts.
    #[error("too many attempts")]
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// At the limit of what is done at once; try again.
    #[error("busy")]
    Busy,
    /// A picture that is refused.
    #[error(transparent)]
    Media(MediaProblem),
    /// Contradicts the present state; the message says how.
    #[error("conflict: {0}")]
    Conflict(String),
    /// Our fault. The text is for the log and never leaves the process.
    #[error("internal: {0}")]
    Internal(String),
}

/// One value that will not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where in the input, outermost first, such as `variants`, `0`, `sku`.
    pub path: Vec<String>,
    /// What kind of problem.
    pub code: ProblemCode,
    /// For people.
    pub message: String,
}

/// Kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// Not of the form it should have.
    Invalid,
    /// Missing.
    Required,
    /// Too long or too many.
    TooLong,
    /// Below or above what is allowed.
    OutOfRange,
    /// Belongs to something else already.
    Taken,
    /// Names something that does not exist.
    NotFound,
    /// Still needed by something else.
    InUse,
    /// Fewer pieces are free than are wanted.
    InsufficientStock {
        /// How many are free.
        available: i32,
    },
    /// Cannot be bought any more.
    Unavailable,
    /// A coupon that nobody issued, or that was withdrawn.
    CouponUnknown,
    /// A coupon whose time has not come or is over.
    CouponExpired,
    /// A coupon that was used as often as it may be.
    CouponExhausted,
    /// A coupon for larger carts.
    CouponMinimum {
        /// Least subtotal.
        minimum: Money,
    },
    /// Prices or terms are not those of the quote that was agreed to.
    QuoteChanged,
    /// The provider said no.
    PaymentDeclined,
    /// Not possible in the state that it is in.
    IllegalState,
    /// An idempotency key that was used for another request.
    KeyReused,
    /// A token that is unknown, used or expired.
    InvalidToken,
    /// Not the password of whoever asks.
    WrongPassword,
}

impl Problem {
    /// A problem at a dotted place, such as `variants.0.sku`.
    pub fn new(path: &str, code: ProblemCode, message: impl Display) -> Self {
        let path = path
            .split('.')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        Self {
            path,
            code,
            message: message.to_string(),
        }
    }
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|p| format!("{}: {}", p.path.join("."), p.message))
        .collect();
    lines.join("; ")
}

impl ShopError {
    /// One malformed value.
    pub fn invalid(path: &str, message: impl Display) -> Self {
        Self::problem(path, ProblemCode::Invalid, message)
    }

    /// One problem of any kind.
    pub fn problem(path: &str, code: ProblemCode, message: impl Display) -> Self {
        Self::Invalid(vec![Problem::new(path, code, message)])
    }

    /// Our fault; the cause goes to the log with whoever handles this.
    pub fn internal(cause: impl Display) -> Self {
        Self::Internal(cause.to_string())
    }
}

impl From<DbErr> for ShopError {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::RecordNotUpdated => Self::NotFound,
            error if is_victim(&error) => Self::Busy,
            error => Self::Internal(error.to_string()),
        }
    }
}

/// Whether the database ended this transaction because two stood in each other's way.
fn is_victim(error: &DbErr) -> bool {
    /// `serialization_failure` and `deadlock_detected` of PostgreSQL.
    const CODES: [&str; 2] = ["40001", "40P01"];
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error else {
        return false;
    };
    let code = cause.as_database_error().and_then(|cause| cause.code());
    code.is_some_and(|code| CODES.contains(&&*code))
}

/// Whether a row that another writer made or took away stood in the way.
pub(crate) fn is_outrun(error: &DbErr) -> bool {
    matches!(
        error.sql_err(),
        Some(SqlErr::UniqueConstraintViolation(_) | SqlErr::ForeignKeyConstraintViolation(_))
    )
}

impl From<MediaProblem> for ShopError {
    fn from(problem: MediaProblem) -> Self {
        Self::Media(problem)
    }
}

/// Turns a violated constraint into what it means.
pub(crate) trait OnConstraint<T> {
    /// `meaning` when the unique constraint of this name (`<table>_<column>_key`) was
    /// violated, on PostgreSQL and SQLite alike; any other error stays what it is.
    fn on_constraint(self, name: &str, meaning: impl FnOnce() -> ShopError) -> Result<T, ShopError>;
}

impl<T> OnConstraint<T> for Result<T, DbErr> {
    fn on_constraint(self, name: &str, meaning: impl FnOnce() -> ShopError) -> Result<T, ShopError> {
        self.map_err(|error| {
            if violates(&error, name) {
                meaning()
            } else {
                error.into()
            }
        })
    }
}

/// PostgreSQL names the constraint, SQLite names `table.column`.
pub(crate) fn violates(error: &DbErr, name: &str) -> bool {
    let Some(SqlErr::UniqueConstraintViolation(text)) = error.sql_err() else {
        return false;
    };
    text.contains(&format!("\"{name}\"")) || text.rsplit(": ").next().is_some_and(|place| sqlite_name(place) == name)
}

fn sqlite_name(place: &str) -> String {
    format!("{}_key", place.trim().replace('.', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_places_read_like_constraint_names() {
        assert_eq!(sqlite_name("user_account.email"), "user_account_email_key");
    }

    #[test]
    fn a_problem_names_every_step_of_its_path() {
        assert_eq!(
            Problem::new("variants.0.sku", ProblemCode::Taken, "x").path,
            ["variants", "0", "sku"]
        );
    }
}
