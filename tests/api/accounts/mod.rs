//! Accounts from outside: registering, logging in, what each role may do, guessing, logs.

mod cookies;
mod mailed;
mod tokens;
mod users;

use serde_json::{Value, json};
use shop::{
    Role,
    accounts::{LogIn, NewAccount, Password},
};
use support::{Client, DatabaseKind, Logs, NewProduct, Options, PASSWORD, Place, TestShop, each_database};
use web::{config::FirstAdmin, database::open_shop, demo, people};

const REGISTER: &str = "mutation($input: RegisterInput!) { register(input: $input) { accessToken expiresAt viewer { id email name role } userErrors { code path message } } }";
const LOG_IN: &str = "mutation($input: LogInInput!) { logIn(input: $input) { accessToken viewer { email role } userErrors { code path message } } }";

async fn log_in(client: &Client, email: &str, password: &str) -> Value {
    client
        .run(LOG_IN, json!({ "input": { "email": email, "password": password } }))
        .await
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_registers_logs_in_and_out() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let guest = shop.guest();
        let input = json!({ "email": "Ada@Example.com", "password": "a lovely engine 1843", "name": "Ada" });
        let made = guest.change(REGISTER, json!({ "input": input })).await;
        assert_eq!(
            (&made["viewer"]["name"], &made["viewer"]["role"]),
            (&"Ada".into(), &"CUSTOMER".into())
        );
        let taken = guest.data(REGISTER, json!({ "input": input })).await;
        assert_eq!(taken["register"]["userErrors"][0]["code"], "TAKEN");
        let weak = json!({ "email": "b@example.com", "password": "password", "name": "B" });
        let weak = guest.data(REGISTER, json!({ "input": weak })).await;
        assert_eq!(
            weak["register"]["userErrors"][0]["path"],
            json!(["input", "password"]),
            "{weak}"
        );

        let entered = log_in(&guest, "ada@example.com", "a lovely engine 1843").await;
        let token = entered["data"]["logIn"]["accessToken"].as_str().unwrap();
        let ada = guest.with_token(token);
        let viewer = "{ viewer { email name } }";
        let seen = ada.data(viewer, Value::Null).await;
        assert_eq!(seen["viewer"]["name"], "Ada");
        assert_eq!(guest.data(viewer, Value::Null).await["viewer"], Value::Null);
        ada.change("mutation { logOut { isLoggedOut userErrors { code } } }", Value::Null)
            .await;
        assert_eq!(code(&ada.run(viewer, Value::Null).await), "UNAUTHENTICATED");
        // The session of the registration is another one.
        let other = guest.with_token(made["accessToken"].as_str().unwrap());
        assert_eq!(other.data(viewer, Value::Null).await["viewer"]["name"], "Ada");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    shop.customer().await;
    let guest = shop.guest();
    let wrong = log_in(&guest, "customer@example.com", "not the password 1").await;
    let unknown = log_in(&guest, "nobody@example.com", "not the password 1").await;
    let malformed = log_in(&guest, "not an address", "not the password 1").await;
    assert_eq!(wrong["data"], unknown["data"]);
    assert_eq!(wrong["data"], malformed["data"]);
    assert_eq!(wrong["data"]["logIn"]["userErrors"][0]["code"], "WRONG_CREDENTIALS");
    assert_eq!(wrong["data"]["logIn"]["accessToken"], Value::Null);
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_and_customers_change_nothing() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let kettle = shop.staff().await.create(NewProduct::named("Steel kettle")).await;
        let (id, variant) = (&kettle.id, &kettle.variant);
        let changes = [
            "productCreate(input: {name: \"X\", variants: [{sku: \"X\"}]}) { product { id } }".to_owned(),
            format!("productUpdate(input: {{id: \"{id}\", name: \"Stolen\"}}) {{ product {{ id }} }}"),
            format!("productDelete(input: {{id: \"{id}\"}}) {{ deletedId }}"),
            format!("productUnpublish(input: {{id: \"{id}\"}}) {{ product {{ id }} }}"),
            format!("variantStockSet(input: {{id: \"{variant}\", stock: 0}}) {{ variant {{ id }} }}"),
            format!("variantUpdate(input: {{id: \"{variant}\", price: \"0.01\"}}) {{ variant {{ id }} }}"),
            "brandCreate(input: {name: \"X\"}) { brand { id } }".to_owned(),
            "categoryCreate(input: {name: \"X\"}) { category { id } }".to_owned(),
            "productReindex(input: {}) { count }".to_owned(),
        ];
        for (client, expected) in [(shop.guest(), "UNAUTHENTICATED"), (shop.customer().await, "FORBIDDEN")] {
            for change in &changes {
                let answer = client.run(&format!("mutation {{ {change} }}"), Value::Null).await;
                assert_eq!(code(&answer), expected, "{change}: {answer}");
            }
        }
        let page = "query($id: ID!) { product(by: {id: $id}) { name isAvailable price { min { amount } } } brands { id } categories { id } }";
        let page = shop.guest().data(page, json!({ "id": id })).await;
        let unchanged = json!({ "name": "Steel kettle", "isAvailable": true, "price": { "min": { "amount": "20.00" } } });
        assert_eq!(page, json!({ "product": unchanged, "brands": [], "categories": [] }));
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_demoted_is_refused_with_the_next_change_even_by_another_node() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let staff = shop.staff().await;
        let kettle = staff.create(NewProduct::named("Steel kettle")).await;
        let admin = shop.admin().await;
        let id = staff.data("{ viewer { id } }", Value::Null).await["viewer"]["id"].clone();
        // Another node on the same database: what it does, this one is not told.
        let node = open_shop(shop.config()).await.unwrap();
        let viewer = node.accounts().authenticate(admin.token()).await.unwrap();
        let admin = viewer.admin(&node).await.unwrap();
        let id = id.as_str().unwrap().parse().unwrap();
        admin.users().set_role(id, Role::Customer).await.unwrap();
        let rename = format!(
            "mutation {{ productUpdate(input: {{id: \"{}\", name: \"X\"}}) {{ product {{ id }} }} }}",
            kettle.id
        );
        assert_eq!(code(&staff.run(&rename, Value::Null).await), "FORBIDDEN");
        admin.users().set_enabled(id, false).await.unwrap();
        assert_eq!(code(&staff.run(&rename, Value::Null).await), "UNAUTHENTICATED");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_shop_gets_its_first_administrator_from_the_settings_once() {
    each_database(async |database| {
        let place = Place::new(database).await;
        let mut config = place.config();
        config.shop.demo = false;
        let shop = open_shop(&config).await.unwrap();
        people::prepare(&config, &shop).await.unwrap();
        assert!(!shop.accounts().has_admin().await.unwrap(), "nobody was named");

        let mut weak = config.clone();
        let named = |password: &str| {
            Some(FirstAdmin {
                email: "owner@example.org".into(),
                password: password.into(),
            })
        };
        weak.auth.first_admin = named("password");
        let refusal = format!("{:#}", people::prepare(&weak, &shop).await.unwrap_err());
        assert!(
            refusal.contains("auth.first_admin") && refusal.contains("password"),
            "{refusal}"
        );

        weak.auth.first_admin = named(demo::users()[0].password);
        let refusal = people::prepare(&weak, &shop).await.unwrap_err().to_string();
        assert!(refusal.contains("published"), "{refusal}");

        let customer = NewAccount {
            email: "customer@example.org".into(),
            password: Password::from(PASSWORD),
            name: "Somebody".into(),
        };
        shop.accounts().register(customer).await.unwrap();
        config.auth.first_admin = named(PASSWORD).map(|first| FirstAdmin {
            email: "customer@example.org".into(),
            ..first
        });
        let refusal = people::prepare(&config, &shop).await.unwrap_err().to_string();
        assert!(refusal.contains("without administration"), "{refusal}");

        config.auth.first_admin = named(PASSWORD);
        people::prepare(&config, &shop).await.unwrap();
        config.auth.first_admin = named("another long password 9");
        people::prepare(&config, &shop).await.unwrap();
        let log_in = LogIn {
            email: "owner@example.org".into(),
            password: PASSWORD.into(),
            address: None,
            user_agent: None,
        };
        let owner = shop.accounts().log_in(log_in).await.unwrap();
        assert_eq!(owner.profile.role, Role::Admin);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_shop_refuses_a_database_that_published_passwords_open() {
    let place = Place::new(DatabaseKind::Sqlite).await;
    let mut config = place.config();
    let shop = open_shop(&config).await.unwrap();
    let grace = demo::users()[0];
    let account = NewAccount {
        email: grace.email.into(),
        password: Password::from(grace.password),
        name: grace.name.into(),
    };
    shop.accounts().ensure_demo_user(account, grace.role).await.unwrap();
    people::prepare(&config, &shop).await.expect("a demo shop may");
    config.shop.demo = false;
    let refusal = people::prepare(&config, &shop).await.unwrap_err().to_string();
    assert!(refusal.contains("published password"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_shop_is_not_seeded_with_published_passwords() {
    let place = Place::new(DatabaseKind::Sqlite).await;
    let seed = tokio::process::Command::new(crate::faults::program())
        .arg("seed")
        .current_dir(place.directory())
        .env("MYSHOP_DATA_DIR", place.directory())
        .env("MYSHOP_SHOP__DEMO", "false")
        .env(
            "MYSHOP_AUTH__KEYS",
            format!("[{{kid=\"a\",secret=\"{}\"}}]", "s".repeat(40)),
        )
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&seed.stderr);
    assert!(!seed.status.success() && said.contains("published passwords"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_and_told_how_long_to_wait() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    shop.customer().await;
    let guest = shop.guest();
    let mut last = Value::Null;
    for _ in 0..11 {
        last = log_in(&guest, "customer@example.com", "not the password 1").await;
    }
    assert_eq!(code(&last), "RATE_LIMITED", "{last}");
    let wait = last["errors"][0]["extensions"]["retryAfter"].as_u64().unwrap();
    assert!((1..=900).contains(&wait), "{last}");
    let right = log_in(&guest, "customer@example.com", PASSWORD).await;
    assert_eq!(
        code(&right),
        "RATE_LIMITED",
        "the right password is no way around: {right}"
    );
    let somebody_else = log_in(&guest, "nobody@example.com", "x").await;
    assert_eq!(
        somebody_else["data"]["logIn"]["userErrors"][0]["code"],
        "WRONG_CREDENTIALS"
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_token_or_address_is_ever_logged() {
    let logs = Logs::capture();
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite)).await;
    let guest = shop.guest();
    let secret = "a lovely engine 1843";
    let input = json!({ "email": "ada@example.com", "password": secret, "name": "Ada Lovelace" });
    let made = guest.change(REGISTER, json!({ "input": input })).await;
    guest.data(REGISTER, json!({ "input": input })).await;
    let entered = log_in(&guest, "ada@example.com", secret).await;
    log_in(&guest, "ada@example.com", "a wrong engine 1843").await;
    let tokens = [&made["accessToken"], &entered["data"]["logIn"]["accessToken"]].map(|token| token.as_str().unwrap());
    let ada = guest.with_token(tokens[0]);
    ada.run("{ viewer { email } nope }", Value::Null).await;
    ada.run("{ adminProducts { totalCount } }", Value::Null).await;
    let inline =
        format!("mutation {{ logIn(input: {{email: \"ada@example.com\", password: \"{secret}\"}}) {{ nope }} }}");
    guest.run(&inline, Value::Null).await;
    guest
        .with_token(format!("{}x", tokens[1]))
        .run("{ viewer { id } }", Value::Null)
        .await;
    let more = secrets_of_a_long_story(&shop).await;
    let staff = shop.staff().await;
    let kettle = staff.create(NewProduct::named("Steel kettle")).await;
    let buyer = support::Shopper::enter(shop.guest()).await;
    let cart = buyer.cart().await["token"].as_str().unwrap().to_owned();
    let order = buyer.order(&kettle.variant, 1).await;
    buyer.pay(&order).await;
    let order_token = order["token"].as_str().unwrap();
    guest.get(order["receiptUrl"].as_str().unwrap()).send().await.unwrap();
    guest.find_order(json!({ "id": order["id"] }), Some(order_token)).await;
    shop.settled().await;
    shop.stop().await;
    let text = logs.text();
    assert!(text.contains("/graphql"), "requests are logged");
    assert!(text.contains("a used refresh token came again"), "so is reuse");
    assert!(text.contains("mail sent"), "so is mail");
    let secrets = [
        secret,
        "a wrong engine",
        PASSWORD,
        tokens[0],
        tokens[1],
        staff.token().unwrap(),
        "ada@example.com",
        "eve@example.com",
        "Lovelace",
        "St James",
        &cart,
        order_token,
    ];
    for secret in secrets.into_iter().chain(more.iter().map(String::as_str)) {
        let line = text.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "logged: {secret}");
    }
}

/// Refreshes twice with one token, comes with cookies, resets a password, proves an address;
/// gives every token that played a part.
async fn secrets_of_a_long_story(shop: &TestShop) -> Vec<String> {
    let guest = shop.guest();
    let input = json!({ "email": "eve@example.com", "password": PASSWORD, "name": "Eve" });
    guest.change(REGISTER, json!({ "input": input })).await;
    let input = json!({ "email": "eve@example.com", "password": PASSWORD });
    let entered = guest.change(tokens::LOG_IN_WHOLE, json!({ "input": input })).await;
    let mut secrets: Vec<String> = ["accessToken", "refreshToken"]
        .map(|name| entered[name].as_str().unwrap().to_owned())
        .into();
    for _ in 0..2 {
        let input = json!({ "input": { "refreshToken": secrets[1] } });
        let next = guest.data(tokens::REFRESH, input).await["tokenRefresh"].clone();
        secrets.extend(
            ["accessToken", "refreshToken"]
                .iter()
                .filter_map(|name| next[*name].as_str().map(str::to_owned)),
        );
    }
    let cookie = format!("myshop_access={}; myshop_refresh={}", secrets[0], secrets[1]);
    for origin in ["https://evil.example", "http://localhost"] {
        let body = json!({ "query": tokens::REFRESH });
        let request = guest.post("/graphql").json(&body).header("cookie", cookie.as_str());
        request.header("origin", origin).send().await.unwrap();
    }
    let verification = shop.mailed_token("eve@example.com", "Confirm").await;
    let reset =
        "mutation { passwordResetRequest(input: {email: \"eve@example.com\"}) { isAccepted userErrors { code } } }";
    guest.change(reset, Value::Null).await;
    let reset = shop.mailed_token("eve@example.com", "new password").await;
    for (name, input) in [
        ("emailVerify", format!("token: \"{verification}\"")),
        (
            "passwordReset",
            format!("token: \"{reset}\", newPassword: \"another engine 1844\""),
        ),
    ] {
        let operation = format!("mutation {{ {name}(input: {{{input}}}) {{ userErrors {{ code }} }} }}");
        guest.change(&operation, Value::Null).await;
        guest.run(&operation.replace("code", "nope"), Value::Null).await;
    }
    secrets.extend([verification, reset, "another engine".to_owned()]);
    secrets
}
