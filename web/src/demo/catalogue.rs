//! The catalogue: one file a category, built into the program, and what they add up to.

use super::entry::{BadEntry, DemoProduct, Entry};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use shop::Currency;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("catalogue/", $name, ".toml")))),*]
    };
}

/// Name and text of every file, in the order in which products are sown.
const FILES: &[(&str, &str)] = files![
    "mugs",
    "cookware",
    "kettles",
    "knives",
    "lamps",
    "cushions",
    "chairs",
    "tables",
    "headphones",
    "speakers",
    "cameras",
    "shoes",
    "watches",
    "backpacks",
    "totes",
    "bicycles",
    "plants",
    "stationery",
    "toys",
];

/// A file of the catalogue that will not do.
#[derive(Debug, thiserror::Error)]
pub enum BadCatalogue {
    /// It is not of the form it should have.
    #[error("{0}.toml: {1}")]
    Syntax(&'static str, #[source] Box<toml::de::Error>),
    /// A product in it will not do.
    #[error("{0}.toml: {1}: {2}")]
    Entry(&'static str, String, #[source] BadEntry),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    path: Vec<String>,
    product: Vec<Entry>,
}

/// All products of the demo shop.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// In the order in which they are sown.
    pub products: Vec<DemoProduct>,
}

impl Catalogue {
    /// Reads the files; prices are in this currency.
    ///
    /// # Errors
    /// The first product that will not do. A test sees to it that there is none.
    pub fn load(currency: Currency) -> Result<Self, BadCatalogue> {
        let mut products = Vec::new();
        for &(name, text) in FILES {
            let file: File = toml::from_str(text).map_err(|error| BadCatalogue::Syntax(name, Box::new(error)))?;
            for entry in file.product {
                let sku = entry.sku().to_owned();
                let product = DemoProduct::new(entry, &file.path, currency);
                products.push(product.map_err(|error| BadCatalogue::Entry(name, sku, error))?);
            }
        }
        Ok(Self { products })
    }

    /// Names this edition of the catalogue, without reading it: a start has no time for that.
    #[must_use]
    pub fn edition() -> String {
        let mut hash = Sha256::new();
        for (_, text) in FILES {
            hash.update(text);
        }
        format!("{:x}", hash.finalize())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use shop::catalog::AttributeValue;
    use std::collections::{HashMap, HashSet};

    fn products() -> Vec<DemoProduct> {
        Catalogue::load(Currency::USD).unwrap().products
    }

    #[test]
    fn there_are_enough_products_in_every_category() {
        let mut by_category: HashMap<Vec<String>, usize> = HashMap::new();
        for product in products() {
            *by_category.entry(product.bulk.category).or_default() += 1;
        }
        assert_eq!(by_category.len(), FILES.len());
        assert!(by_category.values().all(|count| *count >= 8), "{by_category:?}");
        assert!(by_category.values().sum::<usize>() >= 156);
        let departments: HashSet<&String> = by_category.keys().filter_map(|path| path.first()).collect();
        assert_eq!(departments.len(), 6, "{departments:?}");
    }

    #[test]
    fn skus_names_and_drawings_are_unique() {
        let (mut skus, mut names, mut drawings) = (HashSet::new(), HashSet::new(), HashSet::new());
        for product in products() {
            assert!(names.insert(product.bulk.name.to_lowercase()), "{}", product.bulk.name);
            assert!(drawings.insert(product.drawing.svg()), "{}", product.sku);
            for variant in product.bulk.variants {
                assert!(skus.insert(variant.sku.clone()), "{}", variant.sku);
            }
        }
    }

    #[test]
    fn descriptions_are_long_enough_and_written_one_by_one() {
        let mut sentences: HashMap<String, usize> = HashMap::new();
        let mut openings: HashMap<String, usize> = HashMap::new();
        for product in products() {
            let text = product.bulk.description;
            assert!(text.chars().count() >= 120, "{}: {text}", product.sku);
            for sentence in text.split_inclusive(". ") {
                *sentences.entry(sentence.trim().to_lowercase()).or_default() += 1;
            }
            let opening: Vec<&str> = text.split(' ').take(3).collect();
            *openings.entry(opening.join(" ").to_lowercase()).or_default() += 1;
        }
        assert_eq!(sentences.iter().find(|(_, count)| **count > 1), None);
        assert_eq!(openings.iter().find(|(_, count)| **count > 2), None);
    }

    #[test]
    fn attributes_have_one_type_each() {
        let mut types = HashMap::new();
        for product in products() {
            assert!(
                product
                    .bulk
                    .attributes
                    .iter()
                    .any(|attribute| attribute.key == "material"),
                "{}",
                product.sku
            );
            for attribute in product.bulk.attributes {
                let kind = match attribute.value {
                    AttributeValue::Text(_) => "text",
                    AttributeValue::Number(_) => "number",
                    AttributeValue::Bool(_) => "bool",
                };
                assert_eq!(
                    *types.entry(attribute.key.clone()).or_insert(kind),
                    kind,
                    "{}",
                    attribute.key
                );
            }
        }
    }

    #[test]
    fn figures_are_plausible() {
        let (mut sold_out, mut reduced) = (0, 0);
        let products = products();
        for product in &products {
            let history = product.bulk.history;
            let count = i64::from(history.rating_count);
            assert!((count..=count * 5).contains(&history.rating_sum), "{}", product.sku);
            assert!(history.sales_count >= count, "{}", product.sku);
            for variant in &product.bulk.variants {
                assert!(
                    variant.compare_at.is_none_or(|former| Some(former) > variant.price),
                    "{}",
                    variant.sku
                );
            }
            sold_out += usize::from(product.bulk.variants.iter().all(|variant| variant.stock == 0));
            reduced += usize::from(product.bulk.variants.iter().any(|variant| variant.compare_at.is_some()));
        }
        assert!((5..products.len() / 5).contains(&sold_out), "{sold_out}");
        assert!((10..products.len() / 3).contains(&reduced), "{reduced}");
    }

    #[test]
    fn a_picture_is_the_same_every_time() {
        let (once, again) = (products(), products());
        assert_eq!(
            once[0].drawing.render(32).unwrap(),
            again[0].drawing.render(32).unwrap()
        );
    }
}
