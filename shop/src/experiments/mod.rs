//! Experiments with lists of recommendations: what they try, who takes part, and what came of it.
//! Lists are made elsewhere; what figures mean is said elsewhere too.
//!
//! Who takes part in what is decided by hash, so nothing needs to be looked up for a list; exposures
//! are noted in memory and written a few seconds later, each once.

mod admin;
mod outcome;
mod plan;
#[cfg(test)]
mod tests;
mod waiting;

pub use admin::AdminExperiments;
pub use outcome::{ArmOutcome, Outcomes, PairSums, Preference};
pub use plan::{Arm, Design, Guardrails, MOST_ARMS, Method, Metric, Plan, PlanPatch, Tuning, USUAL_EXPLORATION};
pub use waiting::{Exposure, Served};

use crate::{ShopError, events::Person};
use chrono::{DateTime, SubsecRound, Utc};
use entities::{experiment, experiment_exposure, experiment_figure, id::ExperimentId, user_account};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use std::sync::{Arc, PoisonError, RwLock};
use uuid::Uuid;
use waiting::Waiting;

/// Rows of one statement.
const BATCH: usize = 500;

/// An experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// Identity.
    pub id: ExperimentId,
    /// What it tries, on whom and how.
    pub plan: Plan,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// Since when it runs; a draft that never ran has none.
    pub started_at: Option<DateTime<Utc>>,
    /// Since when it runs no longer.
    pub stopped_at: Option<DateTime<Utc>>,
}

impl Experiment {
    /// Whether people take part now.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.started_at.is_some() && self.stopped_at.is_none()
    }

    /// How events tell of one of its arms.
    #[must_use]
    pub fn label(&self, arm: usize) -> String {
        label(self.id, arm)
    }
}

/// How events tell of an arm; of a place that was given by lot, of all arms that would have put the same
/// there, by bit.
#[must_use]
pub fn label(experiment: ExperimentId, arm: usize) -> String {
    format!("{}{arm}", label_stem(experiment))
}

/// What the labels of all arms begin with.
fn label_stem(experiment: ExperimentId) -> String {
    format!("{}:", experiment.0.simple())
}

impl TryFrom<experiment::Model> for Experiment {
    type Error = ShopError;

    fn try_from(row: experiment::Model) -> Result<Self, ShopError> {
        Ok(Self {
            id: row.id,
            plan: serde_json::from_value(row.plan).map_err(ShopError::internal)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            started_at: row.started_at,
            stopped_at: row.stopped_at,
        })
    }
}

/// Experiments, as whoever makes lists sees them.
#[derive(Clone, Debug)]
pub struct Experiments {
    db: DatabaseConnection,
    waiting: Arc<Waiting>,
    /// Held while rows are written: nothing is taken and not written yet when somebody is forgotten.
    writing: Arc<tokio::sync::Mutex<()>>,
    /// Those that run, as this process knows them.
    current: Arc<RwLock<Arc<[Experiment]>>>,
}

impl Experiments {
    pub(crate) fn new(db: &DatabaseConnection) -> Self {
        Self {
            db: db.clone(),
            waiting: Arc::default(),
            writing: Arc::default(),
            current: Arc::default(),
        }
    }

    /// Those that people take part in now, the oldest first.
    ///
    /// # Errors
    /// `Internal` when the database fails or a row is damaged.
    pub async fn running(&self) -> Result<Vec<Experiment>, ShopError> {
        let rows = experiment::Entity::find()
            .filter(experiment::Column::StartedAt.is_not_null())
            .filter(experiment::Column::StoppedAt.is_null())
            .order_by_asc(experiment::Column::Id);
        let rows = rows.all(&self.db).await?;
        rows.into_iter().map(Experiment::try_from).collect()
    }

    /// Those that run, as this process knows them.
    #[must_use]
    pub fn current(&self) -> Arc<[Experiment]> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at the database again.
    ///
    /// # Errors
    /// `Internal` when the database fails or a row is damaged.
    pub async fn refresh(&self) -> Result<(), ShopError> {
        let running = self.running().await?.into();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = running;
        Ok(())
    }

    /// Notes that somebody was shown a list of an arm.
    pub fn exposed(&self, exposure: Exposure) {
        self.waiting.exposed(exposure);
    }

    /// Notes what a list cost.
    pub fn served(&self, served: Served) {
        self.waiting.served(served);
    }

    /// Writes down what was noted; what cannot be written is noted still.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn write(&self) -> Result<(), ShopError> {
        let _turn = self.writing.lock().await;
        let (exposures, served) = self.waiting.take();
        let mut rows = exposures.chunks(BATCH);
        while let Some(batch) = rows.next() {
            if let Err(error) = self.write_exposures(batch).await {
                let left: Vec<Exposure> = batch.iter().chain(rows.flatten()).copied().collect();
                self.waiting.give_back(left, served);
                return Err(error);
            }
        }
        for at in 0..served.len() {
            if let Err(error) = self.write_served(&served[at]).await {
                self.waiting.give_back(Vec::new(), served[at..].to_vec());
                return Err(error);
            }
        }
        Ok(())
    }

    /// Keeps nothing of what somebody was shown until then, written down or not.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn forget(&self, person: Person, until_ms: i64) -> Result<(), ShopError> {
        let _turn = self.writing.lock().await;
        let until = DateTime::from_timestamp_millis(until_ms).unwrap_or_else(Utc::now);
        self.waiting.forget(person, until);
        experiment_exposure::Entity::delete_many()
            .filter(experiment_exposure::Column::Unit.eq(person.0))
            .filter(experiment_exposure::Column::FirstAt.lte(until))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Of an experiment that is gone nothing is kept, nor of who wants no part in it.
    async fn write_exposures(&self, exposures: &[Exposure]) -> Result<(), ShopError> {
        let known = self.known(exposures.iter().map(|exposure| exposure.experiment)).await?;
        let apart: Vec<Uuid> = user_account::Entity::find()
            .select_only()
            .column(user_account::Column::Id)
            .filter(user_account::Column::Id.is_in(exposures.iter().map(|exposure| exposure.person.0)))
            .filter(user_account::Column::DoNotTrack.eq(true))
            .into_tuple()
            .all(&self.db)
            .await?;
        let rows = exposures
            .iter()
            .filter(|exposure| known.contains(&exposure.experiment) && !apart.contains(&exposure.person.0));
        let rows: Vec<_> = rows
            .map(|exposure| experiment_exposure::ActiveModel {
                experiment_id: Set(exposure.experiment),
                unit: Set(exposure.person.0),
                arm: Set(exposure.arm as i16),
                // Events have whole milliseconds, and the first may come within this one.
                first_at: Set(exposure.at.trunc_subsecs(0)),
            })
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let key = [
            experiment_exposure::Column::ExperimentId,
            experiment_exposure::Column::Unit,
        ];
        experiment_exposure::Entity::insert_many(rows)
            .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
            .exec_without_returning(&self.db)
            .await?;
        Ok(())
    }

    async fn write_served(&self, served: &Served) -> Result<(), ShopError> {
        use experiment_figure::Column::{Arm, ExperimentId, Failures, Lists, Micros, MicrosSquared};
        if self.known([served.experiment]).await?.is_empty() {
            return Ok(());
        }
        let row = experiment_figure::ActiveModel {
            experiment_id: Set(served.experiment),
            arm: Set(served.arm as i16),
            lists: Set(served.lists),
            failures: Set(served.failures),
            micros: Set(served.micros),
            micros_squared: Set(served.micros_squared),
        };
        let mut added = OnConflict::columns([ExperimentId, Arm]);
        for column in [Lists, Failures, Micros, MicrosSquared] {
            let new = Expr::col(("excluded", column));
            added.value(column, Expr::col((experiment_figure::Entity, column)).add(new));
        }
        experiment_figure::Entity::insert(row)
            .on_conflict(added)
            .exec_without_returning(&self.db)
            .await?;
        Ok(())
    }

    async fn known(&self, ids: impl IntoIterator<Item = ExperimentId>) -> Result<Vec<ExperimentId>, ShopError> {
        let mut ids: Vec<ExperimentId> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = experiment::Entity::find().filter(experiment::Column::Id.is_in(ids));
        Ok(rows.all(&self.db).await?.into_iter().map(|row| row.id).collect())
    }
}

/// Nothing is kept of these people.
pub(crate) async fn forget(db: &impl ConnectionTrait, people: &[Person]) -> Result<(), ShopError> {
    let units = people.iter().map(|person| person.0);
    experiment_exposure::Entity::delete_many()
        .filter(experiment_exposure::Column::Unit.is_in(units))
        .exec(db)
        .await?;
    Ok(())
}
