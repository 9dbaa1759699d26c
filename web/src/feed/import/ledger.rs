//! How far the import is: the checkpoint in the shop and the rejects file beside it.

use super::{
    FeedFile, ImportError, ImportOptions, ImportReport,
    rejects::{self, Page, RejectsFile},
    report::Counts,
};
use serde::{Deserialize, Serialize};
use shop::{Shop, imports::ImportRun};
use std::{
    io,
    path::{Path, PathBuf},
    time::Instant,
};

/// What outlives the process.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Checkpoint {
    fingerprint: String,
    row: u64,
    rejects_bytes: u64,
    counts: Counts,
}

/// The books of one import.
pub(super) struct Ledger {
    /// None in a dry run, which nothing outlives.
    run: Option<ImportRun<Checkpoint>>,
    now: Checkpoint,
    rejects: RejectsFile,
    resumed_at: Option<u64>,
}

impl Ledger {
    /// Goes on with the run of this very file, or begins one.
    pub(super) async fn open(shop: &Shop, options: &ImportOptions, file: &FeedFile) -> Result<Self, ImportError> {
        let rejects_path = rejects_path(options);
        // Cutting the feed to the length of its rejects would be the end of it.
        if rejects_path.canonicalize().is_ok_and(|path| path == file.path) {
            let source = io::Error::other("that is the feed itself");
            return Err(rejects::failed(&rejects_path, source));
        }
        let anew = Checkpoint {
            fingerprint: file.fingerprint.clone(),
            ..Checkpoint::default()
        };
        let run = if options.dry_run {
            None
        } else {
            Some(shop.imports().begin::<Checkpoint>(&file.source_key, shop.now()).await?)
        };
        let earlier = run.as_ref().map(|run| run.checkpoint.clone());
        let earlier = earlier.filter(|earlier| !options.restart && earlier.fingerprint == file.fingerprint);
        let resumed_at = earlier.as_ref().map(|earlier| earlier.row).filter(|row| *row > 0);
        let now = earlier.unwrap_or(anew);
        let rejects = RejectsFile::open(&rejects_path, now.rejects_bytes).await?;
        Ok(Self {
            run,
            now,
            rejects,
            resumed_at,
        })
    }

    /// The last row that is done.
    pub(super) fn row(&self) -> u64 {
        self.now.row
    }

    /// Notes that a batch is committed.
    pub(super) async fn record(
        &mut self,
        shop: &Shop,
        row: u64,
        counts: Counts,
        page: Page,
    ) -> Result<(), ImportError> {
        self.now.row = row;
        self.now.counts += counts;
        self.now.counts += page.counts();
        self.now.rejects_bytes = self.rejects.append(page).await?;
        if let Some(run) = &mut self.run {
            run.checkpoint = self.now.clone();
            shop.imports().checkpoint(run, shop.now()).await?;
        }
        Ok(())
    }

    /// Notes that the feed is done: the next run of it begins anew.
    pub(super) async fn finish(&self, shop: &Shop) -> Result<(), ImportError> {
        self.rejects.tidy().await?;
        if let Some(run) = &self.run {
            shop.imports().finish(run, shop.now()).await?;
        }
        Ok(())
    }

    pub(super) fn report(&self, started: Instant) -> ImportReport {
        let Counts {
            created,
            updated,
            unchanged,
            valid,
            rejected,
            pictures_stored,
            pictures_missing,
        } = self.now.counts;
        ImportReport {
            rows: self.now.row,
            created,
            updated,
            unchanged,
            valid,
            rejected,
            pictures_stored,
            pictures_missing,
            resumed_at: self.resumed_at,
            rejects_file: self.rejects.path().map(Path::to_owned),
            elapsed: started.elapsed(),
        }
    }
}

/// `catalogue.csv.gz` leaves `catalogue.rejects.jsonl`; a dry run must not touch the file of
/// a run that may go on.
fn rejects_path(options: &ImportOptions) -> PathBuf {
    if let Some(path) = &options.rejects {
        return path.clone();
    }
    let name = options.file.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let middle = if options.dry_run { ".dry-run" } else { "" };
    PathBuf::from(format!("{stem}{middle}.rejects.jsonl"))
}
