//! Many buyers of few pieces: exactly as many orders as pieces, by one process and by two.

use super::{books::Books, dose};
use crate::faults::{serve, staff_of};
use futures::future::join_all;
use support::{Client, DatabaseKind, NewProduct, PATIENCE, Place, Shopper, each_database, eventually, postgres_url};

const BUYERS: usize = 64;
const PIECES: i64 = 10;

/// 64 buyers through these doors, in rounds, each for a fresh product of ten pieces.
async fn rush(place: &Place, doors: &[Client], rounds: usize) {
    let staff = staff_of(place, &doors[0]).await;
    let enter = (0..BUYERS).map(|number| Shopper::enter(doors[number % doors.len()].clone()));
    let buyers = join_all(enter).await;
    let books = Books::open(place).await;
    for round in 0..rounds {
        let new = NewProduct::named("Rare kettle").with(serde_json::json!({ "variants": [
            { "sku": format!("RARE-{round}"), "price": "20.00", "stock": PIECES }] }));
        let kettle = staff.create(new).await;
        let filled = join_all(buyers.iter().map(|buyer| buyer.add(&kettle.variant, 1))).await;
        let quotes: Vec<String> = filled
            .iter()
            .map(|payload| {
                payload["cart"]["quote"]
                    .as_str()
                    .unwrap_or_else(|| panic!("{payload}"))
                    .to_owned()
            })
            .collect();
        let key = format!("round-{round}");
        let placed = join_all(
            buyers
                .iter()
                .zip(&quotes)
                .map(|(buyer, quote)| buyer.place(quote, &key)),
        )
        .await;
        let (orders, refused): (Vec<_>, Vec<_>) = placed.iter().partition(|payload| !payload["order"].is_null());
        for payload in refused {
            assert_eq!(payload["userErrors"][0]["code"], "INSUFFICIENT_STOCK", "{payload}");
            assert_eq!(payload["userErrors"][0]["available"], 0);
        }
        assert_eq!(orders.len() as i64, PIECES, "round {round}");
        let empty =
            "mutation($input: CartLinesRemoveInput!) { cartLinesRemove(input: $input) { userErrors { code } } }";
        let input = serde_json::json!({ "input": { "variantIds": [kettle.variant] } });
        join_all(buyers.iter().map(|buyer| buyer.client.change(empty, input.clone()))).await;
    }
    books.audit().await;
    assert_eq!(
        books.count("SELECT count(*) FROM shop_order").await,
        PIECES * rounds as i64
    );
    // Nobody pays in time.
    books.execute("UPDATE shop_order SET reserved_until = placed_at").await;
    eventually("nothing is promised any more", PATIENCE * 3, async || {
        match books
            .count("SELECT COALESCE(SUM(stock_reserved), 0) FROM variant")
            .await
        {
            0 => Ok(()),
            reserved => Err(reserved),
        }
    })
    .await;
    books.audit().await;
    let free = books.count("SELECT COALESCE(SUM(stock_on_hand), 0) FROM variant").await;
    assert_eq!(free, PIECES * rounds as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_pieces_make_ten_orders_however_many_want_them() {
    each_database(async |database| {
        let place = Place::new(database).await;
        let (mut server, door) = serve(&place).await;
        rush(&place, &[door], dose(2, 50)).await;
        server.kill().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_database_sell_no_piece_twice() {
    if postgres_url().is_none() {
        return;
    }
    let place = Place::new(DatabaseKind::Postgres).await;
    let (mut first, door) = serve(&place).await;
    let (mut second, other) = serve(&place).await;
    rush(&place, &[door, other], dose(2, 50)).await;
    first.kill().await.unwrap();
    second.kill().await.unwrap();
}
