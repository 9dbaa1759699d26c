//! Ways to pay that do what their names say.

use async_trait::async_trait;
use shop::{
    id::PaymentId,
    payments::{
        CreatedPayment, NewPayment, NewRefund, NextStep, PaymentProvider, ProviderError, ProviderPayment,
        ProviderRefund, ProviderRefundState, ProviderState, WebhookError, WebhookHeaders, WebhookNotice,
    },
};
use std::sync::Arc;

/// A way to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Till {
    /// Staff say that the money came.
    Cash,
    /// Customers agree at once, and then the card has no money.
    EmptyCard,
    /// Declines before anybody could agree.
    LockedCard,
}

impl Till {
    pub(crate) fn all() -> Vec<Arc<dyn PaymentProvider>> {
        let of = |till| Arc::new(till) as Arc<dyn PaymentProvider>;
        [Self::Cash, Self::EmptyCard, Self::LockedCard].map(of).into()
    }
}

fn declined<T>() -> Result<T, ProviderError> {
    let reason = "the card was declined".to_owned();
    Err(ProviderError::Declined { reason })
}

#[async_trait]
impl PaymentProvider for Till {
    fn code(&self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::EmptyCard => "empty-card",
            Self::LockedCard => "locked-card",
        }
    }

    fn label(&self) -> &str {
        self.code()
    }

    fn is_manual(&self) -> bool {
        *self == Self::Cash
    }

    async fn create(&self, new: &NewPayment) -> Result<CreatedPayment, ProviderError> {
        if *self == Self::LockedCard {
            return declined();
        }
        Ok(CreatedPayment {
            reference: new.id.to_string(),
            next: NextStep::Complete,
        })
    }

    async fn look_up(&self, reference: &str) -> Result<ProviderPayment, ProviderError> {
        Ok(ProviderPayment {
            reference: reference.to_owned(),
            payment: None,
            state: ProviderState::Approved,
        })
    }

    async fn capture(&self, _: PaymentId, _: &str) -> Result<ProviderPayment, ProviderError> {
        declined()
    }

    async fn cancel(&self, _: &str) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn refund(&self, new: &NewRefund) -> Result<ProviderRefund, ProviderError> {
        Ok(ProviderRefund {
            reference: new.id.to_string(),
            state: ProviderRefundState::Pending,
            amount: new.amount,
        })
    }

    async fn look_up_refund(
        &self,
        asked: &NewRefund,
        _: Option<&str>,
    ) -> Result<Option<ProviderRefund>, ProviderError> {
        self.refund(asked).await.map(Some)
    }

    async fn verify_webhook(&self, _: &WebhookHeaders, _: &[u8]) -> Result<WebhookNotice, WebhookError> {
        Err(WebhookError::Unsupported)
    }
}
