//! A shop with people and things in it, on which a table is played.

use super::{
    row::{Answer, Row, Told},
    schema::Schema,
};
use crate::support::TestShop;
use async_graphql::{Request, UploadValue, Variables};
use serde_json::{Value, json};
use shop::{Role, Viewer};
use std::collections::HashMap;

/// Where the transport puts an upload.
const FILE: &str = "#__graphql_file__:0";
/// The key of everything that a stage does before a table is played.
pub(super) const USED_KEY: &str = "a-used-key";
/// Names that people write so, and no program.
const NAMES: [&str; 1] = ["WebP"];
pub(super) struct Stage {
    pub(super) shop: TestShop,
    pub(super) schema: Schema,
    people: HashMap<&'static str, Viewer>,
    things: HashMap<&'static str, String>,
    /// Cart tokens of guests.
    carts: HashMap<&'static str, String>,
}

impl Stage {
    /// With a guest and one of each role.
    pub(super) async fn open() -> Self {
        let shop = TestShop::open().await;
        let mut people = HashMap::from([("guest", Viewer::Guest)]);
        for (name, role) in [
            ("customer", Role::Customer),
            ("staff", Role::Staff),
            ("admin", Role::Admin),
        ] {
            people.insert(name, shop.viewer(role).await);
        }
        Self {
            schema: Schema::of(&shop).await,
            shop,
            people,
            things: HashMap::new(),
            carts: HashMap::new(),
        }
    }

    pub(super) fn enter(&mut self, name: &'static str, viewer: Viewer) {
        self.people.insert(name, viewer);
    }

    pub(super) fn give_cart(&mut self, name: &'static str, token: String) {
        self.people.insert(name, Viewer::Guest);
        self.carts.insert(name, token);
    }

    pub(super) fn viewer(&self, name: &str) -> Viewer {
        self.people[name]
    }

    /// Rows may say `$name` for this from now on.
    pub(super) fn call(&mut self, name: &'static str, thing: impl Into<String>) {
        self.things.insert(name, thing.into());
    }

    pub(super) fn thing(&self, name: &str) -> &str {
        &self.things[name]
    }

    /// Runs a document that must not fail at the top; gives what its one field came to.
    pub(super) async fn ask(&self, who: &str, operation: &str, variables: Value) -> Value {
        let request = Request::new(operation).variables(Variables::from_json(self.filled(variables)));
        let cart = self.carts.get(who).map(String::as_str);
        let answer = self.shop.send(self.viewer(who), cart, request).await;
        assert_eq!(answer["errors"], Value::Null, "{answer}");
        answer["data"].as_object().unwrap().values().next().unwrap().clone()
    }

    /// A mutation that must succeed; gives what is shown of its payload.
    pub(super) async fn make(&self, who: &str, mutation: &str, shown: &str, input: Value) -> Value {
        self.make_by_key(who, mutation, shown, (input, USED_KEY)).await
    }

    async fn make_by_key(&self, who: &str, mutation: &str, shown: &str, (input, key): (Value, &str)) -> Value {
        let takes_key = self.schema.mutation(mutation).takes("idempotencyKey");
        let key = if takes_key {
            format!(", idempotencyKey: \"{key}\"")
        } else {
            String::new()
        };
        let input_type = self.schema.input_of(mutation);
        let operation = format!(
            "mutation($input: {input_type}) {{ {mutation}(input: $input{key}) {{ {shown} userErrors {{ code path message }} }} }}"
        );
        let payload = self.ask(who, &operation, json!({ "input": input })).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation}: {payload}");
        payload
    }

    /// As [`Self::make`], and its id is called so.
    pub(super) async fn create(&mut self, name: &'static str, mutation: &str, thing: &str, input: Value) {
        let shown = format!("{thing} {{ id }}");
        let payload = self.make("admin", mutation, &shown, input).await;
        self.call(name, payload[thing]["id"].as_str().unwrap());
    }

    /// Has somebody order so many of these; gives the order's id.
    pub(super) async fn order(&self, who: &str, lines: &[(&str, i32)]) -> String {
        self.order_by_key(who, lines, USED_KEY).await
    }

    /// As [`Self::order`], by a key of its own.
    pub(super) async fn order_by_key(&self, who: &str, lines: &[(&str, i32)], key: &str) -> String {
        let line = |(thing, quantity): &(&str, i32)| json!({ "variantId": self.thing(thing), "quantity": quantity });
        let lines: Vec<Value> = lines.iter().map(line).collect();
        self.make(who, "cartLinesSet", "cart { id }", json!({ "lines": lines }))
            .await;
        let details = json!({ "shippingAddress": address() });
        let cart = self.make(who, "cartDetailsSet", "cart { quote }", details).await;
        let quote = json!({ "quote": cart["cart"]["quote"] });
        let placed = self.make_by_key(who, "orderPlace", "order { id }", (quote, key)).await;
        placed["order"]["id"].as_str().unwrap().to_owned()
    }

    /// Plays a table.
    pub(super) async fn play(&self, rows: Vec<Row>) {
        for row in rows {
            let input = self.filled(row.input.clone());
            let what = format!("{} by {}: {}", row.mutation, row.who, shortened(&input));
            let answer = self.send(&row, input.clone()).await;
            match &row.answer {
                Answer::Refused => refused(&answer, &what),
                Answer::Told(expected) => {
                    self.told(&row, expected, &answer, &what);
                    self.no_other_kind(&row, expected, &input).await;
                }
            }
        }
    }

    async fn send(&self, row: &Row, mut input: Value) -> Value {
        let mut uploads = Vec::new();
        if let Some(file) = &row.file {
            input["file"] = json!(FILE);
            uploads.push(upload(file));
        }
        let key = row.key.as_deref().unwrap_or("a-key");
        let variables = json!({ "input": input, "idempotencyKey": key });
        let mut request = Request::new(self.schema.document(row.mutation)).variables(Variables::from_json(variables));
        request.uploads = uploads;
        let cart = self.carts.get(row.who).map(String::as_str);
        self.shop.send(self.viewer(row.who), cart, request).await
    }

    /// The errors are the expected ones, lead to what was sent, are for people, and nothing
    /// was done.
    fn told(&self, row: &Row, expected: &[Told], answer: &Value, what: &str) {
        assert!(!expected.is_empty(), "{what}: a bad input is told something");
        let payload = &answer["data"][row.mutation];
        assert!(payload.is_object(), "{what}: {answer}");
        let errors = payload["userErrors"].as_array().unwrap();
        let seen: Vec<_> = errors
            .iter()
            .map(|error| json!([error["__typename"], error["code"], error["path"]]))
            .collect();
        let wanted: Vec<_> = expected
            .iter()
            .map(|told| json!([told.kind, told.code, told.path()]))
            .collect();
        assert_eq!(json!(seen), json!(wanted), "{what}: {answer}");
        for (error, told) in errors.iter().zip(expected) {
            let message = error["message"].as_str().unwrap();
            assert!(is_for_people(message), "{what}: {message}");
            if let Some((name, value)) = &told.more {
                assert_eq!(&error[name], value, "{what}: {error}");
            }
            let path = told.path();
            let leads = self.schema.leads_somewhere(row.mutation, &path) || path[0] == "cart";
            assert!(leads, "{what}: {path:?} leads nowhere");
        }
        for (name, value) in payload
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| *name != "userErrors")
        {
            let nothing = [Value::Null, json!(false), json!(0)];
            assert!(nothing.contains(value), "{what}: {name} is {value}");
        }
    }

    /// Where an unknown id is told, one of another kind or form does not even get that far.
    async fn no_other_kind(&self, row: &Row, expected: &[Told], input: &Value) {
        for told in expected.iter().filter(|told| told.code == "NOT_FOUND") {
            let place = format!("/{}", told.path.replace('.', "/"));
            let is_id = |value: &Value| value.as_str().is_some_and(|text| text.contains('_'));
            if !input.pointer(&place).is_some_and(is_id) {
                continue;
            }
            for id in ["", "nonsense", "what_00000000000000000000000000000001"] {
                let mut input = input.clone();
                *input.pointer_mut(&place).unwrap() = json!(id);
                let what = format!("{} with the id `{id}` at {place}", row.mutation);
                refused(&self.send(row, input).await, &what);
            }
        }
    }

    /// With things in place of their names.
    fn filled(&self, value: Value) -> Value {
        match value {
            Value::String(text) => match text.strip_prefix('$') {
                Some(name) => json!(
                    self.things
                        .get(name)
                        .unwrap_or_else(|| panic!("nothing is called {name}"))
                ),
                None => Value::String(text),
            },
            Value::Array(values) => values.into_iter().map(|value| self.filled(value)).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| (name, self.filled(value)))
                .collect(),
            other => other,
        }
    }
}

pub(super) fn address() -> Value {
    json!({ "name": "Ada", "line1": "12 St James's Square", "city": "London", "country": "GB" })
}

fn refused(answer: &Value, what: &str) {
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{what}: {answer}");
    assert!(!error["message"].as_str().unwrap().is_empty(), "{what}: {answer}");
    assert_eq!(answer["data"], Value::Null, "{what}: {answer}");
}

/// Says something, and nothing of how the program is written.
fn is_for_people(message: &str) -> bool {
    let marks = ["::", "{", "}", "Some(", "None", "Err(", "\\"];
    let is_code = |word: &str| {
        let letters: Vec<char> = word.chars().collect();
        let is_pascal = letters[0].is_uppercase()
            && letters
                .windows(2)
                .any(|two| two[0].is_lowercase() && two[1].is_uppercase());
        let is_snake = word.trim_matches('_').contains('_');
        (is_pascal || is_snake) && !NAMES.contains(&word)
    };
    let mut words = message
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty());
    !message.is_empty() && !marks.iter().any(|mark| message.contains(mark)) && !words.any(is_code)
}

fn shortened(input: &Value) -> String {
    input.to_string().chars().take(300).collect()
}

fn upload(bytes: &[u8]) -> UploadValue {
    UploadValue {
        filename: "picture.png".to_owned(),
        content_type: None,
        content: bytes.to_vec().into(),
    }
}

#[test]
fn a_message_for_people_shows_nothing_of_the_program() {
    for message in [
        "must be 1 to 100 visible ASCII characters, such as a UUID",
        "only JPEG, PNG, WebP and GIF",
    ] {
        assert!(is_for_people(message), "{message}");
    }
    for message in [
        "",
        "not possible while the order is PendingPayment",
        "shop::error",
        "Some(3) pieces",
        "Problem { path }",
        "current_password is missing",
    ] {
        assert!(!is_for_people(message), "{message}");
    }
}
