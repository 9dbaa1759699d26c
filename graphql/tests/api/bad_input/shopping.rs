//! The shop that the table of orders is played on: an order in each state, and carts that
//! cannot become one.

use super::{
    catalogue::product,
    row::but,
    stage::{Stage, address},
};
use serde_json::{Value, json};
use shop::Role;

pub(super) async fn stage() -> Stage {
    let mut stage = Stage::open().await;
    for (name, variant) in [("chair", "seat"), ("lamp", "bulb"), ("vase", "glass")] {
        let variants = json!([{ "sku": name, "price": "20.00", "stock": 50 }]);
        let input = json!({ "name": name, "publish": true, "variants": variants });
        product(&mut stage, name, &[variant], input).await;
    }
    orders(&mut stage).await;
    payments(&mut stage).await;
    obstacles(&mut stage).await;
    fill(&stage, "customer", &[("seat", 1)]).await;
    stage
}

/// Orders of `customer`, two chairs each, by their state.
async fn orders(stage: &mut Stage) {
    let steps: [(&'static str, &[&str]); 6] = [
        ("waiting", &[]),
        ("paid", &["orderMarkPaid"]),
        ("sent", &["orderMarkPaid", "orderFulfil"]),
        ("delivered", &["orderMarkPaid", "orderFulfil", "orderDeliver"]),
        ("cancelled", &["orderCancel"]),
        ("refunded", &["orderMarkPaid", "orderFulfil", "orderRefund"]),
    ];
    for (name, steps) in steps {
        let id = stage
            .order_by_key("customer", &[("seat", 2)], &format!("{name}-key"))
            .await;
        for step in steps {
            stage.make("admin", step, "order { id }", json!({ "id": id })).await;
        }
        stage.call(name, id);
    }
    // The one whose key is used again with another quote.
    stage.order("customer", &[("seat", 1)]).await;
    let lines = "query($id: ID!) { order(by: {id: $id}) { lines { id } } }";
    let order = stage.ask("customer", lines, json!({ "id": "$sent" })).await;
    stage.call("line", order["lines"][0]["id"].as_str().unwrap());
    let money = "query($id: ID!) { order(by: {id: $id}) { payments { id } refunds { id } } }";
    let order = stage.ask("customer", money, json!({ "id": "$sent" })).await;
    stage.call("money", order["payments"][0]["id"].as_str().unwrap());
    let order = stage.ask("customer", money, json!({ "id": "$refunded" })).await;
    stage.call("gone", order["payments"][0]["id"].as_str().unwrap());
    let refund = order["refunds"][0]["id"].as_str().unwrap();
    stage.call("refund", refund);
    let done = json!({ "id": "$refund" });
    stage.make("admin", "refundMarkDone", "order { id }", done).await;
}

/// One that can be completed, one whose order was given up meanwhile.
async fn payments(stage: &mut Stage) {
    let stale = stage.order_by_key("customer", &[("seat", 1)], "stale-key").await;
    stage.call("given-up", stale);
    for (name, order) in [("payment", "$waiting"), ("stale", "$given-up")] {
        let input = json!({ "orderId": order, "provider": "empty-card" });
        let begun = stage.make("customer", "paymentCreate", "payment { id }", input).await;
        stage.call(name, begun["payment"]["id"].as_str().unwrap());
    }
    stage
        .make("customer", "orderCancel", "order { id }", json!({ "id": "$given-up" }))
        .await;
}

async fn fill(stage: &Stage, who: &str, lines: &[(&str, i32)]) {
    let line = |(thing, quantity): &(&str, i32)| json!({ "variantId": format!("${thing}"), "quantity": quantity });
    let lines: Vec<Value> = lines.iter().map(line).collect();
    stage
        .make(who, "cartLinesAdd", "cart { id }", json!({ "lines": lines }))
        .await;
}

/// Carts that something stands in the way of.
async fn obstacles(stage: &mut Stage) {
    for name in ["late", "far", "poor"] {
        let viewer = stage.shop.viewer_called(name, Role::Customer).await;
        stage.enter(name, viewer);
    }
    let zone = json!({ "name": "Islands", "countries": ["GB"] });
    stage.create("islands", "shippingZoneCreate", "zone", zone).await;
    let parcel = json!({ "zoneId": "$islands", "name": "Parcel", "price": "7.00" });
    stage.create("parcel", "shippingRateCreate", "rate", parcel).await;
    let generous = json!({ "code": "GENEROUS", "kind": "FREE_SHIPPING", "minimum": "500" });
    stage.create("generous", "couponCreate", "coupon", generous).await;

    let line = json!({ "lines": [{ "variantId": "$seat", "quantity": 1 }] });
    let cart = stage.make("guest", "cartLinesAdd", "cart { token }", line).await;
    stage.give_cart("nameless", cart["cart"]["token"].as_str().unwrap().to_owned());

    fill(stage, "late", &[("bulb", 1)]).await;
    fill(stage, "late", &[("glass", 3)]).await;
    fill(stage, "far", &[("seat", 1)]).await;
    fill(stage, "poor", &[("seat", 1)]).await;
    stage
        .make("poor", "cartCouponApply", "cart { id }", json!({ "code": "generous" }))
        .await;
    for (who, country) in [("late", "GB"), ("far", "NZ"), ("poor", "GB")] {
        let details = json!({ "shippingAddress": but(address(), json!({ "country": country })) });
        stage.make(who, "cartDetailsSet", "cart { id }", details).await;
    }
    stage
        .make("staff", "productUnpublish", "product { id }", json!({ "id": "$lamp" }))
        .await;
    stage
        .make(
            "staff",
            "variantStockSet",
            "variant { id }",
            json!({ "id": "$glass", "stock": 1 }),
        )
        .await;
}
