//! Refresh tokens and sessions from outside.

use super::*;

pub(super) const LOG_IN_WHOLE: &str = "mutation($input: LogInInput!) { logIn(input: $input) { accessToken expiresAt refreshToken refreshExpiresAt viewer { id email } userErrors { code path } } }";
pub(super) const REFRESH: &str = "mutation($input: TokenRefreshInput! = {}) { tokenRefresh(input: $input) { accessToken refreshToken viewer { email } userErrors { code path message } } }";
const VIEWER: &str = "{ viewer { email } }";

/// Both tokens of a new log-in.
async fn tokens(guest: &Client, email: &str) -> [String; 2] {
    let input = json!({ "input": { "email": email, "password": PASSWORD } });
    let payload = guest.change(LOG_IN_WHOLE, input).await;
    ["accessToken", "refreshToken"].map(|name| payload[name].as_str().unwrap().to_owned())
}

async fn refresh(guest: &Client, token: &str) -> Value {
    let answer = guest.data(REFRESH, json!({ "input": { "refreshToken": token } })).await;
    answer["tokenRefresh"].clone()
}

fn is_refused(payload: &Value) -> bool {
    payload["userErrors"][0]["code"] == "INVALID_TOKEN"
        && payload["userErrors"][0]["path"] == json!(["input", "refreshToken"])
        && payload["accessToken"].is_null()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_comes_twice_ends_its_session_within_that_request() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        shop.customer().await;
        let guest = shop.guest();
        let [access, first] = tokens(&guest, "customer@example.com").await;
        let next = refresh(&guest, &first).await;
        let (thief, second) = (
            next["accessToken"].as_str().unwrap(),
            next["refreshToken"].as_str().unwrap(),
        );
        assert_ne!(second, first);
        // Both access tokens are warm in the cache.
        for token in [access.as_str(), thief] {
            let seen = guest.with_token(token).data(VIEWER, Value::Null).await;
            assert_eq!(seen["viewer"]["email"], "customer@example.com");
        }
        let reused = refresh(&guest, &first).await;
        assert!(is_refused(&reused), "{reused}");
        for token in [access.as_str(), thief] {
            let answer = guest.with_token(token).run(VIEWER, Value::Null).await;
            assert_eq!(code(&answer), "UNAUTHENTICATED");
        }
        assert!(is_refused(&refresh(&guest, second).await));
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_refreshes_at_once_one_wins_and_its_tokens_die_with_the_family() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        shop.customer().await;
        let guest = shop.guest();
        for _ in 0..3 {
            let [_, first] = tokens(&guest, "customer@example.com").await;
            let (one, two) = tokio::join!(refresh(&guest, &first), refresh(&guest, &first));
            let (winner, loser) = if is_refused(&one) { (two, one) } else { (one, two) };
            assert!(is_refused(&loser), "{winner} {loser}");
            let token = winner["accessToken"].as_str().unwrap();
            let answer = guest.with_token(token).run(VIEWER, Value::Null).await;
            assert_eq!(code(&answer), "UNAUTHENTICATED");
            assert!(is_refused(
                &refresh(&guest, winner["refreshToken"].as_str().unwrap()).await
            ));
        }
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_access_token_dies_with_its_session() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let customer = shop.customer().await;
        let guest = shop.guest();
        let [stolen, refresh_token] = tokens(&guest, "customer@example.com").await;
        let thief = guest.with_token(&*stolen);
        thief.data(VIEWER, Value::Null).await;
        let listed = "{ sessions { id isCurrent userAgent createdAt lastUsedAt expiresAt } }";
        let listed = customer.data(listed, Value::Null).await;
        let sessions = listed["sessions"].as_array().unwrap();
        assert_eq!(sessions.len(), 2, "{listed}");
        let other = sessions.iter().find(|session| session["isCurrent"] == false).unwrap();
        let revoke = "mutation($id: ID!) { sessionRevoke(input: {id: $id}) { revokedId userErrors { code path } } }";
        let by_thief = shop.staff().await.data(revoke, json!({ "id": other["id"] })).await;
        assert_eq!(
            by_thief["sessionRevoke"]["userErrors"],
            json!([{ "code": "NOT_FOUND", "path": ["input", "id"] }]),
            "sessions of others are not there"
        );
        customer.change(revoke, json!({ "id": other["id"] })).await;
        assert_eq!(code(&thief.run(VIEWER, Value::Null).await), "UNAUTHENTICATED");
        assert!(is_refused(&refresh(&guest, &refresh_token).await));
        customer.data(VIEWER, Value::Null).await;
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_everywhere_ends_every_session() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let (one, guest) = (shop.customer().await, shop.guest());
        let [other, refresh_token] = tokens(&guest, "customer@example.com").await;
        let other = guest.with_token(other);
        other.data(VIEWER, Value::Null).await;
        let ended = one
            .change(
                "mutation { logOutEverywhere { endedCount userErrors { code } } }",
                Value::Null,
            )
            .await;
        assert_eq!(ended["endedCount"], 2);
        for client in [&one, &other] {
            assert_eq!(code(&client.run(VIEWER, Value::Null).await), "UNAUTHENTICATED");
        }
        assert!(is_refused(&refresh(&guest, &refresh_token).await));
        shop.stop().await;
    })
    .await;
}

/// Operation, input, and the code and place of the one user error that it must come to.
const REFUSALS: &[(&str, &str, &str, &str)] = &[
    (
        "register",
        "{email: \"x\", password: \"a lovely engine 1843\", name: \"A\"}",
        "INVALID",
        "email",
    ),
    (
        "register",
        "{email: \"a@example.com\", password: \"short\", name: \"A\"}",
        "INVALID",
        "password",
    ),
    (
        "register",
        "{email: \"a@example.com\", password: \"a lovely engine 1843\", name: \" \"}",
        "REQUIRED",
        "name",
    ),
    (
        "register",
        "{email: \"customer@example.com\", password: \"a lovely engine 1843\", name: \"A\"}",
        "TAKEN",
        "email",
    ),
    (
        "logIn",
        "{email: \"customer@example.com\", password: \"wrong\"}",
        "WRONG_CREDENTIALS",
        "",
    ),
    ("tokenRefresh", "{refreshToken: \"x\"}", "INVALID_TOKEN", "refreshToken"),
    ("tokenRefresh", "{}", "INVALID_TOKEN", "refreshToken"),
    ("profileUpdate", "{name: \"\"}", "REQUIRED", "name"),
    (
        "profileUpdate",
        "{email: \"x\", currentPassword: \"P\"}",
        "INVALID",
        "email",
    ),
    (
        "profileUpdate",
        "{email: \"b@example.com\"}",
        "REQUIRED",
        "currentPassword",
    ),
    (
        "profileUpdate",
        "{email: \"b@example.com\", currentPassword: \"wrong\"}",
        "WRONG_CREDENTIALS",
        "currentPassword",
    ),
    (
        "passwordChange",
        "{currentPassword: \"wrong\", newPassword: \"a lovely engine 1843\"}",
        "WRONG_CREDENTIALS",
        "currentPassword",
    ),
    (
        "passwordChange",
        "{currentPassword: \"P\", newPassword: \"password1\"}",
        "INVALID",
        "newPassword",
    ),
    ("passwordResetRequest", "{email: \"x\"}", "INVALID", "email"),
    (
        "passwordReset",
        "{token: \"x\", newPassword: \"a lovely engine 1843\"}",
        "INVALID_TOKEN",
        "token",
    ),
    ("emailVerify", "{token: \"x\"}", "INVALID_TOKEN", "token"),
    (
        "sessionRevoke",
        "{id: \"sess_00000000000000000000000000000001\"}",
        "NOT_FOUND",
        "id",
    ),
    (
        "accountDelete",
        "{password: \"wrong\"}",
        "WRONG_CREDENTIALS",
        "password",
    ),
    (
        "userRoleSet",
        "{id: \"user_00000000000000000000000000000001\", role: STAFF}",
        "NOT_FOUND",
        "id",
    ),
    (
        "userDisable",
        "{id: \"user_00000000000000000000000000000001\"}",
        "NOT_FOUND",
        "id",
    ),
    (
        "userEnable",
        "{id: \"user_00000000000000000000000000000001\"}",
        "NOT_FOUND",
        "id",
    ),
    (
        "userDelete",
        "{id: \"user_00000000000000000000000000000001\"}",
        "NOT_FOUND",
        "id",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_will_not_do_is_told_by_code_and_place() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let (customer, admin) = (shop.customer().await, shop.admin().await);
        for (name, input, expected, place) in REFUSALS {
            let input = input.replace("\"P\"", &format!("\"{PASSWORD}\""));
            let operation = format!("mutation {{ {name}(input: {input}) {{ userErrors {{ code path message }} }} }}");
            let client = if name.starts_with("user") { &admin } else { &customer };
            let payload = client.data(&operation, Value::Null).await;
            let errors = payload[name]["userErrors"].as_array().unwrap();
            let path: Vec<&str> = ["input", place].into_iter().filter(|step| !step.is_empty()).collect();
            assert_eq!(errors.len(), 1, "{name} {input}: {payload}");
            assert_eq!(
                (&errors[0]["code"], &errors[0]["path"]),
                (&json!(expected), &json!(path)),
                "{name} {input}"
            );
        }
        // An id of another kind is not even asked for.
        let other = "mutation { sessionRevoke(input: {id: \"user_00000000000000000000000000000001\"}) { revokedId } }";
        assert_eq!(code(&customer.run(other, Value::Null).await), "BAD_USER_INPUT");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_got_without_sending_one_and_a_dead_header_is_told() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    shop.customer().await;
    let guest = shop.guest();
    let [access, first] = tokens(&guest, "customer@example.com").await;
    let ada = guest.with_token(access);
    ada.change("mutation { logOut { isLoggedOut userErrors { code } } }", Value::Null)
        .await;
    let answer = ada.run(REFRESH, json!({ "input": { "refreshToken": first } })).await;
    assert_eq!(
        code(&answer),
        "UNAUTHENTICATED",
        "a header that opens nothing is always told"
    );
    assert!(is_refused(&refresh(&guest, &first).await), "the session has ended");
    tokens(&guest, "customer@example.com").await;
    shop.stop().await;
}
