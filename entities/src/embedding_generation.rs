//! Which models the vectors come from: one generation serves, another one may be built.

use sea_orm::entity::prelude::*;

/// The life of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))")]
pub enum GenerationState {
    /// Its vectors are made beside those that serve.
    #[sea_orm(string_value = "BUILDING")]
    Building,
    /// Answers come from it.
    #[sea_orm(string_value = "SERVING")]
    Serving,
    /// Over; its vectors go.
    #[sea_orm(string_value = "RETIRED")]
    Retired,
}

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "embedding_generation")]
pub struct Model {
    /// Identity, in order.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The text model.
    pub text_model: Option<String>,
    /// Width of its vectors; 0 without one.
    pub text_dim: i32,
    /// The image model.
    pub image_model: Option<String>,
    /// Width of its vectors; 0 without one.
    pub image_dim: i32,
    /// Where it is in its life.
    pub state: GenerationState,
    /// Means and imputation that every index sees these vectors through.
    #[sea_orm(column_type = "VarBinary(StringLen::None)", nullable)]
    pub frame: Option<Vec<u8>>,
    /// When it was begun.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// When it began to serve.
    pub serving_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When another one took its place.
    pub retired_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// No foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
