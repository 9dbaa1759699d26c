//! The search box: the question's embedding, made or remembered, then words and meaning in one order.
//! Without a model, or when it does not answer soon, words alone are searched, and the answer says so.

use super::{
    Shared,
    handle::{INLINE_VECTORS, RecoHandle, died},
    meaning::{Known, known},
    shared::Priority,
};
use crate::{
    RecoError,
    catalog::{Meaning, SearchGuide, SearchMode, SearchPage, SearchQuery},
    index::TextMeaning,
};
use moka::sync::Cache;
use std::{sync::Arc, time::Duration};

/// What the embedding of a question may take: nobody waits longer for a better order.
const PATIENCE: Duration = Duration::from_millis(250);
/// Questions whose embeddings are remembered: 1.6 KB each.
const REMEMBERED: u64 = 10_000;

/// Embeddings of questions, by model and text.
pub(crate) struct Questions(Cache<(String, String), Arc<[f32]>>);

impl Default for Questions {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub struct SearchAnswer {
    /// The page.
    pub found: SearchPage,
    /// Whether meaning was looked at; else words alone.
    pub by_meaning: bool,
    /// Names the state that answered.
    pub generation: String,
}

impl RecoHandle {
    /// One page of published items that have the words or mean the same.
    ///
    /// # Errors
    /// `InvalidArgument` when the question cannot be meant, `Overloaded`.
    pub async fn search(&self, query: SearchQuery) -> Result<SearchAnswer, RecoError> {
        let permit = self.shared.admit(&self.shared.searches)?;
        let vector = match query.mode {
            SearchMode::Words => None,
            SearchMode::Hybrid | SearchMode::Meaning => self.question(&query.text).await,
        };
        let elsewhere = match (&self.shared.elsewhere, &vector) {
            (Some(_), Some(vector)) => known(&self.shared, &query, vector).await,
            _ => None,
        };
        let work = Work {
            shared: Arc::clone(&self.shared),
            query,
            vector,
            elsewhere,
        };
        if self.shared.catalog.read().len() <= INLINE_VECTORS {
            return work.run();
        }
        let search = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work.run()
        });
        search.await.map_err(|_| died("search"))?
    }

    /// What staff say about search from now on.
    pub fn set_search_guide(&self, guide: SearchGuide) {
        self.shared.guide.store(Arc::new(guide));
    }

    /// The embedding of a question; `None` when there is none soon.
    async fn question(&self, text: &str) -> Option<Arc<[f32]>> {
        let models = &self.shared.serving.load().models;
        let model = models.text.as_ref()?.id.clone();
        if self.models().text.is_none_or(|loaded| loaded.id != model) {
            return None;
        }
        let text = text.trim().to_lowercase();
        let key = (model, text.clone());
        if let Some(vector) = self.shared.questions.0.get(&key) {
            return Some(vector);
        }
        let embedding = self.embed_texts(vec![text], Priority::Interactive);
        let vector = match tokio::time::timeout(PATIENCE, embedding).await {
            Ok(Ok(mut vectors)) => vectors.pop()?,
            Ok(Err(error)) => {
                tracing::warn!(reco.error = %error, "a question is searched by words alone");
                return None;
            }
            Err(_) => {
                tracing::warn!("a question is searched by words alone: its embedding takes too long");
                return None;
            }
        };
        let vector: Arc<[f32]> = vector.into();
        self.shared.questions.0.insert(key, Arc::clone(&vector));
        Some(vector)
    }
}

/// A search with all that it needs.
struct Work {
    shared: Arc<Shared>,
    query: SearchQuery,
    vector: Option<Arc<[f32]>>,
    elsewhere: Option<Known>,
}

impl Work {
    fn run(self) -> Result<SearchAnswer, RecoError> {
        let generation = self.shared.generation();
        let here = match (&self.elsewhere, &self.vector) {
            (None, Some(vector)) if self.shared.elsewhere.is_none() => {
                Some(TextMeaning::new(self.shared.serving.load().reader.load(), vector))
            }
            _ => None,
        };
        let catalog = self.shared.catalog.read();
        let elsewhere = self.elsewhere.map(|known| known.over(&catalog));
        let meaning: Option<&dyn Meaning> = match (&here, &elsewhere) {
            (Some(here), _) => Some(here),
            (None, Some(elsewhere)) => Some(elsewhere),
            (None, None) => None,
        };
        Ok(SearchAnswer {
            by_meaning: meaning.is_some(),
            found: catalog.search(&self.query, &self.shared.guide.load(), meaning)?,
            generation,
        })
    }
}
