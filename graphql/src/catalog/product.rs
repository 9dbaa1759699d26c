//! A product. Its row, variants and pictures come as one; nothing here asks the database.

use super::{
    filter::ProductWhere,
    parts::{Media, ProductAttribute, ProductVariant, price_range},
    taxonomy::{Brand, Category},
};
use crate::{
    behaviour::{self, Listed},
    context::ContextExt,
    cost,
    error::ApiError,
    ids::Id,
    money::PriceRange,
    page::PageArgs,
    recommendations::{self, RecommendationKind, RecommendationList, RecommendationMode, RecommendationWeights, Wish},
    reviews::{self, Review, ReviewArgs, ReviewConnection, ReviewSort, ReviewSummary, ReviewWhere},
    scalars::DateTime,
};
use async_graphql::{Context, Enum, Object};
use reco_actors::AlsoKind;
use shop::{
    catalog::{self as domain, ProductView},
    id::ProductId,
};
use std::sync::Arc;

/// Life of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::ProductStatus")]
pub enum ProductStatus {
    /// Being prepared; only staff see it.
    Draft,
    /// Public.
    Published,
    /// Withdrawn; only staff see it.
    Archived,
}

/// Something the shop shows. What is sold are its variants; a simple product has one.
#[derive(Clone, Debug)]
pub struct Product(pub Arc<ProductView>);

#[Object]
impl Product {
    /// `prod_…`
    pub(super) async fn id(&self) -> Id<ProductId> {
        Id(self.0.id())
    }

    /// URL part, unique among products.
    async fn slug(&self) -> &str {
        &self.0.product.slug
    }

    /// Title.
    async fn name(&self) -> &str {
        &self.0.product.name
    }

    /// Plain text, may be empty.
    async fn description(&self) -> &str {
        &self.0.product.description
    }

    /// Where it is in its life.
    async fn status(&self) -> ProductStatus {
        self.0.product.status.into()
    }

    /// Its brand, if it has one.
    async fn brand(&self, ctx: &Context<'_>) -> Result<Option<Brand>, ApiError> {
        let Some(id) = self.0.product.brand_id else {
            return Ok(None);
        };
        Ok(ctx.loaders()?.taxonomy().brand(id).cloned().map(Brand))
    }

    /// Its category, if it has one.
    async fn category(&self, ctx: &Context<'_>) -> Result<Option<Category>, ApiError> {
        let Some(id) = self.0.product.category_id else {
            return Ok(None);
        };
        Ok(Category::find(&ctx.loaders()?.taxonomy(), id))
    }

    /// From the top of the category tree to its own category: breadcrumbs.
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn category_path(&self, ctx: &Context<'_>) -> Result<Vec<Category>, ApiError> {
        let Some(id) = self.0.product.category_id else {
            return Ok(Vec::new());
        };
        Ok(Category::path_to(&ctx.loaders()?.taxonomy(), id))
    }

    /// Lowest and highest variant price; null when it is not for sale.
    async fn price(&self) -> Option<PriceRange> {
        self.0.price().map(price_range)
    }

    /// Whether any variant can be bought now.
    async fn is_available(&self) -> bool {
        self.0.is_available()
    }

    /// Mean rating, 1 to 5, of its published reviews and of what an import brought along;
    /// null without ratings.
    async fn rating(&self) -> Option<f64> {
        self.0.rating().map(|rating| (rating * 100.0).round() / 100.0)
    }

    /// Ratings behind `rating`.
    async fn rating_count(&self) -> i32 {
        self.0.product.rating_count
    }

    /// Its published reviews.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "GraphQL arguments, each optional by itself")]
    async fn reviews(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where", desc = "Conditions.")] filter: Option<ReviewWhere>,
        #[graphql(desc = "In which order.", default_with = "ReviewSort::Newest")] sort: ReviewSort,
        #[graphql(desc = "The first so many, 1 to 100; 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "After this cursor; with `first`.")] after: Option<String>,
        #[graphql(desc = "Before this cursor; with `last`.")] before: Option<String>,
        #[graphql(desc = "Skip so many, at most 10,000; not with cursors.")] offset: Option<i32>,
    ) -> Result<ReviewConnection, ApiError> {
        let page = PageArgs {
            first,
            last,
            after,
            before,
            offset,
        };
        reviews::list(ctx, self.0.id(), ReviewArgs { filter, sort, page }).await
    }

    /// Its published reviews, counted.
    async fn review_summary(&self, ctx: &Context<'_>) -> Result<ReviewSummary, ApiError> {
        Ok(ReviewSummary(ctx.loaders()?.review_summary(self.0.id()).await?))
    }

    /// Your own review of it, whatever its status; null without one.
    async fn viewer_review(&self, ctx: &Context<'_>) -> Result<Option<Review>, ApiError> {
        let Some(user) = ctx.viewer()?.user() else {
            return Ok(None);
        };
        let review = ctx.loaders()?.own_review(user.id, self.0.id()).await?;
        Ok(review.map(Review))
    }

    /// Typed attributes, in the order in which they are shown.
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn attributes(&self) -> Vec<ProductAttribute> {
        self.0.product.attributes.0.iter().map(ProductAttribute::from).collect()
    }

    /// What is sold, in order.
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn variants(&self) -> Vec<ProductVariant> {
        self.0.variants.iter().cloned().map(ProductVariant).collect()
    }

    /// Pictures, main one first.
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    async fn media(&self) -> Vec<Media> {
        self.0.media.iter().cloned().map(Media).collect()
    }

    /// The main picture, if there is one.
    async fn image(&self) -> Option<Media> {
        self.0.media.first().cloned().map(Media)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.product.created_at)
    }

    /// When it, a variant or a picture was last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.product.updated_at)
    }

    /// Products that go with this one, best first. Filters apply inside the search, so
    /// that `first` products come back whenever enough qualify.
    #[graphql(complexity = "cost::list(cost::RECOMMENDATION, Some(first), 8, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "GraphQL arguments, each optional by itself")]
    async fn recommendations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 50.", default = 8)] first: i32,
        #[graphql(desc = "Which vectors count.", default_with = "RecommendationKind::Similar")]
        kind: RecommendationKind,
        #[graphql(desc = "For `SIMILAR`: how much text and picture count; 0.7 and 0.3 unless given.")] weights: Option<
            RecommendationWeights,
        >,
        #[graphql(name = "where", desc = "Only products like this.")] filter: Option<ProductWhere>,
        #[graphql(desc = "0 for the most similar, up to 1 for the most varied.", default = 0.0)] diversity: f64,
        #[graphql(desc = "How scores are scaled; the engine's default unless given.")] mode: Option<RecommendationMode>,
        #[graphql(desc = "Let products through that cannot be bought now.", default = false)]
        include_out_of_stock: bool,
    ) -> Result<RecommendationList, ApiError> {
        let wish = Wish {
            first,
            kind,
            weights,
            filter,
            diversity,
            mode,
            include_out_of_stock,
        };
        recommendations::similar(ctx, self.0.id(), wish).await
    }

    /// What people who looked at it go on to, best first; empty while nobody has.
    #[graphql(complexity = "cost::list(cost::RECOMMENDATION, Some(first), 8, child_complexity)")]
    async fn also_viewed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 50.", default = 8)] first: i32,
        #[graphql(name = "where", desc = "Only products like this.")] filter: Option<ProductWhere>,
        #[graphql(desc = "Let products through that cannot be bought now.", default = false)]
        include_out_of_stock: bool,
        #[graphql(desc = "Tell of each all that speaks for it: `causes`.", default = false)] explain: bool,
    ) -> Result<RecommendationList, ApiError> {
        let listed = Listed {
            first,
            filter,
            include_out_of_stock,
            explain,
        };
        behaviour::also(ctx, vec![self.0.id()], AlsoKind::Viewed, listed).await
    }

    /// What completes it: bought in one basket with it and of another kind, best first; empty while
    /// nobody has.
    #[graphql(complexity = "cost::list(cost::RECOMMENDATION, Some(first), 8, child_complexity)")]
    async fn complements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 50.", default = 8)] first: i32,
        #[graphql(name = "where", desc = "Only products like this.")] filter: Option<ProductWhere>,
        #[graphql(desc = "Let products through that cannot be bought now.", default = false)]
        include_out_of_stock: bool,
        #[graphql(desc = "Tell of each all that speaks for it: `causes`.", default = false)] explain: bool,
    ) -> Result<RecommendationList, ApiError> {
        let listed = Listed {
            first,
            filter,
            include_out_of_stock,
            explain,
        };
        behaviour::also(ctx, vec![self.0.id()], AlsoKind::Complements, listed).await
    }

    /// What is bought in one basket with it, best first; empty while nobody has.
    #[graphql(complexity = "cost::list(cost::RECOMMENDATION, Some(first), 8, child_complexity)")]
    async fn also_bought(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 50.", default = 8)] first: i32,
        #[graphql(name = "where", desc = "Only products like this.")] filter: Option<ProductWhere>,
        #[graphql(desc = "Let products through that cannot be bought now.", default = false)]
        include_out_of_stock: bool,
        #[graphql(desc = "Tell of each all that speaks for it: `causes`.", default = false)] explain: bool,
    ) -> Result<RecommendationList, ApiError> {
        let listed = Listed {
            first,
            filter,
            include_out_of_stock,
            explain,
        };
        behaviour::also(ctx, vec![self.0.id()], AlsoKind::Bought, listed).await
    }
}
