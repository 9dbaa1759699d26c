//! Searching by a picture. A mutation, since files come with mutations alone; it changes nothing.

use super::recognise::{CANDIDATES, recognise};
use crate::{
    behaviour::ListKind,
    catalog::ProductWhere,
    context::ContextExt,
    cost,
    error::ApiError,
    page::within,
    recommendations::{self, RecommendationList},
    upload::Upload,
    user_error::{UserError, settle},
};
use async_graphql::{Context, InputObject, Object, SimpleObject};
use reco_actors::RecoError;
use shop::{ShopError, media::MediaProblem};

/// A picture to search by.
#[derive(InputObject)]
pub struct SearchByImageInput {
    /// JPEG, PNG, WebP or GIF. It is looked at and not kept.
    pub file: Upload,
    /// Conditions; only products in stock unless asked for others.
    #[graphql(name = "where")]
    pub filter: Option<ProductWhere>,
    /// How many at most, 1 to 50.
    #[graphql(default = 20)]
    pub first: i32,
}

/// What looks like a picture.
#[derive(Debug, Default, SimpleObject)]
pub struct SearchByImagePayload {
    /// Products that look like it, best first; null when the picture will not do.
    pub results: Option<RecommendationList>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// Searching by a picture.
#[derive(Default)]
pub struct PictureSearch;

#[Object]
impl PictureSearch {
    /// Public products that look like a picture; those whose main picture it is come first, however it was
    /// cut, framed, lit or compressed. It changes nothing.
    #[graphql(complexity = "cost::PICTURE + child_complexity")]
    async fn search_by_image(
        &self,
        ctx: &Context<'_>,
        input: SearchByImageInput,
    ) -> Result<SearchByImagePayload, ApiError> {
        let services = ctx.services()?;
        let limit = within("input.first", input.first, 1, recommendations::MOST)?;
        let filter = input.filter.unwrap_or_default().parse(ctx.loaders()?)?;
        let file = input.file.read(ctx).await?;
        let examined = services.shop.media().examine(&file.bytes, file.declared.as_deref());
        if let Err(user_errors) = settle(examined)? {
            return Ok(refused(user_errors));
        }
        let photo = file.bytes;
        let answer = match services.listing.looks_like(photo.clone(), &filter, CANDIDATES).await {
            Err(RecoError::BadInput(_)) => {
                let corrupt = settle(Err::<(), _>(ShopError::from(MediaProblem::Corrupt)))?;
                return Ok(refused(corrupt.err().unwrap_or_default()));
            }
            answer => answer?,
        };
        let mut answer = recognise(ctx, photo, answer).await?;
        answer.items.truncate(limit);
        Ok(SearchByImagePayload {
            results: Some(
                recommendations::with_products(&recommendations::Asker::of(ctx)?, ListKind::Picture, answer, None)
                    .await?,
            ),
            user_errors: Vec::new(),
        })
    }
}

fn refused(user_errors: Vec<UserError>) -> SearchByImagePayload {
    SearchByImagePayload {
        results: None,
        user_errors,
    }
}
