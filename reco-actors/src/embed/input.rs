//! What of an item is embedded, and how its inputs are told apart: independent of models.

use crate::{AttributeValue, Item};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Attributes are added to texts that are shorter than this, in bytes: behind a title that says what an
/// item is, they blur it (measured by `search_quality`).
const SHORT: usize = 32;

/// The text that stands for an item, a line each: name, brand, category path from leaf to root,
/// description, and attributes where that is little. Most telling first, because a model cuts long
/// texts. What names the article, such as its EAN, has no meaning and is left out.
#[must_use]
pub fn text_of(item: &Item) -> String {
    let mut text = String::with_capacity(item.name.len() + item.description.len() + 128);
    push_line(&mut text, &item.name);
    if let Some(brand) = &item.brand {
        push_line(&mut text, &brand.label);
    }
    let path: Vec<&str> = item.categories.iter().rev().map(|c| c.label.trim()).collect();
    push_line(&mut text, &path.join(", "));
    push_line(&mut text, &item.description);
    let telling = item.attributes.iter().filter(|attribute| !attribute.is_identifier());
    for attribute in telling.filter_map(attribute) {
        if text.len() >= SHORT {
            break;
        }
        push_line(&mut text, &attribute);
    }
    text
}

fn attribute(attribute: &crate::Attribute) -> Option<String> {
    let label = attribute.label.trim();
    match &attribute.value {
        AttributeValue::Text(value) if value.trim().is_empty() => None,
        AttributeValue::Text(value) => Some(format!("{label}: {}", value.trim())),
        AttributeValue::Number(value) => Some(format!("{label}: {value}")),
        AttributeValue::Bool(true) => Some(label.to_owned()),
        AttributeValue::Bool(false) => None,
    }
}

fn push_line(text: &mut String, line: &str) {
    let line = line.trim();
    if line.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}

/// Content hash of a text input: SHA-256 in lower-case hex.
#[must_use]
pub fn hash_text(text: &str) -> String {
    hash_bytes(text.as_bytes())
}

/// Content hash of an encoded picture: SHA-256 in lower-case hex.
#[must_use]
pub fn hash_bytes(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attribute, ItemId, Term};
    use uuid::Uuid;

    fn term(label: &str) -> Term {
        Term {
            id: Uuid::nil(),
            slug: label.to_lowercase(),
            label: label.into(),
        }
    }

    fn item() -> Item {
        Item {
            name: "Trail Runner".into(),
            description: "Light shoe for rough ground!".into(),
            brand: Some(term("Northpeak")),
            categories: vec![term("Sport"), term("Shoes")],
            ..Item::blank(ItemId(Uuid::nil()))
        }
    }

    /// Nothing but a name.
    fn bare(name: &str) -> Item {
        Item {
            name: name.into(),
            description: "  ".into(),
            brand: None,
            categories: Vec::new(),
            ..item()
        }
    }

    fn with(key: &str, value: AttributeValue) -> Attribute {
        Attribute {
            key: key.to_lowercase(),
            label: key.into(),
            value,
        }
    }

    #[test]
    fn the_text_of_an_item_names_everything_that_has_meaning() {
        let named = item();
        assert_eq!(
            text_of(&named),
            "Trail Runner\nNorthpeak\nShoes, Sport\nLight shoe for rough ground!"
        );
        let mut item = bare("Cap");
        item.attributes = vec![
            with("Colour", AttributeValue::Text("Black".into())),
            with("Weight", AttributeValue::Number(0.25)),
            with("Waterproof", AttributeValue::Bool(true)),
            with("Lined", AttributeValue::Bool(false)),
            with("Material", AttributeValue::Text(" ".into())),
            with("EAN", AttributeValue::Text("4006381333931".into())),
        ];
        assert_eq!(text_of(&item), "Cap\nColour: Black\nWeight: 0.25\nWaterproof");
    }

    #[test]
    fn what_says_enough_is_not_blurred_by_attributes() {
        let mut item = item();
        item.description = "Long. ".repeat(40);
        item.attributes = vec![with("Colour", AttributeValue::Text("Black".into()))];
        assert!(!text_of(&item).contains("Black"));
    }

    #[test]
    fn empty_parts_leave_no_trace() {
        assert_eq!(text_of(&bare("Trail Runner")), "Trail Runner");
    }

    #[test]
    fn price_stock_and_rating_do_not_change_the_text() {
        let mut changed = item();
        changed.price = Some(crate::PriceRange { min: 1, max: 2 });
        changed.in_stock = false;
        changed.rating = 4.5;
        changed.version = 9;
        assert_eq!(hash_text(&text_of(&changed)), hash_text(&text_of(&item())));
    }

    #[test]
    fn the_hash_is_sha_256_in_hex() {
        assert_eq!(
            hash_text("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
