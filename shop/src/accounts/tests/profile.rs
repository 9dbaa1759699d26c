//! Stories of what users change about themselves.

use super::*;
use crate::error::ProblemCode;

const NEW: &str = "a new horse battery";

fn named(name: &str) -> ProfilePatch {
    ProfilePatch {
        name: Some(name.into()),
        ..ProfilePatch::default()
    }
}

#[tokio::test]
async fn a_name_is_changed_and_what_is_absent_stays() {
    for (accounts, _, _database) in each().await {
        accounts.register(account("ada@example.com")).await.unwrap();
        let (_, customer) = logged_in(&accounts, "ada@example.com").await;
        let updated = accounts
            .update_profile(&customer, named(" Ada Lovelace "), None)
            .await
            .unwrap();
        assert_eq!(
            (updated.profile.name.as_str(), updated.pending_email),
            ("Ada Lovelace", None)
        );
        let updated = accounts
            .update_profile(&customer, ProfilePatch::default(), None)
            .await
            .unwrap();
        assert_eq!(updated.profile.name, "Ada Lovelace");
        let same = ProfilePatch {
            email: Some("ADA@example.com".into()),
            password: Some(PASSWORD.into()),
            ..ProfilePatch::default()
        };
        assert_eq!(
            accounts
                .update_profile(&customer, same, None)
                .await
                .unwrap()
                .pending_email,
            None
        );
    }
}

#[tokio::test]
async fn what_will_not_do_is_refused_by_field() {
    let (accounts, _database) = accounts().await;
    accounts.register(account("ada@example.com")).await.unwrap();
    let (_, customer) = logged_in(&accounts, "ada@example.com").await;
    let another = |email: &str, password: Option<&str>| ProfilePatch {
        name: None,
        email: Some(email.into()),
        password: password.map(Password::from),
    };
    let cases = [
        (named(" "), "name", ProblemCode::Required),
        (named(&"a".repeat(101)), "name", ProblemCode::TooLong),
        (named("Ada\r\nBcc: eve"), "name", ProblemCode::Invalid),
        (another("nowhere", Some(PASSWORD)), "email", ProblemCode::Invalid),
        (
            another("b@example.com", None),
            "current_password",
            ProblemCode::Required,
        ),
        (
            another("b@example.com", Some("wrong")),
            "current_password",
            ProblemCode::WrongPassword,
        ),
    ];
    for (patch, path, code) in cases {
        let refused = accounts.update_profile(&customer, patch, None).await;
        assert_eq!(problem(refused), (path.to_owned(), code));
    }
    let change = |current: &'static str, new: &'static str| {
        let (accounts, customer) = (accounts.clone(), customer);
        async move {
            accounts
                .change_password(&customer, &current.into(), &new.into(), None)
                .await
        }
    };
    let wrong = ("current_password".to_owned(), ProblemCode::WrongPassword);
    assert_eq!(problem(change("wrong", NEW).await), wrong);
    for weak in ["short", "password123", "ada@example.com"] {
        let refused = change(PASSWORD, weak).await;
        assert_eq!(problem(refused), ("new_password".to_owned(), ProblemCode::Invalid));
    }
    let refused = accounts.delete_account(&customer, &"wrong".into(), None).await;
    assert_eq!(problem(refused), ("password".to_owned(), ProblemCode::WrongPassword));
}

#[tokio::test]
async fn another_password_ends_every_other_session_and_is_told_by_mail() {
    for (accounts, _, _database) in each().await {
        accounts.register(account("ada@example.com")).await.unwrap();
        let (here, customer) = logged_in(&accounts, "ada@example.com").await;
        let (there, _) = logged_in(&accounts, "ada@example.com").await;
        accounts
            .change_password(&customer, &PASSWORD.into(), &NEW.into(), None)
            .await
            .unwrap();
        assert!(accounts.authenticate(Some(&here.access.token)).await.is_ok());
        assert!(accounts.refresh(&here.refresh.token, None).await.is_ok());
        assert!(matches!(
            refusal(&accounts, &there.access.token).await,
            ShopError::Unauthenticated
        ));
        assert!(accounts.refresh(&there.refresh.token, None).await.is_err());
        assert!(accounts.log_in(attempt("ada@example.com", PASSWORD)).await.is_err());
        accounts.log_in(attempt("ada@example.com", NEW)).await.unwrap();
        assert_eq!(letter(&accounts, "ada@example.com").await.kind, "PASSWORD_CHANGED");
    }
}

#[tokio::test]
async fn a_log_in_that_a_change_of_password_overtook_opens_nothing() {
    for (accounts, _, _database) in each().await {
        let ada = accounts.register(account("ada@example.com")).await.unwrap();
        let (_, customer) = logged_in(&accounts, "ada@example.com").await;
        let read_before = user_account::Entity::find_by_id(ada.id)
            .one(&accounts.db)
            .await
            .unwrap()
            .unwrap();
        accounts
            .change_password(&customer, &PASSWORD.into(), &NEW.into(), None)
            .await
            .unwrap();
        let late = accounts.open_session(read_before, None).await;
        assert!(matches!(late, Err(ShopError::WrongCredentials)), "{late:?}");
        assert_eq!(accounts.sessions(&customer).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_stolen_token_does_not_help_to_guess_the_password() {
    let (accounts, _database) = accounts().await;
    accounts.register(account("ada@example.com")).await.unwrap();
    let (_, customer) = logged_in(&accounts, "ada@example.com").await;
    for _ in 0..10 {
        let wrong = accounts.delete_account(&customer, &"wrong".into(), None).await;
        assert!(matches!(wrong, Err(ShopError::Invalid(_))), "{wrong:?}");
    }
    let right = accounts.delete_account(&customer, &PASSWORD.into(), None).await;
    assert!(matches!(right, Err(ShopError::RateLimited { .. })), "{right:?}");
}

#[tokio::test]
async fn an_ended_session_changes_nothing_even_where_it_is_still_remembered() {
    let (here, _database) = accounts().await;
    let there = Accounts {
        sessions: SessionCache::new(),
        ..here.clone()
    };
    here.register(account("ada@example.com")).await.unwrap();
    let (_, customer) = logged_in(&here, "ada@example.com").await;
    there.log_out(&customer).await.unwrap();
    let refused = |error: ShopError| assert!(matches!(error, ShopError::Unauthenticated), "{error:?}");
    refused(here.update_profile(&customer, named("Eve"), None).await.unwrap_err());
    refused(here.sessions(&customer).await.unwrap_err());
    refused(here.request_email_verification(&customer, None).await.unwrap_err());
    let password = Password::from(PASSWORD);
    refused(
        here.change_password(&customer, &password, &NEW.into(), None)
            .await
            .unwrap_err(),
    );
    refused(here.delete_account(&customer, &password, None).await.unwrap_err());
}
