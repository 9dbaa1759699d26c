//! Accounts: who asks, registering, logging in and out.

mod mutation;
mod query;
mod types;

pub use mutation::AccountMutation;
pub use query::AccountQuery;
pub use types::{AuthPayload, LogInInput, LogOutPayload, RegisterInput, User, UserRole};
