//! An engine that lists and recommends what it is told.

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use graphql::{ChangeFeed, ChangeStream, EngineState, Listing, News, StatusProvider};
use parking_lot::Mutex;
use reco_actors::{
    AlsoKind, AlsoQuery, Arranging, ItemId, ListRule, Personal, Reason, RecoError, Recommendations, Recommended,
    Recommender, RepurchaseQuery, ScorePart, Shown, SimilarQuery, Source, TrendingQuery, ViewerQuery,
    catalog::{
        Filter, Keyset, KeysetValue, ListEntry, ListPage, ListQuery, SearchPage, SearchQuery, SearchScore, Suggestions,
        Window,
    },
    models::{Owned, Past, PersonId},
    system::SearchAnswer,
};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use uuid::Uuid;

impl ChangeFeed for Shelf {
    fn subscribe(&self) -> ChangeStream {
        let news = BroadcastStream::new(self.news.subscribe());
        Box::pin(news.map(|told| told.unwrap_or(News::Missed)))
    }
}

/// Lists and recommends the items it is told, in that order.
pub(crate) struct Shelf {
    pub(crate) news: broadcast::Sender<News>,
    pub(crate) items: Mutex<Vec<ItemId>>,
    pub(crate) asked: Mutex<Vec<ListQuery>>,
}

impl Default for Shelf {
    fn default() -> Self {
        Self {
            news: broadcast::Sender::new(16),
            items: Mutex::default(),
            asked: Mutex::default(),
        }
    }
}

#[async_trait]
impl Listing for Shelf {
    fn list(&self, query: &ListQuery) -> Result<ListPage, RecoError> {
        self.asked.lock().push(query.clone());
        let items = self.items.lock().clone();
        let (start, limit) = match &query.window {
            Window::Offset { offset, limit } => (*offset, *limit),
            Window::After { keyset, limit } => {
                let after = keyset
                    .as_ref()
                    .and_then(|keyset| items.iter().position(|id| *id == keyset.id));
                (after.map_or(0, |at| at + 1), *limit)
            }
            Window::Before { limit, .. } => (items.len().saturating_sub(*limit), *limit),
        };
        let entry = |id: &ItemId| ListEntry {
            id: *id,
            keyset: Keyset {
                values: vec![KeysetValue::Int(1)],
                id: *id,
            },
        };
        let entries: Vec<_> = items.iter().skip(start).take(limit).map(entry).collect();
        Ok(ListPage {
            has_next: start + entries.len() < items.len(),
            has_previous: start > 0,
            entries,
            total: query.want_total.then_some(items.len() as u64),
            facets: query.want_facets.then(Vec::new),
            prices: None,
        })
    }

    async fn search(&self, query: SearchQuery) -> Result<SearchAnswer, RecoError> {
        let page = self.list(&ListQuery {
            text: Some(query.text),
            filter: query.filter,
            sort: query.sort,
            window: query.window,
            want_total: query.want_total,
            want_facets: query.want_facets,
        })?;
        let score = SearchScore {
            words: 0.6,
            meaning: 0.5,
            ..SearchScore::default()
        };
        Ok(SearchAnswer {
            found: SearchPage {
                scores: vec![score; page.entries.len()],
                page,
                corrected: None,
                relaxed: Vec::new(),
            },
            by_meaning: true,
            generation: "g1.1".into(),
        })
    }

    fn suggest(&self, text: &str, texts: usize, items: usize) -> Suggestions {
        Suggestions {
            texts: [format!("{text}s")].into_iter().take(texts).collect(),
            items: self.items.lock().iter().copied().take(items).collect(),
        }
    }

    async fn looks_like(&self, _: Bytes, _: &Filter, limit: usize) -> Result<Recommendations, RecoError> {
        let entry = ([(ScorePart::Image, 0.5)].as_slice(), Reason::LooksAlike);
        Ok(self.recommend(limit, Source::Vectors, entry, |_| true))
    }

    fn category_counts(&self, ids: &[Uuid]) -> Vec<u64> {
        vec![3; ids.len()]
    }

    fn brand_counts(&self, ids: &[Uuid]) -> Vec<u64> {
        vec![2; ids.len()]
    }
}

#[async_trait]
impl Recommender for Shelf {
    async fn similar(&self, query: &SimilarQuery) -> Result<Recommendations, RecoError> {
        let parts = [(ScorePart::Text, 0.6), (ScorePart::Image, 0.2)];
        let entry = (parts.as_slice(), Reason::SimilarOverall);
        Ok(self.recommend(query.limit, Source::Vectors, entry, |id| id != query.item))
    }
}

/// Leaves lists as they are.
impl Arranging for Shelf {
    fn is_within(&self, _: &[ItemId], _: &[Uuid]) -> bool {
        false
    }

    fn arrange(&self, _: &[ListRule], _: &Shown, list: Recommendations) -> Recommendations {
        list
    }
}

/// Goes on with what it is told, and remembers nobody.
#[async_trait]
impl Personal for Shelf {
    async fn also(&self, query: &AlsoQuery) -> Result<Recommendations, RecoError> {
        let cause = query.items.first().copied().unwrap_or(ItemId(Uuid::nil()));
        let (part, reason) = match query.kind {
            AlsoKind::Viewed => (ScorePart::Viewed, Reason::AlsoViewed(cause)),
            AlsoKind::Bought => (ScorePart::Bought, Reason::BoughtTogether(cause)),
            AlsoKind::Complements => (ScorePart::Bought, Reason::Completes(cause)),
        };
        Ok(self.by_people(query.limit, part, &reason, |item| !query.items.contains(&item)))
    }

    async fn for_viewer(&self, query: &ViewerQuery) -> Result<Recommendations, RecoError> {
        let reason = query
            .history
            .last()
            .map_or(Reason::Trending, |past| Reason::BecauseViewed(past.item));
        let keep = |item| !query.exclude.contains(&item);
        Ok(self.by_people(query.limit, ScorePart::Viewed, &reason, keep))
    }

    async fn trending(&self, query: &TrendingQuery) -> Result<Recommendations, RecoError> {
        Ok(self.by_people(query.limit, ScorePart::Trend, &Reason::Trending, |_| true))
    }

    async fn repurchase(&self, query: &RepurchaseQuery) -> Result<Recommendations, RecoError> {
        Ok(self.by_people(query.limit, ScorePart::Repurchase, &Reason::BoughtBefore(1), |_| true))
    }

    fn history(&self, _: PersonId) -> Option<Vec<Past>> {
        None
    }

    fn owned(&self, _: PersonId) -> Option<Vec<Owned>> {
        None
    }
}

impl Shelf {
    fn by_people(
        &self,
        limit: usize,
        part: ScorePart,
        reason: &Reason,
        keep: impl Fn(ItemId) -> bool,
    ) -> Recommendations {
        let parts = [(part, 0.5)];
        self.recommend(limit, Source::Behaviour, (&parts, reason.clone()), keep)
    }

    fn recommend(
        &self,
        limit: usize,
        source: Source,
        (parts, reason): (&[(ScorePart, f32)], Reason),
        keep: impl Fn(ItemId) -> bool,
    ) -> Recommendations {
        let items = self.items.lock().clone();
        let kept = items.into_iter().filter(|item| keep(*item)).take(limit);
        let items = kept.map(|item| Recommended {
            item,
            score: parts.iter().map(|(_, value)| value).sum(),
            parts: parts.to_vec(),
            image_imputed: false,
            reason: reason.clone(),
            causes: Vec::new(),
        });
        Recommendations {
            items: items.collect(),
            source,
            generation: "g1.1".into(),
        }
    }
}

impl StatusProvider for Shelf {
    fn status(&self) -> EngineState {
        EngineState {
            ready: true,
            generation: "g1.1".into(),
            ..EngineState::default()
        }
    }
}
