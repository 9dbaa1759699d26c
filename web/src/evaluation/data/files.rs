//! The files of a data set. Remembers what was read, so that a result can say what it is of.

use anyhow::{Context as _, bail};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    io::Read as _,
    path::{Component, Path, PathBuf},
};

/// A folder, or one file, of which files are read.
pub(super) struct Files {
    folder: PathBuf,
    /// The file that was named, if it was not a folder.
    single: Option<String>,
    /// Names of the files in the folder, sorted.
    names: Vec<String>,
    /// SHA-256 of each file that was read, by its name.
    read: BTreeMap<String, String>,
}

/// A file that was read, unpacked.
pub(super) struct Content {
    /// What it is called in its folder.
    pub(super) name: String,
    pub(super) bytes: Bytes,
}

impl Content {
    /// What the name says before its ending.
    pub(super) fn stem(&self) -> &str {
        let name = plain(&self.name);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// The ending of the name, but for `.gz`.
    pub(super) fn format(&self) -> &str {
        plain(&self.name).rsplit_once('.').map_or("", |(_, format)| format)
    }
}

fn plain(name: &str) -> &str {
    name.strip_suffix(".gz").unwrap_or(name)
}

impl Files {
    pub(super) fn at(place: &Path) -> anyhow::Result<Self> {
        // Canonical, so that a picture can be told to lie inside.
        let place = place.canonicalize()?;
        let (folder, single) = match (place.is_dir(), place.parent(), place.file_name()) {
            (false, Some(folder), Some(name)) => {
                let name = name.to_str().context("the name of the file is not UTF-8")?;
                (folder.to_owned(), Some(name.to_owned()))
            }
            _ => (place, None),
        };
        let mut names = Vec::new();
        for entry in folder.read_dir()? {
            names.extend(entry?.file_name().into_string().ok());
        }
        names.sort_unstable();
        Ok(Self {
            folder,
            single,
            names,
            read: BTreeMap::new(),
        })
    }

    pub(super) fn single(&self) -> Option<&str> {
        self.single.as_deref()
    }

    /// What the folder is called.
    pub(super) fn folder_name(&self) -> String {
        let name = self.folder.file_name().unwrap_or(self.folder.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// Whether a file is there, plain or gzipped.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| plain(known) == name)
    }

    pub(super) fn has_ending(&self, ending: &str) -> bool {
        self.names.iter().any(|known| plain(known).ends_with(ending))
    }

    /// Reads the one file of which `is_wanted` says yes to the name without `.gz`; nothing if there is
    /// none.
    pub(super) fn find(&mut self, is_wanted: impl Fn(&str) -> bool) -> anyhow::Result<Option<Content>> {
        let mut found = self.names.iter().filter(|name| is_wanted(plain(name)));
        let Some(name) = found.next().cloned() else {
            return Ok(None);
        };
        if let Some(other) = found.next() {
            bail!("there are both {name} and {other}: only one of them is to be read");
        }
        self.content(name).map(Some)
    }

    /// Reads a file that has to be there, plain or gzipped.
    pub(super) fn read(&mut self, name: &str) -> anyhow::Result<Content> {
        let found = self.find(|known| known == name)?;
        found.with_context(|| format!("there is no {name}, nor {name}.gz"))
    }

    /// Reads the one file with such an ending, which has to be there.
    pub(super) fn read_ending(&mut self, ending: &str) -> anyhow::Result<Content> {
        let found = self.find(|known| known.ends_with(ending))?;
        found.with_context(|| format!("there is no file *{ending}, nor *{ending}.gz"))
    }

    fn content(&mut self, name: String) -> anyhow::Result<Content> {
        let packed = std::fs::read(self.folder.join(&name)).with_context(|| name.clone())?;
        self.remember(&name, &packed);
        if plain(&name) == name {
            let bytes = packed.into();
            return Ok(Content { name, bytes });
        }
        let mut bytes = Vec::new();
        flate2::read::MultiGzDecoder::new(&packed[..])
            .read_to_end(&mut bytes)
            .with_context(|| format!("{name} cannot be unpacked"))?;
        let bytes = bytes.into();
        Ok(Content { name, bytes })
    }

    /// Reads a file by its path inside the folder, as it is. The error says what is wrong with the path.
    pub(super) fn inside(&mut self, path: &str) -> Result<Bytes, String> {
        let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if !Path::new(path).components().all(is_plain) {
            return Err(format!("`{path}` leads out of the folder"));
        }
        let unreadable = |error: std::io::Error| format!("`{path}` cannot be read: {error}");
        let whole = self.folder.join(path).canonicalize().map_err(unreadable)?;
        // A link, too, may lead out.
        if !whole.starts_with(&self.folder) {
            return Err(format!("`{path}` leads out of the folder"));
        }
        let bytes = std::fs::read(whole).map_err(unreadable)?;
        self.remember(path, &bytes);
        Ok(bytes.into())
    }

    fn remember(&mut self, name: &str, bytes: &[u8]) {
        self.read.insert(name.to_owned(), hex::encode(Sha256::digest(bytes)));
    }

    /// SHA-256 of the names and the bytes of all that was read, in the order of the names: what
    /// `sha256sum FILES | sha256sum` says of them.
    pub(super) fn digest(&self) -> String {
        let mut all = Sha256::new();
        for (name, digest) in &self.read {
            all.update(format!("{digest}  {name}\n"));
        }
        hex::encode(all.finalize())
    }
}
