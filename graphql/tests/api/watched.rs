//! What many watch is read once.

use crate::support::TestShop;
use futures::StreamExt;
use graphql::News;
use serde_json::json;
use shop::{
    Role, Viewer,
    id::ProductId,
    outbox::{Aspect, Change},
};

#[tokio::test]
async fn a_product_that_many_watch_is_read_once_for_each_change() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    let chair = shop.product(staff, "Chair", "CHAIR").await;
    let id: ProductId = chair.parse().unwrap();
    let watch = format!(
        "subscription {{ productStockChanged(productId: \"{chair}\") {{ variants {{ availableQuantity }} }} }}"
    );
    let left =
        |answer: serde_json::Value| answer["data"]["productStockChanged"]["variants"][0]["availableQuantity"].clone();
    let before = shop.shop.statements().count();
    let mut watchers: Vec<_> = (0..50).map(|_| shop.stream(Viewer::Guest, &watch)).collect();
    for watcher in &mut watchers {
        assert_eq!(left(watcher.next().await.unwrap()), 5);
    }
    let first = shop.shop.statements().count() - before;
    assert!(first <= 2, "{first} statements for the first look");
    let stock =
        "mutation($id: ID!, $stock: Int!) { variantStockSet(input: {id: $id, stock: $stock}) { userErrors { code } } }";
    let variant = format!("{{ product(by: {{id: \"{chair}\"}}) {{ variants {{ id }} }} }}");
    let variant = shop.ask(staff, &variant).await["data"]["product"]["variants"][0]["id"].clone();
    for stock_now in [3, 8] {
        shop.run(staff, stock, json!({ "id": variant, "stock": stock_now }))
            .await;
        let before = shop.shop.statements().count();
        shop.shelf
            .news
            .send(News::Changed(Change::Product(ProductId::generate(), Aspect::Stock)))
            .unwrap();
        shop.shelf
            .news
            .send(News::Changed(Change::Product(id, Aspect::Stock)))
            .unwrap();
        for watcher in &mut watchers {
            assert_eq!(left(watcher.next().await.unwrap()), stock_now);
        }
        let spent = shop.shop.statements().count() - before;
        assert!((1..=2).contains(&spent), "{spent} statements for 50 watchers");
    }
    // The last one to go takes the reader along; who comes later gets another.
    drop(watchers);
    while shop.shelf.news.receiver_count() > 0 {
        tokio::task::yield_now().await;
    }
    shop.run(staff, stock, json!({ "id": variant, "stock": 1 })).await;
    assert_eq!(left(shop.stream(Viewer::Guest, &watch).next().await.unwrap()), 1);
}
