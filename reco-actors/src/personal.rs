//! Lists that come from what people do: the [`Personal`] trait and its plain types.

use crate::{
    ItemId, RecoError, Recommendations, ScoreMode, Weights,
    catalog::Filter,
    models::{Owned, Past, PersonId},
};
use async_trait::async_trait;
use std::collections::HashSet;

/// Which of what goes with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlsoKind {
    /// What people go on to look at.
    Viewed,
    /// What is bought in one basket with it.
    Bought,
    /// The same of another kind: what completes it instead of taking its place.
    Complements,
}

/// "What do people do beside this item?"
#[derive(Clone, Debug, PartialEq)]
pub struct AlsoQuery {
    /// The items that it goes with; one for a product, several for a cart. None of them is listed.
    pub items: Vec<ItemId>,
    /// Which.
    pub kind: AlsoKind,
    /// How many at most, 1…100.
    pub limit: usize,
    /// Only what matches.
    pub filter: Filter,
    /// Let items without free stock through.
    pub include_out_of_stock: bool,
    /// Tell of each all that speaks for it.
    pub explain: bool,
}

/// "What is for this person?"
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewerQuery {
    /// What they did, oldest first.
    pub history: Vec<Past>,
    /// How many at most, 1…100.
    pub limit: usize,
    /// Only what matches.
    pub filter: Filter,
    /// Let items without free stock through.
    pub include_out_of_stock: bool,
    /// Never these.
    pub exclude: HashSet<ItemId>,
    /// Maximal marginal relevance: 0 = pure relevance … 1 = most diverse.
    pub diversity: f32,
    /// Of one narrowest category at most, as long as there are others.
    pub max_per_category: Option<usize>,
    /// Tell of each all that speaks for it.
    pub explain: bool,
    /// Weights of what items are; `None` takes the engine's default.
    pub weights: Option<Weights>,
    /// Their scaling; `None` takes the engine's default.
    pub mode: Option<ScoreMode>,
    /// Share of what people do, 0…1; `None` takes the engine's default.
    pub behaviour: Option<f32>,
    /// Now, milliseconds of the Unix epoch: trends fade.
    pub at_ms: i64,
}

/// "What will somebody want again?"
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RepurchaseQuery {
    /// What they bought.
    pub owned: Vec<Owned>,
    /// How many at most, 1…100.
    pub limit: usize,
    /// Only what matches.
    pub filter: Filter,
    /// Let items without free stock through.
    pub include_out_of_stock: bool,
    /// Now, milliseconds of the Unix epoch.
    pub at_ms: i64,
}

/// What a list is of that is the same for everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TrendKind {
    /// What is touched most lately.
    #[default]
    Lately,
    /// What is bought most, ever.
    Popular,
    /// What was made last.
    New,
}

/// "What does everybody look at, or buy, or not know yet?"
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrendingQuery {
    /// Which of these.
    pub kind: TrendKind,
    /// How many at most, 1…100.
    pub limit: usize,
    /// Only what matches.
    pub filter: Filter,
    /// Let items without free stock through.
    pub include_out_of_stock: bool,
    /// Now, milliseconds of the Unix epoch: trends fade.
    pub at_ms: i64,
}

/// Anything that recommends by what people do.
#[async_trait]
pub trait Personal: Send + Sync {
    /// What goes with items, by what people do. Empty while nobody has.
    ///
    /// # Errors
    /// `InvalidArgument`, `Overloaded`, `Deadline`.
    async fn also(&self, query: &AlsoQuery) -> Result<Recommendations, RecoError>;

    /// A list for one person: by what they did, filled up with what is touched lately and popular.
    ///
    /// # Errors
    /// `InvalidArgument`, `Overloaded`, `Deadline`, `Unavailable`.
    async fn for_viewer(&self, query: &ViewerQuery) -> Result<Recommendations, RecoError>;

    /// What is touched most lately, filled up with what is popular; what is popular, filled up with what
    /// is new; or what is new alone.
    ///
    /// # Errors
    /// `InvalidArgument`, `Overloaded`, `Deadline`.
    async fn trending(&self, query: &TrendingQuery) -> Result<Recommendations, RecoError>;

    /// What somebody bought and will want again, the most due first.
    ///
    /// # Errors
    /// `InvalidArgument`, `Overloaded`, `Deadline`.
    async fn repurchase(&self, query: &RepurchaseQuery) -> Result<Recommendations, RecoError>;

    /// What a person did lately, oldest first; `None` for who is not remembered here.
    fn history(&self, person: PersonId) -> Option<Vec<Past>>;

    /// What a person bought; `None` for who is not remembered here.
    fn owned(&self, person: PersonId) -> Option<Vec<Owned>>;
}
