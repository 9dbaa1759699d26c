//! Attributes that nobody named: every column of a kind becomes one.

use super::{
    draft::DraftValue,
    mapping::{AttributeKind, Mapping},
    record::Record,
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Longer texts describe a product rather than tell it from others: they are left out. Naming the
/// column as an attribute takes them.
const LONGEST_TEXT: usize = 500;
const LONGEST_KEY: usize = 64;

/// Columns that become attributes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discovery {
    /// A column's name with one `*`; what stands there is the key and, in words, the label.
    columns: Pattern,
    /// Type of the values; what each looks like when left out.
    #[serde(rename = "type")]
    kind: Option<AttributeKind>,
}

/// `before*behind`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Pattern {
    before: String,
    behind: String,
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.trim().to_lowercase().split_once('*') {
            Some((before, behind)) if !behind.contains('*') => Ok(Self {
                before: before.to_owned(),
                behind: behind.to_owned(),
            }),
            _ => Err(format!("`{text}`: a column's name with one `*`")),
        }
    }
}

impl From<Pattern> for String {
    fn from(Pattern { before, behind }: Pattern) -> Self {
        format!("{before}*{behind}")
    }
}

impl Discovery {
    /// The key of a column's attribute.
    fn key(&self, column: &str) -> Option<String> {
        let Pattern { before, behind } = &self.columns;
        let own = column.strip_prefix(before.as_str())?.strip_suffix(behind.as_str())?;
        let words = own
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty());
        let key: String = words.collect::<Vec<_>>().join("_").chars().take(LONGEST_KEY).collect();
        let key = key.trim_end_matches('_');
        (!key.is_empty()).then(|| key.to_owned())
    }

    fn value(&self, text: &str) -> Result<DraftValue, AttributeKind> {
        let typed = |kind| DraftValue::parse(text, kind);
        if let Some(kind) = self.kind {
            return typed(kind).ok_or(kind);
        }
        // 1 and 0 are numbers, for all that may be known.
        let guessed = typed(AttributeKind::Number).or_else(|| typed(AttributeKind::Bool));
        Ok(guessed.unwrap_or_else(|| DraftValue::Text(text.to_owned())))
    }
}

impl Mapping {
    /// Key and value of each attribute of a row that the mapping does not name, the first rule that
    /// knows a column first. Adds to `reasons` what is not of the type that was said.
    pub(super) fn discovered(&self, record: &Record, reasons: &mut Vec<String>) -> Vec<(String, DraftValue)> {
        let mut found = Vec::new();
        if self.discover.is_empty() {
            return found;
        }
        let named = self.columns();
        let mut known: HashSet<String> = self.attributes.keys().cloned().collect();
        for (column, values) in record.iter().filter(|(column, _)| !named.contains(column)) {
            let rule = |rule: &&Discovery| rule.key(column).is_some();
            let Some(rule) = self.discover.iter().find(rule) else {
                continue;
            };
            let Some(key) = rule.key(column).filter(|key| known.insert(key.clone())) else {
                continue;
            };
            for value in values {
                let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
                match rule.value(&value) {
                    Ok(DraftValue::Text(text)) if text.chars().count() > LONGEST_TEXT => {}
                    Ok(value) => found.push((key.clone(), value)),
                    Err(kind) => reasons.push(format!("{column}: `{value}` is not of type {kind:?}")),
                }
            }
        }
        found
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn mapping(rules: &str) -> Mapping {
        let text = format!("[fields]\nexternal_id='id'\nname='title'\n[attributes]\ncolour='t_colour'\n{rules}");
        Mapping::parse(&text).unwrap()
    }

    fn row(fields: &[(&str, &str)]) -> Record {
        let mut record = Record::new(1);
        for (name, value) in fields {
            record.push(name, value);
        }
        record
    }

    fn number(value: f64) -> DraftValue {
        DraftValue::Number(value)
    }

    fn text(value: &str) -> DraftValue {
        DraftValue::Text(value.into())
    }

    #[test]
    fn columns_that_nobody_named_become_attributes_of_the_type_they_look_like() {
        let mapping = mapping("[[discover]]\ncolumns='t_*'\n[[discover]]\ncolumns='*'\n");
        let record = row(&[
            ("id", "7"),
            ("title", "Lamp"),
            ("t_colour", "Red"),
            ("t_Base__Kind (cm)", "round  foot"),
            ("watts", "9.5"),
            ("dimmable", "yes"),
            ("legend", &"x".repeat(501)),
        ]);
        let mut reasons = Vec::new();
        let found = mapping.discovered(&record, &mut reasons);
        let expected = [
            ("dimmable", DraftValue::Bool(true)),
            ("base_kind_cm", text("round foot")),
            ("watts", number(9.5)),
        ];
        assert_eq!(found, expected.map(|(key, value)| (key.to_owned(), value)));
        assert!(reasons.is_empty());
    }

    #[test]
    fn a_type_that_was_said_is_held() {
        let mapping = mapping("[[discover]]\ncolumns='n_*'\ntype='number'\n");
        let mut reasons = Vec::new();
        let found = mapping.discovered(&row(&[("n_width", "wide"), ("n_depth", "4")]), &mut reasons);
        assert_eq!(found, [("depth".to_owned(), number(4.0))]);
        assert_eq!(reasons, ["n_width: `wide` is not of type Number"]);
    }

    #[test]
    fn two_columns_of_one_key_do_not_mix_and_a_named_one_wins() {
        let mapping = mapping("[[discover]]\ncolumns='*'\n[[discover]]\ncolumns='never_*'\n");
        let found = mapping.discovered(&row(&[("colour", "Blue"), ("a b", "1"), ("a_b", "2")]), &mut Vec::new());
        assert_eq!(found, [("a_b".to_owned(), number(1.0))]);
    }

    #[test]
    fn a_pattern_has_one_star() {
        for wrong in ["attr", "a*b*"] {
            let text = format!("[fields]\nexternal_id='id'\nname='n'\n[[discover]]\ncolumns='{wrong}'\n");
            assert!(Mapping::parse(&text).unwrap_err().contains("one `*`"));
        }
    }
}
