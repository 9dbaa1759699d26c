//! One job of the embedding worker: some products, read, embedded and stored.

use super::{
    PipelineError,
    content::{Content, Missing, Picture, bytes_of},
};
use bytes::Bytes;
use reco_actors::{
    RecoError,
    embed::ModelInfo,
    system::{Priority, RecoHandle},
};
use shop::{
    Shop,
    embeddings::{Modality, StoredVector},
    id::ProductId,
    pipeline::Task,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

/// How far the worker is. Cheap to read.
#[derive(Debug, Default)]
pub struct EmbedProgress {
    /// Products looked at.
    pub checked: AtomicU64,
    /// Texts embedded.
    pub texts: AtomicU64,
    /// Pictures embedded.
    pub pictures: AtomicU64,
    /// Pictures that cannot be read.
    pub unreadable: AtomicU64,
    /// Products in a job.
    pub waiting: AtomicU64,
    /// Nothing is left to be looked for.
    pub scanned: AtomicBool,
}

/// Some products to embed.
pub(super) struct Job {
    pub(super) shop: Shop,
    /// The encoders of each set of models; those of what serves come first.
    pub(super) engines: Vec<RecoHandle>,
    pub(super) progress: Arc<EmbedProgress>,
    pub(super) priority: Priority,
}

impl Job {
    /// Embeds what these products lack, and stores it. One that cannot be read fails alone.
    /// Tells which products failed, wholly or in part, and why.
    pub(super) async fn run(&self, tasks: &[Task]) -> Result<HashMap<ProductId, String>, PipelineError> {
        match self.run_together(tasks).await {
            Err(PipelineError::Shop(_)) => {}
            outcome => return outcome,
        }
        // Fails when it is the database that is away.
        self.shop.outbox().last_position().await?;
        let mut failures = HashMap::new();
        for task in tasks {
            match self.run_together(std::slice::from_ref(task)).await {
                Ok(failed) => failures.extend(failed),
                Err(PipelineError::Shop(error)) => drop(failures.insert(task.product, error.to_string())),
                Err(error) => return Err(error),
            }
        }
        Ok(failures)
    }

    /// Embeds what these products lack, and stores it. Tells of which products a picture cannot
    /// be embedded, and why.
    async fn run_together(&self, tasks: &[Task]) -> Result<HashMap<ProductId, String>, PipelineError> {
        let products: Vec<ProductId> = tasks.iter().map(|task| task.product).collect();
        let forced: HashSet<ProductId> = tasks
            .iter()
            .filter(|task| task.is_forced)
            .map(|task| task.product)
            .collect();
        if self.priority == Priority::Bulk {
            // A changed category or brand asks for its products in bulk.
            self.shop.catalog().reload_taxonomy().await?;
        }
        let views = self.shop.catalog().load_fresh(&products).await?;
        let taxonomy = self.shop.catalog().taxonomy();
        let contents: Vec<Content> = views.iter().map(|view| Content::of(view, &taxonomy)).collect();
        let mut failures = HashMap::new();
        for engine in &self.engines {
            failures.extend(self.embed(engine, tasks, contents.clone(), &forced).await?);
        }
        Ok(failures)
    }

    /// Embeds with the models of one set of encoders what these contents lack of them.
    async fn embed(
        &self,
        engine: &RecoHandle,
        tasks: &[Task],
        contents: Vec<Content>,
        forced: &HashSet<ProductId>,
    ) -> Result<HashMap<ProductId, String>, PipelineError> {
        let models = engine.models();
        let missing = Missing::find(&self.shop, &models, contents, forced).await?;
        if missing.is_empty() {
            return Ok(HashMap::new());
        }
        let (texts, pictures) = tokio::join!(
            self.texts(engine, models.text.as_ref(), missing.texts),
            self.pictures(engine, models.image.as_ref(), missing.pictures)
        );
        self.shop
            .embeddings()
            .forget(&missing.orphaned, Modality::Image, self.shop.now())
            .await?;
        // One modality's failure must not cost the other's work.
        let (mut vectors, outcome) = match (texts, pictures) {
            (Ok(texts), Ok((pictures, unreadable))) => ([texts, pictures].concat(), Ok(unreadable)),
            (Ok(texts), Err(error)) => (texts, Err(error)),
            (Err(error), Ok((pictures, _))) => (pictures, Err(error)),
            (Err(error), Err(_)) => return Err(error),
        };
        vectors.sort_by_key(|stored| stored.product);
        let asked = tasks.iter().map(|task| (task.product, task.at)).collect();
        self.shop.embeddings().store(&vectors, &asked, self.shop.now()).await?;
        outcome
    }

    async fn texts(
        &self,
        engine: &RecoHandle,
        model: Option<&ModelInfo>,
        missing: Vec<(ProductId, String, String)>,
    ) -> Result<Vec<StoredVector>, PipelineError> {
        let Some(model) = model else { return Ok(Vec::new()) };
        let texts = missing.iter().map(|(_, _, text)| text.clone()).collect();
        let vectors = engine.embed_texts(texts, self.priority).await?;
        self.progress.texts.fetch_add(vectors.len() as u64, Relaxed);
        let stored = missing
            .into_iter()
            .zip(vectors)
            .map(|((product, content_hash, _), vector)| StoredVector {
                product,
                modality: Modality::Text,
                model: model.id.clone(),
                content_hash,
                vector,
            });
        Ok(stored.collect())
    }

    async fn pictures(
        &self,
        engine: &RecoHandle,
        model: Option<&ModelInfo>,
        missing: Vec<(ProductId, Picture)>,
    ) -> Result<(Vec<StoredVector>, HashMap<ProductId, String>), PipelineError> {
        let Some(model) = model else {
            return Ok(Default::default());
        };
        let mut unreadable = HashMap::new();
        let mut read: Vec<(ProductId, Picture)> = Vec::with_capacity(missing.len());
        let mut images: Vec<Bytes> = Vec::with_capacity(missing.len());
        for (product, picture) in missing {
            match bytes_of(&self.shop, &picture).await? {
                Some(bytes) => {
                    read.push((product, picture));
                    images.push(bytes);
                }
                None => drop(unreadable.insert(product, "picture: its object is not in the media store".to_owned())),
            }
        }
        let mut stored = Vec::with_capacity(read.len());
        let vectors = engine.embed_images(images, self.priority).await?;
        for ((product, picture), vector) in read.into_iter().zip(vectors) {
            match vector {
                Ok(vector) => stored.push(StoredVector {
                    product,
                    modality: Modality::Image,
                    model: model.id.clone(),
                    content_hash: picture.hash,
                    vector,
                }),
                Err(RecoError::BadInput(reason)) => drop(unreadable.insert(product, format!("picture: {reason}"))),
                Err(error) => return Err(error.into()),
            }
        }
        self.progress.pictures.fetch_add(stored.len() as u64, Relaxed);
        self.progress.unreadable.fetch_add(unreadable.len() as u64, Relaxed);
        for (product, reason) in &unreadable {
            tracing::warn!(product.id = %product, reason, "its picture cannot be embedded");
        }
        Ok((stored, unreadable))
    }
}
