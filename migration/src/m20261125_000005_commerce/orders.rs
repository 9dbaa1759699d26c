//! Orders, their money, and the ledger of stock.

use super::{amount, column, id, instant, maybe_instant, name, references, table, text, uuid, whole};
use sea_orm_migration::prelude::*;

pub(super) fn shop_order() -> TableCreateStatement {
    let columns = [
        id(),
        text("number", 16),
        column("user_id").uuid().to_owned(),
        text("email", 254),
        text("status", 16),
        text("currency", 3),
        amount("subtotal_amount"),
        amount("discount_amount"),
        amount("shipping_amount"),
        amount("tax_amount"),
        amount("total_amount"),
        amount("refunded_amount").default(0).to_owned(),
        column("is_shipping_refunded")
            .boolean()
            .not_null()
            .default(false)
            .to_owned(),
        column("has_tax_included").boolean().not_null().to_owned(),
        whole("shipping_tax_bp"),
        column("coupon_id").uuid().to_owned(),
        column("coupon_code").string_len(40).to_owned(),
        column("shipping_address").json_binary().not_null().to_owned(),
        column("billing_address").json_binary().not_null().to_owned(),
        text("shipping_name", 100),
        text("tracking", 200).default("").to_owned(),
        maybe_instant("reserved_until"),
        instant("placed_at"),
        maybe_instant("paid_at"),
        maybe_instant("fulfilled_at"),
        maybe_instant("delivered_at"),
        maybe_instant("cancelled_at"),
        amount("version"),
        instant("updated_at"),
    ];
    table("shop_order", columns)
        .check(Expr::col(name("status")).is_in([
            "PENDING_PAYMENT",
            "PAID",
            "FULFILLED",
            "DELIVERED",
            "CANCELLED",
            "REFUNDED",
        ]))
        .check(Expr::col(name("total_amount")).gte(0))
        .check(Expr::col(name("refunded_amount")).gte(0))
        .check(Expr::col(name("refunded_amount")).lte(Expr::col(name("total_amount"))))
        .foreign_key(&mut references(
            "shop_order",
            "user_id",
            "user_account",
            ForeignKeyAction::SetNull,
        ))
        .to_owned()
}

pub(super) fn order_line() -> TableCreateStatement {
    let columns = [
        id(),
        uuid("order_id"),
        whole("position"),
        uuid("variant_id"),
        uuid("product_id"),
        text("product_name", 200),
        text("variant_title", 200),
        text("sku", 128),
        whole("quantity"),
        amount("unit_amount"),
        amount("subtotal_amount"),
        amount("discount_amount"),
        whole("tax_bp"),
        amount("tax_amount"),
        amount("total_amount"),
        whole("refunded_quantity").default(0).to_owned(),
        whole("restocked_quantity").default(0).to_owned(),
    ];
    table("order_line", columns)
        .check(Expr::col(name("quantity")).gt(0))
        .check(Expr::col(name("refunded_quantity")).gte(0))
        .check(Expr::col(name("refunded_quantity")).lte(Expr::col(name("quantity"))))
        .check(Expr::col(name("restocked_quantity")).lte(Expr::col(name("quantity"))))
        .foreign_key(&mut references(
            "order_line",
            "order_id",
            "shop_order",
            ForeignKeyAction::Cascade,
        ))
        .to_owned()
}

pub(super) fn order_event() -> TableCreateStatement {
    let columns = [
        column("id")
            .big_integer()
            .not_null()
            .auto_increment()
            .primary_key()
            .to_owned(),
        uuid("order_id"),
        text("kind", 32),
        column("from_status").string_len(16).to_owned(),
        column("to_status").string_len(16).to_owned(),
        text("actor", 16),
        column("actor_id").uuid().to_owned(),
        column("amount").big_integer().to_owned(),
        text("note", 1_000),
        instant("created_at"),
    ];
    table("order_event", columns)
        .foreign_key(&mut references(
            "order_event",
            "order_id",
            "shop_order",
            ForeignKeyAction::Cascade,
        ))
        .to_owned()
}

pub(super) fn payment() -> TableCreateStatement {
    let columns = [
        id(),
        uuid("order_id"),
        text("provider", 16),
        column("reference").string_len(200).to_owned(),
        column("capture").string_len(200).to_owned(),
        text("status", 16),
        amount("amount"),
        text("currency", 3),
        amount("refunded_amount").default(0).to_owned(),
        text("problem", 500).default("").to_owned(),
        instant("created_at"),
        instant("updated_at"),
    ];
    table("payment", columns)
        .check(Expr::col(name("status")).is_in([
            "CREATED",
            "PROCESSING",
            "CAPTURED",
            "FAILED",
            "CANCELLED",
            "MISMATCHED",
        ]))
        .check(Expr::col(name("refunded_amount")).gte(0))
        .check(Expr::col(name("refunded_amount")).lte(Expr::col(name("amount"))))
        .foreign_key(&mut references(
            "payment",
            "order_id",
            "shop_order",
            ForeignKeyAction::Cascade,
        ))
        .to_owned()
}

pub(super) fn refund() -> TableCreateStatement {
    let columns = [
        id(),
        uuid("order_id"),
        uuid("payment_id"),
        column("reference").string_len(200).to_owned(),
        text("status", 16),
        amount("amount"),
        text("reason", 500).default("").to_owned(),
        text("problem", 500).default("").to_owned(),
        whole("attempts").default(0).to_owned(),
        instant("next_attempt_at"),
        instant("created_at"),
        instant("updated_at"),
    ];
    table("refund", columns)
        .check(Expr::col(name("status")).is_in(["PENDING", "SENT", "DONE", "FAILED"]))
        .check(Expr::col(name("amount")).gt(0))
        .foreign_key(&mut references(
            "refund",
            "order_id",
            "shop_order",
            ForeignKeyAction::Cascade,
        ))
        .foreign_key(&mut references(
            "refund",
            "payment_id",
            "payment",
            ForeignKeyAction::Cascade,
        ))
        .to_owned()
}

pub(super) fn webhook_event() -> TableCreateStatement {
    let columns = [
        text("provider", 16),
        text("event_id", 200),
        text("kind", 100),
        instant("received_at"),
    ];
    table("webhook_event", columns)
        .primary_key(Index::create().col(name("provider")).col(name("event_id")))
        .to_owned()
}

pub(super) fn idempotency() -> TableCreateStatement {
    let columns = [
        text("scope", 80),
        text("key", 100),
        text("request_hash", 64),
        column("result_id").uuid().to_owned(),
        instant("created_at"),
    ];
    table("idempotency", columns)
        .primary_key(Index::create().col(name("scope")).col(name("key")))
        .to_owned()
}

pub(super) fn stock_movement() -> TableCreateStatement {
    let columns = [
        column("id")
            .big_integer()
            .not_null()
            .auto_increment()
            .primary_key()
            .to_owned(),
        uuid("variant_id"),
        uuid("product_id"),
        text("kind", 16),
        whole("on_hand_delta"),
        whole("reserved_delta"),
        column("order_id").uuid().to_owned(),
        column("actor_id").uuid().to_owned(),
        text("note", 500),
        instant("created_at"),
    ];
    table("stock_movement", columns)
        .check(Expr::col(name("kind")).is_in([
            "OPENING", "RECEIVED", "ADJUSTED", "RESERVED", "RELEASED", "SOLD", "RETURNED",
        ]))
        .to_owned()
}
