//! What of a product is embedded, and which of it has no vector yet.

use super::item_of;
use bytes::Bytes;
use reco_actors::{
    embed::{hash_text, text_of},
    system::LoadedModels,
};
use shop::{
    Shop, ShopError,
    catalog::{ProductView, Taxonomy},
    embeddings::{Modality, StoredHash},
    id::ProductId,
    media::MediaKey,
};
use std::collections::HashSet;

/// The main picture of a product, by the hash of its upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) key: String,
    pub(super) hash: String,
}

/// What the vectors of one product are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) product: ProductId,
    pub(super) text: String,
    pub(super) text_hash: String,
    pub(super) picture: Option<Picture>,
}

impl Content {
    pub(super) fn of(view: &ProductView, taxonomy: &Taxonomy) -> Self {
        let text = text_of(&item_of(view, taxonomy));
        Self {
            product: view.id(),
            text_hash: hash_text(&text),
            text,
            picture: view.media.first().map(|picture| Picture {
                key: picture.storage_key.clone(),
                hash: picture.content_hash.clone(),
            }),
        }
    }
}

/// Work that is left for some products.
#[derive(Debug, Default)]
pub(super) struct Missing {
    /// Product, hash, text.
    pub(super) texts: Vec<(ProductId, String, String)>,
    /// Product and its picture.
    pub(super) pictures: Vec<(ProductId, Picture)>,
    /// Products that have a picture's vector but no picture any more.
    pub(super) orphaned: Vec<ProductId>,
}

impl Missing {
    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.pictures.is_empty() && self.orphaned.is_empty()
    }

    /// The products with work left, each once, in the order of the contents.
    pub(super) fn products(&self) -> Vec<ProductId> {
        let mut seen = HashSet::new();
        let texts = self.texts.iter().map(|(product, ..)| *product);
        let pictures = self.pictures.iter().map(|(product, _)| *product);
        texts
            .chain(pictures)
            .chain(self.orphaned.iter().copied())
            .filter(|product| seen.insert(*product))
            .collect()
    }

    /// What these contents lack of the models' vectors; all of it for `forced` products.
    pub(super) async fn find(
        shop: &Shop,
        models: &LoadedModels,
        contents: Vec<Content>,
        forced: &HashSet<ProductId>,
    ) -> Result<Self, ShopError> {
        let ids: Vec<ProductId> = contents.iter().map(|content| content.product).collect();
        let names: Vec<&str> = [&models.text, &models.image]
            .into_iter()
            .flatten()
            .map(|model| model.id.as_str())
            .collect();
        let stored = shop.embeddings().hashes(&ids, &names).await?;
        let has = |product, modality, hash: &str| {
            let hash = StoredHash {
                product,
                modality,
                content_hash: hash.to_owned(),
            };
            !forced.contains(&product) && stored.contains(&hash)
        };
        let pictured: HashSet<ProductId> = stored
            .iter()
            .filter(|stored| stored.modality == Modality::Image)
            .map(|stored| stored.product)
            .collect();
        let mut missing = Self::default();
        for content in contents {
            let product = content.product;
            if models.text.is_some() && !has(product, Modality::Text, &content.text_hash) {
                missing.texts.push((product, content.text_hash, content.text));
            }
            match content.picture {
                None if pictured.contains(&product) => missing.orphaned.push(product),
                Some(picture) if models.image.is_some() && !has(product, Modality::Image, &picture.hash) => {
                    missing.pictures.push((product, picture));
                }
                _ => {}
            }
        }
        Ok(missing)
    }
}

/// Reads a picture from the media store; `None` when its object is gone.
pub(super) async fn bytes_of(shop: &Shop, picture: &Picture) -> Result<Option<Bytes>, ShopError> {
    match picture.key.parse::<MediaKey>() {
        Ok(key) => shop.media().read(&key).await,
        Err(_) => Ok(None),
    }
}
