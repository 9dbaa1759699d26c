//! Pictures as staff change them. Files come by the multipart request specification.

use super::{
    inputs::MOST,
    payloads::{MediaPayload, PartDeletePayload, ProductPayload, split},
};
use crate::{
    catalog::{Media, Product},
    context::ContextExt,
    cost,
    error::ApiError,
    guard::Requires,
    ids::Id,
    page::at_most,
    upload::{ReadUpload, Upload},
    user_error::{settle, settle_at},
};
use async_graphql::{Context, InputObject, Object};
use shop::{
    Role, ShopError,
    catalog::{self as domain, ProductView},
    error::ProblemCode,
    id::{MediaId, ProductId},
    media::MediaUpload,
    viewer::Staff,
};
use std::sync::Arc;

/// A picture for a product.
#[derive(InputObject)]
pub struct MediaUploadInput {
    /// For which product.
    pub product_id: Id<ProductId>,
    /// JPEG, PNG, WebP or GIF.
    pub file: Upload,
    /// What a person who cannot see it is told.
    #[graphql(default)]
    pub alt: String,
    /// Its place among the product's pictures, from 0; at the end unless given, or past it.
    pub position: Option<i32>,
}

/// Which picture.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct MediaIdInput {
    /// Which.
    pub id: Id<MediaId>,
}

/// A new order of a product's pictures.
#[derive(Clone, Debug, InputObject)]
pub struct MediaReorderInput {
    /// Of which product.
    pub product_id: Id<ProductId>,
    /// Every picture of the product, in the new order.
    pub media_ids: Vec<Id<MediaId>>,
}

/// Pictures as staff change them.
#[derive(Default)]
pub struct MediaMutation;

#[Object(guard = "Requires(Role::Staff)")]
impl MediaMutation {
    /// Adds a picture to a product. Its type is told from its bytes; copies in smaller
    /// sizes are made. The same picture twice is one picture.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn media_upload(&self, ctx: &Context<'_>, input: MediaUploadInput) -> Result<MediaPayload, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        let outcome = match input.place() {
            Ok(place) => uploaded(&staff, input.read(ctx, place).await?).await,
            Err(error) => Err(error),
        };
        let (done, user_errors) = split(settle_at("productId", outcome)?);
        let (media, product) = done.unzip();
        Ok(MediaPayload {
            media: media.map(Media),
            product: product.map(|view| Product(Arc::new(view))),
            user_errors,
        })
    }

    /// Takes a picture from its product.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn media_delete(
        &self,
        ctx: &Context<'_>,
        input: MediaIdInput,
    ) -> Result<PartDeletePayload<Id<MediaId>>, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        Ok(PartDeletePayload::new(
            input.id,
            settle(deleted(&staff, input.id.0).await)?,
        ))
    }

    /// Puts a product's pictures into another order; the first is the main one.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn media_reorder(&self, ctx: &Context<'_>, input: MediaReorderInput) -> Result<ProductPayload, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        at_most("input.mediaIds", &input.media_ids, MOST)?;
        let order: Vec<MediaId> = input.media_ids.iter().map(|Id(id)| *id).collect();
        let outcome = reordered(&staff, input.product_id.0, &order).await;
        Ok(settle_at("productId", outcome)?.into())
    }
}

impl MediaUploadInput {
    fn place(&self) -> Result<Option<usize>, ShopError> {
        let place = self.position.map(usize::try_from).transpose();
        place.map_err(|_| ShopError::problem("position", ProblemCode::OutOfRange, "must not be negative"))
    }

    async fn read(self, ctx: &Context<'_>, position: Option<usize>) -> Result<MediaUpload, ApiError> {
        let ReadUpload { declared, bytes } = self.file.read(ctx).await?;
        Ok(MediaUpload {
            product: self.product_id.0,
            bytes,
            declared,
            alt: self.alt,
            position,
        })
    }
}

async fn uploaded(staff: &Staff<'_>, upload: MediaUpload) -> Result<(domain::Media, ProductView), ShopError> {
    let media = staff.media().upload(upload).await?;
    let product = staff.catalog().product(media.product_id).await?;
    Ok((media, product))
}

async fn deleted(staff: &Staff<'_>, id: MediaId) -> Result<ProductView, ShopError> {
    let product = staff.media().delete(id).await?;
    staff.catalog().product(product).await
}

async fn reordered(staff: &Staff<'_>, product: ProductId, order: &[MediaId]) -> Result<ProductView, ShopError> {
    staff.media().reorder(product, order).await?;
    staff.catalog().product(product).await
}
