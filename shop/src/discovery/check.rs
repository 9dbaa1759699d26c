//! What a synonym, a rule and the weights must be like. Each tells all its problems at once.

use super::{
    Action, LONGEST, MOST, NewRule, NewSynonym, Rule, SearchSettings, folded,
    kept::{StoredRule, StoredSynonym},
    targets::{MOST_OF_RULE, STRONGEST, Targets, each_once, strength},
};
use crate::{
    Shop,
    error::{ProblemCode, ShopError},
    text::Checks,
};
use sea_orm::DatabaseTransaction;

/// Longest term of a synonym, and longest name of a rule.
const LONGEST_TERM: usize = 100;
/// Most terms of a synonym.
const MOST_TERMS: usize = 32;

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
        strength: strength(&mut checks, input.action, input.strength),
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
    if rule.action == Action::Pin && rule.queries.is_empty() {
        let message = "what comes first does so for some queries";
        checks.fail("queries", ProblemCode::Required, message);
    }
    let targets = Targets {
        products: &rule.products,
        categories: &rule.categories,
        brands: &rule.brands,
    };
    targets.suit(&mut checks, rule.action);
    if let (Some(starts), Some(ends)) = (rule.starts_at, rule.ends_at)
        && starts >= ends
    {
        checks.fail("endsAt", ProblemCode::OutOfRange, "must be after the start");
    }
    let before = before.map(|rule| Targets {
        products: &rule.products,
        categories: &rule.categories,
        brands: &rule.brands,
    });
    targets.known(shop, tx, &mut checks, before).await?;
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
