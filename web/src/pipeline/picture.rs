//! The bytes that a product's picture is embedded from.

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use shop::{Shop, ShopError, catalog::Media};

/// Reads the full picture from the media store; `None` when its object is gone.
pub(super) async fn bytes_of(shop: &Shop, picture: &Media) -> Result<Option<Bytes>, ShopError> {
    let Ok(key) = picture.storage_key.parse() else { return Ok(None) };
    let Some(opened) = shop.media().open(&key).await? else { return Ok(None) };
    let mut bytes = BytesMut::new();
    let mut body = opened.body;
    while let Some(chunk) = body.try_next().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes.freeze()))
}
