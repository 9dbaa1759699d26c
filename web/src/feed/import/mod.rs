//! The import: joins reading, pictures and writing.
//!
//! Three stages overlap, with a bounded channel of batches between each two, so that memory
//! stays flat whatever the size of the feed: a blocking thread reads and checks rows
//! ([`Batches`]), a task fetches and stores pictures (`gather`), and the caller's task
//! writes products (`write`) and records how far it came (`ledger`).
//!
//! A batch is committed first, then its rejects are synced to their file, then the
//! checkpoint is recorded with the length of that file. Whenever the process dies, the next
//! run cuts the file to the recorded length and takes the batch again, which changes nothing
//! for products that are there already. Dropping the future is as good as dying.

mod bars;
mod feed_file;
mod gather;
mod ledger;
mod rejects;
mod report;
#[cfg(test)]
mod tests;
mod write;

pub use report::{ImportError, ImportReport};

use super::batch::{Batch, Batches};
use super::pictures::Pictures;
use super::read::{self, BytesRead, Format};
use bars::Bars;
use feed_file::FeedFile;
use gather::Gathered;
use indicatif::MultiProgress;
use ledger::Ledger;
use shop::{Shop, viewer::Staff};
use std::{path::PathBuf, time::Instant};
use tokio::{
    sync::mpsc::{self, Receiver},
    task::JoinHandle,
};
use tokio_util::task::AbortOnDropHandle;

/// Products written by one transaction unless set otherwise.
pub const DEFAULT_BATCH: usize = 500;
/// Most of them; a batch is in memory three times over.
const LARGEST_BATCH: usize = 5_000;
/// Batches waiting between two stages: enough that neither waits for the other's next one.
const BATCHES_WAITING: usize = 1;

/// Where the pictures of a feed come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PictureSource {
    /// Pictures are left alone.
    #[default]
    None,
    /// Files below a directory.
    Dir(PathBuf),
    /// Members of an uncompressed tar archive.
    Tar(PathBuf),
    /// The feed names URLs.
    Urls {
        /// Whether they may lead into the own network.
        allow_private: bool,
    },
}

/// What to import, and how.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The feed; `.gz` is unpacked on the way.
    pub file: PathBuf,
    /// Its format; told from its name when left out.
    pub format: Option<Format>,
    /// The mapping file; Google's names for its feeds and the usual column names otherwise.
    pub mapping: Option<PathBuf>,
    /// Where pictures come from.
    pub pictures: PictureSource,
    /// Where refused rows go; `<name of the feed>.rejects.jsonl` here when left out.
    pub rejects: Option<PathBuf>,
    /// Products of one transaction.
    pub batch: usize,
    /// Begins at the first row, even when an earlier run broke off.
    pub restart: bool,
    /// Checks every row and writes nothing but the rejects.
    pub dry_run: bool,
}

impl ImportOptions {
    /// A plain import of a file.
    #[must_use]
    pub fn of(file: impl Into<PathBuf>) -> Self {
        Self {
            file: file.into(),
            format: None,
            mapping: None,
            pictures: PictureSource::None,
            rejects: None,
            batch: DEFAULT_BATCH,
            restart: false,
            dry_run: false,
        }
    }
}

/// Imports a feed, going on where an earlier run of the same file broke off.
///
/// # Errors
/// What keeps the whole import from going on. Rows that cannot be taken are no error: they
/// are counted in the report and explained in the rejects file.
pub async fn run(shop: &Shop, options: &ImportOptions, progress: &MultiProgress) -> Result<ImportReport, ImportError> {
    run_observed(shop, options, progress, &mut |_| Ok(())).await
}

/// Whether the feed and its mapping can be opened: worth knowing before models are obtained.
///
/// # Errors
/// As [`run`].
pub fn check(shop: &Shop, options: &ImportOptions) -> Result<(), ImportError> {
    FeedFile::examine(shop, options).map(drop)
}

/// Moments at which a process may die; tests end imports there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// A batch is committed.
    Written,
    /// Its checkpoint is recorded.
    Recorded,
}

type Observe<'a> = dyn FnMut(Step) -> Result<(), ImportError> + Send + 'a;

#[tracing::instrument(name = "import", skip_all, fields(file = %options.file.display(), dry_run = options.dry_run))]
async fn run_observed(
    shop: &Shop,
    options: &ImportOptions,
    progress: &MultiProgress,
    observe: &mut Observe<'_>,
) -> Result<ImportReport, ImportError> {
    let started = Instant::now();
    let file = FeedFile::examine(shop, options)?;
    let pictures = open_pictures(options.pictures.clone()).await?;
    let mut ledger = Ledger::open(shop, options, &file).await?;
    let bytes = BytesRead::default();
    let bars = Bars::new(progress, &file, &pictures, bytes.clone(), ledger.row());
    let (batches, reader) = read_batches(&file, options.batch, bytes, ledger.row()).await?;
    let (mut gathered, gatherer) = gather::start(shop, pictures, batches, options.dry_run, bars.pictures.clone());
    while let Some(next) = gathered.recv().await {
        let Gathered { batch, pictures, notes } = next?;
        let Batch {
            last_row,
            drafts,
            rejects,
            broken,
        } = batch;
        let mut page = rejects::Page::of(rejects, notes);
        let counts = if options.dry_run {
            write::only_count(&drafts)
        } else {
            let catalog = Staff::operator(shop).catalog();
            write::write(&catalog, drafts, &pictures, &mut page).await?
        };
        observe(Step::Written)?;
        if let Some(reason) = &broken {
            page.break_off(last_row + 1, reason);
        }
        let is_broken = broken.is_some();
        ledger.record(shop, last_row, counts, page).await?;
        observe(Step::Recorded)?;
        bars.advance(last_row);
        if is_broken {
            let report = Box::new(ledger.report(started));
            let reason = broken.unwrap_or_default();
            return Err(ImportError::Broken { reason, report });
        }
    }
    joined(reader.await)?;
    joined(gatherer.await)?;
    ledger.finish(shop).await?;
    bars.finish(ledger.row());
    let report = ledger.report(started);
    tracing::info!(
        rows = report.rows,
        rejected = report.rejected,
        elapsed_ms = started.elapsed().as_millis(),
        "imported"
    );
    Ok(report)
}

/// Opening a directory or an archive reads all its names.
async fn open_pictures(source: PictureSource) -> Result<Pictures, ImportError> {
    let open = move || {
        let (place, opened) = match &source {
            PictureSource::None => return Ok(Pictures::None),
            PictureSource::Dir(path) => (path, Pictures::directory(path)),
            PictureSource::Tar(path) => (path, Pictures::tar(path)),
            PictureSource::Urls { allow_private } => {
                return Pictures::urls(*allow_private).map_err(|error| ImportError::Pictures(error.to_string()));
            }
        };
        opened.map_err(|error| ImportError::Pictures(format!("{}: {error}", place.display())))
    };
    joined(tokio::task::spawn_blocking(open).await)?
}

/// Starts the thread that reads and checks rows behind the ones already done.
async fn read_batches(
    file: &FeedFile,
    batch: usize,
    bytes: BytesRead,
    done: u64,
) -> Result<(Receiver<Batch>, JoinHandle<()>), ImportError> {
    let (path, format, rules) = (file.path.clone(), file.format, file.rules.clone());
    let open = move || read::open(&path, format, &bytes);
    let records = joined(tokio::task::spawn_blocking(open).await)?.map_err(ImportError::Feed)?;
    let batches = Batches::new(records, rules, batch.clamp(1, LARGEST_BATCH));
    let (sender, receiver) = mpsc::channel(BATCHES_WAITING);
    let read = move || {
        for batch in batches.skip_to(done) {
            // Nobody is left to write it: the import has failed, and says why.
            if sender.blocking_send(batch).is_err() {
                return;
            }
        }
    };
    Ok((receiver, tokio::task::spawn_blocking(read)))
}

/// The outcome of a stage; one that panicked must not look like the end of the feed.
fn joined<T>(outcome: Result<T, tokio::task::JoinError>) -> Result<T, ImportError> {
    outcome.map_err(|error| ImportError::Died(error.to_string()))
}
