//! Orders and payments among inputs that will not do.

use super::{
    row::{
        Row, bad_keys, but, illegal, invalid, long, missing, no, out_of_range, required, sent, short, told, too_long,
        too_many,
    },
    shopping,
    stage::USED_KEY,
};
use serde_json::{Value, json};

pub(super) fn rows() -> Vec<Row> {
    [
        placing(),
        obstacles(),
        cancelling(),
        paying(),
        completing(),
        steps(),
        refunds(),
        parts_of_refunds(),
        refunds_of_payments(),
        refunds_by_hand(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn conflict() -> super::row::Told {
    told("ConflictError", "CONFLICT", "idempotencyKey")
}

fn placing() -> Vec<Row> {
    let place = |who| sent(who, "orderPlace");
    let old = json!({ "quote": "old" });
    let mut rows = bad_keys(place("customer"), &old);
    rows.extend([
        place("customer").told(old.clone(), [told("QuoteChangedError", "QUOTE_CHANGED", "quote")]),
        place("customer").told(
            json!({ "quote": "" }),
            [told("QuoteChangedError", "QUOTE_CHANGED", "quote")],
        ),
        place("customer").told(old.clone(), [conflict()]).key(USED_KEY),
        place("staff").told(old.clone(), [required("quote")]),
        place("guest").told(old, [required("quote")]),
    ]);
    rows
}

/// What stands in the way of a cart is told at its place in the cart.
fn obstacles() -> Vec<Row> {
    let place = |who, errors: Vec<_>| sent(who, "orderPlace").told(json!({ "quote": "old" }), errors);
    let worthless = told("CouponError", "COUPON_MINIMUM", "cart.coupon");
    let worthless = worthless.saying("minimum", json!({ "amount": "500.00" }));
    vec![
        place(
            "nameless",
            vec![required("cart.email"), required("cart.shippingAddress")],
        ),
        place(
            "late",
            vec![
                told("ConflictError", "UNAVAILABLE", "cart.lines.0"),
                short("cart.lines.1.quantity", 1),
            ],
        ),
        place("far", vec![missing("cart.shippingMethod")]),
        place("poor", vec![worthless]),
    ]
}

fn cancelling() -> Vec<Row> {
    let cancel = |who| sent(who, "orderCancel");
    let of = |id: &str| json!({ "id": id });
    vec![
        cancel("customer").unknown("ord"),
        cancel("staff").told(of("$waiting"), [missing("id")]),
        cancel("guest").told(of("$waiting"), [missing("id")]),
        cancel("guest").told(json!({ "id": "$waiting", "token": "nonsense" }), [missing("id")]),
        cancel("customer").told(json!({ "id": "$waiting", "reason": long(501) }), [too_long("reason")]),
        cancel("customer").told(json!({ "id": "$waiting", "reason": "\u{0}" }), [invalid("reason")]),
        cancel("admin").told(json!({ "id": "$waiting", "reason": long(501) }), [too_long("reason")]),
        cancel("customer").told(of("$sent"), [illegal("id")]),
        cancel("customer").told(of("$cancelled"), [illegal("id")]),
        cancel("admin").told(of("$delivered"), [illegal("id")]),
    ]
}

fn paying() -> Vec<Row> {
    let pay = |who| sent(who, "paymentCreate");
    let by = |members: Value| but(json!({ "orderId": "$waiting", "provider": "cash" }), members);
    let everything = json!({ "provider": "", "returnUrl": "javascript:alert(1)", "cancelUrl": "" });
    let endless = json!({ "returnUrl": format!("https://example.com/{}", long(2_000)) });
    let declined = told("PaymentDeclinedError", "PAYMENT_DECLINED", "provider");
    let mut rows = bad_keys(pay("customer"), &by(json!({})));
    rows.extend([
        pay("customer").told(by(json!({ "orderId": no("ord") })), [missing("orderId")]),
        pay("staff").told(by(json!({})), [missing("orderId")]),
        pay("guest").told(by(json!({ "token": "" })), [missing("orderId")]),
        pay("customer").told(
            by(everything),
            [invalid("returnUrl"), invalid("cancelUrl"), missing("provider")],
        ),
        pay("customer").told(by(endless), [invalid("returnUrl")]),
        pay("customer").told(by(json!({ "orderId": "$paid" })), [illegal("orderId")]),
        pay("customer").told(by(json!({ "orderId": "$cancelled" })), [illegal("orderId")]),
        pay("customer")
            .told(by(json!({ "provider": "locked-card" })), [declined])
            .key("declined"),
        // The key began a payment by the empty card.
        pay("customer").told(by(json!({})), [conflict()]).key(USED_KEY),
    ]);
    rows
}

fn completing() -> Vec<Row> {
    let complete = |who| sent(who, "paymentComplete");
    let of = |id: &str| json!({ "id": id });
    vec![
        complete("customer").unknown("pay"),
        complete("guest").told(of("$payment"), [missing("id")]),
        complete("staff").told(json!({ "id": "$payment", "token": "nonsense" }), [missing("id")]),
        complete("customer").told(of("$payment"), [told("PaymentDeclinedError", "PAYMENT_DECLINED", "id")]),
        complete("customer").told(of("$stale"), [illegal("id")]),
    ]
}

/// What only administrators do, beside refunds.
fn steps() -> Vec<Row> {
    let step = |mutation| sent("admin", mutation);
    let of = |id: &str, members: Value| but(json!({ "id": id }), members);
    let mut rows: Vec<Row> = ["orderMarkPaid", "orderFulfil", "orderDeliver"]
        .map(|mutation| step(mutation).unknown("ord"))
        .into();
    for (mutation, id) in [
        ("orderMarkPaid", "$paid"),
        ("orderMarkPaid", "$cancelled"),
        ("orderFulfil", "$waiting"),
        ("orderFulfil", "$sent"),
        ("orderFulfil", "$cancelled"),
        ("orderDeliver", "$waiting"),
        ("orderDeliver", "$paid"),
        ("orderDeliver", "$delivered"),
        ("orderDeliver", "$refunded"),
    ] {
        rows.push(step(mutation).told(of(id, json!({})), [illegal("id")]));
    }
    rows.extend([
        step("orderMarkPaid").told(of("$waiting", json!({ "note": long(501) })), [too_long("note")]),
        step("orderFulfil").told(of("$paid", json!({ "tracking": long(201) })), [too_long("tracking")]),
        step("orderFulfil").told(of("$paid", json!({ "tracking": "a\u{0}" })), [invalid("tracking")]),
        step("orderNoteAdd").told(of(&no("ord"), json!({ "note": "Difficult." })), [missing("id")]),
        step("orderNoteAdd").told(of("$paid", json!({ "note": " " })), [required("note")]),
        step("orderNoteAdd").told(of("$paid", json!({ "note": long(1_001) })), [too_long("note")]),
        step("orderNoteAdd").told(of("$paid", json!({ "note": "a\u{0}" })), [invalid("note")]),
    ]);
    rows
}

fn refund(members: Value) -> Value {
    but(json!({ "id": "$sent" }), members)
}

fn refunds() -> Vec<Row> {
    let give = sent("admin", "orderRefund");
    let mut rows = bad_keys(give, &refund(json!({})));
    rows.extend([
        give.unknown("ord"),
        give.told(refund(json!({ "reason": long(501) })), [too_long("reason")]),
        give.told(refund(json!({ "reason": "a\u{0}" })), [invalid("reason")]),
        give.told(json!({ "id": "$waiting" }), [illegal("id")]),
        give.told(json!({ "id": "$refunded" }), [illegal("id")]),
        // The key gave everything back.
        give.told(json!({ "id": "$refunded", "amount": "1" }), [conflict()])
            .key(USED_KEY),
        give.told(refund(json!({ "amount": "0" })), [out_of_range("amount")]),
        give.told(refund(json!({ "amount": "-1" })), [out_of_range("amount")]),
        give.told(refund(json!({ "amount": "9999999.00" })), [out_of_range("amount")]),
        give.told(
            refund(json!({ "amount": "1", "shipping": true })),
            [invalid("shipping")],
        ),
        give.told(refund(json!({ "amount": "1.005" })), [invalid("amount")]),
        give.refused(refund(json!({ "amount": "one" }))),
        give.refused(refund(json!({ "amount": 0.5 }))),
    ]);
    rows
}

fn parts_of_refunds() -> Vec<Row> {
    let give = sent("admin", "orderRefund");
    let lines = |lines: &[(&str, i32)]| {
        let line = |(id, quantity): &(&str, i32)| json!({ "id": id, "quantity": quantity });
        refund(json!({ "lines": lines.iter().map(line).collect::<Vec<_>>() }))
    };
    let nothing = no("line");
    let both = but(lines(&[("$line", 1)]), json!({ "amount": "1" }));
    vec![
        give.told(both, [invalid("amount")]),
        give.told(
            lines(&[("$line", 0), (&nothing, 1)]),
            [out_of_range("lines.0.quantity"), missing("lines.1.id")],
        ),
        give.told(lines(&[("$line", 3)]), [out_of_range("lines.0.quantity")]),
        give.told(lines(&[("$line", -1)]), [out_of_range("lines.0.quantity")]),
        give.told(lines(&[("$line", 1), ("$line", 1)]), [missing("lines.1.id")]),
        give.refused(refund(
            json!({ "lines": too_many(json!({ "id": "$line", "quantity": 1 })) }),
        )),
    ]
}

fn refunds_of_payments() -> Vec<Row> {
    let give = sent("admin", "paymentRefund");
    let of = |members: Value| but(json!({ "id": "$money" }), members);
    let mut rows = bad_keys(give, &of(json!({})));
    rows.extend([
        give.unknown("pay"),
        give.told(of(json!({ "reason": long(501) })), [too_long("reason")]),
        give.told(of(json!({ "reason": "a\u{0}" })), [invalid("reason")]),
        give.told(of(json!({})), [illegal("id")]),
        give.refused(of(json!({ "amount": "one" }))),
        give.told(json!({ "id": "$payment" }), [illegal("id")]),
        give.told(json!({ "id": "$gone" }), [illegal("id")]),
    ]);
    rows
}

fn refunds_by_hand() -> Vec<Row> {
    let done = sent("admin", "refundMarkDone");
    vec![
        done.unknown("refund"),
        done.told(json!({ "id": "$refund", "note": long(501) }), [too_long("note")]),
    ]
}

#[tokio::test]
async fn a_bad_order_or_payment_is_told_what_is_wrong_with_it() {
    shopping::stage().await.play(rows()).await;
}
