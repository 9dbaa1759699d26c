//! The feed as a file: what it is, how it is mapped, and whether it is still the same one.

use super::{ImportError, ImportOptions};
use crate::feed::{draft::Rules, mapping::Mapping, read::Format, record::RowError};
use sha2::{Digest, Sha256};
use shop::{Shop, ShopError, money};
use std::{
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// A feed that is there.
#[derive(Debug)]
pub(super) struct FeedFile {
    /// Absolute, links followed.
    pub(super) path: PathBuf,
    pub(super) format: Format,
    pub(super) rules: Rules,
    /// Bytes on disk, packed as they are.
    pub(super) size: u64,
    /// Names the file, whatever is in it.
    pub(super) source_key: String,
    /// Changes with the file, its mapping and its pictures: rows may not be skipped then.
    pub(super) fingerprint: String,
}

impl FeedFile {
    pub(super) fn examine(shop: &Shop, options: &ImportOptions) -> Result<Self, ImportError> {
        let unreadable = |error: std::io::Error| {
            let reason = format!("cannot open {}: {error}", options.file.display());
            ImportError::Feed(RowError::fatal(0, reason))
        };
        let path = options.file.canonicalize().map_err(unreadable)?;
        let about = path.metadata().map_err(unreadable)?;
        let format = options.format.or_else(|| Format::of(&path));
        let format = format.ok_or_else(|| ImportError::UnknownFormat(options.file.clone()))?;
        let rules = Rules {
            mapping: mapping(options.mapping.as_deref(), format)?,
            currency: shop.currency().code().to_owned(),
            exponent: money::exponent(shop.currency()),
        };
        let changed = about.modified().map_err(unreadable)?.duration_since(UNIX_EPOCH);
        let changed = changed.map_or(0, |since| since.as_nanos());
        let contents = serde_json::to_string(&(
            about.len(),
            changed.to_string(),
            format,
            &rules.mapping,
            &rules.currency,
        ))
        .map_err(ShopError::internal)?;
        Ok(Self {
            source_key: format!("feed:{}", digest(path.to_string_lossy().as_bytes())),
            fingerprint: digest(format!("{contents}{:?}", options.pictures).as_bytes()),
            size: about.len(),
            path,
            format,
            rules,
        })
    }
}

fn mapping(file: Option<&Path>, format: Format) -> Result<Mapping, ImportError> {
    Ok(match (file, format) {
        (Some(file), _) => Mapping::read(file)?,
        (None, Format::Tsv | Format::GoogleXml) => Mapping::google(),
        (None, Format::Csv | Format::Jsonl) => Mapping::plain(),
    })
}

fn digest(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
