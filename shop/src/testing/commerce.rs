//! A shop that sells: products, guests with carts, orders, and the books that must balance.

use super::{TestDatabase, account_settings, provider::Bank};
use crate::{
    Shop, ShopDeps, ShopError, Viewer,
    cart::{CartDetails, CartKey, LineQuantity},
    catalog::{NewProduct, NewVariant, Patch},
    checkout::{Address, CommerceSettings},
    clock::Clock,
    idempotency::IdempotencyKey,
    media::MediaStore,
    orders::{OrderStatus, OrderView, PlaceOrder},
    payments::{StartPayment, StartedPayment},
    viewer::Staff,
};
use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    Currency,
    id::{CartId, OrderId, VariantId},
    order, order_event, order_line, payment, refund, stock_movement, variant,
};
use parking_lot::Mutex;
use sea_orm::EntityTrait;
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

/// A clock that a test turns forward.
#[derive(Debug)]
pub(crate) struct Hands(Mutex<DateTime<Utc>>);

impl Hands {
    pub(crate) fn forward(&self, by: TimeDelta) {
        *self.0.lock() += by;
    }
}

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock()
    }
}

/// A shop with two ways to pay.
pub(crate) struct Market {
    pub(crate) shop: Shop,
    pub(crate) bank: Arc<Bank>,
    pub(crate) clock: Arc<Hands>,
    pub(crate) database: TestDatabase,
}

#[expect(clippy::unwrap_used, reason = "tests")]
impl Market {
    pub(crate) async fn over(database: TestDatabase) -> Self {
        let (bank, clock) = (Arc::new(Bank::default()), Arc::new(Hands(Mutex::new(Utc::now()))));
        let deps = ShopDeps {
            db: database.db.clone(),
            media: MediaStore::in_memory(),
            currency: Currency::USD,
            reviews: crate::reviews::ReviewSettings::default(),
            accounts: account_settings(TimeDelta::minutes(15)),
            commerce: CommerceSettings::default(),
            payments: vec![bank.clone(), Arc::new(Bank::by_hand())],
            events: crate::events::EventSettings::default(),
            clock: clock.clone(),
        };
        Self {
            shop: Shop::open(deps).await.unwrap(),
            bank,
            clock,
            database,
        }
    }

    pub(crate) async fn each() -> Vec<Self> {
        let databases = TestDatabase::each().await;
        futures::future::join_all(databases.into_iter().map(Self::over)).await
    }

    /// A public product of one variant.
    pub(crate) async fn product(&self, sku: &str, price: i64, stock: i32) -> VariantId {
        let new = NewProduct {
            name: format!("Product {sku}"),
            publish: true,
            variants: vec![NewVariant {
                sku: sku.to_owned(),
                price: Some(price),
                stock,
                ..NewVariant::default()
            }],
            ..NewProduct::default()
        };
        let made = Staff::operator(&self.shop).catalog().product_create(new).await.unwrap();
        made.variants[0].id
    }

    /// A guest with an empty cart, who has said where things go.
    pub(crate) async fn guest(&self) -> CartKey {
        let view = self.shop.carts().details(CartKey::default(), details()).await.unwrap();
        self.key(view.id)
    }

    pub(crate) fn key(&self, cart: CartId) -> CartKey {
        let token = self.shop.carts().token(cart);
        self.shop.carts().key(&Viewer::Guest, Some(&token))
    }

    /// A guest whose cart holds these.
    pub(crate) async fn guest_with(&self, lines: &[(VariantId, i32)]) -> CartKey {
        let key = self.guest().await;
        self.fill(key, lines).await.unwrap();
        key
    }

    pub(crate) async fn fill(&self, key: CartKey, lines: &[(VariantId, i32)]) -> Result<(), ShopError> {
        let lines: Vec<_> = lines
            .iter()
            .map(|&(variant, quantity)| LineQuantity { variant, quantity })
            .collect();
        self.shop.carts().add(key, &lines).await.map(drop)
    }

    /// Places what is in a cart, at the terms that it has now.
    pub(crate) async fn place(&self, key: CartKey, idempotency: &str) -> Result<OrderView, ShopError> {
        let quote = self.shop.carts().find(key).await?.unwrap().fingerprint;
        let idempotency = IdempotencyKey::parse(idempotency)?;
        let place = PlaceOrder {
            quote,
            address: None,
            visitor: None,
        };
        self.shop
            .orders()
            .place(&Viewer::Guest, key, &place, &idempotency)
            .await
    }

    /// An order of these, not paid.
    pub(crate) async fn order(&self, lines: &[(VariantId, i32)]) -> OrderView {
        let key = self.guest_with(lines).await;
        self.place(key, "first").await.unwrap()
    }

    pub(crate) async fn start(&self, order: OrderId, provider: &str, key: &str) -> Result<StartedPayment, ShopError> {
        let wanted = StartPayment {
            provider: provider.to_owned(),
            return_url: None,
            cancel_url: None,
            address: None,
        };
        let token = self.shop.orders().access_token(order);
        let key = IdempotencyKey::parse(key)?;
        self.shop
            .payments()
            .start(&Viewer::Guest, order, Some(&token), &wanted, &key)
            .await
    }

    /// Begins a payment at the bank and completes it.
    pub(crate) async fn pay(&self, order: OrderId) -> Result<OrderView, ShopError> {
        let started = self.start(order, "bank", &Uuid::now_v7().to_string()).await?;
        let token = self.shop.orders().access_token(order);
        self.shop
            .payments()
            .complete(&Viewer::Guest, started.payment.id, Some(&token))
            .await
    }

    /// On hand, reserved.
    pub(crate) async fn stock(&self, id: VariantId) -> (i32, i32) {
        let row = variant::Entity::find_by_id(id)
            .one(self.shop.db())
            .await
            .unwrap()
            .unwrap();
        (row.stock_on_hand, row.stock_reserved)
    }

    /// Holds every book against every other.
    pub(crate) async fn audit(&self) {
        let db = self.shop.db();
        let orders = order::Entity::find().all(db).await.unwrap();
        let lines = order_line::Entity::find().all(db).await.unwrap();
        let payments = payment::Entity::find().all(db).await.unwrap();
        let refunds = refund::Entity::find().all(db).await.unwrap();
        let events = order_event::Entity::find().all(db).await.unwrap();
        let mut promised: HashMap<VariantId, i32> = HashMap::new();
        for order in &orders {
            let own: Vec<_> = lines.iter().filter(|line| line.order_id == order.id).collect();
            let goods: i64 = own.iter().map(|line| line.total_amount).sum();
            assert_eq!(goods + order.shipping_amount, order.total_amount, "{order:?}");
            assert!((0..=order.total_amount).contains(&order.refunded_amount));
            if order.status == OrderStatus::PendingPayment {
                for line in own {
                    *promised.entry(line.variant_id).or_default() += line.quantity;
                }
            }
            let of_order = |row: &&payment::Model| row.order_id == order.id;
            let paid: Vec<_> = payments
                .iter()
                .filter(of_order)
                .filter(|row| row.status == payment::PaymentStatus::Captured)
                .collect();
            assert_eq!(
                paid.len(),
                usize::from(order.paid_at.is_some() && order.total_amount > 0),
                "{order:?}"
            );
            let returned: i64 = paid.iter().map(|row| row.refunded_amount).sum();
            assert_eq!(returned, order.refunded_amount, "{order:?}");
            let moves: Vec<_> = events
                .iter()
                .filter(|event| event.order_id == order.id)
                .filter_map(|event| Some((event.from_status?, event.to_status?)))
                .collect();
            assert!(moves.windows(2).all(|pair| pair[0].1 == pair[1].0), "{moves:?}");
            assert_eq!(
                moves.last().map_or(OrderStatus::PendingPayment, |(_, to)| *to),
                order.status
            );
        }
        for payment in &payments {
            let own = refunds.iter().filter(|row| row.payment_id == payment.id);
            let back: i64 = own
                .filter(|row| row.status != refund::RefundStatus::Failed)
                .map(|row| row.amount)
                .sum();
            assert_eq!(back, payment.refunded_amount);
        }
        let movements = stock_movement::Entity::find().all(db).await.unwrap();
        for row in variant::Entity::find().all(db).await.unwrap() {
            assert!(row.stock_on_hand >= row.stock_reserved && row.stock_reserved >= 0);
            assert_eq!(
                row.stock_reserved,
                promised.get(&row.id).copied().unwrap_or(0),
                "{}",
                row.sku
            );
            let own = movements.iter().filter(|movement| movement.variant_id == row.id);
            assert_eq!(
                row.stock_reserved,
                own.map(|movement| movement.reserved_delta).sum::<i32>()
            );
        }
    }
}

pub(crate) fn address() -> Address {
    Address {
        name: "Ada Lovelace".to_owned(),
        company: String::new(),
        line1: "12 St James's Square".to_owned(),
        line2: String::new(),
        city: "London".to_owned(),
        region: String::new(),
        postal_code: "SW1Y 4JH".to_owned(),
        country: "GB".to_owned(),
        phone: String::new(),
    }
}

pub(crate) fn details() -> CartDetails {
    CartDetails {
        email: Patch::Set("ada@example.com".to_owned()),
        shipping_address: Patch::Set(address()),
        ..CartDetails::default()
    }
}

/// The problems of a refused input: path and code.
pub(crate) fn problems<T>(outcome: Result<T, ShopError>) -> Vec<(String, crate::error::ProblemCode)> {
    match outcome {
        Err(ShopError::Invalid(problems)) => problems.into_iter().map(|p| (p.path.join("."), p.code)).collect(),
        Err(other) => panic!("expected problems, got {other:?}"),
        Ok(_) => panic!("expected problems"),
    }
}
