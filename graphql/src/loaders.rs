//! One request's loaders: every one is made here, for one request, and dies with it.

use crate::{
    error::ApiError,
    services::{Listing, Services},
};
use async_graphql::dataloader::{DataLoader, Loader};
use shop::{
    Currency, Shop,
    catalog::{ProductView, Taxonomy},
    id::{BrandId, CategoryId, ProductId},
};
use std::{collections::HashMap, sync::Arc};

/// Published products by id, in batches.
pub(crate) struct Products(Shop);

impl Loader<ProductId> for Products {
    type Value = Arc<ProductView>;
    type Error = ApiError;

    async fn load(&self, ids: &[ProductId]) -> Result<HashMap<ProductId, Self::Value>, ApiError> {
        let found = self.0.catalog().products(ids).await?;
        Ok(found.into_iter().flatten().map(|view| (view.id(), view)).collect())
    }
}

/// The loaders of one request.
pub(crate) struct Loaders {
    shop: Shop,
    listing: Arc<dyn Listing>,
    products: DataLoader<Products>,
}

impl Loaders {
    pub(crate) fn new(services: &Services) -> Self {
        Self {
            shop: services.shop.clone(),
            listing: Arc::clone(&services.listing),
            products: DataLoader::new(Products(services.shop.clone()), tokio::spawn),
        }
    }

    /// Categories and brands as they are now.
    pub(crate) fn taxonomy(&self) -> Arc<Taxonomy> {
        self.shop.catalog().taxonomy()
    }

    /// The shop's currency.
    pub(crate) fn currency(&self) -> Currency {
        self.shop.currency()
    }

    /// A published product.
    pub(crate) async fn product(&self, id: ProductId) -> Result<Option<Arc<ProductView>>, ApiError> {
        Ok(self.products(&[id]).await?.pop().flatten())
    }

    /// Published products, in the order asked for. What is cached comes at once; the rest
    /// waits a moment for the ids that other resolvers of this request miss.
    pub(crate) async fn products(&self, ids: &[ProductId]) -> Result<Vec<Option<Arc<ProductView>>>, ApiError> {
        let catalog = self.shop.catalog();
        let mut found: Vec<_> = ids.iter().map(|id| catalog.cached(*id)).collect();
        let missing = ids
            .iter()
            .zip(&found)
            .filter(|(_, view)| view.is_none())
            .map(|(id, _)| *id);
        let missing: Vec<ProductId> = missing.collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let loaded = self.products.load_many(missing).await?;
        for (id, view) in ids.iter().zip(&mut found) {
            if view.is_none() {
                *view = loaded.get(id).cloned();
            }
        }
        Ok(found)
    }

    /// Public products in a category and below.
    pub(crate) fn category_count(&self, id: CategoryId) -> u64 {
        self.listing.category_counts(&[id.0]).first().copied().unwrap_or(0)
    }

    /// Public products of a brand.
    pub(crate) fn brand_count(&self, id: BrandId) -> u64 {
        self.listing.brand_counts(&[id.0]).first().copied().unwrap_or(0)
    }
}
