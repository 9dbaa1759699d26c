//! A payment provider that keeps its books in memory and does what a test tells it.

use crate::payments::{
    CreatedPayment, NewPayment, NewRefund, NextStep, PaymentProvider, ProviderError, ProviderPayment, ProviderRefund,
    ProviderRefundState, ProviderState, WebhookError, WebhookHeaders, WebhookNotice,
};
use async_trait::async_trait;
use entities::{
    id::{PaymentId, RefundId},
    money::Money,
};
use parking_lot::Mutex;
use std::collections::HashMap;

/// A bank in memory. Payments are approved at once.
#[derive(Debug, Default)]
pub(crate) struct Bank {
    books: Mutex<Books>,
    is_manual: bool,
}

#[derive(Debug, Default)]
struct Books {
    payments: HashMap<String, (PaymentId, Money, ProviderState)>,
    refunds: HashMap<RefundId, ProviderRefund>,
    /// Calls that fail before anything is done.
    down: u32,
    /// Calls that are done and then not answered.
    silent: u32,
    /// Whether refunds are only begun, and end later.
    is_slow: bool,
    /// Whether keys are forgotten: the same refund again is another one.
    forgets: bool,
    /// Whether refunds are declined.
    declines: bool,
}

impl Bank {
    pub(crate) fn by_hand() -> Self {
        Self {
            is_manual: true,
            ..Self::default()
        }
    }

    /// The next calls fail before anything is done.
    pub(crate) fn go_down(&self, calls: u32) {
        self.books.lock().down = calls;
    }

    /// How many of them are left.
    pub(crate) fn calls_to_fail(&self) -> u32 {
        self.books.lock().down
    }

    /// The next calls are done, but not answered.
    pub(crate) fn fall_silent(&self, calls: u32) {
        self.books.lock().silent = calls;
    }

    /// Says how far a payment is from now on.
    pub(crate) fn set(&self, reference: &str, state: ProviderState) {
        if let Some((.., held)) = self.books.lock().payments.get_mut(reference) {
            *held = state;
        }
    }

    /// Takes the money without being asked, as when a customer confirms in their browser.
    pub(crate) fn capture_by_itself(&self, reference: &str) -> ProviderPayment {
        let mut books = self.books.lock();
        let (id, amount, state) = books.payments.get_mut(reference).expect("a payment that was made");
        *state = captured(reference, *amount);
        ProviderPayment {
            reference: reference.to_owned(),
            payment: Some(*id),
            state: state.clone(),
        }
    }

    /// From now on refunds are begun at once and end when they are told to.
    pub(crate) fn be_slow(&self) {
        self.books.lock().is_slow = true;
    }

    /// From now on the same refund again is another one.
    pub(crate) fn forget_keys(&self) {
        self.books.lock().forgets = true;
    }

    /// Whether refunds are declined from now on.
    pub(crate) fn decline_refunds(&self, declines: bool) {
        self.books.lock().declines = declines;
    }

    /// Brings a refund to its end.
    pub(crate) fn end_refund(&self, id: RefundId, state: ProviderRefundState) -> ProviderRefund {
        let mut books = self.books.lock();
        let refund = books.refunds.get_mut(&id).expect("a refund that was begun");
        refund.state = state;
        refund.clone()
    }

    /// What was taken and what went back, minor units.
    pub(crate) fn balance(&self) -> (i64, i64) {
        let books = self.books.lock();
        let taken = books.payments.values().map(|(.., state)| match state {
            ProviderState::Captured { amount, .. } => amount.amount,
            _ => 0,
        });
        (
            taken.sum(),
            books.refunds.values().map(|refund| refund.amount.amount).sum(),
        )
    }

    fn before(&self) -> Result<(), ProviderError> {
        let mut books = self.books.lock();
        if books.down > 0 {
            books.down -= 1;
            return Err(unavailable());
        }
        Ok(())
    }

    fn after<T>(&self, answer: T) -> Result<T, ProviderError> {
        let mut books = self.books.lock();
        if books.silent > 0 {
            books.silent -= 1;
            return Err(unavailable());
        }
        Ok(answer)
    }

    fn held(&self, reference: &str) -> Result<ProviderPayment, ProviderError> {
        let books = self.books.lock();
        let (id, _, state) = books.payments.get(reference).ok_or(ProviderError::Unknown)?;
        Ok(ProviderPayment {
            reference: reference.to_owned(),
            payment: Some(*id),
            state: state.clone(),
        })
    }
}

fn unavailable() -> ProviderError {
    ProviderError::Unavailable {
        reason: "told to".to_owned(),
    }
}

fn captured(reference: &str, amount: Money) -> ProviderState {
    ProviderState::Captured {
        capture: format!("capture-of-{reference}"),
        amount,
    }
}

#[async_trait]
impl PaymentProvider for Bank {
    fn code(&self) -> &'static str {
        if self.is_manual { "manual" } else { "bank" }
    }

    fn label(&self) -> &str {
        "A bank in memory"
    }

    fn is_manual(&self) -> bool {
        self.is_manual
    }

    async fn create(&self, new: &NewPayment) -> Result<CreatedPayment, ProviderError> {
        self.before()?;
        let reference = format!("at-bank-{}", new.id);
        let state = if self.is_manual {
            ProviderState::Pending
        } else {
            ProviderState::Approved
        };
        let fresh = (new.id, new.amount, state);
        self.books.lock().payments.entry(reference.clone()).or_insert(fresh);
        self.after(CreatedPayment {
            reference,
            next: NextStep::Complete,
        })
    }

    async fn look_up(&self, reference: &str) -> Result<ProviderPayment, ProviderError> {
        self.before()?;
        self.held(reference)
    }

    async fn capture(&self, _: PaymentId, reference: &str) -> Result<ProviderPayment, ProviderError> {
        self.before()?;
        {
            let mut books = self.books.lock();
            let (_, amount, state) = books.payments.get_mut(reference).ok_or(ProviderError::Unknown)?;
            match state {
                ProviderState::Approved => *state = captured(reference, *amount),
                ProviderState::Failed { reason } => {
                    let reason = reason.clone();
                    return Err(ProviderError::Declined { reason });
                }
                _ => {}
            }
        }
        let held = self.held(reference)?;
        self.after(held)
    }

    async fn cancel(&self, reference: &str) -> Result<(), ProviderError> {
        self.before()?;
        let mut books = self.books.lock();
        if let Some((.., state)) = books.payments.get_mut(reference)
            && !matches!(state, ProviderState::Captured { .. })
        {
            *state = ProviderState::Failed {
                reason: "given up".to_owned(),
            };
        }
        Ok(())
    }

    async fn refund(&self, new: &NewRefund) -> Result<ProviderRefund, ProviderError> {
        self.before()?;
        let refund = {
            let mut books = self.books.lock();
            if books.declines {
                let reason = "told to".to_owned();
                return Err(ProviderError::Declined { reason });
            }
            let is_slow = books.is_slow || self.is_manual;
            let fresh = ProviderRefund {
                reference: format!("back-{}", new.id),
                state: if is_slow {
                    ProviderRefundState::Pending
                } else {
                    ProviderRefundState::Done
                },
                amount: new.amount,
            };
            let is_twice = books.forgets && books.refunds.contains_key(&new.id);
            let key = if is_twice { RefundId::generate() } else { new.id };
            books.refunds.entry(key).or_insert(fresh).clone()
        };
        self.after(refund)
    }

    async fn look_up_refund(
        &self,
        asked: &NewRefund,
        _: Option<&str>,
    ) -> Result<Option<ProviderRefund>, ProviderError> {
        self.before()?;
        Ok(self.books.lock().refunds.get(&asked.id).cloned())
    }

    async fn verify_webhook(&self, _: &WebhookHeaders, _: &[u8]) -> Result<WebhookNotice, WebhookError> {
        Err(WebhookError::Unsupported)
    }
}
