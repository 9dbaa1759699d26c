//! Experiments as administrators run them. Obtained from [`crate::viewer::Admin`].

use super::{Experiment, Outcomes, Plan, PlanPatch, outcome, plan};
use crate::{
    Shop,
    db::{Turn, begin_write, take_turn},
    error::{ProblemCode, ShopError},
    outbox::{self, Change},
};
use entities::{experiment, id::ExperimentId};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set, Unchanged},
    DatabaseTransaction, EntityTrait, PaginatorTrait, QueryOrder,
};

/// Most experiments.
const MOST: u64 = 1_000;

/// The power over experiments.
#[derive(Clone, Copy, Debug)]
pub struct AdminExperiments<'a> {
    shop: &'a Shop,
}

impl<'a> AdminExperiments<'a> {
    pub(crate) const fn new(shop: &'a Shop) -> Self {
        Self { shop }
    }

    /// All experiments, the latest first.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn list(&self) -> Result<Vec<Experiment>, ShopError> {
        let rows = experiment::Entity::find().order_by_desc(experiment::Column::Id);
        let rows = rows.all(self.shop.db()).await?;
        rows.into_iter().map(Experiment::try_from).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn find(&self, id: ExperimentId) -> Result<Experiment, ShopError> {
        let row = experiment::Entity::find_by_id(id).one(self.shop.db()).await?;
        row.ok_or(ShopError::NotFound)?.try_into()
    }

    /// Drafts an experiment.
    ///
    /// # Errors
    /// `Invalid` with every problem of the plan, or when there are 1,000 already.
    pub async fn create(&self, plan: Plan) -> Result<Experiment, ShopError> {
        let plan = plan::check(plan)?;
        let (tx, now) = (self.begin().await?, self.shop.now());
        if experiment::Entity::find().count(&tx).await? >= MOST {
            let message = format!("there are {MOST} already");
            return Err(ShopError::problem("name", ProblemCode::TooLong, message));
        }
        let row = experiment::ActiveModel {
            id: Set(ExperimentId::generate()),
            plan: Set(serde_json::to_value(plan).map_err(ShopError::internal)?),
            created_at: Set(now),
            updated_at: Set(now),
            started_at: Set(None),
            stopped_at: Set(None),
        };
        let row = row.insert(&tx).await?;
        tx.commit().await?;
        row.try_into()
    }

    /// Changes what the patch names of a draft.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` with every problem of what the plan would be, or once it ran: what was
    /// measured would mean something else.
    pub async fn update(&self, id: ExperimentId, patch: PlanPatch) -> Result<Experiment, ShopError> {
        let tx = self.begin().await?;
        let before = of(&tx, id).await?;
        if before.started_at.is_some() {
            return Err(has_run());
        }
        let plan = plan::check(patch.over(before.plan))?;
        let row = experiment::ActiveModel {
            id: Unchanged(id),
            plan: Set(serde_json::to_value(plan).map_err(ShopError::internal)?),
            created_at: NotSet,
            updated_at: Set(self.shop.now()),
            started_at: NotSet,
            stopped_at: NotSet,
        };
        let row = row.update(&tx).await?;
        tx.commit().await?;
        row.try_into()
    }

    /// Lets people take part in it from now on.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` once it ran, and while another one runs on one of its lists: neither could
    /// be told from the other.
    pub async fn start(&self, id: ExperimentId) -> Result<Experiment, ShopError> {
        let (tx, now) = (self.begin().await?, self.shop.now());
        let before = of(&tx, id).await?;
        if before.started_at.is_some() {
            return Err(has_run());
        }
        let rows = experiment::Entity::find().all(&tx).await?;
        for row in rows {
            let other = Experiment::try_from(row)?;
            let mut shared = before.plan.placements.iter();
            if other.is_running() && shared.any(|placement| other.plan.placements.contains(placement)) {
                let message = format!("\"{}\" runs on one of its lists", other.plan.name);
                return Err(ShopError::problem("id", ProblemCode::IllegalState, message));
            }
        }
        let row = experiment::ActiveModel {
            started_at: Set(Some(now)),
            ..touched(id, now)
        };
        let row = row.update(&tx).await?;
        self.announce(tx).await?;
        row.try_into()
    }

    /// Ends it: lists are made as without it. What it showed stays.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` unless it runs.
    pub async fn stop(&self, id: ExperimentId) -> Result<Experiment, ShopError> {
        let (tx, now) = (self.begin().await?, self.shop.now());
        if !of(&tx, id).await?.is_running() {
            return Err(ShopError::problem("id", ProblemCode::IllegalState, "it does not run"));
        }
        let row = experiment::ActiveModel {
            stopped_at: Set(Some(now)),
            ..touched(id, now)
        };
        let row = row.update(&tx).await?;
        self.announce(tx).await?;
        row.try_into()
    }

    /// Deletes it with all that it showed.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` while it runs.
    pub async fn delete(&self, id: ExperimentId) -> Result<(), ShopError> {
        let tx = self.begin().await?;
        if of(&tx, id).await?.is_running() {
            return Err(ShopError::problem(
                "id",
                ProblemCode::IllegalState,
                "it runs: stop it first",
            ));
        }
        experiment::Entity::delete_by_id(id).exec(&tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What came of it until now.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn outcomes(&self, experiment: &Experiment) -> Result<Outcomes, ShopError> {
        outcome::outcomes(self.shop.db(), experiment, self.shop.now()).await
    }

    async fn begin(&self) -> Result<DatabaseTransaction, ShopError> {
        let tx = begin_write(self.shop.db()).await?;
        take_turn(&tx, Turn::Steering).await?;
        Ok(tx)
    }

    async fn announce(&self, tx: DatabaseTransaction) -> Result<(), ShopError> {
        outbox::append(&tx, self.shop.now(), [Change::Steering]).await?;
        tx.commit().await?;
        self.shop.outbox().wake();
        Ok(())
    }
}

fn has_run() -> ShopError {
    ShopError::problem("id", ProblemCode::IllegalState, "it has run: make another one")
}

fn touched(id: ExperimentId, now: chrono::DateTime<chrono::Utc>) -> experiment::ActiveModel {
    experiment::ActiveModel {
        id: Unchanged(id),
        plan: NotSet,
        created_at: NotSet,
        updated_at: Set(now),
        started_at: NotSet,
        stopped_at: NotSet,
    }
}

async fn of(tx: &DatabaseTransaction, id: ExperimentId) -> Result<Experiment, ShopError> {
    let row = experiment::Entity::find_by_id(id).one(tx).await?;
    row.ok_or(ShopError::NotFound)?.try_into()
}
