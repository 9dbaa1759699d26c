//! Placing an order: one transaction that looks at everything again, reserves the stock,
//! keeps names and prices as they are, and empties the cart. It either happens whole or
//! not at all, and once for each idempotency key.

use super::{Actor, By, Letters, OrderEventKind, OrderStatus, OrderView, Orders, letters, number, state::Step};
use crate::{
    Viewer,
    cart::{self, CartKey, CartLine, CartView, LineProblem},
    checkout::{Customer, take_coupon},
    db::begin_write,
    error::{OnConstraint, ProblemCode, ShopError},
    events,
    idempotency::{Claim, IdempotencyKey},
    outbox::{self, Aspect},
    stock::{self, Movement, MovementKind},
    text::Checks,
};
use chrono::{DateTime, Utc};
use entities::{
    cart as cart_row, cart_line,
    id::{OrderId, OrderLineId, ProductId, VisitorId},
    order, order_event, order_line, user_account,
};
use sea_orm::{
    ActiveValue::NotSet, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QuerySelect, sea_query::Expr,
};
use std::{collections::BTreeSet, net::IpAddr};

/// What a customer agrees to.
#[derive(Clone, Debug)]
pub struct PlaceOrder {
    /// The cart's fingerprint as they saw it.
    pub quote: String,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// Who looked around before, if it is a guest's.
    pub visitor: Option<VisitorId>,
}

impl Orders<'_> {
    /// Places the cart as an order. The same key again gives the same order.
    ///
    /// # Errors
    /// `Invalid` with everything that stands in the way: lines that cannot be bought, a quote
    /// that changed, a missing address. `KeyReused` for a key that was used for another quote,
    /// `RateLimited` for an address that places many. Nothing is changed then.
    pub async fn place(
        &self,
        viewer: &Viewer,
        key: CartKey,
        place: &PlaceOrder,
        idempotency: &IdempotencyKey,
    ) -> Result<OrderView, ShopError> {
        let owner = key.user().map(|user| user.0).or(key.guest().map(|cart| cart.0));
        let Some(owner) = owner else {
            return Err(ShopError::problem("quote", ProblemCode::Required, "the cart is empty"));
        };
        let claim = Claim {
            operation: "order.place",
            owner,
            key: idempotency,
            input: place.quote.clone(),
        };
        let now = self.shop.now();
        let tx = begin_write(self.shop.db()).await?;
        if let Some(id) = claim.take(&tx, now).await? {
            tx.rollback().await?;
            return self.load(OrderId(id)).await;
        }
        let id = OrderId::generate();
        let placing = Placing {
            orders: self,
            tx: &tx,
            now,
            by: By::customer(viewer),
            id,
        };
        let (products, placed) = placing.run(key, place).await?;
        // Last: what is refused anyway and what is repeated does not count.
        self.shop.paces().orders.take(place.address)?;
        claim.settle(&tx, id.0).await?;
        tx.commit().await?;
        self.shop.changed(&products.into_iter().collect::<Vec<_>>());
        self.shop.mail().wake();
        Ok(placed)
    }
}

struct Placing<'a> {
    orders: &'a Orders<'a>,
    tx: &'a DatabaseTransaction,
    now: DateTime<Utc>,
    by: By,
    id: OrderId,
}

impl Placing<'_> {
    async fn run(&self, key: CartKey, place: &PlaceOrder) -> Result<(BTreeSet<ProductId>, OrderView), ShopError> {
        let (view, products) = self.lock(key).await?;
        let email = self.email(&view).await?;
        judge(&view, email.as_deref(), place)?;
        let email = email.unwrap_or_default();
        self.reserve(&view).await?;
        if let Some(coupon) = view.applied_coupon() {
            let customer = Customer {
                user: view.user,
                email: &email,
            };
            let taken = take_coupon(self.tx, coupon, customer).await?;
            taken.map_err(|problem| problem.at("quote", view.currency))?;
        }
        let visitor = place.visitor.filter(|_| view.user.is_none());
        let placed = self.insert(&view, email, visitor).await?;
        self.empty(&view).await?;
        stock::raise_versions(self.tx, self.now, &products).await?;
        let changes = products
            .iter()
            .copied()
            .map(|id| outbox::Change::Product(id, Aspect::Stock));
        outbox::append(self.tx, self.now, changes.chain([outbox::Change::Order(self.id)])).await?;
        Ok((products, placed))
    }

    /// Locks the cart, then its products in the order of their ids, then looks at it.
    async fn lock(&self, key: CartKey) -> Result<(CartView, BTreeSet<ProductId>), ShopError> {
        let empty = || ShopError::problem("quote", ProblemCode::Required, "the cart is empty");
        let which = cart::which(key).ok_or_else(empty)?;
        let row = which.lock_exclusive().one(self.tx).await?.ok_or_else(empty)?;
        let lines = cart::lines(self.tx, row.id).await?;
        let products: BTreeSet<ProductId> = lines.iter().map(|line| line.product_id).collect();
        if products.is_empty() {
            return Err(empty());
        }
        stock::lock_products(self.tx, &products).await?;
        let view = cart::look(self.tx, self.orders.shop, row, lines).await?;
        Ok((view, products))
    }

    /// A user's own address, else the guest's.
    async fn email(&self, view: &CartView) -> Result<Option<String>, ShopError> {
        let Some(user) = view.user else {
            return Ok(view.email.clone());
        };
        let row = user_account::Entity::find_by_id(user).one(self.tx).await?;
        let row = row.filter(|row| row.disabled_at.is_none());
        Ok(Some(row.ok_or(ShopError::Unauthenticated)?.email))
    }

    /// Promises the pieces, in the order of the variants' ids.
    async fn reserve(&self, view: &CartView) -> Result<(), ShopError> {
        let mut lines: Vec<(usize, &CartLine)> = view.lines.iter().enumerate().collect();
        lines.sort_by_key(|(_, line)| line.variant);
        let mut checks = Checks::default();
        let mut movements = Vec::with_capacity(lines.len());
        for (place, line) in lines {
            let movement = Movement {
                variant: line.variant,
                product: line.product,
                kind: MovementKind::Reserved,
                on_hand: 0,
                reserved: line.quantity,
                order: Some(self.id),
                actor: self.by.user,
                note: String::new(),
            };
            if movement.apply(self.tx, self.now).await? {
                movements.push(movement);
            } else {
                let available = stock::available(self.tx, line.variant).await?;
                short(&mut checks, place, available);
            }
        }
        checks.done()?;
        if view.priced.total == 0 {
            // Nothing to wait for: promised and sold at once.
            let sold = sell(movements.clone());
            for movement in &sold {
                movement.apply(self.tx, self.now).await?;
            }
            movements.extend(sold);
        }
        stock::record(self.tx, self.now, &movements).await
    }

    /// Writes the order and gives it as it was written.
    async fn insert(
        &self,
        view: &CartView,
        email: String,
        visitor_id: Option<VisitorId>,
    ) -> Result<OrderView, ShopError> {
        let is_paid = view.priced.total == 0;
        let status = if is_paid {
            OrderStatus::Paid
        } else {
            OrderStatus::PendingPayment
        };
        let shipping_address = view.shipping_address.clone().ok_or(ShopError::NotFound)?;
        let coupon = view.applied_coupon();
        let order = order::Model {
            id: self.id,
            number: number::generate(),
            user_id: view.user,
            visitor_id,
            email,
            status,
            currency: view.currency.code().to_owned(),
            subtotal_amount: view.priced.subtotal,
            discount_amount: view.priced.discount,
            shipping_amount: view.priced.shipping.total,
            tax_amount: view.priced.tax,
            total_amount: view.priced.total,
            refunded_amount: 0,
            is_shipping_refunded: false,
            has_tax_included: view.is_tax_included,
            shipping_tax_bp: view.shipping_tax.get(),
            coupon_id: coupon.map(|coupon| coupon.id),
            coupon_code: coupon.map(|coupon| coupon.code.clone()),
            billing_address: view.billing_address.clone().unwrap_or_else(|| shipping_address.clone()),
            shipping_address,
            shipping_name: view
                .shipping
                .as_ref()
                .map(|method| method.name.clone())
                .unwrap_or_default(),
            tracking: String::new(),
            reserved_until: (!is_paid).then(|| self.now + self.orders.shop.commerce().hold),
            placed_at: self.now,
            paid_at: is_paid.then_some(self.now),
            fulfilled_at: None,
            delivered_at: None,
            cancelled_at: None,
            version: 1,
            updated_at: self.now,
        };
        let lines = view.lines.iter().zip(0..);
        let lines: Vec<_> = lines.filter_map(|(line, place)| self.line(line, place)).collect();
        let mut history = vec![self.event(OrderEventKind::Placed, None, OrderStatus::PendingPayment, self.by)];
        if is_paid {
            let before = Some(OrderStatus::PendingPayment);
            history.push(self.event(OrderEventKind::Paid, before, status, By::SYSTEM));
        }
        let placed = OrderView {
            order,
            lines,
            events: history,
            payments: Vec::new(),
            refunds: Vec::new(),
        };
        self.write(&placed).await?;
        if is_paid {
            let shop = self.orders.shop;
            // On the heap: the futures of placing are large as they are.
            Box::pin(events::bought(shop, self.tx, self.now, &placed.order, &placed.lines)).await?;
            let letter = Letters::about(shop, &placed.order).of_step(Step::Pay, &placed.lines);
            letters::post(shop, self.tx, self.now, letter.into_iter().collect()).await?;
        }
        Ok(placed)
    }

    async fn write(&self, placed: &OrderView) -> Result<(), ShopError> {
        order::Entity::insert(placed.order.clone().into_active_model())
            .exec_without_returning(self.tx)
            .await
            // One in 34 thousand million; the client's next try gets another.
            .on_constraint("shop_order_number_key", || ShopError::Busy)?;
        let lines = placed.lines.iter().cloned().map(IntoActiveModel::into_active_model);
        order_line::Entity::insert_many(lines)
            .exec_without_returning(self.tx)
            .await?;
        let events = placed.events.iter().cloned().map(|event| order_event::ActiveModel {
            id: NotSet,
            ..event.into_active_model()
        });
        order_event::Entity::insert_many(events)
            .exec_without_returning(self.tx)
            .await?;
        Ok(())
    }

    /// Only lines that can be bought got here.
    fn line(&self, line: &CartLine, place: i32) -> Option<order_line::Model> {
        let (unit, priced) = (line.unit?, line.priced?);
        Some(order_line::Model {
            id: OrderLineId::generate(),
            order_id: self.id,
            position: place,
            variant_id: line.variant,
            product_id: line.product,
            product_name: line.product_name.clone(),
            variant_title: line.variant_title.clone(),
            sku: line.sku.clone(),
            quantity: line.quantity,
            unit_amount: unit,
            subtotal_amount: priced.subtotal,
            discount_amount: priced.discount,
            tax_bp: line.tax.get(),
            tax_amount: priced.tax,
            total_amount: priced.total,
            refunded_quantity: 0,
            restocked_quantity: 0,
            found_by: line.found_by.clone(),
        })
    }

    fn event(&self, kind: OrderEventKind, from: Option<OrderStatus>, to: OrderStatus, by: By) -> order_event::Model {
        let user = if by.actor == Actor::System { None } else { by.user };
        order_event::Model {
            id: 0,
            order_id: self.id,
            kind,
            from_status: from,
            to_status: Some(to),
            actor: by.actor,
            actor_id: user.map(|user| user.0),
            amount: None,
            note: String::new(),
            created_at: self.now,
        }
    }

    /// The cart stays, empty, with its addresses, for the next time.
    async fn empty(&self, view: &CartView) -> Result<(), ShopError> {
        cart_line::Entity::delete_many()
            .filter(cart_line::Column::CartId.eq(view.id))
            .exec(self.tx)
            .await?;
        cart_row::Entity::update_many()
            .col_expr(cart_row::Column::CouponCode, Expr::value(Option::<String>::None))
            .col_expr(cart_row::Column::Version, Expr::col(cart_row::Column::Version).add(1))
            .col_expr(cart_row::Column::UpdatedAt, Expr::value(self.now))
            .filter(cart_row::Column::Id.eq(view.id))
            .exec(self.tx)
            .await?;
        Ok(())
    }
}

/// The same pieces, sold.
fn sell(reserved: Vec<Movement>) -> Vec<Movement> {
    let sold = reserved.into_iter().map(|movement| Movement {
        kind: MovementKind::Sold,
        on_hand: -movement.reserved,
        reserved: -movement.reserved,
        ..movement
    });
    sold.collect()
}

fn short(checks: &mut Checks, place: usize, available: i32) {
    let message = format!("{available} are available");
    checks.fail(
        &format!("cart.lines.{place}.quantity"),
        ProblemCode::InsufficientStock { available },
        message,
    );
}

/// Everything that stands in the way, at once.
fn judge(view: &CartView, email: Option<&str>, place: &PlaceOrder) -> Result<(), ShopError> {
    let mut checks = Checks::default();
    for (number, line) in view.lines.iter().enumerate() {
        for problem in &line.problems {
            match *problem {
                LineProblem::Unavailable => {
                    let path = format!("cart.lines.{number}");
                    checks.fail(&path, ProblemCode::Unavailable, "it cannot be bought any more");
                }
                LineProblem::InsufficientStock { available } => short(&mut checks, number, available),
                LineProblem::PriceChanged { .. } => {}
            }
        }
    }
    if email.is_none() {
        checks.fail("cart.email", ProblemCode::Required, "say where news of the order goes");
    }
    if view.shipping_address.is_none() {
        checks.fail("cart.shippingAddress", ProblemCode::Required, "say where it goes");
    } else if view.shipping.is_none() {
        checks.fail(
            "cart.shippingMethod",
            ProblemCode::NotFound,
            "nothing is shipped to this country",
        );
    }
    checks.done()?;
    if let Some(problem) = view.coupon.as_ref().and_then(|typed| typed.problem) {
        return Err(problem.at("cart.coupon", view.currency));
    }
    if view.fingerprint != place.quote {
        let message = "prices or terms changed since: read the cart again";
        return Err(ShopError::problem("quote", ProblemCode::QuoteChanged, message));
    }
    Ok(())
}
