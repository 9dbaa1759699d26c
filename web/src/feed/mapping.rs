//! How the columns of a feed become a product: the mapping file and the built-in mappings.
//!
//! ```toml
//! [fields]                       # a column name, or text with {columns}
//! external_id = "id"             # identity across imports; needed
//! name        = "title"          # needed
//! description = "{summary} {details}"
//! brand       = "brand"
//! category    = "{group} > {kind}"
//! sku         = "id"             # the external id when left out
//! group       = "item_group_id"  # neighbouring rows of one group are variants of one product
//! price       = "price"          # "89.99" or "89.99 USD"
//! stock       = "quantity"       # a number, or in stock / out of stock / preorder
//! image       = "image"          # file name, or URL with --image-url
//! status      = "state"          # published or draft
//!
//! [defaults]                     # used where a row has no value
//! price  = "19.99"               # or "none": listed, but not sellable
//! stock  = 10
//! status = "published"
//!
//! [attributes]                   # key = column, or a table
//! colour = "basecolour"
//! year   = { from = "year", label = "Model year", type = "number" }
//!
//! [[discover]]                   # columns that nothing above names become attributes
//! columns = "attr_*"             # `*` stands for the key
//! type = "text"                  # left out: what each value looks like
//! ```

use super::{discovery::Discovery, template::Template};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};
use thiserror::Error;

/// A mapping.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Where the product's own fields come from.
    pub fields: Fields,
    /// Values for rows that have none.
    #[serde(default)]
    pub defaults: Defaults,
    /// Typed attributes, by key.
    #[serde(default)]
    pub attributes: BTreeMap<String, AttributeRule>,
    /// Which other columns become attributes.
    #[serde(default)]
    pub discover: Vec<Discovery>,
    /// Options that tell variants of a group apart, by name.
    #[serde(default)]
    pub options: BTreeMap<String, Template>,
}

/// Where the product's own fields come from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the module's example explains each")]
pub struct Fields {
    pub external_id: Template,
    pub name: Template,
    pub description: Option<Template>,
    pub brand: Option<Template>,
    pub category: Option<Template>,
    pub sku: Option<Template>,
    pub group: Option<Template>,
    pub price: Option<Template>,
    pub compare_at: Option<Template>,
    pub stock: Option<Template>,
    pub image: Option<Template>,
    pub more_images: Option<Template>,
    pub status: Option<Template>,
}

/// Values for rows that have none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Defaults {
    /// A decimal, or `none`: the product is listed but cannot be bought.
    pub price: String,
    /// Pieces on hand.
    pub stock: u32,
    /// `published` or `draft`.
    pub status: String,
    /// Category path, levels joined by ` > `.
    pub category: Option<String>,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            price: "none".into(),
            stock: 0,
            status: "published".into(),
            category: None,
        }
    }
}

/// Where an attribute comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AttributeRule {
    /// A text attribute labelled by its key.
    Column(Template),
    /// Everything said.
    Full {
        /// Column or template.
        from: Template,
        /// What people read.
        label: Option<String>,
        /// Type of the value.
        #[serde(default, rename = "type")]
        kind: AttributeKind,
    },
}

/// Type of an attribute's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttributeKind {
    /// Text.
    #[default]
    Text,
    /// A finite number.
    Number,
    /// yes/no, true/false, 1/0.
    Bool,
}

/// A mapping that cannot be used.
#[derive(Debug, Error)]
pub enum MappingError {
    /// The file cannot be read.
    #[error("cannot read {0}: {1}")]
    Unreadable(String, std::io::Error),
    /// It is not a mapping.
    #[error("{0}: {1}")]
    Invalid(String, String),
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// An unreadable file, unknown keys, a template that does not parse.
    pub fn read(path: &Path) -> Result<Self, MappingError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| MappingError::Unreadable(name.clone(), error))?;
        Self::parse(&text).map_err(|reason| MappingError::Invalid(name, reason))
    }

    /// Parses the text of a mapping file.
    ///
    /// # Errors
    /// What is wrong, with the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        use figment::providers::{Format, Toml};
        let mapping: Self = figment::Figment::from(Toml::string(text))
            .extract()
            .map_err(|error| error.to_string())?;
        let valid = |key: &str| {
            !key.is_empty()
                && key
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        match mapping.attributes.keys().find(|key| !valid(key)) {
            Some(key) => Err(format!("attribute key `{key}`: only a–z, 0–9 and _")),
            None => Ok(mapping),
        }
    }

    /// Every column that something is taken from.
    pub(super) fn columns(&self) -> HashSet<&str> {
        let Fields {
            external_id,
            name,
            description,
            brand,
            category,
            sku,
            group,
            price,
            compare_at,
            stock,
            image,
            more_images,
            status,
        } = &self.fields;
        let optional = [
            description,
            brand,
            category,
            sku,
            group,
            price,
            compare_at,
            stock,
            image,
            more_images,
            status,
        ];
        let attributes = self.attributes.values().map(|rule| match rule {
            AttributeRule::Column(from) | AttributeRule::Full { from, .. } => from,
        });
        let templates = [external_id, name].into_iter().chain(optional.into_iter().flatten());
        let templates = templates.chain(attributes).chain(self.options.values());
        templates.flat_map(Template::columns).collect()
    }

    /// The mapping of the Google Merchant product data specification, text and XML alike.
    #[must_use]
    pub fn google() -> Self {
        Self::parse(include_str!("google.toml")).expect("the built-in mapping parses; a test proves it")
    }

    /// The mapping for files without one: columns under their usual names.
    #[must_use]
    pub fn plain() -> Self {
        Self::parse(include_str!("plain.toml")).expect("the built-in mapping parses; a test proves it")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_mappings_parse() {
        assert!(Mapping::google().fields.group.is_some());
        assert!(Mapping::plain().fields.price.is_some());
    }

    #[test]
    fn attributes_are_columns_or_tables() {
        let text = "[fields]\nexternal_id='id'\nname='n'\n[attributes]\ncolour='c'\nyear={from='y',type='number'}\n";
        let mapping = Mapping::parse(text).unwrap();
        assert!(matches!(mapping.attributes["colour"], AttributeRule::Column(_)));
        assert!(matches!(
            mapping.attributes["year"],
            AttributeRule::Full {
                kind: AttributeKind::Number,
                ..
            }
        ));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(
            Mapping::parse("[fields]\nname='n'\n")
                .unwrap_err()
                .contains("external_id")
        );
        let text = "[fields]\nexternal_id='id'\nname='{n'\n";
        assert!(Mapping::parse(text).unwrap_err().contains("not closed"));
        let text = "[fields]\nexternal_id='id'\nname='n'\n[attributes]\n'Ba d'='c'\n";
        assert!(Mapping::parse(text).unwrap_err().contains("Ba d"));
    }
}
