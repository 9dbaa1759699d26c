//! Sessions: opened by a log-in, listed for their owner, ended one at a time or together.

use super::{
    Accounts, LoggedIn, SessionView,
    recovery::locked,
    refresh::{new_refresh_token, refresh_expiry},
    token::{AccessToken, Claims},
};
use crate::{
    db::begin_write,
    error::ShopError,
    viewer::{CustomerCap, UserRef},
};
use chrono::{DateTime, TimeDelta, Utc};
use entities::{
    id::{SessionId, UserId},
    mail, one_time_token, session, user_account,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};

/// Longest part of a client's own name that is kept.
const LONGEST_USER_AGENT: usize = 255;
/// Most sessions that are listed: the latest.
const MOST_LISTED: u64 = 100;
/// How long what has ended is kept, so that the reuse of an old token is still recognised.
const KEPT: TimeDelta = TimeDelta::days(30);

impl Accounts {
    /// Opens a session for a user whose password was found right. Whoever changed it, or shut
    /// the user out, since their row was read has ended every session there was, and this is
    /// not to be one more.
    pub(super) async fn open_session(
        &self,
        user: user_account::Model,
        user_agent: Option<String>,
    ) -> Result<LoggedIn, ShopError> {
        let now = self.now();
        let row = session::ActiveModel {
            id: Set(SessionId::generate()),
            user_id: Set(user.id),
            created_at: Set(now),
            last_used_at: Set(now),
            expires_at: Set(now + self.session_life),
            revoked_at: Set(None),
            user_agent: Set(user_agent.map(|name| name.chars().take(LONGEST_USER_AGENT).collect())),
        };
        let tx = begin_write(&self.db).await?;
        let as_it_is = locked(&tx, user.id).await?;
        if as_it_is.password_hash != user.password_hash || as_it_is.disabled_at.is_some() {
            return Err(ShopError::WrongCredentials);
        }
        let session = row.insert(&tx).await?;
        let refresh = new_refresh_token(&tx, &session, now, refresh_expiry(&session, now, self.idle_life)).await?;
        tx.commit().await?;
        Ok(LoggedIn {
            access: self.access_token(&as_it_is, &session, now)?,
            refresh,
            profile: as_it_is.into(),
        })
    }

    pub(super) fn access_token(
        &self,
        user: &user_account::Model,
        session: &session::Model,
        now: DateTime<Utc>,
    ) -> Result<AccessToken, ShopError> {
        let expires_at = (now + self.access_ttl).min(session.expires_at);
        let (issued, expires) = (now.timestamp(), expires_at.timestamp());
        let claims = Claims::new(user.id, session.id, user.role, user.token_version, issued, expires);
        let token = self.keys.sign(&claims).map_err(ShopError::internal)?;
        Ok(AccessToken { token, expires_at })
    }

    /// Ends the session of this request, with every token of it.
    ///
    /// # Errors
    /// `Internal` when the database cannot be written.
    pub async fn log_out(&self, customer: &CustomerCap) -> Result<(), ShopError> {
        let session = customer.user().session;
        end_sessions(&self.db, self.now(), Whose::One(session)).await?;
        self.sessions.forget(session).await;
        Ok(())
    }

    /// Ends every session of the user who asks, this one too; tells how many.
    ///
    /// # Errors
    /// `Internal` when the database cannot be written.
    pub async fn log_out_everywhere(&self, customer: &CustomerCap) -> Result<u64, ShopError> {
        let user = customer.user().id;
        let ended = end_sessions(&self.db, self.now(), Whose::User(user)).await?;
        self.sessions.forget_user(user);
        Ok(ended)
    }

    /// The open sessions of the user who asks, the one used last first.
    ///
    /// # Errors
    /// `Unauthenticated` when the session has ended meanwhile.
    pub async fn sessions(&self, customer: &CustomerCap) -> Result<Vec<SessionView>, ShopError> {
        let UserRef { id, session, .. } = *customer.user();
        self.current_role(customer.user()).await?;
        let now = self.now();
        let rows = session::Entity::find()
            .filter(session::Column::UserId.eq(id))
            .filter(session::Column::RevokedAt.is_null())
            .filter(session::Column::ExpiresAt.gt(now))
            .filter(session::Column::LastUsedAt.gt(now - self.idle_life))
            .order_by_desc(session::Column::LastUsedAt)
            .order_by_desc(session::Column::Id)
            .limit(MOST_LISTED)
            .all(&self.db)
            .await?;
        Ok(rows.into_iter().map(|row| SessionView::new(row, session)).collect())
    }

    /// Ends one of the sessions of the user who asks.
    ///
    /// # Errors
    /// `NotFound` for a session of somebody else, or one that has ended.
    pub async fn revoke_session(&self, customer: &CustomerCap, id: SessionId) -> Result<(), ShopError> {
        self.current_role(customer.user()).await?;
        let whose = Whose::OneOf(customer.user().id, id);
        if end_sessions(&self.db, self.now(), whose).await? == 0 {
            return Err(ShopError::NotFound);
        }
        self.sessions.forget(id).await;
        Ok(())
    }

    /// Removes what has ended long ago: sessions with their tokens, tokens by mail, and mail
    /// that was sent or given up. For background work.
    ///
    /// # Errors
    /// `Internal` when the database cannot be written.
    pub async fn sweep(&self) -> Result<(), ShopError> {
        let before = self.now() - KEPT;
        let ended = Condition::any()
            .add(session::Column::ExpiresAt.lt(before))
            .add(session::Column::RevokedAt.lt(before));
        session::Entity::delete_many().filter(ended).exec(&self.db).await?;
        let tokens = one_time_token::Entity::delete_many();
        tokens
            .filter(one_time_token::Column::ExpiresAt.lt(before))
            .exec(&self.db)
            .await?;
        let mails = mail::Entity::delete_many().filter(mail::Column::CreatedAt.lt(before));
        mails
            .filter(mail::Column::NextAttemptAt.is_null())
            .exec(&self.db)
            .await?;
        Ok(())
    }
}

/// Which sessions to end.
#[derive(Clone, Copy)]
pub(super) enum Whose {
    /// This one.
    One(SessionId),
    /// This one, if it is this user's.
    OneOf(UserId, SessionId),
    /// All of this user.
    User(UserId),
    /// All of this user but one.
    Others(UserId, SessionId),
}

/// Ends open sessions; their tokens open nothing from the commit on. Tells how many.
pub(super) async fn end_sessions(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    whose: Whose,
) -> Result<u64, ShopError> {
    let (id, user) = (session::Column::Id, session::Column::UserId);
    let condition = match whose {
        Whose::One(session) => Condition::all().add(id.eq(session)),
        Whose::OneOf(owner, session) => Condition::all().add(user.eq(owner)).add(id.eq(session)),
        Whose::User(owner) => Condition::all().add(user.eq(owner)),
        Whose::Others(owner, kept) => Condition::all().add(user.eq(owner)).add(id.ne(kept)),
    };
    let ended = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now))
        .filter(condition)
        .filter(session::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(ended.rows_affected)
}
