//! What a payment provider must be able to do. The clients themselves speak HTTP and live
//! in the composition root; nothing here knows a provider by more than its code.
//!
//! A provider call is never made inside a database transaction. Its outcome may be
//! unknown (a time-out): every call carries a key, so that asking again does not charge or
//! refund twice, and [`PaymentProvider::look_up`] tells the truth afterwards.

use async_trait::async_trait;
use entities::{
    id::{PaymentId, RefundId},
    money::Money,
};
use std::fmt::{self, Debug};
use thiserror::Error;

/// A payment that shall be made at a provider.
#[derive(Clone, Debug)]
pub struct NewPayment {
    /// Our id of it; the key that makes creating it twice harmless.
    pub id: PaymentId,
    /// What the customer knows the order by.
    pub order_number: String,
    /// How much.
    pub amount: Money,
    /// Where the customer's browser goes when they have agreed.
    pub return_url: Option<String>,
    /// Where it goes when they have not.
    pub cancel_url: Option<String>,
}

/// A payment that a provider knows of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedPayment {
    /// The provider's id of it.
    pub reference: String,
    /// What the customer does next.
    pub next: NextStep,
}

/// What a customer does to agree to a payment.
#[derive(Clone, PartialEq, Eq)]
pub enum NextStep {
    /// Opens this page of the provider and comes back.
    Redirect {
        /// The page.
        url: String,
    },
    /// Confirms in the page with the provider's script.
    Confirm {
        /// Opens this one payment to the script.
        client_secret: String,
        /// Names the shop to the script.
        publishable_key: String,
    },
    /// Pays outside, as told.
    Instructions {
        /// What to do, for people.
        text: String,
    },
    /// Nothing: the payment can be completed at once.
    Complete,
}

impl Debug for NextStep {
    /// Shows no secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redirect { .. } => "Redirect",
            Self::Confirm { .. } => "Confirm",
            Self::Instructions { .. } => "Instructions",
            Self::Complete => "Complete",
        })
    }
}

/// A payment as its provider has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderPayment {
    /// The provider's id of it.
    pub reference: String,
    /// Our own id, if the provider carries it along.
    pub payment: Option<PaymentId>,
    /// How far it is.
    pub state: ProviderState,
}

/// How far a payment is at its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderState {
    /// Waits for the customer.
    Pending,
    /// The customer agreed; [`PaymentProvider::capture`] takes the money.
    Approved,
    /// The provider works on it; the outcome comes later.
    Processing,
    /// The money is taken.
    Captured {
        /// The provider's id of the charge, which refunds name.
        capture: String,
        /// What was taken.
        amount: Money,
    },
    /// It came to nothing.
    Failed {
        /// Why, for people.
        reason: String,
    },
}

/// Money that shall go back.
#[derive(Clone, Debug)]
pub struct NewRefund {
    /// Our id of it; the key that makes refunding twice harmless.
    pub id: RefundId,
    /// The provider's id of the payment.
    pub reference: String,
    /// The provider's id of the charge.
    pub capture: String,
    /// How much.
    pub amount: Money,
    /// Why, for the provider's books.
    pub reason: Option<String>,
}

/// Money on its way back, as its provider has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRefund {
    /// The provider's id of it.
    pub reference: String,
    /// How far it is.
    pub state: ProviderRefundState,
    /// How much.
    pub amount: Money,
}

/// How far a refund is at its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderRefundState {
    /// On its way.
    Pending,
    /// Given back.
    Done,
    /// It came to nothing.
    Failed {
        /// Why, for people.
        reason: String,
    },
}

/// A message of a provider that was proven to be its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookNotice {
    /// The provider's id of the message; the same message may come again.
    pub event_id: String,
    /// The provider's name for what happened.
    pub kind: String,
    /// What it means here; `None` for what does not concern a shop.
    pub news: Option<ProviderNews>,
}

/// What a provider tells by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderNews {
    /// A payment moved. Messages come in any order, so this is a state, not a step.
    Payment(ProviderPayment),
    /// Money went back, by our wish or from the provider's own pages.
    Refund {
        /// The provider's id of the charge it was taken from.
        capture: String,
        /// Our own id, if the provider carries it along.
        refund: Option<RefundId>,
        /// The refund.
        news: ProviderRefund,
    },
}

/// Why a provider did not do what it was asked.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ProviderError {
    /// It said no to this payment; another way to pay may do.
    #[error("the provider declined: {reason}")]
    Declined {
        /// Why, fit for the customer.
        reason: String,
    },
    /// It does not know the payment or refund.
    #[error("the provider does not know it")]
    Unknown,
    /// No answer, or one that says to try again. Whether it was done is not known.
    #[error("the provider does not answer: {reason}")]
    Unavailable {
        /// What happened, for the log. No secret, nothing personal.
        reason: String,
    },
    /// It refuses us or says what we do not understand: a wrong key, a changed interface.
    #[error("the provider refuses us: {reason}")]
    Refused {
        /// What happened, for the log. No secret, nothing personal.
        reason: String,
    },
}

/// Why a message is not taken for one of a provider.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum WebhookError {
    /// This provider sends none.
    #[error("this provider sends no messages")]
    Unsupported,
    /// Not signed, wrongly signed, or signed too long ago.
    #[error("the signature does not hold: {0}")]
    Forged(&'static str),
    /// Signed, but not understood.
    #[error("the message is not understood: {0}")]
    Malformed(String),
    /// The signature cannot be checked now; the provider shall send it again.
    #[error("the signature cannot be checked now: {0}")]
    Unavailable(String),
}

/// Headers of a message, names in lower case.
#[derive(Clone, Debug, Default)]
pub struct WebhookHeaders(pub Vec<(String, String)>);

impl WebhookHeaders {
    /// The value of a header, if it was sent exactly once.
    #[must_use]
    pub fn one(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
        let first = values.next()?;
        values.next().is_none().then_some(first.as_str())
    }
}

/// A way to pay.
#[async_trait]
pub trait PaymentProvider: Debug + Send + Sync {
    /// Names it in the database, in addresses and in the API: `test`, `manual`, `paypal`, `stripe`.
    fn code(&self) -> &'static str;

    /// What customers read.
    fn label(&self) -> &str;

    /// Whether staff say that the money came, and nobody else can.
    fn is_manual(&self) -> bool {
        false
    }

    /// Tells the provider of a payment. The same id again gives the same payment.
    ///
    /// # Errors
    /// Any [`ProviderError`].
    async fn create(&self, new: &NewPayment) -> Result<CreatedPayment, ProviderError>;

    /// How far a payment is.
    ///
    /// # Errors
    /// Any [`ProviderError`].
    async fn look_up(&self, reference: &str) -> Result<ProviderPayment, ProviderError>;

    /// Takes the money of an approved payment. On a captured one it tells what was taken.
    ///
    /// # Errors
    /// Any [`ProviderError`].
    async fn capture(&self, payment: PaymentId, reference: &str) -> Result<ProviderPayment, ProviderError>;

    /// Gives up a payment that was not captured. One that is gone already is no error.
    ///
    /// # Errors
    /// Any [`ProviderError`].
    async fn cancel(&self, reference: &str) -> Result<(), ProviderError>;

    /// Gives money back. The same id again gives the same refund.
    ///
    /// # Errors
    /// Any [`ProviderError`].
    async fn refund(&self, new: &NewRefund) -> Result<ProviderRefund, ProviderError>;

    /// What the provider knows of a refund: by its own id of it where we have that, else by
    /// ours. `None` when it never heard of it.
    ///
    /// # Errors
    /// Any [`ProviderError`] but `Unknown`.
    async fn look_up_refund(
        &self,
        asked: &NewRefund,
        reference: Option<&str>,
    ) -> Result<Option<ProviderRefund>, ProviderError>;

    /// Proves that a message is the provider's and says what it means.
    ///
    /// # Errors
    /// Any [`WebhookError`]; nothing of an unproven message is believed.
    async fn verify_webhook(&self, headers: &WebhookHeaders, body: &[u8]) -> Result<WebhookNotice, WebhookError>;
}
