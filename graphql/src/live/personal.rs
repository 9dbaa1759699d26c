//! A viewer's list, pushed when it becomes another one.

use super::{ChangeStream, News};
use crate::{
    behaviour::Personal,
    error::{ApiError, Code},
    recommendations::RecommendationList,
};
use futures::{FutureExt, Stream, StreamExt, stream};
use shop::{events::Person, id::ProductId};
use tokio::time::Instant;

struct Watch {
    list: Personal,
    news: ChangeStream,
    end: Instant,
    /// What was pushed last, in its order; nothing before the first.
    shown: Option<Vec<ProductId>>,
}

/// The list now and whenever its products or their order change, until its time is over. What happens
/// faster than it is taken in is told once. A failure ends it.
pub(super) fn watch(
    list: Personal,
    news: ChangeStream,
    end: Instant,
) -> impl Stream<Item = Result<RecommendationList, ApiError>> + Send + 'static {
    let first = Watch {
        list,
        news,
        end,
        shown: None,
    };
    stream::unfold(Some(first), |watch| async {
        let mut watch = watch?;
        match watch.next().await {
            Some(Ok(list)) => Some((Ok(list), Some(watch))),
            Some(Err(error)) => Some((Err(error), None)),
            None => None,
        }
    })
}

async fn made(list: &Personal) -> Result<RecommendationList, ApiError> {
    list.anew().await?.make().await
}

impl Watch {
    async fn next(&mut self) -> Option<Result<RecommendationList, ApiError>> {
        loop {
            if self.shown.is_some()
                && let Err(over) = self.something_happens().await?
            {
                return Some(Err(over));
            }
            let list = match made(&self.list).await {
                Ok(list) => list,
                Err(error) => return Some(Err(error)),
            };
            let products: Vec<ProductId> = list.items.iter().map(|item| item.product.0.id()).collect();
            if self.shown.as_ref() != Some(&products) {
                self.shown = Some(products);
                return Some(Ok(list));
            }
        }
    }

    /// Until the list may be another one; `None` when nothing will be told any more.
    async fn something_happens(&mut self) -> Option<Result<(), ApiError>> {
        loop {
            let Ok(next) = tokio::time::timeout_at(self.end, self.news.next()).await else {
                let over = ApiError::new(Code::Unauthenticated, "subscribe again with a fresh token");
                return Some(Err(over));
            };
            if !self.concerns(next?) {
                continue;
            }
            // What else is told already is part of the next list.
            while let Some(more) = self.news.next().now_or_never() {
                more?;
            }
            return Some(Ok(()));
        }
    }

    fn concerns(&self, news: News) -> bool {
        let shows = |id: &ProductId| self.shown.as_ref().is_some_and(|shown| shown.contains(id));
        let is_mine = |person: Person| self.list.person() == Some(person);
        match news {
            News::Missed => true,
            News::Learned(person) => is_mine(person),
            News::Indexed(product) => shows(&product),
            News::Changed(_) => false,
        }
    }
}
