//! Money that goes back. It is set aside in the order's transaction, so that it goes back
//! once, whoever asks and however often; the provider is asked afterwards
//! ([`crate::payments`]), again and again under one key until it answers.

use super::{Change, Letters, OrderEventKind, OrderStatus, state::Step, view::money_of};
use crate::{
    error::{ProblemCode, ShopError},
    pricing::part_of_line,
    stock::MovementKind,
    text::Checks,
};
use entities::{
    Currency,
    id::{OrderLineId, RefundId},
    money::Money,
    order, order_line,
    payment::{self, PaymentStatus},
    refund::{self, RefundStatus},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    sea_query::Expr,
};
use std::collections::HashMap;

const TOO_MUCH: &str = "more than is left of what was paid";

/// So many pieces of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundLine {
    /// Which line.
    pub line: OrderLineId,
    /// How many of its pieces.
    pub quantity: i32,
}

/// What shall go back. With neither lines nor an amount: everything that is left.
#[derive(Clone, Debug, Default)]
pub struct RefundOrder {
    /// Pieces, for what they were sold.
    pub lines: Vec<RefundLine>,
    /// Shipping, with lines or alone; once.
    pub shipping: bool,
    /// An exact decimal in the order's currency, such as `89.99`, instead of lines.
    pub amount: Option<String>,
    /// Whether the pieces go back into stock.
    pub restock: bool,
    /// Why.
    pub reason: String,
}

/// What of an order's money could still go back.
pub(crate) fn owed_back(order: &order::Model) -> i64 {
    if order.paid_at.is_some() {
        order.total_amount - order.refunded_amount
    } else {
        0
    }
}

/// Sets money aside to go back, and puts pieces back into stock if wanted.
pub(crate) async fn start_refund(change: &mut Change<'_>, wanted: &RefundOrder) -> Result<(), ShopError> {
    let left = owed_back(&change.order);
    let lines = change.lines().await?;
    let is_everything = wanted.lines.is_empty() && wanted.amount.is_none() && !wanted.shipping;
    let (amount, portions) = if is_everything {
        let all = lines.into_iter().map(|line| {
            let rest = line.quantity - line.refunded_quantity;
            (line, rest)
        });
        (left, all.collect())
    } else {
        portions(lines, wanted, &change.order)?
    };
    for (line, pieces) in portions.iter().filter(|(_, pieces)| *pieces > 0) {
        let row = order_line::ActiveModel {
            id: Unchanged(line.id),
            refunded_quantity: Set(line.refunded_quantity + pieces),
            ..Default::default()
        };
        row.update(&change.tx).await?;
    }
    change.order.is_shipping_refunded |= wanted.shipping || is_everything;
    if wanted.restock {
        restock(change, &portions).await?;
    }
    if amount > 0 {
        set_aside(change, amount, &wanted.reason).await?;
    }
    Ok(())
}

/// The amount that lines or a plain amount come to, with the lines' pieces.
fn portions(
    lines: Vec<order_line::Model>,
    wanted: &RefundOrder,
    order: &order::Model,
) -> Result<(i64, Vec<(order_line::Model, i32)>), ShopError> {
    let (mut checks, left) = (Checks::default(), owed_back(order));
    if wanted.shipping && (wanted.amount.is_some() || order.is_shipping_refunded) {
        let message = "shipping goes back once, with lines or alone";
        checks.fail("shipping", ProblemCode::Invalid, message);
    }
    if !wanted.lines.is_empty() && wanted.amount.is_some() {
        checks.fail("amount", ProblemCode::Invalid, "name lines or an amount, not both");
    }
    let mut rows: HashMap<OrderLineId, order_line::Model> = lines.into_iter().map(|line| (line.id, line)).collect();
    let currency = money_of(order, 0).currency;
    let mut amount = asked_amount(&mut checks, wanted.amount.as_deref(), currency, left).unwrap_or(0);
    let mut portions = Vec::new();
    for (place, part) in wanted.lines.iter().enumerate() {
        // Taken out, so that a line that is named twice is not found again.
        let Some(row) = rows.remove(&part.line) else {
            checks.fail(
                &format!("lines.{place}.id"),
                ProblemCode::NotFound,
                "no such line in this order",
            );
            continue;
        };
        let rest = row.quantity - row.refunded_quantity;
        if !(1..=rest).contains(&part.quantity) {
            let message = format!("{rest} pieces of it are left");
            checks.fail(&format!("lines.{place}.quantity"), ProblemCode::OutOfRange, message);
            continue;
        }
        let count = |pieces: i32| pieces.unsigned_abs();
        amount += part_of_line(
            row.total_amount,
            count(row.quantity),
            count(row.refunded_quantity),
            count(part.quantity),
        );
        portions.push((row, part.quantity));
    }
    if wanted.shipping {
        amount += order.shipping_amount;
    }
    if wanted.amount.is_none() && amount > left {
        let place = if wanted.lines.is_empty() { "shipping" } else { "lines" };
        checks.fail(place, ProblemCode::OutOfRange, TOO_MUCH);
    }
    checks.done()?;
    Ok((amount, portions))
}

/// What a decimal comes to, if it is an amount that could still go back.
pub(crate) fn asked_amount(checks: &mut Checks, text: Option<&str>, currency: Currency, left: i64) -> Option<i64> {
    match Money::parse(text?, currency) {
        Err(error) => checks.fail("amount", ProblemCode::Invalid, error),
        Ok(asked) if asked.amount <= 0 => {
            checks.fail("amount", ProblemCode::OutOfRange, "must be more than nothing");
        }
        Ok(asked) if asked.amount > left => checks.fail("amount", ProblemCode::OutOfRange, TOO_MUCH),
        Ok(asked) => return Some(asked.amount),
    }
    None
}

async fn restock(change: &mut Change<'_>, portions: &[(order_line::Model, i32)]) -> Result<(), ShopError> {
    let pieces = change
        .stock(MovementKind::Returned, portions, |pieces| (pieces, 0))
        .await?;
    for (line, pieces) in portions.iter().filter(|(_, pieces)| *pieces > 0) {
        let row = order_line::ActiveModel {
            id: Unchanged(line.id),
            restocked_quantity: Set(line.restocked_quantity + pieces),
            ..Default::default()
        };
        row.update(&change.tx).await?;
    }
    if pieces > 0 {
        change.event(OrderEventKind::Restocked, None, &format!("{pieces} pieces"));
    }
    Ok(())
}

/// Takes the amount out of what was captured, oldest payment first, one refund each.
async fn set_aside(change: &mut Change<'_>, amount: i64, reason: &str) -> Result<(), ShopError> {
    let captured = payment::Entity::find()
        .filter(payment::Column::OrderId.eq(change.order.id))
        .filter(payment::Column::Status.eq(PaymentStatus::Captured))
        .order_by_asc(payment::Column::Id)
        .all(&change.tx)
        .await?;
    let mut rest = amount;
    for payment in captured {
        let part = Ord::min(rest, payment.amount - payment.refunded_amount);
        if part > 0 {
            refund_payment(change, &payment, part, reason).await?;
            rest -= part;
        }
    }
    if rest > 0 {
        return Err(ShopError::internal("an order's money is not in its payments"));
    }
    change.order.refunded_amount += amount;
    Ok(())
}

/// Counts an amount as gone back from a payment; `false` when that much is not left of it.
async fn set_off(change: &Change<'_>, payment: &payment::Model, amount: i64) -> Result<bool, ShopError> {
    let taken = payment::Entity::update_many()
        .col_expr(
            payment::Column::RefundedAmount,
            Expr::col(payment::Column::RefundedAmount).add(amount),
        )
        .col_expr(payment::Column::UpdatedAt, Expr::value(change.now))
        .filter(payment::Column::Id.eq(payment.id))
        .filter(
            Expr::col(payment::Column::RefundedAmount)
                .add(amount)
                .lte(Expr::col(payment::Column::Amount)),
        )
        .exec(&change.tx)
        .await?;
    Ok(taken.rows_affected > 0)
}

/// Counts money that went back without our doing, from its payment and, if that paid the
/// order, from the order; `false` when that much is not left.
pub(crate) async fn take_back(
    change: &mut Change<'_>,
    payment: &payment::Model,
    amount: i64,
) -> Result<bool, ShopError> {
    let is_of_order = payment.status == PaymentStatus::Captured;
    if (is_of_order && amount > owed_back(&change.order)) || !set_off(change, payment, amount).await? {
        return Ok(false);
    }
    if is_of_order {
        change.order.refunded_amount += amount;
    }
    Ok(true)
}

/// One refund out of one payment.
pub(crate) async fn refund_payment(
    change: &mut Change<'_>,
    payment: &payment::Model,
    amount: i64,
    reason: &str,
) -> Result<(), ShopError> {
    if !set_off(change, payment, amount).await? {
        return Err(ShopError::internal("more is refunded than was paid"));
    }
    let row = refund::ActiveModel {
        id: Set(RefundId::generate()),
        order_id: Set(change.order.id),
        payment_id: Set(payment.id),
        reference: Set(None),
        status: Set(RefundStatus::Pending),
        amount: Set(amount),
        reason: Set(reason.chars().take(500).collect()),
        problem: Set(String::new()),
        attempts: Set(0),
        next_attempt_at: Set(change.now),
        acknowledged_at: Set(None),
        created_at: Set(change.now),
        updated_at: Set(change.now),
    };
    refund::Entity::insert(row).exec_without_returning(&change.tx).await?;
    let amount = change.own(in_currency_of(payment, amount)?);
    change.event(OrderEventKind::RefundStarted, amount, reason);
    Ok(())
}

/// How a refund ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ending<'a> {
    /// The money is back, with a note about it.
    Done(&'a str),
    /// The provider says that it did not go back, or came back since: a closed account.
    Failed(&'a str),
    /// It is asked for no longer.
    GivenUp(&'a str),
}

/// A refund came to its end: the order follows. One that was done may fail afterwards, if its
/// provider says so; one that failed stays so.
pub(crate) async fn settle(change: &mut Change<'_>, row: &refund::Model, ending: Ending<'_>) -> Result<(), ShopError> {
    let (status, problem) = match ending {
        Ending::Done(_) => (RefundStatus::Done, ""),
        Ending::Failed(problem) | Ending::GivenUp(problem) => (RefundStatus::Failed, problem),
    };
    let mut open = vec![RefundStatus::Pending, RefundStatus::Sent];
    if matches!(ending, Ending::Failed(_)) {
        open.push(RefundStatus::Done);
    }
    let settled = refund::Entity::update_many()
        .col_expr(refund::Column::Status, Expr::value(status))
        .col_expr(refund::Column::Problem, Expr::value(problem))
        .col_expr(refund::Column::UpdatedAt, Expr::value(change.now))
        .filter(refund::Column::Id.eq(row.id))
        .filter(refund::Column::Status.is_in(open))
        .exec(&change.tx)
        .await?;
    if settled.rows_affected == 0 {
        // Another one settled it.
        return Ok(());
    }
    let payment = payment::Entity::find_by_id(row.payment_id).one(&change.tx).await?;
    let payment = payment.ok_or_else(|| ShopError::internal("a refund is of a payment"))?;
    // One that came too late or twice did not pay the order.
    let is_of_order = payment.status == PaymentStatus::Captured;
    let amount = in_currency_of(&payment, row.amount)?;
    match ending {
        Ending::Done(note) => done(change, amount, note, is_of_order).await,
        Ending::Failed(problem) | Ending::GivenUp(problem) => failed(change, row, problem, is_of_order, amount).await,
    }
}

async fn failed(
    change: &mut Change<'_>,
    row: &refund::Model,
    problem: &str,
    is_of_order: bool,
    amount: Money,
) -> Result<(), ShopError> {
    payment::Entity::update_many()
        .col_expr(
            payment::Column::RefundedAmount,
            Expr::col(payment::Column::RefundedAmount).sub(row.amount),
        )
        .filter(payment::Column::Id.eq(row.payment_id))
        .exec(&change.tx)
        .await?;
    if is_of_order {
        change.order.refunded_amount -= row.amount;
    }
    change.event(OrderEventKind::RefundFailed, change.own(amount), problem);
    Ok(())
}

pub(crate) async fn done(
    change: &mut Change<'_>,
    amount: Money,
    note: &str,
    is_of_order: bool,
) -> Result<(), ShopError> {
    change.event(OrderEventKind::Refunded, change.own(amount), note);
    let letter = Letters::about(change.shop(), &change.order).refunded(amount);
    change.mail(letter);
    // What came too late or twice goes back apart.
    let open = refund::Entity::find()
        .inner_join(payment::Entity)
        .filter(payment::Column::Status.eq(PaymentStatus::Captured))
        .filter(refund::Column::OrderId.eq(change.order.id))
        .filter(refund::Column::Status.is_in([RefundStatus::Pending, RefundStatus::Sent]))
        .one(&change.tx)
        .await?;
    let is_all_back = open.is_none() && change.order.refunded_amount == change.order.total_amount;
    let has_money = !matches!(
        change.order.status,
        OrderStatus::Cancelled | OrderStatus::PendingPayment | OrderStatus::Refunded
    );
    if is_of_order && is_all_back && has_money {
        change.step(Step::RefundAll, "")?;
    }
    Ok(())
}

/// An amount of a payment.
pub(crate) fn in_currency_of(payment: &payment::Model, amount: i64) -> Result<Money, ShopError> {
    let currency = Currency::from_code(&payment.currency);
    let currency = currency.ok_or_else(|| ShopError::internal("a payment has a currency"))?;
    Ok(Money::new(amount, currency))
}
