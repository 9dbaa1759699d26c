//! Comma- and tab-separated files. The first row names the columns.

use super::read::Records;
use super::record::{Record, RowError};
use std::io::Read;

/// Longest row; a longer one is a runaway quote, not a product.
const LONGEST_ROW: usize = 1 << 20;

pub(super) fn records(reader: impl Read + Send + 'static, delimiter: u8) -> Result<Records, RowError> {
    // Tab-separated feeds do not quote: a lone inch sign in a title must not swallow the file.
    let quoting = delimiter == b',';
    let mut csv = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .quoting(quoting)
        .flexible(true)
        .from_reader(reader);
    let headers = csv
        .headers()
        .map_err(|error| RowError::fatal(0, format!("unreadable header row: {error}")))?
        .clone();
    if headers.iter().all(|name| name.trim().is_empty()) {
        return Err(RowError::fatal(0, "the header row is empty"));
    }
    let rows = csv.into_records().zip(1..).map(move |(outcome, row)| {
        let values = outcome.map_err(|error| {
            if matches!(error.kind(), csv::ErrorKind::Io(_)) {
                RowError::fatal(row, error.to_string())
            } else {
                RowError::recoverable(row, error.to_string())
            }
        })?;
        if values.len() > headers.len() {
            let reason = format!("{} values for {} columns", values.len(), headers.len());
            return Err(RowError::recoverable(row, reason));
        }
        if values.as_slice().len() > LONGEST_ROW {
            return Err(RowError::recoverable(row, "row longer than 1 MiB"));
        }
        let mut record = Record::new(row);
        for (name, value) in headers.iter().zip(values.iter()) {
            record.push(name, value);
        }
        Ok(record)
    });
    Ok(Box::new(rows))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::read::{Format, from_reader};
    use super::*;

    #[test]
    fn a_bad_row_is_reported_and_the_next_ones_are_read() {
        let text = b"\xef\xbb\xbfid,Name\n1,\"Lamp, tall\"\n2,a,b\n3,Chair\n";
        let rows: Vec<_> = from_reader(&text[..], Format::Csv).unwrap().collect();
        assert_eq!(rows[0].as_ref().unwrap().get("name"), Some("Lamp, tall"));
        assert_eq!(rows[0].as_ref().unwrap().get("ID"), Some("1"));
        assert!(rows[1].as_ref().unwrap_err().recoverable);
        assert_eq!(rows[2].as_ref().unwrap().row, 3);
    }

    #[test]
    fn a_lone_quote_in_a_tab_separated_title_is_text() {
        let rows: Vec<_> = from_reader(&b"id\ttitle\n1\t27\" monitor\n2\tDesk\n"[..], Format::Tsv)
            .unwrap()
            .collect();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].as_ref().unwrap().get("title"), Some("27\" monitor"));
    }

    #[test]
    fn a_shorter_row_leaves_its_last_columns_empty() {
        let rows: Vec<_> = records(&b"id,name,price\n1,Lamp\n"[..], b',').unwrap().collect();
        assert_eq!(rows[0].as_ref().unwrap().get("price"), None);
    }

    #[test]
    fn text_that_is_not_utf8_rejects_its_row_alone() {
        let rows: Vec<_> = records(&b"id,name\n1,\xff\xfe\n2,Lamp\n"[..], b',').unwrap().collect();
        assert!(rows[0].is_err());
        assert_eq!(rows[1].as_ref().unwrap().get("name"), Some("Lamp"));
    }
}
