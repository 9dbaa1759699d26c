//! Bad input: for every mutation a table of inputs that will not do and of what each must be
//! told, played on a shop with real things in it. The tables are held against the schema, so
//! that a new mutation fails until it has rows.

mod accounts;
mod behaviour;
mod carts;
mod catalogue;
mod commerce;
mod media;
mod orders;
mod products;
mod recommender;
mod reviews;
mod row;
mod schema;
mod search;
mod shopping;
mod stage;
mod steering;
mod taxonomy;
mod variants;

use crate::support::TestShop;
use row::{Answer, Row};
use schema::Schema;
use std::collections::BTreeSet;

const TABLES: [fn() -> Vec<Row>; 13] = [
    accounts::rows,
    behaviour::rows,
    carts::rows,
    commerce::rows,
    media::rows,
    orders::rows,
    products::rows,
    recommender::rows,
    reviews::rows,
    search::rows,
    steering::rows,
    taxonomy::rows,
    variants::rows,
];

/// Mutations whose input cannot be bad, and why.
const NOTHING_TO_GET_WRONG: [(&str, &str); 9] = [
    ("eventsErase", "takes nothing; whose events these are says the token"),
    ("cartCouponRemove", "takes nothing; without a coupon nothing changes"),
    (
        "emailVerificationRequest",
        "takes nothing; whose address it is says the session",
    ),
    ("logOut", "takes nothing; which session it is says the token"),
    (
        "logOutEverywhere",
        "takes nothing; whose sessions these are says the token",
    ),
    ("recommenderRebuild", "takes nothing; every process is meant"),
    ("recommenderPause", "takes nothing; workers that rest go on resting"),
    ("recommenderResume", "takes nothing; workers that work go on"),
    (
        "embeddingFailuresRetry",
        "takes nothing; without failures nothing is tried",
    ),
];
/// Mutations that refuse ids of another kind and lists past their bound alone, and why.
const NOTHING_TO_BE_TOLD: [(&str, &str); 2] = [
    (
        "cartLinesRemove",
        "what is not in the cart is out already, so that taking out may be repeated",
    ),
    ("trackingUpdate", "yes and no are both fine"),
];

const NOTHING_MATCHES: &str = "a condition that nothing meets finds nothing";
/// Ids that may be unknown without being told so, and why.
const UNKNOWN_IS_FINE: [(&str, &str, &str); 8] = [
    (
        "eventsRecord",
        "events.*.id",
        "the client makes it: the first time nothing has it",
    ),
    ("searchByImage", "where.brands.*", NOTHING_MATCHES),
    ("searchByImage", "where.categories.*", NOTHING_MATCHES),
    ("searchByImage", "where.ids.*", NOTHING_MATCHES),
    ("cartLinesRemove", "variantIds.*", NOTHING_TO_BE_TOLD[0].1),
    (
        "mediaReorder",
        "mediaIds.*",
        "all of a product's pictures must be named: the list is told",
    ),
    (
        "deadLettersRetry",
        "ids.*",
        "somebody else has dealt with it meanwhile: it is not counted",
    ),
    (
        "deadLettersDiscard",
        "ids.*",
        "somebody else has dealt with it meanwhile: it is not counted",
    ),
];

fn names<'a>(list: &'a [(&'a str, &'a str)]) -> BTreeSet<&'a str> {
    list.iter().map(|(name, _)| *name).collect()
}

#[tokio::test]
async fn every_mutation_is_given_bad_input() {
    let schema = Schema::of(&TestShop::open().await).await;
    let rows: Vec<Row> = TABLES.iter().flat_map(|table| table()).collect();
    let tried: BTreeSet<&str> = rows.iter().map(|row| row.mutation).collect();
    let excused = names(&NOTHING_TO_GET_WRONG);
    for (name, mutation) in &schema.mutations {
        let name = name.as_str();
        assert!(
            tried.contains(name) != excused.contains(name),
            "{name} has neither rows nor an excuse, or both"
        );
        assert_eq!(
            mutation.takes_nothing(),
            excused.contains(name),
            "{name}: who takes nothing is excused"
        );
    }
    for name in tried.iter().chain(&excused) {
        assert!(schema.mutations.contains_key(*name), "there is no mutation {name}");
    }
}

#[tokio::test]
async fn every_mutation_tells_what_is_wrong_and_where() {
    let schema = Schema::of(&TestShop::open().await).await;
    let rows: Vec<Row> = TABLES.iter().flat_map(|table| table()).collect();
    let (mut told, mut of_keys) = (BTreeSet::new(), BTreeSet::new());
    for row in &rows {
        let Answer::Told(errors) = &row.answer else { continue };
        told.insert(row.mutation);
        if errors.iter().any(|error| error.path == "idempotencyKey") {
            of_keys.insert(row.mutation);
        }
    }
    let tried: BTreeSet<&str> = rows.iter().map(|row| row.mutation).collect();
    assert_eq!(&tried - &told, names(&NOTHING_TO_BE_TOLD));
    let keyed = schema
        .mutations
        .iter()
        .filter(|(_, mutation)| mutation.takes("idempotencyKey"));
    assert_eq!(of_keys, keyed.map(|(name, _)| name.as_str()).collect());
}

#[tokio::test]
async fn every_id_that_a_mutation_takes_is_tried_when_nothing_has_it() {
    let schema = Schema::of(&TestShop::open().await).await;
    let mut untried: BTreeSet<(String, String)> = BTreeSet::new();
    for name in schema.mutations.keys() {
        untried.extend(schema.ids(name).into_iter().map(|place| (name.clone(), place)));
    }
    assert!(untried.len() > schema.mutations.len() / 2, "ids were not found");
    for row in TABLES.iter().flat_map(|table| table()) {
        let Answer::Told(errors) = &row.answer else { continue };
        for error in errors.iter().filter(|error| error.code == "NOT_FOUND") {
            let is_place = |part: &&str| part.parse::<usize>().is_ok();
            let parts = error
                .path
                .split('.')
                .map(|part| if is_place(&part) { "*" } else { part });
            untried.remove(&(row.mutation.to_owned(), parts.collect::<Vec<_>>().join(".")));
        }
    }
    let excused = UNKNOWN_IS_FINE.map(|(mutation, place, _)| (mutation.to_owned(), place.to_owned()));
    assert_eq!(untried, BTreeSet::from(excused));
}
