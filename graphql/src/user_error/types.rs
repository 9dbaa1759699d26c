//! Expected failures of mutations, as clients see them.

use crate::money::Money;
use async_graphql::{Enum, Interface, SimpleObject};

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
