//! Accounts: who asks, registering, logging in and out, profiles, passwords, and users as
//! administrators see them.

mod delivery;
mod inputs;
mod mutation;
mod payloads;
mod profile;
mod query;
mod types;
mod users;

pub use inputs::{
    AccountDeleteInput, EmailVerifyInput, LogInInput, PasswordChangeInput, PasswordResetInput,
    PasswordResetRequestInput, ProfileUpdateInput, RegisterInput, SessionRevokeInput, TokenDelivery, TokenRefreshInput,
    UserIdInput, UserRoleSetInput, UserWhere,
};
pub use mutation::AccountMutation;
pub use payloads::{
    AccountDeletePayload, AuthPayload, EmailVerifyPayload, LogOutEverywherePayload, LogOutPayload, MailRequestPayload,
    PasswordResetPayload, ProfilePayload, SessionRevokePayload, UserPayload,
};
pub use profile::ProfileMutation;
pub use query::AccountQuery;
pub use types::{Session, User, UserRole};
pub use users::{UserConnection, UserEdge, UserMutation, UserQuery};
