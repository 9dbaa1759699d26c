//! Indexes for the figures that administrators look at.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The library's builder has no order among expressions and columns that both databases take.
const FREE_STOCK: &str = "CREATE INDEX variant_free_stock_idx ON variant ((stock_on_hand - stock_reserved), id)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (_, index) in indexes() {
            manager.create_index(index).await?;
        }
        manager.get_connection().execute_unprepared(FREE_STOCK).await?;
        // The new index over product and id begins with the same column.
        manager
            .drop_index(dropped("order_line", "order_line_product_id_idx"))
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_index(index("order_line", "order_line_product_id_idx", &["product_id"]))
            .await?;
        manager.drop_index(dropped("variant", "variant_free_stock_idx")).await?;
        for (table, index) in indexes() {
            let name = index.get_index_spec().get_name().unwrap_or_default();
            manager.drop_index(dropped(table, name)).await?;
        }
        Ok(())
    }
}

fn index(table: &str, name: &str, columns: &[&str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(Alias::new(table));
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}

fn dropped(table: &str, name: &str) -> IndexDropStatement {
    Index::drop().name(name).table(Alias::new(table)).to_owned()
}

fn indexes() -> Vec<(&'static str, IndexCreateStatement)> {
    let status = |is: &str| Expr::col(Alias::new("status")).eq(is);
    let mut failed = index("refund", "refund_failed_idx", &["order_id"]);
    failed.and_where(status("FAILED"));
    let mut mismatched = index("payment", "payment_mismatched_idx", &["order_id"]);
    mismatched.and_where(status("MISMATCHED"));
    vec![
        (
            "shop_order",
            index("shop_order", "shop_order_paid_at_idx", &["paid_at"]),
        ),
        (
            "order_line",
            index("order_line", "order_line_product_id_id_idx", &["product_id", "id"]),
        ),
        ("refund", index("refund", "refund_created_at_idx", &["created_at"])),
        (
            "user_account",
            index("user_account", "user_account_created_at_idx", &["created_at"]),
        ),
        ("refund", failed),
        ("payment", mismatched),
    ]
}
