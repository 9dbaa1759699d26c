//! Orders and payments.

mod admin;
mod inputs;
mod mutation;
mod query;
mod types;

pub use admin::{AdminOrderMutation, AdminOrderQuery, OrderConnection, OrderWhere};
pub use inputs::{
    OrderBy, OrderCancelInput, OrderFulfilInput, OrderIdInput, OrderMarkPaidInput, OrderNoteAddInput, OrderPlaceInput,
    OrderRefundInput, OrderRefundLineInput, PaymentCompleteInput, PaymentCreateInput,
};
pub use mutation::{OrderMutation, OrderPayload, PaymentMutation, PaymentPayload};
pub use query::OrderQuery;
pub use types::{
    Order, OrderActor, OrderEvent, OrderEventKind, OrderLine, OrderPaymentStatus, OrderStatus, Payment, PaymentMethod,
    PaymentNextStep, PaymentStatus, Refund, RefundStatus,
};
