//! What customers and staff did with orders.

use super::{
    super::script::{Account, BadPast, Fate, Person, PlannedOrder},
    Stage,
};
use chrono::{DateTime, TimeDelta, Utc};
use shop::{
    ShopError, Viewer,
    cart::{CartDetails, CartKey, LineQuantity},
    catalog::Patch,
    id::OrderId,
    idempotency::IdempotencyKey,
    orders::{OrderFilter, OrderKey, OrderStatus, OrderView, PlaceOrder, RefundLine, RefundOrder},
    payments::{StartPayment, StartedPayment},
};

impl<'a> Stage<'a> {
    /// The order that was placed then, if a process was killed before it noted it.
    async fn placed(&self, email: &str, at: DateTime<Utc>) -> Result<Option<OrderId>, ShopError> {
        let then = OrderFilter {
            text: Some(email.to_owned()),
            from: Some(at),
            before: Some(at + TimeDelta::seconds(1)),
            ..OrderFilter::default()
        };
        let found = self.admin().list(&then, 0, 1).await?;
        Ok(found.orders.first().map(|view| view.order.id))
    }

    pub(super) async fn place(&self, place: usize, at: DateTime<Utc>) -> Result<OrderId, ShopError> {
        let (planned, person) = self.planned(place)?;
        let (viewer, email) = (self.viewer(&planned.by)?, person.email(&planned.by));
        if let Some(id) = self.placed(&email, at).await? {
            return Ok(id);
        }
        let lines = self.lines(planned)?;
        let carts = self.shop.carts();
        let mut key = carts.key(&viewer, None);
        if person.account == Account::Demo && carts.find(key).await?.is_some_and(|cart| !cart.lines.is_empty()) {
            // Somebody is shopping: their cart is theirs.
            return Err(ShopError::NotFound);
        }
        let details = CartDetails {
            email: Patch::Set(email),
            shipping_address: Patch::Set(person.address()),
            ..CartDetails::default()
        };
        let cart = carts.details(key, details).await?;
        if viewer == Viewer::Guest {
            key = carts.key(&viewer, Some(&carts.token(cart.id)));
        }
        self.fill_and_place(&viewer, key, (place, planned), &lines).await
    }

    async fn fill_and_place(
        &self,
        viewer: &Viewer,
        key: CartKey,
        (place, planned): (usize, &PlannedOrder),
        lines: &[LineQuantity],
    ) -> Result<OrderId, ShopError> {
        let carts = self.shop.carts();
        let mut cart = carts.set(key, lines).await?;
        if planned.coupon.is_some() {
            // Without it when it is gone: the goods are wanted all the same.
            match carts.coupon(key, planned.coupon.as_deref()).await {
                Ok(with_coupon) => cart = with_coupon,
                Err(ShopError::Invalid(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let quote = PlaceOrder {
            quote: cart.fingerprint,
            address: None,
            visitor: None,
        };
        let once = IdempotencyKey::parse(&format!("demo-{place}"))?;
        let placed = self.shop.orders().place(viewer, key, &quote, &once).await?;
        Ok(placed.order.id)
    }

    fn planned(&self, place: usize) -> Result<(&'a PlannedOrder, &'a Person), ShopError> {
        let planned = &self.script.orders[place];
        let person = self.script.people.get(&planned.by).ok_or(ShopError::NotFound)?;
        Ok((planned, person))
    }

    fn lines(&self, planned: &PlannedOrder) -> Result<Vec<LineQuantity>, ShopError> {
        let line = |line: Result<(&str, i32), BadPast>| {
            let (sku, quantity) = line.map_err(ShopError::internal)?;
            let variant = *self.variants.get(sku).ok_or(ShopError::NotFound)?;
            Ok(LineQuantity { variant, quantity })
        };
        planned.lines().map(line).collect()
    }

    async fn find(&self, id: OrderId) -> Result<OrderView, ShopError> {
        self.admin().find(&OrderKey::Id(id)).await
    }

    pub(super) fn by_hand(&self) -> Result<&'static str, ShopError> {
        let manual = self
            .shop
            .payment_providers()
            .iter()
            .find(|provider| provider.is_manual());
        manual.map(|provider| provider.code()).ok_or(ShopError::NotFound)
    }

    pub(super) async fn begin_payment(
        &self,
        place: usize,
        id: OrderId,
        provider: &str,
    ) -> Result<StartedPayment, ShopError> {
        let viewer = self.viewer(&self.script.orders[place].by)?;
        let token = self.shop.orders().access_token(id);
        let wanted = StartPayment {
            provider: provider.to_owned(),
            return_url: None,
            cancel_url: None,
            address: None,
        };
        let once = IdempotencyKey::parse(&format!("demo-{place}"))?;
        let payments = self.shop.payments();
        payments.start(&viewer, id, Some(&token), &wanted, &once).await
    }

    pub(super) async fn pay(&self, place: usize, id: OrderId) -> Result<(), ShopError> {
        if self.find(id).await?.order.status != OrderStatus::PendingPayment {
            return Ok(());
        }
        let viewer = self.viewer(&self.script.orders[place].by)?;
        let token = self.shop.orders().access_token(id);
        let started = self.begin_payment(place, id, "test").await?;
        let payments = self.shop.payments();
        payments.complete(&viewer, started.payment.id, Some(&token)).await?;
        Ok(())
    }

    pub(super) async fn give_back(&self, place: usize, id: OrderId) -> Result<(), ShopError> {
        let view = self.find(id).await?;
        let first = view.lines.first().ok_or(ShopError::NotFound)?;
        let wanted = match self.script.orders[place].fate {
            Fate::PartReturned => RefundOrder {
                lines: vec![RefundLine {
                    line: first.id,
                    quantity: 1,
                }],
                restock: true,
                reason: "one piece came back".to_owned(),
                ..RefundOrder::default()
            },
            Fate::Allowed => RefundOrder {
                amount: Some(view.money(view.order.subtotal_amount / 10).to_string()),
                reason: "not quite as it should be".to_owned(),
                ..RefundOrder::default()
            },
            _ => RefundOrder {
                restock: true,
                reason: "sent back within two weeks".to_owned(),
                ..RefundOrder::default()
            },
        };
        let once = IdempotencyKey::parse(&format!("demo-{place}"))?;
        self.admin().refund(id, &wanted, &once).await?;
        Ok(())
    }
}
