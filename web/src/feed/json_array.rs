//! A JSON array of objects, as catalogues are often exported: read object by object, so that
//! the array is never in memory as a whole.

use super::json_lines::{LONGEST_LINE, record_of};
use super::read::Records;
use super::record::{Record, RowError};
use serde::Deserialize;
use serde_json::Value;
use std::io::{self, BufRead, Read};

/// Rows of an array whose opening bracket is the next byte that is not white space.
pub(super) fn records(mut reader: impl BufRead + Send + 'static) -> Records {
    let mut row = 0;
    let mut done = false;
    Box::new(std::iter::from_fn(move || {
        if done {
            return None;
        }
        let separator = if row == 0 { b'[' } else { b',' };
        let outcome = next(&mut reader, row + 1, separator);
        row += 1;
        done = !matches!(&outcome, Ok(Some(_))) && !outcome.as_ref().is_err_and(|error| error.recoverable);
        outcome.transpose()
    }))
}

fn next(reader: &mut impl BufRead, row: u64, separator: u8) -> Result<Option<Record>, RowError> {
    let fail = |error: io::Error| RowError::fatal(row, error.to_string());
    match peek(reader).map_err(fail)? {
        Some(b']') => return Ok(None),
        Some(byte) if byte == separator => reader.consume(1),
        Some(_) => return Err(RowError::fatal(row, "not JSON: neither `,` nor `]` after an element")),
        None => return Err(RowError::fatal(row, "the file ends inside the array")),
    }
    if peek(reader).map_err(fail)? == Some(b']') {
        return Ok(None);
    }
    // An object is over with its closing brace: nothing behind it is consumed.
    let mut element = serde_json::Deserializer::from_reader(reader.take(LONGEST_LINE));
    let value = Value::deserialize(&mut element).map_err(|error| RowError::fatal(row, format!("not JSON: {error}")))?;
    record_of(&value, row).map(Some)
}

/// The next byte that is not white space, left in place.
fn peek(reader: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let blank = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let found = bytes.get(blank).copied();
        reader.consume(blank);
        if found.is_some() {
            return Ok(found);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::read::{Format, from_reader};
    use super::*;

    fn rows(text: &'static str) -> Vec<Result<Record, RowError>> {
        from_reader(text.as_bytes(), Format::Jsonl).unwrap().collect()
    }

    #[test]
    fn elements_become_rows_however_they_are_laid_out() {
        let rows = rows("\n [ {\"id\": 1, \"tags\": [\"a\", \"b\"]},\n{\"id\": 2}\n , {\"id\":3} ]\n");
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0].as_ref().unwrap().all("tags").len(), 2);
        assert_eq!(rows[2].as_ref().unwrap().row, 3);
        assert_eq!(self::rows("[]").len(), 0);
    }

    #[test]
    fn an_element_that_is_no_object_is_rejected_alone() {
        let rows = rows("[{\"id\":1}, \"two\", {\"id\":3}]");
        assert!(rows[1].as_ref().unwrap_err().recoverable);
        assert_eq!(rows[2].as_ref().unwrap().get("id"), Some("3"));
    }

    #[test]
    fn a_cut_or_damaged_array_ends_with_an_error_not_silence() {
        for text in [
            "[{\"id\":1},",
            "[{\"id\":1}",
            "[{\"id\":1} {\"id\":2}]",
            "[{\"id\":1}, {oops}, {\"id\":3}]",
        ] {
            let rows = rows(text);
            assert_eq!(rows.len(), 2, "{text}");
            assert!(!rows[1].as_ref().unwrap_err().recoverable, "{text}");
        }
    }
}
