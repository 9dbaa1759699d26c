//! Categories, brands, products, variants, media.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(category()).await?;
        manager.create_table(brand()).await?;
        manager.create_table(product()).await?;
        manager.create_table(variant()).await?;
        manager.create_table(media()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["media", "variant", "product", "brand", "category"] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn category() -> TableCreateStatement {
    Table::create()
        .table(Category::Table)
        .col(ColumnDef::new(Category::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Category::ParentId).uuid())
        .col(ColumnDef::new(Category::Name).string_len(200).not_null())
        .col(ColumnDef::new(Category::Slug).string_len(220).not_null())
        .col(ColumnDef::new(Category::Description).text().not_null().default(""))
        .col(ColumnDef::new(Category::Position).integer().not_null().default(0))
        .col(
            ColumnDef::new(Category::CreatedAt)
                .timestamp_with_time_zone()
                .not_null(),
        )
        .col(
            ColumnDef::new(Category::UpdatedAt)
                .timestamp_with_time_zone()
                .not_null(),
        )
        .check(
            Expr::col(Category::ParentId)
                .is_null()
                .or(Expr::col(Category::ParentId).ne(Expr::col(Category::Id))),
        )
        .foreign_key(
            ForeignKey::create()
                .name("category_parent_fk")
                .from(Category::Table, Category::ParentId)
                .to(Category::Table, Category::Id)
                .on_delete(ForeignKeyAction::Restrict),
        )
        .to_owned()
}

fn brand() -> TableCreateStatement {
    Table::create()
        .table(Brand::Table)
        .col(ColumnDef::new(Brand::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Brand::Name).string_len(200).not_null())
        .col(ColumnDef::new(Brand::Slug).string_len(220).not_null())
        .col(ColumnDef::new(Brand::Description).text().not_null().default(""))
        .col(ColumnDef::new(Brand::CreatedAt).timestamp_with_time_zone().not_null())
        .col(ColumnDef::new(Brand::UpdatedAt).timestamp_with_time_zone().not_null())
        .to_owned()
}

fn product() -> TableCreateStatement {
    Table::create()
        .table(Product::Table)
        .col(ColumnDef::new(Product::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Product::ExternalId).string_len(128))
        .col(ColumnDef::new(Product::Name).string_len(200).not_null())
        .col(ColumnDef::new(Product::Slug).string_len(220).not_null())
        .col(ColumnDef::new(Product::Description).text().not_null().default(""))
        .col(ColumnDef::new(Product::Status).string_len(16).not_null())
        .col(ColumnDef::new(Product::CategoryId).uuid())
        .col(ColumnDef::new(Product::BrandId).uuid())
        .col(ColumnDef::new(Product::Attributes).json_binary().not_null())
        .col(ColumnDef::new(Product::RatingSum).big_integer().not_null().default(0))
        .col(ColumnDef::new(Product::RatingCount).integer().not_null().default(0))
        .col(ColumnDef::new(Product::SalesCount).big_integer().not_null().default(0))
        .col(ColumnDef::new(Product::Version).big_integer().not_null().default(1))
        .col(ColumnDef::new(Product::PublishedAt).timestamp_with_time_zone())
        .col(ColumnDef::new(Product::CreatedAt).timestamp_with_time_zone().not_null())
        .col(ColumnDef::new(Product::UpdatedAt).timestamp_with_time_zone().not_null())
        .check(Expr::col(Product::Status).is_in(["DRAFT", "PUBLISHED", "ARCHIVED"]))
        .check(Expr::col(Product::RatingCount).gte(0))
        .check(Expr::col(Product::RatingSum).gte(0))
        .check(Expr::col(Product::SalesCount).gte(0))
        .foreign_key(
            ForeignKey::create()
                .name("product_category_fk")
                .from(Product::Table, Product::CategoryId)
                .to(Category::Table, Category::Id)
                .on_delete(ForeignKeyAction::Restrict),
        )
        .foreign_key(
            ForeignKey::create()
                .name("product_brand_fk")
                .from(Product::Table, Product::BrandId)
                .to(Brand::Table, Brand::Id)
                .on_delete(ForeignKeyAction::Restrict),
        )
        .to_owned()
}

fn variant() -> TableCreateStatement {
    Table::create()
        .table(Variant::Table)
        .col(ColumnDef::new(Variant::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Variant::ProductId).uuid().not_null())
        .col(ColumnDef::new(Variant::Sku).string_len(128).not_null())
        .col(ColumnDef::new(Variant::Title).string_len(200).not_null().default(""))
        .col(ColumnDef::new(Variant::Options).json_binary().not_null())
        .col(ColumnDef::new(Variant::PriceAmount).big_integer())
        .col(ColumnDef::new(Variant::CompareAtAmount).big_integer())
        .col(ColumnDef::new(Variant::Currency).string_len(3).not_null())
        .col(ColumnDef::new(Variant::StockOnHand).integer().not_null().default(0))
        .col(ColumnDef::new(Variant::StockReserved).integer().not_null().default(0))
        .col(ColumnDef::new(Variant::Position).integer().not_null().default(0))
        .col(ColumnDef::new(Variant::CreatedAt).timestamp_with_time_zone().not_null())
        .col(ColumnDef::new(Variant::UpdatedAt).timestamp_with_time_zone().not_null())
        .check(
            Expr::col(Variant::PriceAmount)
                .is_null()
                .or(Expr::col(Variant::PriceAmount).gte(0)),
        )
        .check(
            Expr::col(Variant::CompareAtAmount)
                .is_null()
                .or(Expr::col(Variant::CompareAtAmount).gte(0)),
        )
        .check(Expr::col(Variant::StockReserved).gte(0))
        .check(Expr::col(Variant::StockReserved).lte(Expr::col(Variant::StockOnHand)))
        .foreign_key(
            ForeignKey::create()
                .name("variant_product_fk")
                .from(Variant::Table, Variant::ProductId)
                .to(Product::Table, Product::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn media() -> TableCreateStatement {
    Table::create()
        .table(Media::Table)
        .col(ColumnDef::new(Media::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(Media::ProductId).uuid().not_null())
        .col(ColumnDef::new(Media::Position).integer().not_null())
        .col(ColumnDef::new(Media::Alt).string_len(500).not_null().default(""))
        .col(ColumnDef::new(Media::StorageKey).string_len(200).not_null())
        .col(ColumnDef::new(Media::ContentType).string_len(64).not_null())
        .col(ColumnDef::new(Media::Width).integer().not_null())
        .col(ColumnDef::new(Media::Height).integer().not_null())
        .col(ColumnDef::new(Media::ByteSize).big_integer().not_null())
        .col(ColumnDef::new(Media::ContentHash).string_len(64).not_null())
        .col(ColumnDef::new(Media::BlurDataUrl).text())
        .col(ColumnDef::new(Media::Renditions).json_binary().not_null())
        .col(ColumnDef::new(Media::CreatedAt).timestamp_with_time_zone().not_null())
        .check(Expr::col(Media::Width).gt(0))
        .check(Expr::col(Media::Height).gt(0))
        .foreign_key(
            ForeignKey::create()
                .name("media_product_fk")
                .from(Media::Table, Media::ProductId)
                .to(Product::Table, Product::Id)
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn indexes() -> Vec<IndexCreateStatement> {
    fn index(name: &str, table: impl IntoIden, columns: Vec<DynIden>, unique: bool) -> IndexCreateStatement {
        let mut index = Index::create();
        index.name(name).table(table.into_iden());
        for column in columns {
            index.col(column);
        }
        if unique {
            index.unique();
        }
        index.to_owned()
    }
    vec![
        index(
            "category_slug_key",
            Category::Table,
            vec![Category::Slug.into_iden()],
            true,
        ),
        index(
            "category_parent_idx",
            Category::Table,
            vec![Category::ParentId.into_iden()],
            false,
        ),
        index("brand_slug_key", Brand::Table, vec![Brand::Slug.into_iden()], true),
        index(
            "product_slug_key",
            Product::Table,
            vec![Product::Slug.into_iden()],
            true,
        ),
        index(
            "product_external_id_key",
            Product::Table,
            vec![Product::ExternalId.into_iden()],
            true,
        ),
        index(
            "product_category_idx",
            Product::Table,
            vec![Product::CategoryId.into_iden()],
            false,
        ),
        index(
            "product_brand_idx",
            Product::Table,
            vec![Product::BrandId.into_iden()],
            false,
        ),
        index(
            "product_created_idx",
            Product::Table,
            vec![Product::CreatedAt.into_iden(), Product::Id.into_iden()],
            false,
        ),
        index("variant_sku_key", Variant::Table, vec![Variant::Sku.into_iden()], true),
        index(
            "variant_product_idx",
            Variant::Table,
            vec![Variant::ProductId.into_iden(), Variant::Position.into_iden()],
            false,
        ),
        index(
            "media_product_idx",
            Media::Table,
            vec![Media::ProductId.into_iden(), Media::Position.into_iden()],
            false,
        ),
        index(
            "media_content_hash_idx",
            Media::Table,
            vec![Media::ContentHash.into_iden()],
            false,
        ),
    ]
}

#[derive(DeriveIden)]
enum Category {
    Table,
    Id,
    ParentId,
    Name,
    Slug,
    Description,
    Position,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum Brand {
    Table,
    Id,
    Name,
    Slug,
    Description,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum Product {
    Table,
    Id,
    ExternalId,
    Name,
    Slug,
    Description,
    Status,
    CategoryId,
    BrandId,
    Attributes,
    RatingSum,
    RatingCount,
    SalesCount,
    Version,
    PublishedAt,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum Variant {
    Table,
    Id,
    ProductId,
    Sku,
    Title,
    Options,
    PriceAmount,
    CompareAtAmount,
    Currency,
    StockOnHand,
    StockReserved,
    Position,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum Media {
    Table,
    Id,
    ProductId,
    Position,
    Alt,
    StorageKey,
    ContentType,
    Width,
    Height,
    ByteSize,
    ContentHash,
    BlurDataUrl,
    Renditions,
    CreatedAt,
}
