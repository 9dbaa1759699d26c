//! One JSON object a line. Nested objects become dotted names, lists repeated values.

use super::read::Records;
use super::record::{Record, RowError};
use serde_json::Value;
use std::io::{BufRead, Read};

/// Longest line, and longest element of an array.
pub(super) const LONGEST_LINE: u64 = 4 << 20;
const DEEPEST: usize = 8;

pub(super) fn records(mut reader: impl BufRead + Send + 'static) -> Records {
    let mut row = 0;
    let mut line = Vec::new();
    Box::new(std::iter::from_fn(move || {
        loop {
            line.clear();
            let read = (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line);
            match read {
                Ok(0) => return None,
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(_) => {
                    row += 1;
                    let cut = line.len() as u64 == LONGEST_LINE && line.last() != Some(&b'\n');
                    if cut {
                        return Some(Err(skip_rest(&mut reader, row)));
                    }
                    return Some(parse(&line, row));
                }
                Err(error) => return Some(Err(RowError::fatal(row + 1, error.to_string()))),
            }
        }
    }))
}

/// A line past the limit is skipped without being held in memory.
fn skip_rest(reader: &mut impl BufRead, row: u64) -> RowError {
    loop {
        let (used, done) = match reader.fill_buf() {
            Ok([]) => break,
            Ok(bytes) => match bytes.iter().position(|&byte| byte == b'\n') {
                Some(end) => (end + 1, true),
                None => (bytes.len(), false),
            },
            Err(error) => return RowError::fatal(row, error.to_string()),
        };
        reader.consume(used);
        if done {
            break;
        }
    }
    RowError::recoverable(row, "line longer than 4 MiB")
}

fn parse(line: &[u8], row: u64) -> Result<Record, RowError> {
    let value: Value =
        serde_json::from_slice(line).map_err(|error| RowError::recoverable(row, format!("not JSON: {error}")))?;
    record_of(&value, row)
}

/// The row that an object stands for.
pub(super) fn record_of(value: &Value, row: u64) -> Result<Record, RowError> {
    let Value::Object(_) = value else {
        return Err(RowError::recoverable(row, "not a JSON object"));
    };
    let mut record = Record::new(row);
    flatten("", value, 0, &mut record);
    Ok(record)
}

fn flatten(name: &str, value: &Value, depth: usize, record: &mut Record) {
    match value {
        Value::Null => {}
        Value::String(text) => record.push(name, text),
        Value::Bool(_) | Value::Number(_) => record.push(name, &value.to_string()),
        _ if depth >= DEEPEST => {}
        Value::Array(values) => values.iter().for_each(|value| flatten(name, value, depth + 1, record)),
        Value::Object(fields) => {
            for (key, value) in fields {
                let name = if name.is_empty() {
                    key.clone()
                } else {
                    format!("{name}.{key}")
                };
                flatten(&name, value, depth + 1, record);
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn nested_values_get_dotted_names_and_lists_repeat() {
        let text = br#"{"id": 7, "price": {"amount": "9.50"}, "images": ["a.jpg", "b.jpg"], "none": null}"#;
        let record = records(&text[..]).next().unwrap().unwrap();
        assert_eq!(record.get("price.amount"), Some("9.50"));
        assert_eq!(record.all("images").len(), 2);
        assert_eq!(record.get("none"), None);
    }

    #[test]
    fn a_broken_line_is_rejected_and_empty_lines_are_not_rows() {
        let rows: Vec<_> = records(&b"{\"id\":1}\n\n{oops\n[1]\n{\"id\":4}\n"[..]).collect();
        assert_eq!(rows.len(), 4);
        assert!(rows[1].as_ref().unwrap_err().recoverable && rows[2].is_err());
        assert_eq!(rows[3].as_ref().unwrap().row, 4);
    }

    #[test]
    fn an_endless_line_is_skipped_without_ending_the_import() {
        let mut text = vec![b'x'; 5 << 20];
        text.extend_from_slice(b"\n{\"id\":2}\n");
        let rows: Vec<_> = records(std::io::Cursor::new(text)).collect();
        assert!(rows[0].is_err());
        assert_eq!(rows[1].as_ref().unwrap().get("id"), Some("2"));
    }
}
