//! The mutations as the schema describes them: what they take, what they give back.

use crate::support::TestShop;
use serde_json::Value;
use shop::Viewer;
use std::collections::{BTreeMap, HashMap};

const INTROSPECTION: &str = "{ __schema {
    mutationType { fields { name args { name type { ...T } } type { ofType { name } } } }
    types { name kind inputFields { name type { ...T } } fields { name type { ...T } } } } }
    fragment T on __Type { name kind ofType { name kind ofType { name kind ofType { name kind } } } }";

/// A type as it is written, and its parts.
#[derive(Clone)]
struct Type {
    text: String,
    /// Without `!` and brackets.
    name: String,
    is_list: bool,
}

impl Type {
    fn read(node: &Value) -> Self {
        let inner = || Self::read(&node["ofType"]);
        match node["kind"].as_str().unwrap() {
            "NON_NULL" => Self {
                text: format!("{}!", inner().text),
                ..inner()
            },
            "LIST" => Self {
                text: format!("[{}]", inner().text),
                is_list: true,
                ..inner()
            },
            _ => {
                let name = node["name"].as_str().unwrap().to_owned();
                Self {
                    text: name.clone(),
                    name,
                    is_list: false,
                }
            }
        }
    }
}

type Fields = Vec<(String, Type)>;

/// What a mutation takes and gives.
pub(super) struct Mutation {
    arguments: Fields,
    payload: String,
}

pub(super) struct Schema {
    pub(super) mutations: BTreeMap<String, Mutation>,
    inputs: HashMap<String, Fields>,
    objects: HashMap<String, Fields>,
}

fn fields(node: &Value) -> Fields {
    let read = |field: &Value| (name(field), Type::read(&field["type"]));
    node.as_array()
        .map(|fields| fields.iter().map(read).collect())
        .unwrap_or_default()
}

fn name(node: &Value) -> String {
    node["name"].as_str().unwrap().to_owned()
}

impl Schema {
    pub(super) async fn of(shop: &TestShop) -> Self {
        let answer = shop.ask(Viewer::Guest, INTROSPECTION).await;
        let schema = &answer["data"]["__schema"];
        assert!(schema.is_object(), "{answer}");
        let mutation = |field: &Value| {
            let (arguments, payload) = (fields(&field["args"]), name(&field["type"]["ofType"]));
            (name(field), Mutation { arguments, payload })
        };
        let mutations = schema["mutationType"]["fields"].as_array().unwrap();
        let types = schema["types"].as_array().unwrap();
        let of = |key: &str| types.iter().map(|node| (name(node), fields(&node[key]))).collect();
        Self {
            mutations: mutations.iter().map(mutation).collect(),
            inputs: of("inputFields"),
            objects: of("fields"),
        }
    }

    pub(super) fn mutation(&self, name: &str) -> &Mutation {
        let found = self.mutations.get(name);
        found.unwrap_or_else(|| panic!("there is no mutation {name}"))
    }

    /// The type of the mutation's input, as it is written.
    pub(super) fn input_of(&self, name: &str) -> &str {
        let mut arguments = self.mutation(name).arguments.iter();
        let (_, kind) = arguments.find(|(name, _)| name == "input").unwrap();
        &kind.text
    }

    /// The mutation's document, with every argument as a variable of its name.
    pub(super) fn document(&self, name: &str) -> String {
        let mutation = self.mutation(name);
        let each = |write: &dyn Fn(&(String, Type)) -> String| {
            mutation.arguments.iter().map(write).collect::<Vec<_>>().join(", ")
        };
        let (variables, arguments) = (
            each(&|(name, kind)| format!("${name}: {}", kind.text)),
            each(&|(name, _)| format!("{name}: ${name}")),
        );
        let shown = self.shown(mutation).map(|(name, is_leaf)| match is_leaf {
            true => name.to_owned(),
            false => format!("{name} {{ __typename }}"),
        });
        let shown = shown.collect::<Vec<_>>().join(" ");
        format!(
            "mutation({variables}) {{ {name}({arguments}) {{ {shown} userErrors {{ __typename code path message
                ... on InsufficientStockError {{ available }} ... on CouponError {{ minimum {{ amount }} }}
                ... on FileTooLargeError {{ maxBytes }} ... on ImageTooLargeError {{ width height }} }} }} }}"
        )
    }

    /// What the payload holds beside its errors, and whether that is without parts.
    fn shown<'a>(&'a self, mutation: &Mutation) -> impl Iterator<Item = (&'a str, bool)> {
        let fields = self.objects[&mutation.payload].iter();
        let fields = fields.filter(|(name, _)| name != "userErrors");
        fields.map(|(name, kind)| (name.as_str(), self.objects[&kind.name].is_empty()))
    }

    /// Where the mutation takes ids, below its input; `*` stands for places of a list.
    pub(super) fn ids(&self, mutation: &str) -> Vec<String> {
        let arguments = self.mutation(mutation).arguments.iter();
        let input = arguments.filter(|(name, _)| name == "input");
        input.flat_map(|(_, kind)| self.ids_below(&kind.name, "")).collect()
    }

    fn ids_below(&self, input: &str, path: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (name, kind) in &self.inputs[input] {
            let place = format!("{path}{name}{}", if kind.is_list { ".*" } else { "" });
            if kind.name == "ID" {
                found.push(place);
            } else {
                found.extend(self.ids_below(&kind.name, &format!("{place}.")));
            }
        }
        found
    }

    /// Whether a path leads from the mutation's arguments to something that can be sent.
    pub(super) fn leads_somewhere(&self, mutation: &str, path: &[&str]) -> bool {
        let mut fields = &self.mutation(mutation).arguments;
        let mut is_list = false;
        for part in path {
            if std::mem::take(&mut is_list) {
                if part.parse::<usize>().is_err() {
                    return false;
                }
                continue;
            }
            let Some((_, kind)) = fields.iter().find(|(name, _)| name == part) else {
                return false;
            };
            fields = &self.inputs[&kind.name];
            is_list = kind.is_list;
        }
        true
    }
}

impl Mutation {
    pub(super) fn takes(&self, argument: &str) -> bool {
        self.arguments.iter().any(|(name, _)| name == argument)
    }

    pub(super) fn takes_nothing(&self) -> bool {
        self.arguments.is_empty()
    }
}
