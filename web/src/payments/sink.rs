//! Where proven messages of providers go.

use async_trait::async_trait;
use shop::{Shop, ShopError, payments::WebhookNotice};

/// Takes what providers tell by themselves.
#[async_trait]
pub trait NoticeSink: Send + Sync {
    /// Takes a message that was proven to be the provider's. The same message may come
    /// again, and must then be taken as if it had not.
    ///
    /// # Errors
    /// When it could not be taken and shall be sent again.
    async fn take(&self, provider: &'static str, notice: WebhookNotice) -> Result<(), ShopError>;
}

#[async_trait]
impl NoticeSink for Shop {
    async fn take(&self, provider: &'static str, notice: WebhookNotice) -> Result<(), ShopError> {
        self.payments().take_notice(provider, &notice).await
    }
}
