//! Who takes part in an experiment: a user or a visitor, from the first list on that an arm made.

use crate::id::ExperimentId;
use sea_orm::entity::prelude::*;

/// One row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "experiment_exposure")]
pub struct Model {
    /// Which experiment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub experiment_id: ExperimentId,
    /// Who: a user's id or a visitor's.
    #[sea_orm(primary_key, auto_increment = false)]
    pub unit: Uuid,
    /// The arm.
    pub arm: i16,
    /// When they were first shown something of it.
    pub first_at: chrono::DateTime<chrono::Utc>,
}

/// No relations are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
