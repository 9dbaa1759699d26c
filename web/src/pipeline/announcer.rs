//! Tells subscriptions what was published, whichever process made the change.

use super::{BATCH, Patience, PipelineError};
use crate::stream::ChangeLog;
use futures::{StreamExt, stream};
use graphql::{ChangeFeed, ChangeStream, News};
use shop::{events::Person, id::ProductId};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

/// News that a slow subscription may be behind before it is told that it missed some.
const KEPT: usize = 1_024;

/// Where subscriptions listen.
#[derive(Clone, Debug)]
pub struct Announcements(broadcast::Sender<News>);

impl Default for Announcements {
    fn default() -> Self {
        Self(broadcast::Sender::new(KEPT))
    }
}

impl ChangeFeed for Announcements {
    fn subscribe(&self) -> ChangeStream {
        let next = |mut news: broadcast::Receiver<News>| async {
            match news.recv().await {
                Ok(told) => Some((told, news)),
                Err(broadcast::error::RecvError::Lagged(_)) => Some((News::Missed, news)),
                Err(broadcast::error::RecvError::Closed) => None,
            }
        };
        stream::unfold(self.0.subscribe(), next).boxed()
    }
}

impl Announcements {
    /// Tells whoever listens that what these people did is learned, and that changes of these products
    /// are in the index.
    pub(super) fn applied<'p>(
        &self,
        people: impl IntoIterator<Item = Person>,
        products: impl IntoIterator<Item = &'p ProductId>,
    ) {
        if self.0.receiver_count() == 0 {
            return;
        }
        let people = people.into_iter().map(News::Learned);
        for news in people.chain(products.into_iter().copied().map(News::Indexed)) {
            // Without listeners there is nobody to fail.
            self.0.send(news).ok();
        }
    }
}

/// Follows the outbox of one shop and tells whoever listens.
pub struct Announcer {
    log: ChangeLog,
    news: watch::Receiver<i64>,
    told: Announcements,
    position: i64,
}

impl Announcer {
    /// Tells what is published from now on.
    pub fn new(log: ChangeLog, told: Announcements) -> Self {
        let mut news = log.newest();
        let position = *news.borrow_and_update();
        Self {
            log,
            news,
            told,
            position,
        }
    }

    /// Follows until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut patience = Patience::new("announcer");
        loop {
            let last = *self.news.borrow_and_update();
            match self.tell(last).await {
                Ok(()) => patience.restored(),
                Err(error) if patience.after(&error, &stop).await => continue,
                Err(_) => return,
            }
            tokio::select! {
                () = stop.cancelled() => return,
                changed = self.news.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn tell(&mut self, last: i64) -> Result<(), PipelineError> {
        while self.position < last {
            // Nobody listens: nothing is read.
            if self.told.0.receiver_count() == 0 {
                self.position = last;
                return Ok(());
            }
            let published = self.log.after(self.position, BATCH as usize).await?;
            let Some(reached) = published.last().map(|published| published.position) else {
                return Ok(());
            };
            if shop::outbox::Outbox::has_missed(self.position, &published) {
                self.say(News::Missed);
            }
            for change in published.into_iter().filter_map(|published| published.change()) {
                self.say(News::Changed(change));
            }
            self.position = reached;
        }
        Ok(())
    }

    /// Without listeners there is nobody to fail.
    fn say(&self, news: News) {
        self.told.0.send(news).ok();
    }
}
