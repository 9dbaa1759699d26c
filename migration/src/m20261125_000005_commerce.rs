//! Carts, orders, money and the ledger of stock.

mod orders;

use orders::{idempotency, order_event, order_line, payment, refund, shop_order, stock_movement, webhook_event};
use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Every table, in the order in which they need each other.
const TABLES: [&str; 15] = [
    "address",
    "coupon",
    "shipping_zone",
    "shipping_rate",
    "tax_rate",
    "cart",
    "cart_line",
    "shop_order",
    "order_line",
    "order_event",
    "payment",
    "refund",
    "webhook_event",
    "idempotency",
    "stock_movement",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            address(),
            coupon(),
            shipping_zone(),
            shipping_rate(),
            tax_rate(),
            cart(),
            cart_line(),
            shop_order(),
            order_line(),
            order_event(),
            payment(),
            refund(),
            webhook_event(),
            idempotency(),
            stock_movement(),
        ];
        for table in tables {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        opening_balance(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.into_iter().rev() {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        Ok(())
    }
}

/// The ledger begins with what is in the house.
async fn opening_balance(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let now = match manager.get_database_backend() {
        DbBackend::Sqlite => "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')",
        _ => "CURRENT_TIMESTAMP",
    };
    let sql = format!(
        "INSERT INTO stock_movement (variant_id, product_id, kind, on_hand_delta, reserved_delta, note, created_at) \
         SELECT id, product_id, 'OPENING', stock_on_hand, stock_reserved, '', {now} FROM variant \
         WHERE stock_on_hand <> 0 OR stock_reserved <> 0"
    );
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

fn name(text: &str) -> Alias {
    Alias::new(text)
}

fn column(text: &str) -> ColumnDef {
    ColumnDef::new(name(text))
}

fn id() -> ColumnDef {
    column("id").uuid().not_null().primary_key().to_owned()
}

fn uuid(text: &str) -> ColumnDef {
    column(text).uuid().not_null().to_owned()
}

fn text(column_name: &str, longest: u32) -> ColumnDef {
    column(column_name).string_len(longest).not_null().to_owned()
}

fn whole(text: &str) -> ColumnDef {
    column(text).integer().not_null().to_owned()
}

/// Minor units of a currency.
fn amount(text: &str) -> ColumnDef {
    column(text).big_integer().not_null().to_owned()
}

fn instant(text: &str) -> ColumnDef {
    column(text).timestamp_with_time_zone().not_null().to_owned()
}

fn maybe_instant(text: &str) -> ColumnDef {
    column(text).timestamp_with_time_zone().to_owned()
}

fn table(text: &str, columns: impl IntoIterator<Item = ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name(text));
    for mut column in columns {
        table.col(&mut column);
    }
    table
}

fn references(from: &str, column: &str, to: &str, on_delete: ForeignKeyAction) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{from}_{column}_fk"))
        .from(name(from), name(column))
        .to(name(to), name("id"))
        .on_delete(on_delete)
        .to_owned()
}

fn address() -> TableCreateStatement {
    let columns = [
        id(),
        uuid("user_id"),
        column("address").json_binary().not_null().to_owned(),
        column("is_default").boolean().not_null().to_owned(),
        instant("created_at"),
        instant("updated_at"),
    ];
    table("address", columns)
        .foreign_key(&mut references(
            "address",
            "user_id",
            "user_account",
            ForeignKeyAction::Cascade,
        ))
        .to_owned()
}

fn coupon() -> TableCreateStatement {
    let columns = [
        id(),
        text("code", 40),
        text("kind", 16),
        column("percent_bp").integer().to_owned(),
        column("amount").big_integer().to_owned(),
        column("minimum_amount").big_integer().to_owned(),
        maybe_instant("starts_at"),
        maybe_instant("ends_at"),
        column("usage_limit").integer().to_owned(),
        column("customer_limit").integer().to_owned(),
        whole("used_count").default(0).to_owned(),
        column("is_active").boolean().not_null().to_owned(),
        instant("created_at"),
        instant("updated_at"),
    ];
    table("coupon", columns)
        .check(Expr::col(name("kind")).is_in(["PERCENT", "FIXED", "FREE_SHIPPING"]))
        .check(Expr::col(name("used_count")).gte(0))
        .to_owned()
}

fn shipping_zone() -> TableCreateStatement {
    let columns = [
        id(),
        text("name", 100),
        column("countries").json_binary().not_null().to_owned(),
        whole("position"),
        instant("created_at"),
        instant("updated_at"),
    ];
    table("shipping_zone", columns)
}

fn shipping_rate() -> TableCreateStatement {
    let columns = [
        id(),
        uuid("zone_id"),
        text("name", 100),
        amount("price_amount"),
        column("free_over_amount").big_integer().to_owned(),
        column("min_days").integer().to_owned(),
        column("max_days").integer().to_owned(),
        column("is_active").boolean().not_null().to_owned(),
        whole("position"),
        instant("created_at"),
        instant("updated_at"),
    ];
    table("shipping_rate", columns)
        .check(Expr::col(name("price_amount")).gte(0))
        .foreign_key(&mut references(
            "shipping_rate",
            "zone_id",
            "shipping_zone",
            ForeignKeyAction::Cascade,
        ))
        .to_owned()
}

fn tax_rate() -> TableCreateStatement {
    let columns = [
        id(),
        column("country").string_len(2).to_owned(),
        column("category_id").uuid().to_owned(),
        whole("rate_bp"),
        instant("created_at"),
        instant("updated_at"),
    ];
    table("tax_rate", columns)
        .check(Expr::col(name("rate_bp")).between(0, 10_000))
        .foreign_key(&mut references(
            "tax_rate",
            "category_id",
            "category",
            ForeignKeyAction::Cascade,
        ))
        .to_owned()
}

fn cart() -> TableCreateStatement {
    let columns = [
        id(),
        column("user_id").uuid().to_owned(),
        column("email").string_len(254).to_owned(),
        column("shipping_address").json_binary().to_owned(),
        column("billing_address").json_binary().to_owned(),
        column("shipping_rate_id").uuid().to_owned(),
        column("coupon_code").string_len(40).to_owned(),
        amount("version"),
        instant("created_at"),
        instant("updated_at"),
    ];
    table("cart", columns)
        .foreign_key(&mut references(
            "cart",
            "user_id",
            "user_account",
            ForeignKeyAction::Cascade,
        ))
        .to_owned()
}

fn cart_line() -> TableCreateStatement {
    let columns = [
        // Variants have no foreign key here: one that is deleted is reported, not silently dropped.
        uuid("cart_id"),
        uuid("variant_id"),
        uuid("product_id"),
        text("product_name", 200),
        text("variant_title", 200),
        whole("quantity"),
        amount("seen_amount"),
        instant("added_at"),
        instant("updated_at"),
    ];
    table("cart_line", columns)
        .primary_key(Index::create().col(name("cart_id")).col(name("variant_id")))
        .check(Expr::col(name("quantity")).gt(0))
        .foreign_key(&mut references(
            "cart_line",
            "cart_id",
            "cart",
            ForeignKeyAction::Cascade,
        ))
        .to_owned()
}

fn indexes() -> Vec<IndexCreateStatement> {
    fn index(table: &str, columns: &[&str], ending: &str) -> IndexCreateStatement {
        let mut index = Index::create();
        index
            .name(format!("{table}_{}_{ending}", columns.join("_")))
            .table(name(table));
        for column in columns {
            index.col(name(column));
        }
        if ending == "key" {
            index.unique();
        }
        index
    }
    let mut pending = index("shop_order", &["reserved_until"], "idx");
    pending.and_where(Expr::col(name("status")).eq("PENDING_PAYMENT"));
    let mut unsent = index("refund", &["next_attempt_at"], "idx");
    unsent.and_where(Expr::col(name("status")).is_in(["PENDING", "SENT"]));
    vec![
        index("address", &["user_id"], "idx"),
        index("coupon", &["code"], "key"),
        index("shipping_rate", &["zone_id"], "idx"),
        index("tax_rate", &["country", "category_id"], "key"),
        index("cart", &["user_id"], "key"),
        index("cart", &["updated_at"], "idx"),
        index("shop_order", &["number"], "key"),
        index("shop_order", &["user_id", "placed_at"], "idx"),
        index("shop_order", &["placed_at"], "idx"),
        index("shop_order", &["status", "placed_at"], "idx"),
        index("shop_order", &["email"], "idx"),
        index("shop_order", &["coupon_id"], "idx"),
        pending,
        index("order_line", &["order_id"], "idx"),
        index("order_line", &["product_id"], "idx"),
        index("order_event", &["order_id"], "idx"),
        index("payment", &["order_id"], "idx"),
        index("payment", &["provider", "reference"], "key"),
        index("payment", &["provider", "capture"], "key"),
        index("refund", &["order_id"], "idx"),
        index("refund", &["payment_id"], "idx"),
        unsent,
        index("idempotency", &["created_at"], "idx"),
        index("stock_movement", &["variant_id"], "idx"),
        index("stock_movement", &["product_id"], "idx"),
        index("stock_movement", &["order_id"], "idx"),
    ]
}
