//! Users and their log-ins.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(user_account()).await?;
        manager.create_table(session()).await?;
        let unique = |name: &str| Index::create().name(name).unique().to_owned();
        manager
            .create_index(
                unique("user_account_email_key")
                    .table(UserAccount::Table)
                    .col(UserAccount::Email)
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                unique("session_refresh_token_hash_key")
                    .table(Session::Table)
                    .col(Session::RefreshTokenHash)
                    .to_owned(),
            )
            .await?;
        for (name, column) in [
            ("session_user_idx", Session::UserId),
            ("session_family_idx", Session::FamilyId),
            ("session_expiry_idx", Session::ExpiresAt),
        ] {
            manager
                .create_index(Index::create().name(name).table(Session::Table).col(column).to_owned())
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(Session::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(UserAccount::Table).to_owned())
            .await
    }
}

fn user_account() -> TableCreateStatement {
    Table::create()
        .table(UserAccount::Table)
        .col(ColumnDef::new(UserAccount::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(UserAccount::Email).string_len(254).not_null())
        .col(ColumnDef::new(UserAccount::Name).string_len(200).not_null())
        .col(ColumnDef::new(UserAccount::PasswordHash).string_len(255).not_null())
        .col(ColumnDef::new(UserAccount::Role).string_len(16).not_null())
        .col(ColumnDef::new(UserAccount::DisabledAt).timestamp_with_time_zone())
        .col(
            ColumnDef::new(UserAccount::TokenVersion)
                .integer()
                .not_null()
                .default(0),
        )
        .col(
            ColumnDef::new(UserAccount::CreatedAt)
                .timestamp_with_time_zone()
                .not_null(),
        )
        .col(
            ColumnDef::new(UserAccount::UpdatedAt)
                .timestamp_with_time_zone()
                .not_null(),
        )
        .check(Expr::col(UserAccount::Role).is_in(["CUSTOMER", "STAFF", "ADMIN"]))
        .to_owned()
}

fn session() -> TableCreateStatement {
    Table::create()
        .table(Session::Table)
        .col(ColumnDef::new(Session::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Session::UserId).uuid().not_null())
        .col(ColumnDef::new(Session::RefreshTokenHash).string_len(64))
        .col(ColumnDef::new(Session::FamilyId).uuid().not_null())
        .col(ColumnDef::new(Session::CreatedAt).timestamp_with_time_zone().not_null())
        .col(
            ColumnDef::new(Session::LastUsedAt)
                .timestamp_with_time_zone()
                .not_null(),
        )
        .col(ColumnDef::new(Session::ExpiresAt).timestamp_with_time_zone().not_null())
        .col(ColumnDef::new(Session::RevokedAt).timestamp_with_time_zone())
        .col(ColumnDef::new(Session::UserAgent).string_len(300))
        .foreign_key(
            ForeignKey::create()
                .name("session_user_fk")
                .from(Session::Table, Session::UserId)
                .to(UserAccount::Table, UserAccount::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

#[derive(DeriveIden)]
enum UserAccount {
    Table,
    Id,
    Email,
    Name,
    PasswordHash,
    Role,
    DisabledAt,
    TokenVersion,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum Session {
    Table,
    Id,
    UserId,
    RefreshTokenHash,
    FamilyId,
    CreatedAt,
    LastUsedAt,
    ExpiresAt,
    RevokedAt,
    UserAgent,
}
