//! Stored vectors, the outbox, import runs.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(embedding()).await?;
        manager.create_table(outbox()).await?;
        manager.create_table(import_run()).await?;
        manager
            .create_index(
                Index::create()
                    .name("outbox_position_key")
                    .table(Outbox::Table)
                    .col(Outbox::Position)
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("outbox_unpublished_idx")
                    .table(Outbox::Table)
                    .col(Outbox::Id)
                    .and_where(Expr::col(Outbox::Position).is_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("embedding_model_idx")
                    .table(Embedding::Table)
                    .col(Embedding::ModelId)
                    .col(Embedding::OwnerId)
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("import_run_source_key_key")
                    .table(ImportRun::Table)
                    .col(ImportRun::SourceKey)
                    .unique()
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["import_run", "outbox", "embedding"] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn embedding() -> TableCreateStatement {
    Table::create()
        .table(Embedding::Table)
        .col(ColumnDef::new(Embedding::OwnerId).uuid().not_null())
        .col(ColumnDef::new(Embedding::Modality).string_len(8).not_null())
        .col(ColumnDef::new(Embedding::ModelId).string_len(100).not_null())
        .col(ColumnDef::new(Embedding::ContentHash).string_len(64).not_null())
        .col(ColumnDef::new(Embedding::Dim).integer().not_null())
        .col(ColumnDef::new(Embedding::Vector).blob().not_null())
        .col(
            ColumnDef::new(Embedding::CreatedAt)
                .timestamp_with_time_zone()
                .not_null(),
        )
        .primary_key(
            Index::create()
                .col(Embedding::OwnerId)
                .col(Embedding::Modality)
                .col(Embedding::ModelId),
        )
        .check(Expr::col(Embedding::Modality).is_in(["TEXT", "IMAGE"]))
        .check(Expr::col(Embedding::Dim).gt(0))
        .foreign_key(
            ForeignKey::create()
                .name("embedding_owner_fk")
                .from(Embedding::Table, Embedding::OwnerId)
                .to(Alias::new("product"), Alias::new("id"))
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn outbox() -> TableCreateStatement {
    Table::create()
        .table(Outbox::Table)
        .col(
            ColumnDef::new(Outbox::Id)
                .big_integer()
                .not_null()
                .auto_increment()
                .primary_key(),
        )
        .col(ColumnDef::new(Outbox::Topic).string_len(64).not_null())
        .col(ColumnDef::new(Outbox::AggregateId).uuid().not_null())
        .col(ColumnDef::new(Outbox::Payload).json_binary().not_null())
        .col(ColumnDef::new(Outbox::CreatedAt).timestamp_with_time_zone().not_null())
        .col(ColumnDef::new(Outbox::Position).big_integer())
        .to_owned()
}

fn import_run() -> TableCreateStatement {
    Table::create()
        .table(ImportRun::Table)
        .col(ColumnDef::new(ImportRun::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(ImportRun::SourceKey).string_len(200).not_null())
        .col(ColumnDef::new(ImportRun::Checkpoint).json_binary().not_null())
        .col(
            ColumnDef::new(ImportRun::StartedAt)
                .timestamp_with_time_zone()
                .not_null(),
        )
        .col(
            ColumnDef::new(ImportRun::UpdatedAt)
                .timestamp_with_time_zone()
                .not_null(),
        )
        .col(ColumnDef::new(ImportRun::FinishedAt).timestamp_with_time_zone())
        .to_owned()
}

#[derive(DeriveIden)]
enum Embedding {
    Table,
    OwnerId,
    Modality,
    ModelId,
    ContentHash,
    Dim,
    Vector,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Outbox {
    Table,
    Id,
    Topic,
    AggregateId,
    Payload,
    CreatedAt,
    Position,
}

#[derive(DeriveIden)]
enum ImportRun {
    Table,
    Id,
    SourceKey,
    Checkpoint,
    StartedAt,
    UpdatedAt,
    FinishedAt,
}
