//! What can be wrong with an uploaded picture.

use thiserror::Error;

/// Why a picture is refused. The uploader can mend every one of these.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MediaProblem {
    /// Not one of the four formats, or not what it was declared to be.
    #[error("only JPEG, PNG, WebP and GIF pictures are accepted")]
    UnsupportedMedia,
    /// More bytes than allowed.
    #[error("the file is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit that it breaks.
        limit_bytes: usize,
    },
    /// More pixels, or a longer side, than allowed.
    #[error("{width}×{height} pixels are more than allowed")]
    TooManyPixels {
        /// Pixels across, as the header says.
        width: u32,
        /// Pixels down, as the header says.
        height: u32,
    },
    /// Starts like a picture but cannot be read to its end.
    #[error("the picture is damaged or incomplete")]
    Corrupt,
}
