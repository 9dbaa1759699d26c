//! Pictures of products as staff change them. Obtained from [`crate::viewer::Staff`].
//!
//! Every change locks its product by raising the version first, so that two at the same
//! moment cannot give one place twice, and leaves an outbox row in the same transaction.
//! Places count from 0 without gaps; the picture at 0 is the main one.

use super::{ContentHash, MediaKey, MediaStore, StoredMedia, StoredRendition, process};
use crate::{
    Shop,
    catalog::change,
    error::{ProblemCode, ShopError},
    outbox::{self, Aspect, Change},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use entities::{
    id::{MediaId, ProductId},
    media::{self, Rendition, Renditions},
    product,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, sea_query::Expr,
};
use std::{collections::HashSet, fmt};

/// Pictures of one product at most.
pub const MOST_PER_PRODUCT: usize = 50;
/// Longest description for people who cannot see the picture.
const LONGEST_ALT: usize = 500;

/// An upload for a product.
#[derive(Clone)]
pub struct MediaUpload {
    /// The product.
    pub product: ProductId,
    /// The file.
    pub bytes: Bytes,
    /// The type that came with it, if any.
    pub declared: Option<String>,
    /// What a person who cannot see it is told.
    pub alt: String,
    /// Its place; at the end when absent or past it.
    pub position: Option<usize>,
}

impl fmt::Debug for MediaUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.bytes.len();
        f.debug_struct("MediaUpload")
            .field("product", &self.product)
            .field("bytes", &size)
            .finish_non_exhaustive()
    }
}

/// What staff may do with pictures.
#[derive(Debug)]
pub struct AdminMedia<'a> {
    shop: &'a Shop,
}

impl<'a> AdminMedia<'a> {
    pub(crate) fn new(shop: &'a Shop) -> Self {
        Self { shop }
    }

    /// Stores a picture and shows it with the product. A picture that the product already
    /// shows is answered with the row it has, so that an upload may be repeated.
    ///
    /// # Errors
    /// `NotFound` for the product, `Media` for the picture, `Invalid` for the description
    /// or one picture too many.
    pub async fn upload(&self, upload: MediaUpload) -> Result<media::Model, ShopError> {
        let alt = checked_alt(&upload.alt)?;
        let product = product::Entity::find_by_id(upload.product).one(self.shop.db()).await?;
        product.ok_or(ShopError::NotFound)?;
        let store: &MediaStore = self.shop.media();
        let stored = store.ingest(upload.bytes, upload.declared.as_deref()).await?;

        let change = Changing::begin(self.shop, upload.product).await?;
        let shown = change.pictures().await?;
        let same = shown
            .iter()
            .find(|picture| picture.content_hash == stored.key.hash().as_str());
        if let Some(same) = same {
            return Ok(same.clone());
        }
        if shown.len() >= MOST_PER_PRODUCT {
            let message = format!("a product shows at most {MOST_PER_PRODUCT} pictures");
            return Err(ShopError::problem("file", ProblemCode::TooLong, message));
        }
        let place = upload.position.unwrap_or(shown.len()).min(shown.len());
        change.shift(place_column(place), 1).await?;
        let row = row(&stored, upload.product, place, &alt, change.now)
            .insert(&change.tx)
            .await?;
        change.commit(self.shop).await?;
        Ok(row)
    }

    /// Describes a picture anew.
    ///
    /// # Errors
    /// `NotFound`, or `Invalid` for the description.
    pub async fn describe(&self, id: MediaId, alt: &str) -> Result<media::Model, ShopError> {
        let alt = checked_alt(alt)?;
        let change = Changing::begin(self.shop, self.product_of(id).await?).await?;
        let picture = media::ActiveModel {
            id: Set(id),
            alt: Set(alt),
            ..Default::default()
        };
        let row = picture.update(&change.tx).await?;
        change.commit(self.shop).await?;
        Ok(row)
    }

    /// Takes a picture off its product and tells which product that was. The objects stay:
    /// another product may show them.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete(&self, id: MediaId) -> Result<ProductId, ShopError> {
        let product = self.product_of(id).await?;
        let change = Changing::begin(self.shop, product).await?;
        let row = media::Entity::find_by_id(id)
            .one(&change.tx)
            .await?
            .ok_or(ShopError::NotFound)?;
        media::Entity::delete_by_id(id).exec(&change.tx).await?;
        change.shift(row.position, -1).await?;
        change.commit(self.shop).await?;
        Ok(product)
    }

    /// Puts the pictures of a product into this order.
    ///
    /// # Errors
    /// `NotFound` for the product; `Invalid` unless each of its pictures is named once.
    pub async fn reorder(&self, product: ProductId, order: &[MediaId]) -> Result<Vec<media::Model>, ShopError> {
        let change = Changing::begin(self.shop, product).await?;
        let shown: HashSet<MediaId> = change.pictures().await?.iter().map(|picture| picture.id).collect();
        let named: HashSet<MediaId> = order.iter().copied().collect();
        if named != shown || order.len() != shown.len() {
            return Err(ShopError::invalid("mediaIds", "name every picture of the product once"));
        }
        for (place, &id) in order.iter().enumerate() {
            let position = Set(place_column(place));
            media::ActiveModel {
                id: Set(id),
                position,
                ..Default::default()
            }
            .update(&change.tx)
            .await?;
        }
        let rows = change.pictures().await?;
        change.commit(self.shop).await?;
        Ok(rows)
    }

    /// What these very bytes became when a product was given them before, so that they
    /// need no decoding again; `None` when no product shows them or the store lost them.
    ///
    /// # Errors
    /// `Internal` when the database or the store cannot be read.
    pub async fn find(&self, bytes: &Bytes) -> Result<Option<StoredMedia>, ShopError> {
        let bytes = bytes.clone();
        let hash = tokio::task::spawn_blocking(move || ContentHash::of(&bytes)).await;
        let hash = hash.map_err(ShopError::internal)?;
        let shown = media::Entity::find().filter(media::Column::ContentHash.eq(hash.as_str()));
        let Some(stored) = shown.one(self.shop.db()).await?.as_ref().and_then(stored) else {
            return Ok(None);
        };
        Ok(self.shop.media().has(&stored.key).await?.then_some(stored))
    }

    async fn product_of(&self, id: MediaId) -> Result<ProductId, ShopError> {
        let row = media::Entity::find_by_id(id).one(self.shop.db()).await?;
        row.map(|row| row.product_id).ok_or(ShopError::NotFound)
    }
}

/// A transaction that changes the pictures of one product.
struct Changing {
    tx: DatabaseTransaction,
    product: ProductId,
    now: DateTime<Utc>,
}

impl Changing {
    async fn begin(shop: &Shop, product: ProductId) -> Result<Self, ShopError> {
        let (tx, now) = change::begin(shop, product).await?;
        Ok(Self { tx, product, now })
    }

    async fn pictures(&self) -> Result<Vec<media::Model>, ShopError> {
        let shown = media::Entity::find().filter(media::Column::ProductId.eq(self.product));
        Ok(shown
            .order_by_asc(media::Column::Position)
            .order_by_asc(media::Column::Id)
            .all(&self.tx)
            .await?)
    }

    /// Moves every picture at or after a place.
    async fn shift(&self, from: i32, by: i32) -> Result<(), ShopError> {
        let moved = Expr::col(media::Column::Position).add(by);
        let later = media::Entity::update_many().col_expr(media::Column::Position, moved);
        let later = later
            .filter(media::Column::ProductId.eq(self.product))
            .filter(media::Column::Position.gte(from));
        later.exec(&self.tx).await?;
        Ok(())
    }

    async fn commit(self, shop: &Shop) -> Result<(), ShopError> {
        outbox::append(&self.tx, self.now, [Change::Product(self.product, Aspect::Media)]).await?;
        self.tx.commit().await?;
        shop.changed(&[self.product]);
        Ok(())
    }
}

fn checked_alt(alt: &str) -> Result<String, ShopError> {
    if alt.trim().chars().count() > LONGEST_ALT {
        let message = format!("a description has at most {LONGEST_ALT} characters");
        return Err(ShopError::problem("alt", ProblemCode::TooLong, message));
    }
    Ok(fitting_alt(alt))
}

/// A description on one line, cut where it becomes too long.
fn fitting_alt(alt: &str) -> String {
    let letters = alt.trim().chars().take(LONGEST_ALT);
    letters
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

/// Places stay below [`MOST_PER_PRODUCT`].
fn place_column(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX)
}

/// The stored picture of a row; `None` for a row that lacks something, which is then
/// made anew.
fn stored(row: &media::Model) -> Option<StoredMedia> {
    let (width, height) = (u32::try_from(row.width).ok()?, u32::try_from(row.height).ok()?);
    let copy = |copy: &Rendition| {
        Some(StoredRendition {
            key: copy.key.parse().ok()?,
            width: copy.width,
            height: process::scaled(height, copy.width, width),
        })
    };
    Some(StoredMedia {
        key: row.storage_key.parse::<MediaKey>().ok()?,
        width,
        height,
        byte_size: usize::try_from(row.byte_size).ok()?,
        renditions: row.renditions.0.iter().map(copy).collect::<Option<_>>()?,
        placeholder: row.blur_data_url.clone()?,
    })
}

/// The row of a stored picture; the importer writes its own batches with it. A description
/// that is too long is cut: a feed's picture is worth more than the end of its text.
pub(crate) fn row(
    stored: &StoredMedia,
    product: ProductId,
    place: usize,
    alt: &str,
    now: DateTime<Utc>,
) -> media::ActiveModel {
    let content_type = stored.key.encoding().content_type();
    let renditions = stored.renditions.iter().map(|copy| Rendition {
        width: copy.width,
        height: copy.height,
        key: copy.key.to_string(),
        content_type: content_type.to_owned(),
    });
    media::ActiveModel {
        id: Set(MediaId::generate()),
        product_id: Set(product),
        position: Set(place_column(place)),
        alt: Set(fitting_alt(alt)),
        storage_key: Set(stored.key.to_string()),
        content_type: Set(content_type.to_owned()),
        width: Set(i32::try_from(stored.width).unwrap_or(i32::MAX)),
        height: Set(i32::try_from(stored.height).unwrap_or(i32::MAX)),
        byte_size: Set(i64::try_from(stored.byte_size).unwrap_or(i64::MAX)),
        content_hash: Set(stored.key.hash().as_str().to_owned()),
        blur_data_url: Set(Some(stored.placeholder.clone())),
        renditions: Set(Renditions(renditions.collect())),
        created_at: Set(now),
    }
}
