//! Values of a mapping: a column's name, or text with `{columns}` in it.

use super::record::Record;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A column name (`title`) or a text with columns in braces (`{gender} {articletype}`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Column(String),
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// A brace that is not closed, or an empty column name.
    pub fn parse(source: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        if !source.contains('{') {
            if source.trim().is_empty() {
                return Err("names no column".into());
            }
            parts.push(Part::Column(source.trim().to_lowercase()));
            return Ok(Self {
                source: source.into(),
                parts,
            });
        }
        let mut rest = source;
        while let Some((text, after)) = rest.split_once('{') {
            let Some((column, after)) = after.split_once('}') else {
                return Err(format!("`{source}`: a brace is not closed"));
            };
            if column.trim().is_empty() {
                return Err(format!("`{source}`: empty column name"));
            }
            if !text.is_empty() {
                parts.push(Part::Text(text.into()));
            }
            parts.push(Part::Column(column.trim().to_lowercase()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.into()));
        }
        Ok(Self {
            source: source.into(),
            parts,
        })
    }

    /// The template as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The columns it reads.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Column(column) => Some(column.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The value for a row; `None` when no column of it has one.
    #[must_use]
    pub fn value(&self, record: &Record) -> Option<String> {
        let mut value = String::new();
        let mut found = false;
        for part in &self.parts {
            match part {
                Part::Text(text) => value.push_str(text),
                Part::Column(column) => {
                    if let Some(text) = record.get(column) {
                        found = true;
                        value.push_str(text);
                    }
                }
            }
        }
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        (found && !value.is_empty()).then_some(value)
    }

    /// All values when the template is a single column, else its one value.
    #[must_use]
    pub fn values(&self, record: &Record) -> Vec<String> {
        match self.parts.as_slice() {
            [Part::Column(column)] => record.all(column).to_vec(),
            _ => self.value(record).into_iter().collect(),
        }
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let source = String::deserialize(deserializer)?;
        Self::parse(&source).map_err(D::Error::custom)
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn row() -> Record {
        let mut record = Record::new(1);
        record.push("Gender", "Women");
        record.push("type", "Watches");
        record
    }

    #[test]
    fn a_plain_word_is_a_column_and_braces_make_text() {
        assert_eq!(Template::parse("TYPE").unwrap().value(&row()).unwrap(), "Watches");
        assert_eq!(
            Template::parse("{gender} > {type}").unwrap().value(&row()).unwrap(),
            "Women > Watches"
        );
    }

    #[test]
    fn text_around_missing_columns_is_no_value() {
        assert_eq!(Template::parse("{colour}.jpg").unwrap().value(&row()), None);
    }

    #[test]
    fn an_open_brace_is_refused() {
        assert!(Template::parse("{gender").is_err());
        assert!(Template::parse("{}").is_err());
    }
}
