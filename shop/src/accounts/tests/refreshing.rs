//! Stories of refresh tokens: rotated at every use, and what a second use comes to.

use super::*;
use crate::error::ProblemCode;
use entities::refresh_token;

fn is_refused(outcome: Result<LoggedIn, ShopError>) -> bool {
    problem(outcome) == ("refresh_token".to_owned(), ProblemCode::InvalidToken)
}

#[tokio::test]
async fn each_refresh_gives_new_tokens_of_the_same_session() {
    for (accounts, clock, _database) in each().await {
        accounts.register(account("ada@example.com")).await.unwrap();
        let (first, customer) = logged_in(&accounts, "ada@example.com").await;
        clock.advance(TimeDelta::minutes(20));
        let second = accounts.refresh(&first.refresh.token, None).await.unwrap();
        assert_ne!(second.refresh.token, first.refresh.token);
        assert_eq!(second.profile, first.profile);
        let viewer = accounts.authenticate(Some(&second.access.token)).await.unwrap();
        assert_eq!(viewer.user().unwrap().session, customer.user().session);
        let listed = accounts.sessions(&viewer.customer().unwrap()).await.unwrap();
        assert!(listed[0].last_used_at > listed[0].created_at);
        accounts.refresh(&second.refresh.token, None).await.unwrap();
    }
}

#[tokio::test]
async fn a_used_token_that_comes_again_ends_its_session_in_that_request() {
    for (accounts, _, _database) in each().await {
        accounts.register(account("ada@example.com")).await.unwrap();
        let (stolen, _) = logged_in(&accounts, "ada@example.com").await;
        let (other, _) = logged_in(&accounts, "ada@example.com").await;
        let thief = accounts.refresh(&stolen.refresh.token, None).await.unwrap();
        let thief = accounts.refresh(&thief.refresh.token, None).await.unwrap();
        // Warm, so that the cache must be told.
        accounts.authenticate(Some(&thief.access.token)).await.unwrap();
        assert!(is_refused(accounts.refresh(&stolen.refresh.token, None).await));
        for token in [&stolen.access.token, &thief.access.token] {
            assert!(matches!(refusal(&accounts, token).await, ShopError::Unauthenticated));
        }
        assert!(is_refused(accounts.refresh(&thief.refresh.token, None).await));
        // Another log-in of the same user is another family.
        assert!(accounts.refresh(&other.refresh.token, None).await.is_ok());
    }
}

#[tokio::test]
async fn of_two_refreshes_at_the_same_moment_one_wins_and_the_family_ends() {
    for (accounts, _, _database) in each().await {
        accounts.register(account("ada@example.com")).await.unwrap();
        for _ in 0..5 {
            let (first, _) = logged_in(&accounts, "ada@example.com").await;
            let refresh = || accounts.refresh(&first.refresh.token, None);
            let outcomes = futures::future::join_all((0..4).map(|_| refresh())).await;
            let won: Vec<LoggedIn> = outcomes.into_iter().filter_map(Result::ok).collect();
            assert_eq!(won.len(), 1);
            assert!(matches!(
                refusal(&accounts, &won[0].access.token).await,
                ShopError::Unauthenticated
            ));
            assert!(is_refused(accounts.refresh(&won[0].refresh.token, None).await));
        }
    }
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_after_its_whole_life() {
    for (accounts, clock, _database) in each().await {
        accounts.register(account("ada@example.com")).await.unwrap();
        let (idle, _) = logged_in(&accounts, "ada@example.com").await;
        let (mut used, _) = logged_in(&accounts, "ada@example.com").await;
        let opened = accounts.now();
        for _ in 0..3 {
            clock.advance(TimeDelta::days(9));
            used = accounts.refresh(&used.refresh.token, None).await.unwrap();
        }
        assert!(is_refused(accounts.refresh(&idle.refresh.token, None).await));
        let viewer = accounts.authenticate(Some(&used.access.token)).await.unwrap();
        let listed = accounts.sessions(&viewer.customer().unwrap()).await.unwrap();
        assert_eq!(listed.len(), 1, "an idle session is not listed");
        let end = opened + TimeDelta::days(30);
        assert!(used.refresh.expires_at <= end, "no token outlives its session");
        clock.advance(TimeDelta::days(4));
        assert!(is_refused(accounts.refresh(&used.refresh.token, None).await));
        assert!(matches!(
            refusal(&accounts, &used.access.token).await,
            ShopError::Unauthenticated
        ));
    }
}

#[tokio::test]
async fn an_expired_token_is_refused_and_ends_nothing_else() {
    let database = TestDatabase::sqlite().await;
    let (accounts, clock) = with_clock(&database, TimeDelta::minutes(15));
    accounts.register(account("ada@example.com")).await.unwrap();
    let (first, _) = logged_in(&accounts, "ada@example.com").await;
    clock.advance(TimeDelta::days(15));
    for _ in 0..2 {
        assert!(is_refused(accounts.refresh(&first.refresh.token, None).await));
    }
    let row = session::Entity::find().one(&accounts.db).await.unwrap().unwrap();
    assert_eq!(row.revoked_at, None, "it came once, and late");
}

#[tokio::test]
async fn who_logged_out_or_was_shut_out_refreshes_no_more() {
    for (accounts, _, _database) in each().await {
        let ada = accounts.register(account("ada@example.com")).await.unwrap();
        let (first, customer) = logged_in(&accounts, "ada@example.com").await;
        accounts.log_out(&customer).await.unwrap();
        assert!(is_refused(accounts.refresh(&first.refresh.token, None).await));
        let (second, _) = logged_in(&accounts, "ada@example.com").await;
        AdminUsers::new(&accounts).set_enabled(ada.id, false).await.unwrap();
        assert!(is_refused(accounts.refresh(&second.refresh.token, None).await));
    }
}

#[tokio::test]
async fn what_is_no_token_is_refused_and_guessing_is_slowed() {
    let (accounts, _database) = accounts().await;
    let address = Some("192.0.2.1".parse().unwrap());
    for text in ["", "x", "eyJhbGciOiJub25lIn0.e30.", &"a".repeat(43), &"ü".repeat(9_000)] {
        assert!(is_refused(accounts.refresh(text, address).await), "{text}");
    }
    let mut last = accounts.refresh("x", address).await;
    for _ in 0..100 {
        last = accounts.refresh("x", address).await;
    }
    assert!(matches!(last, Err(ShopError::RateLimited { .. })), "{last:?}");
}

#[tokio::test]
async fn only_hashes_are_stored_and_what_ended_long_ago_is_removed() {
    for (accounts, clock, _database) in each().await {
        accounts.register(account("ada@example.com")).await.unwrap();
        let (first, _) = logged_in(&accounts, "ada@example.com").await;
        let rows = refresh_token::Entity::find().all(&accounts.db).await.unwrap();
        assert!(
            rows.iter()
                .all(|row| row.hash.len() == 64 && row.hash != first.refresh.token)
        );
        assert!(!format!("{rows:?} {first:?}").contains(&first.refresh.token));
        accounts.sweep().await.unwrap();
        assert_eq!(refresh_token::Entity::find().all(&accounts.db).await.unwrap().len(), 1);
        clock.advance(TimeDelta::days(61));
        accounts.sweep().await.unwrap();
        assert!(
            refresh_token::Entity::find()
                .all(&accounts.db)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(session::Entity::find().all(&accounts.db).await.unwrap().is_empty());
        let tokens = entities::one_time_token::Entity::find()
            .all(&accounts.db)
            .await
            .unwrap();
        assert!(tokens.is_empty());
    }
}
