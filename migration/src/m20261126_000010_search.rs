//! What staff say about search, what was searched for, and which lines were found by a search.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const QUERY_LENGTH: u32 = 200;
const FOUND_BY_INDEX: &str = "order_line_found_by_idx";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            kept("search_synonym", "synonym"),
            kept("search_rule", "rule"),
            search_setting(),
            search_day(),
        ] {
            manager.create_table(table).await?;
        }
        for table in ["cart_line", "order_line"] {
            let found_by = Table::alter()
                .table(Alias::new(table))
                .add_column(column("found_by").string_len(QUERY_LENGTH))
                .to_owned();
            manager.alter_table(found_by).await?;
        }
        // Most lines were found otherwise.
        let index = format!("CREATE INDEX {FOUND_BY_INDEX} ON order_line (found_by) WHERE found_by IS NOT NULL");
        manager.get_connection().execute_unprepared(&index).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = format!("DROP INDEX {FOUND_BY_INDEX}");
        manager.get_connection().execute_unprepared(&index).await?;
        for table in ["cart_line", "order_line"] {
            let found_by = Table::alter()
                .table(Alias::new(table))
                .drop_column(Alias::new("found_by"))
                .to_owned();
            manager.alter_table(found_by).await?;
        }
        for table in ["search_day", "search_setting", "search_rule", "search_synonym"] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn column(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
}

/// Something that is read as a whole.
fn kept(table: &str, body: &str) -> TableCreateStatement {
    Table::create()
        .table(Alias::new(table))
        .col(column("id").uuid().not_null().primary_key())
        .col(column(body).json_binary().not_null())
        .col(column("created_at").timestamp_with_time_zone().not_null())
        .col(column("updated_at").timestamp_with_time_zone().not_null())
        .to_owned()
}

fn search_setting() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("search_setting"))
        .col(column("id").integer().not_null().primary_key())
        .col(column("settings").json_binary().not_null())
        .col(column("updated_at").timestamp_with_time_zone().not_null())
        .check(Expr::col(Alias::new("id")).eq(1))
        .to_owned()
}

fn search_day() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("search_day"))
        .col(column("day").date().not_null())
        .col(column("query").string_len(QUERY_LENGTH).not_null())
        .col(column("searches").big_integer().not_null())
        .col(column("without_results").big_integer().not_null())
        .col(column("clicks").big_integer().not_null())
        .col(column("click_positions").big_integer().not_null())
        .primary_key(Index::create().col(Alias::new("day")).col(Alias::new("query")))
        .to_owned()
}
