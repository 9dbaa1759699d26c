//! Reviews as staff see them and decide about them. Obtained from [`crate::viewer::Staff`].

use super::{
    Review, ReviewStatus,
    rating::{self, Share},
};
use crate::{
    Shop,
    catalog::{change, contains},
    error::{ProblemCode, ShopError},
    outbox::Aspect,
    text::Checks,
};
use entities::{
    id::{ProductId, ReviewId, UserId},
    review,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Func},
};

const LONGEST_NOTE: usize = 500;
/// Most reviews of one page.
const LARGEST_PAGE: u64 = 100;

/// Which reviews staff list.
#[derive(Clone, Debug, Default)]
pub struct AdminReviewFilter {
    /// Of this status.
    pub status: Option<ReviewStatus>,
    /// Title or text contains this, whatever the case.
    pub text: Option<String>,
    /// Of this product.
    pub product: Option<ProductId>,
}

/// A page of reviews, newest first.
#[derive(Clone, Debug)]
pub struct AdminReviewPage {
    /// The reviews.
    pub reviews: Vec<Review>,
    /// How many match.
    pub total: u64,
}

/// What staff may do with reviews.
#[derive(Debug)]
pub struct AdminReviews<'a> {
    shop: &'a Shop,
    actor: Option<UserId>,
}

impl<'a> AdminReviews<'a> {
    pub(crate) fn new(shop: &'a Shop, actor: Option<UserId>) -> Self {
        Self { shop, actor }
    }

    /// Reviews of every status, newest first; `limit` is brought within 1 and 100.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn list(
        &self,
        filter: &AdminReviewFilter,
        offset: u64,
        limit: u64,
    ) -> Result<AdminReviewPage, ShopError> {
        let mut query = review::Entity::find();
        if let Some(status) = filter.status {
            query = query.filter(review::Column::Status.eq(status));
        }
        if let Some(product) = filter.product {
            query = query.filter(review::Column::ProductId.eq(product));
        }
        if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            let like = contains(text);
            let lower = |column| Expr::expr(Func::lower(Expr::col((review::Entity, column))));
            let title = lower(review::Column::Title).like(like.clone());
            query = query.filter(title.or(lower(review::Column::Body).like(like)));
        }
        let total = query.clone().count(self.shop.db()).await?;
        let page = query
            .order_by_desc(review::Column::CreatedAt)
            .order_by_desc(review::Column::Id)
            .offset(offset)
            .limit(limit.clamp(1, LARGEST_PAGE));
        let reviews = page.all(self.shop.db()).await?;
        Ok(AdminReviewPage { reviews, total })
    }

    /// Shows a review to the public.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn publish(&self, id: ReviewId) -> Result<Review, ShopError> {
        self.decide(id, ReviewStatus::Published, String::new()).await
    }

    /// Keeps a review back. Its author sees the note.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a note that is empty or too long.
    pub async fn reject(&self, id: ReviewId, note: &str) -> Result<Review, ShopError> {
        let mut checks = Checks::default();
        let note = checks.text("note", note, LONGEST_NOTE);
        if note.is_empty() {
            checks.fail("note", ProblemCode::Required, "say why");
        }
        checks.done()?;
        self.decide(id, ReviewStatus::Rejected, note).await
    }

    async fn decide(&self, id: ReviewId, status: ReviewStatus, note: String) -> Result<Review, ShopError> {
        let product = find(self.shop.db(), id).await?.product_id;
        let (tx, now) = change::begin(self.shop, product).await?;
        let old = find(&tx, id).await?;
        if old.status == status && old.moderation_note == note {
            return Ok(old);
        }
        let decision = review::ActiveModel {
            id: Unchanged(id),
            status: Set(status),
            moderated_at: Set(Some(now)),
            moderated_by: Set(self.actor),
            moderation_note: Set(note),
            ..Default::default()
        };
        let new = decision.update(&tx).await?;
        rating::replace(&tx, product, Share::of(&old), Share::of(&new)).await?;
        change::commit(self.shop, tx, product, Aspect::Reviews, now).await?;
        Ok(new)
    }
}

async fn find(db: &impl ConnectionTrait, id: ReviewId) -> Result<Review, ShopError> {
    review::Entity::find_by_id(id).one(db).await?.ok_or(ShopError::NotFound)
}
