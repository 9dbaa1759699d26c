//! The search box: the question's embeddings, made or remembered, then words, meaning and looks in
//! one order.
//! Without a model, or when it does not answer soon, words alone are searched, and the answer says so.

use super::{
    Shared,
    handle::{INLINE_VECTORS, RecoHandle, died},
    meaning::{Block, Known, known},
    shared::Priority,
};
use crate::{
    RecoError,
    catalog::{Meaning, SearchGuide, SearchMode, SearchPage, SearchQuery, Senses},
    embed::CaptionModel,
    index::{CaptionMeaning, TextMeaning},
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
        let (text, looks) = match query.mode {
            SearchMode::Words => (None, None),
            SearchMode::Hybrid | SearchMode::Meaning => {
                futures::future::join(self.question(&query.text), self.caption(&query.text)).await
            }
        };
        let mut work = Work {
            shared: Arc::clone(&self.shared),
            query,
            text: text.map(Sense::Here),
            looks: looks.map(|(vector, model)| (Sense::Here(vector), model)),
        };
        if self.shared.elsewhere.is_some() {
            work.ask_elsewhere().await;
        }
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
        let model = self.shared.serving.load().models.text.clone()?;
        if self.models().text.as_ref() != Some(&model) {
            return None;
        }
        let embed = |text| self.embed_texts(vec![text], Priority::Interactive);
        self.remembered(model.id, text, embed).await
    }

    /// The question's embedding among the pictures; `None` when there is none soon, or the image model
    /// has no text side.
    async fn caption(&self, text: &str) -> Option<(Arc<[f32]>, CaptionModel)> {
        let factory = self.shared.factory.lock().clone()?;
        let serving = self.shared.serving.load().models.image.clone();
        let model = factory.caption_model().filter(|_| factory.image_model() == serving)?;
        // The text side may go by the name of its image model, so it is remembered by another.
        let key = format!("captions/{}", model.info.id);
        let embed = |text| self.embed_captions(vec![text]);
        Some((self.remembered(key, text, embed).await?, model))
    }

    async fn remembered<F>(&self, model: String, text: &str, embed: impl FnOnce(String) -> F) -> Option<Arc<[f32]>>
    where
        F: Future<Output = Result<Vec<Vec<f32>>, RecoError>>,
    {
        let text = text.trim().to_lowercase();
        let key = (model, text.clone());
        if let Some(vector) = self.shared.questions.0.get(&key) {
            return Some(vector);
        }
        let vector = match tokio::time::timeout(PATIENCE, embed(text)).await {
            Ok(Ok(mut vectors)) => vectors.pop()?,
            Ok(Err(error)) => {
                tracing::warn!(reco.model = key.0, reco.error = %error, "a question is searched without its embedding");
                return None;
            }
            Err(_) => {
                tracing::warn!(
                    reco.model = key.0,
                    "a question's embedding takes too long: searched without it"
                );
                return None;
            }
        };
        let vector: Arc<[f32]> = vector.into();
        self.shared.questions.0.insert(key, Arc::clone(&vector));
        Some(vector)
    }
}

/// How the likeness of items to a question is found out.
enum Sense {
    /// By the vectors of this process.
    Here(Arc<[f32]>),
    /// It was asked elsewhere.
    Known(Known),
}

/// A search with all that it needs.
struct Work {
    shared: Arc<Shared>,
    query: SearchQuery,
    text: Option<Sense>,
    looks: Option<(Sense, CaptionModel)>,
}

impl Work {
    /// Exchanges embeddings for what another engine knows by them.
    async fn ask_elsewhere(&mut self) {
        if let Some(Sense::Here(vector)) = self.text.take() {
            let found = known(&self.shared, &self.query, Block::Text, &vector).await;
            self.text = found.map(Sense::Known);
        }
        if let Some((Sense::Here(vector), model)) = self.looks.take() {
            let found = known(&self.shared, &self.query, Block::Image, &vector).await;
            self.looks = found.map(|found| (Sense::Known(found.by(&model)), model));
        }
    }

    fn run(self) -> Result<SearchAnswer, RecoError> {
        let generation = self.shared.generation();
        let serving = self.shared.serving.load().reader.load();
        let catalog = self.shared.catalog.read();
        let meaning: Option<Box<dyn Meaning>> = self.text.map(|sense| match sense {
            Sense::Here(vector) => Box::new(TextMeaning::new(Arc::clone(&serving), &vector)) as _,
            Sense::Known(known) => Box::new(known.over(&catalog)) as _,
        });
        let looks: Option<Box<dyn Meaning>> = self.looks.map(|(sense, model)| match sense {
            Sense::Here(vector) => Box::new(CaptionMeaning::new(serving, &vector, model)) as _,
            Sense::Known(known) => Box::new(known.over(&catalog)) as _,
        });
        let senses = Senses {
            meaning: meaning.as_deref(),
            looks: looks.as_deref(),
        };
        Ok(SearchAnswer {
            by_meaning: meaning.is_some(),
            found: catalog.search(&self.query, &self.shared.guide.load(), senses)?,
            generation,
        })
    }
}
