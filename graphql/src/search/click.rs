//! What shoppers do with what they found.

use crate::{
    context::ContextExt,
    cost,
    error::ApiError,
    ids::Id,
    user_error::{UserError, settle},
};
use async_graphql::{Context, InputObject, Object, SimpleObject};
use shop::{ShopError, error::ProblemCode, id::ProductId};

/// Deeper places are none that a list has.
const DEEPEST: i32 = 10_100;

/// A click on something that a search found.
#[derive(Clone, Debug, InputObject)]
pub struct SearchClickInput {
    /// `searchId` of the search.
    pub search_id: String,
    /// What was clicked.
    pub product_id: Id<ProductId>,
    /// Its place in the whole list, from 1.
    pub position: i32,
}

/// What telling of a click comes to.
#[derive(Clone, Debug, SimpleObject)]
pub struct SearchClickPayload {
    /// Whether it was counted.
    pub is_counted: bool,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// What shoppers do with what they found.
#[derive(Default)]
pub struct SearchMutation;

#[Object]
impl SearchMutation {
    /// Tells that something that a search found was clicked. Counted by query and day; nothing is
    /// kept of who clicked.
    #[graphql(complexity = "cost::LISTING + child_complexity")]
    async fn search_click(&self, ctx: &Context<'_>, input: SearchClickInput) -> Result<SearchClickPayload, ApiError> {
        let services = ctx.services()?;
        let is_there = ctx.loaders()?.product(input.product_id.0).await?.is_some();
        let counted = services.searched(&input.search_id).and_then(|query| {
            let position = place(input.position)?;
            if !is_there {
                return Err(ShopError::problem(
                    "productId",
                    ProblemCode::NotFound,
                    "there is no such product",
                ));
            }
            services
                .shop
                .discovery()
                .tallies()
                .clicked(&query, services.shop.now(), position);
            Ok(())
        });
        let user_errors = settle(counted)?.err().unwrap_or_default();
        Ok(SearchClickPayload {
            is_counted: user_errors.is_empty(),
            user_errors,
        })
    }
}

fn place(position: i32) -> Result<u64, ShopError> {
    let is_one = (1..=DEEPEST).contains(&position);
    let position = u64::try_from(position).ok().filter(|_| is_one);
    let message = format!("must lie within 1 and {DEEPEST}");
    position.ok_or_else(|| ShopError::problem("position", ProblemCode::OutOfRange, message))
}
