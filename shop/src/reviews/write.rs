//! Writing, editing and deleting one's own review.

use super::{Moderation, RATINGS, Review, ReviewStatus, Reviews, rating};
use crate::{
    catalog::change,
    error::{ProblemCode, ShopError},
    events,
    orders::has_bought,
    outbox::Aspect,
    reviews::rating::Share,
    text::Checks,
    viewer::CustomerCap,
};
use chrono::SubsecRound;
use entities::{
    id::{ProductId, ReviewId, UserId},
    product::{self, ProductStatus},
    review,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};

const LONGEST_TITLE: usize = 150;
const LONGEST_BODY: usize = 5_000;
/// Instants are kept as precisely as every database keeps them, so that pages can begin at one.
const MICROSECONDS: u16 = 6;

/// What a customer says of a product.
#[derive(Clone, Debug)]
pub struct NewReview {
    /// Of what.
    pub product: ProductId,
    /// 1–5.
    pub rating: i32,
    /// In a few words; may be empty.
    pub title: String,
    /// Plain text.
    pub body: String,
}

/// A review's values after their checks.
struct Checked {
    product: ProductId,
    rating: i32,
    title: String,
    body: String,
}

impl Checked {
    fn new(input: &NewReview) -> Result<Self, ShopError> {
        let mut checks = Checks::default();
        if !RATINGS.contains(&input.rating) {
            checks.fail("rating", ProblemCode::OutOfRange, "must be between 1 and 5");
        }
        let title = match input.title.trim() {
            "" => String::new(),
            title => checks.line("title", title, LONGEST_TITLE),
        };
        let body = checks.text("body", &input.body, LONGEST_BODY);
        if body.is_empty() {
            checks.fail("body", ProblemCode::Required, "must not be empty");
        }
        checks.done()?;
        Ok(Self {
            product: input.product,
            rating: input.rating,
            title,
            body,
        })
    }
}

impl Reviews<'_> {
    /// Writes the customer's review of a product, or changes it if there is one.
    ///
    /// # Errors
    /// `Invalid` with every problem of the input, a product that is not public among them.
    pub async fn write(&self, customer: &CustomerCap, input: NewReview) -> Result<Review, ShopError> {
        let new = Checked::new(&input)?;
        let (product, user) = (new.product, customer.user().id);
        let (tx, now) = change::begin(self.shop, product).await.map_err(no_product)?;
        // The one transaction that holds the product's lock makes or changes a review of it.
        if !is_published(&tx, product).await? {
            return Err(no_product(ShopError::NotFound));
        }
        let old = review::Entity::find()
            .filter(review::Column::ProductId.eq(product))
            .filter(review::Column::UserId.eq(user))
            .one(&tx)
            .await?;
        let is_verified = has_bought(&tx, user, product).await?;
        let at = now.trunc_subsecs(MICROSECONDS);
        let status = self.status_after(old.as_ref());
        let written = match &old {
            None => row(new, user, status, is_verified, at).insert(&tx).await?,
            Some(old) if is_same(old, &new, is_verified) => return Ok(old.clone()),
            Some(old) => {
                let change = review::ActiveModel {
                    id: Unchanged(old.id),
                    rating: Set(new.rating),
                    title: Set(new.title),
                    body: Set(new.body),
                    status: Set(status),
                    is_verified: Set(is_verified),
                    updated_at: Set(at),
                    ..Default::default()
                };
                change.update(&tx).await?
            }
        };
        let before = old.as_ref().map(Share::of).unwrap_or_default();
        rating::replace(&tx, product, before, Share::of(&written)).await?;
        events::reviewed(self.shop, &tx, now, (user, product), written.rating).await?;
        change::commit(self.shop, tx, product, Aspect::Reviews, now).await?;
        Ok(written)
    }

    /// Deletes a review of the customer's own; gives what it was.
    ///
    /// # Errors
    /// `NotFound` when there is none, or it is somebody else's; `Invalid` with `IllegalState`
    /// for one that staff turned down, so that deleting is no way around them.
    pub async fn delete(&self, customer: &CustomerCap, id: ReviewId) -> Result<Review, ShopError> {
        let product = own(self.shop.db(), customer, id).await?.product_id;
        let (tx, now) = change::begin(self.shop, product).await?;
        let old = own(&tx, customer, id).await?;
        if old.status == ReviewStatus::Rejected {
            let message = "it was turned down: edit it, and staff look at it again";
            return Err(ShopError::problem("id", ProblemCode::IllegalState, message));
        }
        review::Entity::delete_by_id(id).exec(&tx).await?;
        rating::replace(&tx, product, Share::of(&old), Share::default()).await?;
        change::commit(self.shop, tx, product, Aspect::Reviews, now).await?;
        Ok(old)
    }

    /// What staff turned down waits for them again, whatever the settings say: an edit is no
    /// way around them.
    fn status_after(&self, old: Option<&Review>) -> ReviewStatus {
        let is_held = old.is_some_and(|old| old.status != ReviewStatus::Published);
        match self.shop.review_settings().moderation {
            Moderation::After if !is_held => ReviewStatus::Published,
            _ => ReviewStatus::Pending,
        }
    }
}

fn no_product(error: ShopError) -> ShopError {
    match error {
        ShopError::NotFound => ShopError::problem("productId", ProblemCode::NotFound, "no such product"),
        other => other,
    }
}

async fn is_published(db: &impl ConnectionTrait, product: ProductId) -> Result<bool, ShopError> {
    let status: Option<ProductStatus> = product::Entity::find_by_id(product)
        .select_only()
        .column(product::Column::Status)
        .into_tuple()
        .one(db)
        .await?;
    Ok(status == Some(ProductStatus::Published))
}

async fn own(db: &impl ConnectionTrait, customer: &CustomerCap, id: ReviewId) -> Result<Review, ShopError> {
    let found = review::Entity::find_by_id(id)
        .filter(review::Column::UserId.eq(customer.user().id))
        .one(db)
        .await?;
    found.ok_or(ShopError::NotFound)
}

fn is_same(old: &Review, new: &Checked, is_verified: bool) -> bool {
    (old.rating, old.is_verified) == (new.rating, is_verified) && old.title == new.title && old.body == new.body
}

fn row(
    new: Checked,
    user: UserId,
    status: ReviewStatus,
    is_verified: bool,
    at: chrono::DateTime<chrono::Utc>,
) -> review::ActiveModel {
    review::ActiveModel {
        id: Set(ReviewId::generate()),
        product_id: Set(new.product),
        user_id: Set(user),
        rating: Set(new.rating),
        title: Set(new.title),
        body: Set(new.body),
        status: Set(status),
        is_verified: Set(is_verified),
        helpful_count: Set(0),
        created_at: Set(at),
        updated_at: Set(at),
        moderated_at: Set(None),
        moderated_by: Set(None),
        moderation_note: Set(String::new()),
    }
}
