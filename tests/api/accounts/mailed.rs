//! Tokens by mail from outside: a forgotten password, an address to be proved.

use super::*;
use support::token_of;

const RESET_REQUEST: &str =
    "mutation($email: String!) { passwordResetRequest(input: {email: $email}) { isAccepted userErrors { code } } }";
const RESET: &str = "mutation($token: String!, $password: String!) { passwordReset(input: {token: $token, newPassword: $password}) { isReset userErrors { code path } } }";
const VERIFY: &str =
    "mutation($token: String!) { emailVerify(input: {token: $token}) { isVerified userErrors { code path } } }";
const VIEWER: &str = "{ viewer { email isEmailVerified } }";
const NEW: &str = "a lovely engine 1843";

async fn register(guest: &Client, email: &str) -> Client {
    let input = json!({ "email": email, "password": PASSWORD, "name": "Ada" });
    let made = guest.change(REGISTER, json!({ "input": input })).await;
    guest.with_token(made["accessToken"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_set_anew_by_a_mailed_token_once() {
    each_database(async |database| {
        let public = |config: &mut web::config::Config| config.server.public_url = "http://localhost:1".into();
        let shop = TestShop::start(Options::on(database).models(None).configure(public)).await;
        let guest = shop.guest();
        let ada = register(&guest, "ada@example.com").await;
        for email in ["ada@example.com", "nobody@example.com"] {
            let accepted = guest.change(RESET_REQUEST, json!({ "email": email })).await;
            assert_eq!(accepted, json!({ "isAccepted": true, "userErrors": [] }));
        }
        let mail = shop.letter("ada@example.com", "new password").await;
        let token = token_of(&mail);
        assert!(
            mail.contains(&format!("http://localhost:1/reset-password#token={token}")),
            "{mail}"
        );
        let weak = guest
            .data(RESET, json!({ "token": token, "password": "password1" }))
            .await;
        assert_eq!(
            weak["passwordReset"]["userErrors"][0]["path"],
            json!(["input", "newPassword"])
        );
        guest.change(RESET, json!({ "token": token, "password": NEW })).await;
        assert_eq!(
            code(&ada.run(VIEWER, Value::Null).await),
            "UNAUTHENTICATED",
            "every session has ended"
        );
        let again = guest.data(RESET, json!({ "token": token, "password": NEW })).await;
        assert_eq!(again["passwordReset"]["userErrors"][0]["code"], "INVALID_TOKEN");
        let old = log_in(&guest, "ada@example.com", PASSWORD).await;
        assert_eq!(old["data"]["logIn"]["userErrors"][0]["code"], "WRONG_CREDENTIALS");
        let entered = guest.log_in("ada@example.com", NEW).await;
        assert_eq!(
            entered.data(VIEWER, Value::Null).await["viewer"]["isEmailVerified"],
            true
        );
        shop.letter("ada@example.com", "was changed").await;
        assert!(!shop.mails().iter().any(|mail| mail.contains("nobody@example.com")));
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_proved_and_changed_by_mailed_tokens() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let guest = shop.guest();
        let ada = register(&guest, "ada@example.com").await;
        assert_eq!(ada.data(VIEWER, Value::Null).await["viewer"]["isEmailVerified"], false);
        let token = shop.mailed_token("ada@example.com", "Confirm").await;
        guest.change(VERIFY, json!({ "token": token })).await;
        assert_eq!(ada.data(VIEWER, Value::Null).await["viewer"]["isEmailVerified"], true);
        let update = "mutation($input: ProfileUpdateInput!) { profileUpdate(input: $input) { viewer { name email } pendingEmail userErrors { code path } } }";
        let input = json!({ "name": "Ada L.", "email": "lovelace@example.com", "currentPassword": PASSWORD });
        let updated = ada.change(update, json!({ "input": input })).await;
        let viewer = json!({ "name": "Ada L.", "email": "ada@example.com" });
        assert_eq!((&updated["viewer"], &updated["pendingEmail"]), (&viewer, &"lovelace@example.com".into()));
        let token = shop.mailed_token("lovelace@example.com", "Confirm").await;
        guest.change(VERIFY, json!({ "token": token })).await;
        let viewer = ada.data(VIEWER, Value::Null).await;
        assert_eq!(viewer["viewer"], json!({ "email": "lovelace@example.com", "isEmailVerified": true }));
        shop.letter("ada@example.com", "was changed").await;
        let nothing = "mutation { emailVerificationRequest { isAccepted userErrors { code } } }";
        ada.change(nothing, Value::Null).await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_mail_is_slowed_and_told_how_long_to_wait() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    let guest = shop.guest();
    for email in ["ada@example.com", "nobody@example.com"] {
        let mut last = Value::Null;
        for _ in 0..4 {
            last = guest.run(RESET_REQUEST, json!({ "email": email })).await;
        }
        assert_eq!(code(&last), "RATE_LIMITED", "{last}");
        let wait = last["errors"][0]["extensions"]["retryAfter"].as_u64().unwrap();
        assert!((1..=60).contains(&wait), "{last}");
    }
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_deleted_by_its_owner_and_nothing_personal_stays() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let guest = shop.guest();
        let ada = register(&guest, "ada@example.com").await;
        let delete = "mutation($password: String!) { accountDelete(input: {password: $password}) { isDeleted userErrors { code } } }";
        ada.change(delete, json!({ "password": PASSWORD })).await;
        assert_eq!(code(&ada.run(VIEWER, Value::Null).await), "UNAUTHENTICATED");
        let gone = log_in(&guest, "ada@example.com", PASSWORD).await;
        assert_eq!(gone["data"]["logIn"]["userErrors"][0]["code"], "WRONG_CREDENTIALS");
        register(&guest, "ada@example.com").await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_shop_keeps_its_mail_until_there_is_a_way_to_send_it() {
    each_database(async |database| {
        let real = |config: &mut web::config::Config| {
            config.shop.demo = false;
            config.auth.keys[0].secret = "a secret that nobody published".repeat(2);
        };
        let shop = TestShop::start(Options::on(database).models(None).configure(real)).await;
        register(&shop.guest(), "ada@example.com").await;
        let place = shop.stop().await;
        let outbox = place.directory().join("outbox");
        assert!(!outbox.exists(), "a real shop writes no files by itself");
        let with_outbox = move |config: &mut web::config::Config| {
            real(config);
            config.mail.outbox = Some(config.data_dir.0.join("outbox"));
        };
        let shop = TestShop::start_at(place, Options::on(database).models(None).configure(with_outbox)).await;
        let token = shop.mailed_token("ada@example.com", "Confirm").await;
        shop.guest().change(VERIFY, json!({ "token": token })).await;
        shop.stop().await;
    })
    .await;
}
