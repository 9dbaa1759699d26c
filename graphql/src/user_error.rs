//! Expected failures of mutations: part of the schema, beside the data, never top-level.

use crate::{error::ApiError, money::Money};
use async_graphql::{Enum, Interface, SimpleObject};
use shop::{
    error::{Problem, ProblemCode, ShopError},
    media::{MOST_PIXELS, MediaProblem},
};

/// What kind of failure, for programs. More may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum UserErrorCode {
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
    /// Contradicts the present state.
    Conflict,
    /// Wrong e-mail address or password.
    WrongCredentials,
    /// A token that is unknown, used or expired.
    InvalidToken,
    /// Nobody else could run the shop.
    LastAdmin,
    /// Not a JPEG, PNG, WebP or GIF picture.
    UnsupportedMedia,
    /// Too many bytes.
    FileTooLarge,
    /// Too many pixels.
    ImageTooLarge,
    /// The picture cannot be read.
    ImageCorrupt,
    /// Fewer pieces are free than are wanted.
    InsufficientStock,
    /// Cannot be bought any more.
    Unavailable,
    /// A coupon that nobody issued, or that was withdrawn.
    CouponUnknown,
    /// A coupon whose time has not come or is over.
    CouponExpired,
    /// A coupon that was used as often as it may be.
    CouponExhausted,
    /// A coupon for larger carts.
    CouponMinimum,
    /// Prices or terms are not those of the quote that was agreed to.
    QuoteChanged,
    /// The payment provider said no.
    PaymentDeclined,
    /// Not possible in the state that it is in.
    IllegalState,
}

/// An expected failure of a mutation.
#[derive(Clone, Debug, Interface)]
#[graphql(
    field(name = "code", ty = "&UserErrorCode", desc = "What kind, for programs."),
    field(name = "message", ty = "&String", desc = "What is wrong, for people, English."),
    field(
        name = "path",
        ty = "&Vec<String>",
        desc = "Where in the arguments, outermost first, such as `input`, `variants`, `0`, `sku`."
    )
)]
pub enum UserError {
    /// A value that will not do.
    InputError(InputError),
    /// Something that the input names does not exist.
    NotFoundError(NotFoundError),
    /// Contradicts the present state.
    ConflictError(ConflictError),
    /// An upload of too many bytes.
    FileTooLargeError(FileTooLargeError),
    /// A picture of too many pixels.
    ImageTooLargeError(ImageTooLargeError),
    /// Fewer pieces are free than are wanted.
    InsufficientStockError(InsufficientStockError),
    /// A coupon that does not apply.
    CouponError(CouponError),
    /// Prices or terms are not those of the quote that was agreed to: read the cart again.
    QuoteChangedError(QuoteChangedError),
    /// The payment provider said no.
    PaymentDeclinedError(PaymentDeclinedError),
}

/// A value that will not do.
#[derive(Clone, Debug, SimpleObject)]
pub struct InputError {
    /// What kind, for programs.
    pub code: UserErrorCode,
    /// What is wrong, for people, English.
    pub message: String,
    /// Where in the arguments.
    pub path: Vec<String>,
}

/// Something that the input names does not exist.
#[derive(Clone, Debug, SimpleObject)]
pub struct NotFoundError {
    /// `NOT_FOUND`.
    pub code: UserErrorCode,
    /// What is wrong, for people, English.
    pub message: String,
    /// Where in the arguments.
    pub path: Vec<String>,
}

/// Contradicts the present state.
#[derive(Clone, Debug, SimpleObject)]
pub struct ConflictError {
    /// What kind, for programs.
    pub code: UserErrorCode,
    /// What is wrong, for people, English.
    pub message: String,
    /// Where in the arguments.
    pub path: Vec<String>,
}

/// An upload of too many bytes.
#[derive(Clone, Debug, SimpleObject)]
pub struct FileTooLargeError {
    /// `FILE_TOO_LARGE`.
    pub code: UserErrorCode,
    /// What is wrong, for people, English.
    pub message: String,
    /// Where in the arguments.
    pub path: Vec<String>,
    /// Most bytes allowed.
    pub max_bytes: u64,
}

/// A picture of too many pixels.
#[derive(Clone, Debug, SimpleObject)]
pub struct ImageTooLargeError {
    /// `IMAGE_TOO_LARGE`.
    pub code: UserErrorCode,
    /// What is wrong, for people, English.
    pub message: String,
    /// Where in the arguments.
    pub path: Vec<String>,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// Most pixels allowed.
    pub max_pixels: u64,
}

/// Fewer pieces are free than are wanted.
#[derive(Clone, Debug, SimpleObject)]
pub struct InsufficientStockError {
    /// What kind, for programs.
    pub code: UserErrorCode,
    /// What is wrong, for people, English.
    pub message: String,
    /// Where in the arguments.
    pub path: Vec<String>,
    /// How many are free.
    pub available: i32,
}

/// A coupon that does not apply.
#[derive(Clone, Debug, SimpleObject)]
pub struct CouponError {
    /// What kind, for programs.
    pub code: UserErrorCode,
    /// What is wrong, for people, English.
    pub message: String,
    /// Where in the arguments.
    pub path: Vec<String>,
    /// Least subtotal, for `COUPON_MINIMUM`.
    pub minimum: Option<Money>,
}

/// Prices or terms are not those of the quote that was agreed to: read the cart again.
#[derive(Clone, Debug, SimpleObject)]
pub struct QuoteChangedError {
    /// What kind, for programs.
    pub code: UserErrorCode,
    /// What is wrong, for people, English.
    pub message: String,
    /// Where in the arguments.
    pub path: Vec<String>,
}

/// The payment provider said no.
#[derive(Clone, Debug, SimpleObject)]
pub struct PaymentDeclinedError {
    /// What kind, for programs.
    pub code: UserErrorCode,
    /// What is wrong, for people, English.
    pub message: String,
    /// Where in the arguments.
    pub path: Vec<String>,
}

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
            ProblemCode::Taken | ProblemCode::InUse | ProblemCode::Unavailable | ProblemCode::IllegalState => {
                Self::ConflictError(ConflictError { code, message, path })
            }
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
