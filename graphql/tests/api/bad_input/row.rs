//! A row of the tables: who sends what to which mutation, and what they must be told.

use serde_json::{Value, json};

/// A bad input and its answer. In the input `$name` stands for what the stage calls so.
pub(super) struct Row {
    pub(super) who: &'static str,
    pub(super) mutation: &'static str,
    pub(super) input: Value,
    /// For mutations that take one; any that will do unless given.
    pub(super) key: Option<String>,
    /// What is uploaded in place of `input.file`.
    pub(super) file: Option<Vec<u8>>,
    pub(super) answer: Answer,
}

pub(super) enum Answer {
    /// These user errors, in this order.
    Told(Vec<Told>),
    /// `BAD_USER_INPUT` for the whole request: what cannot be meant, such as a list past its bound.
    Refused,
}

/// What a user error must say.
pub(super) struct Told {
    pub(super) kind: &'static str,
    pub(super) code: &'static str,
    pub(super) path: String,
    /// A member of this kind of error alone.
    pub(super) more: Option<(&'static str, Value)>,
}

impl Told {
    /// From the arguments on.
    pub(super) fn path(&self) -> Vec<&str> {
        let path = self.path.split('.').filter(|part| !part.is_empty());
        // Beside the input: the key, and the cart that is ordered.
        let is_beside = ["idempotencyKey", "cart"]
            .iter()
            .any(|beside| self.path.starts_with(beside));
        let input = (!is_beside).then_some("input");
        input.into_iter().chain(path).collect()
    }

    pub(super) fn saying(self, name: &'static str, value: impl Into<Value>) -> Self {
        Self {
            more: Some((name, value.into())),
            ..self
        }
    }
}

pub(super) fn told(kind: &'static str, code: &'static str, path: &str) -> Told {
    Told {
        kind,
        code,
        path: path.to_owned(),
        more: None,
    }
}

pub(super) fn invalid(path: &str) -> Told {
    told("InputError", "INVALID", path)
}

pub(super) fn required(path: &str) -> Told {
    told("InputError", "REQUIRED", path)
}

pub(super) fn too_long(path: &str) -> Told {
    told("InputError", "TOO_LONG", path)
}

pub(super) fn out_of_range(path: &str) -> Told {
    told("InputError", "OUT_OF_RANGE", path)
}

pub(super) fn missing(path: &str) -> Told {
    told("NotFoundError", "NOT_FOUND", path)
}

pub(super) fn taken(path: &str) -> Told {
    told("ConflictError", "TAKEN", path)
}

pub(super) fn in_use(path: &str) -> Told {
    told("ConflictError", "IN_USE", path)
}

pub(super) fn illegal(path: &str) -> Told {
    told("ConflictError", "ILLEGAL_STATE", path)
}

pub(super) fn short(path: &str, available: i32) -> Told {
    told("InsufficientStockError", "INSUFFICIENT_STOCK", path).saying("available", available)
}

/// Who sends an input to a mutation.
#[derive(Clone, Copy)]
pub(super) struct Sent {
    who: &'static str,
    mutation: &'static str,
}

pub(super) fn sent(who: &'static str, mutation: &'static str) -> Sent {
    Sent { who, mutation }
}

impl Sent {
    /// These errors come back.
    pub(super) fn told(self, input: Value, errors: impl IntoIterator<Item = Told>) -> Row {
        self.row(input, Answer::Told(errors.into_iter().collect()))
    }

    /// The request as a whole is refused.
    pub(super) fn refused(self, input: Value) -> Row {
        self.row(input, Answer::Refused)
    }

    /// There is nothing of this id.
    pub(super) fn unknown(self, prefix: &str) -> Row {
        self.told(json!({ "id": no(prefix) }), [missing("id")])
    }

    fn row(self, input: Value, answer: Answer) -> Row {
        Row {
            who: self.who,
            mutation: self.mutation,
            input,
            key: None,
            file: None,
            answer,
        }
    }
}

impl Row {
    pub(super) fn key(self, key: impl Into<String>) -> Self {
        Self {
            key: Some(key.into()),
            ..self
        }
    }

    pub(super) fn file(self, file: impl Into<Vec<u8>>) -> Self {
        Self {
            file: Some(file.into()),
            ..self
        }
    }
}

/// An id of the right form that nothing has.
pub(super) fn no(prefix: &str) -> String {
    format!("{prefix}_00000000000000000000000000000001")
}

/// An input with some members changed; `null` stays `null`.
pub(super) fn but(mut input: Value, members: Value) -> Value {
    let members = members.as_object().unwrap().clone();
    input.as_object_mut().unwrap().extend(members);
    input
}

pub(super) fn long(characters: usize) -> String {
    "x".repeat(characters)
}

/// More elements than any input list takes.
pub(super) fn too_many(element: Value) -> Value {
    Value::from(vec![element; 101])
}

/// Keys that are none, for a mutation that takes one.
pub(super) fn bad_keys(sent: Sent, input: &Value) -> Vec<Row> {
    let keys = [String::new(), "a b".to_owned(), "é".to_owned(), long(101)];
    let row = |key| sent.told(input.clone(), [invalid("idempotencyKey")]).key(key);
    keys.into_iter().map(row).collect()
}
