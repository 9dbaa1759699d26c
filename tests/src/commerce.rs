//! What stories do with carts, orders and payments again and again, through the API.

use crate::client::Client;
use serde_json::{Value, json};

/// A cart's parts that stories look at.
pub const CART: &str = "id token quote totalQuantity subtotal { amount } discount { amount } shipping { amount } \
    tax { amount } total { amount } lines { variantId quantity problems { code available } } coupon { code isApplied }";
/// An order's parts that stories look at.
pub const ORDER: &str = "id number token status paymentStatus email total { amount } refunded { amount } receiptUrl \
    lines { id quantity total { amount } } events { kind actor note } payments { id status provider } refunds { id status }";
const ERRORS: &str = "userErrors { __typename code path message ... on InsufficientStockError { available } }";

/// Where parcels of stories go.
#[must_use]
pub fn address() -> Value {
    json!({ "name": "Ada Lovelace", "line1": "12 St James's Square", "city": "London",
            "postalCode": "SW1Y 4JH", "country": "GB" })
}

/// Somebody with a cart: a user, or a guest with a token.
#[derive(Clone)]
pub struct Shopper {
    /// At the other end of the wire.
    pub client: Client,
}

impl Shopper {
    /// Says where things go; a guest gets their cart by it.
    ///
    /// # Panics
    /// When the shop refuses it.
    pub async fn enter(client: Client) -> Self {
        let input = json!({ "email": "ada@example.com", "shippingAddress": address() });
        let set = format!(
            "mutation($input: CartDetailsSetInput!) {{ cartDetailsSet(input: $input) {{ cart {{ {CART} }} {ERRORS} }} }}"
        );
        let payload = client.change(&set, json!({ "input": input })).await;
        let client = match payload["cart"]["token"].as_str() {
            Some(token) => client.with_cart(token),
            None => client,
        };
        Self { client }
    }

    /// Puts pieces in; the payload.
    pub async fn add(&self, variant: &str, quantity: i64) -> Value {
        let add = format!(
            "mutation($input: CartLinesAddInput!) {{ cartLinesAdd(input: $input) {{ cart {{ {CART} }} {ERRORS} }} }}"
        );
        let lines = json!([{ "variantId": variant, "quantity": quantity }]);
        self.client.data(&add, json!({ "input": { "lines": lines } })).await["cartLinesAdd"].clone()
    }

    /// The cart as it is.
    pub async fn cart(&self) -> Value {
        self.client.data(&format!("{{ cart {{ {CART} }} }}"), Value::Null).await["cart"].clone()
    }

    /// Places the cart at these terms; the payload.
    pub async fn place(&self, quote: &str, key: &str) -> Value {
        let answer = self.try_place(quote, key).await;
        assert!(answer["errors"].is_null(), "{answer}");
        answer["data"]["orderPlace"].clone()
    }

    /// As [`Self::place`]; the whole answer.
    pub async fn try_place(&self, quote: &str, key: &str) -> Value {
        let place = format!(
            "mutation($quote: String!, $key: String!) {{ orderPlace(input: {{quote: $quote}}, idempotencyKey: $key) {{ order {{ {ORDER} }} {ERRORS} }} }}"
        );
        self.client.run(&place, json!({ "quote": quote, "key": key })).await
    }

    /// Puts pieces in and orders them.
    ///
    /// # Panics
    /// When the shop refuses it.
    pub async fn order(&self, variant: &str, quantity: i64) -> Value {
        let added = self.add(variant, quantity).await;
        let quote = added["cart"]["quote"]
            .as_str()
            .unwrap_or_else(|| panic!("{added}"))
            .to_owned();
        let placed = self.place(&quote, &uuid::Uuid::now_v7().to_string()).await;
        assert_eq!(placed["userErrors"], json!([]), "{placed}");
        placed["order"].clone()
    }

    /// Begins to pay; the payload.
    pub async fn begin_payment(&self, order: &Value, provider: &str, key: &str) -> Value {
        let begin = format!(
            "mutation($input: PaymentCreateInput!, $key: String!) {{ paymentCreate(input: $input, idempotencyKey: $key) {{ \
             payment {{ id status }} next {{ redirectUrl clientSecret instructions }} order {{ {ORDER} }} {ERRORS} }} }}"
        );
        let input = json!({ "orderId": order["id"], "provider": provider, "token": order["token"],
            "returnUrl": "https://shop.example.com/back", "cancelUrl": "https://shop.example.com/cart" });
        self.client.data(&begin, json!({ "input": input, "key": key })).await["paymentCreate"].clone()
    }

    /// Comes back from the provider; the payload.
    pub async fn complete_payment(&self, payment: &Value, order: &Value) -> Value {
        let complete = format!(
            "mutation($input: PaymentCompleteInput!) {{ paymentComplete(input: $input) {{ order {{ {ORDER} }} {ERRORS} }} }}"
        );
        let input = json!({ "id": payment["id"], "token": order["token"] });
        self.client.data(&complete, json!({ "input": input })).await["paymentComplete"].clone()
    }

    /// Pays an order without money; the order as it is since.
    ///
    /// # Panics
    /// When the shop refuses it.
    pub async fn pay(&self, order: &Value) -> Value {
        let begun = self
            .begin_payment(order, "test", &uuid::Uuid::now_v7().to_string())
            .await;
        let done = self.complete_payment(&begun["payment"], order).await;
        assert_eq!(done["order"]["status"], "PAID", "{begun} {done}");
        done["order"].clone()
    }
}

impl Client {
    /// An order, if this client may see it.
    pub async fn find_order(&self, by: Value, token: Option<&str>) -> Value {
        let find = format!("query($by: OrderBy!, $token: String) {{ order(by: $by, token: $token) {{ {ORDER} }} }}");
        self.data(&find, json!({ "by": by, "token": token })).await["order"].clone()
    }
}
