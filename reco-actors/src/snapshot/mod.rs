//! Snapshots: the whole state of an engine in one file, so that a boot loads it and replays only
//! what came after. Written under another name and renamed when complete; checked when read; a
//! file that is not of this database, these models or this format is refused with its reason,
//! and the caller loads from the database instead.
//!
//! * [`mod@file`]: the container, sections with checksums;
//! * `directory`: names, atomic writing, and what is kept;
//! * what the sections hold is known by the catalogue and the vector index themselves.

mod directory;
mod file;

#[cfg(test)]
mod tests;

pub(crate) use directory::{Written, write};
pub(crate) use file::{In, Kind, Out, Place, damaged};

use crate::{
    catalog::{Captured, CatalogIndex},
    index::{CapturedVectors, VectorWriter},
    models::{Behaviour, BehaviourSettings},
    system::{LoadedModels, RecoConfig},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Duration,
};
use thiserror::Error;

/// What a snapshot must be of to be of use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotLabel {
    /// Models of its vectors.
    pub models: LoadedModels,
    /// Names the database whose stream the position belongs to.
    pub origin: String,
}

/// How far a snapshot goes, in which history: a database that was set back to a backup gives the
/// same positions to other changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Position of the last change in it.
    pub position: i64,
    /// What tells that change from any other at this position; chosen by who saves.
    pub mark: i64,
}

/// A snapshot that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotReport {
    /// Where.
    pub path: PathBuf,
    /// Size of the file.
    pub bytes: u64,
    /// Live items in it.
    pub items: usize,
    /// Position of the last change in it.
    pub position: i64,
    /// How long it took.
    pub took: Duration,
    /// How much of that changes had to wait; reads never do.
    pub held: Duration,
}

/// A snapshot that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Position of the last change in it: replay what came after.
    pub position: i64,
    /// Live items in it.
    pub items: usize,
    /// How long it took.
    pub took: Duration,
    /// Newer snapshots that were refused, and why.
    pub passed_over: Vec<String>,
}

/// Why there is no state to be had from a snapshot. Nothing has been changed then.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// There is none.
    #[error("no snapshot")]
    Missing,
    /// Of another format or kind of machine.
    #[error("snapshot of format {found}")]
    Format {
        /// Its format.
        found: u32,
    },
    /// Its vectors were made with other models.
    #[error("snapshot of other models")]
    Models,
    /// Of another database.
    #[error("snapshot of another origin")]
    Origin,
    /// Of a history that the caller does not know: the database was set back to a backup.
    #[error("snapshot at position {0} of another history than the database's")]
    Astray(i64),
    /// Cut short or altered.
    #[error("damaged snapshot: {0}")]
    Damaged(String),
    /// The engine holds items or vectors already: only an empty one is restored.
    #[error("the engine is not empty")]
    NotEmpty,
    /// The engine is not running.
    #[error("engine unavailable: {0}")]
    Unavailable(String),
    /// The file system refused.
    #[error("snapshot: {0}")]
    Io(#[from] io::Error),
}

/// Everything an engine knows at one position.
pub(crate) struct State {
    pub(crate) position: i64,
    pub(crate) catalog: Captured,
    pub(crate) vectors: CapturedVectors,
    pub(crate) behaviour: Vec<u8>,
}

/// What a snapshot gave.
pub(crate) struct Loaded {
    pub(crate) position: i64,
    pub(crate) catalog: CatalogIndex,
    pub(crate) vectors: VectorWriter,
    pub(crate) behaviour: Behaviour,
    pub(crate) models: LoadedModels,
}

/// What a snapshot is of.
#[derive(Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) label: SnapshotLabel,
    pub(crate) head: Head,
}

/// Writes all sections.
pub(crate) fn fill(
    out: &mut Out,
    meta: &Meta,
    catalog: Captured,
    behaviour: &[u8],
    vectors: &CapturedVectors,
) -> io::Result<()> {
    out.value(Kind::Meta, meta)?;
    out.section(Kind::Behaviour, behaviour)?;
    catalog.write(out)?;
    vectors.write(out)
}

/// How far the snapshots of a directory go, newest first; those that cannot be read are left out.
#[must_use]
pub fn heads(dir: &Path) -> Vec<Head> {
    let head = |path: PathBuf| {
        let meta: Meta = In::open(File::open(path)?)?.value(Kind::Meta)?;
        Ok::<_, SnapshotError>(meta.head)
    };
    let paths = directory::newest_first(dir).unwrap_or_default();
    paths.into_iter().filter_map(|path| head(path).ok()).collect()
}

/// Reads the newest snapshot of a directory that is whole, answers to the label and has one of
/// these heads, and says which were passed over.
///
/// # Errors
/// Why the newest one is of no use when none is; `Missing` without any.
pub(crate) fn load(
    dir: &Path,
    label: &SnapshotLabel,
    usable: &[Head],
    config: &RecoConfig,
) -> Result<(Loaded, Vec<String>), SnapshotError> {
    let mut refused: Vec<(PathBuf, SnapshotError)> = Vec::new();
    for path in directory::newest_first(dir)? {
        match load_one(&path, label, usable, config) {
            Ok(loaded) => {
                let passed_over = refused
                    .iter()
                    .map(|(path, error)| format!("{}: {error}", path.display()));
                return Ok((loaded, passed_over.collect()));
            }
            Err(error) => refused.push((path, error)),
        }
    }
    Err(refused
        .into_iter()
        .next()
        .map_or(SnapshotError::Missing, |(_, error)| error))
}

fn load_one(path: &Path, label: &SnapshotLabel, usable: &[Head], config: &RecoConfig) -> Result<Loaded, SnapshotError> {
    let file = In::open(File::open(path)?)?;
    let meta: Meta = file.value(Kind::Meta)?;
    if meta.label.origin != label.origin {
        return Err(SnapshotError::Origin);
    }
    if meta.label.models != label.models {
        return Err(SnapshotError::Models);
    }
    if !usable.contains(&meta.head) {
        return Err(SnapshotError::Astray(meta.head.position));
    }
    let ids: Vec<[u8; 16]> = file.numbers(Kind::Identities)?;
    let owner = |slot: crate::Slot| {
        let id = ids.get(slot.0 as usize)?;
        Some(crate::ItemId(uuid::Uuid::from_bytes(*id)))
    };
    let behaviour = Behaviour::from_bytes(BehaviourSettings::default(), &file.numbers::<u8>(Kind::Behaviour)?);
    let behaviour = behaviour.ok_or_else(|| damaged("what was learned from people"))?;
    let index = config.index(&label.models);
    let (catalog, vectors) = rayon::join(
        || CatalogIndex::read(&file),
        || VectorWriter::read(&file, index, config.map_vectors, owner),
    );
    Ok(Loaded {
        position: meta.head.position,
        catalog: catalog?,
        vectors: vectors?,
        behaviour,
        models: meta.label.models,
    })
}
