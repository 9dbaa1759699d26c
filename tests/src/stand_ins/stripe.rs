//! Stands in for Stripe: payment intents, refunds, and signed messages.

use super::{Call, Desk, Message, Reply, StandIn};
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::{BTreeMap, HashMap};

/// Proves the shop.
pub const SECRET_KEY: &str = "sk_test_stand_in_never_shown";
/// Names the shop.
pub const PUBLISHABLE_KEY: &str = "pk_test_stand_in";
/// Signs messages.
pub const WEBHOOK_SECRET: &str = "whsec_stand_in_never_shown";

/// What comes of a customer's confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// The money is taken.
    Succeed,
    /// Stripe works on it.
    Process,
    /// The card declines; another may be tried.
    Decline,
    /// The money waits to be taken.
    Authorise,
}

/// What Stripe knows.
#[derive(Default)]
pub struct Stripe {
    /// Everything that its documents do not allow and that came nevertheless.
    pub complaints: Vec<String>,
    /// The next captures are declined.
    pub decline_captures: bool,
    next_id: u32,
    intents: BTreeMap<String, Value>,
    refunds: BTreeMap<String, Value>,
    answered: HashMap<String, (String, Vec<u8>, Reply)>,
}

impl StandIn<Stripe> {
    /// Opens it.
    pub async fn stripe() -> Self {
        Self::open(Stripe::default()).await
    }
}

type Form = BTreeMap<String, String>;

fn problem(status: u16, kind: &str, code: &str, param: &str) -> Reply {
    let message = format!("No such thing for key {SECRET_KEY} of buyer@example.com");
    Reply::new(
        status,
        json!({"error": {"type": kind, "code": code, "param": param, "message": message}}),
    )
}

fn invalid(code: &str, param: &str) -> Reply {
    problem(400, "invalid_request_error", code, param)
}

impl Stripe {
    /// The customer confirms in the page.
    ///
    /// # Panics
    /// When there is no such payment.
    pub fn confirm(&mut self, intent: &str, what: Confirmation) {
        let charge = self.id("ch_stand_in");
        let intent = self.intents.get_mut(intent).expect("the payment exists");
        intent["status"] = match what {
            Confirmation::Succeed => "succeeded",
            Confirmation::Process => "processing",
            Confirmation::Decline => "requires_payment_method",
            Confirmation::Authorise => "requires_capture",
        }
        .into();
        intent["latest_charge"] = charge.into();
        if what == Confirmation::Succeed {
            intent["amount_received"] = intent["amount"].clone();
        }
        if what == Confirmation::Decline {
            intent["last_payment_error"] = json!({"code": "card_declined", "type": "card_error"});
        }
    }

    /// A payment or refund as Stripe shows it.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn object(&self, id: &str) -> Value {
        let found = self.intents.get(id).or_else(|| self.refunds.get(id));
        found.expect("the object exists").clone()
    }

    /// How a refund ends.
    ///
    /// # Panics
    /// When there is no such refund.
    pub fn end_refund(&mut self, refund: &str, status: &str) {
        self.refunds.get_mut(refund).expect("the refund exists")["status"] = status.into();
    }

    /// How many payments and refunds there are.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.intents.len(), self.refunds.len())
    }

    /// A message about an object, signed with each of these secrets.
    pub fn message(&mut self, kind: &str, object: &Value, secrets: &[&str], at: DateTime<Utc>) -> Message {
        let body = json!({
            "id": self.id("evt_stand_in"), "object": "event", "type": kind, "livemode": false,
            "api_version": "2025-11-17.clover", "created": at.timestamp(), "data": {"object": object},
        });
        let body = serde_json::to_string_pretty(&body).expect("JSON").into_bytes();
        let mut header = format!("t={}", at.timestamp());
        for secret in secrets {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key will do");
            mac.update(format!("{}.", at.timestamp()).as_bytes());
            mac.update(&body);
            header += &format!(",v1={}", hex::encode(mac.finalize().into_bytes()));
        }
        header += ",v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39";
        Message {
            headers: vec![("stripe-signature".into(), header)],
            body,
        }
    }

    fn id(&mut self, stem: &str) -> String {
        self.next_id += 1;
        format!("{stem}_{:04}", self.next_id)
    }

    fn complain(&mut self, what: impl Into<String>) -> Reply {
        let what = what.into();
        self.complaints.push(what.clone());
        invalid("parameter_unknown", &what)
    }

    fn odd(form: &Form, required: &[&str], optional: &[&str]) -> Option<String> {
        let missing = required.iter().find(|name| !form.contains_key(**name));
        let known = |name: &str| required.contains(&name) || optional.contains(&name);
        let unknown = form.keys().find(|name| !known(name));
        missing.map(ToString::to_string).or_else(|| unknown.cloned())
    }

    fn create(&mut self, form: &Form) -> Reply {
        let required = [
            "amount",
            "currency",
            "automatic_payment_methods[enabled]",
            "metadata[payment_id]",
            "metadata[order_number]",
        ];
        if let Some(odd) = Self::odd(form, &required, &[]) {
            return self.complain(odd);
        }
        let currency = &form["currency"];
        let Ok(amount) = form["amount"].parse::<i64>() else {
            return self.complain("amount");
        };
        let is_thousandths = ["bhd", "jod", "kwd", "omr", "tnd"].contains(&currency.as_str());
        if *currency != currency.to_lowercase() || (is_thousandths && amount % 10 != 0) {
            return self.complain("amount or currency");
        }
        if amount < 1 {
            return invalid("amount_too_small", "amount");
        }
        let id = self.id("pi_stand_in");
        let intent = json!({
            "id": id, "object": "payment_intent", "amount": amount, "amount_received": 0, "currency": currency,
            "client_secret": format!("{id}_secret_never_shown"), "status": "requires_payment_method",
            "latest_charge": null, "livemode": false,
            "metadata": {"payment_id": form["metadata[payment_id]"], "order_number": form["metadata[order_number]"]},
        });
        self.intents.insert(id, intent.clone());
        Reply::new(200, intent)
    }

    fn act(&mut self, id: &str, action: &str, form: &Form) -> Reply {
        if let Some(odd) = Self::odd(form, &[], &[]) {
            return self.complain(odd);
        }
        let decline = self.decline_captures;
        let Some(intent) = self.intents.get_mut(id) else {
            return missing();
        };
        let status = intent["status"].as_str().unwrap_or_default().to_owned();
        match (action, status.as_str()) {
            ("capture", "requires_capture") if decline => {
                return problem(402, "card_error", "card_declined", "");
            }
            ("capture", "requires_capture") => {
                intent["status"] = "succeeded".into();
                intent["amount_received"] = intent["amount"].clone();
            }
            ("cancel", "requires_payment_method" | "requires_capture" | "requires_action") => {
                intent["status"] = "canceled".into();
            }
            _ => return invalid("payment_intent_unexpected_state", ""),
        }
        Reply::new(200, intent.clone())
    }

    fn refund(&mut self, form: &Form) -> Reply {
        let required = ["charge", "amount", "metadata[refund_id]"];
        if let Some(odd) = Self::odd(form, &required, &["metadata[reason]"]) {
            return self.complain(odd);
        }
        let Ok(amount) = form["amount"].parse::<i64>() else {
            return self.complain("amount");
        };
        let charge = form["charge"].as_str();
        let Some(intent) = self
            .intents
            .values()
            .find(|intent| intent["latest_charge"] == charge)
            .cloned()
        else {
            return missing();
        };
        let earlier = self.refunds.values().filter(|refund| refund["charge"] == charge);
        let given: i64 = earlier.filter_map(|refund| refund["amount"].as_i64()).sum();
        let taken = intent["amount_received"].as_i64().unwrap_or_default();
        if given == taken {
            return invalid("charge_already_refunded", "");
        }
        if given + amount > taken {
            return invalid("", "amount");
        }
        let id = self.id("re_stand_in");
        let refund = json!({
            "id": id, "object": "refund", "amount": amount, "currency": intent["currency"], "charge": charge,
            "payment_intent": intent["id"], "status": "succeeded", "reason": null,
            "metadata": {"refund_id": form["metadata[refund_id]"]},
        });
        self.refunds.insert(id, refund.clone());
        Reply::new(200, refund)
    }

    /// Refunds of a charge, newest first, in pages that are shorter than was asked for.
    fn refund_page(&mut self, call: &Call) -> Reply {
        const PAGE: usize = 2;
        let query = call.path.split_once('?').map_or("", |(_, query)| query);
        let query: Form = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        if let Some(odd) = Self::odd(&query, &["charge", "limit"], &["starting_after"]) {
            return self.complain(odd);
        }
        let charge = query["charge"].as_str();
        if !self.intents.values().any(|intent| intent["latest_charge"] == charge) {
            return missing();
        }
        let after = query.get("starting_after");
        let of_charge = self
            .refunds
            .iter()
            .rev()
            .filter(|(_, refund)| refund["charge"] == charge);
        let mut older = of_charge
            .filter(|(id, _)| after.is_none_or(|after| *id < after))
            .map(|(_, refund)| refund);
        let data: Vec<&Value> = older.by_ref().take(PAGE).collect();
        let page = json!({"object": "list", "url": "/v1/refunds", "data": data, "has_more": older.next().is_some()});
        Reply::new(200, page)
    }

    /// The same key gives the same answer; another body under it is refused.
    fn once(&mut self, call: &Call, work: impl FnOnce(&mut Self, &Form) -> Reply) -> Reply {
        if call.header("content-type") != "application/x-www-form-urlencoded" {
            return self.complain("not a form");
        }
        let key = call.header("idempotency-key").to_owned();
        if key.is_empty() || key.len() > 255 {
            return self.complain("no idempotency key");
        }
        if let Some((path, body, reply)) = self.answered.get(&key) {
            if *path != call.path || body[..] != call.body[..] {
                return problem(400, "idempotency_error", "", "");
            }
            return reply.clone();
        }
        let form: Form = url::form_urlencoded::parse(&call.body).into_owned().collect();
        let reply = work(self, &form);
        self.answered
            .insert(key, (call.path.clone(), call.body.to_vec(), reply.clone()));
        reply
    }
}

fn missing() -> Reply {
    problem(404, "invalid_request_error", "resource_missing", "id")
}

impl Desk for Stripe {
    fn answer(&mut self, call: &Call) -> Reply {
        if call.header("authorization") != format!("Bearer {SECRET_KEY}") {
            return problem(401, "invalid_request_error", "", "");
        }
        if call.header("stripe-version").is_empty() {
            return self.complain("no version");
        }
        match (call.method.as_str(), &call.segments()[..]) {
            ("POST", ["v1", "payment_intents"]) => self.once(call, Self::create),
            ("GET", ["v1", "payment_intents", id]) => self
                .intents
                .get(*id)
                .map_or_else(missing, |intent| Reply::new(200, intent.clone())),
            ("POST", ["v1", "payment_intents", id, action @ ("capture" | "cancel")]) => {
                self.once(call, |desk, form| desk.act(id, action, form))
            }
            ("POST", ["v1", "refunds"]) => self.once(call, Self::refund),
            ("GET", ["v1", "refunds"]) => self.refund_page(call),
            ("GET", ["v1", "refunds", id]) => self
                .refunds
                .get(*id)
                .map_or_else(missing, |refund| Reply::new(200, refund.clone())),
            _ => missing(),
        }
    }
}
