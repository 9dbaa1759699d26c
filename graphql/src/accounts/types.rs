//! Users and sessions as the API shows them.

use crate::{ids::Id, scalars::DateTime};
use async_graphql::{Enum, SimpleObject};
use shop::{
    accounts::{Profile, Role, SessionView},
    id::{SessionId, UserId},
};

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Role")]
pub enum UserRole {
    /// Buys.
    Customer,
    /// Runs the catalogue.
    Staff,
    /// Runs the shop.
    Admin,
}

/// A user, as they see themselves and as administrators see them.
#[derive(Clone, Debug, SimpleObject)]
pub struct User {
    /// `user_…`
    pub id: Id<UserId>,
    /// The e-mail address.
    pub email: String,
    /// Whether the address is known to be theirs.
    pub is_email_verified: bool,
    /// What to call them.
    pub name: String,
    /// What they may do.
    pub role: UserRole,
    /// Whether they may log in.
    pub is_enabled: bool,
    /// Whether nothing that they do is recorded.
    pub do_not_track: bool,
    /// Since when they are with us.
    pub created_at: DateTime,
    /// When the account was deleted and what was personal removed.
    pub deleted_at: Option<DateTime>,
}

impl From<Profile> for User {
    fn from(profile: Profile) -> Self {
        let Profile {
            id,
            email,
            is_email_verified,
            name,
            role,
            is_enabled,
            deleted_at,
            do_not_track,
            created_at,
        } = profile;
        Self {
            id: Id(id),
            email,
            is_email_verified,
            name,
            role: role.into(),
            is_enabled,
            do_not_track,
            created_at: DateTime(created_at),
            deleted_at: deleted_at.map(DateTime),
        }
    }
}

/// A log-in that is still open.
#[derive(Clone, Debug, SimpleObject)]
pub struct Session {
    /// `sess_…`
    pub id: Id<SessionId>,
    /// Whether this request is one of it.
    pub is_current: bool,
    /// What opened it, as it names itself.
    pub user_agent: Option<String>,
    /// When it was opened.
    pub created_at: DateTime,
    /// When it was opened or last refreshed.
    pub last_used_at: DateTime,
    /// When it ends, however much it is used.
    pub expires_at: DateTime,
}

impl From<SessionView> for Session {
    fn from(view: SessionView) -> Self {
        Self {
            id: Id(view.id),
            is_current: view.is_current,
            user_agent: view.user_agent,
            created_at: DateTime(view.created_at),
            last_used_at: DateTime(view.last_used_at),
            expires_at: DateTime(view.expires_at),
        }
    }
}
