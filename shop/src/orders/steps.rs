//! What moves an order on: money that came, parcels, second thoughts, time.

use super::{
    Change, OrderKey, OrderStatus, OrderView, Orders,
    change::By,
    refunds::{RefundOrder, start_refund},
    state::Step,
};
use crate::{Shop, Viewer, error::ShopError, events, stock::MovementKind, text::Checks};
use entities::{id::OrderId, order, order_line};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

impl Change<'_> {
    /// The money is here: the promised pieces are sold.
    pub(crate) async fn pay(&mut self, note: &str) -> Result<(), ShopError> {
        self.step(Step::Pay, note)?;
        let lines = self.lines().await?;
        // On the heap: the futures of paying are large as they are.
        Box::pin(events::bought(self.shop(), &self.tx, self.now, &self.order, &lines)).await?;
        self.stock(MovementKind::Sold, &whole(lines), |pieces| (-pieces, -pieces))
            .await?;
        self.tell(Step::Pay).await
    }

    /// Gives up an order that nobody paid: its pieces are free again, its coupon too.
    async fn release(&mut self, step: Step, note: &str) -> Result<(), ShopError> {
        self.step(step, note)?;
        let lines = whole(self.lines().await?);
        self.stock(MovementKind::Released, &lines, |pieces| (0, -pieces))
            .await?;
        self.return_coupon().await?;
        self.tell(step).await
    }

    /// Gives up an order before it was sent. What was paid goes back, and so do the pieces.
    pub(crate) async fn cancel(&mut self, note: &str) -> Result<(), ShopError> {
        if self.order.status == OrderStatus::PendingPayment {
            return self.release(Step::Cancel, note).await;
        }
        self.step(Step::Cancel, note)?;
        let everything = RefundOrder {
            restock: true,
            reason: note.to_owned(),
            ..RefundOrder::default()
        };
        start_refund(self, &everything).await?;
        self.return_coupon().await?;
        self.tell(Step::Cancel).await
    }
}

fn whole(lines: Vec<order_line::Model>) -> Vec<(order_line::Model, i32)> {
    lines.into_iter().map(|line| (line.clone(), line.quantity)).collect()
}

impl Orders<'_> {
    /// Gives up an order that is not sent; what was paid goes back, and so do the pieces.
    /// Its owner may, and an administrator.
    ///
    /// # Errors
    /// `NotFound` for somebody else's order, `Invalid` with `IllegalState` once it is sent.
    pub async fn cancel(
        &self,
        viewer: &Viewer,
        id: OrderId,
        token: Option<&str>,
        reason: &str,
    ) -> Result<OrderView, ShopError> {
        let row = self.row(&OrderKey::Id(id)).await?.ok_or(ShopError::NotFound)?;
        if !self.may_see(viewer, &row, token) {
            return self.as_admin(viewer).await?.cancel(id, reason).await;
        }
        let mut checks = Checks::default();
        let reason = checks.text("reason", reason, 500);
        checks.done()?;
        let mut change = Change::begin(self.shop, id, By::customer(viewer)).await?;
        change.cancel(&reason).await?;
        change.commit().await?;
        self.shop.payments().send_refunds_of(id).await;
        self.load(id).await
    }

    /// Orders whose time to pay is over, oldest first.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn overdue(&self, limit: u64) -> Result<Vec<OrderId>, ShopError> {
        Ok(order::Entity::find()
            .select_only()
            .column(order::Column::Id)
            .filter(order::Column::Status.eq(OrderStatus::PendingPayment))
            .filter(order::Column::ReservedUntil.lt(self.shop.now()))
            .order_by_asc(order::Column::ReservedUntil)
            .limit(limit)
            .into_tuple()
            .all(self.shop.db())
            .await?)
    }
}

/// Gives up one order whose time is over; `false` when it was paid or given up meanwhile.
pub(crate) async fn expire(shop: &Shop, id: OrderId) -> Result<bool, ShopError> {
    let mut change = Change::begin(shop, id, By::SYSTEM).await?;
    let is_over = change.order.reserved_until.is_some_and(|until| until < change.now);
    if change.order.status != OrderStatus::PendingPayment || !is_over {
        return Ok(false);
    }
    change.release(Step::Expire, "not paid in time").await?;
    change.commit().await?;
    Ok(true)
}
