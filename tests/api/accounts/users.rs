//! Users as administrators see and change them, from outside.

use super::*;

const USERS: &str = "query($where: UserWhere, $first: Int, $after: String, $offset: Int) { users(where: $where, first: $first, after: $after, offset: $offset) { totalCount pageInfo { hasNextPage endCursor } nodes { id email name role isEnabled isEmailVerified } } }";
const FIELDS: &str = "{ user { id name email role isEnabled deletedAt } userErrors { code path } }";

fn change(name: &str, input: &str) -> String {
    format!("mutation {{ {name}(input: {{{input}}}) {FIELDS} }}")
}

async fn id_of(client: &Client) -> String {
    let viewer = client.data("{ viewer { id } }", Value::Null).await;
    viewer["viewer"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_finds_changes_shuts_out_and_deletes_users() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let (customer, staff, admin) = (shop.customer().await, shop.staff().await, shop.admin().await);
        let all = admin.data(USERS, json!({ "first": 2 })).await["users"].clone();
        assert_eq!(
            (&all["totalCount"], all["nodes"].as_array().unwrap().len()),
            (&json!(3), 2)
        );
        let after = &all["pageInfo"]["endCursor"];
        let rest = admin.data(USERS, json!({ "first": 2, "after": after })).await["users"].clone();
        assert_eq!(rest["nodes"][0]["role"], "ADMIN", "{rest}");
        assert_eq!(rest["pageInfo"]["hasNextPage"], false);
        let found = json!({ "where": { "text": "STAFF@", "role": "STAFF", "isEnabled": true } });
        let found = admin.data(USERS, found).await["users"].clone();
        assert_eq!(
            (&found["totalCount"], &found["nodes"][0]["email"]),
            (&json!(1), &json!("staff@example.com"))
        );
        for bad in [
            json!({ "first": 0 }),
            json!({ "after": "forged" }),
            json!({ "after": after, "offset": 1 }),
        ] {
            assert_eq!(code(&admin.run(USERS, bad).await), "BAD_USER_INPUT");
        }

        let id = id_of(&staff).await;
        let changed = admin
            .change(
                &change("userRoleSet", &format!("id: \"{id}\", role: CUSTOMER")),
                Value::Null,
            )
            .await;
        assert_eq!(changed["user"]["role"], "CUSTOMER");
        assert_eq!(
            code(&staff.run("{ adminProducts { totalCount } }", Value::Null).await),
            "FORBIDDEN"
        );

        let id = id_of(&customer).await;
        let by_id = format!("id: \"{id}\"");
        let out = admin.change(&change("userDisable", &by_id), Value::Null).await;
        assert_eq!(out["user"]["isEnabled"], false);
        assert_eq!(
            code(&customer.run("{ viewer { id } }", Value::Null).await),
            "UNAUTHENTICATED"
        );
        let refused = log_in(&shop.guest(), "customer@example.com", PASSWORD).await;
        assert_eq!(refused["data"]["logIn"]["userErrors"][0]["code"], "WRONG_CREDENTIALS");
        admin.change(&change("userEnable", &by_id), Value::Null).await;
        shop.guest().log_in("customer@example.com", PASSWORD).await;

        let gone = admin.change(&change("userDelete", &by_id), Value::Null).await;
        assert_eq!(gone["user"]["name"], "Deleted user");
        let one = admin
            .data(
                &format!("{{ user(id: \"{id}\") {{ name email deletedAt }} }}"),
                Value::Null,
            )
            .await;
        assert!(
            one["user"]["deletedAt"].is_string() && !one.to_string().contains("customer@"),
            "{one}"
        );
        let again = admin.data(&change("userEnable", &by_id), Value::Null).await;
        assert_eq!(again["userEnable"]["userErrors"][0]["code"], "NOT_FOUND");
        assert_eq!(admin.data(USERS, json!({})).await["users"]["totalCount"], 2);
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_an_administrator_reaches_users() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    let id = id_of(&shop.admin().await).await;
    for (client, expected) in [
        (shop.guest(), "UNAUTHENTICATED"),
        (shop.customer().await, "FORBIDDEN"),
        (shop.staff().await, "FORBIDDEN"),
    ] {
        let reads = [
            "{ users { totalCount } }".to_owned(),
            format!("{{ user(id: \"{id}\") {{ email }} }}"),
        ];
        let role = format!("id: \"{id}\", role: CUSTOMER");
        let by_id = format!("id: \"{id}\"");
        let writes = [
            change("userRoleSet", &role),
            change("userDisable", &by_id),
            change("userEnable", &by_id),
            change("userDelete", &by_id),
        ];
        for operation in reads.iter().chain(&writes) {
            let answer = client.run(operation, Value::Null).await;
            assert_eq!(code(&answer), expected, "{operation}");
        }
    }
    let dump = "{ __schema { types { name fields { name } } } }";
    let schema = shop.guest().data(dump, Value::Null).await.to_string().to_lowercase();
    assert!(!schema.contains("hash"), "no hash has a way out");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_is_refused_at_once_after_their_demotion() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let admin = shop.admin().await;
        shop.place().ensure_user("other@example.com", Role::Admin).await;
        let other = shop.guest().log_in("other@example.com", PASSWORD).await;
        other.data(USERS, json!({})).await;
        let demote = format!("id: \"{}\", role: STAFF", id_of(&other).await);
        admin.change(&change("userRoleSet", &demote), Value::Null).await;
        assert_eq!(code(&other.run(USERS, json!({})).await), "FORBIDDEN");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_can_always_run_the_shop() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let admin = shop.admin().await;
        let id = id_of(&admin).await;
        let by_id = format!("id: \"{id}\"");
        let role = format!("id: \"{id}\", role: STAFF");
        for operation in [
            change("userRoleSet", &role),
            change("userDisable", &by_id),
            change("userDelete", &by_id),
            format!("mutation {{ accountDelete(input: {{password: \"{PASSWORD}\"}}) {{ userErrors {{ code }} }} }}"),
        ] {
            let payload = admin.data(&operation, Value::Null).await;
            let payload = payload.as_object().unwrap().values().next().unwrap();
            assert_eq!(payload["userErrors"][0]["code"], "LAST_ADMIN", "{operation}: {payload}");
        }
        shop.place().ensure_user("other@example.com", Role::Admin).await;
        let other = shop.guest().log_in("other@example.com", PASSWORD).await;
        // Each would take the other away: one of them must fail, whoever comes first.
        let others = format!("id: \"{}\"", id_of(&other).await);
        let (delete, demote) = (change("userDelete", &others), change("userRoleSet", &role));
        tokio::join!(admin.run(&delete, Value::Null), other.run(&demote, Value::Null));
        assert!(shop.app.shop.accounts().has_admin().await.unwrap());
        shop.stop().await;
    })
    .await;
}
