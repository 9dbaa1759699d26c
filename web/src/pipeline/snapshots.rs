//! Snapshots of the index in this process's directory, so that a start is a look into a file
//! and the changes since.

use crate::config::{Config, VectorsIn};
use reco_actors::snapshot::{self, Restored, SnapshotError, SnapshotLabel};
use reco_actors::system::RecoHandle;
use sha2::{Digest, Sha256};
use shop::{ShopError, outbox::Outbox, pipeline::Generation};
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use super::generation::loaded;

/// A snapshot is due when it is this old …
const SAVE_AFTER: Duration = Duration::from_secs(600);
/// … and this many changes behind.
const SAVE_CHANGES: i64 = 500;

/// The snapshot that was written last.
#[derive(Debug)]
pub(super) struct Saved {
    at: Instant,
    pub(super) position: i64,
}

impl Default for Saved {
    fn default() -> Self {
        Self {
            at: Instant::now(),
            position: 0,
        }
    }
}

impl Saved {
    pub(super) fn now(&mut self, position: i64) {
        *self = Self {
            at: Instant::now(),
            position,
        };
    }

    pub(super) fn is_old(&self, position: i64) -> bool {
        self.at.elapsed() >= SAVE_AFTER && position - self.position >= SAVE_CHANGES
    }
}

/// Where and for which database.
#[derive(Clone, Debug)]
pub struct Snapshots {
    directory: Option<PathBuf>,
    database: String,
}

impl Snapshots {
    /// Below the data directory, unless the settings want none or vectors are held elsewhere: a
    /// snapshot would not tell which items have some.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let settings = &config.recommender;
        let is_wanted = settings.snapshots && settings.vectors == VectorsIn::Memory;
        let directory = is_wanted.then(|| config.data_dir.0.join("index"));
        // The address may hold a password; only whether it is the same one matters.
        let database = hex::encode(Sha256::digest(config.database_url()));
        Self { directory, database }
    }

    /// Takes over the newest snapshot of this generation whose last change the outbox has;
    /// `None` when there is none to be used.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn restore(
        &self,
        engine: &RecoHandle,
        generation: &Generation,
        outbox: &Outbox,
    ) -> Result<Option<Restored>, ShopError> {
        let Some(directory) = self.directory.as_deref() else {
            return Ok(None);
        };
        let mut usable = Vec::new();
        for head in snapshot::heads(directory) {
            // Where a backup was set in, other changes have the positions of those that were lost.
            let change = outbox.at(head.position).await?;
            usable.extend(change.is_some_and(|change| change.mark() == head.mark).then_some(head));
        }
        let outcome = engine
            .restore_snapshot(directory, &self.label(generation), &usable)
            .await;
        Ok(match outcome {
            Ok(restored) => {
                for reason in &restored.passed_over {
                    tracing::warn!(reason, "a snapshot was passed over");
                }
                Some(restored)
            }
            Err(SnapshotError::Missing) => None,
            Err(error) => {
                tracing::warn!(%error, "no snapshot can be used: the index is loaded from the database");
                None
            }
        })
    }

    /// Writes the index as it is now, after the change of this mark. A failure costs the next
    /// start some time.
    pub(super) async fn save(&self, engine: &RecoHandle, generation: &Generation, mark: i64) {
        let Some(directory) = self.directory.as_deref() else {
            return;
        };
        match engine.save_snapshot(directory, self.label(generation), mark).await {
            Ok(report) => tracing::info!(
                items = report.items,
                bytes = report.bytes,
                took_ms = report.took.as_millis() as u64,
                "the index is saved"
            ),
            Err(error) => tracing::warn!(%error, "the index is not saved"),
        }
    }

    fn label(&self, generation: &Generation) -> SnapshotLabel {
        let made = generation.created_at.timestamp_micros();
        SnapshotLabel {
            models: loaded(&generation.models),
            origin: format!("{} {} {made}", self.database, generation.id),
        }
    }
}
