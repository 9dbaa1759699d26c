//! Stories of tokens by mail: a forgotten password, an address to be proved.

use super::*;
use crate::error::ProblemCode;
use sea_orm::PaginatorTrait;

const NEW: &str = "a new horse battery";

fn token_is_refused<T: fmt::Debug>(outcome: Result<T, ShopError>) {
    assert_eq!(problem(outcome), ("token".to_owned(), ProblemCode::InvalidToken));
}

async fn mails(accounts: &Accounts) -> u64 {
    mail::Entity::find().count(&accounts.db).await.unwrap()
}

/// Waits for what goes on behind the answer.
async fn settled(accounts: &Accounts) {
    let everything = u32::try_from(BACKGROUND).unwrap();
    drop(accounts.background.acquire_many(everything).await.unwrap());
}

async fn ask_reset(accounts: &Accounts, email: &str) {
    accounts.request_password_reset(email, None).await.unwrap();
    settled(accounts).await;
}

#[tokio::test]
async fn a_mailed_token_sets_a_new_password_once_and_ends_every_session() {
    for (accounts, _, _database) in each().await {
        accounts.register(account("ada@example.com")).await.unwrap();
        let (first, _) = logged_in(&accounts, "ada@example.com").await;
        ask_reset(&accounts, " ADA@example.com ").await;
        let token = mailed_token(&accounts, "ada@example.com").await;
        let weak = accounts.reset_password(&token, &"short".into(), None).await;
        assert_eq!(problem(weak), ("new_password".to_owned(), ProblemCode::Invalid));
        accounts.reset_password(&token, &NEW.into(), None).await.unwrap();
        assert!(matches!(
            refusal(&accounts, &first.access.token).await,
            ShopError::Unauthenticated
        ));
        assert!(accounts.refresh(&first.refresh.token, None).await.is_err());
        assert!(matches!(
            accounts.log_in(attempt("ada@example.com", PASSWORD)).await,
            Err(ShopError::WrongCredentials)
        ));
        let entered = accounts.log_in(attempt("ada@example.com", NEW)).await.unwrap();
        assert!(
            entered.profile.is_email_verified,
            "whoever read the mail owns the address"
        );
        token_is_refused(accounts.reset_password(&token, &NEW.into(), None).await);
        assert_eq!(letter(&accounts, "ada@example.com").await.kind, "PASSWORD_CHANGED");
    }
}

#[tokio::test]
async fn an_expired_foreign_or_older_token_sets_nothing() {
    for (accounts, clock, _database) in each().await {
        accounts.register(account("ada@example.com")).await.unwrap();
        let verification = mailed_token(&accounts, "ada@example.com").await;
        token_is_refused(accounts.reset_password(&verification, &NEW.into(), None).await);
        for text in ["", "x", &"a".repeat(43)] {
            token_is_refused(accounts.reset_password(text, &NEW.into(), None).await);
        }
        ask_reset(&accounts, "ada@example.com").await;
        let older = mailed_token(&accounts, "ada@example.com").await;
        token_is_refused(accounts.verify_email(&older, None).await);
        clock.advance(TimeDelta::minutes(1));
        ask_reset(&accounts, "ada@example.com").await;
        let newer = mailed_token(&accounts, "ada@example.com").await;
        accounts.reset_password(&newer, &NEW.into(), None).await.unwrap();
        token_is_refused(accounts.reset_password(&older, &NEW.into(), None).await);
        ask_reset(&accounts, "ada@example.com").await;
        let late = mailed_token(&accounts, "ada@example.com").await;
        clock.advance(TimeDelta::minutes(61));
        token_is_refused(accounts.reset_password(&late, &NEW.into(), None).await);
    }
}

#[tokio::test]
async fn of_two_uses_of_one_token_at_the_same_moment_one_wins() {
    for (accounts, _, _database) in each().await {
        accounts.register(account("ada@example.com")).await.unwrap();
        ask_reset(&accounts, "ada@example.com").await;
        let token = mailed_token(&accounts, "ada@example.com").await;
        let passwords = [Password::from(NEW), Password::from("another horse battery")];
        let reset = |password| accounts.reset_password(&token, password, None);
        let (one, two) = tokio::join!(reset(&passwords[0]), reset(&passwords[1]));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    }
}

#[tokio::test]
async fn whether_an_address_has_an_account_shows_neither_in_the_answer_nor_in_the_work_before_it() {
    let (accounts, database) = accounts().await;
    let gone = accounts.register(account("gone@example.com")).await.unwrap();
    accounts.register(account("ada@example.com")).await.unwrap();
    AdminUsers::new(&accounts).set_enabled(gone.id, false).await.unwrap();
    let before = mails(&accounts).await;
    for email in ["nobody@example.com", "gone@example.com", "ada@example.com"] {
        // This runtime has one thread: nothing else runs until the answer is there.
        let statements = database.db.statements.count();
        accounts.request_password_reset(email, None).await.unwrap();
        assert_eq!(database.db.statements.count(), statements, "{email}");
        settled(&accounts).await;
    }
    assert_eq!(mails(&accounts).await, before + 1, "one of them has an account");
    assert_eq!(
        problem(accounts.request_password_reset("no address", None).await),
        ("email".to_owned(), ProblemCode::Invalid)
    );
}

#[tokio::test]
async fn nobody_is_flooded_with_mail() {
    let (accounts, _database) = accounts().await;
    accounts.register(account("ada@example.com")).await.unwrap();
    let before = mails(&accounts).await;
    for number in 0..9 {
        let address = Some(format!("192.0.2.{number}").parse().unwrap());
        accounts
            .request_password_reset("ada@example.com", address)
            .await
            .unwrap();
        settled(&accounts).await;
    }
    assert_eq!(mails(&accounts).await, before + 5);
    let mut last = Ok(());
    for _ in 0..4 {
        last = accounts.request_password_reset("ada@example.com", None).await;
    }
    assert!(matches!(last, Err(ShopError::RateLimited { .. })), "{last:?}");
}

#[tokio::test]
async fn an_address_is_verified_by_the_token_that_was_mailed_there() {
    for (accounts, clock, _database) in each().await {
        let ada = accounts.register(account("ada@example.com")).await.unwrap();
        assert!(!ada.is_email_verified);
        let first = mailed_token(&accounts, "ada@example.com").await;
        clock.advance(TimeDelta::hours(25));
        token_is_refused(accounts.verify_email(&first, None).await);
        let (_, customer) = logged_in(&accounts, "ada@example.com").await;
        accounts.request_email_verification(&customer, None).await.unwrap();
        let second = mailed_token(&accounts, "ada@example.com").await;
        assert!(accounts.verify_email(&second, None).await.unwrap().is_email_verified);
        token_is_refused(accounts.verify_email(&second, None).await);
        let before = mails(&accounts).await;
        accounts.request_email_verification(&customer, None).await.unwrap();
        assert_eq!(mails(&accounts).await, before, "there is nothing left to verify");
    }
}

#[tokio::test]
async fn another_address_counts_once_it_is_verified_and_not_when_somebody_was_faster() {
    for (accounts, clock, _database) in each().await {
        accounts.register(account("ada@example.com")).await.unwrap();
        let (_, customer) = logged_in(&accounts, "ada@example.com").await;
        ask_reset(&accounts, "ada@example.com").await;
        let reset = mailed_token(&accounts, "ada@example.com").await;
        let patch = |email: &str| ProfilePatch {
            email: Some(email.into()),
            password: Some(PASSWORD.into()),
            name: None,
        };
        let update = |email| accounts.update_profile(&customer, patch(email), None);
        let updated = update("Lovelace@example.com").await.unwrap();
        assert_eq!(updated.profile.email, "ada@example.com");
        assert_eq!(updated.pending_email.as_deref(), Some("lovelace@example.com"));
        let token = mailed_token(&accounts, "lovelace@example.com").await;
        clock.advance(TimeDelta::seconds(1));
        let changed = accounts.verify_email(&token, None).await.unwrap();
        assert_eq!(
            (changed.email.as_str(), changed.is_email_verified),
            ("lovelace@example.com", true)
        );
        assert_eq!(letter(&accounts, "ada@example.com").await.kind, "EMAIL_CHANGED");
        token_is_refused(accounts.reset_password(&reset, &NEW.into(), None).await);

        update("third@example.com").await.unwrap();
        let token = mailed_token(&accounts, "third@example.com").await;
        accounts.register(account("third@example.com")).await.unwrap();
        let taken = accounts.verify_email(&token, None).await;
        assert_eq!(problem(taken), ("token".to_owned(), ProblemCode::Taken));
        assert_eq!(accounts.profile(&customer).await.unwrap().email, "lovelace@example.com");
        let known = update("third@example.com").await;
        assert!(known.is_ok(), "that an address has an account is not told: {known:?}");
    }
}

#[tokio::test]
async fn past_the_limit_of_mails_nothing_is_changed_and_the_last_token_stays_good() {
    for (accounts, _clock, _database) in each().await {
        accounts.register(account("ada@example.com")).await.unwrap();
        let (_, customer) = logged_in(&accounts, "ada@example.com").await;
        let ask = async |number: u8| {
            let patch = ProfilePatch {
                email: Some(format!("ada{number}@example.com")),
                password: Some(PASSWORD.into()),
                name: Some(format!("Ada {number}")),
            };
            let address = Some(IpAddr::from([192, 0, 2, number]));
            accounts.update_profile(&customer, patch, address).await
        };
        // The first of five was mailed with the registration.
        for number in 0..4 {
            ask(number).await.unwrap();
        }
        let refused = ask(4).await;
        assert!(matches!(refused, Err(ShopError::RateLimited { .. })), "{refused:?}");
        let token = mailed_token(&accounts, "ada3@example.com").await;
        let verified = accounts.verify_email(&token, None).await.unwrap();
        assert_eq!(
            (verified.email.as_str(), verified.name.as_str()),
            ("ada3@example.com", "Ada 3")
        );
    }
}
