//! A shop of its own for each test: SQLite in a temporary directory, an engine that lists
//! what it is told, demo users of each role.

use crate::till::Till;
use async_graphql::{Request, Variables};
use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use graphql::{
    ChangeFeed, ChangeStream, CursorCodec, EngineState, Listing, News, RequestContext, Schema, Services, Settings,
    StatusProvider,
};
use migration::{Migrator, MigratorTrait};
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
use serde_json::Value;
use shop::{
    Currency, Role, Shop, ShopDeps, Viewer,
    accounts::{AccountSettings, LogIn, NewAccount, TokenKey},
    checkout::CommerceSettings,
    clock::SystemClock,
    db::Database,
    media::MediaStore,
};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use uuid::Uuid;

/// The password of every viewer.
pub(crate) const PASSWORD: &str = "correct horse battery staple 7";

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
        let items = self.items.lock().iter().copied().take(limit).collect::<Vec<_>>();
        let items = items.into_iter().map(|item| Recommended {
            item,
            score: 0.5,
            parts: vec![(ScorePart::Image, 0.5)],
            image_imputed: false,
            reason: Reason::LooksAlike,
        });
        Ok(Recommendations {
            items: items.collect(),
            source: Source::Vectors,
            generation: "g1.1".into(),
        })
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
        let items = self
            .items
            .lock()
            .clone()
            .into_iter()
            .filter(|id| *id != query.item)
            .take(query.limit);
        let items = items.map(|item| Recommended {
            item,
            score: 0.8,
            parts: vec![(ScorePart::Text, 0.6), (ScorePart::Image, 0.2)],
            image_imputed: false,
            reason: Reason::SimilarOverall,
        });
        Ok(Recommendations {
            items: items.collect(),
            source: Source::Vectors,
            generation: "g1.1".into(),
        })
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
        let items = self
            .items
            .lock()
            .clone()
            .into_iter()
            .filter(|item| keep(*item))
            .take(limit);
        let items = items.map(|item| Recommended {
            item,
            score: 0.5,
            parts: vec![(part, 0.5)],
            image_imputed: false,
            reason: reason.clone(),
        });
        Recommendations {
            items: items.collect(),
            source: Source::Behaviour,
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

pub(crate) struct TestShop {
    pub(crate) shop: Shop,
    pub(crate) shelf: Arc<Shelf>,
    services: Services,
    schema: Schema,
    _directory: TempDir,
}

impl TestShop {
    pub(crate) async fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("shop.db").display());
        let db = Database::connect(&url, 2).await.unwrap();
        Migrator::up(&db.connection, None).await.unwrap();
        let key = TokenKey {
            kid: "test".into(),
            secret: "0123456789abcdef0123456789abcdef".into(),
        };
        let accounts = AccountSettings::new(vec![key]);
        let (media, clock) = (MediaStore::in_memory(), Arc::new(SystemClock));
        let shop = Shop::open(ShopDeps {
            db,
            media,
            currency: Currency::USD,
            reviews: shop::reviews::ReviewSettings::default(),
            accounts,
            commerce: CommerceSettings::default(),
            payments: Till::all(),
            events: shop::events::EventSettings::default(),
            clock,
        })
        .await
        .unwrap();
        let shelf = Arc::new(Shelf::default());
        let services = Services {
            shop: shop.clone(),
            recommender: shelf.clone(),
            personal: shelf.clone(),
            arranging: shelf.clone(),
            listing: shelf.clone(),
            status: shelf.clone(),
            changes: shelf.clone(),
            cursors: CursorCodec::new(b"test"),
            media_base: "/media".into(),
            prints: graphql::search::Prints::default(),
            public_url: "".into(),
            settings: Settings::default(),
        };
        let schema = graphql::build(services.clone());
        Self {
            shop,
            shelf,
            services,
            schema,
            _directory: directory,
        }
    }

    /// A viewer who logged in with this role.
    pub(crate) async fn viewer(&self, role: Role) -> Viewer {
        self.viewer_called(&format!("{role:?}"), role).await
    }

    /// A viewer of this name who logged in with this role.
    pub(crate) async fn viewer_called(&self, name: &str, role: Role) -> Viewer {
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
        let account = NewAccount {
            email: email.clone(),
            password: PASSWORD.into(),
            name: name.into(),
        };
        self.shop.accounts().create_user_with_role(account, role).await.unwrap();
        let log_in = LogIn {
            email,
            password: PASSWORD.into(),
            address: None,
            user_agent: None,
        };
        let token = self.shop.accounts().log_in(log_in).await.unwrap().access.token;
        self.shop.accounts().authenticate(Some(&token)).await.unwrap()
    }

    /// The whole response as JSON.
    pub(crate) async fn run(&self, viewer: Viewer, operation: &str, variables: Value) -> Value {
        let request = Request::new(operation).variables(Variables::from_json(variables));
        self.send(viewer, None, request).await
    }

    /// As [`Self::run`], with a guest's cart and whatever else the request holds.
    pub(crate) async fn send(&self, viewer: Viewer, cart: Option<&str>, request: Request) -> Value {
        let context = RequestContext::new(&self.services, viewer, "req-1").with_cart_token(cart.map(Arc::from));
        serde_json::to_value(graphql::execute(&self.schema, request.data(context)).await).unwrap()
    }

    /// The answers of a subscription.
    pub(crate) fn stream(&self, viewer: Viewer, operation: &str) -> BoxStream<'static, Value> {
        let context = RequestContext::new(&self.services, viewer, "req-1");
        let answers = graphql::execute_stream(&self.schema, Request::new(operation).data(context));
        answers.map(|answer| serde_json::to_value(answer).unwrap()).boxed()
    }

    /// The first answer of a subscription, or nothing while there is none.
    pub(crate) async fn first(&self, viewer: Viewer, operation: &str) -> Value {
        let mut answers = self.stream(viewer, operation);
        let first = tokio::time::timeout(std::time::Duration::from_millis(200), answers.next()).await;
        first.ok().flatten().unwrap_or_default()
    }

    /// As [`Self::run`], without variables.
    pub(crate) async fn ask(&self, viewer: Viewer, operation: &str) -> Value {
        self.run(viewer, operation, Value::Null).await
    }

    /// A published product with one variant, on the shelf; gives its API id.
    pub(crate) async fn product(&self, staff: Viewer, name: &str, sku: &str) -> String {
        let operation = r#"mutation($name: String!, $sku: String!) { productCreate(input: {
            name: $name, publish: true, variants: [{sku: $sku, price: "19.90", stock: 5}] })
            { product { id } userErrors { message } } }"#;
        let answer = self
            .run(staff, operation, serde_json::json!({ "name": name, "sku": sku }))
            .await;
        let id = answer["data"]["productCreate"]["product"]["id"].as_str();
        let id = id.unwrap_or_else(|| panic!("{answer}")).to_owned();
        self.shelf
            .items
            .lock()
            .push(ItemId(id.parse::<shop::id::ProductId>().unwrap().0));
        id
    }
}
