//! Lists that were given before, so that a sweep that was broken off goes on where it stopped.
//!
//! A list is found again by all that it depends on: the data, the split, the system, the models and this
//! very program.

use super::asking::Answers;
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

/// A folder of answers.
pub(crate) struct Store {
    folder: PathBuf,
    program: String,
}

/// Answers as they are kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    lists: Vec<Vec<u32>>,
    times_ms: Vec<f64>,
    fit_s: f64,
}

impl Store {
    /// # Errors
    /// When the folder cannot be made, or this program cannot be read.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let program = std::env::current_exe()
            .and_then(fs::read)
            .context("this program cannot be read")?;
        Ok(Self {
            folder: folder.to_owned(),
            program: hex::encode(Sha256::digest(program)),
        })
    }

    fn file(&self, key: &impl Serialize) -> anyhow::Result<PathBuf> {
        let key = serde_json::to_vec(&(&self.program, key))?;
        let name = hex::encode(&Sha256::digest(key)[..16]);
        Ok(self.folder.join(format!("lists-{name}.bin")))
    }

    /// Answers given before. What cannot be read is asked again.
    pub(crate) fn find(&self, key: &impl Serialize) -> anyhow::Result<Option<Answers>> {
        let Ok(bytes) = fs::read(self.file(key)?) else {
            return Ok(None);
        };
        let kept = postcard::from_bytes::<Kept>(&bytes).ok();
        Ok(kept.map(|Kept { lists, times_ms, fit_s }| Answers { lists, times_ms, fit_s }))
    }

    pub(crate) fn keep(&self, key: &impl Serialize, answers: &Answers) -> anyhow::Result<()> {
        let kept = Kept {
            lists: answers.lists.clone(),
            times_ms: answers.times_ms.clone(),
            fit_s: answers.fit_s,
        };
        write(&self.file(key)?, &postcard::to_stdvec(&kept)?)
    }
}

/// Writes a file whole or not at all.
pub(crate) fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let whole = || -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut part = tempfile::NamedTempFile::new_in(folder)?;
        part.write_all(bytes)?;
        part.persist(file)?;
        Ok(())
    };
    whole().with_context(|| format!("{} cannot be written", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_found_by_all_they_depend_on_and_damaged_ones_are_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("opens");
        let answers = Answers {
            lists: vec![vec![1, 2], vec![]],
            times_ms: vec![0.5, 0.25],
            fit_s: 1.5,
        };
        store.keep(&("a", 1), &answers).expect("kept");
        let found = store.find(&("a", 1)).expect("reads").expect("is there");
        assert_eq!((found.lists, found.fit_s), (answers.lists, 1.5));
        assert!(store.find(&("a", 2)).expect("reads").is_none());
        let file = store.file(&("a", 1)).expect("a name");
        fs::write(file, b"\xff").expect("written");
        assert!(store.find(&("a", 1)).expect("reads").is_none());
    }
}
