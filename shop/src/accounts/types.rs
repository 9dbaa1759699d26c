//! What goes into accounts and what comes out. Nothing here shows a secret or, in logs, a
//! person.

use super::{
    password::Password,
    token::{AccessToken, TokenKey},
};
use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    id::UserId,
    user_account::{self, Role},
};
use std::{fmt, net::IpAddr};

/// What the settings say about accounts.
#[derive(Clone, Debug)]
pub struct AccountSettings {
    /// Signing keys; the first signs, all verify.
    pub keys: Vec<TokenKey>,
    /// Life of an access token.
    pub access_ttl: TimeDelta,
}

/// What somebody fills in to register.
#[derive(Clone)]
pub struct NewAccount {
    /// The address, as typed.
    pub email: String,
    /// The password wanted.
    pub password: Password,
    /// What to call them.
    pub name: String,
}

impl fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccount").finish_non_exhaustive()
    }
}

/// What somebody fills in to log in, and where from.
#[derive(Clone)]
pub struct LogIn {
    /// The address, as typed.
    pub email: String,
    /// The password.
    pub password: Password,
    /// Where the request came from, for throttling.
    pub address: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

impl fmt::Debug for LogIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogIn").finish_non_exhaustive()
    }
}

/// A user as they may see themselves.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// Identity.
    pub id: UserId,
    /// The address.
    pub email: String,
    /// What to call them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may log in.
    pub is_enabled: bool,
    /// Since when they are with us.
    pub created_at: DateTime<Utc>,
}

impl fmt::Debug for Profile {
    /// Leaves out what is personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl From<user_account::Model> for Profile {
    fn from(row: user_account::Model) -> Self {
        let user_account::Model {
            id,
            email,
            name,
            role,
            disabled_at,
            created_at,
            ..
        } = row;
        Self {
            id,
            email,
            name,
            role,
            is_enabled: disabled_at.is_none(),
            created_at,
        }
    }
}

/// A successful log-in.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// The token to send with every request.
    pub access: AccessToken,
    /// Who it is.
    pub profile: Profile,
}
