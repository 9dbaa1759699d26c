//! Payment outside the shop: a bank transfer, or cash. The shop tells how to pay; staff say
//! that the money came, and give it back outside when it must go back.

use crate::config::ManualConfig;
use async_trait::async_trait;
use shop::{
    id::PaymentId,
    payments::{
        CreatedPayment, NewPayment, NewRefund, NextStep, PaymentProvider, ProviderError, ProviderPayment,
        ProviderRefund, ProviderRefundState, ProviderState, WebhookError, WebhookHeaders, WebhookNotice,
    },
};

/// Payment outside the shop.
#[derive(Debug)]
pub struct Manual {
    label: String,
    instructions: String,
}

impl Manual {
    /// As the settings say.
    #[must_use]
    pub fn new(config: &ManualConfig) -> Self {
        Self {
            label: config.label.clone(),
            instructions: config.instructions.clone(),
        }
    }
}

#[async_trait]
impl PaymentProvider for Manual {
    fn code(&self) -> &'static str {
        "manual"
    }

    fn label(&self) -> &str {
        &self.label
    }

    fn is_manual(&self) -> bool {
        true
    }

    async fn create(&self, new: &NewPayment) -> Result<CreatedPayment, ProviderError> {
        let amount = format!("{} {}", new.amount, new.amount.currency.code());
        let text = self.instructions.replace("{order}", &new.order_number);
        Ok(CreatedPayment {
            reference: new.id.to_string(),
            next: NextStep::Instructions {
                text: text.replace("{amount}", &amount),
            },
        })
    }

    /// Pending for ever: no machine sees the money come.
    async fn look_up(&self, reference: &str) -> Result<ProviderPayment, ProviderError> {
        let payment: PaymentId = reference.parse().map_err(|_| ProviderError::Unknown)?;
        Ok(ProviderPayment {
            reference: reference.to_owned(),
            payment: Some(payment),
            state: ProviderState::Pending,
        })
    }

    /// Never: staff say that the money came, and the domain writes it down by itself.
    async fn capture(&self, _: PaymentId, _: &str) -> Result<ProviderPayment, ProviderError> {
        Err(ProviderError::Declined {
            reason: "this payment is confirmed by the shop's staff".into(),
        })
    }

    async fn cancel(&self, _: &str) -> Result<(), ProviderError> {
        Ok(())
    }

    /// Under way until staff say that they have given it back outside.
    async fn refund(&self, new: &NewRefund) -> Result<ProviderRefund, ProviderError> {
        Ok(ProviderRefund {
            reference: new.id.to_string(),
            state: ProviderRefundState::Pending,
            amount: new.amount,
        })
    }

    /// Under way for ever: no machine sees the money go.
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
