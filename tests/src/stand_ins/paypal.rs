//! Stands in for PayPal: tokens, orders, captures, refunds, and the check of its messages.

mod messages;

use super::{Call, Desk, Reply, StandIn, odd_fields};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Names the app.
pub const CLIENT_ID: &str = "AZ-stand-in-client";
/// Proves the app.
pub const CLIENT_SECRET: &str = "EJ-stand-in-secret-never-shown";
/// Names the webhook.
pub const WEBHOOK_ID: &str = "8PT597110X687430L";

/// What comes of the next captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureOutcome {
    /// The money is taken.
    Completed,
    /// PayPal works on it.
    Pending,
    /// The card behind the account declined.
    InstrumentDeclined,
}

#[derive(Clone, Debug)]
struct Order {
    status: &'static str,
    custom_id: String,
    invoice_id: String,
    amount: Value,
    capture: Option<(String, &'static str)>,
}

/// What PayPal knows.
pub struct Paypal {
    /// What comes of the next captures.
    pub outcome: CaptureOutcome,
    /// What the next look at an order shows in place of the truth: somebody was faster.
    pub shown_once: Option<&'static str>,
    /// How long tokens live, seconds.
    pub expires_in: i64,
    /// Everything that its documents do not allow and that came nevertheless.
    pub complaints: Vec<String>,
    token: u32,
    next_id: u32,
    orders: HashMap<String, Order>,
    refunds: HashMap<String, Value>,
    answered: HashMap<(String, String), (Vec<u8>, Reply)>,
    sent: HashMap<String, (String, String, String)>,
}

impl StandIn<Paypal> {
    /// Opens it.
    pub async fn paypal() -> Self {
        Self::open(Paypal {
            outcome: CaptureOutcome::Completed,
            shown_once: None,
            expires_in: 32_400,
            complaints: Vec::new(),
            token: 0,
            next_id: 0,
            orders: HashMap::new(),
            refunds: HashMap::new(),
            answered: HashMap::new(),
            sent: HashMap::new(),
        })
        .await
    }
}

fn issue(status: u16, name: &str, issue: &str) -> Reply {
    Reply::new(
        status,
        json!({
            "name": name, "message": "see details", "debug_id": "90957fca61718",
            "details": [{"issue": issue, "description": "Account of buyer@example.com, see details."}],
            "links": [],
        }),
    )
}

impl Paypal {
    /// Every token granted so far opens nothing any more.
    pub fn expire_tokens(&mut self) {
        self.token += 1000;
    }

    /// The customer agrees on PayPal's pages.
    ///
    /// # Panics
    /// When there is no such order.
    pub fn approve(&mut self, order: &str) {
        self.orders.get_mut(order).expect("the order exists").status = "APPROVED";
    }

    /// PayPal ends its work on a pending capture.
    ///
    /// # Panics
    /// When nothing of the order was captured.
    pub fn finish(&mut self, order: &str, status: &'static str) {
        let order = self.orders.get_mut(order).expect("the order exists");
        order.capture.as_mut().expect("it was captured").1 = status;
    }

    /// How a refund ends.
    ///
    /// # Panics
    /// When there is no such refund.
    pub fn end_refund(&mut self, refund: &str, status: &str) {
        self.refunds.get_mut(refund).expect("the refund exists")["status"] = status.into();
    }

    /// How many orders, captures and refunds there are.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let captures = self.orders.values().filter(|order| order.capture.is_some()).count();
        (self.orders.len(), captures, self.refunds.len())
    }

    fn id(&mut self, stem: &str) -> String {
        self.next_id += 1;
        format!("{stem}{:04}", self.next_id)
    }

    fn complain(&mut self, what: impl Into<String>) -> Reply {
        let what = what.into();
        self.complaints.push(what.clone());
        issue(400, "INVALID_REQUEST", &what)
    }

    fn order_json(&self, id: &str) -> Value {
        let order = &self.orders[id];
        let mut unit = json!({
            "reference_id": order.custom_id, "custom_id": order.custom_id,
            "invoice_id": order.invoice_id, "amount": order.amount,
        });
        if let Some((capture, _)) = &order.capture {
            let up = up(capture);
            let of_capture = self
                .refunds
                .values()
                .filter(|refund| refund["links"][1]["href"] == up.as_str());
            let refunds: Vec<&Value> = of_capture.collect();
            unit["payments"] = json!({"captures": [self.capture_json(id)], "refunds": refunds});
        }
        let mut links = vec![
            json!({"href": format!("https://api.sandbox.paypal.com/v2/checkout/orders/{id}"),
            "rel": "self", "method": "GET"}),
        ];
        if order.status == "PAYER_ACTION_REQUIRED" {
            links.push(
                json!({"href": format!("https://www.sandbox.paypal.com/checkoutnow?token={id}"),
                "rel": "payer-action", "method": "GET"}),
            );
        }
        json!({"id": id, "intent": "CAPTURE", "status": order.status, "purchase_units": [unit],
            "payer": {"email_address": "buyer@example.com"}, "links": links})
    }

    fn capture_json(&self, id: &str) -> Value {
        let order = &self.orders[id];
        let (capture, status) = order.capture.clone().expect("it was captured");
        json!({
            "id": capture, "status": status, "amount": order.amount, "final_capture": true,
            "custom_id": order.custom_id, "invoice_id": order.invoice_id,
            "supplementary_data": {"related_ids": {"order_id": id}},
            "links": [{"href": format!("https://api.sandbox.paypal.com/v2/checkout/orders/{id}"), "rel": "up",
                "method": "GET"}],
        })
    }

    fn grant(&mut self, call: &Call) -> Reply {
        let proof = reqwest::Client::new()
            .get("http://localhost")
            .basic_auth(CLIENT_ID, Some(CLIENT_SECRET));
        let expected = proof.build().expect("a request").headers()["authorization"].clone();
        if call.headers.get("authorization") != Some(&expected) {
            return Reply::new(401, json!({"error": "invalid_client"}));
        }
        if call.header("content-type") != "application/x-www-form-urlencoded"
            || &call.body[..] != b"grant_type=client_credentials"
        {
            return self.complain("not a grant of client credentials");
        }
        self.token += 1;
        Reply::new(
            200,
            json!({"scope": "https://uri.paypal.com/services/checkout", "access_token": self.bearer(),
                "token_type": "Bearer", "expires_in": self.expires_in}),
        )
    }

    fn bearer(&self) -> String {
        format!("A21AA-token-never-shown-{}", self.token)
    }

    fn create(&mut self, body: &Value) -> Reply {
        let unit = &body["purchase_units"][0];
        let context = &body["payment_source"]["paypal"]["experience_context"];
        let odd = odd_fields(body, &["intent", "purchase_units", "payment_source"], &[])
            .or_else(|| odd_fields(unit, &["reference_id", "custom_id", "invoice_id", "amount"], &[]))
            .or_else(|| odd_fields(&unit["amount"], &["currency_code", "value"], &[]))
            .or_else(|| odd_fields(&body["payment_source"], &["paypal"], &[]))
            .or_else(|| {
                let optional = ["return_url", "cancel_url", "user_action", "shipping_preference"];
                odd_fields(context, &[], &optional)
            });
        if let Some(odd) = odd {
            return self.complain(odd);
        }
        if body["intent"] != "CAPTURE" || body["purchase_units"].as_array().map(Vec::len) != Some(1) {
            return self.complain("not one unit to capture");
        }
        if let Some(problem) = amount_problem(&unit["amount"]) {
            return self.complain(problem);
        }
        let id = self.id("5O190127TN364715");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let order = Order {
            status: "PAYER_ACTION_REQUIRED",
            custom_id: text(&unit["custom_id"]),
            invoice_id: text(&unit["invoice_id"]),
            amount: unit["amount"].clone(),
            capture: None,
        };
        self.orders.insert(id.clone(), order);
        Reply::new(200, self.order_json(&id))
    }

    fn capture(&mut self, id: &str) -> Reply {
        let capture = self.id("3C679366HH908993");
        let outcome = self.outcome;
        let Some(order) = self.orders.get_mut(id) else {
            return not_found();
        };
        if order.capture.is_some() {
            return issue(422, "UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED");
        }
        if order.status != "APPROVED" {
            return issue(422, "UNPROCESSABLE_ENTITY", "ORDER_NOT_APPROVED");
        }
        if outcome == CaptureOutcome::InstrumentDeclined {
            return issue(422, "UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED");
        }
        let pending = outcome == CaptureOutcome::Pending;
        order.capture = Some((capture, if pending { "PENDING" } else { "COMPLETED" }));
        order.status = "COMPLETED";
        Reply::new(201, self.order_json(id))
    }

    fn refund(&mut self, capture: &str, body: &Value) -> Reply {
        let odd = odd_fields(body, &["amount"], &["custom_id", "invoice_id", "note_to_payer"]);
        if let Some(odd) = odd.or_else(|| odd_fields(&body["amount"], &["currency_code", "value"], &[])) {
            return self.complain(odd);
        }
        let of = |order: &&Order| order.capture.as_ref().is_some_and(|(id, _)| id == capture);
        let Some(order) = self.orders.values().find(of).cloned() else {
            return not_found();
        };
        if let Some(problem) = amount_problem(&body["amount"]) {
            return self.complain(problem);
        }
        let value = |amount: &Value| {
            amount["value"]
                .as_str()
                .and_then(|text| text.parse::<f64>().ok())
                .unwrap_or(0.0)
        };
        let up = up(capture);
        let earlier = self
            .refunds
            .values()
            .filter(|refund| refund["links"][1]["href"] == up.as_str());
        let given: f64 = earlier.map(|refund| value(&refund["amount"])).sum();
        if given + value(&body["amount"]) > value(&order.amount) + 0.001 {
            return issue(422, "UNPROCESSABLE_ENTITY", "REFUND_AMOUNT_EXCEEDED");
        }
        let id = self.id("1JU08902781691");
        let refund = json!({
            "id": id, "status": "COMPLETED", "amount": body["amount"], "custom_id": body["custom_id"],
            "links": [{"href": format!("https://api.sandbox.paypal.com/v2/payments/refunds/{id}"), "rel": "self",
                "method": "GET"}, {"href": up, "rel": "up", "method": "GET"}],
        });
        self.refunds.insert(id, refund.clone());
        Reply::new(201, refund)
    }

    /// The same key gives the same answer; another body under it is refused.
    fn once(&mut self, call: &Call, work: impl FnOnce(&mut Self) -> Reply) -> Reply {
        let key = call.header("paypal-request-id").to_owned();
        if key.is_empty() || key.len() > 108 {
            return self.complain("no request id");
        }
        if call.header("prefer") != "return=representation" {
            return self.complain("no representation is asked for");
        }
        let place = (call.path.clone(), key);
        if let Some((body, reply)) = self.answered.get(&place) {
            if body[..] != call.body[..] {
                return issue(422, "UNPROCESSABLE_ENTITY", "DUPLICATE_REQUEST_ID");
            }
            return reply.clone();
        }
        let reply = work(self);
        if reply.status < 300 {
            self.answered.insert(place, (call.body.to_vec(), reply.clone()));
        }
        reply
    }
}

/// Where a refund came from.
fn up(capture: &str) -> String {
    format!("https://api.sandbox.paypal.com/v2/payments/captures/{capture}")
}

fn not_found() -> Reply {
    issue(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
}

/// Two decimals, or none where PayPal takes none.
fn amount_problem(amount: &Value) -> Option<String> {
    let (currency, value) = (amount["currency_code"].as_str()?, amount["value"].as_str()?);
    let decimals = value.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let wanted = if ["HUF", "JPY", "TWD"].contains(&currency) {
        0
    } else {
        2
    };
    (decimals != wanted).then(|| format!("{value} {currency}"))
}

impl Desk for Paypal {
    fn is_aside(&self, call: &Call) -> bool {
        call.path == "/v1/oauth2/token"
    }

    fn answer(&mut self, call: &Call) -> Reply {
        if self.is_aside(call) {
            return self.grant(call);
        }
        if call.header("authorization") != format!("Bearer {}", self.bearer()) {
            return Reply::new(401, json!({"error": "invalid_token"}));
        }
        let is_post = call.method == "POST";
        if is_post && call.header("content-type") != "application/json" {
            return self.complain("not JSON");
        }
        let body: Value = if is_post {
            serde_json::from_slice(&call.body).unwrap_or_default()
        } else {
            Value::Null
        };
        match (call.method.as_str(), &call.segments()[..]) {
            ("POST", ["v2", "checkout", "orders"]) => self.once(call, |desk| desk.create(&body)),
            ("GET", ["v2", "checkout", "orders", id]) if self.orders.contains_key(*id) => {
                let mut order = self.order_json(id);
                if let Some(shown) = self.shown_once.take() {
                    order["status"] = shown.into();
                }
                Reply::new(200, order)
            }
            ("POST", ["v2", "checkout", "orders", id, "capture"]) => self.once(call, |desk| desk.capture(id)),
            ("POST", ["v2", "payments", "captures", id, "refund"]) => self.once(call, |desk| desk.refund(id, &body)),
            ("GET", ["v2", "payments", "refunds", id]) if self.refunds.contains_key(*id) => {
                Reply::new(200, self.refunds[*id].clone())
            }
            ("POST", ["v1", "notifications", "verify-webhook-signature"]) => self.verify(call, &body),
            _ => not_found(),
        }
    }
}
