//! Saving and restoring the engine, as its users see it.

use super::handle::{RecoHandle, died};
use crate::{
    RecoError,
    actors::{Adopt, Capture, TakeOver},
    index::aside,
    snapshot::{self, Head, Loaded, Meta, Restored, SnapshotError, SnapshotLabel, SnapshotReport, State, Written},
};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

impl RecoHandle {
    /// Writes everything at one position into a new file of the directory, which is this
    /// engine's own, and keeps the newest two. Reads go on meanwhile; changes wait for as long
    /// as the state takes to be taken down, see [`SnapshotReport::held`]. `mark` tells its last
    /// change from any other at that position.
    ///
    /// # Errors
    /// `InvalidArgument` when the label names other models than the index's, `Unavailable` when
    /// the engine is not running, another snapshot is being written, or the disk refuses; older
    /// snapshots are then as they were.
    pub async fn save_snapshot(
        &self,
        dir: &Path,
        label: SnapshotLabel,
        mark: i64,
    ) -> Result<SnapshotReport, RecoError> {
        let started = Instant::now();
        let Ok(_only) = self.shared.saving.try_lock() else {
            return Err(RecoError::Unavailable("a snapshot is being written".into()));
        };
        let writer = self.shared.actors()?.writer.clone();
        let asked = Instant::now();
        let (state, models) = writer.send(Capture).await.map_err(|_| died("index writer"))?;
        let held = asked.elapsed();
        if label.models != models {
            return Err(RecoError::InvalidArgument {
                name: "label",
                reason: "names other models than those of the index".into(),
            });
        }
        let (dir, map) = (dir.to_owned(), self.shared.config.map_vectors);
        let (done, saved) = oneshot::channel();
        let save = move || {
            let saved = aside(|| save(&dir, (label, mark), state, map));
            // Nobody waits when the caller left: the file is there all the same.
            let _ = done.send(saved);
        };
        let thread = std::thread::Builder::new().name("reco-snapshot".into()).spawn(save);
        let thread = thread.map_err(|error| RecoError::Unavailable(format!("no thread: {error}")))?;
        self.shared.keep_thread(thread);
        let saved = saved.await.map_err(|_| died("snapshot"))?;
        let (mut report, adopt) = saved.map_err(|error| RecoError::Unavailable(error.to_string()))?;
        if let Some(adopt) = adopt {
            writer.send(adopt).await.map_err(|_| died("index writer"))?;
        }
        (report.took, report.held) = (started.elapsed(), held);
        Ok(report)
    }

    /// Takes over the newest snapshot of the directory that is whole, answers to the label and has
    /// one of these heads, which are of the history that is now; its models become the index's.
    /// For an engine that holds nothing yet. There is none where another engine holds the vectors.
    ///
    /// # Errors
    /// Why there is no such snapshot, or `NotEmpty`; the engine is then as it was, and the
    /// caller loads from the database.
    pub async fn restore_snapshot(
        &self,
        dir: &Path,
        label: &SnapshotLabel,
        usable: &[Head],
    ) -> Result<Restored, SnapshotError> {
        let started = Instant::now();
        let gone = || SnapshotError::Unavailable("its actors are not running".into());
        if self.shared.elsewhere.is_some() {
            // It would not tell which items have vectors.
            return Err(SnapshotError::Missing);
        }
        let writer = self.shared.actors().map_err(|_| gone())?.writer.clone();
        if !self.shared.catalog.read().is_untouched() {
            return Err(SnapshotError::NotEmpty);
        }
        let (dir, label, usable) = (dir.to_owned(), label.clone(), usable.to_vec());
        let shared = Arc::clone(&self.shared);
        let load = move || snapshot::load(&dir, &label, &usable, &shared.config);
        let loaded = tokio::task::spawn_blocking(load).await.map_err(|_| gone())?;
        let (loaded, passed_over): (Loaded, _) = loaded?;
        let (position, items) = (loaded.position, loaded.catalog.len());
        writer.send(TakeOver(Box::new(loaded))).await.map_err(|_| gone())??;
        Ok(Restored {
            position,
            items,
            took: started.elapsed(),
            passed_over,
        })
    }
}

fn save(
    dir: &Path,
    (label, mark): (SnapshotLabel, i64),
    state: State,
    map: bool,
) -> Result<(SnapshotReport, Option<Adopt>), SnapshotError> {
    let State {
        position,
        catalog,
        vectors,
        behaviour,
    } = state;
    let items = catalog.live();
    let head = Head { position, mark };
    let meta = Meta { label, head };
    let written = snapshot::write(dir, |out| snapshot::fill(out, &meta, catalog, &behaviour, &vectors))?;
    let Written {
        path,
        bytes,
        file,
        floats,
    } = written;
    let adopt = match floats {
        Some(place) if map && place.bytes > 0 => Some(Adopt(vectors.mapped(&file, place)?)),
        _ => None,
    };
    let report = SnapshotReport {
        path,
        bytes,
        items,
        position,
        took: Duration::ZERO,
        held: Duration::ZERO,
    };
    Ok((report, adopt))
}
