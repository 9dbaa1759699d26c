//! A change of one order under way: its row is locked, its events and stock movements are
//! collected and written together.

use super::{
    Actor, Letters, OrderEventKind, OrderStatus, letters,
    state::{self, Step},
};
use crate::{
    Shop, Viewer,
    checkout::give_coupon_back,
    db::begin_write,
    error::{ProblemCode, ShopError},
    mail::NewMail,
    outbox::{self, Aspect},
    stock::{self, Movement, MovementKind},
};
use chrono::{DateTime, Utc};
use entities::{
    id::{OrderId, ProductId, UserId},
    money::Money,
    order, order_event, order_line,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::Expr,
};
use std::collections::BTreeSet;

/// Who does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct By {
    pub(crate) actor: Actor,
    pub(crate) user: Option<UserId>,
}

impl By {
    pub(crate) const SYSTEM: Self = Self {
        actor: Actor::System,
        user: None,
    };
    pub(crate) const PROVIDER: Self = Self {
        actor: Actor::Provider,
        user: None,
    };

    /// Somebody who buys.
    pub(crate) fn customer(viewer: &Viewer) -> Self {
        match viewer.user() {
            Some(user) => Self {
                actor: Actor::Customer,
                user: Some(user.id),
            },
            None => Self {
                actor: Actor::Guest,
                user: None,
            },
        }
    }

    /// Somebody who runs the shop.
    pub(crate) fn staff(user: Option<UserId>) -> Self {
        Self {
            actor: Actor::Staff,
            user,
        }
    }
}

/// An order that is being changed.
pub(crate) struct Change<'a> {
    shop: &'a Shop,
    pub(crate) tx: DatabaseTransaction,
    pub(crate) now: DateTime<Utc>,
    pub(crate) by: By,
    /// As it is now; written back at the end.
    pub(crate) order: order::Model,
    before: order::Model,
    events: Vec<order_event::ActiveModel>,
    products: BTreeSet<ProductId>,
    letters: Vec<NewMail>,
}

impl<'a> Change<'a> {
    /// Locks an order.
    ///
    /// # Errors
    /// `NotFound`, `Internal`.
    pub(crate) async fn begin(shop: &'a Shop, id: OrderId, by: By) -> Result<Self, ShopError> {
        let now = shop.now();
        let tx = begin_write(shop.db()).await?;
        // The write locks the row; what is read after it holds until the end.
        order::Entity::update_many()
            .col_expr(order::Column::Version, Expr::col(order::Column::Version).add(1))
            .col_expr(order::Column::UpdatedAt, Expr::value(now))
            .filter(order::Column::Id.eq(id))
            .exec(&tx)
            .await?;
        let order = order::Entity::find_by_id(id)
            .one(&tx)
            .await?
            .ok_or(ShopError::NotFound)?;
        Ok(Self {
            shop,
            tx,
            now,
            by,
            before: order.clone(),
            order,
            events: Vec::new(),
            products: BTreeSet::new(),
            letters: Vec::new(),
        })
    }

    /// The lines, in order.
    pub(crate) async fn lines(&self) -> Result<Vec<order_line::Model>, ShopError> {
        Ok(order_line::Entity::find()
            .filter(order_line::Column::OrderId.eq(self.order.id))
            .order_by_asc(order_line::Column::Position)
            .all(&self.tx)
            .await?)
    }

    /// The shop.
    pub(crate) fn shop(&self) -> &'a Shop {
        self.shop
    }

    /// An amount as an event of this order shows it: one of another currency is told in words.
    pub(crate) fn own(&self, money: Money) -> Option<i64> {
        (money.currency.code() == self.order.currency).then_some(money.amount)
    }

    /// Has something mailed when this commits.
    pub(crate) fn mail(&mut self, letter: NewMail) {
        self.letters.push(letter);
    }

    /// Has it mailed that a step was taken.
    pub(crate) async fn tell(&mut self, step: Step) -> Result<(), ShopError> {
        let lines = if step == Step::Pay {
            self.lines().await?
        } else {
            Vec::new()
        };
        let letter = Letters::about(self.shop, &self.order).of_step(step, &lines);
        self.letters.extend(letter);
        Ok(())
    }

    /// Notes that something happened.
    pub(crate) fn event(&mut self, kind: OrderEventKind, amount: Option<i64>, note: &str) {
        self.moved(kind, None, amount, note);
    }

    fn moved(
        &mut self,
        kind: OrderEventKind,
        statuses: Option<(OrderStatus, OrderStatus)>,
        amount: Option<i64>,
        note: &str,
    ) {
        self.events.push(order_event::ActiveModel {
            id: NotSet,
            order_id: Set(self.order.id),
            kind: Set(kind),
            from_status: Set(statuses.map(|(from, _)| from)),
            to_status: Set(statuses.map(|(_, to)| to)),
            actor: Set(self.by.actor),
            actor_id: Set(self.by.user.map(|user| user.0)),
            amount: Set(amount),
            note: Set(note.to_owned()),
            created_at: Set(self.now),
        });
    }

    /// Moves the order on.
    ///
    /// # Errors
    /// `Invalid` with `IllegalState` where the step is not legal.
    pub(crate) fn step(&mut self, step: Step, note: &str) -> Result<(), ShopError> {
        let from = self.order.status;
        let Some(to) = state::after(from, step) else {
            let message = format!("not possible: the order is {}", state::words(from));
            return Err(ShopError::problem("id", ProblemCode::IllegalState, message));
        };
        self.order.status = to;
        let now = Some(self.now);
        let (kind, amount) = match step {
            Step::Pay => {
                self.order.paid_at = now;
                (OrderEventKind::Paid, Some(self.order.total_amount))
            }
            Step::Fulfil => {
                self.order.fulfilled_at = now;
                (OrderEventKind::Fulfilled, None)
            }
            Step::Deliver => {
                self.order.delivered_at = now;
                (OrderEventKind::Delivered, None)
            }
            Step::Cancel => {
                self.order.cancelled_at = now;
                (OrderEventKind::Cancelled, None)
            }
            Step::Expire => {
                self.order.cancelled_at = now;
                (OrderEventKind::Expired, None)
            }
            Step::RefundAll => (OrderEventKind::Refunded, Some(self.order.refunded_amount)),
        };
        if to != OrderStatus::PendingPayment {
            self.order.reserved_until = None;
        }
        self.moved(kind, Some((from, to)), amount, note);
        Ok(())
    }

    /// Moves pieces of lines: so many of each, in the house and promised. Pieces of a variant
    /// that is gone are moved nowhere. Tells how many pieces moved.
    pub(crate) async fn stock(
        &mut self,
        kind: MovementKind,
        lines: &[(order_line::Model, i32)],
        deltas: impl Fn(i32) -> (i32, i32),
    ) -> Result<i64, ShopError> {
        let moving: Vec<_> = lines.iter().filter(|(_, pieces)| *pieces > 0).collect();
        if moving.is_empty() {
            return Ok(0);
        }
        let products: BTreeSet<ProductId> = moving.iter().map(|(line, _)| line.product_id).collect();
        stock::lock_products(&self.tx, &products).await?;
        let mut movements = Vec::new();
        let mut moved = 0;
        let mut sorted = moving;
        sorted.sort_by_key(|(line, _)| line.variant_id);
        for (line, pieces) in sorted {
            let (on_hand, reserved) = deltas(*pieces);
            let movement = Movement {
                variant: line.variant_id,
                product: line.product_id,
                kind,
                on_hand,
                reserved,
                order: Some(self.order.id),
                actor: self.by.user,
                note: String::new(),
            };
            if movement.apply(&self.tx, self.now).await? {
                moved += i64::from(*pieces);
                movements.push(movement);
            } else {
                tracing::warn!(order = %self.order.id, variant = %line.variant_id, ?kind, "pieces could not be moved");
            }
        }
        stock::record(&self.tx, self.now, &movements).await?;
        self.products.extend(movements.iter().map(|movement| movement.product));
        Ok(moved)
    }

    /// The coupon may be used once more.
    pub(crate) async fn return_coupon(&self) -> Result<(), ShopError> {
        match self.order.coupon_id {
            Some(coupon) => give_coupon_back(&self.tx, coupon).await,
            None => Ok(()),
        }
    }

    /// Writes everything and commits.
    pub(crate) async fn commit(self) -> Result<(), ShopError> {
        let Self {
            shop,
            tx,
            now,
            order,
            before,
            events,
            products,
            letters: written,
            ..
        } = self;
        let id = order.id;
        if order != before {
            order.into_active_model().reset_all().update(&tx).await?;
        }
        if !events.is_empty() {
            order_event::Entity::insert_many(events)
                .exec_without_returning(&tx)
                .await?;
        }
        if !products.is_empty() {
            stock::raise_versions(&tx, now, &products).await?;
        }
        let has_letters = letters::post(shop, &tx, now, written).await?;
        let changes = products
            .iter()
            .copied()
            .map(|id| outbox::Change::Product(id, Aspect::Stock));
        outbox::append(&tx, now, changes.chain([outbox::Change::Order(id)])).await?;
        tx.commit().await?;
        if has_letters {
            shop.mail().wake();
        }
        shop.changed(&products.into_iter().collect::<Vec<_>>());
        Ok(())
    }
}
