//! One request's loaders: every one is made here, for one request, and dies with it.

use crate::{
    error::ApiError,
    services::{Listing, Services},
};
use async_graphql::dataloader::{DataLoader, Loader};
use shop::{
    Currency, Shop,
    catalog::{ProductView, Taxonomy},
    id::{BrandId, CategoryId, ProductId, ReviewId, UserId},
    reviews::{Review, Summary},
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

/// What belongs to reviews, in batches.
pub(crate) struct ReviewParts(Shop);

impl Loader<ProductId> for ReviewParts {
    type Value = Summary;
    type Error = ApiError;

    async fn load(&self, ids: &[ProductId]) -> Result<HashMap<ProductId, Summary>, ApiError> {
        Ok(self.0.reviews().summaries(ids).await?)
    }
}

/// Names of authors.
impl Loader<UserId> for ReviewParts {
    type Value = String;
    type Error = ApiError;

    async fn load(&self, ids: &[UserId]) -> Result<HashMap<UserId, String>, ApiError> {
        Ok(self.0.reviews().authors(ids).await?)
    }
}

/// A user's own review of a product.
impl Loader<(UserId, ProductId)> for ReviewParts {
    type Value = Review;
    type Error = ApiError;

    async fn load(&self, keys: &[(UserId, ProductId)]) -> Result<HashMap<(UserId, ProductId), Review>, ApiError> {
        let mut found = HashMap::with_capacity(keys.len());
        for (user, products) in by_user(keys) {
            let reviews = self.0.reviews().by_user(user, &products).await?;
            found.extend(reviews.into_iter().map(|review| ((user, review.product_id), review)));
        }
        Ok(found)
    }
}

/// A user's vote on a review.
impl Loader<(UserId, ReviewId)> for ReviewParts {
    type Value = bool;
    type Error = ApiError;

    async fn load(&self, keys: &[(UserId, ReviewId)]) -> Result<HashMap<(UserId, ReviewId), bool>, ApiError> {
        let mut found = HashMap::with_capacity(keys.len());
        for (user, reviews) in by_user(keys) {
            let votes = self.0.reviews().votes(user, &reviews).await?;
            found.extend(votes.into_iter().map(|(review, vote)| ((user, review), vote)));
        }
        Ok(found)
    }
}

/// One request has one user; nothing here depends on it.
fn by_user<T: Copy>(keys: &[(UserId, T)]) -> HashMap<UserId, Vec<T>> {
    let mut groups: HashMap<UserId, Vec<T>> = HashMap::new();
    for (user, key) in keys {
        groups.entry(*user).or_default().push(*key);
    }
    groups
}

/// The loaders of one request.
pub(crate) struct Loaders {
    shop: Shop,
    listing: Arc<dyn Listing>,
    products: DataLoader<Products>,
    reviews: DataLoader<ReviewParts>,
}

impl Loaders {
    pub(crate) fn new(services: &Services) -> Self {
        Self {
            shop: services.shop.clone(),
            listing: Arc::clone(&services.listing),
            products: DataLoader::new(Products(services.shop.clone()), tokio::spawn),
            reviews: DataLoader::new(ReviewParts(services.shop.clone()), tokio::spawn),
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

    /// The published reviews of a product, counted.
    pub(crate) async fn review_summary(&self, id: ProductId) -> Result<Summary, ApiError> {
        Ok(self.reviews.load_one(id).await?.unwrap_or_default())
    }

    /// A user's review of a product, whatever its status.
    pub(crate) async fn own_review(&self, user: UserId, product: ProductId) -> Result<Option<Review>, ApiError> {
        self.reviews.load_one((user, product)).await
    }

    /// A user's vote on a review.
    pub(crate) async fn vote(&self, user: UserId, review: ReviewId) -> Result<Option<bool>, ApiError> {
        self.reviews.load_one((user, review)).await
    }

    /// What the public calls the author of a review.
    pub(crate) async fn author(&self, id: UserId) -> Result<String, ApiError> {
        let name = self.reviews.load_one(id).await?;
        name.ok_or_else(|| ApiError::internal(&"a review without an author"))
    }

    /// Published reviews of public products.
    pub(crate) async fn public_reviews(&self, ids: &[ReviewId]) -> Result<HashMap<ReviewId, Review>, ApiError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let reviews = self.shop.reviews().published(ids).await?;
        let products: Vec<ProductId> = reviews.iter().map(|review| review.product_id).collect();
        let products = self.products(&products).await?;
        let public = reviews
            .into_iter()
            .zip(products)
            .filter(|(_, product)| product.is_some());
        Ok(public.map(|(review, _)| (review.id, review)).collect())
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
