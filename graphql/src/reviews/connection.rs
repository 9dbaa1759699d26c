//! A page of a product's published reviews.

use super::Review;
use crate::{
    context::ContextExt,
    cursor::{BadCursor, CursorScope},
    error::ApiError,
    page::{PageArgs, PageInfo, within},
};
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use reco_actors::{
    ItemId,
    catalog::{Keyset, KeysetValue, Window},
};
use shop::{
    id::{ProductId, ReviewId},
    reviews::{self as domain, RATINGS, ReviewFilter, ReviewKey, ReviewWindow},
};

/// How reviews are sorted; newer ones come first among equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::ReviewSort")]
pub enum ReviewSort {
    /// Newest first.
    Newest,
    /// Most helpful first.
    Helpful,
    /// Best rating first.
    RatingHigh,
    /// Worst rating first.
    RatingLow,
}

/// Which reviews.
#[derive(Clone, Copy, Debug, Default, InputObject)]
pub struct ReviewWhere {
    /// With this rating, 1 to 5.
    pub rating: Option<i32>,
    /// By somebody who had bought the product, or who had not.
    pub is_verified: Option<bool>,
}

/// A review and its place in the list.
#[derive(Clone, Debug, SimpleObject)]
pub struct ReviewEdge {
    /// Opaque position, for `after` and `before`.
    pub cursor: String,
    /// The review.
    pub node: Review,
}

/// A page of reviews.
#[derive(Clone, Debug)]
pub struct ReviewConnection {
    edges: Vec<ReviewEdge>,
    page_info: PageInfo,
    total: Option<u64>,
}

#[Object]
impl ReviewConnection {
    /// Reviews with their cursors.
    async fn edges(&self) -> &[ReviewEdge] {
        &self.edges
    }

    /// The reviews alone.
    async fn nodes(&self) -> Vec<&Review> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where this page stands.
    #[graphql(complexity = 1)]
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// Reviews in the whole list.
    #[graphql(complexity = 1)]
    async fn total_count(&self) -> u64 {
        self.total.unwrap_or(0)
    }
}

/// What a list of reviews is asked for.
pub(crate) struct ReviewArgs {
    pub(crate) filter: Option<ReviewWhere>,
    pub(crate) sort: ReviewSort,
    pub(crate) page: PageArgs,
}

/// Answers a list; rows and the total only when the operation selects them.
pub(crate) async fn list(
    ctx: &Context<'_>,
    product: ProductId,
    args: ReviewArgs,
) -> Result<ReviewConnection, ApiError> {
    let services = ctx.services()?;
    let selected = |field: &str| ctx.look_ahead().field(field).exists();
    let scope = CursorScope::named(&format!("reviews {product} {:?}", args.sort));
    let window = window(&args.page.window(&services.cursors, &scope)?)?;
    let (filter, sort) = (parse(args.filter.unwrap_or_default())?, args.sort.into());
    let reviews = services.shop.reviews();
    let total = if selected("totalCount") {
        Some(reviews.count(product, filter).await?)
    } else {
        None
    };
    if !(selected("nodes") || selected("edges") || selected("pageInfo")) {
        let page_info = PageInfo::default();
        return Ok(ReviewConnection {
            edges: Vec::new(),
            page_info,
            total,
        });
    }
    let page = reviews.page(product, filter, sort, window).await?;
    let edge = |review: domain::Review| ReviewEdge {
        cursor: services.cursors.encode(&scope, &keyset(sort.key(&review))),
        node: Review(review),
    };
    let edges: Vec<ReviewEdge> = page.reviews.into_iter().map(edge).collect();
    let page_info = PageInfo {
        has_next_page: page.has_next,
        has_previous_page: page.has_previous,
        start_cursor: edges.first().map(|edge| edge.cursor.clone()),
        end_cursor: edges.last().map(|edge| edge.cursor.clone()),
    };
    Ok(ReviewConnection {
        edges,
        page_info,
        total,
    })
}

fn parse(filter: ReviewWhere) -> Result<ReviewFilter, ApiError> {
    if let Some(rating) = filter.rating {
        within("rating", rating, *RATINGS.start(), *RATINGS.end())?;
    }
    Ok(ReviewFilter {
        rating: filter.rating,
        is_verified: filter.is_verified,
    })
}

fn keyset(key: ReviewKey) -> Keyset {
    Keyset {
        values: vec![KeysetValue::Int(key.value)],
        id: ItemId(key.id.0),
    }
}

fn window(window: &Window) -> Result<ReviewWindow, BadCursor> {
    let key = |keyset: &Option<Keyset>| keyset.as_ref().map(key).transpose();
    Ok(match window {
        Window::After { keyset, limit } => ReviewWindow::After(key(keyset)?, *limit as u64),
        Window::Before { keyset, limit } => ReviewWindow::Before(key(keyset)?, *limit as u64),
        Window::Offset { offset, limit } => ReviewWindow::Offset(*offset as u64, *limit as u64),
    })
}

fn key(keyset: &Keyset) -> Result<ReviewKey, BadCursor> {
    let [KeysetValue::Int(value)] = keyset.values[..] else {
        return Err(BadCursor);
    };
    Ok(ReviewKey {
        value,
        id: ReviewId(keyset.id.0),
    })
}
