//! What an import did, and why one could not go on.

use super::super::{mapping::MappingError, record::RowError};
use serde::{Deserialize, Serialize};
use shop::ShopError;
use std::{fmt, io, path::PathBuf, time::Duration};
use thiserror::Error;

/// What an import did. A run that went on where another broke off counts both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Rows read.
    pub rows: u64,
    /// Products that are new.
    pub created: u64,
    /// Products that were there and differed.
    pub updated: u64,
    /// Products that were there, just so.
    pub unchanged: u64,
    /// Products that a dry run would have written.
    pub valid: u64,
    /// Rows and products that were refused; the rejects file tells why.
    pub rejected: u64,
    /// Pictures that products show now.
    pub pictures_stored: u64,
    /// Pictures that were missing, damaged or too large; their products came without them.
    pub pictures_missing: u64,
    /// The last row of the run that this one went on with.
    pub resumed_at: Option<u64>,
    /// Where refused rows and missing pictures are listed, if there are any.
    pub rejects_file: Option<PathBuf>,
    /// How long this run took.
    pub elapsed: Duration,
}

impl ImportReport {
    /// Products that are in the shop now, or would be after a dry run.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.created + self.updated + self.unchanged + self.valid
    }

    /// Whether there were rows and none was taken: the mapping is wrong, not the rows.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.rejected > 0 && self.taken() == 0
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows: ", self.rows)?;
        if self.valid > 0 {
            write!(f, "{} products valid", self.valid)?;
        } else {
            let Self {
                created,
                updated,
                unchanged,
                ..
            } = self;
            write!(
                f,
                "{created} products created, {updated} updated, {unchanged} unchanged"
            )?;
        }
        write!(f, ", {} rejected", self.rejected)?;
        if self.pictures_stored + self.pictures_missing > 0 {
            let (stored, missing) = (self.pictures_stored, self.pictures_missing);
            write!(f, "; {stored} pictures, {missing} missing")?;
        }
        write!(f, " in {:.1} s", self.elapsed.as_secs_f64())?;
        if let Some(row) = self.resumed_at {
            write!(f, " (resumed behind row {row})")?;
        }
        if let Some(path) = &self.rejects_file {
            write!(f, "; reasons in {}", path.display())?;
        }
        Ok(())
    }
}

/// Counts that outlive the process in the checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Counts {
    pub(super) created: u64,
    pub(super) updated: u64,
    pub(super) unchanged: u64,
    pub(super) valid: u64,
    pub(super) rejected: u64,
    pub(super) pictures_stored: u64,
    pub(super) pictures_missing: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.valid += other.valid;
        self.rejected += other.rejected;
        self.pictures_stored += other.pictures_stored;
        self.pictures_missing += other.pictures_missing;
    }
}

/// Why an import cannot begin or go on. What was committed stays; a later run goes on there.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The mapping cannot be used.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The name of the file says nothing of its format.
    #[error("{}: its name tells no format; say which it is with --format", .0.display())]
    UnknownFormat(PathBuf),
    /// The file cannot be opened, or its header cannot be read.
    #[error("{}", .0.reason)]
    Feed(RowError),
    /// The directory or archive of pictures cannot be opened.
    #[error("cannot open the pictures: {0}")]
    Pictures(String),
    /// The rejects cannot be written there.
    #[error("cannot write rejected rows to {}: {source}", path.display())]
    Rejects {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The feed cannot be read to its end; the rows before are imported.
    #[error("the feed cannot be read to its end: {reason}; {} rows before are done", report.rows)]
    Broken {
        /// What is wrong, and in which row.
        reason: String,
        /// What was done.
        report: Box<ImportReport>,
    },
    /// The shop failed.
    #[error(transparent)]
    Shop(#[from] ShopError),
    /// A stage panicked.
    #[error("a stage of the import died: {0}")]
    Died(String),
}
