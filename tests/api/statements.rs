//! SQL statements of reads, counted where nothing runs in the background.

use crate::live::small_shop;
use serde_json::{Value, json};
use shop::id::ProductId;
use support::{Client, NewProduct, Options, Product, TestShop, each_database};

const DETAIL: &str = "query($slug: String!) { product(by: {slug: $slug}) { id name description price { min { amount currencyCode } }
    variants { id sku price { amount } availableQuantity } media { url alt } brand { name } categoryPath { name slug }
    recommendations(first: 8) { source items { score product { id name slug price { min { amount } } image { url } } } } } }";

/// A filled shop that stands still: everything embedded, category and brand in place.
pub(crate) async fn still_shop(options: Options) -> (TestShop, [Product; 4]) {
    let (shop, staff, products) = small_shop(options).await;
    let create = "mutation($parent: ID) { categoryCreate(input: {name: \"NAME\", parentId: $parent}) { category { id } userErrors { code } } }";
    let kitchen = staff.change(&create.replace("NAME", "Kitchen"), json!({})).await["category"]["id"].clone();
    let kettles = staff
        .change(&create.replace("NAME", "Kettles"), json!({ "parent": kitchen }))
        .await["category"]["id"]
        .clone();
    let brand = "mutation { brandCreate(input: {name: \"Lumen\"}) { brand { id } userErrors { code } } }";
    let brand = staff.change(brand, Value::Null).await["brand"]["id"].clone();
    staff
        .update(&products[0].id, json!({ "categoryId": kettles, "brandId": brand }))
        .await;
    for n in 0..20 {
        staff.create(NewProduct::named(&format!("Copper kettle {n}"))).await;
    }
    shop.settled().await;
    (shop.stand_still().await, products)
}

/// Statements of one operation, and its data.
pub(crate) async fn statements(shop: &TestShop, client: &Client, operation: &str, variables: Value) -> (u64, Value) {
    let before = shop.app.shop.statements().count();
    let data = client.data(operation, variables).await;
    (shop.app.shop.statements().count() - before, data)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_page_costs_few_statements_cold_and_none_warm() {
    each_database(async |database| {
        let (shop, [kettle, ..]) = still_shop(Options::on(database)).await;
        let guest = shop.guest();
        let variables = json!({ "slug": kettle.slug });
        let (cold, data) = statements(&shop, &guest, DETAIL, variables.clone()).await;
        let product = &data["product"];
        assert_eq!(product["categoryPath"].as_array().unwrap().len(), 2, "{data}");
        assert_eq!(
            product["recommendations"]["items"].as_array().unwrap().len(),
            8,
            "{data}"
        );
        assert_eq!(product["recommendations"]["source"], "VECTORS");
        assert!((1..=5).contains(&cold), "{cold} statements");
        let (warm, again) = statements(&shop, &guest, DETAIL, variables).await;
        assert_eq!((warm, &again), (0, &data));
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn products_by_id_cost_the_same_however_many_and_nothing_warm() {
    each_database(async |database| {
        let (shop, products) = still_shop(Options::on(database)).await;
        let guest = shop.guest();
        let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Product { name slug price { min { amount } } image { url } brand { name } rating variants { sku } } } }";
        let ids: Vec<&str> = products.iter().map(|product| product.id.as_str()).collect();
        let keys: Vec<ProductId> = ids.iter().map(|id| id.parse().unwrap()).collect();
        let mut cold = Vec::new();
        for count in [1, 2, 4] {
            shop.app.shop.catalog().invalidate(&keys);
            let variables = json!({ "ids": ids[..count] });
            cold.push(statements(&shop, &guest, nodes, variables.clone()).await.0);
            assert_eq!(statements(&shop, &guest, nodes, variables).await.0, 0, "warm, {count} products");
        }
        assert!((1..=2).contains(&cold[0]) && cold[1] == cold[2] && (1..=3).contains(&cold[1]), "{cold:?}");
        let one = format!("{{ node(id: \"{}\") {{ ... on Product {{ name }} }} }}", ids[0]);
        assert_eq!(statements(&shop, &guest, &one, Value::Null).await.0, 0);
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logged_in_reader_costs_nothing_more_when_warm() {
    each_database(async |database| {
        let (shop, [kettle, ..]) = still_shop(Options::on(database)).await;
        let customer = shop.customer().await;
        let variables = json!({ "slug": kettle.slug });
        statements(&shop, &customer, DETAIL, variables.clone()).await;
        assert_eq!(statements(&shop, &customer, DETAIL, variables).await.0, 0);
        shop.stop().await;
    })
    .await;
}
