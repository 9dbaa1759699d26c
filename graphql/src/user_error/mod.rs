//! Expected failures of mutations: part of the schema, beside the data, never top-level.
//! What they look like is in `types`; here the shop's errors become them.

mod types;

pub use types::{
    ConflictError, CouponError, FileTooLargeError, ImageTooLargeError, InputError, InsufficientStockError,
    NotFoundError, PaymentDeclinedError, QuoteChangedError, UserError, UserErrorCode,
};

use crate::error::ApiError;
use shop::{
    error::{Problem, ProblemCode, ShopError},
    media::{MOST_PIXELS, MediaProblem},
};

/// What a problem may be about beside the argument `input`.
const BESIDE_INPUT: [&str; 2] = ["idempotencyKey", "cart"];

/// What a write came to: the value, or what the client can mend.
pub(crate) type Outcome<T> = Result<T, Vec<UserError>>;

/// Parts a write's failures: the client's to mend go into the payload, the rest to the top.
pub(crate) fn settle<T>(result: Result<T, ShopError>) -> Result<Outcome<T>, ApiError> {
    let error = match result {
        Ok(value) => return Ok(Ok(value)),
        Err(error) => error,
    };
    let conflict = |code, message: String, path: &[&str]| {
        vec![UserError::ConflictError(ConflictError {
            code,
            message,
            path: at(path),
        })]
    };
    let errors = match error {
        ShopError::Invalid(problems) => problems.into_iter().map(UserError::from).collect(),
        ShopError::Media(problem) => vec![problem.into()],
        ShopError::NotFound => {
            let (code, message) = (UserErrorCode::NotFound, "there is no such thing".to_owned());
            vec![UserError::NotFoundError(NotFoundError {
                code,
                message,
                path: at(&["id"]),
            })]
        }
        ShopError::EmailTaken => conflict(
            UserErrorCode::Taken,
            "this e-mail address has an account already".into(),
            &["email"],
        ),
        ShopError::WrongCredentials => conflict(
            UserErrorCode::WrongCredentials,
            "wrong e-mail address or password".into(),
            &[],
        ),
        ShopError::LastAdmin => conflict(UserErrorCode::LastAdmin, "the last administrator stays".into(), &[]),
        ShopError::Conflict(message) => conflict(UserErrorCode::Conflict, message, &[]),
        other => return Err(other.into()),
    };
    Ok(Err(errors))
}

/// As [`settle`], for an input whose thing goes by another name than `id`.
pub(crate) fn settle_at<T>(name: &str, result: Result<T, ShopError>) -> Result<Outcome<T>, ApiError> {
    settle(result.map_err(|error| match error {
        ShopError::NotFound => ShopError::problem(name, ProblemCode::NotFound, "there is no such thing"),
        other => other,
    }))
}

/// A path below `input`.
fn at(path: &[&str]) -> Vec<String> {
    std::iter::once("input")
        .chain(path.iter().copied())
        .map(str::to_owned)
        .collect()
}

impl From<Problem> for UserError {
    fn from(problem: Problem) -> Self {
        let code = match problem.code {
            ProblemCode::Invalid => UserErrorCode::Invalid,
            ProblemCode::Required => UserErrorCode::Required,
            ProblemCode::TooLong => UserErrorCode::TooLong,
            ProblemCode::OutOfRange => UserErrorCode::OutOfRange,
            ProblemCode::Taken => UserErrorCode::Taken,
            ProblemCode::NotFound => UserErrorCode::NotFound,
            ProblemCode::InUse => UserErrorCode::InUse,
            ProblemCode::InsufficientStock { .. } => UserErrorCode::InsufficientStock,
            ProblemCode::Unavailable => UserErrorCode::Unavailable,
            ProblemCode::CouponUnknown => UserErrorCode::CouponUnknown,
            ProblemCode::CouponExpired => UserErrorCode::CouponExpired,
            ProblemCode::CouponExhausted => UserErrorCode::CouponExhausted,
            ProblemCode::CouponMinimum { .. } => UserErrorCode::CouponMinimum,
            ProblemCode::QuoteChanged => UserErrorCode::QuoteChanged,
            ProblemCode::PaymentDeclined => UserErrorCode::PaymentDeclined,
            ProblemCode::IllegalState => UserErrorCode::IllegalState,
            ProblemCode::KeyReused => UserErrorCode::Conflict,
            ProblemCode::InvalidToken => UserErrorCode::InvalidToken,
            ProblemCode::WrongPassword => UserErrorCode::WrongCredentials,
        };
        let message = problem.message;
        // Two places are no part of the input: the key beside it, and the cart that is ordered.
        let is_beside = problem.path.first().is_some_and(|part| BESIDE_INPUT.contains(&&**part));
        let input = (!is_beside).then(|| "input".to_owned());
        let path = input
            .into_iter()
            .chain(problem.path.iter().map(|part| camel(part)))
            .collect();
        match problem.code {
            ProblemCode::NotFound => Self::NotFoundError(NotFoundError { code, message, path }),
            ProblemCode::Taken
            | ProblemCode::InUse
            | ProblemCode::Unavailable
            | ProblemCode::IllegalState
            | ProblemCode::KeyReused => Self::ConflictError(ConflictError { code, message, path }),
            ProblemCode::InsufficientStock { available } => Self::InsufficientStockError(InsufficientStockError {
                code,
                message,
                path,
                available,
            }),
            ProblemCode::CouponMinimum { minimum } => Self::CouponError(CouponError {
                code,
                message,
                path,
                minimum: Some(minimum.into()),
            }),
            ProblemCode::CouponUnknown | ProblemCode::CouponExpired | ProblemCode::CouponExhausted => {
                Self::CouponError(CouponError {
                    code,
                    message,
                    path,
                    minimum: None,
                })
            }
            ProblemCode::QuoteChanged => Self::QuoteChangedError(QuoteChangedError { code, message, path }),
            ProblemCode::PaymentDeclined => Self::PaymentDeclinedError(PaymentDeclinedError { code, message, path }),
            _ => Self::InputError(InputError { code, message, path }),
        }
    }
}

impl From<MediaProblem> for UserError {
    fn from(problem: MediaProblem) -> Self {
        let message = problem.to_string();
        let path = at(&["file"]);
        match problem {
            MediaProblem::UnsupportedMedia => Self::InputError(InputError {
                code: UserErrorCode::UnsupportedMedia,
                message,
                path,
            }),
            MediaProblem::Corrupt => Self::InputError(InputError {
                code: UserErrorCode::ImageCorrupt,
                message,
                path,
            }),
            MediaProblem::TooLarge { limit_bytes } => {
                let (code, max_bytes) = (UserErrorCode::FileTooLarge, limit_bytes as u64);
                Self::FileTooLargeError(FileTooLargeError {
                    code,
                    message,
                    path,
                    max_bytes,
                })
            }
            MediaProblem::TooManyPixels { width, height } => {
                let (code, max_pixels) = (UserErrorCode::ImageTooLarge, MOST_PIXELS);
                Self::ImageTooLargeError(ImageTooLargeError {
                    code,
                    message,
                    path,
                    width,
                    height,
                    max_pixels,
                })
            }
        }
    }
}

/// The shop's snake case as the API's camel case.
fn camel(part: &str) -> String {
    let mut words = part.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (head, tail) = word.split_at(word.len().min(1));
        name.push_str(&head.to_ascii_uppercase());
        name.push_str(tail);
    }
    name
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn a_problem_keeps_its_place_in_the_api_s_spelling() {
        let error = Problem::new("variants.0.compare_at_price", ProblemCode::OutOfRange, "too low").into();
        let UserError::InputError(error) = error else {
            panic!("expected an input error, got {error:?}")
        };
        assert_eq!(error.path, ["input", "variants", "0", "compareAtPrice"]);
        assert_eq!(error.code, UserErrorCode::OutOfRange);
    }

    #[test]
    fn what_the_client_can_mend_stays_in_the_payload_and_the_rest_goes_to_the_top() {
        let errors = settle::<()>(Err(ShopError::EmailTaken)).unwrap().unwrap_err();
        assert!(matches!(&errors[..], [UserError::ConflictError(error)] if error.path == ["input", "email"]));
        let code = |error| settle::<()>(Err(error)).unwrap_err().code();
        assert_eq!(code(ShopError::Forbidden), Code::Forbidden);
        assert_eq!(code(ShopError::Unauthenticated), Code::Unauthenticated);
        assert_eq!(code(ShopError::Busy), Code::Unavailable);
    }

    #[test]
    fn an_internal_error_reaches_the_client_without_its_text() {
        let error = settle::<()>(Err(ShopError::Internal("password of the database".into()))).unwrap_err();
        assert_eq!(error.code(), Code::Internal);
        assert!(!error.message().contains("password"));
    }
}
