//! Whose vectors the projector's engine holds, seen through which frame.

use super::{PipelineError, exchange::Exchange, frames::frame_of, generation::loaded, projector::Projector};

impl Projector {
    /// Has the engine hold the vectors that serve: at once where it is empty, else by an exchange
    /// beside the changes.
    pub(super) async fn take_generation(&mut self) -> Result<(), PipelineError> {
        let Some(serving) = self.shop.pipeline().generations.serving().await? else {
            return Ok(());
        };
        if self
            .exchange
            .as_ref()
            .is_some_and(|under_way| under_way.generation == serving)
        {
            return Ok(());
        }
        self.exchange = None;
        let models = loaded(&serving.models);
        if self.engine.index_models() == models {
            self.engine.unstage().await?;
            self.generation = Some(serving);
            return self.take_frame().await;
        }
        if self.engine.items().is_empty() {
            self.engine.use_models(models).await?;
            self.generation = Some(serving);
            return self.take_frame().await;
        }
        self.exchange = Some(Exchange::begin(&self.shop, &self.engine, serving));
        Ok(())
    }

    /// Has the engine see its vectors as all others do.
    pub(super) async fn take_frame(&mut self) -> Result<(), PipelineError> {
        let Some(generation) = &self.generation else {
            return Ok(());
        };
        let dims = self.engine.frame().dims();
        let frame = frame_of(&self.shop, generation, dims).await?;
        // It answers when the index is made anew, seconds on a large catalogue; changes go on.
        drop(self.engine.pin_frame(Some(frame)).await?);
        Ok(())
    }

    /// The exchange is over: for good, or to be begun again.
    pub(super) async fn exchanged(&mut self, outcome: Result<(), PipelineError>) -> Result<(), PipelineError> {
        let over = self.exchange.take();
        outcome?;
        if let Some(over) = over {
            self.generation = Some(over.generation.clone());
        }
        // Other models may serve by now, or another frame.
        self.take_generation().await
    }
}

/// When the exchange under way is over; never without one.
pub(super) async fn ended(exchange: &mut Option<Exchange>) -> Result<(), PipelineError> {
    match exchange {
        Some(exchange) => exchange.ended().await,
        None => std::future::pending().await,
    }
}
