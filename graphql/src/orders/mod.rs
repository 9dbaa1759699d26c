//! Orders and payments.

mod admin;
mod inputs;
mod mutation;
mod payments;
mod query;
mod states;
mod types;

pub use admin::{AdminOrderMutation, AdminOrderQuery, OrderConnection, OrderWhere};
pub use inputs::{
    OrderBy, OrderCancelInput, OrderFulfilInput, OrderIdInput, OrderMarkPaidInput, OrderNoteAddInput, OrderPlaceInput,
    OrderRefundInput, OrderRefundLineInput, PaymentCompleteInput, PaymentCreateInput, PaymentRefundInput,
    RefundMarkDoneInput,
};
pub use mutation::{OrderMutation, OrderPayload, PaymentMutation, PaymentPayload};
pub use payments::{Payment, PaymentMethod, PaymentNextStep, Refund};
pub use query::OrderQuery;
pub use states::{OrderActor, OrderEventKind, OrderPaymentStatus, OrderStatus, PaymentStatus, RefundStatus};
pub use types::{Order, OrderEvent, OrderLine};
