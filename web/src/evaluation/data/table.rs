//! Rows of tables, the same whatever they are written as. Knows where in a file it is, so that what is
//! wrong can be found.

use super::files::Content;
use serde_json::{Map, Value};
use std::{fmt::Display, rc::Rc, str::FromStr};

/// What is wrong with a file, and where.
#[derive(Debug, thiserror::Error)]
#[error("{file}, line {line}{}: {what}", told(.column))]
pub struct Problem {
    /// Name of the file in its folder.
    pub file: String,
    /// Line of the file, from 1; of a Parquet file, the row. 0 for the file as a whole.
    pub line: u64,
    /// Name of the column, if it is one that is wrong.
    pub column: Option<String>,
    /// What is wrong.
    pub what: String,
}

fn told(column: &Option<String>) -> String {
    column
        .as_ref()
        .map(|name| format!(", column `{name}`"))
        .unwrap_or_default()
}

impl Problem {
    pub(super) fn new(file: &str, line: u64, what: impl Display) -> Self {
        Self {
            file: file.to_owned(),
            line,
            column: None,
            what: what.to_string(),
        }
    }

    pub(super) fn of(self, column: &str) -> Self {
        let column = Some(column.to_owned());
        Self { column, ..self }
    }
}

/// One row: values by column, trimmed.
pub(super) struct Row {
    pub(super) file: Rc<str>,
    pub(super) line: u64,
    /// An empty value is none.
    pub(super) fields: Vec<(Rc<str>, String)>,
}

pub(super) type Rows<'c> = Box<dyn Iterator<Item = Result<Row, Problem>> + 'c>;

impl Row {
    pub(super) fn problem(&self, column: &str, what: impl Display) -> Problem {
        Problem::new(&self.file, self.line, what).of(column)
    }

    pub(super) fn get(&self, column: &str) -> Option<&str> {
        let (_, value) = self.fields.iter().find(|(name, _)| &**name == column)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    pub(super) fn text(&self, column: &str) -> String {
        self.get(column).unwrap_or_default().to_owned()
    }

    /// Refuses columns but these, and those whose names have the prefix and go on.
    pub(super) fn has_only(&self, columns: &[&str], prefix: Option<&str>) -> Result<(), Problem> {
        let is_prefixed = |name: &str| {
            let rest = prefix.and_then(|prefix| name.strip_prefix(prefix));
            rest.is_some_and(|rest| !rest.is_empty())
        };
        let mut names = self.fields.iter().map(|(name, _)| &**name);
        match names.find(|name| !columns.contains(name) && !is_prefixed(name)) {
            None => Ok(()),
            Some(name) => {
                let more = prefix.map(|prefix| format!(" and {prefix}NAME")).unwrap_or_default();
                let what = format!("is not known; columns are {}{more}", columns.join(", "));
                Err(self.problem(name, what))
            }
        }
    }

    pub(super) fn required(&self, column: &str) -> Result<&str, Problem> {
        self.get(column).ok_or_else(|| self.problem(column, "is missing"))
    }

    pub(super) fn parsed<T: FromStr>(&self, column: &str, expected: &str) -> Result<T, Problem> {
        let text = self.required(column)?;
        text.parse()
            .map_err(|_| self.problem(column, format!("`{text}` is not {expected}")))
    }
}

/// How rows of text are written; the first one names the columns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Commas and quotes.
    Commas,
    /// Tabs, without quotes.
    Tabs,
    /// As tabs, and a name is followed by a colon and a type.
    Atomic,
}

pub(super) fn delimited(content: &Content, dialect: Dialect) -> Result<Rows<'_>, Problem> {
    let file: Rc<str> = content.name.as_str().into();
    let text = content.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&content.bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(if dialect == Dialect::Commas { b',' } else { b'\t' })
        .quoting(dialect == Dialect::Commas)
        .trim(csv::Trim::All)
        .from_reader(text);
    let header = reader.headers().map_err(|error| unreadable(&file, 1, &error, &[]))?;
    let mut names: Vec<Rc<str>> = Vec::with_capacity(header.len());
    for name in header {
        let bare = name.split(':').next().filter(|_| dialect == Dialect::Atomic);
        let name = bare.unwrap_or(name);
        if names.iter().any(|known| &**known == name) {
            return Err(Problem::new(&file, 1, "is there twice").of(name));
        }
        names.push(name.into());
    }
    let mut lines = Lines { text, at: 0, line: 1 };
    let rows = reader.into_records().map(move |record| {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, |position| lines.of(position.byte()));
            unreadable(&file, line, &error, &names)
        })?;
        let line = record.position().map_or(0, |position| lines.of(position.byte()));
        let values = record.iter().map(str::to_owned);
        Ok(Row {
            file: Rc::clone(&file),
            line,
            fields: names.iter().cloned().zip(values).collect(),
        })
    });
    Ok(Box::new(rows))
}

fn unreadable(file: &str, line: u64, error: &csv::Error, names: &[Rc<str>]) -> Problem {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            Problem::new(file, line, format!("{len} values for {expected_len} columns"))
        }
        csv::ErrorKind::Utf8 { err, .. } => {
            let problem = Problem::new(file, line, "is not UTF-8");
            match names.get(err.field()) {
                Some(name) => problem.of(name),
                None => problem,
            }
        }
        _ => Problem::new(file, line, error),
    }
}

/// Lines of places in a text, asked for in order. The reader's own count is one behind where lines end
/// in `\r\n`, or are empty.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, byte: u64) -> u64 {
        let from = usize::try_from(byte)
            .unwrap_or(usize::MAX)
            .clamp(self.at, self.text.len());
        let ends = self.text[from..]
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let until = from + ends.count();
        let passed = self.text[self.at..until].iter().filter(|byte| **byte == b'\n');
        self.line += passed.count() as u64;
        self.at = until;
        self.line
    }
}

/// Lines that say something, with their numbers.
pub(super) fn lines(content: &Content) -> impl Iterator<Item = (u64, &[u8])> {
    let text = content.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&content.bytes);
    let lines = (1..).zip(text.split(|byte| *byte == b'\n'));
    lines
        .map(|(line, text)| (line, text.trim_ascii()))
        .filter(|(_, text)| !text.is_empty())
}

/// JSON objects, one a line.
pub(super) fn objects(content: &Content) -> impl Iterator<Item = Result<(u64, Map<String, Value>), Problem>> {
    lines(content).map(|(line, text)| {
        let object = serde_json::from_slice(text).map_err(|error| {
            let said = error.to_string();
            let reason = said.split(" at line ").next().unwrap_or(&said);
            let what = format!("not a JSON object: {reason}, at character {}", error.column());
            Problem::new(&content.name, line, what)
        })?;
        Ok((line, object))
    })
}

/// Rows of JSON objects, one a line.
pub(super) fn json_lines(content: &Content) -> Rows<'_> {
    let file: Rc<str> = content.name.as_str().into();
    Box::new(objects(content).map(move |object| {
        let (line, object) = object?;
        let mut fields = Vec::with_capacity(object.len());
        for (name, value) in object {
            let value = match value {
                Value::Null => String::new(),
                Value::String(text) => text.trim().to_owned(),
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                Value::Array(_) | Value::Object(_) => {
                    let what = "is a list or an object; a text, a number or a truth is expected";
                    return Err(Problem::new(&file, line, what).of(&name));
                }
            };
            fields.push((name.into(), value));
        }
        Ok(Row {
            file: Rc::clone(&file),
            line,
            fields,
        })
    }))
}
