//! What a synonym, a rule and the weights must be like. Each tells all its problems at once.

use super::{
    Action, LONGEST, MOST, NewRule, NewSynonym, Rule, SearchSettings, USUAL_STRENGTH, folded,
    kept::{StoredRule, StoredSynonym},
};
use crate::{
    Shop,
    error::{ProblemCode, ShopError},
    text::Checks,
};
use entities::{id::ProductId, product};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use std::{collections::HashSet, hash::Hash};

/// Longest term of a synonym, and longest name of a rule.
const LONGEST_TERM: usize = 100;
/// Most terms of a synonym.
const MOST_TERMS: usize = 32;
/// Most queries, and most targets of a kind, of a rule.
const MOST_OF_RULE: usize = 50;
/// Greatest strength and weight.
const STRONGEST: f32 = 10.0;

/// All are held in memory by every process.
pub(super) fn room(count: u64, path: &str) -> Result<(), ShopError> {
    if count < MOST {
        return Ok(());
    }
    let message = format!("there are {MOST} already");
    Err(ShopError::problem(path, ProblemCode::TooLong, message))
}

/// A synonym as it is stored.
pub(super) fn synonym(input: NewSynonym) -> Result<StoredSynonym, ShopError> {
    let mut checks = Checks::default();
    let mut terms = phrases(&mut checks, "terms", &input.terms, LONGEST_TERM);
    let least = if input.source.is_none() { 2 } else { 1 };
    let source = input.source.as_deref();
    let source = source.and_then(|source| phrase(&mut checks, "source", source, LONGEST_TERM));
    terms.retain(|term| Some(term) != source.as_ref());
    if terms.len() < least {
        let message = format!("at least {least}, each of its own");
        checks.fail("terms", ProblemCode::Required, message);
    }
    if terms.len() > MOST_TERMS {
        checks.fail("terms", ProblemCode::TooLong, format!("at most {MOST_TERMS}"));
    }
    checks.done()?;
    Ok(StoredSynonym { source, terms })
}

/// A rule as it is stored. What `before` names may be gone by now and does no harm: a rule must
/// not be beyond change because of it.
pub(super) async fn rule(
    shop: &Shop,
    tx: &DatabaseTransaction,
    input: NewRule,
    before: Option<&Rule>,
) -> Result<StoredRule, ShopError> {
    let mut checks = Checks::default();
    let mut rule = StoredRule {
        name: checks.line("name", &input.name, LONGEST_TERM),
        queries: phrases(&mut checks, "queries", &input.queries, LONGEST),
        strength: strength(&mut checks, &input),
        matching: input.matching,
        action: input.action,
        products: input.products,
        categories: input.categories,
        brands: input.brands,
        starts_at: input.starts_at,
        ends_at: input.ends_at,
        is_active: input.is_active,
    };
    for (path, count) in [
        ("queries", rule.queries.len()),
        ("productIds", rule.products.len()),
        ("categoryIds", rule.categories.len()),
        ("brandIds", rule.brands.len()),
    ] {
        if count > MOST_OF_RULE {
            checks.fail(path, ProblemCode::TooLong, format!("at most {MOST_OF_RULE}"));
        }
    }
    targets(&mut checks, &rule);
    if let (Some(starts), Some(ends)) = (rule.starts_at, rule.ends_at)
        && starts >= ends
    {
        checks.fail("endsAt", ProblemCode::OutOfRange, "must be after the start");
    }
    known(shop, tx, &mut checks, &rule, before).await?;
    checks.done()?;
    each_once(&mut rule.products);
    each_once(&mut rule.categories);
    each_once(&mut rule.brands);
    Ok(rule)
}

/// Weights are within 0 and 10, and one of those that every shop has counts.
pub(super) fn weights(settings: SearchSettings) -> Result<(), ShopError> {
    let mut checks = Checks::default();
    let weights = [
        ("words", settings.words),
        ("coverage", settings.coverage),
        ("meaning", settings.meaning),
    ];
    for (path, weight) in weights.into_iter().chain([("looks", settings.looks)]) {
        if weight.is_some_and(|weight| !(0.0..=STRONGEST).contains(&weight)) {
            checks.fail(path, ProblemCode::OutOfRange, "must lie within 0 and 10");
        }
    }
    if weights.iter().all(|(_, weight)| *weight == Some(0.0)) {
        checks.fail("words", ProblemCode::OutOfRange, "one weight must be more than 0");
    }
    checks.done()
}

fn strength(checks: &mut Checks, input: &NewRule) -> Option<f32> {
    match input.strength {
        Some(_) if !input.action.has_strength() => {
            checks.fail("strength", ProblemCode::Invalid, "only boosts and burials have one");
        }
        Some(strength) if !(strength > 0.0 && strength <= STRONGEST) => {
            checks.fail(
                "strength",
                ProblemCode::OutOfRange,
                "must be more than 0 and at most 10",
            );
        }
        given => return given.or(input.action.has_strength().then_some(USUAL_STRENGTH)),
    }
    None
}

fn targets(checks: &mut Checks, rule: &StoredRule) {
    let groups = [
        ("categoryIds", !rule.categories.is_empty()),
        ("brandIds", !rule.brands.is_empty()),
    ];
    if rule.action != Action::Pin {
        if rule.products.is_empty() && groups.iter().all(|(_, is_named)| !is_named) {
            let message = "name products, categories or brands";
            checks.fail("productIds", ProblemCode::Required, message);
        }
        return;
    }
    if rule.queries.is_empty() {
        let message = "what comes first does so for some queries";
        checks.fail("queries", ProblemCode::Required, message);
    }
    if rule.products.is_empty() {
        checks.fail("productIds", ProblemCode::Required, "name what comes first");
    }
    for (path, _) in groups.into_iter().filter(|(_, is_named)| *is_named) {
        checks.fail(path, ProblemCode::Invalid, "only products can come first");
    }
}

/// Nobody wants a rule for what was never there.
async fn known(
    shop: &Shop,
    tx: &DatabaseTransaction,
    checks: &mut Checks,
    rule: &StoredRule,
    before: Option<&Rule>,
) -> Result<(), ShopError> {
    let products = || rule.products.iter().copied().take(MOST_OF_RULE);
    let found = product::Entity::find()
        .select_only()
        .column(product::Column::Id)
        .filter(product::Column::Id.is_in(products()));
    let found: HashSet<ProductId> = found.into_tuple().all(tx).await?.into_iter().collect();
    let taxonomy = shop.catalog().taxonomy();
    let products = products().map(|id| found.contains(&id) || before.is_some_and(|rule| rule.products.contains(&id)));
    let categories = rule.categories.iter().map(|id| {
        let is_there = taxonomy.category(*id).is_some();
        is_there || before.is_some_and(|rule| rule.categories.contains(id))
    });
    let brands = rule.brands.iter().map(|id| {
        let is_there = taxonomy.brand(*id).is_some();
        is_there || before.is_some_and(|rule| rule.brands.contains(id))
    });
    let all: [(&str, Vec<bool>); 3] = [
        ("productIds", products.collect()),
        ("categoryIds", categories.take(MOST_OF_RULE).collect()),
        ("brandIds", brands.take(MOST_OF_RULE).collect()),
    ];
    for (path, known) in all {
        for (at, _) in known.iter().enumerate().filter(|(_, is_known)| !**is_known) {
            checks.fail(&format!("{path}.{at}"), ProblemCode::NotFound, "there is no such thing");
        }
    }
    Ok(())
}

fn each_once<T: Copy + Eq + Hash>(ids: &mut Vec<T>) {
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(*id));
}

/// Normalised texts, each once.
fn phrases(checks: &mut Checks, path: &str, given: &[String], longest: usize) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(given.len());
    for (at, text) in given.iter().enumerate() {
        let phrase = phrase(checks, &format!("{path}.{at}"), text, longest);
        kept.extend(phrase.filter(|phrase| !kept.contains(phrase)));
    }
    kept
}

/// A normalised text; one that is too long is refused instead of cut.
fn phrase(checks: &mut Checks, path: &str, text: &str, longest: usize) -> Option<String> {
    let phrase = folded(text);
    if phrase.is_empty() {
        checks.fail(path, ProblemCode::Required, "must not be empty");
    } else if phrase.chars().count() > longest {
        checks.fail(path, ProblemCode::TooLong, format!("at most {longest} characters"));
    } else {
        return Some(phrase);
    }
    None
}
