//! What changes come to: the changed thing as it is after the write, and what went wrong.

use crate::{
    catalog::{Brand, Category, Media, Product, ProductVariant},
    ids::Id,
    user_error::{Outcome, UserError},
};
use async_graphql::{OutputType, SimpleObject};
use shop::{
    catalog::{ProductView, Taxonomy},
    id::{BrandId, CategoryId, MediaId, ProductId, VariantId},
};
use std::sync::Arc;

/// What a change of a product comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct ProductPayload {
    /// The product after the change; null when nothing was changed.
    pub product: Option<Product>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl From<Outcome<ProductView>> for ProductPayload {
    fn from(outcome: Outcome<ProductView>) -> Self {
        let (view, user_errors) = split(outcome);
        Self {
            product: view.map(|view| Product(Arc::new(view))),
            user_errors,
        }
    }
}

/// What a change of a variant comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct VariantPayload {
    /// The variant after the change; null when nothing was changed.
    pub variant: Option<ProductVariant>,
    /// Its product after the change.
    pub product: Option<Product>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl VariantPayload {
    /// The variant is the one that `is_it` picks, of several the last.
    pub(super) fn new(outcome: Outcome<ProductView>, is_it: impl Fn(&shop::catalog::Variant) -> bool) -> Self {
        let (view, user_errors) = split(outcome);
        let variant = view
            .as_ref()
            .and_then(|view| view.variants.iter().rfind(|row| is_it(row)).cloned());
        let product = view.map(|view| Product(Arc::new(view)));
        Self {
            variant: variant.map(ProductVariant),
            product,
            user_errors,
        }
    }
}

/// What a change of a category comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct CategoryPayload {
    /// The category after the change; null when nothing was changed.
    pub category: Option<Category>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl CategoryPayload {
    pub(super) fn new(taxonomy: &Arc<Taxonomy>, outcome: Outcome<shop::catalog::Category>) -> Self {
        let (row, user_errors) = split(outcome);
        Self {
            category: row.map(|row| Category::new(taxonomy, &Arc::new(row))),
            user_errors,
        }
    }
}

/// What a change of a brand comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct BrandPayload {
    /// The brand after the change; null when nothing was changed.
    pub brand: Option<Brand>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl From<Outcome<shop::catalog::Brand>> for BrandPayload {
    fn from(outcome: Outcome<shop::catalog::Brand>) -> Self {
        let (row, user_errors) = split(outcome);
        Self {
            brand: row.map(|row| Brand(Arc::new(row))),
            user_errors,
        }
    }
}

/// What an upload comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct MediaPayload {
    /// The picture; null when nothing was changed.
    pub media: Option<Media>,
    /// Its product after the change.
    pub product: Option<Product>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// What deleting comes to.
#[derive(Debug, SimpleObject)]
#[graphql(
    concrete(name = "ProductDeletePayload", params("Id<ProductId>")),
    concrete(name = "CategoryDeletePayload", params("Id<CategoryId>")),
    concrete(name = "BrandDeletePayload", params("Id<BrandId>"))
)]
pub struct DeletePayload<T: OutputType> {
    /// What is gone now; null when nothing was deleted.
    pub deleted_id: Option<T>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl<T: OutputType> DeletePayload<T> {
    pub(super) fn new(id: T, outcome: Outcome<()>) -> Self {
        let (done, user_errors) = split(outcome);
        Self {
            deleted_id: done.map(|()| id),
            user_errors,
        }
    }
}

/// What deleting a part of a product comes to.
#[derive(Debug, SimpleObject)]
#[graphql(
    concrete(name = "VariantDeletePayload", params("Id<VariantId>")),
    concrete(name = "MediaDeletePayload", params("Id<MediaId>"))
)]
pub struct PartDeletePayload<T: OutputType> {
    /// What is gone now; null when nothing was deleted.
    pub deleted_id: Option<T>,
    /// The product without it.
    pub product: Option<Product>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl<T: OutputType> PartDeletePayload<T> {
    pub(super) fn new(id: T, outcome: Outcome<ProductView>) -> Self {
        let (view, user_errors) = split(outcome);
        let deleted_id = view.is_some().then_some(id);
        Self {
            deleted_id,
            product: view.map(|view| Product(Arc::new(view))),
            user_errors,
        }
    }
}

/// What asking for a new index of products comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct ProductReindexPayload {
    /// Products that will be embedded and indexed anew.
    pub count: u64,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl From<Outcome<u64>> for ProductReindexPayload {
    fn from(outcome: Outcome<u64>) -> Self {
        let (count, user_errors) = split(outcome);
        Self {
            count: count.unwrap_or(0),
            user_errors,
        }
    }
}

pub(super) fn split<T>(outcome: Outcome<T>) -> (Option<T>, Vec<UserError>) {
    match outcome {
        Ok(value) => (Some(value), Vec::new()),
        Err(errors) => (None, errors),
    }
}
