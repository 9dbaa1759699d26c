//! Reviews of products, and the votes on them.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(review()).await?;
        manager.create_table(review_vote()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(ReviewVote::Table).to_owned())
            .await?;
        manager.drop_table(Table::drop().table(Review::Table).to_owned()).await
    }
}

fn review() -> TableCreateStatement {
    Table::create()
        .table(Review::Table)
        .col(ColumnDef::new(Review::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Review::ProductId).uuid().not_null())
        .col(ColumnDef::new(Review::UserId).uuid().not_null())
        .col(ColumnDef::new(Review::Rating).integer().not_null())
        .col(ColumnDef::new(Review::Title).string_len(150).not_null())
        .col(ColumnDef::new(Review::Body).text().not_null())
        .col(ColumnDef::new(Review::Status).string_len(16).not_null())
        .col(ColumnDef::new(Review::IsVerified).boolean().not_null())
        .col(ColumnDef::new(Review::HelpfulCount).integer().not_null().default(0))
        .col(ColumnDef::new(Review::CreatedAt).timestamp_with_time_zone().not_null())
        .col(ColumnDef::new(Review::UpdatedAt).timestamp_with_time_zone().not_null())
        .col(ColumnDef::new(Review::ModeratedAt).timestamp_with_time_zone())
        .col(ColumnDef::new(Review::ModeratedBy).uuid())
        .col(
            ColumnDef::new(Review::ModerationNote)
                .string_len(500)
                .not_null()
                .default(""),
        )
        .check(Expr::col(Review::Rating).between(1, 5))
        .check(Expr::col(Review::Status).is_in(["PENDING", "PUBLISHED", "REJECTED"]))
        .check(Expr::col(Review::HelpfulCount).gte(0))
        .foreign_key(
            ForeignKey::create()
                .name("review_product_fk")
                .from(Review::Table, Review::ProductId)
                .to(Product::Table, Product::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        // Whoever leaves is made nameless; what they wrote stays.
        .foreign_key(
            ForeignKey::create()
                .name("review_user_fk")
                .from(Review::Table, Review::UserId)
                .to(UserAccount::Table, UserAccount::Id)
                .on_delete(ForeignKeyAction::Restrict),
        )
        .to_owned()
}

fn review_vote() -> TableCreateStatement {
    Table::create()
        .table(ReviewVote::Table)
        .col(ColumnDef::new(ReviewVote::ReviewId).uuid().not_null())
        .col(ColumnDef::new(ReviewVote::UserId).uuid().not_null())
        .col(ColumnDef::new(ReviewVote::IsHelpful).boolean().not_null())
        .col(
            ColumnDef::new(ReviewVote::CreatedAt)
                .timestamp_with_time_zone()
                .not_null(),
        )
        .primary_key(Index::create().col(ReviewVote::ReviewId).col(ReviewVote::UserId))
        .foreign_key(
            ForeignKey::create()
                .name("review_vote_review_fk")
                .from(ReviewVote::Table, ReviewVote::ReviewId)
                .to(Review::Table, Review::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .foreign_key(
            ForeignKey::create()
                .name("review_vote_user_fk")
                .from(ReviewVote::Table, ReviewVote::UserId)
                .to(UserAccount::Table, UserAccount::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let of_reviews = |name: &str, columns: &[Review]| {
        let mut index = Index::create().name(name).table(Review::Table).to_owned();
        for column in columns {
            index.col(*column);
        }
        index
    };
    use Review::{CreatedAt, HelpfulCount, Id, ProductId, Rating, Status, UserId};
    vec![
        of_reviews("review_product_id_user_id_key", &[ProductId, UserId])
            .unique()
            .to_owned(),
        of_reviews("review_newest_idx", &[ProductId, Status, CreatedAt, Id]),
        of_reviews("review_rating_idx", &[ProductId, Status, Rating, Id]),
        of_reviews("review_helpful_idx", &[ProductId, Status, HelpfulCount, Id]),
        of_reviews("review_queue_idx", &[Status, CreatedAt, Id]),
        of_reviews("review_created_idx", &[CreatedAt, Id]),
        of_reviews("review_user_idx", &[UserId]),
        Index::create()
            .name("review_vote_user_idx")
            .table(ReviewVote::Table)
            .col(ReviewVote::UserId)
            .to_owned(),
    ]
}

#[derive(Clone, Copy, DeriveIden)]
enum Review {
    Table,
    Id,
    ProductId,
    UserId,
    Rating,
    Title,
    Body,
    Status,
    IsVerified,
    HelpfulCount,
    CreatedAt,
    UpdatedAt,
    ModeratedAt,
    ModeratedBy,
    ModerationNote,
}

#[derive(DeriveIden)]
enum ReviewVote {
    Table,
    ReviewId,
    UserId,
    IsHelpful,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Product {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum UserAccount {
    Table,
    Id,
}
