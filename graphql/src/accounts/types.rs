//! Users as the API shows them, and what they fill in.

use crate::{ids::Id, scalars::DateTime, user_error::UserError};
use async_graphql::{Enum, InputObject, SimpleObject};
use shop::{
    accounts::{LoggedIn, Profile, Role},
    id::UserId,
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

/// A user, as they see themselves.
#[derive(Clone, Debug, SimpleObject)]
pub struct User {
    /// `user_…`
    pub id: Id<UserId>,
    /// The e-mail address.
    pub email: String,
    /// What to call them.
    pub name: String,
    /// What they may do.
    pub role: UserRole,
    /// Since when they are with us.
    pub created_at: DateTime,
}

impl From<Profile> for User {
    fn from(profile: Profile) -> Self {
        let Profile {
            id,
            email,
            name,
            role,
            created_at,
            ..
        } = profile;
        Self {
            id: Id(id),
            email,
            name,
            role: role.into(),
            created_at: DateTime(created_at),
        }
    }
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
}

/// What somebody fills in to log in.
#[derive(InputObject)]
pub struct LogInInput {
    /// The e-mail address.
    pub email: String,
    /// The password.
    #[graphql(secret)]
    pub password: String,
}

/// What registering or logging in comes to.
#[derive(Debug, Default, SimpleObject)]
pub struct AuthPayload {
    /// For the header `Authorization: Bearer …`; null when it failed.
    pub access_token: Option<String>,
    /// From when on the token opens nothing.
    pub expires_at: Option<DateTime>,
    /// Who is logged in now.
    pub viewer: Option<User>,
    /// What went wrong, if anything.
    pub user_errors: Vec<UserError>,
}

impl From<Result<LoggedIn, Vec<UserError>>> for AuthPayload {
    fn from(outcome: Result<LoggedIn, Vec<UserError>>) -> Self {
        match outcome {
            Ok(LoggedIn { access, profile }) => Self {
                access_token: Some(access.token),
                expires_at: Some(DateTime(access.expires_at)),
                viewer: Some(profile.into()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => Self {
                user_errors,
                ..Self::default()
            },
        }
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
