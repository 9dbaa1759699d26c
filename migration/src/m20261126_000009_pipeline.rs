//! What keeps many processes together: work of the embedding workers, positions of consumers,
//! events that were given up, the processes themselves, generations of vectors, and the
//! recommender's settings.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            embedding_task(),
            consumer_position(),
            dead_letter(),
            node(),
            embedding_generation(),
            recommender_setting(),
        ] {
            manager.create_table(table).await?;
        }
        let due = Index::create()
            .name("embedding_task_due_idx")
            .table(Alias::new("embedding_task"))
            .col(Alias::new("is_bulk"))
            .col(Alias::new("not_before"))
            .to_owned();
        manager.create_index(due).await?;
        let event = Index::create()
            .name("dead_letter_event_key")
            .table(Alias::new("dead_letter"))
            .col(Alias::new("consumer"))
            .col(Alias::new("event_id"))
            .unique()
            .to_owned();
        manager.create_index(event).await?;
        // One generation serves at a time, and one is built.
        let state = "CREATE UNIQUE INDEX embedding_generation_state_key ON embedding_generation (state) \
                     WHERE state <> 'RETIRED'";
        manager.get_connection().execute_unprepared(state).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "recommender_setting",
            "embedding_generation",
            "node",
            "dead_letter",
            "consumer_position",
            "embedding_task",
        ] {
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

fn embedding_task() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("embedding_task"))
        .col(column("product_id").uuid().not_null().primary_key())
        .col(column("is_bulk").boolean().not_null())
        .col(column("is_forced").boolean().not_null())
        .col(column("revision").big_integer().not_null())
        .col(column("attempts").integer().not_null())
        .col(column("not_before").timestamp_with_time_zone().not_null())
        .col(column("leased_by").uuid())
        .col(column("leased_until").timestamp_with_time_zone())
        .col(column("failure").text())
        .col(column("requested_at").timestamp_with_time_zone().not_null())
        .to_owned()
}

fn consumer_position() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("consumer_position"))
        .col(column("name").string_len(64).not_null().primary_key())
        .col(column("position").big_integer().not_null())
        .col(column("updated_at").timestamp_with_time_zone().not_null())
        .to_owned()
}

fn dead_letter() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("dead_letter"))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("consumer").string_len(64).not_null())
        .col(column("event_id").big_integer().not_null())
        .col(column("position").big_integer().not_null())
        .col(column("topic").string_len(64).not_null())
        .col(column("aggregate_id").uuid().not_null())
        .col(column("payload").json_binary().not_null())
        .col(column("attempts").integer().not_null())
        .col(column("reason").text().not_null())
        .col(column("happened_at").timestamp_with_time_zone().not_null())
        .col(column("failed_at").timestamp_with_time_zone().not_null())
        .to_owned()
}

fn node() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("node"))
        .col(column("id").uuid().not_null().primary_key())
        .col(column("role").string_len(8).not_null())
        .col(column("host").string_len(100).not_null())
        .col(column("position").big_integer().not_null())
        .col(column("status").json_binary().not_null())
        .col(column("started_at").timestamp_with_time_zone().not_null())
        .col(column("seen_at").timestamp_with_time_zone().not_null())
        .check(Expr::col(Alias::new("role")).is_in(["ALL", "API", "WORKER"]))
        .to_owned()
}

fn embedding_generation() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("embedding_generation"))
        .col(column("id").big_integer().not_null().auto_increment().primary_key())
        .col(column("text_model").string_len(100))
        .col(column("text_dim").integer().not_null())
        .col(column("image_model").string_len(100))
        .col(column("image_dim").integer().not_null())
        .col(column("state").string_len(8).not_null())
        .col(column("frame").blob())
        .col(column("created_at").timestamp_with_time_zone().not_null())
        .col(column("serving_at").timestamp_with_time_zone())
        .col(column("retired_at").timestamp_with_time_zone())
        .check(Expr::col(Alias::new("state")).is_in(["BUILDING", "SERVING", "RETIRED"]))
        .to_owned()
}

fn recommender_setting() -> TableCreateStatement {
    Table::create()
        .table(Alias::new("recommender_setting"))
        .col(column("id").integer().not_null().primary_key())
        .col(column("settings").json_binary().not_null())
        .col(column("updated_at").timestamp_with_time_zone().not_null())
        .check(Expr::col(Alias::new("id")).eq(1))
        .to_owned()
}
