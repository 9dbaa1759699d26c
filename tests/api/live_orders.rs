//! What comes by itself over graphql-transport-ws: to whom it belongs, whoever made the change.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use support::{Client, NewProduct, Options, PATIENCE, Shopper, TestShop, each_database};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{ClientRequestBuilder, Message},
};

/// A client of graphql-transport-ws.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    fn request(client: &Client) -> ClientRequestBuilder {
        let url = client.url("/graphql").replace("http://", "ws://");
        ClientRequestBuilder::new(url.parse().unwrap()).with_sub_protocol("graphql-transport-ws")
    }

    pub(crate) async fn open(client: &Client) -> Self {
        let (stream, _) = tokio_tungstenite::connect_async(Self::request(client)).await.unwrap();
        let mut socket = Self(stream);
        let payload = client
            .token()
            .map(|token| json!({ "authorization": format!("Bearer {token}") }));
        socket
            .send(json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(socket.next().await["type"], "connection_ack");
        socket
    }

    async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    pub(crate) async fn subscribe(&mut self, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "type": "subscribe", "id": "1", "payload": payload }))
            .await;
    }

    /// The next message that is no ping.
    pub(crate) async fn next(&mut self) -> Value {
        let next = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => {
                        let message: Value = serde_json::from_str(&text).unwrap();
                        if message["type"] != "ping" {
                            return message;
                        }
                    }
                    Some(Ok(Message::Close(frame))) => return json!({ "closed": format!("{frame:?}") }),
                    Some(Ok(_)) => {}
                    other => return json!({ "ended": format!("{other:?}") }),
                }
            }
        };
        tokio::time::timeout(PATIENCE, next)
            .await
            .expect("a message comes in time")
    }

    /// Messages until one holds.
    pub(crate) async fn until(&mut self, holds: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.next().await;
            if holds(&message) {
                return message;
            }
            assert_eq!(message["type"], "next", "{message}");
        }
    }
}

const ORDER: &str = "subscription($id: ID!, $token: String) { orderUpdated(id: $id, token: $token) { status number } }";

fn code(message: &Value) -> &Value {
    let errors = if message["type"] == "error" {
        &message["payload"]
    } else {
        &message["payload"]["errors"]
    };
    &errors[0]["extensions"]["code"]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_tells_its_owner_and_nobody_else() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let kettle = shop.staff().await.create(NewProduct::named("Steel kettle")).await;
        let owner = Shopper::enter(shop.customer().await).await;
        let order = owner.order(&kettle.variant, 1).await;
        let mut live = Socket::open(&owner.client).await;
        live.subscribe(ORDER, json!({ "id": order["id"] })).await;
        assert_eq!(
            live.next().await["payload"]["data"]["orderUpdated"]["status"],
            "PENDING_PAYMENT"
        );
        let mut admin = Socket::open(&shop.admin().await).await;
        admin
            .subscribe("subscription { adminOrderUpdated { number status } }", Value::Null)
            .await;
        for stranger in [
            shop.guest(),
            shop.another_customer("eve@example.com").await,
            shop.staff().await,
        ] {
            let mut deaf = Socket::open(&stranger).await;
            deaf.subscribe(ORDER, json!({ "id": order["id"] })).await;
            assert_eq!(code(&deaf.next().await), "NOT_FOUND");
            let mut deaf = Socket::open(&stranger).await;
            deaf.subscribe("subscription { adminOrderUpdated { number } }", Value::Null)
                .await;
            let refused = deaf.next().await;
            assert!(
                [json!("UNAUTHENTICATED"), json!("FORBIDDEN")].contains(code(&refused)),
                "{refused}"
            );
        }
        let mut guest = Socket::open(&shop.guest()).await;
        guest
            .subscribe(ORDER, json!({ "id": order["id"], "token": order["token"] }))
            .await;
        assert_eq!(
            guest.next().await["payload"]["data"]["orderUpdated"]["number"],
            order["number"]
        );
        owner.pay(&order).await;
        for socket in [&mut live, &mut guest] {
            socket
                .until(|message| message["payload"]["data"]["orderUpdated"]["status"] == "PAID")
                .await;
        }
        admin
            .until(|message| message["payload"]["data"]["adminOrderUpdated"]["status"] == "PAID")
            .await;
        // The session ends: so does what it listens to, with the next event.
        owner
            .client
            .change("mutation { logOut { isLoggedOut userErrors { code } } }", Value::Null)
            .await;
        let id = order["id"].as_str().unwrap();
        let note =
            format!("mutation {{ orderNoteAdd(input: {{id: \"{id}\", note: \"x\"}}) {{ userErrors {{ code }} }} }}");
        shop.admin().await.change(&note, Value::Null).await;
        let end = live
            .until(|message| !message["payload"]["errors"].is_null() || message["type"] == "error")
            .await;
        assert_eq!(code(&end), "UNAUTHENTICATED", "{end}");
        drop((live, admin, guest));
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stock_of_a_product_is_told_across_processes() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let kettle = shop.staff().await.create(NewProduct::named("Steel kettle")).await;
        let mut live = Socket::open(&shop.guest()).await;
        let watch = "subscription($id: ID!) { productStockChanged(productId: $id) { variants { availableQuantity } } }";
        live.subscribe(watch, json!({ "id": kettle.id })).await;
        let left = |message: &Value| {
            message["payload"]["data"]["productStockChanged"]["variants"][0]["availableQuantity"].clone()
        };
        assert_eq!(left(&live.next().await), 5);
        // Another process on the same database sells two.
        let (mut other, door) = crate::faults::serve(shop.place()).await;
        Shopper::enter(door).await.order(&kettle.variant, 2).await;
        live.until(|message| left(message) == 3).await;
        other.kill().await.unwrap();
        shop.staff().await.set_stock(&kettle.variant, 9).await;
        live.until(|message| left(message) == 7).await;
        drop(live);
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_takes_subscriptions_alone_and_no_foreign_page() {
    let shop = TestShop::start(Options::on(support::DatabaseKind::Sqlite).models(None)).await;
    let mut socket = Socket::open(&shop.guest()).await;
    socket.subscribe("{ viewer { id } }", Value::Null).await;
    assert_eq!(code(&socket.next().await), "BAD_USER_INPUT");
    let foreign = Socket::request(&shop.guest()).with_header("Origin", "https://evil.example.com");
    let refused = tokio_tungstenite::connect_async(foreign).await.unwrap_err().to_string();
    assert!(refused.contains("403"), "{refused}");
    let (stream, _) = tokio_tungstenite::connect_async(Socket::request(&shop.guest()))
        .await
        .unwrap();
    let mut forged = Socket(stream);
    forged
        .send(json!({ "type": "connection_init", "payload": { "authorization": "Bearer nonsense" } }))
        .await;
    let end = forged.next().await;
    assert!(end["closed"].is_string(), "{end}");
    drop((socket, forged));
    shop.stop().await;
}
