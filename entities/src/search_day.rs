//! How often something was searched for on one day, and what came of it. Nothing is kept of who searched.

use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "search_day")]
pub struct Model {
    /// The day, UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: chrono::NaiveDate,
    /// What was searched for, normalised.
    #[sea_orm(primary_key, auto_increment = false)]
    pub query: String,
    /// Searches.
    pub searches: i64,
    /// Searches that found nothing.
    pub without_results: i64,
    /// Clicks on what was found.
    pub clicks: i64,
    /// The places of what was clicked, from 1, added up.
    pub click_positions: i64,
}

/// No foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
