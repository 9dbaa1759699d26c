//! What people fill in. Passwords and tokens are marked as secret, so that no trace of an
//! operation shows them.

use super::UserRole;
use crate::ids::Id;
use async_graphql::{Enum, InputObject};
use shop::{
    accounts::UserFilter,
    id::{SessionId, UserId},
};

/// How tokens are handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum TokenDelivery {
    /// In the answer: for programs that can keep a secret.
    #[default]
    Body,
    /// As cookies that scripts cannot read, and not in the answer: for browsers.
    Cookie,
}

/// What somebody fills in to register.
#[derive(InputObject)]
pub struct RegisterInput {
    /// The e-mail address.
    pub email: String,
    /// The password: 8 characters or more, none of the well-known ones.
    #[graphql(secret)]
    pub password: String,
    /// What to call them.
    pub name: String,
    /// How tokens are handed out.
    #[graphql(default)]
    pub delivery: TokenDelivery,
}

/// What somebody fills in to log in.
#[derive(InputObject)]
pub struct LogInInput {
    /// The e-mail address.
    pub email: String,
    /// The password.
    #[graphql(secret)]
    pub password: String,
    /// How tokens are handed out.
    #[graphql(default)]
    pub delivery: TokenDelivery,
}

/// Which refresh token to exchange.
#[derive(Default, InputObject)]
pub struct TokenRefreshInput {
    /// The token; without one that of the cookie is taken, and the new one goes there too.
    #[graphql(secret)]
    pub refresh_token: Option<String>,
}

/// A change of one's profile; what is absent stays.
#[derive(InputObject)]
pub struct ProfileUpdateInput {
    /// What to call them.
    pub name: Option<String>,
    /// Another e-mail address; it counts from when it is verified by the token mailed there.
    pub email: Option<String>,
    /// The password: needed for another address.
    #[graphql(secret)]
    pub current_password: Option<String>,
}

/// Another password.
#[derive(InputObject)]
pub struct PasswordChangeInput {
    /// The password so far.
    #[graphql(secret)]
    pub current_password: String,
    /// The password from now on.
    #[graphql(secret)]
    pub new_password: String,
}

/// Who forgot their password.
#[derive(InputObject)]
pub struct PasswordResetRequestInput {
    /// The e-mail address.
    pub email: String,
}

/// A new password by a mailed token.
#[derive(InputObject)]
pub struct PasswordResetInput {
    /// The token of the mail.
    #[graphql(secret)]
    pub token: String,
    /// The password from now on.
    #[graphql(secret)]
    pub new_password: String,
}

/// A mailed token that proves an address.
#[derive(InputObject)]
pub struct EmailVerifyInput {
    /// The token of the mail.
    #[graphql(secret)]
    pub token: String,
}

/// Which session to end.
#[derive(InputObject)]
pub struct SessionRevokeInput {
    /// `sess_…`
    pub id: Id<SessionId>,
}

/// The proof that somebody may delete their account.
#[derive(InputObject)]
pub struct AccountDeleteInput {
    /// Their password.
    #[graphql(secret)]
    pub password: String,
}

/// Which user.
#[derive(InputObject)]
pub struct UserIdInput {
    /// `user_…`
    pub id: Id<UserId>,
}

/// Another role for a user.
#[derive(InputObject)]
pub struct UserRoleSetInput {
    /// `user_…`
    pub id: Id<UserId>,
    /// What they may do from now on.
    pub role: UserRole,
}

/// Which users administrators list.
#[derive(Clone, Default, InputObject)]
pub struct UserWhere {
    /// Name or e-mail address contains this, whatever the case.
    pub text: Option<String>,
    /// Of this role.
    pub role: Option<UserRole>,
    /// Whether they may log in.
    pub is_enabled: Option<bool>,
}

impl From<UserWhere> for UserFilter {
    fn from(input: UserWhere) -> Self {
        Self {
            text: input.text,
            role: input.role.map(Into::into),
            is_enabled: input.is_enabled,
        }
    }
}
