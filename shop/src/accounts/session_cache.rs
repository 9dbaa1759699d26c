//! What a warm request needs to know about a session, kept for half a minute, so that hot
//! reads run no SQL.
//!
//! A log-out or a change of role takes effect at once on the node that made it and within
//! [`TIME_TO_LIVE`] on others. Nothing that changes the shop relies on this cache: staff
//! operations read the row (see [`crate::viewer`]).

use crate::error::ShopError;
use chrono::{DateTime, Utc};
use entities::{
    id::{SessionId, UserId},
    user_account::Role,
};
use moka::future::Cache;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How long another node may still honour a revoked session.
const TIME_TO_LIVE: Duration = Duration::from_secs(30);
/// Sessions kept: about 10 MiB when full.
const MOST_SESSIONS: u64 = 50_000;

/// A session and its user as the rows had them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SessionState {
    pub(super) user: UserId,
    pub(super) role: Role,
    pub(super) token_version: i32,
    pub(super) expires_at: DateTime<Utc>,
    /// Neither is the session revoked nor the user disabled.
    pub(super) is_open: bool,
}

/// Recently seen sessions.
#[derive(Clone)]
pub(super) struct SessionCache {
    states: Cache<SessionId, Option<SessionState>>,
    /// Counts invalidations, so that a load that overlapped one is not kept.
    changes: Arc<AtomicU64>,
}

impl SessionCache {
    pub(super) fn new() -> Self {
        let states = Cache::builder()
            .max_capacity(MOST_SESSIONS)
            .time_to_live(TIME_TO_LIVE)
            .support_invalidation_closures()
            .build();
        Self {
            states,
            changes: Arc::default(),
        }
    }

    /// The state of a session, loaded once however many ask; `None` for no such session.
    pub(super) async fn get(
        &self,
        id: SessionId,
        load: impl Future<Output = Result<Option<SessionState>, ShopError>>,
    ) -> Result<Option<SessionState>, Arc<ShopError>> {
        let before = self.changes.load(Ordering::Acquire);
        let state = self.states.try_get_with(id, load).await;
        if self.changes.load(Ordering::Acquire) != before {
            self.states.invalidate(&id).await;
        }
        state
    }

    /// Forgets one session.
    pub(super) async fn forget(&self, id: SessionId) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.states.invalidate(&id).await;
    }

    /// Forgets every session of a user.
    pub(super) fn forget_user(&self, user: UserId) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        let is_theirs =
            move |_: &SessionId, state: &Option<SessionState>| state.as_ref().is_some_and(|s| s.user == user);
        let registered = self.states.invalidate_entries_if(is_theirs);
        registered.expect("the cache is built with support for invalidation closures");
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn state(user: UserId) -> SessionState {
        SessionState {
            user,
            role: Role::Customer,
            token_version: 1,
            expires_at: Utc::now(),
            is_open: true,
        }
    }

    async fn load(cache: &SessionCache, id: SessionId, user: UserId, loads: &AtomicU64) -> Option<SessionState> {
        let load = async {
            loads.fetch_add(1, Ordering::Relaxed);
            Ok(Some(state(user)))
        };
        cache.get(id, load).await.unwrap()
    }

    #[tokio::test]
    async fn a_warm_session_is_not_loaded_again_until_it_is_forgotten() {
        let (cache, loads) = (SessionCache::new(), AtomicU64::new(0));
        let (mine, theirs) = (
            (SessionId::generate(), UserId::generate()),
            (SessionId::generate(), UserId::generate()),
        );
        for _ in 0..3 {
            load(&cache, mine.0, mine.1, &loads).await;
            load(&cache, theirs.0, theirs.1, &loads).await;
        }
        assert_eq!(loads.load(Ordering::Relaxed), 2);
        cache.forget(mine.0).await;
        load(&cache, mine.0, mine.1, &loads).await;
        assert_eq!(loads.load(Ordering::Relaxed), 3);
        cache.forget_user(theirs.1);
        load(&cache, theirs.0, theirs.1, &loads).await;
        load(&cache, mine.0, mine.1, &loads).await;
        assert_eq!(loads.load(Ordering::Relaxed), 4);
    }

    #[tokio::test]
    async fn a_load_that_overlapped_a_revocation_is_not_kept() {
        let (cache, user, id) = (SessionCache::new(), UserId::generate(), SessionId::generate());
        let stale = async {
            let read_before = state(user);
            cache.forget(id).await;
            Ok(Some(read_before))
        };
        cache.get(id, stale).await.unwrap();
        let fresh = cache.get(id, async { Ok(None) }).await.unwrap();
        assert_eq!(fresh, None);
    }
}
