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
};
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed},
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
    /// Products waiting or in a job, as far as they are known.
    pub waiting: AtomicU64,
    /// Changes up to here are known.
    pub position: AtomicI64,
    /// Everything known is done.
    pub idle: AtomicBool,
}

/// Some products to embed.
pub(super) struct Job {
    pub(super) shop: Shop,
    pub(super) engine: RecoHandle,
    pub(super) progress: Arc<EmbedProgress>,
    pub(super) priority: Priority,
}

impl Job {
    /// Embeds what these products lack, and stores it.
    pub(super) async fn run(&self, products: &[ProductId], forced: &HashSet<ProductId>) -> Result<(), PipelineError> {
        let views = self.shop.catalog().load_fresh(products).await?;
        let taxonomy = self.shop.catalog().taxonomy();
        let contents = views.iter().map(|view| Content::of(view, &taxonomy)).collect();
        let models = self.engine.models();
        let missing = Missing::find(&self.shop, &models, contents, forced).await?;
        if missing.is_empty() {
            return Ok(());
        }
        let (texts, pictures) = tokio::join!(
            self.texts(models.text.as_ref(), missing.texts),
            self.pictures(models.image.as_ref(), missing.pictures)
        );
        self.shop
            .embeddings()
            .forget(&missing.orphaned, Modality::Image, self.shop.now())
            .await?;
        // One modality's failure must not cost the other's work.
        let (mut vectors, failure) = match (texts, pictures) {
            (Ok(texts), Ok(pictures)) => ([texts, pictures].concat(), None),
            (Ok(done), Err(error)) | (Err(error), Ok(done)) => (done, Some(error)),
            (Err(error), Err(_)) => return Err(error),
        };
        vectors.sort_by_key(|stored| stored.product);
        self.shop.embeddings().store(&vectors, self.shop.now()).await?;
        failure.map_or(Ok(()), Err)
    }

    async fn texts(
        &self,
        model: Option<&ModelInfo>,
        missing: Vec<(ProductId, String, String)>,
    ) -> Result<Vec<StoredVector>, PipelineError> {
        let Some(model) = model else { return Ok(Vec::new()) };
        let texts = missing.iter().map(|(_, _, text)| text.clone()).collect();
        let vectors = self.engine.embed_texts(texts, self.priority).await?;
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
        model: Option<&ModelInfo>,
        missing: Vec<(ProductId, Picture)>,
    ) -> Result<Vec<StoredVector>, PipelineError> {
        let Some(model) = model else { return Ok(Vec::new()) };
        let mut read: Vec<(ProductId, Picture)> = Vec::with_capacity(missing.len());
        let mut images: Vec<Bytes> = Vec::with_capacity(missing.len());
        for (product, picture) in missing {
            match bytes_of(&self.shop, &picture).await? {
                Some(bytes) => {
                    read.push((product, picture));
                    images.push(bytes);
                }
                None => self.unreadable(product, "its object is not in the media store"),
            }
        }
        let mut stored = Vec::with_capacity(read.len());
        let vectors = self.engine.embed_images(images, self.priority).await?;
        for ((product, picture), vector) in read.into_iter().zip(vectors) {
            match vector {
                Ok(vector) => stored.push(StoredVector {
                    product,
                    modality: Modality::Image,
                    model: model.id.clone(),
                    content_hash: picture.hash,
                    vector,
                }),
                Err(RecoError::BadInput(reason)) => self.unreadable(product, &reason),
                Err(error) => return Err(error.into()),
            }
        }
        self.progress.pictures.fetch_add(stored.len() as u64, Relaxed);
        Ok(stored)
    }

    fn unreadable(&self, product: ProductId, reason: &str) {
        self.progress.unreadable.fetch_add(1, Relaxed);
        tracing::warn!(product.id = %product, reason, "its picture cannot be embedded");
    }
}
