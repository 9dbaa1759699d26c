//! What clients see: pages, writes, errors, costs.

use crate::support::TestShop;
use serde_json::json;
use shop::{Role, Viewer};

#[tokio::test]
async fn pages_follow_each_other_by_cursor_and_offset_and_run_no_sql_when_warm() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(shop.product(staff, &format!("Lamp {n}"), &format!("LAMP-{n}")).await);
    }
    let page = "query($after: String) { products(first: 2, after: $after) { edges { node { id price { min { amount currencyCode } } } } pageInfo { endCursor hasNextPage } totalCount } }";
    let mut seen = Vec::new();
    let mut after = json!(null);
    loop {
        let answer = shop.run(Viewer::Guest, page, json!({ "after": after })).await;
        let products = &answer["data"]["products"];
        assert_eq!(products["totalCount"], 5, "{answer}");
        for edge in products["edges"].as_array().unwrap() {
            assert_eq!(
                edge["node"]["price"]["min"],
                json!({ "amount": "19.90", "currencyCode": "USD" })
            );
            seen.push(edge["node"]["id"].as_str().unwrap().to_owned());
        }
        after = products["pageInfo"]["endCursor"].clone();
        if products["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen, ids);
    let before = shop.shop.statements().count();
    let answer = shop.ask(Viewer::Guest, "{ products(first: 2, offset: 3) { nodes { id name slug image { url } brand { name } rating recommendations { items { product { name } score scoreParts { text image } } source } } } }").await;
    let nodes = answer["data"]["products"]["nodes"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(
        nodes
            .iter()
            .map(|node| node["id"].as_str().unwrap())
            .collect::<Vec<_>>(),
        &ids[3..]
    );
    assert_eq!(nodes[0]["recommendations"]["items"].as_array().unwrap().len(), 4);
    assert_eq!(
        shop.shop.statements().count(),
        before,
        "a warm list must not ask the database"
    );
}

#[tokio::test]
async fn totals_and_facets_are_computed_only_when_selected() {
    let shop = TestShop::open().await;
    shop.ask(Viewer::Guest, "{ products { nodes { id } } }").await;
    shop.ask(
        Viewer::Guest,
        "query { products { ...F } } fragment F on ProductConnection { totalCount facets { key } }",
    )
    .await;
    let asked = shop.shelf.asked.lock();
    let wanted: Vec<_> = asked
        .iter()
        .map(|query| (query.want_total, query.want_facets))
        .collect();
    assert_eq!(wanted, [(false, false), (true, true)]);
}

#[tokio::test]
async fn an_update_changes_what_is_named_clears_what_is_null_and_keeps_the_rest() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    let brand = shop
        .ask(
            staff,
            "mutation { brandCreate(input: {name: \"Lumen\"}) { brand { id } } }",
        )
        .await;
    let brand = &brand["data"]["brandCreate"]["brand"]["id"];
    let id = shop.product(staff, "Lamp", "LAMP").await;
    let update = "mutation($input: ProductUpdateInput!) { productUpdate(input: $input) { product { name description brand { name } } userErrors { code path } } }";
    let set = shop
        .run(
            staff,
            update,
            json!({ "input": { "id": id, "description": "Bright.", "brandId": brand } }),
        )
        .await;
    assert_eq!(
        set["data"]["productUpdate"]["product"],
        json!({ "name": "Lamp", "description": "Bright.", "brand": { "name": "Lumen" } })
    );
    let cleared = shop
        .run(staff, update, json!({ "input": { "id": id, "brandId": null } }))
        .await;
    assert_eq!(
        cleared["data"]["productUpdate"]["product"],
        json!({ "name": "Lamp", "description": "Bright.", "brand": null })
    );
}

#[tokio::test]
async fn a_deleted_product_is_gone_for_everybody_and_is_not_deleted_again() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    let first = shop.product(staff, "Lamp", "LAMP").await;
    let gone =
        format!("mutation {{ productDelete(input: {{id: \"{first}\"}}) {{ deletedId userErrors {{ code }} }} }}");
    assert_eq!(
        shop.ask(staff, &gone).await["data"]["productDelete"]["deletedId"],
        json!(first)
    );
    assert_eq!(
        shop.ask(staff, &gone).await["data"]["productDelete"]["userErrors"][0]["code"],
        "NOT_FOUND"
    );
    assert_eq!(
        shop.ask(Viewer::Guest, &format!("{{ node(id: \"{first}\") {{ id }} }}"))
            .await["data"]["node"],
        json!(null)
    );
}

#[tokio::test]
async fn drafts_are_for_staff_alone() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    let id = shop.product(staff, "Lamp", "LAMP").await;
    let hide = format!("mutation {{ productUnpublish(input: {{id: \"{id}\"}}) {{ product {{ status }} }} }}");
    assert_eq!(
        shop.ask(staff, &hide).await["data"]["productUnpublish"]["product"]["status"],
        "DRAFT"
    );
    let product = format!("{{ product(by: {{id: \"{id}\"}}) {{ id }} products {{ nodes {{ id }} }} }}");
    let answer = shop.ask(Viewer::Guest, &product).await;
    assert_eq!(answer["data"], json!({ "product": null, "products": { "nodes": [] } }));
    let admin = shop
        .ask(
            staff,
            "{ adminProducts(where: {status: DRAFT}) { totalCount nodes { id status } } }",
        )
        .await;
    assert_eq!(admin["data"]["adminProducts"]["nodes"][0]["id"], json!(id), "{admin}");
}

#[tokio::test]
async fn registering_logs_in() {
    let shop = TestShop::open().await;
    let register = "mutation { register(input: {email: \"ada@example.com\", password: \"a lovely engine 1843\", name: \"Ada\"}) { accessToken viewer { name role } userErrors { code path } } }";
    let answer = shop.ask(Viewer::Guest, register).await;
    let payload = &answer["data"]["register"];
    assert_eq!(
        payload["viewer"],
        json!({ "name": "Ada", "role": "CUSTOMER" }),
        "{answer}"
    );
    let token = payload["accessToken"].as_str().unwrap();
    let viewer = shop.shop.accounts().authenticate(Some(token)).await.unwrap();
    assert_eq!(
        shop.ask(viewer, "{ viewer { name } }").await["data"]["viewer"]["name"],
        "Ada"
    );
}

#[tokio::test]
async fn every_top_level_error_has_a_code_and_the_request_id() {
    let shop = TestShop::open().await;
    for (operation, code) in [
        ("{ nope }", "BAD_USER_INPUT"),
        ("{ products(", "BAD_USER_INPUT"),
        (
            "{ product(by: {id: \"cat_00000000000000000000000000000001\"}) { id } }",
            "BAD_USER_INPUT",
        ),
        ("{ products(first: 101) { totalCount } }", "BAD_USER_INPUT"),
        ("{ products(after: \"forged\") { totalCount } }", "BAD_USER_INPUT"),
        (
            "{ products(where: {price: {min: \"1e3\"}}) { totalCount } }",
            "BAD_USER_INPUT",
        ),
        ("{ adminProducts { totalCount } }", "UNAUTHENTICATED"),
    ] {
        let answer = shop.ask(Viewer::Guest, operation).await;
        let extensions = &answer["errors"][0]["extensions"];
        assert_eq!(
            extensions,
            &json!({ "code": code, "requestId": "req-1" }),
            "{operation}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_field_that_fails_is_null_where_it_may_be_and_takes_no_neighbour_along() {
    let shop = TestShop::open().await;
    let id = "prod_00000000000000000000000000000001";
    let operation =
        format!("{{ a: adminProduct(id: \"{id}\") {{ id }} viewer {{ id }} b: adminProduct(id: \"{id}\") {{ id }} }}");
    let answer = shop.ask(Viewer::Guest, &operation).await;
    assert_eq!(
        answer["data"],
        json!({ "a": null, "viewer": null, "b": null }),
        "{answer}"
    );
    let mut paths: Vec<_> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["path"].clone())
        .collect();
    paths.sort_by_key(ToString::to_string);
    assert_eq!(paths, [json!(["a"]), json!(["b"])]);
    // What may not be null takes everything up to the next that may along: here, all.
    let answer = shop
        .ask(Viewer::Guest, "{ viewer { id } recommender { isReady } }")
        .await;
    assert_eq!(answer["data"], json!(null), "{answer}");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn cost_multiplies_by_list_sizes_is_reported_and_limited() {
    let shop = TestShop::open().await;
    let cost =
        async |operation: &str| shop.ask(Viewer::Guest, operation).await["extensions"]["cost"]["requested"].as_u64();
    let (small, large) = (
        cost("{ products(first: 10) { nodes { id name } } }").await.unwrap(),
        cost("{ products(first: 100) { nodes { id name } } }").await.unwrap(),
    );
    assert!(large > small * 6, "{small} {large}");
    let greedy =
        "{ products(first: 100) { nodes { recommendations(first: 50) { items { product { id name slug } } } } } }";
    let answer = shop.ask(Viewer::Guest, greedy).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "QUERY_TOO_COMPLEX");
    assert!(answer["extensions"]["cost"]["requested"].as_u64().unwrap() > 20_000);
    let deep = format!(
        "{{ categories {{ {} id {} }} }}",
        "parent { ".repeat(16),
        "}".repeat(16)
    );
    assert_eq!(
        shop.ask(Viewer::Guest, &deep).await["errors"][0]["extensions"]["code"],
        "QUERY_TOO_COMPLEX"
    );
}

#[tokio::test]
async fn the_introspection_of_common_tools_is_within_the_limits() {
    let shop = TestShop::open().await;
    let type_ref = format!(
        "kind name {}kind name{}",
        "ofType { kind name ".repeat(9),
        " }".repeat(9)
    );
    let value = format!("name description type {{ {type_ref} }} defaultValue isDeprecated deprecationReason");
    let query = format!(
        "query IntrospectionQuery {{ __schema {{ description queryType {{ name }} mutationType {{ name }} subscriptionType {{ name }}
         types {{ kind name description specifiedByURL isOneOf fields(includeDeprecated: true) {{ name description
         args(includeDeprecated: true) {{ {value} }} type {{ {type_ref} }} isDeprecated deprecationReason }}
         inputFields(includeDeprecated: true) {{ {value} }} interfaces {{ {type_ref} }}
         enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }} possibleTypes {{ {type_ref} }} }}
         directives {{ name description isRepeatable locations args(includeDeprecated: true) {{ {value} }} }} }} }}"
    );
    let answer = shop.ask(Viewer::Guest, &query).await;
    assert_eq!(answer["errors"], json!(null));
    assert!(answer["data"]["__schema"]["types"].as_array().unwrap().len() > 50);
}

#[tokio::test]
async fn a_cold_list_and_a_cold_detail_cost_a_constant_number_of_statements() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(shop.product(staff, &format!("Chair {n}"), &format!("CHAIR-{n}")).await);
    }
    let keys: Vec<shop::id::ProductId> = ids.iter().map(|id| id.parse().unwrap()).collect();
    let cold = async |operation: &str| {
        shop.shop.catalog().invalidate(&keys);
        let before = shop.shop.statements().count();
        let answer = shop.ask(Viewer::Guest, operation).await;
        assert_eq!(answer["errors"], json!(null));
        shop.shop.statements().count() - before
    };
    let list =
        cold("{ products(first: 12) { nodes { id name recommendations(first: 5) { items { product { id } } } } } }")
            .await;
    assert!((1..=4).contains(&list), "{list} statements for a cold list");
    let detail = cold(&format!(
        "{{ product(by: {{id: \"{}\"}}) {{ name variants {{ sku }} media {{ url }} recommendations {{ items {{ product {{ name }} }} }} }} }}",
        ids[0]
    ))
    .await;
    assert!((1..=6).contains(&detail), "{detail} statements for a cold detail");
    let slug = cold("{ product(by: {slug: \"chair-3\"}) { id name variants { sku } } }").await;
    assert!((1..=5).contains(&slug), "{slug} statements for a cold detail by slug");
}
