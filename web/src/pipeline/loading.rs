//! How the projector fills an engine from the database.

use super::{PipelineError, item_of, projector::Projector};
use reco_actors::{ItemId, models::Behaviour, system::Change as EngineChange};
use shop::{id::ProductId, outbox::Published};
use std::collections::HashSet;

/// Products read at once.
const PAGE: u64 = 500;

impl Projector {
    /// Everything anew: items page by page with their vectors, then one rebuild.
    pub(super) async fn load_all(&mut self) -> Result<(), PipelineError> {
        let position = self.shop.outbox().last_position().await?;
        self.take_settings().await?;
        self.take_generation().await?;
        self.shop.catalog().reload_taxonomy().await?;
        let taxonomy = self.shop.catalog().taxonomy();
        let mut gone: HashSet<ItemId> = self.engine.items().into_iter().collect();
        let mut after = None;
        loop {
            let views = self.shop.catalog().load_after(after, PAGE).await?;
            let Some(last) = views.last() else { break };
            after = Some(last.id());
            let ids: Vec<ProductId> = views.iter().map(|view| view.id()).collect();
            let items = views.iter().map(|view| item_of(view, &taxonomy));
            let mut changes: Vec<_> = items.map(|item| EngineChange::Upsert(Box::new(item))).collect();
            match &self.exchange {
                None => changes.extend(self.vectors(&ids).await?),
                Some(exchange) => {
                    self.engine.apply(std::mem::take(&mut changes), 0).await?;
                    exchange.set(&self.shop, &self.engine, &ids).await?;
                }
            }
            for id in &ids {
                gone.remove(&ItemId(id.0));
            }
            self.engine.apply(changes, 0).await?;
        }
        let gone = gone
            .into_iter()
            .map(|id| EngineChange::Delete { id, version: i64::MAX });
        let behaviour = self.learn_from_log(position).await?;
        let last = gone.chain([EngineChange::Behaviour(Box::new(behaviour))]);
        self.engine.apply(last.collect(), position).await?;
        self.engine.rebuild().await?;
        let last = self.shop.outbox().at(position).await?;
        self.log.saw(last.as_slice());
        self.mark = last.as_ref().map(Published::mark);
        self.position = position;
        Ok(())
    }

    /// What people did up to a position, learned in the order in which others followed it.
    async fn learn_from_log(&self, position: i64) -> Result<Behaviour, PipelineError> {
        let (mut behaviour, mut after) = (Behaviour::default(), 0);
        loop {
            let page = self.shop.events().published(after, position).await?;
            let Some(last) = page.position else {
                return Ok(behaviour);
            };
            behaviour.learn_batch(last, &graphql::acts_of(&page.events));
            after = last;
        }
    }
}
