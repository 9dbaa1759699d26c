//! A shop that sells, told over HTTP: carts, orders, payments, who sees what.

use serde_json::{Value, json};
use support::{CART, Client, NewProduct, ORDER, Options, Shopper, TestShop, each_database};

pub(crate) fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

/// Codes and paths of a payload's errors.
fn told(payload: &Value) -> Vec<(String, Vec<String>)> {
    let errors = payload["userErrors"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let path = |error: &Value| error["path"].as_array().unwrap().iter().map(text).collect();
    errors.iter().map(|error| (text(&error["code"]), path(error))).collect()
}

pub(crate) fn with_manual(options: Options) -> Options {
    options.models(None).configure(|config| {
        config.payments.manual.enabled = true;
        config.payments.manual.instructions = "Transfer {amount} and name order {order}".into();
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_buys_pays_and_prints_a_receipt() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let staff = shop.staff().await;
        let variants = json!({ "variants": [{ "sku": "KETTLE", "price": "20.00", "stock": 5 }] });
        let kettle = staff
            .create(NewProduct::named("Steel <b>kettle</b>").with(variants))
            .await;
        let ada = Shopper::enter(shop.guest()).await;
        let cart = ada.add(&kettle.variant, 2).await["cart"].clone();
        let amounts = ["subtotal", "shipping", "tax", "total"].map(|part| cart[part]["amount"].clone());
        assert_eq!(json!(amounts), json!(["40.00", "10.00", "6.00", "56.00"]));
        let order = ada.place(cart["quote"].as_str().unwrap(), "k-1").await["order"].clone();
        assert_eq!(
            (&order["status"], &order["total"]["amount"]),
            (&json!("PENDING_PAYMENT"), &json!("56.00"))
        );
        let again = ada.place(cart["quote"].as_str().unwrap(), "k-1").await["order"].clone();
        assert_eq!(again["id"], order["id"]);
        let other = ada.place("another quote", "k-1").await;
        assert_eq!(told(&other)[0].0, "CONFLICT");
        assert_eq!(ada.cart().await["lines"], json!([]));
        let paid = ada.pay(&order).await;
        let kinds: Vec<&Value> = paid["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| &event["kind"])
            .collect();
        assert_eq!(json!(kinds), json!(["PLACED", "PAYMENT_STARTED", "PAID"]));

        let page = shop
            .guest()
            .get(paid["receiptUrl"].as_str().unwrap())
            .send()
            .await
            .unwrap();
        assert_eq!(page.status(), 200);
        assert_eq!(page.headers()["cache-control"], "private, no-store");
        let page = page.text().await.unwrap();
        for part in [
            "USD 56.00",
            "Steel &lt;b&gt;kettle",
            paid["number"].as_str().unwrap(),
            "St James's Square",
            "Paid",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        let none = shop.guest().get("/orders/nonsense/receipt").send().await.unwrap();
        assert_eq!(none.status(), 404);
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_sees_pays_or_moves_an_order() {
    each_database(async |database| {
        let shop = TestShop::start(with_manual(Options::on(database))).await;
        let (staff, admin) = (shop.staff().await, shop.admin().await);
        let kettle = staff.create(NewProduct::named("Steel kettle")).await;
        let owner = Shopper::enter(shop.customer().await).await;
        let order = owner.order(&kettle.variant, 1).await;
        let other = shop.another_customer("eve@example.com").await;
        let (by_id, by_number) = (json!({ "id": order["id"] }), json!({ "number": order["number"] }));
        let id = order["id"].as_str().unwrap();
        for stranger in [shop.guest(), other.clone(), staff.clone()] {
            for by in [&by_id, &by_number] {
                assert_eq!(stranger.find_order(by.clone(), None).await, Value::Null);
                assert_eq!(stranger.find_order(by.clone(), Some("nonsense")).await, Value::Null);
            }
            let eve = Shopper { client: stranger.clone() };
            let blind = json!({ "id": id });
            assert_eq!(told(&eve.begin_payment(&blind, "test", "k").await)[0].0, "NOT_FOUND");
            let cancel = format!("mutation {{ orderCancel(input: {{id: \"{id}\"}}) {{ order {{ id }} userErrors {{ code path message }} }} }}");
            let cancelled = stranger.data(&cancel, Value::Null).await;
            assert_eq!(told(&cancelled["orderCancel"])[0].0, "NOT_FOUND");
            let paid = format!("mutation {{ orderMarkPaid(input: {{id: \"{id}\"}}) {{ order {{ id }} userErrors {{ code }} }} }}");
            assert!(["UNAUTHENTICATED", "FORBIDDEN"].contains(&code(&stranger.run(&paid, Value::Null).await)));
        }
        assert_eq!(owner.client.find_order(by_number.clone(), None).await["id"], order["id"]);
        assert_eq!(admin.find_order(by_id.clone(), None).await["id"], order["id"]);
        let token = order["token"].as_str();
        assert_eq!(shop.guest().find_order(by_id.clone(), token).await["id"], order["id"]);
        let mine = "{ orders { totalCount nodes { id } } }";
        assert_eq!(owner.client.data(mine, Value::Null).await["orders"]["totalCount"], 1);
        assert_eq!(other.data(mine, Value::Null).await["orders"]["totalCount"], 0);
        // A note of an administrator is not for the customer.
        let note = format!("mutation {{ orderNoteAdd(input: {{id: \"{id}\", note: \"difficult\"}}) {{ order {{ {ORDER} }} userErrors {{ code }} }} }}");
        let noted = admin.change(&note, Value::Null).await;
        assert!(noted["order"]["events"].to_string().contains("difficult"));
        assert!(!owner.client.find_order(by_id, None).await["events"].to_string().contains("difficult"));
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sends_delivers_and_gives_back() {
    each_database(async |database| {
        let shop = TestShop::start(with_manual(Options::on(database))).await;
        let (staff, admin) = (shop.staff().await, shop.admin().await);
        let kettle = staff.create(NewProduct::named("Steel kettle")).await;
        let owner = Shopper::enter(shop.customer().await).await;
        let order = owner.order(&kettle.variant, 3).await;
        let begun = owner.begin_payment(&order, "manual", "k").await;
        let told_how = begun["next"]["instructions"].as_str().unwrap();
        assert!(told_how.contains(order["number"].as_str().unwrap()), "{told_how}");
        let id = order["id"].as_str().unwrap();
        let step = async |mutation: &str, more: &str| {
            let operation = format!("mutation {{ {mutation}(input: {{id: \"{id}\"{more}}}) {{ order {{ {ORDER} }} userErrors {{ code path message }} }} }}");
            admin.data(&operation, Value::Null).await[mutation].clone()
        };
        assert_eq!(told(&step("orderFulfil", "").await), [("ILLEGAL_STATE".to_owned(), vec!["input".into(), "id".into()])]);
        assert_eq!(step("orderMarkPaid", ", note: \"seen\"").await["order"]["status"], "PAID");
        assert_eq!(step("orderFulfil", ", tracking: \"1Z\"").await["order"]["status"], "FULFILLED");
        assert_eq!(step("orderDeliver", "").await["order"]["status"], "DELIVERED");
        let refund = format!(
            "mutation($input: OrderRefundInput!, $key: String!) {{ orderRefund(input: $input, idempotencyKey: $key) {{ order {{ {ORDER} }} userErrors {{ code path message }} }} }}"
        );
        let one = json!({ "id": id, "lines": [{ "id": order["lines"][0]["id"], "quantity": 1 }] });
        for _ in 0..2 {
            let part = admin.change(&refund, json!({ "input": one, "key": "r-1" })).await;
            assert_eq!((&part["order"]["refunded"]["amount"], &part["order"]["paymentStatus"]), (&json!("23.00"), &json!("PARTIALLY_REFUNDED")));
        }
        let bad = json!({ "id": id, "amount": "9999.00" });
        let bad = admin.data(&refund, json!({ "input": bad, "key": "r-2" })).await["orderRefund"].clone();
        assert_eq!(told(&bad), [("OUT_OF_RANGE".to_owned(), vec!["input".into(), "amount".into()])]);
        let bad = admin.data(&refund, json!({ "input": one, "key": "" })).await["orderRefund"].clone();
        assert_eq!(told(&bad), [("INVALID".to_owned(), vec!["idempotencyKey".into()])]);
        let all = admin.change(&refund, json!({ "input": { "id": id }, "key": "r-3" })).await;
        assert_eq!((&all["order"]["status"], &all["order"]["refunded"]["amount"]), (&json!("DELIVERED"), &all["order"]["total"]["amount"]));
        // What came by hand goes back by hand.
        let open = "{ adminOrders(where: {needsAttention: true}) { nodes { id } }
            dashboard(from: \"2026-01-01T00:00:00Z\", before: \"2027-01-01T00:00:00Z\") { openWork { refundsByHand } } }";
        let work = admin.data(open, Value::Null).await;
        assert_eq!((&work["adminOrders"]["nodes"][0]["id"], &work["dashboard"]["openWork"]["refundsByHand"]), (&json!(id), &json!(2)));
        for back in all["order"]["refunds"].as_array().unwrap() {
            assert_eq!(back["status"], "SENT");
            let done = format!("mutation {{ refundMarkDone(input: {{id: {}, note: \"transfer 7\"}}) {{ order {{ {ORDER} }} userErrors {{ code }} }} }}", back["id"]);
            admin.change(&done, Value::Null).await;
        }
        let by = json!({ "id": id });
        assert!(admin.find_order(by.clone(), None).await["events"].to_string().contains("transfer 7"));
        assert!(!owner.client.find_order(by, None).await["events"].to_string().contains("transfer 7"), "that is the shop's");
        let work = admin.data(open, Value::Null).await;
        assert_eq!((&work["adminOrders"]["nodes"], &work["dashboard"]["openWork"]["refundsByHand"]), (&json!([]), &json!(0)));
        let listed = admin.data("{ adminOrders(where: {statuses: [REFUNDED]}) { totalCount nodes { number } } }", Value::Null).await;
        assert_eq!(listed["adminOrders"]["nodes"][0]["number"], order["number"]);
        shop.stop().await;
    })
    .await;
}

/// What a client could try to send instead of what the server computes: there is no such field.
#[tokio::test(flavor = "multi_thread")]
async fn no_client_sets_a_price_or_total() {
    let shop = TestShop::start(Options::on(support::DatabaseKind::Sqlite).models(None)).await;
    let sdl = shop
        .guest()
        .get("/schema.graphql")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for input in [
        "CartLineInput",
        "CartDetailsSetInput",
        "OrderPlaceInput",
        "PaymentCreateInput",
        "PaymentCompleteInput",
    ] {
        let body = sdl
            .split(&format!("input {input} {{"))
            .nth(1)
            .unwrap()
            .split("\n}")
            .next()
            .unwrap();
        let fields: Vec<&str> = body
            .lines()
            .map(str::trim)
            .filter(|line| line.contains(": ") && !line.starts_with('"'))
            .collect();
        assert!(!fields.is_empty(), "{input}");
        for word in ["rice", "otal", "mount", "Decimal", "Money"] {
            assert!(fields.iter().all(|field| !field.contains(word)), "{input}: {fields:?}");
        }
    }
    shop.stop().await;
}

/// Every mutation of the checkout among inputs that will not do.
#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_told_with_its_place() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let staff = shop.staff().await;
        let kettle = staff.create(NewProduct::named("Steel kettle")).await;
        let variant = &kettle.variant;
        let ada = Shopper::enter(shop.customer().await).await;
        ada.add(variant, 1).await;
        let gone = "var_00000000000000000000000000000001";
        let nowhere = "addr_00000000000000000000000000000001";
        let no_order = "ord_00000000000000000000000000000001";
        let cases = [
            ("cartLinesAdd(input: {lines: []})".to_owned(), "REQUIRED", "input.lines"),
            (format!("cartLinesAdd(input: {{lines: [{{variantId: \"{variant}\", quantity: 0}}]}})"), "OUT_OF_RANGE", "input.lines.0.quantity"),
            (format!("cartLinesAdd(input: {{lines: [{{variantId: \"{variant}\", quantity: 99}}]}})"), "INSUFFICIENT_STOCK", "input.lines.0.quantity"),
            (format!("cartLinesAdd(input: {{lines: [{{variantId: \"{gone}\", quantity: 1}}]}})"), "NOT_FOUND", "input.lines.0.variantId"),
            (format!("cartLinesSet(input: {{lines: [{{variantId: \"{variant}\", quantity: -1}}]}})"), "OUT_OF_RANGE", "input.lines.0.quantity"),
            ("cartCouponApply(input: {code: \"NOPE\"})".to_owned(), "COUPON_UNKNOWN", "input.code"),
            ("cartDetailsSet(input: {email: \"nobody\"})".to_owned(), "INVALID", "input.email"),
            ("cartDetailsSet(input: {shippingAddress: {name: \"\", line1: \"x\", city: \"x\", country: \"GB\"}})".to_owned(), "REQUIRED", "input.shippingAddress.name"),
            ("cartDetailsSet(input: {billingAddress: {name: \"x\", line1: \"x\", city: \"x\", country: \"Wonderland\"}})".to_owned(), "INVALID", "input.billingAddress.country"),
            ("cartDetailsSet(input: {shippingMethodId: \"rate_00000000000000000000000000000009\"})".to_owned(), "NOT_FOUND", "input.shippingMethodId"),
            ("addressCreate(input: {address: {name: \"x\", line1: \"\", city: \"x\", country: \"GB\"}})".to_owned(), "REQUIRED", "input.address.line1"),
            (format!("addressUpdate(input: {{id: \"{nowhere}\"}})"), "NOT_FOUND", "input.id"),
            (format!("addressDelete(input: {{id: \"{nowhere}\"}})"), "NOT_FOUND", "input.id"),
            ("orderPlace(input: {quote: \"old\"}, idempotencyKey: \"a\")".to_owned(), "QUOTE_CHANGED", "input.quote"),
            ("orderPlace(input: {quote: \"old\"}, idempotencyKey: \"a b\")".to_owned(), "INVALID", "idempotencyKey"),
            (format!("orderCancel(input: {{id: \"{no_order}\"}})"), "NOT_FOUND", "input.id"),
            (format!("paymentCreate(input: {{orderId: \"{no_order}\", provider: \"test\"}}, idempotencyKey: \"a\")"), "NOT_FOUND", "input.orderId"),
            ("paymentComplete(input: {id: \"pay_00000000000000000000000000000001\"})".to_owned(), "NOT_FOUND", "input.id"),
        ];
        for (mutation, code, path) in cases {
            let name = mutation.split('(').next().unwrap();
            let answer = ada.client.data(&format!("mutation {{ {mutation} {{ userErrors {{ code path message }} }} }}"), Value::Null).await;
            let (found, at) = told(&answer[name]).into_iter().next().unwrap_or_else(|| panic!("{mutation}: {answer}"));
            assert_eq!((found.as_str(), at.join(".").as_str()), (code, path), "{mutation}");
        }
        assert_eq!(ada.cart().await["totalQuantity"], 1);
        // Ids of another kind never reach a resolver.
        let wrong = ada.client.run(&format!("mutation {{ cartLinesAdd(input: {{lines: [{{variantId: \"{}\", quantity: 1}}]}}) {{ cart {{ id }} }} }}", kettle.id), Value::Null).await;
        assert_eq!(code(&wrong), "BAD_USER_INPUT");
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sold_out_product_is_unavailable_everywhere_at_once() {
    each_database(async |database| {
        let (shop, _, [kettle, ..]) = crate::live::small_shop(Options::on(database)).await;
        let guest = shop.guest();
        let ada = Shopper::enter(shop.guest()).await;
        ada.order(&kettle.variant, 5).await;
        let page = "query($id: ID!) { product(by: {id: $id}) { isAvailable variants { isAvailable } } products(where: {inStock: true}, first: 10) { nodes { id } } }";
        support::eventually("the kettle is sold out", support::PATIENCE, async || {
            let seen = guest.data(page, json!({ "id": kettle.id })).await;
            let is_listed = seen["products"]["nodes"].to_string().contains(&kettle.id);
            if seen["product"]["isAvailable"] == false && !is_listed { Ok(()) } else { Err(seen) }
        })
        .await;
        let late = Shopper::enter(shop.guest()).await.add(&kettle.variant, 1).await;
        assert_eq!(late["userErrors"][0]["available"], 0);
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn carts_of_others_stay_closed() {
    let shop = TestShop::start(Options::on(support::DatabaseKind::Sqlite).models(None)).await;
    let kettle = shop.staff().await.create(NewProduct::named("Steel kettle")).await;
    let ada = Shopper::enter(shop.guest()).await;
    let cart = ada.add(&kettle.variant, 1).await["cart"].clone();
    let query = format!("{{ cart {{ {CART} }} }}");
    let try_token = async |client: Client| client.data(&query, Value::Null).await["cart"].clone();
    let mut forged = cart["token"].as_str().unwrap().to_owned();
    let last = if forged.pop() == Some('A') { 'B' } else { 'A' };
    forged.insert(3, last);
    for token in ["", "x", cart["id"].as_str().unwrap(), &forged] {
        assert_eq!(try_token(shop.guest().with_cart(token)).await, Value::Null, "{token}");
    }
    assert_eq!(
        try_token(shop.guest().with_cart(cart["token"].as_str().unwrap())).await["id"],
        cart["id"]
    );
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_logs_in_brings_their_cart_and_a_browser_keeps_it() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let kettle = shop.staff().await.create(NewProduct::named("Steel kettle")).await;
        let owner = Shopper::enter(shop.customer().await).await;
        owner.add(&kettle.variant, 1).await;
        // A browser: no header, a cookie that scripts cannot read.
        let add = json!({ "query": format!(
            "mutation {{ cartLinesAdd(input: {{lines: [{{variantId: \"{}\", quantity: 2}}]}}) {{ cart {{ id totalQuantity }} }} }}", kettle.variant) });
        let answer = shop.guest().post("/graphql").json(&add).send().await.unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert!(cookie.starts_with("myshop_cart=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        let pair = cookie.split(';').next().unwrap().to_owned();
        let again = shop.guest().post("/graphql").header("cookie", &pair).json(&add).send().await.unwrap();
        assert!(again.headers().get("set-cookie").is_none());
        let again: Value = again.json().await.unwrap();
        assert_eq!(again["data"]["cartLinesAdd"]["cart"]["totalQuantity"], 4);
        let foreign = shop.guest().post("/graphql").header("cookie", &pair).header("origin", "https://evil.example.com");
        assert_eq!(foreign.json(&add).send().await.unwrap().status(), 403);
        let log_in = json!({ "query": "mutation($input: LogInInput!) { logIn(input: $input) { viewer { id } userErrors { code } } }",
            "variables": { "input": { "email": "customer@example.com", "password": support::PASSWORD } } });
        let entered = shop.guest().post("/graphql").header("cookie", &pair).json(&log_in).send().await.unwrap();
        let taken = entered.headers()["set-cookie"].to_str().unwrap();
        assert!(taken.starts_with("myshop_cart=;") && taken.contains("Max-Age=0"), "{taken}");
        assert_eq!(owner.cart().await["totalQuantity"], 5);
        shop.stop().await;
    })
    .await;
}
