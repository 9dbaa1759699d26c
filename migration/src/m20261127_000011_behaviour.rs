//! What visitors do: the event log, in the order of the change stream; who a visitor turned out
//! to be; and users who want no part in it.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const QUERY_LENGTH: u32 = 200;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let sql = match connection.get_database_backend() {
            // Months are made as they come, and dropped whole when they are too old.
            DbBackend::Postgres => {
                behaviour_event().to_string(PostgresQueryBuilder) + " PARTITION BY RANGE (received_at)"
            }
            _ => behaviour_event().to_string(SqliteQueryBuilder),
        };
        connection.execute_unprepared(&sql).await?;
        for table in [behaviour_batch(), behaviour_seen(), visitor()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            (
                "behaviour_event_person_idx",
                "behaviour_event",
                ["person", "received_at"].as_slice(),
            ),
            ("behaviour_batch_received_idx", "behaviour_batch", &["received_at"]),
            ("behaviour_seen_received_idx", "behaviour_seen", &["received_at"]),
            ("visitor_user_idx", "visitor", &["user_id"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(Alias::new(table));
            for column in columns {
                index.col(Alias::new(*column));
            }
            manager.create_index(index.to_owned()).await?;
        }
        let opt_out = Table::alter()
            .table(Alias::new("user_account"))
            .add_column(column("do_not_track").boolean().not_null().default(false))
            .to_owned();
        manager.alter_table(opt_out).await?;
        let visitor = Table::alter()
            .table(Alias::new("shop_order"))
            .add_column(column("visitor_id").uuid())
            .to_owned();
        manager.alter_table(visitor).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [("shop_order", "visitor_id"), ("user_account", "do_not_track")] {
            let dropped = Table::alter()
                .table(Alias::new(table))
                .drop_column(Alias::new(column))
                .to_owned();
            manager.alter_table(dropped).await?;
        }
        for table in ["visitor", "behaviour_seen", "behaviour_batch", "behaviour_event"] {
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

/// No foreign keys: the log outlives what it is about, and is written a thousand rows at a time.
fn behaviour_event() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("behaviour_event"))
        .col(column("received_at").timestamp_with_time_zone().not_null())
        .col(column("batch").big_integer().not_null())
        .col(column("place").integer().not_null())
        .col(column("happened_at").timestamp_with_time_zone().not_null())
        .col(column("kind").small_integer().not_null())
        .col(column("person").uuid().not_null())
        .col(column("subject").uuid())
        .col(column("dwell_ms").integer())
        .col(column("quantity").integer())
        .col(column("amount").big_integer())
        .col(column("basket").uuid())
        .col(column("query").string_len(QUERY_LENGTH))
        .col(column("attribution").json_binary())
        .primary_key(
            Index::create()
                .col(Alias::new("received_at"))
                .col(Alias::new("batch"))
                .col(Alias::new("place")),
        )
        .to_owned()
}

/// Events that were written together, by the row that announced them.
fn behaviour_batch() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("behaviour_batch"))
        .col(column("id").big_integer().not_null().primary_key())
        .col(column("position").big_integer().unique_key())
        .col(column("received_at").timestamp_with_time_zone().not_null())
        .to_owned()
}

/// Ids of events that clients sent lately.
fn behaviour_seen() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("behaviour_seen"))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("received_at").timestamp_with_time_zone().not_null())
        .to_owned()
}

/// Visitors who logged in.
fn visitor() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("visitor"))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("user_id").uuid().not_null())
        .col(column("linked_at").timestamp_with_time_zone().not_null())
        .foreign_key(
            ForeignKey::create()
                .name("visitor_user_id_fkey")
                .from(Alias::new("visitor"), Alias::new("user_id"))
                .to(Alias::new("user_account"), Alias::new("id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
