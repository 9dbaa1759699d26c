//! Stock as staff change it by difference, and its ledger.

use crate::{
    catalog::{Product, ProductVariant},
    context::ContextExt,
    cost,
    error::ApiError,
    guard::Requires,
    ids::Id,
    page::{MAX_OFFSET, MAX_SIZE, within},
    scalars::DateTime,
    user_error::{UserError, settle},
};
use async_graphql::{Context, Enum, InputObject, Object, OneofObject, SimpleObject};
use shop::{
    Role,
    catalog::{AdjustKind, Ledger, StockAdjust, StockMovement as Row},
    id::{OrderId, ProductId, UserId, VariantId},
    idempotency::IdempotencyKey,
    stock::MovementKind,
};
use std::sync::Arc;

/// Why pieces moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "MovementKind")]
pub enum StockMovementKind {
    /// They were there when the ledger began, or when the variant did.
    Opening,
    /// They came in.
    Received,
    /// Somebody counted, or an import said so.
    Adjusted,
    /// They wait for an order's money.
    Reserved,
    /// They wait no longer.
    Released,
    /// They were sold.
    Sold,
    /// They came back from an order.
    Returned,
}

/// Why staff change a stock by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "AdjustKind")]
pub enum StockAdjustKind {
    /// Pieces came in.
    Received,
    /// Somebody counted, found, lost or broke some.
    Adjusted,
}

/// A change of a variant's stock by a difference.
#[derive(Clone, Debug, InputObject)]
pub struct StockAdjustInput {
    /// Of which variant.
    pub variant_id: Id<VariantId>,
    /// Pieces that come into the house, or leave it: negative.
    pub delta: i32,
    /// Why.
    pub kind: StockAdjustKind,
    /// For whoever reads the ledger; at most 500 characters.
    #[graphql(default)]
    pub note: String,
}

/// What a change of a stock comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct StockAdjustPayload {
    /// The variant after the change; null when nothing was changed.
    pub variant: Option<ProductVariant>,
    /// Its product after the change.
    pub product: Option<Product>,
    /// Pieces in the house.
    pub stock_on_hand: Option<i32>,
    /// Pieces among them that are promised to open orders.
    pub stock_reserved: Option<i32>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// Whose ledger.
#[derive(Clone, Debug, OneofObject)]
pub enum StockMovementsBy {
    /// One variant's.
    VariantId(Id<VariantId>),
    /// That of all variants of a product.
    ProductId(Id<ProductId>),
}

/// A change of a variant's stock. Over all of its movements a variant's deltas make its stock.
#[derive(Clone, Debug, SimpleObject)]
pub struct StockMovement {
    /// Order of writing.
    pub id: Id<i64>,
    /// Of what; it may be gone by now.
    pub variant_id: Id<VariantId>,
    /// Of which product.
    pub product_id: Id<ProductId>,
    /// Why.
    pub kind: StockMovementKind,
    /// Pieces that came into the house, or left it.
    pub on_hand_delta: i32,
    /// Pieces that were promised, or no longer are.
    pub reserved_delta: i32,
    /// For which order.
    pub order_id: Option<Id<OrderId>>,
    /// Who did it; null for the system.
    pub actor_id: Option<Id<UserId>>,
    /// What was said about it.
    pub note: String,
    /// When.
    pub created_at: DateTime,
}

impl From<Row> for StockMovement {
    fn from(row: Row) -> Self {
        Self {
            id: Id(row.id),
            variant_id: Id(row.variant_id),
            product_id: Id(row.product_id),
            kind: row.kind.into(),
            on_hand_delta: row.on_hand_delta,
            reserved_delta: row.reserved_delta,
            order_id: row.order_id.map(Id),
            actor_id: row.actor_id.map(Id),
            note: row.note,
            created_at: DateTime(row.created_at),
        }
    }
}

/// A page of the ledger, newest first.
#[derive(Clone, Debug, SimpleObject)]
pub struct StockMovementConnection {
    /// The movements.
    #[graphql(complexity = "child_complexity")]
    pub nodes: Vec<StockMovement>,
    /// How many there are.
    pub total_count: u64,
    /// Whether more follow.
    pub has_next_page: bool,
}

/// What staff read of stock.
#[derive(Default)]
pub struct StockQuery;

#[Object(guard = "Requires(Role::Staff)")]
impl StockQuery {
    /// The ledger of a variant or product, newest first.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::page(Some(first), None, child_complexity)")]
    async fn stock_movements(
        &self,
        ctx: &Context<'_>,
        by: StockMovementsBy,
        #[graphql(desc = "How many at most, 1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "Skip so many, at most 10,000.", default = 0)] offset: i32,
    ) -> Result<StockMovementConnection, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        let (first, offset) = (
            within("first", first, 1, MAX_SIZE)?,
            within("offset", offset, 0, MAX_OFFSET)?,
        );
        let of = match by {
            StockMovementsBy::VariantId(Id(id)) => Ledger::Variant(id),
            StockMovementsBy::ProductId(Id(id)) => Ledger::Product(id),
        };
        let page = staff.catalog().stock_movements(of, offset as u64, first as u64).await?;
        Ok(StockMovementConnection {
            has_next_page: page.total > (offset + page.movements.len()) as u64,
            nodes: page.movements.into_iter().map(StockMovement::from).collect(),
            total_count: page.total,
        })
    }
}

/// Stock as staff change it by difference.
#[derive(Default)]
pub struct StockMutation;

#[Object(guard = "Requires(Role::Staff)")]
impl StockMutation {
    /// Changes a stock by a difference. The same key again changes nothing. Fewer pieces than
    /// open orders were promised cannot be left: `InsufficientStockError`.
    ///
    /// @requires(STAFF)
    #[graphql(complexity = "cost::WRITE + child_complexity")]
    async fn stock_adjust(
        &self,
        ctx: &Context<'_>,
        input: StockAdjustInput,
        #[graphql(desc = "Names this attempt, such as a UUID; 1 to 100 characters.")] idempotency_key: String,
    ) -> Result<StockAdjustPayload, ApiError> {
        let staff = ctx.viewer()?.staff(&ctx.services()?.shop).await?;
        let Id(id) = input.variant_id;
        let wanted = StockAdjust {
            variant: id,
            delta: input.delta,
            kind: input.kind.into(),
            note: input.note,
        };
        let outcome = match IdempotencyKey::parse(&idempotency_key) {
            Ok(idempotency) => staff.catalog().stock_adjust(&wanted, &idempotency).await,
            Err(error) => Err(error),
        };
        let view = match settle(outcome)? {
            Ok(view) => view,
            Err(user_errors) => {
                return Ok(StockAdjustPayload {
                    user_errors,
                    ..Default::default()
                });
            }
        };
        let variant = view.variants.iter().find(|row| row.id == id).cloned();
        Ok(StockAdjustPayload {
            stock_on_hand: variant.as_ref().map(|row| row.stock_on_hand),
            stock_reserved: variant.as_ref().map(|row| row.stock_reserved),
            variant: variant.map(ProductVariant),
            product: Some(Product(Arc::new(view))),
            user_errors: Vec::new(),
        })
    }
}
