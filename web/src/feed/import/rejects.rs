//! The rejects file: one JSON object a line, in the order of the rows of each batch.
//!
//! `{"row": 7, "kind": "rejected", "reasons": […]}` is a row that was not taken; kind
//! `warning` is a product that came without a picture, kind `broken` the place behind which
//! the feed cannot be read.

use super::super::{batch::Reject, draft::Draft};
use super::report::{Counts, ImportError};
use serde::Serialize;
use std::path::{Path, PathBuf};
use tokio::{
    fs::File,
    io::{AsyncSeekExt, AsyncWriteExt, SeekFrom},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Rejected,
    Warning,
    Broken,
}

#[derive(Debug, Serialize)]
struct Line {
    row: u64,
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    reasons: Vec<String>,
}

/// A picture that a product came without.
#[derive(Debug)]
pub(super) struct Note {
    row: u64,
    external_id: String,
    reason: String,
}

impl Note {
    pub(super) fn new(draft: &Draft, reason: String) -> Self {
        Self {
            row: draft.row,
            external_id: draft.external_id.clone(),
            reason,
        }
    }
}

/// What one batch adds to the file.
#[derive(Debug, Default)]
pub(super) struct Page {
    lines: Vec<Line>,
    missing: u64,
}

impl Page {
    pub(super) fn of(rejects: Vec<Reject>, notes: Vec<Note>) -> Self {
        let mut page = Self {
            missing: notes.len() as u64,
            lines: Vec::new(),
        };
        for Reject {
            row,
            external_id,
            reasons,
        } in rejects
        {
            page.add(row, Kind::Rejected, external_id, reasons);
        }
        for Note {
            row,
            external_id,
            reason,
        } in notes
        {
            let is_same = |line: &&mut Line| line.kind == Kind::Warning && line.row == row;
            match page.lines.last_mut().filter(is_same) {
                Some(line) => line.reasons.push(reason),
                None => page.add(row, Kind::Warning, Some(external_id), vec![reason]),
            }
        }
        page
    }

    /// A product that the shop refused.
    pub(super) fn reject(&mut self, row: u64, external_id: &str, reasons: Vec<String>) {
        self.add(row, Kind::Rejected, Some(external_id.to_owned()), reasons);
    }

    /// The feed cannot be read from this row on.
    pub(super) fn break_off(&mut self, row: u64, reason: &str) {
        self.add(row, Kind::Broken, None, vec![reason.to_owned()]);
    }

    fn add(&mut self, row: u64, kind: Kind, external_id: Option<String>, reasons: Vec<String>) {
        self.lines.push(Line {
            row,
            kind,
            external_id,
            reasons,
        });
    }

    pub(super) fn counts(&self) -> Counts {
        let rejected = self.lines.iter().filter(|line| line.kind == Kind::Rejected).count();
        Counts {
            rejected: rejected as u64,
            pictures_missing: self.missing,
            ..Counts::default()
        }
    }

    fn text(mut self) -> Result<Vec<u8>, serde_json::Error> {
        self.lines.sort_by_key(|line| line.row);
        let mut text = Vec::new();
        for line in &self.lines {
            serde_json::to_writer(&mut text, line)?;
            text.push(b'\n');
        }
        Ok(text)
    }
}

/// The file, open for more.
#[derive(Debug)]
pub(super) struct RejectsFile {
    path: PathBuf,
    file: File,
    length: u64,
}

impl RejectsFile {
    /// Opens the file and drops whatever is behind `length`: lines of a batch that was not
    /// recorded, or of an older import.
    pub(super) async fn open(path: &Path, length: u64) -> Result<Self, ImportError> {
        let open = async {
            let mut file = File::options()
                .create(true)
                .write(true)
                .truncate(false)
                .open(path)
                .await?;
            let found = file.metadata().await?.len();
            if found < length {
                tracing::warn!(path = %path.display(), "the rejects of the broken run are gone; only new ones follow");
            }
            let length = length.min(found);
            file.set_len(length).await?;
            file.seek(SeekFrom::Start(length)).await?;
            Ok((file, length))
        };
        let (file, length) = open.await.map_err(|source| failed(path, source))?;
        let path = path.to_owned();
        Ok(Self { path, file, length })
    }

    /// Adds a page, on disk when this returns; gives the length of the file.
    pub(super) async fn append(&mut self, page: Page) -> Result<u64, ImportError> {
        let text = page.text().map_err(|error| failed(&self.path, error.into()))?;
        if !text.is_empty() {
            let write = async {
                self.file.write_all(&text).await?;
                self.file.sync_data().await
            };
            write.await.map_err(|source| failed(&self.path, source))?;
            self.length += text.len() as u64;
        }
        Ok(self.length)
    }

    /// Its place, unless it is empty.
    pub(super) fn path(&self) -> Option<&Path> {
        (self.length > 0).then_some(&self.path)
    }

    /// An import that refused nothing leaves no file.
    pub(super) async fn tidy(&self) -> Result<(), ImportError> {
        if self.length > 0 {
            return Ok(());
        }
        let removed = tokio::fs::remove_file(&self.path).await;
        removed.map_err(|source| failed(&self.path, source))
    }
}

pub(super) fn failed(path: &Path, source: std::io::Error) -> ImportError {
    let path = path.to_owned();
    ImportError::Rejects { path, source }
}
