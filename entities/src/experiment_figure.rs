//! What the lists of an arm cost.

use crate::id::ExperimentId;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "experiment_figure")]
pub struct Model {
    /// Which experiment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub experiment_id: ExperimentId,
    /// The arm.
    #[sea_orm(primary_key, auto_increment = false)]
    pub arm: i16,
    /// Lists that were asked for.
    pub lists: i64,
    /// Those that failed.
    pub failures: i64,
    /// What they took, microseconds.
    pub micros: f64,
    /// The squares of that, added up.
    pub micros_squared: f64,
}

/// No relations are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
