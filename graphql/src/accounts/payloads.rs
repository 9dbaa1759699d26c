//! What mutations of accounts come to.

use super::User;
use crate::{
    ids::Id,
    scalars::DateTime,
    user_error::{Outcome, UserError},
};
use async_graphql::SimpleObject;
use shop::{
    accounts::{Profile, ProfileUpdated},
    id::SessionId,
};
use std::fmt;

/// What registering, logging in or refreshing comes to.
#[derive(Default, SimpleObject)]
pub struct AuthPayload {
    /// For the header `Authorization: Bearer …`; null when it failed or went into a cookie.
    pub access_token: Option<String>,
    /// From when on the access token opens nothing.
    pub expires_at: Option<DateTime>,
    /// For `tokenRefresh`, once; null when it failed or went into a cookie.
    pub refresh_token: Option<String>,
    /// From when on the refresh token opens nothing, unless it is used before.
    pub refresh_expires_at: Option<DateTime>,
    /// Who is logged in now.
    pub viewer: Option<User>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl fmt::Debug for AuthPayload {
    /// Shows no token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthPayload")
            .field("expires_at", &self.expires_at)
            .field("user_errors", &self.user_errors)
            .finish_non_exhaustive()
    }
}

/// What logging out comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct LogOutPayload {
    /// Whether the session of this request was ended.
    pub is_logged_out: bool,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// What logging out everywhere comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct LogOutEverywherePayload {
    /// How many sessions were ended, that of this request among them.
    pub ended_count: u64,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// What a change of one's profile or password comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct ProfilePayload {
    /// The viewer after the change; null when nothing was changed.
    pub viewer: Option<User>,
    /// The address that a token was mailed to; it counts once it is verified.
    pub pending_email: Option<String>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl From<Outcome<ProfileUpdated>> for ProfilePayload {
    fn from(outcome: Outcome<ProfileUpdated>) -> Self {
        match outcome {
            Ok(ProfileUpdated { profile, pending_email }) => Self {
                viewer: Some(profile.into()),
                pending_email,
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self {
                user_errors,
                ..Self::default()
            },
        }
    }
}

/// What a change of a user comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct UserPayload {
    /// The user after the change; null when nothing was changed.
    pub user: Option<User>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl From<Outcome<Profile>> for UserPayload {
    fn from(outcome: Outcome<Profile>) -> Self {
        match outcome {
            Ok(profile) => Self {
                user: Some(profile.into()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self {
                user: None,
                user_errors,
            },
        }
    }
}

/// What ending a session comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct SessionRevokePayload {
    /// The session that was ended.
    pub revoked_id: Option<Id<SessionId>>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

/// Makes payloads that say no more than whether something was done.
macro_rules! done {
    ($($(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* $field:ident })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Default, SimpleObject)]
        pub struct $name {
            $(#[$field_doc])*
            pub $field: bool,
            /// What went wrong, if anything.
            pub user_errors: Vec<UserError>,
        }

        impl From<Outcome<()>> for $name {
            fn from(outcome: Outcome<()>) -> Self {
                Self {
                    $field: outcome.is_ok(),
                    user_errors: outcome.err().unwrap_or_default(),
                }
            }
        }
    )*};
}

done! {
    /// What asking for a mail comes to.
    MailRequestPayload {
        /// Whether the request was taken. Whether a mail is sent is not told.
        is_accepted
    }
    /// What a new password by a mailed token comes to.
    PasswordResetPayload {
        /// Whether the password was set. Every session has then ended.
        is_reset
    }
    /// What proving an address comes to.
    EmailVerifyPayload {
        /// Whether the address is known to be its user's now.
        is_verified
    }
    /// What deleting one's account comes to.
    AccountDeletePayload {
        /// Whether everything personal was removed.
        is_deleted
    }
}
