//! What staff send to change the catalogue, and the checks of it.

use crate::{
    error::ProblemCode,
    text::{Checks, slug},
};
use entities::{
    id::{BrandId, CategoryId},
    product::{Attribute, AttributeValue, Attributes},
    variant::{VariantOption, VariantOptions},
};
use std::collections::HashSet;

const LONGEST_NAME: usize = 200;
const LONGEST_DESCRIPTION: usize = 20_000;
const LONGEST_VALUE: usize = 500;
const LONGEST_SKU: usize = 64;
const MOST_ATTRIBUTES: usize = 250;
/// Most variants of one product.
pub(super) const MOST_VARIANTS: usize = 100;
/// Most pieces of one variant.
pub(super) const MOST_PIECES: i32 = 10_000_000;
const MOST_OPTIONS: usize = 5;
/// Above this a price is a typing error.
const HIGHEST_PRICE: i64 = 1_000_000_000_000;

/// A change of a value that may be absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Leave it.
    #[default]
    Keep,
    /// Take it away.
    Clear,
    /// Put this there.
    Set(T),
}

impl<T> Patch<T> {
    /// The new value, if there is a change.
    pub fn change(self) -> Option<Option<T>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }
}

/// A new product.
#[derive(Clone, Debug, Default)]
pub struct NewProduct {
    /// Title.
    pub name: String,
    /// URL part; made from the name when left out.
    pub slug: Option<String>,
    /// Plain text.
    pub description: String,
    /// Identity in another system.
    pub external_id: Option<String>,
    /// Its category.
    pub category: Option<CategoryId>,
    /// Its brand.
    pub brand: Option<BrandId>,
    /// Typed attributes.
    pub attributes: Vec<Attribute>,
    /// What is sold; at least one.
    pub variants: Vec<NewVariant>,
    /// Whether it is public at once.
    pub publish: bool,
}

/// A change of a product; what is absent stays.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in NewProduct")]
pub struct ProductPatch {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub description: Option<String>,
    pub external_id: Patch<String>,
    pub category: Patch<CategoryId>,
    pub brand: Patch<BrandId>,
    pub attributes: Option<Vec<Attribute>>,
}

/// A new variant.
#[derive(Clone, Debug, Default)]
pub struct NewVariant {
    /// Stock-keeping unit.
    pub sku: String,
    /// What people read; may be empty.
    pub title: String,
    /// What tells it apart.
    pub options: Vec<VariantOption>,
    /// Minor units; none: not sellable.
    pub price: Option<i64>,
    /// Former price, minor units.
    pub compare_at: Option<i64>,
    /// Pieces on hand.
    pub stock: i32,
}

/// A change of a variant; what is absent stays.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in NewVariant")]
pub struct VariantPatch {
    pub sku: Option<String>,
    pub title: Option<String>,
    pub options: Option<Vec<VariantOption>>,
    pub price: Patch<i64>,
    pub compare_at: Patch<i64>,
}

/// A new category.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in the entity")]
pub struct NewCategory {
    pub name: String,
    pub slug: Option<String>,
    pub description: String,
    pub parent: Option<CategoryId>,
    pub position: i32,
}

/// A change of a category.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in the entity")]
pub struct CategoryPatch {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub description: Option<String>,
    pub parent: Patch<CategoryId>,
    pub position: Option<i32>,
}

/// A new brand.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in the entity")]
pub struct NewBrand {
    pub name: String,
    pub slug: Option<String>,
    pub description: String,
}

/// A change of a brand.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in the entity")]
pub struct BrandPatch {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub description: Option<String>,
}

/// Checks of the catalogue's inputs. Values come back trimmed.
impl Checks {
    pub(super) fn name(&mut self, path: &str, text: &str) -> String {
        self.line(path, text, LONGEST_NAME)
    }

    pub(super) fn description(&mut self, path: &str, text: &str) -> String {
        self.text(path, text, LONGEST_DESCRIPTION)
    }

    /// The slug that was chosen, or one made from the name.
    pub(super) fn slug_or(&mut self, path: &str, chosen: Option<&str>, name: &str) -> String {
        match chosen {
            Some(chosen) => self.slug(path, chosen),
            None => slug(name),
        }
    }

    pub(super) fn external_id(&mut self, path: &str, text: &str) -> String {
        self.line(path, text, 128)
    }

    pub(super) fn sku(&mut self, path: &str, text: &str) -> String {
        let sku = self.line(path, text, LONGEST_SKU);
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+:#".contains(c);
        if !sku.chars().all(plain) {
            self.fail(path, ProblemCode::Invalid, "only letters, digits and - _ . / + : #");
        }
        sku
    }

    pub(super) fn price(&mut self, path: &str, amount: Option<i64>) {
        if amount.is_some_and(|amount| !(0..=HIGHEST_PRICE).contains(&amount)) {
            self.fail(path, ProblemCode::OutOfRange, "must not be negative, nor absurdly high");
        }
    }

    pub(super) fn stock(&mut self, path: &str, pieces: i32) {
        if !(0..=MOST_PIECES).contains(&pieces) {
            self.fail(path, ProblemCode::OutOfRange, "must be within 0 and 10,000,000");
        }
    }

    pub(super) fn attributes(&mut self, path: &str, attributes: &[Attribute]) -> Attributes {
        if attributes.len() > MOST_ATTRIBUTES {
            self.fail(
                path,
                ProblemCode::TooLong,
                format!("at most {MOST_ATTRIBUTES} attributes"),
            );
            return Attributes::default();
        }
        for (index, attribute) in attributes.iter().enumerate() {
            let key_is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if attribute.key.is_empty() || attribute.key.len() > 64 || !attribute.key.chars().all(key_is_plain) {
                self.fail(
                    &format!("{path}.{index}.key"),
                    ProblemCode::Invalid,
                    "1 to 64 of a–z, 0–9 and _",
                );
            }
            self.line(&format!("{path}.{index}.label"), &attribute.label, 100);
            match &attribute.value {
                AttributeValue::Text(text) => {
                    self.line(&format!("{path}.{index}.text"), text, LONGEST_VALUE);
                }
                AttributeValue::Number(number) if !number.is_finite() => {
                    let place = format!("{path}.{index}.number");
                    self.fail(&place, ProblemCode::Invalid, "must be a finite number");
                }
                AttributeValue::Number(_) | AttributeValue::Bool(_) => {}
            }
        }
        Attributes(attributes.to_vec())
    }

    pub(super) fn options(&mut self, path: &str, options: &[VariantOption]) -> VariantOptions {
        if options.len() > MOST_OPTIONS {
            self.fail(path, ProblemCode::TooLong, format!("at most {MOST_OPTIONS} options"));
            return VariantOptions::default();
        }
        let mut names = HashSet::new();
        for (index, option) in options.iter().enumerate() {
            self.line(&format!("{path}.{index}.name"), &option.name, 50);
            self.line(&format!("{path}.{index}.value"), &option.value, 100);
            if !names.insert(option.name.to_lowercase()) {
                self.fail(&format!("{path}.{index}.name"), ProblemCode::Taken, "named twice");
            }
        }
        VariantOptions(options.to_vec())
    }

    /// Checks new variants and gives back what was made of each SKU.
    pub(super) fn variants(&mut self, path: &str, variants: &[NewVariant]) -> Vec<NewVariant> {
        if variants.is_empty() {
            self.fail(path, ProblemCode::Required, "a product has at least one variant");
        }
        if variants.len() > MOST_VARIANTS {
            self.fail(path, ProblemCode::TooLong, format!("at most {MOST_VARIANTS} variants"));
            return Vec::new();
        }
        let mut skus = HashSet::new();
        let mut checked = Vec::with_capacity(variants.len());
        for (index, variant) in variants.iter().enumerate() {
            let place = |field: &str| {
                if path.is_empty() {
                    field.to_owned()
                } else {
                    format!("{path}.{index}.{field}")
                }
            };
            let sku = self.sku(&place("sku"), &variant.sku);
            if !skus.insert(sku.clone()) {
                self.fail(&place("sku"), ProblemCode::Taken, "used twice");
            }
            self.price(&place("price"), variant.price);
            self.price(&place("compareAtPrice"), variant.compare_at);
            self.stock(&place("stock"), variant.stock);
            let title = self.text(&place("title"), &variant.title, LONGEST_NAME);
            let options = self.options(&place("options"), &variant.options).0;
            checked.push(NewVariant {
                sku,
                title,
                options,
                ..variant.clone()
            });
        }
        checked
    }
}
