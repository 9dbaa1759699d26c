//! What a search finds, and why.

use crate::catalog::{ListSummary, Product};
use async_graphql::{Enum, MergedObject, Object, SimpleObject};
use reco_actors::catalog as engine;

/// What a search looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[graphql(remote = "engine::SearchMode")]
pub enum SearchMode {
    /// Words and meaning.
    #[default]
    Hybrid,
    /// Words alone.
    Words,
    /// Meaning alone.
    Meaning,
}

/// How a search that would find too little was widened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "engine::Relaxation")]
pub enum SearchRelaxation {
    /// Misspelled words were taken for what they may mean; see `didYouMean`.
    Spelling,
    /// Products that lack some of the words come behind the others.
    FewerWords,
    /// No product has the words: these are alike in meaning, or show it.
    MeaningOnly,
}

/// The addends of a score; what played no part is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, SimpleObject)]
pub struct SearchScoreParts {
    /// An identifier of the product was asked for.
    pub identifier: f64,
    /// How well, and how many of, the words match.
    pub words: f64,
    /// How like the meaning is.
    pub meaning: f64,
    /// How far the picture shows what is asked for, where the image model has a text side.
    pub looks: f64,
    /// What rules of the shop's staff add or take away.
    pub rules: f64,
}

impl From<engine::SearchScore> for SearchScoreParts {
    fn from(score: engine::SearchScore) -> Self {
        let tidy = crate::recommendations::tidy;
        Self {
            identifier: tidy(score.identifier),
            words: tidy(score.words),
            meaning: tidy(score.meaning),
            looks: tidy(score.looks),
            rules: tidy(score.rules),
        }
    }
}

/// A product that was found, and its place in the list.
#[derive(Clone, Debug, SimpleObject)]
pub struct SearchEdge {
    /// Opaque position, for `after` and `before`.
    pub cursor: String,
    /// The product.
    pub node: Product,
    /// Higher is better; comparable within one search. The sum of `scoreParts`.
    pub score: f64,
    /// What the score is made of.
    pub score_parts: SearchScoreParts,
}

/// A page of what was found.
#[derive(Clone, Debug, MergedObject)]
pub struct SearchConnection(pub(super) SearchHits, pub(super) ListSummary);

/// What was found, and how.
#[derive(Clone, Debug)]
pub struct SearchHits {
    pub(super) edges: Vec<SearchEdge>,
    pub(super) did_you_mean: Option<String>,
    pub(super) relaxed: Vec<SearchRelaxation>,
    pub(super) by_meaning: bool,
    pub(super) generation: String,
    pub(super) search_id: String,
}

#[Object]
impl SearchHits {
    /// Products with their cursors and scores.
    async fn edges(&self) -> &[SearchEdge] {
        &self.edges
    }

    /// The products alone.
    async fn nodes(&self) -> Vec<&Product> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// The words as they may have been meant, when some are misspelled; these were looked for.
    #[graphql(complexity = 1)]
    async fn did_you_mean(&self) -> Option<&str> {
        self.did_you_mean.as_deref()
    }

    /// How the search was widened, step by step; empty when it was not.
    #[graphql(complexity = 1)]
    async fn relaxed(&self) -> &[SearchRelaxation] {
        &self.relaxed
    }

    /// Whether meaning was looked at. Without a text model words alone are.
    #[graphql(complexity = 1)]
    async fn is_by_meaning(&self) -> bool {
        self.by_meaning
    }

    /// Names the state of the index that answered.
    #[graphql(complexity = 1)]
    async fn generation(&self) -> &str {
        &self.generation
    }

    /// Says that a click or a line of a cart comes from this search: for `searchClick` and
    /// `searchId` of `cartLinesAdd`. Opaque; it names the words, and nobody who wrote them.
    #[graphql(complexity = 1)]
    async fn search_id(&self) -> &str {
        &self.search_id
    }
}
