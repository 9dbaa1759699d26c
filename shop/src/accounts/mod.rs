//! Accounts: registration, log-in, and who is asking.
//!
//! A log-in opens a session row and hands out a short access token that names it. Every
//! request goes through [`Accounts::authenticate`], which verifies the token and then asks
//! for the session and its user: from a small cache when warm, with one statement when
//! not. The viewer's role is the row's, never the token's.
//!
//! Beside it the client gets an opaque refresh token. Of it only a hash is stored; it is
//! exchanged for the next one at every use, and one that comes a second time ends its
//! session ([`refresh`]). What is mailed to people is written in [`letters`].

mod admin;
mod deletion;
mod email;
mod letters;
mod mail_tokens;
mod password;
mod profile;
mod recovery;
mod refresh;
mod secret;
mod session_cache;
mod sessions;
mod stand_ins;
#[cfg(test)]
mod tests;
mod throttle;
mod token;
mod types;

pub use admin::{AdminUsers, UserFilter, UserPage, UserWindow};
pub use email::{Email, NotAnEmail};
pub use entities::user_account::Role;
pub use password::{LONGEST, Password, PasswordHasher, SHORTEST, WeakPassword};
pub use token::{AccessToken, BadKeys, KeyRing, TokenKey};
pub use types::{
    AccountSettings, LetterSettings, LogIn, LoggedIn, NewAccount, Profile, ProfilePatch, ProfileUpdated, RefreshToken,
    SessionView,
};

use crate::{
    clock::Clock,
    error::{OnConstraint as _, ShopError},
    mail::MailQueue,
    text::Checks,
    viewer::{CustomerCap, UserRef, Viewer},
};
use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    id::{SessionId, UserId},
    session,
    user_account::{self, PasswordHash},
};
use letters::Letters;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter,
};
use session_cache::{SessionCache, SessionState};
use std::{fmt, net::IpAddr, sync::Arc};
use throttle::{Attempt, Deed, Throttle, Wait};
use tokio::sync::Semaphore;

/// Longest name of a person.
const LONGEST_NAME: usize = 100;
/// Requests for mail that are looked into at the same time, behind answers that are given.
const BACKGROUND: usize = 64;

/// The accounts service.
#[derive(Clone)]
pub struct Accounts {
    db: DatabaseConnection,
    hasher: PasswordHasher,
    keys: Arc<KeyRing>,
    throttle: Throttle,
    sessions: SessionCache,
    access_ttl: TimeDelta,
    session_life: TimeDelta,
    idle_life: TimeDelta,
    letters: Arc<Letters>,
    mail: MailQueue,
    background: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
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
    pub fn new(
        db: DatabaseConnection,
        settings: &AccountSettings,
        mail: MailQueue,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, BadKeys> {
        Ok(Self {
            db,
            hasher: PasswordHasher::new(),
            keys: Arc::new(KeyRing::new(&settings.keys)?),
            throttle: Throttle::new(),
            sessions: SessionCache::new(),
            access_ttl: settings.access_ttl,
            session_life: settings.session_life,
            idle_life: settings.idle_life,
            letters: Arc::new(Letters::new(&settings.letters)),
            mail,
            background: Arc::new(Semaphore::new(BACKGROUND)),
            clock,
        })
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The same accounts by another clock.
    pub(crate) fn at(&self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self.clone() }
    }

    /// As [`Self::register_from`], from nowhere in particular.
    ///
    /// # Errors
    /// As [`Self::register_from`].
    pub async fn register(&self, account: NewAccount) -> Result<Profile, ShopError> {
        self.register_from(account, None).await
    }

    /// Opens an account for a customer and mails them a token for their address. A taken
    /// address is told, so tries are throttled by where they come from.
    ///
    /// # Errors
    /// `Invalid` for an address, name or password that will not do, `EmailTaken`,
    /// `RateLimited`, `Busy`.
    pub async fn register_from(&self, account: NewAccount, address: Option<IpAddr>) -> Result<Profile, ShopError> {
        let checked = Checked::new(&account)?;
        let attempt = self.begin(Deed::Register, None, address).await?;
        let row = self.new_row(checked, Role::Customer).await?;
        let tx = crate::db::begin_write(&self.db).await?;
        let row = insert(&tx, row).await?;
        self.mail_verification(&tx, &row, &row.email).await?;
        tx.commit().await?;
        self.throttle.succeeded(attempt).await;
        self.mail.wake();
        Ok(row.into())
    }

    /// Opens an account with any role, by whoever runs the process: for the first
    /// administrator and the demo shop. Its address counts as verified. The API offers
    /// [`Self::register`] only.
    ///
    /// # Errors
    /// As [`Self::register`].
    pub async fn create_user_with_role(&self, account: NewAccount, role: Role) -> Result<Profile, ShopError> {
        let mut row = self.new_row(Checked::new(&account)?, role).await?;
        row.email_verified_at = Set(Some(self.now()));
        Ok(insert(&self.db, row).await?.into())
    }

    async fn new_row(&self, checked: Checked<'_>, role: Role) -> Result<user_account::ActiveModel, ShopError> {
        let now = self.now();
        Ok(user_account::ActiveModel {
            id: Set(UserId::generate()),
            email: Set(checked.email.as_str().to_owned()),
            email_verified_at: Set(None),
            name: Set(checked.name),
            password_hash: Set(PasswordHash(self.hasher.hash(checked.password).await?)),
            role: Set(role),
            disabled_at: Set(None),
            deleted_at: Set(None),
            do_not_track: Set(false),
            token_version: Set(1),
            created_at: Set(now),
            updated_at: Set(now),
        })
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
        let attempt = self.begin(Deed::LogIn, Some(email.as_str()), log_in.address).await?;
        let found = user_account::Entity::find().filter(user_account::Column::Email.eq(email.as_str()));
        let user = found.one(&self.db).await?.filter(|user| user.deleted_at.is_none());
        let hash = user.as_ref().map(|user| user.password_hash.0.as_str());
        let is_right = self.hasher.verify(&log_in.password, hash).await?;
        let may_enter = user.filter(|user| is_right && user.disabled_at.is_none());
        let Some(user) = may_enter else {
            return Err(ShopError::WrongCredentials);
        };
        self.throttle.succeeded(attempt).await;
        self.open_session(user, log_in.user_agent).await
    }

    /// Takes one try of a throttled deed.
    async fn begin(&self, deed: Deed, account: Option<&str>, address: Option<IpAddr>) -> Result<Attempt, ShopError> {
        let attempt = self.throttle.begin(deed, account, address).await;
        attempt.map_err(|Wait(retry_after)| ShopError::RateLimited { retry_after })
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
            token_ends: claims.exp,
        };
        let role = open_role(state, &user, self.now()).ok_or(ShopError::Unauthenticated)?;
        Ok(Viewer::with_role(role, user))
    }

    /// The viewer as they are by now: for what lasts longer than a request.
    ///
    /// # Errors
    /// `Unauthenticated` once the session or the access token is ended or the user disabled.
    pub async fn renew(&self, viewer: &Viewer) -> Result<Viewer, ShopError> {
        match viewer.user() {
            Some(user) if user.token_ends <= self.now().timestamp() => Err(ShopError::Unauthenticated),
            Some(user) => Ok(Viewer::with_role(self.current_role(user).await?, *user)),
            None => Ok(Viewer::Guest),
        }
    }

    /// The user's role as the rows have it this moment. What staff do asks this each time.
    pub(crate) async fn current_role(&self, user: &UserRef) -> Result<Role, ShopError> {
        let state = load_session(&self.db, user.session).await?;
        open_role(state, user, self.now()).ok_or(ShopError::Unauthenticated)
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
fn open_role(state: Option<SessionState>, user: &UserRef, now: DateTime<Utc>) -> Option<Role> {
    let speaks_for = |state: &SessionState| {
        state.is_open && state.expires_at > now && state.user == user.id && state.token_version == user.token_version
    };
    state.filter(speaks_for).map(|state| state.role)
}

/// What somebody filled in, after its checks.
struct Checked<'a> {
    email: Email,
    name: String,
    password: &'a Password,
}

impl<'a> Checked<'a> {
    fn new(account: &'a NewAccount) -> Result<Self, ShopError> {
        let mut checks = Checks::default();
        let name = checks.line("name", &account.name, LONGEST_NAME);
        let email = check_email(&mut checks, "email", &account.email);
        if let Some(email) = &email {
            check_password(&mut checks, "password", &account.password, email);
        }
        checks.done()?;
        let email = email.ok_or_else(|| ShopError::invalid("email", NotAnEmail))?;
        let password = &account.password;
        Ok(Self { email, name, password })
    }
}

fn check_email(checks: &mut Checks, path: &str, text: &str) -> Option<Email> {
    let parsed = text.parse();
    if parsed.is_err() {
        checks.fail(path, crate::error::ProblemCode::Invalid, NotAnEmail);
    }
    parsed.ok()
}

fn check_password(checks: &mut Checks, path: &str, password: &Password, email: &Email) {
    if let Err(weak) = password.check(email) {
        checks.fail(path, crate::error::ProblemCode::Invalid, weak);
    }
}

async fn insert(db: &impl ConnectionTrait, row: user_account::ActiveModel) -> Result<user_account::Model, ShopError> {
    let inserted = row.insert(db).await;
    inserted.on_constraint("user_account_email_key", || ShopError::EmailTaken)
}
