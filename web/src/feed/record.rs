//! One raw row of a feed: its number and its named text fields, whatever the format was.

use std::collections::BTreeMap;
use thiserror::Error;

/// A raw row. Field names are lower-cased and trimmed; empty values are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// 1-based number of the row in the file, headers not counted.
    pub row: u64,
    fields: BTreeMap<String, Vec<String>>,
}

/// A row that cannot be read at all.
#[derive(Debug, Error)]
#[error("row {row}: {reason}")]
pub struct RowError {
    /// 1-based number of the row.
    pub row: u64,
    /// What is wrong with it.
    pub reason: String,
    /// Whether reading can go on behind it.
    pub recoverable: bool,
}

impl RowError {
    pub(crate) fn recoverable(row: u64, reason: impl Into<String>) -> Self {
        Self {
            row,
            reason: reason.into(),
            recoverable: true,
        }
    }

    pub(crate) fn fatal(row: u64, reason: impl Into<String>) -> Self {
        Self {
            row,
            reason: reason.into(),
            recoverable: false,
        }
    }
}

impl Record {
    /// An empty row.
    #[must_use]
    pub fn new(row: u64) -> Self {
        Self {
            row,
            fields: BTreeMap::new(),
        }
    }

    /// Adds a value; a field may have several.
    pub fn push(&mut self, name: &str, value: &str) {
        let value = value.trim();
        if !value.is_empty() {
            self.fields
                .entry(name.trim().to_lowercase())
                .or_default()
                .push(value.to_owned());
        }
    }

    /// First value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).first().map(String::as_str)
    }

    /// All values of a field.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.fields.get(&name.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Fields in name order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.fields
            .iter()
            .map(|(name, values)| (name.as_str(), values.as_slice()))
    }
}
