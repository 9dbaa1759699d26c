//! Stories of accounts on SQLite, with the real migrations.

#![expect(clippy::unwrap_used, reason = "tests")]

mod administration;
mod deleting;
mod listing;
mod logging;
mod mailed;
mod profile;
mod refreshing;
mod stand_ins;

use super::*;
use crate::{
    error::ShopError,
    testing::{SECRET, TestClock, TestDatabase, account_settings},
};
use entities::mail;
use sea_orm::QueryOrder;

const PASSWORD: &str = "correct horse battery";

async fn accounts_with(access_ttl: TimeDelta) -> (Accounts, TestDatabase) {
    let database = TestDatabase::sqlite().await;
    (over(&database, access_ttl), database)
}

fn over(database: &TestDatabase, access_ttl: TimeDelta) -> Accounts {
    with_clock(database, access_ttl).0
}

fn with_clock(database: &TestDatabase, access_ttl: TimeDelta) -> (Accounts, Arc<TestClock>) {
    let (db, clock) = (database.db.connection.clone(), Arc::new(TestClock::default()));
    let mail = MailQueue::new(db.clone());
    let accounts = Accounts::new(db, &account_settings(access_ttl), mail, clock.clone());
    (accounts.unwrap(), clock)
}

/// Accounts on each database, with a clock to put forward.
async fn each() -> Vec<(Accounts, Arc<TestClock>, TestDatabase)> {
    let databases = TestDatabase::each().await.into_iter();
    let opened = databases.map(|database| {
        let (accounts, clock) = with_clock(&database, TimeDelta::minutes(15));
        (accounts, clock, database)
    });
    opened.collect()
}

/// The latest letter to an address.
async fn letter(accounts: &Accounts, to: &str) -> mail::Model {
    let letters = mail::Entity::find().filter(mail::Column::Recipient.eq(to));
    let latest = letters.order_by_desc(mail::Column::Id).one(&accounts.db).await;
    latest.unwrap().unwrap_or_else(|| panic!("no mail to {to}"))
}

/// The token in the latest letter to an address: alone in its paragraph.
async fn mailed_token(accounts: &Accounts, to: &str) -> String {
    let text = letter(accounts, to).await.text;
    let token = text
        .split("\n\n")
        .find(|paragraph| paragraph.len() == 43 && !paragraph.contains(' '));
    token.unwrap_or_else(|| panic!("no token in {text}")).to_owned()
}

/// Where the one problem of an outcome lies, and of which kind it is.
fn problem<T: fmt::Debug>(outcome: Result<T, ShopError>) -> (String, crate::error::ProblemCode) {
    match outcome.unwrap_err() {
        ShopError::Invalid(problems) => (problems[0].path.join("."), problems[0].code),
        other => panic!("{other:?}"),
    }
}

async fn logged_in(accounts: &Accounts, email: &str) -> (LoggedIn, CustomerCap) {
    let logged_in = accounts.log_in(attempt(email, PASSWORD)).await.unwrap();
    let viewer = accounts.authenticate(Some(&logged_in.access.token)).await.unwrap();
    (logged_in, viewer.customer().unwrap())
}

async fn accounts() -> (Accounts, TestDatabase) {
    accounts_with(TimeDelta::minutes(15)).await
}

fn first(first: u64) -> UserWindow {
    UserWindow {
        first,
        after: None,
        offset: 0,
    }
}

fn account(email: &str) -> NewAccount {
    NewAccount {
        email: email.into(),
        password: PASSWORD.into(),
        name: "Ada".into(),
    }
}

fn attempt(email: &str, password: &str) -> LogIn {
    LogIn {
        email: email.into(),
        password: password.into(),
        address: None,
        user_agent: None,
    }
}

async fn log_in(accounts: &Accounts, email: &str) -> String {
    accounts.log_in(attempt(email, PASSWORD)).await.unwrap().access.token
}

async fn refusal(accounts: &Accounts, token: &str) -> ShopError {
    accounts.authenticate(Some(token)).await.unwrap_err()
}

#[tokio::test]
async fn whoever_registers_logs_in_and_is_known() {
    let (accounts, _database) = accounts().await;
    let profile = accounts.register(account(" Ada@Example.com ")).await.unwrap();
    assert_eq!(
        (profile.email.as_str(), profile.role),
        ("ada@example.com", Role::Customer)
    );
    let logged_in = accounts.log_in(attempt("ADA@example.com", PASSWORD)).await.unwrap();
    let lifetime = logged_in.access.expires_at - Utc::now();
    assert!(lifetime <= TimeDelta::minutes(15) && lifetime > TimeDelta::minutes(14));
    let viewer = accounts.authenticate(Some(&logged_in.access.token)).await.unwrap();
    let customer = viewer.customer().unwrap();
    assert_eq!(accounts.profile(&customer).await.unwrap(), profile);
    assert_eq!(accounts.authenticate(None).await.unwrap(), Viewer::Guest);
    assert!(matches!(Viewer::Guest.customer(), Err(ShopError::Unauthenticated)));
}

#[tokio::test]
async fn an_address_is_taken_once_in_any_spelling() {
    for database in TestDatabase::each().await {
        let accounts = over(&database, TimeDelta::minutes(15));
        accounts.register(account("ada@example.com")).await.unwrap();
        assert!(matches!(
            accounts.register(account("ADA@example.com")).await,
            Err(ShopError::EmailTaken)
        ));
        accounts
            .ensure_demo_user(account("ada@example.com"), Role::Admin)
            .await
            .unwrap();
        let found = AdminUsers::new(&accounts)
            .list(&UserFilter::default(), first(10))
            .await
            .unwrap()
            .users;
        assert_eq!(found.iter().map(|user| user.role).collect::<Vec<_>>(), [Role::Customer]);
    }
}

#[tokio::test]
async fn of_two_registrations_at_the_same_moment_one_wins() {
    for database in TestDatabase::each().await {
        let accounts = over(&database, TimeDelta::minutes(15));
        let register = || accounts.register(account("ada@example.com"));
        let (one, two) = tokio::join!(register(), register());
        let (winner, loser) = if one.is_ok() { (one, two) } else { (two, one) };
        assert!(
            winner.is_ok() && matches!(loser, Err(ShopError::EmailTaken)),
            "{winner:?} {loser:?}"
        );
    }
}

#[tokio::test]
async fn what_will_not_do_is_refused_by_field() {
    let (accounts, _database) = accounts().await;
    let cases = [
        (
            "email",
            NewAccount {
                email: "ada".into(),
                ..account("")
            },
        ),
        (
            "name",
            NewAccount {
                name: " \t ".into(),
                ..account("ada@example.com")
            },
        ),
        (
            "name",
            NewAccount {
                name: "a".repeat(101),
                ..account("ada@example.com")
            },
        ),
        (
            "name",
            NewAccount {
                name: "Ada\nBcc: eve".into(),
                ..account("ada@example.com")
            },
        ),
        (
            "password",
            NewAccount {
                password: "short".into(),
                ..account("ada@example.com")
            },
        ),
        (
            "password",
            NewAccount {
                password: "password123".into(),
                ..account("ada@example.com")
            },
        ),
    ];
    for (expected, case) in cases {
        let error = accounts.register(case).await.unwrap_err();
        assert!(
            matches!(&error, ShopError::Invalid(found) if found[0].path == [expected]),
            "{expected}: {error:?}"
        );
    }
}

#[tokio::test]
async fn unknown_wrong_and_disabled_look_the_same() {
    let (accounts, _database) = accounts().await;
    accounts.register(account("ada@example.com")).await.unwrap();
    let gone = accounts.register(account("gone@example.com")).await.unwrap();
    AdminUsers::new(&accounts).set_enabled(gone.id, false).await.unwrap();
    let attempts = [
        attempt("ada@example.com", "a wrong password"),
        attempt("nobody@example.com", PASSWORD),
        attempt("gone@example.com", PASSWORD),
        attempt("no address", PASSWORD),
        attempt("ada@example.com' OR '1'='1", PASSWORD),
    ];
    for attempt in attempts {
        assert!(matches!(
            accounts.log_in(attempt).await,
            Err(ShopError::WrongCredentials)
        ));
    }
}

/// By what is done, not by the clock: where nobody may hash, each of them is turned away, so
/// each of them would have hashed.
#[tokio::test]
async fn a_hash_is_checked_whether_or_not_the_address_has_an_account() {
    let (accounts, _database) = accounts().await;
    accounts.register(account("ada@example.com")).await.unwrap();
    for email in ["gone@example.com", "deleted@example.com"] {
        let user = accounts.register(account(email)).await.unwrap();
        AdminUsers::new(&accounts).set_enabled(user.id, false).await.unwrap();
        if email.starts_with("deleted") {
            AdminUsers::new(&accounts).delete(user.id).await.unwrap();
        }
    }
    let rows = user_account::Entity::find().all(&accounts.db).await.unwrap();
    let _occupied = accounts.hasher.occupy();
    for email in rows.iter().map(|row| row.email.as_str()).chain(["nobody@example.com"]) {
        let outcome = accounts.log_in(attempt(email, "a wrong password")).await;
        assert!(matches!(outcome, Err(ShopError::Busy)), "{email}: {outcome:?}");
    }
    for email in ["ada@example.com", "new@example.com"] {
        let outcome = accounts.register(account(email)).await;
        assert!(
            matches!(outcome, Err(ShopError::Busy)),
            "a taken address hashes as well: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn after_ten_failures_even_the_right_password_waits() {
    let (accounts, _database) = accounts().await;
    accounts.register(account("ada@example.com")).await.unwrap();
    for _ in 0..10 {
        let wrong = accounts.log_in(attempt("ada@example.com", "a wrong password")).await;
        assert!(matches!(wrong, Err(ShopError::WrongCredentials)));
    }
    let limited = accounts.log_in(attempt("ada@example.com", PASSWORD)).await.unwrap_err();
    assert!(
        matches!(limited, ShopError::RateLimited { retry_after } if !retry_after.is_zero()),
        "{limited:?}"
    );
}

#[tokio::test]
async fn expired_forged_unsigned_and_foreign_tokens_open_nothing() {
    let (accounts, _database) = accounts_with(TimeDelta::seconds(-1)).await;
    accounts.register(account("ada@example.com")).await.unwrap();
    let expired = log_in(&accounts, "ada@example.com").await;
    assert!(matches!(refusal(&accounts, &expired).await, ShopError::Unauthenticated));

    let accounts = Accounts {
        access_ttl: TimeDelta::minutes(15),
        ..accounts
    };
    let good = log_in(&accounts, "ada@example.com").await;
    let sign_with = |kid: &str, secret: &str| {
        let ring = KeyRing::new(&[TokenKey {
            kid: kid.into(),
            secret: secret.into(),
        }])
        .unwrap();
        ring.sign(&accounts.keys.verify(&good).unwrap()).unwrap()
    };
    let body = good.split('.').nth(1).unwrap();
    let unsigned = format!("eyJhbGciOiJub25lIiwia2lkIjoidGVzdCJ9.{body}.");
    let forged = sign_with("test", &"x".repeat(32));
    let foreign = sign_with("other", SECRET);
    for token in [
        unsigned.as_str(),
        &forged,
        &foreign,
        "",
        "a.b.c",
        &good[..good.len() - 2],
    ] {
        assert!(
            matches!(refusal(&accounts, token).await, ShopError::Unauthenticated),
            "{token}"
        );
    }
    assert!(accounts.authenticate(Some(&good)).await.is_ok());
}

#[tokio::test]
async fn a_token_does_not_open_the_session_of_another() {
    let (accounts, _database) = accounts().await;
    for email in ["ada@example.com", "eve@example.com"] {
        accounts.register(account(email)).await.unwrap();
    }
    let claims = |token: String| accounts.keys.verify(&token).unwrap();
    let ada = claims(log_in(&accounts, "ada@example.com").await);
    let mut eve = claims(log_in(&accounts, "eve@example.com").await);
    eve.sub = ada.sub;
    let mixed = accounts.keys.sign(&eve).unwrap();
    assert!(matches!(refusal(&accounts, &mixed).await, ShopError::Unauthenticated));
}

#[tokio::test]
async fn a_log_out_ends_its_own_session_at_once() {
    let (accounts, _database) = accounts().await;
    accounts.register(account("ada@example.com")).await.unwrap();
    let (phone, laptop) = (
        log_in(&accounts, "ada@example.com").await,
        log_in(&accounts, "ada@example.com").await,
    );
    let viewer = accounts.authenticate(Some(&phone)).await.unwrap();
    accounts.authenticate(Some(&laptop)).await.unwrap();
    let customer = viewer.customer().unwrap();
    accounts.log_out(&customer).await.unwrap();
    accounts.log_out(&customer).await.unwrap();
    assert!(matches!(refusal(&accounts, &phone).await, ShopError::Unauthenticated));
    assert!(matches!(
        accounts.current_role(customer.user()).await,
        Err(ShopError::Unauthenticated)
    ));
    assert!(accounts.authenticate(Some(&laptop)).await.is_ok());
}

#[tokio::test]
async fn a_warm_session_is_recognised_without_the_database() {
    let (accounts, _database) = accounts().await;
    accounts.register(account("ada@example.com")).await.unwrap();
    let token = log_in(&accounts, "ada@example.com").await;
    let cold = accounts.authenticate(Some(&token)).await.unwrap();
    accounts.db.clone().close().await.unwrap();
    assert_eq!(accounts.authenticate(Some(&token)).await.unwrap(), cold);
    assert!(accounts.current_role(cold.user().unwrap()).await.is_err());
}
