//! Pictures of a batch: fetched and stored at the same time, while the batch before is
//! written. A picture that is not to be had is noted and never costs its product.

use super::super::{batch::Batch, pictures::Pictures};
use super::{AbortOnDropHandle, BATCHES_WAITING, rejects::Note};
use bytes::Bytes;
use futures::{StreamExt, stream};
use indicatif::ProgressBar;
use shop::{
    Shop, ShopError,
    media::{MOST_PER_PRODUCT, StoredMedia},
    viewer::Staff,
};
use std::thread::available_parallelism;
use tokio::sync::mpsc::{self, Receiver};

/// Downloads at the same time: they wait for others, not for the own cores.
const DOWNLOADS: usize = 16;
/// Pictures at the same time for each core: one is read while another is decoded. The
/// store itself bounds the pixels that are decoded at once.
const PER_CORE: usize = 2;

/// A batch with its pictures.
pub(super) struct Gathered {
    pub(super) batch: Batch,
    /// For each draft; `None` leaves the pictures of a product as they are.
    pub(super) pictures: Vec<Option<Vec<StoredMedia>>>,
    /// The pictures that were not to be had.
    pub(super) notes: Vec<Note>,
}

type Outcome = Result<Gathered, ShopError>;

/// Starts the stage; it ends with the batches, or with the first failure of the shop.
pub(super) fn start(
    shop: &Shop,
    pictures: Pictures,
    mut batches: Receiver<Batch>,
    dry_run: bool,
    bar: ProgressBar,
) -> (Receiver<Outcome>, AbortOnDropHandle<()>) {
    let (sender, receiver) = mpsc::channel(BATCHES_WAITING);
    let gatherer = Gatherer {
        shop: shop.clone(),
        pictures,
        bar,
    };
    let work = async move {
        while let Some(batch) = batches.recv().await {
            let gathered = if dry_run {
                Ok(gatherer.only_look(batch))
            } else {
                gatherer.gather(batch).await
            };
            let failed = gathered.is_err();
            // A closed channel: the import has failed, and says why.
            if sender.send(gathered).await.is_err() || failed {
                return;
            }
        }
    };
    (receiver, AbortOnDropHandle::new(tokio::spawn(work)))
}

struct Gatherer {
    shop: Shop,
    pictures: Pictures,
    bar: ProgressBar,
}

/// One picture to get: the draft it belongs to, and its name.
type Wanted = (usize, String);

impl Gatherer {
    fn wanted(&self, batch: &Batch) -> (Vec<Wanted>, Vec<Note>) {
        let (mut wanted, mut notes) = (Vec::new(), Vec::new());
        if matches!(self.pictures, Pictures::None) {
            return (wanted, notes);
        }
        for (index, draft) in batch.drafts.iter().enumerate() {
            let names = draft.images.iter().take(MOST_PER_PRODUCT);
            wanted.extend(names.map(|name| (index, name.clone())));
            let surplus = draft.images.get(MOST_PER_PRODUCT..).unwrap_or_default();
            let reason = |name| format!("`{name}`: a product shows at most {MOST_PER_PRODUCT} pictures");
            notes.extend(surplus.iter().map(|name| Note::new(draft, reason(name))));
        }
        (wanted, notes)
    }

    /// What a dry run can tell without fetching.
    fn only_look(&self, batch: Batch) -> Gathered {
        let (wanted, mut notes) = self.wanted(&batch);
        for (index, name) in wanted.iter().filter(|(_, name)| self.pictures.lacks(name)) {
            notes.push(Note::new(&batch.drafts[*index], format!("no picture named `{name}`")));
        }
        Gathered {
            pictures: Vec::new(),
            batch,
            notes,
        }
    }

    async fn gather(&self, batch: Batch) -> Outcome {
        let (wanted, mut notes) = self.wanted(&batch);
        self.bar.inc_length(wanted.len() as u64);
        let width = match self.pictures {
            Pictures::Urls { .. } => DOWNLOADS,
            _ => available_parallelism().map_or(1, usize::from) * PER_CORE,
        };
        let mut pictures: Vec<Option<Vec<StoredMedia>>> = vec![None; batch.drafts.len()];
        let mut taken = stream::iter(wanted).map(|wanted| self.take(wanted)).buffered(width);
        while let Some((index, outcome)) = taken.next().await {
            self.bar.inc(1);
            match outcome? {
                Ok(stored) => {
                    let shown = pictures[index].get_or_insert_default();
                    if !shown.iter().any(|other| other.key == stored.key) {
                        shown.push(stored);
                    }
                }
                Err(reason) => notes.push(Note::new(&batch.drafts[index], reason)),
            }
        }
        drop(taken);
        Ok(Gathered { batch, pictures, notes })
    }

    async fn take(&self, (index, name): Wanted) -> (usize, Result<Result<StoredMedia, String>, ShopError>) {
        let outcome = match self.pictures.get(&name).await {
            Ok(bytes) => self.store(&name, bytes).await,
            Err(error) => Ok(Err(error.to_string())),
        };
        (index, outcome)
    }

    /// The stored picture, or what is wrong with it.
    async fn store(&self, name: &str, bytes: Bytes) -> Result<Result<StoredMedia, String>, ShopError> {
        if let Some(known) = Staff::operator(&self.shop).media().find(&bytes).await? {
            return Ok(Ok(known));
        }
        match self.shop.media().ingest_for_import(bytes).await {
            Ok(stored) => Ok(Ok(stored)),
            Err(ShopError::Media(problem)) => Ok(Err(format!("`{name}`: {problem}"))),
            Err(other) => Err(other),
        }
    }
}
