//! What a product of a batch must be before the database is asked.

use super::{BulkProduct, BulkVariant, History};
use crate::{
    catalog::input::NewVariant,
    error::{
        Problem,
        ProblemCode::{OutOfRange, Taken, TooLong},
    },
    media::MOST_PER_PRODUCT,
    text::Checks,
};
use entities::product::Attributes;
use std::collections::HashSet;

/// A product that passed its checks; texts are trimmed.
pub(super) struct Ready<'a> {
    pub(super) index: usize,
    pub(super) source: &'a BulkProduct,
    pub(super) external_id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) attributes: Attributes,
    pub(super) variants: Vec<NewVariant>,
    /// Names from the root; empty for none.
    pub(super) category: Vec<String>,
    pub(super) brand: Option<String>,
}

/// Checks a product by itself, and that no earlier one has its external id or a SKU of it.
pub(super) fn check<'a>(
    index: usize,
    source: &'a BulkProduct,
    ids: &mut HashSet<String>,
    skus: &mut HashSet<String>,
) -> Result<Ready<'a>, Vec<Problem>> {
    let mut checks = Checks::default();
    if let Some(slug) = &source.slug {
        checks.slug("slug", slug);
    }
    let variants: Vec<NewVariant> = source.variants.iter().map(BulkVariant::to_new).collect();
    let levels = source.category.iter().enumerate();
    let ready = Ready {
        index,
        source,
        external_id: checks.external_id("external_id", &source.external_id),
        name: checks.name("name", &source.name),
        description: checks.description("description", &source.description),
        attributes: checks.attributes("attributes", &source.attributes),
        variants: checks.variants("variants", &variants),
        category: levels
            .map(|(level, name)| checks.name(&format!("category.{level}"), name))
            .collect(),
        brand: source.brand.as_ref().map(|name| checks.name("brand", name)),
    };
    if source.pictures.as_ref().is_some_and(|all| all.len() > MOST_PER_PRODUCT) {
        let message = format!("a product shows at most {MOST_PER_PRODUCT} pictures");
        checks.fail("pictures", TooLong, message);
    }
    check_history(&mut checks, &source.history);
    if ids.contains(&ready.external_id) {
        checks.fail("external_id", Taken, "occurs earlier in this batch");
    }
    for variant in ready.variants.iter().filter(|variant| skus.contains(&variant.sku)) {
        checks.fail("sku", Taken, format!("`{}` occurs earlier in this batch", variant.sku));
    }
    let problems = checks.into_problems();
    if !problems.is_empty() {
        return Err(problems);
    }
    ids.insert(ready.external_id.clone());
    skus.extend(ready.variants.iter().map(|variant| variant.sku.clone()));
    Ok(ready)
}

fn check_history(checks: &mut Checks, history: &History) {
    let figures = [
        ("history.rating_sum", history.rating_sum),
        ("history.rating_count", i64::from(history.rating_count)),
        ("history.sales_count", history.sales_count),
    ];
    for (path, _) in figures.into_iter().filter(|(_, figure)| *figure < 0) {
        checks.fail(path, OutOfRange, "must not be negative");
    }
}

impl BulkVariant {
    fn to_new(&self) -> NewVariant {
        let Self {
            sku,
            title,
            options,
            price,
            compare_at,
            stock,
        } = self.clone();
        NewVariant {
            sku,
            title,
            options,
            price,
            compare_at,
            stock,
        }
    }
}
