//! From a raw row to a checked draft of a product, or the reasons why not.

use super::mapping::{AttributeKind, AttributeRule, Mapping};
use super::{record::Record, template::Template};

/// A checked product of a feed; one row, or several of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// First row it came from.
    pub row: u64,
    /// Identity across imports.
    pub external_id: String,
    /// Group of variants, if the feed has groups.
    pub group: Option<String>,
    /// Title.
    pub name: String,
    /// Plain-text description.
    pub description: String,
    /// Brand name.
    pub brand: Option<String>,
    /// Category names from root to leaf.
    pub category: Vec<String>,
    /// Whether the public may see it.
    pub published: bool,
    /// Key, label, value.
    pub attributes: Vec<(String, String, DraftValue)>,
    /// At least one.
    pub variants: Vec<DraftVariant>,
    /// File names or URLs, main picture first.
    pub images: Vec<String>,
}

/// A typed attribute value.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum DraftValue {
    Text(String),
    Number(f64),
    Bool(bool),
}

impl DraftValue {
    /// A value as a feed writes it; `None` when it is not of the type.
    pub(super) fn parse(value: &str, kind: AttributeKind) -> Option<Self> {
        match kind {
            AttributeKind::Text => Some(Self::Text(value.to_owned())),
            AttributeKind::Number => value.parse().ok().filter(|n: &f64| n.is_finite()).map(Self::Number),
            AttributeKind::Bool => match value.to_lowercase().as_str() {
                "true" | "yes" | "1" => Some(Self::Bool(true)),
                "false" | "no" | "0" => Some(Self::Bool(false)),
                _ => None,
            },
        }
    }
}

/// A sellable unit of a draft.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftVariant {
    /// Stock-keeping unit.
    pub sku: String,
    /// Name and value of what tells it apart.
    pub options: Vec<(String, String)>,
    /// Price in minor units; `None`: not sellable.
    pub price: Option<i64>,
    /// Former price in minor units.
    pub compare_at: Option<i64>,
    /// Pieces on hand.
    pub stock: i32,
}

/// What a row is checked against.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The mapping.
    pub mapping: Mapping,
    /// ISO 4217 code of the shop; another one in a price is refused.
    pub currency: String,
    /// Decimals of the currency.
    pub exponent: u32,
}

/// Stock of a row that only says "in stock".
const IN_STOCK_PIECES: i32 = 100;
const LONGEST_CATEGORY_PATH: usize = 8;

impl Rules {
    /// Checks one row.
    ///
    /// # Errors
    /// Every reason why the row cannot become a product.
    pub fn draft(&self, record: &Record) -> Result<Draft, Vec<String>> {
        let mut reasons = Vec::new();
        let fields = &self.mapping.fields;
        let text = |template: &Option<Template>| template.as_ref().and_then(|t| t.value(record));
        let mut needed = |name: &str, column: &Template, longest: usize| match column.value(record) {
            None => {
                reasons.push(format!("{name}: no value in `{}`", column.source()));
                String::new()
            }
            Some(value) if value.chars().count() > longest => {
                reasons.push(format!("{name}: longer than {longest} characters"));
                String::new()
            }
            Some(value) => value,
        };
        let external_id = needed("external_id", &fields.external_id, 128);
        let name = needed("name", &fields.name, 200);
        let group = text(&fields.group);
        let sku = text(&fields.sku).unwrap_or_else(|| external_id.clone());
        let price = self.price("price", text(&fields.price).as_deref(), &mut reasons);
        let compare_at = match text(&fields.compare_at) {
            None => None,
            Some(value) => self.money("compare_at", &value, &mut reasons),
        };
        let stock = self.stock(text(&fields.stock).as_deref(), &mut reasons);
        let published = status(
            text(&fields.status).as_deref().unwrap_or(&self.mapping.defaults.status),
            &mut reasons,
        );
        let category = text(&fields.category).or_else(|| self.mapping.defaults.category.clone());
        let attributes = self.attributes(record, &mut reasons);
        let mut images: Vec<String> = Vec::new();
        for value in [&fields.image, &fields.more_images]
            .into_iter()
            .flatten()
            .flat_map(|t| t.values(record))
        {
            images.extend(names(&value));
        }
        if !reasons.is_empty() {
            return Err(reasons);
        }
        let options = self
            .mapping
            .options
            .iter()
            .filter_map(|(name, t)| Some((name.clone(), t.value(record)?)))
            .collect();
        Ok(Draft {
            row: record.row,
            external_id: group.clone().unwrap_or(external_id),
            group,
            name,
            description: text(&fields.description).unwrap_or_default(),
            brand: text(&fields.brand),
            category: category_path(category.as_deref().unwrap_or_default()),
            published,
            attributes,
            variants: vec![DraftVariant {
                sku,
                options,
                price,
                compare_at,
                stock,
            }],
            images,
        })
    }

    fn price(&self, name: &str, value: Option<&str>, reasons: &mut Vec<String>) -> Option<i64> {
        let value = value.unwrap_or(&self.mapping.defaults.price);
        if value == "none" {
            return None;
        }
        self.money(name, value, reasons)
    }

    /// `89.99`, `89.99 USD` or `USD 89.99`; more decimals than the currency has are refused.
    fn money(&self, name: &str, value: &str, reasons: &mut Vec<String>) -> Option<i64> {
        let number = value
            .strip_suffix(&self.currency)
            .or_else(|| value.strip_prefix(&self.currency));
        let number = number.unwrap_or(value).trim();
        let amount = minor_units(number, self.exponent);
        if amount.is_none() {
            reasons.push(format!("{name}: `{value}` is not a {} amount", self.currency));
        }
        amount
    }

    fn stock(&self, value: Option<&str>, reasons: &mut Vec<String>) -> i32 {
        let Some(value) = value else {
            return i32::try_from(self.mapping.defaults.stock).unwrap_or(i32::MAX);
        };
        match value.to_lowercase().replace('_', " ").as_str() {
            "in stock" => IN_STOCK_PIECES,
            "out of stock" | "preorder" | "backorder" => 0,
            text => text
                .parse::<i32>()
                .ok()
                .filter(|pieces| *pieces >= 0)
                .unwrap_or_else(|| {
                    reasons.push(format!(
                        "stock: `{value}` is neither a number of pieces nor an availability"
                    ));
                    0
                }),
        }
    }

    fn attributes(&self, record: &Record, reasons: &mut Vec<String>) -> Vec<(String, String, DraftValue)> {
        let mut attributes = Vec::new();
        for (key, rule) in &self.mapping.attributes {
            let (from, label, kind) = match rule {
                AttributeRule::Column(from) => (from, None, AttributeKind::Text),
                AttributeRule::Full { from, label, kind } => (from, label.clone(), *kind),
            };
            for value in from.values(record) {
                // An attribute is read on one line, however the feed wraps it.
                let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
                match DraftValue::parse(&value, kind) {
                    Some(value) => attributes.push((key.clone(), label.clone().unwrap_or_else(|| title(key)), value)),
                    None => reasons.push(format!("attribute {key}: `{value}` is not of type {kind:?}")),
                }
            }
        }
        let discovered = self.mapping.discovered(record, reasons).into_iter();
        attributes.extend(discovered.map(|(key, value)| (key.clone(), title(&key), value)));
        attributes
    }
}

impl Draft {
    /// Takes a further row of the same group in: its variant and its pictures.
    pub fn merge(&mut self, other: Self) {
        for image in other.images {
            if !self.images.contains(&image) {
                self.images.push(image);
            }
        }
        self.variants.extend(other.variants);
    }
}

/// Several pictures in one cell: parted by `|`, or by commas between URLs as Google has it.
/// A comma alone may belong to a file's name.
fn names(cell: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in cell.split('|') {
        for (index, piece) in part.split(',').enumerate() {
            let is_url = ["http://", "https://"]
                .iter()
                .any(|scheme| piece.trim_start().starts_with(scheme));
            match names.last_mut() {
                Some(last) if index > 0 && !is_url => {
                    last.push(',');
                    last.push_str(piece);
                }
                _ => names.push(piece.to_owned()),
            }
        }
    }
    names
        .iter()
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

fn status(value: &str, reasons: &mut Vec<String>) -> bool {
    match value.to_lowercase().as_str() {
        "published" | "active" | "true" | "1" | "yes" => true,
        "draft" | "archived" | "inactive" | "false" | "0" | "no" => false,
        other => {
            reasons.push(format!("status: `{other}` is neither published nor draft"));
            false
        }
    }
}

fn category_path(value: &str) -> Vec<String> {
    let levels = value.split('>').map(str::trim).filter(|level| !level.is_empty());
    let mut path: Vec<String> = levels.take(LONGEST_CATEGORY_PATH).map(str::to_owned).collect();
    // `Watches > Watches` says nothing twice.
    path.dedup();
    path
}

fn title(key: &str) -> String {
    let mut words = key.replace('_', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

fn minor_units(text: &str, exponent: u32) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > exponent as usize {
        return None;
    }
    let scale = 10_i64.checked_pow(exponent)?;
    let fraction_scale = 10_i64.checked_pow(exponent - u32::try_from(fraction.len()).ok()?)?;
    let fraction = if fraction.is_empty() {
        0
    } else {
        fraction.parse::<i64>().ok()?
    };
    whole
        .parse::<i64>()
        .ok()?
        .checked_mul(scale)?
        .checked_add(fraction.checked_mul(fraction_scale)?)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_missing_value_is_told_by_field_and_column() {
        let mut record = Record::new(1);
        record.push("id", "7");
        record.push("title", "under another name than the mapping's");
        let rules = Rules {
            mapping: Mapping::plain(),
            currency: "USD".into(),
            exponent: 2,
        };
        assert_eq!(rules.draft(&record).unwrap_err(), ["name: no value in `name`"]);
    }

    #[test]
    fn a_cell_may_name_several_pictures_and_a_name_may_hold_a_comma() {
        assert_eq!(names("a.jpg | b, c.jpg"), ["a.jpg", "b, c.jpg"]);
        assert_eq!(
            names("https://x.example/1,2.jpg, https://x.example/3.jpg"),
            ["https://x.example/1,2.jpg", "https://x.example/3.jpg"]
        );
        assert!(names(" | ").is_empty());
    }
}
