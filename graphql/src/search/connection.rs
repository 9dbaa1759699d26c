//! What a search finds, and why.

use crate::{
    catalog::{Facet, Product},
    page::PageInfo,
};
use async_graphql::{Enum, Object, SimpleObject};
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
    /// No product has the words: these are alike in meaning.
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
}

impl From<engine::SearchScore> for SearchScoreParts {
    fn from(score: engine::SearchScore) -> Self {
        let tidy = crate::recommendations::tidy;
        Self {
            identifier: tidy(score.identifier),
            words: tidy(score.words),
            meaning: tidy(score.meaning),
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
#[derive(Clone, Debug)]
pub struct SearchConnection {
    pub(super) edges: Vec<SearchEdge>,
    pub(super) page_info: PageInfo,
    pub(super) total: Option<u64>,
    pub(super) facets: Vec<Facet>,
    pub(super) did_you_mean: Option<String>,
    pub(super) relaxed: Vec<SearchRelaxation>,
    pub(super) by_meaning: bool,
    pub(super) generation: String,
}

#[Object]
impl SearchConnection {
    /// Products with their cursors and scores.
    async fn edges(&self) -> &[SearchEdge] {
        &self.edges
    }

    /// The products alone.
    async fn nodes(&self) -> Vec<&Product> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where this page stands.
    #[graphql(complexity = 1)]
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// Products that were found.
    #[graphql(complexity = 1)]
    async fn total_count(&self) -> u64 {
        self.total.unwrap_or(0)
    }

    /// What the products could be narrowed by, with counts. The selection within a facet is
    /// left out of its own counts.
    #[graphql(complexity = 5)]
    async fn facets(&self) -> &[Facet] {
        &self.facets
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
}
