//! What goes into accounts and what comes out. Nothing here shows a secret or, in logs, a
//! person.

use super::{
    password::Password,
    token::{AccessToken, TokenKey},
};
use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    id::{SessionId, UserId},
    session,
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
    /// How long a session lasts at most.
    pub session_life: TimeDelta,
    /// How long a session lasts without being used.
    pub idle_life: TimeDelta,
    /// What letters say about the shop.
    pub letters: LetterSettings,
}

impl AccountSettings {
    /// These keys, and the usual lives: 15 minutes, 30 days, 14 days.
    #[must_use]
    pub fn new(keys: Vec<TokenKey>) -> Self {
        Self {
            keys,
            access_ttl: TimeDelta::minutes(15),
            session_life: TimeDelta::days(30),
            idle_life: TimeDelta::days(14),
            letters: LetterSettings::default(),
        }
    }
}

/// What letters to people say about the shop.
#[derive(Clone, Debug)]
pub struct LetterSettings {
    /// Its name.
    pub shop_name: String,
    /// Where it is, without a slash at the end; without it letters hold no links.
    pub public_url: Option<String>,
}

impl Default for LetterSettings {
    fn default() -> Self {
        Self {
            shop_name: "MyShop".to_owned(),
            public_url: None,
        }
    }
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
    /// Whether the address is known to be theirs.
    pub is_email_verified: bool,
    /// What to call them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may log in.
    pub is_enabled: bool,
    /// When the account was deleted, if it was.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Whether nothing that they do is recorded.
    pub do_not_track: bool,
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
            email_verified_at,
            name,
            role,
            disabled_at,
            deleted_at,
            do_not_track,
            created_at,
            ..
        } = row;
        Self {
            id,
            email,
            is_email_verified: email_verified_at.is_some(),
            name,
            role,
            is_enabled: disabled_at.is_none(),
            deleted_at,
            do_not_track,
            created_at,
        }
    }
}

/// What keeps a session alive: exchanged once for the next. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The token.
    pub token: String,
    /// From when on it opens nothing.
    pub expires_at: DateTime<Utc>,
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A successful log-in, or one that was refreshed.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// The token to send with every request.
    pub access: AccessToken,
    /// What gives the next access token.
    pub refresh: RefreshToken,
    /// Who it is.
    pub profile: Profile,
}

/// An open session, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Identity.
    pub id: SessionId,
    /// Whether this request is one of it.
    pub is_current: bool,
    /// What opened it, as it names itself.
    pub user_agent: Option<String>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it was opened or last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// When it ends, however much it is used.
    pub expires_at: DateTime<Utc>,
}

impl SessionView {
    pub(super) fn new(row: session::Model, current: SessionId) -> Self {
        Self {
            id: row.id,
            is_current: row.id == current,
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
        }
    }
}

/// What somebody changes about themselves; what is absent stays.
#[derive(Clone, Default)]
pub struct ProfilePatch {
    /// What to call them.
    pub name: Option<String>,
    /// Another address; it counts from when it is verified.
    pub email: Option<String>,
    /// Their password: needed for another address.
    pub password: Option<Password>,
}

impl fmt::Debug for ProfilePatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfilePatch").finish_non_exhaustive()
    }
}

/// What a change of one's profile came to.
#[derive(Clone)]
pub struct ProfileUpdated {
    /// The profile after the change.
    pub profile: Profile,
    /// The address that a token was mailed to.
    pub pending_email: Option<String>,
}

impl fmt::Debug for ProfileUpdated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileUpdated")
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}
