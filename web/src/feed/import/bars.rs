//! The bars of an import: rows, and pictures where there are any.

use super::FeedFile;
use crate::{
    feed::{pictures::Pictures, read::BytesRead},
    progress,
};
use indicatif::{MultiProgress, ProgressBar};

/// The bars.
pub(super) struct Bars {
    rows: ProgressBar,
    /// Grows with the pictures that the rows read so far name.
    pub(super) pictures: ProgressBar,
    bytes: BytesRead,
    size: u64,
}

impl Bars {
    pub(super) fn new(all: &MultiProgress, file: &FeedFile, pictures: &Pictures, bytes: BytesRead, done: u64) -> Self {
        let rows = progress::bar(all, "rows", done);
        rows.set_position(done);
        // Rows of an earlier run say nothing of the speed of this one.
        rows.reset_eta();
        let pictures = match pictures {
            Pictures::None => ProgressBar::hidden(),
            _ => progress::bar(all, "pictures", 0),
        };
        let size = file.size;
        Self {
            rows,
            pictures,
            bytes,
            size,
        }
    }

    /// How many rows there are is known at the end only: until then, as many as the bytes
    /// read so far let expect.
    pub(super) fn advance(&self, row: u64) {
        let expected = u128::from(row) * u128::from(self.size) / u128::from(self.bytes.get().max(1));
        self.rows
            .set_length(u64::try_from(expected).unwrap_or(u64::MAX).max(row));
        self.rows.set_position(row);
    }

    pub(super) fn finish(&self, rows: u64) {
        self.rows.set_length(rows);
        self.rows.set_position(rows);
        self.rows.finish();
        self.pictures.finish();
    }
}
