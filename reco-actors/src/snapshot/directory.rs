//! A directory of snapshots, one process's own: names that grow, files that appear whole, the
//! newest two kept.

use super::{
    SnapshotError,
    file::{Out, Place},
};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

const PREFIX: &str = "index-";
const SUFFIX: &str = ".snapshot";
const TEMPORARY: &str = ".partial";
/// One to load, and one to fall back to should that be damaged.
const KEPT: usize = 2;

/// A file that was written.
pub(crate) struct Written {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    /// Open for reading.
    pub(crate) file: File,
    pub(crate) floats: Option<Place>,
}

fn number_of(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()
}

/// The snapshots there are.
///
/// # Errors
/// `Missing` when there is no such directory, `Io`.
pub(super) fn newest_first(dir: &Path) -> Result<Vec<PathBuf>, SnapshotError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(SnapshotError::Missing),
        Err(error) => return Err(error.into()),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if let Some(number) = number_of(&path) {
            found.push((number, path));
        }
    }
    found.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(*number));
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// Writes a snapshot whole or not at all, then removes those no longer kept and what a process
/// that died left unfinished. Whoever has a removed one mapped keeps its contents.
///
/// # Errors
/// `Io`; those there are stay as they are.
pub(crate) fn write(dir: &Path, fill: impl FnOnce(&mut Out) -> io::Result<()>) -> Result<Written, SnapshotError> {
    fs::create_dir_all(dir)?;
    let present = newest_first(dir)?;
    let number = present.first().and_then(|path| number_of(path)).unwrap_or(0) + 1;
    remove_partial(dir)?;
    let path = dir.join(format!("{PREFIX}{number:010}{SUFFIX}"));
    let partial = path.with_extension(&TEMPORARY[1..]);
    let written = fill_file(&partial, fill).and_then(|size| {
        fs::rename(&partial, &path)?;
        File::open(dir)?.sync_all()?;
        Ok(size)
    });
    let (bytes, floats) = match written {
        Ok(size) => size,
        Err(error) => {
            // What cannot be removed now is removed before the next one is written.
            let _ = fs::remove_file(&partial);
            return Err(error.into());
        }
    };
    for old in present.into_iter().skip(KEPT - 1) {
        fs::remove_file(old)?;
    }
    let file = File::open(&path)?;
    Ok(Written {
        path,
        bytes,
        file,
        floats,
    })
}

fn fill_file(path: &Path, fill: impl FnOnce(&mut Out) -> io::Result<()>) -> io::Result<(u64, Option<Place>)> {
    let mut out = Out::new(File::options().write(true).create_new(true).open(path)?)?;
    fill(&mut out)?;
    out.finish()
}

fn remove_partial(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == &TEMPORARY[1..]) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
