//! Pictures: takes uploads, makes them safe and small, stores and serves them.
//!
//! [`MediaStore`] knows bytes and objects and no database; the rows that tie a picture to
//! a product are written by [`AdminMedia`], which only staff can obtain. An upload goes
//! through [`sniff`] (format, limits, from the header alone), [`process`] (decode and
//! encode anew on a blocking thread) and ends as objects named by its content hash. Storing
//! the same picture twice overwrites equal bytes, so nothing needs a lock. Objects are
//! never deleted with a row: another product may show the same picture.

mod admin;
mod key;
mod part;
mod problem;
mod process;
#[cfg(test)]
pub(crate) mod samples;
mod sniff;
#[cfg(test)]
mod tests;

pub(crate) use admin::row;
pub use admin::{AdminMedia, MOST_PER_PRODUCT, MediaUpload};
pub use key::{ContentHash, Encoding, MediaKey, NotAMediaKey, Rendition, WIDTHS};
pub use part::Region;
pub use problem::MediaProblem;
pub use sniff::{LONGEST_SIDE, MOST_PIXELS};

use crate::error::ShopError;
use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use object_store::{
    ObjectStore, ObjectStoreExt, aws::AmazonS3Builder, local::LocalFileSystem, memory::InMemory, prefix::PrefixStore,
};
use process::{Processed, Smaller, Trust};
use sniff::Header;
use std::{fmt, path::Path, sync::Arc};
use tokio::sync::Semaphore;

/// Largest upload unless set otherwise.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// Megapixels being decoded at the same time: the largest picture, or several usual ones.
const MEGAPIXELS_AT_ONCE: u32 = 48;
/// What a picture counts as at least, so that at most four are decoded at the same time.
const MEGAPIXELS_AT_LEAST: u32 = MEGAPIXELS_AT_ONCE / 4;

/// A picture in the store, and what its row says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMedia {
    /// The full picture.
    pub key: MediaKey,
    /// Pixels across the full picture.
    pub width: u32,
    /// Pixels down the full picture.
    pub height: u32,
    /// Bytes of the full picture.
    pub byte_size: usize,
    /// The smaller copies, narrow to wide: one of each of [`WIDTHS`] below the full width.
    pub renditions: Vec<StoredRendition>,
    /// A `data:` address of a few pixels, to show while the picture loads.
    pub placeholder: String,
}

/// A smaller copy of a picture in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRendition {
    /// The copy.
    pub key: MediaKey,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// A stored object opened for serving.
pub struct OpenMedia {
    /// The media type to serve it with.
    pub content_type: &'static str,
    /// Its length in bytes.
    pub byte_size: u64,
    /// Its bytes.
    pub body: BoxStream<'static, Result<Bytes, ShopError>>,
}

/// The picture store: a directory, a bucket, or memory.
#[derive(Clone)]
pub struct MediaStore {
    objects: Arc<dyn ObjectStore>,
    decoding: Arc<Semaphore>,
    max_bytes: usize,
}

impl fmt::Debug for MediaStore {
    /// Names the place; the store's own `Debug` would show how it logs in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MediaStore({})", self.objects)
    }
}

impl MediaStore {
    /// A store in a directory, which is made if it is not there.
    ///
    /// # Errors
    /// When the directory cannot be made or opened.
    pub fn in_directory(path: &Path) -> Result<Self, ShopError> {
        std::fs::create_dir_all(path).map_err(ShopError::internal)?;
        let objects = LocalFileSystem::new_with_prefix(path).map_err(ShopError::internal)?;
        Ok(Self::over(Arc::new(objects)))
    }

    /// A store in an S3 bucket, `s3://bucket/prefix`. Credentials, region and endpoint
    /// come from the usual `AWS_*` variables.
    ///
    /// # Errors
    /// When the address is of another kind or the settings do not make a client.
    pub fn in_bucket(address: &str) -> Result<Self, ShopError> {
        let rest = address
            .strip_prefix("s3://")
            .ok_or_else(|| ShopError::internal("the media store is not s3://"))?;
        // TLS takes one provider per process; one that is there already does as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(ShopError::internal("the media store names no bucket"));
        }
        let client = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .build()
            .map_err(ShopError::internal)?;
        Ok(Self::over(Arc::new(PrefixStore::new(client, prefix))))
    }

    /// A store that is gone with the process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::over(Arc::new(InMemory::new()))
    }

    fn over(objects: Arc<dyn ObjectStore>) -> Self {
        let decoding = Arc::new(Semaphore::new(MEGAPIXELS_AT_ONCE as usize));
        Self {
            objects,
            decoding,
            max_bytes: MAX_BYTES,
        }
    }

    /// The same store with another limit on the bytes of an upload.
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }

    /// Takes a stranger's upload. `declared` is the type that came with it, if any; it must
    /// agree with the bytes.
    ///
    /// # Errors
    /// `Media` with what is wrong with the picture; `Internal` when it cannot be stored.
    pub async fn ingest(&self, bytes: Bytes, declared: Option<&str>) -> Result<StoredMedia, ShopError> {
        self.take(bytes, declared, Trust::Nobody).await
    }

    /// Takes a file of the operator's own catalogue. Same limits; but a small, upright JPEG
    /// or PNG without EXIF is stored as it is, which costs one decoding and no encoding.
    ///
    /// # Errors
    /// As [`Self::ingest`].
    pub async fn ingest_for_import(&self, bytes: Bytes) -> Result<StoredMedia, ShopError> {
        self.take(bytes, None, Trust::Operator).await
    }

    /// Looks whether a stranger's picture may be looked at, without taking it: its size, its type, and
    /// that the two agree.
    ///
    /// # Errors
    /// `Media` with what is wrong with the picture.
    pub fn examine(&self, bytes: &Bytes, declared: Option<&str>) -> Result<(), ShopError> {
        if bytes.len() > self.max_bytes {
            return Err(MediaProblem::TooLarge {
                limit_bytes: self.max_bytes,
            }
            .into());
        }
        Ok(sniff::sniff(bytes, declared).map(drop)?)
    }

    async fn take(&self, bytes: Bytes, declared: Option<&str>, trust: Trust) -> Result<StoredMedia, ShopError> {
        if bytes.len() > self.max_bytes {
            return Err(MediaProblem::TooLarge {
                limit_bytes: self.max_bytes,
            }
            .into());
        }
        let header = sniff::sniff(&bytes, declared)?;
        let weight = weight_of(header, trust);
        let permit = self
            .decoding
            .clone()
            .acquire_many_owned(weight)
            .await
            .map_err(ShopError::internal)?;
        // The permit travels with the work, which goes on when the caller gives up.
        let work = move || {
            let hash = ContentHash::of(&bytes);
            let processed = process::process(&bytes, header, trust);
            drop(permit);
            processed.map(|processed| (hash, processed))
        };
        let (hash, processed) = tokio::task::spawn_blocking(work).await.map_err(ShopError::internal)??;
        self.store(hash, processed).await
    }

    /// Copies first, the full picture last: whoever sees it can rely on the rest.
    async fn store(&self, hash: ContentHash, processed: Processed) -> Result<StoredMedia, ShopError> {
        let key = MediaKey::full(hash, processed.encoding);
        let byte_size = processed.full.len();
        let mut renditions = Vec::with_capacity(processed.copies.len());
        for Smaller { width, height, bytes } in processed.copies {
            let key = key.with(Rendition::Width(width));
            self.put(&key, bytes).await?;
            renditions.push(StoredRendition { key, width, height });
        }
        self.put(&key, processed.full).await?;
        let Processed {
            width,
            height,
            placeholder,
            ..
        } = processed;
        Ok(StoredMedia {
            key,
            width,
            height,
            byte_size,
            renditions,
            placeholder,
        })
    }

    async fn put(&self, key: &MediaKey, bytes: Vec<u8>) -> Result<(), ShopError> {
        let put = self.objects.put(&key.location(), bytes.into()).await;
        put.map(|_| ()).map_err(ShopError::internal)
    }

    /// Whether an object is there.
    async fn has(&self, key: &MediaKey) -> Result<bool, ShopError> {
        match self.objects.head(&key.location()).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(ShopError::internal(error)),
        }
    }

    /// Opens a picture for serving; `None` when it is not there. Objects never change, so
    /// an answer may be cached for ever.
    ///
    /// # Errors
    /// `Internal` when the store cannot be read.
    pub async fn open(&self, key: &MediaKey) -> Result<Option<OpenMedia>, ShopError> {
        let found = match self.objects.get(&key.location()).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            other => other.map_err(ShopError::internal)?,
        };
        let byte_size = found.meta.size;
        let body = found
            .into_stream()
            .map(|chunk| chunk.map_err(ShopError::internal))
            .boxed();
        Ok(Some(OpenMedia {
            content_type: key.encoding().content_type(),
            byte_size,
            body,
        }))
    }

    /// Reads a whole picture; `None` when it is not there.
    ///
    /// # Errors
    /// `Internal` when the store cannot be read.
    pub async fn read(&self, key: &MediaKey) -> Result<Option<Bytes>, ShopError> {
        match self.objects.get(&key.location()).await {
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(ShopError::internal(error)),
            Ok(found) => found.bytes().await.map(Some).map_err(ShopError::internal),
        }
    }
}

/// Permits for one picture. An operator's thumbnails are so light that many may run.
fn weight_of(header: Header, trust: Trust) -> u32 {
    let megapixels = u32::try_from(header.pixels() / 1_000_000 + 1).unwrap_or(MEGAPIXELS_AT_ONCE);
    let least = if trust == Trust::Operator {
        1
    } else {
        MEGAPIXELS_AT_LEAST
    };
    megapixels.clamp(least, MEGAPIXELS_AT_ONCE)
}
