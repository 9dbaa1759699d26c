//! What looks like a product's picture, or like something in it.

use crate::{
    behaviour::ListKind,
    catalog::ProductWhere,
    context::ContextExt,
    cost,
    error::ApiError,
    ids::Id,
    page::within,
    recommendations::{self, RecommendationList, Wish},
};
use async_graphql::{Context, InputObject, Object};
use shop::{
    id::{MediaId, ProductId},
    media::{MediaKey, Region},
};

/// A part of a picture, in fractions of its width and height from its upper left corner: all four
/// lie within 0 and 1.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ImageRegionInput {
    /// Its left side.
    pub x: f64,
    /// Its upper side.
    pub y: f64,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
}

/// Searching by the pictures of the catalogue.
#[derive(Default)]
pub struct LookingQueries;

#[Object]
impl LookingQueries {
    /// Public products that look like a product: like its main picture, another one, or something
    /// in it. Null when there is no such product or picture.
    #[graphql(complexity = "cost::list(cost::PICTURE, Some(first), 20, child_complexity)")]
    async fn similar_looking(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it shall look like.")] product_id: Id<ProductId>,
        #[graphql(desc = "One of the product's pictures; the main one unless given.")] media_id: Option<Id<MediaId>>,
        #[graphql(desc = "The part of the picture that counts; all of it unless given.")] region: Option<
            ImageRegionInput,
        >,
        #[graphql(name = "where", desc = "Conditions; only products in stock unless asked for others.")] filter: Option<
            ProductWhere,
        >,
        #[graphql(desc = "How many at most, 1 to 50.", default = 20)] first: i32,
    ) -> Result<Option<RecommendationList>, ApiError> {
        let limit = within("first", first, 1, recommendations::MOST)?;
        let region = region.map(|part| Region::new(part.x, part.y, part.width, part.height));
        let region = region.transpose()?;
        let Some(product) = ctx.loaders()?.product(product_id.0).await? else {
            return Ok(None);
        };
        let is_wanted = |id: MediaId| media_id.is_none_or(|wanted| wanted.0 == id);
        let Some(picture) = product.media.iter().find(|picture| is_wanted(picture.id)) else {
            return Ok(None);
        };
        let is_main = product.media.first().is_some_and(|main| main.id == picture.id);
        if region.is_none() && is_main {
            // Its vector is in the index already.
            let wish = Wish::looking_alike(first, filter);
            return recommendations::similar(ctx, product_id.0, wish).await.map(Some);
        }
        let services = ctx.services()?;
        let mut filter = filter.unwrap_or_default().parse(ctx.loaders()?)?;
        filter.exclude.push(reco_actors::ItemId(product_id.0.0));
        let key: MediaKey = picture
            .storage_key
            .parse()
            .map_err(|error| ApiError::internal(&error))?;
        let bytes = match region {
            Some(region) => services.shop.media().part(&key, region).await?,
            None => services.shop.media().read(&key).await?,
        };
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        let answer = services.listing.looks_like(bytes, &filter, limit).await?;
        recommendations::with_products(&recommendations::Asker::of(ctx)?, ListKind::SimilarImage, answer, None)
            .await
            .map(Some)
    }
}
