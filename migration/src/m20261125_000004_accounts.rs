//! Rotating refresh tokens, verified addresses, tokens by mail, and the mail that waits.
//!
//! A session's refresh token moves from its row into rows of their own, one for each
//! rotation. Log-ins of before have none; they end with their access tokens.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Indexes of the columns that leave the session.
const LEAVING: [&str; 2] = ["session_refresh_token_hash_key", "session_family_idx"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in LEAVING {
            manager
                .drop_index(Index::drop().name(name).table(Session::Table).to_owned())
                .await?;
        }
        for column in [Session::RefreshTokenHash, Session::FamilyId] {
            manager
                .alter_table(alter_session().drop_column(column).to_owned())
                .await?;
        }
        for column in [UserAccount::EmailVerifiedAt, UserAccount::DeletedAt] {
            let column = ColumnDef::new(column).timestamp_with_time_zone().to_owned();
            manager.alter_table(alter_user().add_column(column).to_owned()).await?;
        }
        manager.create_table(refresh_token()).await?;
        manager.create_table(one_time_token()).await?;
        manager.create_table(mail()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = |table: NewTable| Table::drop().table(table).to_owned();
        for table in [NewTable::Mail, NewTable::OneTimeToken, NewTable::RefreshToken] {
            manager.drop_table(drop(table)).await?;
        }
        for column in [UserAccount::DeletedAt, UserAccount::EmailVerifiedAt] {
            manager.alter_table(alter_user().drop_column(column).to_owned()).await?;
        }
        // The family may not be missing, and nobody knows it any more: everybody logs in again.
        let everybody = Query::delete().from_table(Session::Table).to_owned();
        manager.execute(everybody).await?;
        for column in [
            ColumnDef::new(Session::RefreshTokenHash).string_len(64).to_owned(),
            ColumnDef::new(Session::FamilyId).uuid().not_null().to_owned(),
        ] {
            manager
                .alter_table(alter_session().add_column(column).to_owned())
                .await?;
        }
        let mut hash = index(LEAVING[0], Session::Table, Session::RefreshTokenHash);
        manager.create_index(hash.unique().to_owned()).await?;
        manager
            .create_index(index(LEAVING[1], Session::Table, Session::FamilyId))
            .await
    }
}

fn alter_session() -> TableAlterStatement {
    Table::alter().table(Session::Table).to_owned()
}

fn alter_user() -> TableAlterStatement {
    Table::alter().table(UserAccount::Table).to_owned()
}

fn index(name: &str, table: impl IntoTableRef, column: impl IntoIndexColumn) -> IndexCreateStatement {
    Index::create().name(name).table(table).col(column).to_owned()
}

fn indexes() -> [IndexCreateStatement; 6] {
    [
        index(
            "refresh_token_session_idx",
            RefreshToken::Table,
            RefreshToken::SessionId,
        ),
        index("one_time_token_user_idx", OneTimeToken::Table, OneTimeToken::UserId),
        index(
            "one_time_token_expiry_idx",
            OneTimeToken::Table,
            OneTimeToken::ExpiresAt,
        ),
        index("mail_due_idx", Mail::Table, Mail::NextAttemptAt),
        index("mail_recipient_idx", Mail::Table, Mail::Recipient),
        index("mail_created_idx", Mail::Table, Mail::CreatedAt),
    ]
}

fn refresh_token() -> TableCreateStatement {
    Table::create()
        .table(RefreshToken::Table)
        .col(
            ColumnDef::new(RefreshToken::Hash)
                .string_len(64)
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(RefreshToken::SessionId).uuid().not_null())
        .col(time(RefreshToken::CreatedAt).not_null())
        .col(time(RefreshToken::ExpiresAt).not_null())
        .col(time(RefreshToken::UsedAt))
        .foreign_key(
            ForeignKey::create()
                .name("refresh_token_session_fk")
                .from(RefreshToken::Table, RefreshToken::SessionId)
                .to(Session::Table, Session::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn one_time_token() -> TableCreateStatement {
    Table::create()
        .table(OneTimeToken::Table)
        .col(
            ColumnDef::new(OneTimeToken::Hash)
                .string_len(64)
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(OneTimeToken::Purpose).string_len(32).not_null())
        .col(ColumnDef::new(OneTimeToken::UserId).uuid().not_null())
        .col(ColumnDef::new(OneTimeToken::Email).string_len(254).not_null())
        .col(time(OneTimeToken::CreatedAt).not_null())
        .col(time(OneTimeToken::ExpiresAt).not_null())
        .col(time(OneTimeToken::UsedAt))
        .foreign_key(
            ForeignKey::create()
                .name("one_time_token_user_fk")
                .from(OneTimeToken::Table, OneTimeToken::UserId)
                .to(UserAccount::Table, UserAccount::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .check(Expr::col(OneTimeToken::Purpose).is_in(["PASSWORD_RESET", "EMAIL_VERIFICATION"]))
        .to_owned()
}

fn mail() -> TableCreateStatement {
    Table::create()
        .table(Mail::Table)
        .col(ColumnDef::new(Mail::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Mail::Kind).string_len(32).not_null())
        .col(ColumnDef::new(Mail::Recipient).string_len(254).not_null())
        .col(ColumnDef::new(Mail::Subject).string_len(255).not_null())
        .col(ColumnDef::new(Mail::Text).text().not_null())
        .col(ColumnDef::new(Mail::Html).text())
        .col(time(Mail::CreatedAt).not_null())
        .col(ColumnDef::new(Mail::Attempts).integer().not_null())
        .col(time(Mail::NextAttemptAt))
        .col(time(Mail::SentAt))
        .col(ColumnDef::new(Mail::LastError).string_len(255))
        .to_owned()
}

fn time(column: impl IntoIden) -> ColumnDef {
    ColumnDef::new(column).timestamp_with_time_zone().to_owned()
}

#[derive(DeriveIden)]
enum NewTable {
    Mail,
    OneTimeToken,
    RefreshToken,
}

#[derive(DeriveIden)]
enum UserAccount {
    Table,
    Id,
    EmailVerifiedAt,
    DeletedAt,
}

#[derive(DeriveIden)]
enum Session {
    Table,
    Id,
    RefreshTokenHash,
    FamilyId,
}

#[derive(DeriveIden)]
enum RefreshToken {
    Table,
    Hash,
    SessionId,
    CreatedAt,
    ExpiresAt,
    UsedAt,
}

#[derive(DeriveIden)]
enum OneTimeToken {
    Table,
    Hash,
    Purpose,
    UserId,
    Email,
    CreatedAt,
    ExpiresAt,
    UsedAt,
}

#[derive(DeriveIden)]
enum Mail {
    Table,
    Id,
    Kind,
    Recipient,
    Subject,
    Text,
    Html,
    CreatedAt,
    Attempts,
    NextAttemptAt,
    SentAt,
    LastError,
}
