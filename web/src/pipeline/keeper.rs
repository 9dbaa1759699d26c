//! Looks after generations of vectors, beside the embedding: fits their frames, and lets the one
//! that is built serve when nothing lacks.

use super::{EmbedProgress, PipelineError, frames, worker::models_of};
use reco_actors::system::RecoHandle;
use shop::{Shop, pipeline::Generation};
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// However little this process embeds, others may: frames are looked at this often.
const AT_LEAST: Duration = Duration::from_secs(60);
/// From so many waiting tasks on, more vectors are on their way than the frame can follow.
const BULK: u64 = 200;

/// Looks after the generations of one shop.
pub(crate) struct Keeper {
    shop: Shop,
    engine: RecoHandle,
    progress: Arc<EmbedProgress>,
    /// What this process had embedded at the last look at the frames, and when that was.
    seen: Option<(u64, Instant)>,
}

impl Keeper {
    pub(crate) const fn new(shop: Shop, engine: RecoHandle, progress: Arc<EmbedProgress>) -> Self {
        Self {
            shop,
            engine,
            progress,
            seen: None,
        }
    }

    /// Looks until told to stop.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "generations of vectors cannot be looked after");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    async fn look(&mut self) -> Result<(), PipelineError> {
        self.cut_over_when_complete().await?;
        let embedded = self.progress.texts.load(Relaxed) + self.progress.pictures.load(Relaxed);
        let is_due = self
            .seen
            .is_none_or(|(then, at)| then != embedded || at.elapsed() >= AT_LEAST);
        if !is_due {
            return Ok(());
        }
        let pipeline = self.shop.pipeline();
        if let Some(serving) = pipeline.generations.serving().await? {
            let waiting = pipeline.tasks.counts().await?;
            let in_bulk = waiting.bulk + waiting.interactive >= BULK;
            frames::keep(&self.shop, &serving, in_bulk).await?;
            // What was held back is looked at again when less is on its way.
            self.seen = (!in_bulk).then(|| (embedded, Instant::now()));
        }
        Ok(())
    }

    /// When every product has its vectors of the generation that is built, lets it serve.
    async fn cut_over_when_complete(&self) -> Result<(), PipelineError> {
        let generations = &self.shop.pipeline().generations;
        let Some(building) = generations.building().await? else {
            return Ok(());
        };
        let Generation { id, models, .. } = &building;
        // Only who makes its vectors can tell that none is under way.
        if *models != models_of(&self.engine) || generations.progress(models).await?.lacking > 0 {
            return Ok(());
        }
        // Its first answers are seen through its own frame, on every node.
        frames::keep(&self.shop, &building, false).await?;
        if generations.cut_over(*id, self.shop.now()).await? {
            tracing::info!(generation.id = id, "other models serve");
        }
        Ok(())
    }
}
