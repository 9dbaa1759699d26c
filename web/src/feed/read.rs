//! Opening a feed of any supported format as a stream of [`Record`]s, one row in memory at a time.

use super::record::{Record, RowError};
use super::{delimited, google, json_array, json_lines};
use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// File formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Comma-separated, first row names the columns.
    Csv,
    /// Tab-separated, first row names the columns (also the Google Merchant text feed).
    Tsv,
    /// One JSON object a line, or an array of objects.
    Jsonl,
    /// Google Merchant product feed, RSS 2.0 or Atom.
    GoogleXml,
}

impl Format {
    /// The format that a file name stands for, `.gz` aside.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit('.').next()? {
            "csv" => Some(Self::Csv),
            "tsv" | "txt" | "tab" => Some(Self::Tsv),
            "jsonl" | "ndjson" | "json" => Some(Self::Jsonl),
            "xml" | "rss" | "atom" => Some(Self::GoogleXml),
            _ => None,
        }
    }
}

/// A stream of rows.
pub type Records = Box<dyn Iterator<Item = Result<Record, RowError>> + Send>;

/// Bytes of the file consumed so far, for progress: cheap to read from anywhere.
#[derive(Clone, Debug, Default)]
pub struct BytesRead(Arc<AtomicU64>);

impl BytesRead {
    /// The count.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Counting<R> {
    inner: R,
    bytes: BytesRead,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buf)?;
        self.bytes.0.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Opens a feed; `.gz` is unpacked on the way.
///
/// # Errors
/// When the file cannot be opened, or its header row cannot be read.
pub fn open(path: &Path, format: Format, bytes: &BytesRead) -> Result<Records, RowError> {
    let fail = |error: io::Error| RowError::fatal(0, format!("cannot open {}: {error}", path.display()));
    let file = Counting {
        inner: File::open(path).map_err(fail)?,
        bytes: bytes.clone(),
    };
    let packed = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
    let reader: Box<dyn Read + Send> = if packed {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    from_reader(reader, format)
}

/// Reads rows from any reader.
///
/// # Errors
/// When a header row cannot be read.
pub fn from_reader(reader: impl Read + Send + 'static, format: Format) -> Result<Records, RowError> {
    let mut reader = without_mark(BufReader::with_capacity(128 * 1024, reader))?;
    match format {
        Format::Csv => delimited::records(reader, b','),
        Format::Tsv => delimited::records(reader, b'\t'),
        Format::Jsonl if starts_with_bracket(&mut reader)? => Ok(json_array::records(reader)),
        Format::Jsonl => Ok(json_lines::records(reader)),
        Format::GoogleXml => Ok(google::records(reader)),
    }
}

/// Spreadsheet programs put a byte-order mark before the first column's name.
fn without_mark(mut reader: impl BufRead + Send + 'static) -> Result<impl BufRead + Send + 'static, RowError> {
    let start = reader
        .fill_buf()
        .map_err(|error| RowError::fatal(0, error.to_string()))?;
    if start.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    Ok(reader)
}

/// A line of JSON Lines that is an array is no row, so a file that begins like one is an array.
fn starts_with_bracket(reader: &mut impl BufRead) -> Result<bool, RowError> {
    let start = reader
        .fill_buf()
        .map_err(|error| RowError::fatal(0, error.to_string()))?;
    Ok(start.trim_ascii_start().starts_with(b"["))
}
