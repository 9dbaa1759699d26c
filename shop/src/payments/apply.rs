//! The one path by which a provider's word changes an order.

use super::{
    PaymentStatus, Payments, ProviderError, ProviderNews, ProviderPayment, ProviderState, WebhookNotice, refused,
    start::money,
};
use crate::{
    error::{OnConstraint, ShopError},
    orders::{By, Change, OrderEventKind, OrderStatus, refund_payment},
};
use entities::{
    id::{OrderId, PaymentId},
    money::Money,
    payment, webhook_event,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::OnConflict,
};

impl Payments<'_> {
    /// Takes in a message that was proven to be a provider's. The same one again, or an
    /// older one, changes nothing.
    ///
    /// # Errors
    /// `Busy` or `Internal` when it could not be taken in: it must be sent again.
    pub async fn take_notice(&self, provider: &str, notice: &WebhookNotice) -> Result<(), ShopError> {
        let key = (provider.to_owned(), notice.event_id.clone());
        let known = webhook_event::Entity::find_by_id(key).one(self.shop.db()).await?;
        if known.is_some() {
            return Ok(());
        }
        match &notice.news {
            Some(ProviderNews::Payment(news)) => {
                if let Some(row) = self.payment_of(provider, news).await? {
                    self.learn_reference(&row, &news.reference).await?;
                    let news = self.agreed(&row, news).await?;
                    self.apply(row.id, row.order_id, &news).await?;
                } else if let Some(row) = self.stray_of(provider, news).await? {
                    self.apply(row.id, row.order_id, news).await?;
                } else {
                    tracing::warn!(
                        provider,
                        kind = notice.kind,
                        "a message about a payment that is not ours"
                    );
                }
            }
            Some(ProviderNews::Refund { capture, refund, news }) => {
                self.take_refund(provider, capture, *refund, news).await?;
            }
            None => {}
        }
        // Kept last: a message that could not be taken in is not known, and comes again.
        let row = webhook_event::ActiveModel {
            provider: Set(provider.to_owned()),
            event_id: Set(notice.event_id.clone()),
            kind: Set(notice.kind.chars().take(100).collect()),
            received_at: Set(self.shop.now()),
        };
        let mut known = OnConflict::columns([webhook_event::Column::Provider, webhook_event::Column::EventId]);
        webhook_event::Entity::insert(row)
            .on_conflict(known.do_nothing().to_owned())
            .exec_without_returning(self.shop.db())
            .await?;
        Ok(())
    }

    /// By the provider's id of it, else by ours, which a message may carry before we have
    /// stored theirs.
    async fn payment_of(&self, provider: &str, news: &ProviderPayment) -> Result<Option<payment::Model>, ShopError> {
        let of_provider = || payment::Entity::find().filter(payment::Column::Provider.eq(provider));
        let by_reference = of_provider().filter(payment::Column::Reference.eq(news.reference.as_str()));
        if let Some(row) = by_reference.one(self.shop.db()).await? {
            return Ok(Some(row));
        }
        let Some(id) = news.payment else { return Ok(None) };
        let by_id = of_provider()
            .filter(payment::Column::Id.eq(id))
            .filter(payment::Column::Reference.is_null());
        Ok(by_id.one(self.shop.db()).await?)
    }

    /// The customer agreed and perhaps never comes back: the money is taken now, while the
    /// order waits for it. Without an answer the message must come again.
    pub(super) async fn agreed(
        &self,
        row: &payment::Model,
        news: &ProviderPayment,
    ) -> Result<ProviderPayment, ShopError> {
        let is_open = matches!(row.status, PaymentStatus::Created | PaymentStatus::Processing);
        if news.state != ProviderState::Approved || !is_open {
            return Ok(news.clone());
        }
        let order = self.shop.orders().load(row.order_id).await?.order;
        let provider = self
            .provider(&row.provider)
            .filter(|_| order.status == OrderStatus::PendingPayment);
        let Some(provider) = provider else {
            return Ok(news.clone());
        };
        match provider.capture(row.id, &news.reference).await {
            Ok(captured) => Ok(captured),
            Err(ProviderError::Declined { reason }) => Ok(ProviderPayment {
                state: ProviderState::Failed { reason },
                ..news.clone()
            }),
            Err(error) => Err(refused("id", &error, provider.code())),
        }
    }

    /// Money that came for one of our payments under another reference than the one we know:
    /// a second payment at the provider. It is written down as one, and goes the way of all.
    async fn stray_of(&self, provider: &str, news: &ProviderPayment) -> Result<Option<payment::Model>, ShopError> {
        let (Some(id), ProviderState::Captured { .. }) = (news.payment, &news.state) else {
            return Ok(None);
        };
        let known = payment::Entity::find_by_id(id).one(self.shop.db()).await?;
        let Some(known) = known.filter(|row| row.provider == provider) else {
            return Ok(None);
        };
        let now = self.shop.now();
        let row = payment::ActiveModel {
            id: Set(PaymentId::generate()),
            reference: Set(Some(news.reference.clone())),
            capture: Set(None),
            status: Set(PaymentStatus::Created),
            refunded_amount: Set(0),
            problem: Set(String::new()),
            created_at: Set(now),
            updated_at: Set(now),
            ..known.into_active_model().reset_all()
        };
        // Of two messages at once the slower one finds the row of the faster, when it comes again.
        let row = row.insert(self.shop.db()).await;
        row.map(Some)
            .on_constraint("payment_provider_reference_key", || ShopError::Busy)
    }

    async fn learn_reference(&self, row: &payment::Model, reference: &str) -> Result<(), ShopError> {
        if row.reference.is_none() {
            payment::Entity::update_many()
                .col_expr(payment::Column::Reference, sea_orm::sea_query::Expr::value(reference))
                .filter(payment::Column::Id.eq(row.id))
                .filter(payment::Column::Reference.is_null())
                .exec(self.shop.db())
                .await?;
        }
        Ok(())
    }

    /// Brings a payment and its order to what the provider says, once.
    pub(super) async fn apply(&self, id: PaymentId, order: OrderId, news: &ProviderPayment) -> Result<(), ShopError> {
        if matches!(news.state, ProviderState::Pending | ProviderState::Approved) {
            return Ok(());
        }
        let mut change = Change::begin(self.shop, order, By::PROVIDER).await?;
        let row = payment::Entity::find_by_id(id)
            .one(&change.tx)
            .await?
            .ok_or(ShopError::NotFound)?;
        if row.capture.is_some() {
            // Its money is here already; nothing takes that back but a refund.
            return Ok(());
        }
        match &news.state {
            ProviderState::Pending | ProviderState::Approved => return Ok(()),
            ProviderState::Processing if row.status == PaymentStatus::Created => {
                write(&change, &row, PaymentStatus::Processing, None, "").await?;
            }
            ProviderState::Failed { reason }
                if matches!(row.status, PaymentStatus::Created | PaymentStatus::Processing) =>
            {
                write(&change, &row, PaymentStatus::Failed, None, reason).await?;
                change.event(OrderEventKind::PaymentFailed, Some(row.amount), reason);
            }
            ProviderState::Captured { capture, amount } => captured(&mut change, &row, capture, *amount).await?,
            ProviderState::Processing | ProviderState::Failed { .. } => return Ok(()),
        }
        change.commit().await?;
        self.send_refunds_of(order).await;
        Ok(())
    }
}

/// The money is here. It pays the order if it is the right sum and the order still waits for
/// it; else it goes back, or somebody has to look.
async fn captured(
    change: &mut Change<'_>,
    row: &payment::Model,
    capture: &str,
    amount: Money,
) -> Result<(), ShopError> {
    let asked = money(row)?;
    if amount != asked {
        let problem = format!(
            "{} {amount} instead of {} {asked}",
            amount.currency.code(),
            asked.currency.code()
        );
        write(change, row, PaymentStatus::Mismatched, Some(capture), &problem).await?;
        // What was taken is what can go back.
        let taken = payment::ActiveModel {
            id: Unchanged(row.id),
            amount: Set(amount.amount),
            currency: Set(amount.currency.code().to_owned()),
            ..Default::default()
        };
        taken.update(&change.tx).await?;
        change.event(OrderEventKind::PaymentMismatched, change.own(amount), &problem);
        tracing::error!(payment = %row.id, "a provider took another amount than was asked");
        return Ok(());
    }
    if change.order.status == OrderStatus::PendingPayment {
        write(change, row, PaymentStatus::Captured, Some(capture), "").await?;
        return change.pay(&row.provider).await;
    }
    let reason = "the order did not wait for this payment any more";
    write(change, row, PaymentStatus::Cancelled, Some(capture), reason).await?;
    refund_payment(change, row, row.amount, reason).await
}

pub(super) async fn write(
    change: &Change<'_>,
    row: &payment::Model,
    status: PaymentStatus,
    capture: Option<&str>,
    problem: &str,
) -> Result<(), ShopError> {
    let mut written = payment::ActiveModel {
        id: Unchanged(row.id),
        status: Set(status),
        problem: Set(problem.chars().take(500).collect()),
        updated_at: Set(change.now),
        ..Default::default()
    };
    if let Some(capture) = capture {
        written.capture = Set(Some(capture.to_owned()));
    }
    written.update(&change.tx).await?;
    Ok(())
}
