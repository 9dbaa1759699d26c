//! Accounts: registration, log-in, and who is asking.
//!
//! A log-in opens a session row and hands out a short access token that names it. Every
//! request goes through [`Accounts::authenticate`], which verifies the token and then asks
//! for the session and its user: from a small cache when warm, with one statement when
//! not. The viewer's role is the row's, never the token's.
//!
//! Refresh tokens have their place here: `session.refresh_token_hash` will hold the hash
//! of the current one, and `session.family_id` ties a chain of rotated tokens together so
//! that the reuse of an old one ends the whole family. Until then a session lives for
//! [`SESSION_LIFE`] and a client logs in again when its access token has run out.

mod admin;
mod email;
mod password;
mod session_cache;
#[cfg(test)]
mod tests;
mod throttle;
mod token;
mod types;

pub use admin::{AdminUsers, UserPage};
pub use email::{Email, NotAnEmail};
pub use entities::user_account::Role;
pub use password::{LONGEST, Password, PasswordHasher, SHORTEST, WeakPassword};
pub use token::{AccessToken, BadKeys, KeyRing, TokenKey};
pub use types::{AccountSettings, LogIn, LoggedIn, NewAccount, Profile};

use crate::{
    error::{OnConstraint as _, ShopError},
    viewer::{CustomerCap, UserRef, Viewer},
};
use chrono::{TimeDelta, Utc};
use entities::{
    id::{SessionId, UserId},
    session,
    user_account::{self, PasswordHash},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, sea_query::Expr,
};
use session_cache::{SessionCache, SessionState};
use std::{fmt, sync::Arc};
use throttle::{Throttle, Wait};
use token::Claims;
use uuid::Uuid;

/// How long a session lasts at most.
pub const SESSION_LIFE: TimeDelta = TimeDelta::days(30);
/// Longest name of a person.
const LONGEST_NAME: usize = 100;
/// Longest part of a client's own name that is kept.
const LONGEST_USER_AGENT: usize = 255;

/// The accounts service.
#[derive(Clone)]
pub struct Accounts {
    db: DatabaseConnection,
    hasher: PasswordHasher,
    keys: Arc<KeyRing>,
    throttle: Throttle,
    sessions: SessionCache,
    access_ttl: TimeDelta,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts")
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

impl Accounts {
    /// Accounts in this database.
    ///
    /// # Errors
    /// When the keys cannot sign.
    pub fn new(db: DatabaseConnection, settings: &AccountSettings) -> Result<Self, BadKeys> {
        Ok(Self {
            db,
            hasher: PasswordHasher::new(),
            keys: Arc::new(KeyRing::new(&settings.keys)?),
            throttle: Throttle::new(),
            sessions: SessionCache::new(),
            access_ttl: settings.access_ttl,
        })
    }

    /// Opens an account for a customer.
    ///
    /// # Errors
    /// `Invalid` for an address, name or password that will not do, `EmailTaken`, `Busy`.
    pub async fn register(&self, account: NewAccount) -> Result<Profile, ShopError> {
        self.create_user_with_role(account, Role::Customer).await
    }

    /// Opens an account with any role: for the first administrator and the demo shop.
    /// The API offers [`Self::register`] only.
    ///
    /// # Errors
    /// As [`Self::register`].
    pub async fn create_user_with_role(&self, account: NewAccount, role: Role) -> Result<Profile, ShopError> {
        let email: Email = account
            .email
            .parse()
            .map_err(|NotAnEmail| ShopError::invalid("email", NotAnEmail))?;
        let name = account.name.trim();
        let letters = name.chars().count();
        if letters == 0 || letters > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(ShopError::invalid(
                "name",
                format!("a name has 1 to {LONGEST_NAME} characters on one line"),
            ));
        }
        account
            .password
            .check(&email)
            .map_err(|weak| ShopError::invalid("password", weak))?;
        let now = Utc::now();
        let user = user_account::ActiveModel {
            id: Set(UserId::generate()),
            email: Set(email.as_str().to_owned()),
            name: Set(name.to_owned()),
            password_hash: Set(PasswordHash(self.hasher.hash(&account.password).await?)),
            role: Set(role),
            disabled_at: Set(None),
            token_version: Set(1),
            created_at: Set(now),
            updated_at: Set(now),
        };
        let row = user
            .insert(&self.db)
            .await
            .on_constraint("user_account_email_key", || ShopError::EmailTaken)?;
        Ok(row.into())
    }

    /// Makes sure that a user of the demo shop is there; leaves one who is as they are.
    ///
    /// # Errors
    /// As [`Self::register`], but for `EmailTaken`.
    pub async fn ensure_demo_user(&self, account: NewAccount, role: Role) -> Result<(), ShopError> {
        match self.create_user_with_role(account, role).await {
            Ok(_) | Err(ShopError::EmailTaken) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether anybody can administer the shop.
    ///
    /// # Errors
    /// `Internal` when the database cannot be read.
    pub async fn has_admin(&self) -> Result<bool, ShopError> {
        let admins = user_account::Entity::find()
            .filter(user_account::Column::Role.eq(Role::Admin))
            .filter(user_account::Column::DisabledAt.is_null());
        Ok(admins.one(&self.db).await?.is_some())
    }

    /// Whether this password opens this address, or would if the user were enabled. Not for answering
    /// requests: nothing throttles it.
    ///
    /// # Errors
    /// `Internal` when the database cannot be read, `Busy`.
    pub async fn opens_with(&self, email: &str, password: &Password) -> Result<bool, ShopError> {
        let user = user_account::Entity::find().filter(user_account::Column::Email.eq(email));
        match user.one(&self.db).await? {
            Some(user) => self.hasher.verify(password, Some(&user.password_hash.0)).await,
            None => Ok(false),
        }
    }

    /// Checks a password and opens a session. An unknown address, a wrong password and a
    /// disabled user get the same answer after the same work.
    ///
    /// # Errors
    /// `WrongCredentials`, `RateLimited` after too many failures, `Busy`.
    pub async fn log_in(&self, log_in: LogIn) -> Result<LoggedIn, ShopError> {
        let Ok(email) = log_in.email.parse::<Email>() else {
            return Err(ShopError::WrongCredentials);
        };
        let attempt = self.throttle.begin(&email, log_in.address).await;
        let attempt = attempt.map_err(|Wait(retry_after)| ShopError::RateLimited { retry_after })?;
        let found = user_account::Entity::find().filter(user_account::Column::Email.eq(email.as_str()));
        let user = found.one(&self.db).await?;
        let hash = user.as_ref().map(|user| user.password_hash.0.as_str());
        let is_right = self.hasher.verify(&log_in.password, hash).await?;
        let may_enter = user.filter(|user| is_right && user.disabled_at.is_none());
        let Some(user) = may_enter else {
            return Err(ShopError::WrongCredentials);
        };
        self.throttle.succeeded(attempt).await;
        let access = self.open_session(&user, log_in.user_agent).await?;
        Ok(LoggedIn {
            access,
            profile: user.into(),
        })
    }

    async fn open_session(
        &self,
        user: &user_account::Model,
        user_agent: Option<String>,
    ) -> Result<AccessToken, ShopError> {
        let now = Utc::now();
        let session = session::ActiveModel {
            id: Set(SessionId::generate()),
            user_id: Set(user.id),
            refresh_token_hash: Set(None),
            family_id: Set(Uuid::now_v7()),
            created_at: Set(now),
            last_used_at: Set(now),
            expires_at: Set(now + SESSION_LIFE),
            revoked_at: Set(None),
            user_agent: Set(user_agent.map(|name| name.chars().take(LONGEST_USER_AGENT).collect())),
        };
        let session = session.insert(&self.db).await?;
        let expires_at = now + self.access_ttl;
        let (issued, expires) = (now.timestamp(), expires_at.timestamp());
        let claims = Claims::new(user.id, session.id, user.role, user.token_version, issued, expires);
        let token = self.keys.sign(&claims).map_err(ShopError::internal)?;
        Ok(AccessToken { token, expires_at })
    }

    /// Tells who sent a request. No token is a guest; a token that opens nothing is an
    /// error, so that a client learns that it must log in again.
    ///
    /// # Errors
    /// `Unauthenticated` for a token that is forged, expired, of an ended session or of a
    /// disabled user.
    pub async fn authenticate(&self, bearer: Option<&str>) -> Result<Viewer, ShopError> {
        let Some(token) = bearer else { return Ok(Viewer::Guest) };
        let claims = self.keys.verify(token).map_err(|reason| {
            tracing::debug!(%reason, "access token refused");
            ShopError::Unauthenticated
        })?;
        let load = load_session(&self.db, claims.sid);
        let state = self.sessions.get(claims.sid, load).await.map_err(ShopError::internal)?;
        let user = UserRef {
            id: claims.sub,
            session: claims.sid,
            token_version: claims.ver,
        };
        let role = open_role(state, &user).ok_or(ShopError::Unauthenticated)?;
        Ok(Viewer::with_role(role, user))
    }

    /// The viewer as they are by now: for what lasts longer than a request.
    ///
    /// # Errors
    /// `Unauthenticated` once the session is ended or the user disabled.
    pub async fn renew(&self, viewer: &Viewer) -> Result<Viewer, ShopError> {
        match viewer.user() {
            Some(user) => Ok(Viewer::with_role(self.current_role(user).await?, *user)),
            None => Ok(Viewer::Guest),
        }
    }

    /// The user's role as the rows have it this moment. What staff do asks this each time.
    pub(crate) async fn current_role(&self, user: &UserRef) -> Result<Role, ShopError> {
        let state = load_session(&self.db, user.session).await?;
        open_role(state, user).ok_or(ShopError::Unauthenticated)
    }

    /// Ends the session of this request.
    ///
    /// # Errors
    /// `Internal` when the database cannot be written.
    pub async fn log_out(&self, customer: &CustomerCap) -> Result<(), ShopError> {
        let session = customer.user().session;
        let revoke = session::Entity::update_many().col_expr(session::Column::RevokedAt, Expr::value(Utc::now()));
        revoke
            .filter(session::Column::Id.eq(session))
            .filter(session::Column::RevokedAt.is_null())
            .exec(&self.db)
            .await?;
        self.sessions.forget(session).await;
        Ok(())
    }

    /// The profile of the user who asks.
    ///
    /// # Errors
    /// `Unauthenticated` when the account is gone.
    pub async fn profile(&self, customer: &CustomerCap) -> Result<Profile, ShopError> {
        let row = user_account::Entity::find_by_id(customer.user().id)
            .one(&self.db)
            .await?;
        row.map(Profile::from).ok_or(ShopError::Unauthenticated)
    }
}

/// One statement: the session and its user.
async fn load_session(db: &DatabaseConnection, id: SessionId) -> Result<Option<SessionState>, ShopError> {
    let found = session::Entity::find_by_id(id)
        .find_also_related(user_account::Entity)
        .one(db)
        .await?;
    Ok(found.and_then(|(session, user)| {
        let user = user?;
        Some(SessionState {
            user: user.id,
            role: user.role,
            token_version: user.token_version,
            expires_at: session.expires_at,
            is_open: session.revoked_at.is_none() && user.disabled_at.is_none(),
        })
    }))
}

/// The role, if the session is open and the token still speaks for its user.
fn open_role(state: Option<SessionState>, user: &UserRef) -> Option<Role> {
    let speaks_for = |state: &SessionState| {
        state.is_open
            && state.expires_at > Utc::now()
            && state.user == user.id
            && state.token_version == user.token_version
    };
    state.filter(speaks_for).map(|state| state.role)
}
