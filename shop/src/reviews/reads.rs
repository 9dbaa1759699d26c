//! Reading reviews: pages of a product's, summaries, and what one viewer has to do with them.

use super::{RATINGS, Review, ReviewStatus, Reviews};
use crate::error::ShopError;
use chrono::DateTime;
use entities::{
    id::{ProductId, ReviewId, UserId},
    review, review_vote, user_account,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use std::collections::HashMap;

/// How a product's reviews are sorted; newer ones come first among equals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReviewSort {
    /// Newest first.
    #[default]
    Newest,
    /// Most helpful first.
    Helpful,
    /// Best rating first.
    RatingHigh,
    /// Worst rating first.
    RatingLow,
}

impl ReviewSort {
    fn column(self) -> (review::Column, Order) {
        match self {
            Self::Newest => (review::Column::CreatedAt, Order::Desc),
            Self::Helpful => (review::Column::HelpfulCount, Order::Desc),
            Self::RatingHigh => (review::Column::Rating, Order::Desc),
            Self::RatingLow => (review::Column::Rating, Order::Asc),
        }
    }

    /// Where a review stands in this order.
    #[must_use]
    pub fn key(self, review: &Review) -> ReviewKey {
        let value = match self {
            Self::Newest => review.created_at.timestamp_micros(),
            Self::Helpful => review.helpful_count.into(),
            Self::RatingHigh | Self::RatingLow => review.rating.into(),
        };
        ReviewKey { value, id: review.id }
    }

    /// What comes after a place in this order, or before it when the order is turned around.
    fn beyond(self, key: ReviewKey, is_turned: bool) -> Result<Condition, ShopError> {
        let (column, order) = self.column();
        let value = match self {
            Self::Newest => {
                let at = DateTime::from_timestamp_micros(key.value);
                at.ok_or_else(|| ShopError::invalid("after", "no instant"))?.into()
            }
            _ => sea_orm::Value::from(i32::try_from(key.value).map_err(ShopError::internal)?),
        };
        let smaller = (order == Order::Desc) != is_turned;
        let passed = if smaller {
            column.lt(value.clone())
        } else {
            column.gt(value.clone())
        };
        let later = if is_turned {
            review::Column::Id.gt(key.id)
        } else {
            review::Column::Id.lt(key.id)
        };
        Ok(Condition::any().add(passed).add(column.eq(value).and(later)))
    }
}

/// A place in a sorted list of reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewKey {
    /// What is sorted by.
    pub value: i64,
    /// Which review; breaks ties.
    pub id: ReviewId,
}

/// Which of a product's reviews.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReviewFilter {
    /// With this rating.
    pub rating: Option<i32>,
    /// By somebody who had bought it, or who had not.
    pub is_verified: Option<bool>,
}

/// Which part of a list.
#[derive(Clone, Copy, Debug)]
pub enum ReviewWindow {
    /// The first ones after a place, or from the beginning.
    After(Option<ReviewKey>, u64),
    /// The last ones before a place, or before the end.
    Before(Option<ReviewKey>, u64),
    /// A numbered page.
    Offset(u64, u64),
}

/// A page of reviews.
#[derive(Clone, Debug)]
pub struct ReviewPage {
    /// The reviews.
    pub reviews: Vec<Review>,
    /// Whether more follow.
    pub has_next: bool,
    /// Whether others precede.
    pub has_previous: bool,
}

/// How many published reviews a product has of each rating, 1 first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary(pub [u64; 5]);

impl Summary {
    /// All of them.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Their mean rating; none without reviews.
    #[must_use]
    pub fn average(&self) -> Option<f64> {
        let sum: u64 = self.0.iter().zip(1_u64..).map(|(count, rating)| count * rating).sum();
        (self.count() > 0).then(|| sum as f64 / self.count() as f64)
    }
}

impl Reviews<'_> {
    /// A page of a product's published reviews.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn page(
        &self,
        product: ProductId,
        filter: ReviewFilter,
        sort: ReviewSort,
        window: ReviewWindow,
    ) -> Result<ReviewPage, ShopError> {
        let mut query = review::Entity::find().filter(published(product, filter));
        let is_turned = matches!(window, ReviewWindow::Before(..));
        let (key, skipped, limit) = match window {
            ReviewWindow::After(key, limit) | ReviewWindow::Before(key, limit) => (key, 0, limit),
            ReviewWindow::Offset(offset, limit) => (None, offset, limit),
        };
        if let Some(key) = key {
            query = query.filter(sort.beyond(key, is_turned)?);
        }
        let (column, order) = sort.column();
        let turned = |order| match (order, is_turned) {
            (Order::Desc, false) | (Order::Asc, true) => Order::Desc,
            (order, false) => order,
            (_, true) => Order::Asc,
        };
        let query = query
            .order_by(column, turned(order))
            .order_by(review::Column::Id, turned(Order::Desc))
            .offset(skipped)
            .limit(limit + 1);
        let mut reviews = query.all(self.shop.db()).await?;
        let has_more = reviews.len() as u64 > limit;
        reviews.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let begins_later = key.is_some() || (skipped > 0);
        if is_turned {
            reviews.reverse();
        }
        Ok(ReviewPage {
            reviews,
            has_next: if is_turned { begins_later } else { has_more },
            has_previous: if is_turned { has_more } else { begins_later },
        })
    }

    /// How many published reviews of a product there are.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn count(&self, product: ProductId, filter: ReviewFilter) -> Result<u64, ShopError> {
        let query = review::Entity::find().filter(published(product, filter));
        Ok(query.count(self.shop.db()).await?)
    }

    /// Published reviews by id.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn published(&self, ids: &[ReviewId]) -> Result<Vec<Review>, ShopError> {
        let query = review::Entity::find()
            .filter(review::Column::Id.is_in(ids.iter().copied()))
            .filter(review::Column::Status.eq(ReviewStatus::Published));
        Ok(query.all(self.shop.db()).await?)
    }

    /// The published reviews of some products, counted by rating; absent where there are none.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn summaries(&self, products: &[ProductId]) -> Result<HashMap<ProductId, Summary>, ShopError> {
        let query = review::Entity::find()
            .select_only()
            .column(review::Column::ProductId)
            .column(review::Column::Rating)
            .column_as(Expr::col(review::Column::Id).count(), "count")
            .filter(review::Column::ProductId.is_in(products.iter().copied()))
            .filter(review::Column::Status.eq(ReviewStatus::Published))
            .group_by(review::Column::ProductId)
            .group_by(review::Column::Rating);
        let counts: Vec<(ProductId, i32, i64)> = query.into_tuple().all(self.shop.db()).await?;
        let mut summaries: HashMap<ProductId, Summary> = HashMap::new();
        for (product, rating, count) in counts {
            let place = usize::try_from(rating - RATINGS.start()).ok();
            let summary = summaries.entry(product).or_default();
            if let Some(slot) = place.and_then(|place| summary.0.get_mut(place)) {
                *slot = count.unsigned_abs();
            }
        }
        Ok(summaries)
    }

    /// A user's reviews of some products, whatever their status.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn by_user(&self, user: UserId, products: &[ProductId]) -> Result<Vec<Review>, ShopError> {
        let query = review::Entity::find()
            .filter(review::Column::UserId.eq(user))
            .filter(review::Column::ProductId.is_in(products.iter().copied()));
        Ok(query.all(self.shop.db()).await?)
    }

    /// A user's votes on some reviews; absent where there is none.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn votes(&self, user: UserId, reviews: &[ReviewId]) -> Result<HashMap<ReviewId, bool>, ShopError> {
        let query = review_vote::Entity::find()
            .filter(review_vote::Column::UserId.eq(user))
            .filter(review_vote::Column::ReviewId.is_in(reviews.iter().copied()));
        let votes = query.all(self.shop.db()).await?;
        Ok(votes
            .into_iter()
            .map(|vote| (vote.review_id, vote.is_helpful))
            .collect())
    }

    /// What the public calls some users: their first name and an initial, as they are now.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn authors(&self, users: &[UserId]) -> Result<HashMap<UserId, String>, ShopError> {
        let query = user_account::Entity::find()
            .select_only()
            .column(user_account::Column::Id)
            .column(user_account::Column::Name)
            .filter(user_account::Column::Id.is_in(users.iter().copied()));
        let names: Vec<(UserId, String)> = query.into_tuple().all(self.shop.db()).await?;
        Ok(names.into_iter().map(|(id, name)| (id, public_name(&name))).collect())
    }
}

fn published(product: ProductId, filter: ReviewFilter) -> Condition {
    Condition::all()
        .add(review::Column::ProductId.eq(product))
        .add(review::Column::Status.eq(ReviewStatus::Published))
        .add_option(filter.rating.map(|rating| review::Column::Rating.eq(rating)))
        .add_option(filter.is_verified.map(|is| review::Column::IsVerified.eq(is)))
}

/// `Ada Lovelace` as `Ada L.`; whoever calls themselves by an address is shown without its end.
fn public_name(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().unwrap_or_default();
    let first = first.split('@').next().unwrap_or_default();
    if first.is_empty() {
        return "Anonymous".to_owned();
    }
    match words.last().and_then(|last| last.chars().next()) {
        Some(initial) => format!("{first} {}.", initial.to_uppercase()),
        None => first.to_owned(),
    }
}

#[cfg(test)]
mod names {
    use super::public_name;

    #[test]
    fn the_public_learns_a_first_name_and_an_initial() {
        for (name, shown) in [
            ("Ada Lovelace", "Ada L."),
            ("  Ada  King  lovelace ", "Ada L."),
            ("Ada", "Ada"),
            ("Łukasz Żak", "Łukasz Ż."),
            ("ada@example.com", "ada"),
            ("@example.com", "Anonymous"),
            (" ", "Anonymous"),
        ] {
            assert_eq!(public_name(name), shown, "{name}");
        }
    }
}
