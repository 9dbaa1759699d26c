//! Who may resolve which field: every root field is listed in `fields`, and the list is held
//! against the schema, so that a new field fails until it is classified.

mod fields;

use crate::support::TestShop;
use fields::FIELDS;
use serde_json::Value;
use shop::{Role, Viewer};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Public,
    Customer,
    Staff,
    Admin,
}
use Access::{Admin, Customer, Public, Staff};

const PROD: &str = "prod_00000000000000000000000000000001";

/// Every root field: its root, name, who may, and a selection.
fn listed() -> impl Iterator<Item = (&'static str, &'static str, Access, &'static str)> {
    FIELDS.iter().flat_map(|&(root, access, selections)| {
        let name = |selection: &'static str| selection.split(|c: char| !c.is_alphanumeric()).next().unwrap();
        selections
            .iter()
            .map(move |&selection| (root, name(selection), access, selection))
    })
}

fn operation(root: &str, selection: &str) -> String {
    let selection = selection
        .replace("\"ID\"", &format!("\"{PROD}\""))
        .replace("_ID\"", &format!("{}\"", &PROD[4..]));
    format!("{} {{ {selection} }}", root.to_lowercase())
}

/// The codes of a response's errors.
fn codes(answer: &Value) -> Vec<&str> {
    let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
    errors
        .iter()
        .filter_map(|error| error["extensions"]["code"].as_str())
        .collect()
}

#[tokio::test]
async fn every_root_field_is_classified_and_says_what_it_requires() {
    let shop = TestShop::open().await;
    let introspection = "{ __schema { queryType { fields { name description } } mutationType { fields { name description } } \
         subscriptionType { fields { name description } } } }";
    let answer = shop.ask(Viewer::Guest, introspection).await;
    let mut seen = BTreeSet::new();
    let roots = [
        ("Query", "queryType"),
        ("Mutation", "mutationType"),
        ("Subscription", "subscriptionType"),
    ];
    for (root, key) in roots {
        for field in answer["data"]["__schema"][key]["fields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            let found = listed().find(|(of, listed, ..)| *of == root && *listed == name);
            let (.., access, _) = found.unwrap_or_else(|| panic!("{root}.{name} is not classified"));
            let said = field["description"]
                .as_str()
                .unwrap_or_else(|| panic!("{root}.{name} has no description"));
            let tag = match access {
                Public => None,
                Customer => Some("@requires(CUSTOMER)"),
                Staff => Some("@requires(STAFF)"),
                Admin => Some("@requires(ADMIN)"),
            };
            assert_eq!(said.contains("@requires"), tag.is_some(), "{root}.{name}");
            assert!(
                tag.is_none_or(|tag| said.contains(tag)),
                "{root}.{name} must say {tag:?}"
            );
            seen.insert((root.to_owned(), name.to_owned()));
        }
    }
    assert_eq!(seen.len(), listed().count(), "a listed field is not in the schema");
}

#[tokio::test]
async fn a_field_opens_for_its_role_and_above_and_for_nobody_else() {
    let shop = TestShop::open().await;
    let viewers = [
        (0, Viewer::Guest),
        (1, shop.viewer(Role::Customer).await),
        (2, shop.viewer(Role::Staff).await),
        (3, shop.viewer(Role::Admin).await),
    ];
    for (root, name, access, selection) in listed() {
        // Logging out would end the session that the next field needs; it has its own test.
        let needed = match access {
            Public => 0,
            Customer => 1,
            Staff => 2,
            Admin => 3,
        };
        for (rank, viewer) in viewers {
            if name.starts_with("logOut") && rank > 0 {
                continue;
            }
            let operation = operation(root, selection);
            let answer = match root {
                "Subscription" => shop.first(viewer, &operation).await,
                _ => shop.ask(viewer, &operation).await,
            };
            let refused = codes(&answer)
                .into_iter()
                .find(|code| matches!(*code, "UNAUTHENTICATED" | "FORBIDDEN"));
            let expected = match (rank >= needed, rank) {
                (true, _) => None,
                (false, 0) => Some("UNAUTHENTICATED"),
                (false, _) => Some("FORBIDDEN"),
            };
            assert_eq!(refused, expected, "{root}.{name} for {viewer:?}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_demoted_session_is_refused_by_the_capability_although_the_guard_lets_it_pass() {
    let shop = TestShop::open().await;
    let staff = shop.viewer(Role::Staff).await;
    assert!(codes(&shop.ask(staff, "{ recommender { isReady } }").await).is_empty());
    shop.ask(staff, "mutation { logOut { isLoggedOut } }").await;
    assert_eq!(
        codes(&shop.ask(staff, "{ recommender { isReady } }").await),
        ["UNAUTHENTICATED"]
    );
}
