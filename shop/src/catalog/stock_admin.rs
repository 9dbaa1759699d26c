//! Stock as staff change it by difference, and the ledger of all changes.

use super::{admin::AdminCatalog, input::MOST_PIECES, view::ProductView};
use crate::{
    error::{ProblemCode, ShopError},
    idempotency::{Claim, IdempotencyKey},
    outbox::Aspect,
    stock::{self, Movement, MovementKind},
    text::Checks,
};
use entities::{
    id::{ProductId, VariantId},
    stock_movement, variant,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

pub use entities::stock_movement::Model as StockMovement;

const LONGEST_NOTE: usize = 500;
/// Most movements of one page.
const LARGEST_PAGE: u64 = 100;

/// Why staff change a stock by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdjustKind {
    /// Pieces came in.
    Received,
    /// Somebody counted, found, lost or broke some.
    Adjusted,
}

impl From<AdjustKind> for MovementKind {
    fn from(kind: AdjustKind) -> Self {
        match kind {
            AdjustKind::Received => Self::Received,
            AdjustKind::Adjusted => Self::Adjusted,
        }
    }
}

/// A change of a variant's stock by hand.
#[derive(Clone, Debug)]
pub struct StockAdjust {
    /// Of what.
    pub variant: VariantId,
    /// Pieces that come into the house, or leave it.
    pub delta: i32,
    /// Why.
    pub kind: AdjustKind,
    /// For whoever reads the ledger.
    pub note: String,
}

impl StockAdjust {
    /// Checks the input and gives the note as it is kept.
    fn check(&self) -> Result<String, ShopError> {
        let mut checks = Checks::default();
        let least = if self.kind == AdjustKind::Received {
            1
        } else {
            -MOST_PIECES
        };
        if self.delta == 0 {
            checks.fail("delta", ProblemCode::OutOfRange, "must not be 0");
        } else if !(least..=MOST_PIECES).contains(&self.delta) {
            let message = format!("must be within {least} and {MOST_PIECES}");
            checks.fail("delta", ProblemCode::OutOfRange, message);
        }
        let note = checks.text("note", &self.note, LONGEST_NOTE);
        checks.done()?;
        Ok(note)
    }
}

/// Whose movements.
#[derive(Clone, Copy, Debug)]
pub enum Ledger {
    /// One variant's.
    Variant(VariantId),
    /// Those of all variants of a product.
    Product(ProductId),
}

/// A page of the ledger, newest first.
#[derive(Clone, Debug)]
pub struct LedgerPage {
    /// The movements.
    pub movements: Vec<StockMovement>,
    /// How many there are.
    pub total: u64,
}

impl AdminCatalog<'_> {
    /// Changes a variant's stock by a difference, once for each idempotency key. It never
    /// falls below what is promised to open orders.
    ///
    /// # Errors
    /// `Invalid` for an unknown variant, a difference out of range and one that too few pieces
    /// are free for; `KeyReused` for a key that was used for something else.
    pub async fn stock_adjust(
        &self,
        input: &StockAdjust,
        idempotency: &IdempotencyKey,
    ) -> Result<ProductView, ShopError> {
        let note = input.check()?;
        let kind = MovementKind::from(input.kind);
        let claim = Claim {
            operation: "stock.adjust",
            owner: self.actor.map_or(Uuid::nil(), |user| user.0),
            key: idempotency,
            input: format!("{} {} {} {note}", input.variant, input.delta, kind.to_value()),
        };
        let product = self.product_of(input.variant).await.map_err(no_variant)?;
        let (tx, now) = self.begin(product).await.map_err(no_variant)?;
        if claim.take(&tx, now).await?.is_some() {
            tx.rollback().await?;
            return self.product(product).await;
        }
        let old = locked(&tx, input.variant).await.map_err(no_variant)?;
        if old.stock_on_hand.saturating_add(input.delta) > MOST_PIECES {
            let message = format!("there would be more than {MOST_PIECES} pieces");
            return Err(ShopError::problem("delta", ProblemCode::OutOfRange, message));
        }
        let movement = Movement {
            kind,
            note,
            ..self.movement(&old, input.delta)
        };
        if !movement.apply(&tx, now).await? {
            let available = stock::available(&tx, input.variant).await?;
            let message = format!("only {available} pieces are free");
            return Err(ShopError::problem(
                "delta",
                ProblemCode::InsufficientStock { available },
                message,
            ));
        }
        stock::record(&tx, now, &[movement]).await?;
        claim.settle(&tx, input.variant.0).await?;
        self.finish(tx, product, Aspect::Stock, now).await
    }

    /// A page of the ledger, newest first; `limit` is brought within 1 and 100.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn stock_movements(&self, of: Ledger, offset: u64, limit: u64) -> Result<LedgerPage, ShopError> {
        let query = stock_movement::Entity::find().filter(match of {
            Ledger::Variant(id) => stock_movement::Column::VariantId.eq(id),
            Ledger::Product(id) => stock_movement::Column::ProductId.eq(id),
        });
        let total = query.clone().count(self.shop.db()).await?;
        let page = query
            .order_by_desc(stock_movement::Column::Id)
            .offset(offset)
            .limit(limit.clamp(1, LARGEST_PAGE));
        let movements = page.all(self.shop.db()).await?;
        Ok(LedgerPage { movements, total })
    }

    /// Pieces counted anew, to be applied and recorded.
    pub(super) fn movement(&self, variant: &variant::Model, on_hand: i32) -> Movement {
        Movement {
            variant: variant.id,
            product: variant.product_id,
            kind: MovementKind::Adjusted,
            on_hand,
            reserved: 0,
            order: None,
            actor: self.actor,
            note: String::new(),
        }
    }

    /// Writes what new variants begin with into the ledger.
    pub(super) async fn record_opening(
        &self,
        tx: &DatabaseTransaction,
        variants: &[variant::Model],
    ) -> Result<(), ShopError> {
        let opening = variants.iter().filter(|variant| variant.stock_on_hand != 0);
        let opening: Vec<Movement> = opening
            .map(|variant| Movement {
                kind: MovementKind::Opening,
                ..self.movement(variant, variant.stock_on_hand)
            })
            .collect();
        stock::record(tx, self.shop.now(), &opening).await
    }
}

fn no_variant(error: ShopError) -> ShopError {
    match error {
        ShopError::NotFound => ShopError::problem("variantId", ProblemCode::NotFound, "no such variant"),
        other => other,
    }
}

/// A variant, kept from other writers until the transaction ends.
pub(super) async fn locked(tx: &impl ConnectionTrait, id: VariantId) -> Result<variant::Model, ShopError> {
    let row = variant::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    row.ok_or(ShopError::NotFound)
}
