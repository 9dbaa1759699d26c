//! What staff say about lists of recommendations: products that come first, higher, lower or not at
//! all, by list, category of the page, audience and time. Making lists is the engine's.
//!
//! Rules are few, read whole and held by every process; each change of one leaves a
//! [`Change::Steering`](crate::outbox::Change::Steering).

mod admin;
mod rule;
#[cfg(test)]
mod tests;

pub use admin::{AdminMerchandising, RulePatch};
pub use rule::{Audience, Body, Placement, Rule, Who};

use crate::ShopError;
use entities::recommendation_rule;
use sea_orm::{DatabaseConnection, EntityTrait, QueryOrder};
use std::sync::{Arc, PoisonError, RwLock};

/// The rules for lists.
#[derive(Clone, Debug)]
pub struct Merchandising {
    db: DatabaseConnection,
    /// Those that shoppers see, as this process knows them.
    current: Arc<RwLock<Arc<[Rule]>>>,
}

impl Merchandising {
    pub(crate) fn new(db: &DatabaseConnection) -> Self {
        Self {
            db: db.clone(),
            current: Arc::default(),
        }
    }

    /// All rules, drafts too, in the order they were made.
    ///
    /// # Errors
    /// `Internal` when the database fails or a row is damaged.
    pub async fn rules(&self) -> Result<Vec<Rule>, ShopError> {
        let rows = recommendation_rule::Entity::find().order_by_asc(recommendation_rule::Column::Id);
        let rows = rows.all(&self.db).await?;
        rows.into_iter().map(Rule::try_from).collect()
    }

    /// Those that are published, as this process knows them.
    #[must_use]
    pub fn current(&self) -> Arc<[Rule]> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at the database again.
    ///
    /// # Errors
    /// `Internal` when the database fails or a row is damaged.
    pub async fn refresh(&self) -> Result<(), ShopError> {
        let rules = self.rules().await?.into_iter();
        let published: Arc<[Rule]> = rules.filter(|rule| rule.body.is_published).collect();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = published;
        Ok(())
    }
}
