//! When somebody took care of a refund that failed; and one tax rate for each pair of country
//! and category, those with an open side too: a unique index takes any number of rows that
//! leave a column open, so each way to leave one open has an index of its own.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Name, columns, which rows. The library's builder has no expressions in indexes.
const INDEXES: [(&str, &str, &str); 3] = [
    (
        "tax_rate_country_key",
        "country",
        "category_id IS NULL AND country IS NOT NULL",
    ),
    (
        "tax_rate_category_id_key",
        "category_id",
        "country IS NULL AND category_id IS NOT NULL",
    ),
    (
        "tax_rate_usual_key",
        "(country IS NULL)",
        "country IS NULL AND category_id IS NULL",
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, columns, rows) in INDEXES {
            let sql = format!("CREATE UNIQUE INDEX {name} ON tax_rate ({columns}) WHERE {rows}");
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        let mut acknowledged = ColumnDef::new(Alias::new("acknowledged_at"));
        let mut refund = Table::alter();
        refund
            .table(Alias::new("refund"))
            .add_column(acknowledged.timestamp_with_time_zone());
        manager.alter_table(refund).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, ..) in INDEXES {
            let index = Index::drop().name(name).table(Alias::new("tax_rate")).to_owned();
            manager.drop_index(index).await?;
        }
        let mut refund = Table::alter();
        refund
            .table(Alias::new("refund"))
            .drop_column(Alias::new("acknowledged_at"));
        manager.alter_table(refund).await
    }
}
