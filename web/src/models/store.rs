//! The models directory: what lies there, whether it is what it should be, putting files in.
//!
//! A file that was hashed once is remembered with its size and time of change, so a start
//! does not hash a hundred megabytes again.

use super::{
    ModelError, advice,
    report::{FileReport, FileState, ModelState},
};
use parking_lot::Mutex;
use reco_actors::embed::{
    bundled,
    manifest::{FileSpec, Manifest, Source},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::{self, File, Metadata},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};

const STAMPS: &str = ".verified.json";

/// The models directory. Clones share what is remembered.
#[derive(Clone)]
pub(super) struct Store {
    dir: PathBuf,
    stamps: Arc<Mutex<BTreeMap<String, Stamp>>>,
}

/// A file that had this hash when it had this size and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    bytes: u64,
    modified_ns: u128,
    sha256: String,
}

impl Store {
    /// A directory that does not exist yet is empty.
    pub(super) fn open(dir: &Path) -> Self {
        // A lost or damaged stamp file only costs hashing.
        let stamps = fs::read(dir.join(STAMPS))
            .ok()
            .and_then(|b| serde_json::from_slice(&b).ok());
        Self {
            dir: dir.to_owned(),
            stamps: Arc::new(Mutex::new(stamps.unwrap_or_default())),
        }
    }

    pub(super) fn path(&self, file: &FileSpec) -> PathBuf {
        self.dir.join(&file.path)
    }

    /// Creates the directory of a file and gives the file's path.
    pub(super) fn prepare(&self, file: &FileSpec) -> Result<PathBuf, ModelError> {
        let path = self.path(file);
        let parent = path.parent().unwrap_or(&self.dir);
        fs::create_dir_all(parent).map_err(|source| ModelError::Directory {
            path: parent.to_owned(),
            source,
        })?;
        Ok(path)
    }

    /// Whether every file of a model can be used, from here or from this program itself.
    pub(super) fn has(&self, manifest: &Manifest) -> Result<bool, ModelError> {
        for file in &manifest.files {
            let usable = match self.state(file)? {
                Some(right) => right,
                None => is_bundled(file),
            };
            if !usable {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a file is what it should be; `None` when it is not there.
    pub(super) fn state(&self, file: &FileSpec) -> Result<Option<bool>, ModelError> {
        let path = self.path(file);
        let Ok(metadata) = fs::metadata(&path) else {
            return Ok(None);
        };
        let Some(expected) = &file.sha256 else {
            return Ok(Some(true));
        };
        if file.bytes.is_some_and(|b| b != metadata.len()) {
            return Ok(Some(false));
        }
        let found = self.stamp(&path, &metadata, false)?;
        Ok(Some(found.eq_ignore_ascii_case(expected)))
    }

    /// Hashes a model's files anew.
    pub(super) fn verify(&self, manifest: &Manifest) -> Result<ModelState, ModelError> {
        let mut files = Vec::new();
        for file in &manifest.files {
            let path = self.path(file);
            let state = match (fs::metadata(&path), &file.sha256) {
                (Err(_), _) if is_bundled(file) => FileState::Fetched {
                    from: "this program".into(),
                },
                (Err(_), _) => FileState::Missing {
                    advice: advice::missing(manifest, file, &path, &[]),
                },
                (Ok(_), None) => FileState::Unpinned,
                (Ok(metadata), Some(expected)) => match self.stamp(&path, &metadata, true)? {
                    found if found.eq_ignore_ascii_case(expected) => FileState::Present,
                    found => FileState::Damaged {
                        advice: advice::damaged(manifest, file, &path, &found),
                    },
                },
            };
            files.push(FileReport { path, state });
        }
        Ok(ModelState {
            id: manifest.id.clone(),
            title: manifest.title.clone(),
            files,
        })
    }

    /// Puts a finished file in place if it has the right hash; else removes it (nothing of a
    /// wrong file can be resumed) and gives its hash.
    pub(super) fn accept(&self, file: &FileSpec, finished: &Path) -> Result<Result<(), String>, ModelError> {
        let failed = |source| ModelError::Directory {
            path: finished.to_owned(),
            source,
        };
        let found = sha256_of(finished).map_err(failed)?;
        if file
            .sha256
            .as_ref()
            .is_some_and(|expected| !found.eq_ignore_ascii_case(expected))
        {
            fs::remove_file(finished).map_err(failed)?;
            return Ok(Err(found));
        }
        let path = self.path(file);
        fs::rename(finished, &path).map_err(failed)?;
        let metadata = fs::metadata(&path).map_err(failed)?;
        self.remember(&path, &metadata, found);
        Ok(Ok(()))
    }

    /// Writes the copy that this program carries. `false` when it carries none.
    pub(super) fn unpack(&self, file: &FileSpec) -> Result<bool, ModelError> {
        let Some(bytes) = bundled(&file.path) else {
            return Ok(false);
        };
        let path = self.prepare(file)?;
        let parent = path.parent().unwrap_or(&self.dir);
        let failed = |source| ModelError::Directory {
            path: path.clone(),
            source,
        };
        let mut temporary = tempfile::NamedTempFile::new_in(parent).map_err(failed)?;
        temporary.write_all(bytes).map_err(failed)?;
        let temporary = temporary.into_temp_path();
        Ok(self.accept(file, &temporary)?.is_ok())
    }

    fn stamp(&self, path: &Path, metadata: &Metadata, anew: bool) -> Result<String, ModelError> {
        let key = self.key(path);
        if let Some(stamp) = self.stamps.lock().get(&key)
            && !anew
            && stamp.bytes == metadata.len()
            && stamp.modified_ns == modified_ns(metadata)
        {
            return Ok(stamp.sha256.clone());
        }
        let found = sha256_of(path).map_err(|source| ModelError::Directory {
            path: path.to_owned(),
            source,
        })?;
        self.remember(path, metadata, found.clone());
        Ok(found)
    }

    fn remember(&self, path: &Path, metadata: &Metadata, sha256: String) {
        let stamp = Stamp {
            bytes: metadata.len(),
            modified_ns: modified_ns(metadata),
            sha256,
        };
        let mut stamps = self.stamps.lock();
        stamps.insert(self.key(path), stamp);
        // A directory that cannot be written costs hashing at the next start, nothing else.
        if let Err(error) = write_stamps(&self.dir, &stamps) {
            tracing::debug!(%error, "verified hashes are not remembered");
        }
    }

    fn key(&self, path: &Path) -> String {
        path.strip_prefix(&self.dir).unwrap_or(path).display().to_string()
    }
}

pub(super) fn is_bundled(file: &FileSpec) -> bool {
    file.sources.contains(&Source::Bundled) && bundled(&file.path).is_some()
}

fn write_stamps(dir: &Path, stamps: &BTreeMap<String, Stamp>) -> io::Result<()> {
    let mut temporary = tempfile::NamedTempFile::new_in(dir)?;
    temporary.write_all(&serde_json::to_vec_pretty(stamps)?)?;
    temporary.persist(dir.join(STAMPS))?;
    Ok(())
}

fn modified_ns(metadata: &Metadata) -> u128 {
    let since = metadata.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |d| d.as_nanos())
}

fn sha256_of(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}
