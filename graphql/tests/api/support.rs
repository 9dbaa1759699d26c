//! A shop of its own for each test: SQLite in a temporary directory, an engine that lists
//! what it is told, demo users of each role.

use crate::{shelf::Shelf, till::Till};
use async_graphql::{Request, Variables};
use futures::{StreamExt, stream::BoxStream};
use graphql::{CursorCodec, RequestContext, Schema, Services, Settings};
use migration::{Migrator, MigratorTrait};
use reco_actors::ItemId;
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

/// The password of every viewer.
pub(crate) const PASSWORD: &str = "correct horse battery staple 7";

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
