//! What a shop's staff say about search: words that mean the same, products that come first,
//! higher, lower or not at all, and how much each part of a score counts. Compiled whenever it
//! changes; looked up by the words of a question.

use super::{Fusion, words};
use crate::ItemId;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// The words of a synonym that are asked for.
pub(super) type Phrase = Box<[Box<str>]>;

/// Words that mean the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synonym {
    /// Who looks for this finds the terms too, not the other way round; without it the terms
    /// all mean the same.
    pub source: Option<String>,
    /// The terms, of one or several words.
    pub terms: Vec<String>,
}

/// What becomes of a rule's items.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RuleAction {
    /// They come first, in the rule's order, even where they were not found.
    Pin,
    /// Their scores rise by this.
    Boost(f32),
    /// Their scores fall by this.
    Bury(f32),
    /// They are not found.
    Hide,
}

/// What becomes of some items in the answers to some questions. Items, categories and brands
/// that do not exist (any more) are passed over.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchRule {
    /// The questions; none: all of them.
    pub queries: Vec<String>,
    /// Whether a question needs only to contain one of them, as whole words.
    pub contained: bool,
    /// What becomes of the items.
    pub action: RuleAction,
    /// These items, …
    pub items: Vec<ItemId>,
    /// … those of these categories with their subtrees, …
    pub categories: Vec<Uuid>,
    /// … and those of these brands.
    pub brands: Vec<Uuid>,
    /// From when on it holds.
    pub starts_at: Option<DateTime<Utc>>,
    /// From when on it holds no longer.
    pub ends_at: Option<DateTime<Utc>>,
}

impl SearchRule {
    fn holds(&self, at: DateTime<Utc>) -> bool {
        self.starts_at.is_none_or(|from| from <= at) && self.ends_at.is_none_or(|until| at < until)
    }
}

/// Everything that staff and earlier shoppers have to say about a question.
#[derive(Clone, Debug, Default)]
pub struct SearchGuide {
    /// How much each part of a score counts.
    pub fusion: Fusion,
    synonyms: Phrases<Vec<Phrase>>,
    rules: Vec<SearchRule>,
    /// Rules by the whole question.
    exact: HashMap<String, Vec<usize>>,
    /// Rules by what a question contains.
    contained: Phrases<Vec<usize>>,
    /// Rules for all questions.
    always: Vec<usize>,
    /// Earlier questions as they are compared, with how they were written and how often.
    popular: BTreeMap<String, (String, u64)>,
}

impl SearchGuide {
    /// A guide of these. `popular` are earlier questions and how often each was asked.
    #[must_use]
    pub fn new(
        fusion: Fusion,
        synonyms: &[Synonym],
        rules: Vec<SearchRule>,
        popular: impl IntoIterator<Item = (String, u64)>,
    ) -> Self {
        let mut guide = Self {
            fusion,
            popular: popular
                .into_iter()
                .map(|(text, count)| (key(&text), (text, count)))
                .collect(),
            ..Self::default()
        };
        for synonym in synonyms {
            guide.add_synonym(synonym);
        }
        for (at, rule) in rules.iter().enumerate() {
            for query in &rule.queries {
                match rule.contained {
                    true => guide.contained.entry(query).push(at),
                    false => guide.exact.entry(key(query)).or_default().push(at),
                }
            }
            if rule.queries.is_empty() {
                guide.always.push(at);
            }
        }
        guide.rules = rules;
        guide
    }

    fn add_synonym(&mut self, synonym: &Synonym) {
        let sources = match &synonym.source {
            Some(source) => std::slice::from_ref(source),
            None => &synonym.terms,
        };
        for source in sources {
            let others = synonym.terms.iter().filter(|term| key(term) != key(source));
            let others: Vec<Phrase> = others
                .map(|term| phrase(term))
                .filter(|term| !term.is_empty())
                .collect();
            self.synonyms.entry(source).extend(others);
        }
    }

    /// What stands in `words` that has synonyms: from where, how many words, and the synonyms.
    pub(super) fn synonyms_in<'a>(&'a self, words: &[&str]) -> Vec<(usize, usize, &'a [Phrase])> {
        let found = self.synonyms.in_words(words).into_iter();
        found
            .map(|(at, length, terms)| (at, length, terms.as_slice()))
            .collect()
    }

    /// The rules for what was asked, in whatever spellings, at a time; in their order.
    pub(super) fn rules_for<'t>(
        &self,
        texts: impl IntoIterator<Item = &'t str>,
        at: DateTime<Utc>,
    ) -> Vec<&SearchRule> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let mut found = self.always.clone();
        for whole in texts.into_iter().map(key) {
            let words: Vec<&str> = whole.split_ascii_whitespace().collect();
            found.extend(
                self.contained
                    .in_words(&words)
                    .into_iter()
                    .flat_map(|(_, _, rules)| rules),
            );
            found.extend(self.exact.get(&whole).into_iter().flatten());
        }
        found.sort_unstable();
        found.dedup();
        let rules = found.into_iter().map(|at| &self.rules[at]);
        rules.filter(|rule| rule.holds(at)).collect()
    }

    /// Earlier questions that begin so, most frequent first.
    pub(super) fn popular(&self, beginning: &str, most: usize) -> Vec<&str> {
        let beginning = key(beginning);
        let from = self.popular.range(beginning.clone()..);
        let mut found: Vec<&(String, u64)> = from
            .take_while(|(text, _)| text.starts_with(&beginning))
            .map(|(_, said)| said)
            .collect();
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        found.into_iter().take(most).map(|(text, _)| text.as_str()).collect()
    }
}

/// The form in which questions are compared.
pub(super) fn key(text: &str) -> String {
    words::fold(text).split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of a phrase that are asked for.
fn phrase(text: &str) -> Phrase {
    let folded = words::fold(text);
    let words = folded.split_ascii_whitespace().filter(|word| !words::is_filler(word));
    words.map(Into::into).collect()
}

/// Something by phrases, found in a text by the first word of each.
#[derive(Clone, Debug)]
struct Phrases<T>(HashMap<Box<str>, Vec<(Phrase, T)>>);

impl<T> Default for Phrases<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Default> Phrases<T> {
    /// What is kept by a phrase. One without words is never found.
    fn entry(&mut self, text: &str) -> &mut T {
        let words = phrase(text);
        let first = words.first().cloned().unwrap_or_default();
        let phrases = self.0.entry(first).or_default();
        let at = phrases.iter().position(|(known, _)| *known == words);
        let at = at.unwrap_or_else(|| {
            phrases.push((words, T::default()));
            phrases.len() - 1
        });
        &mut phrases[at].1
    }

    /// Every phrase that stands in these words: from where, how many words, and what is kept by it.
    fn in_words(&self, words: &[&str]) -> Vec<(usize, usize, &T)> {
        let mut found = Vec::new();
        for (at, first) in words.iter().enumerate() {
            for (phrase, kept) in self.0.get(*first).into_iter().flatten() {
                let here = words.get(at..at + phrase.len()).unwrap_or_default();
                if here.iter().copied().eq(phrase.iter().map(AsRef::as_ref)) {
                    found.push((at, phrase.len(), kept));
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(queries: &[&str], contained: bool) -> SearchRule {
        SearchRule {
            queries: queries.iter().map(|&query| query.to_owned()).collect(),
            contained,
            action: RuleAction::Hide,
            items: Vec::new(),
            categories: Vec::new(),
            brands: Vec::new(),
            starts_at: None,
            ends_at: None,
        }
    }

    fn guide(synonyms: &[Synonym], rules: Vec<SearchRule>) -> SearchGuide {
        let popular = [
            ("Usb Hub".to_owned(), 3),
            ("usb cable".to_owned(), 9),
            ("usher".to_owned(), 1),
        ];
        SearchGuide::new(Fusion::default(), synonyms, rules, popular)
    }

    #[test]
    fn a_question_is_known_by_its_words_whatever_their_case_and_spaces() {
        let guide = guide(
            &[],
            vec![
                rule(&["Gaming  Mouse"], false),
                rule(&["mouse"], true),
                rule(&[], false),
            ],
        );
        let now = Utc::now();
        assert_eq!(guide.rules_for([" gaming MOUSE "], now).len(), 3);
        assert_eq!(guide.rules_for(["wireless mouse"], now).len(), 2);
        assert_eq!(guide.rules_for(["mousepad"], now).len(), 1);
    }

    #[test]
    fn a_rule_holds_from_its_start_until_before_its_end() {
        let now = Utc::now();
        let mut timed = rule(&[], false);
        (timed.starts_at, timed.ends_at) = (Some(now), Some(now + chrono::Duration::hours(1)));
        let guide = guide(&[], vec![timed]);
        let holds = |minutes: i64| guide.rules_for(["x"], now + chrono::Duration::minutes(minutes)).len();
        assert_eq!([holds(-1), holds(0), holds(59), holds(60)], [0, 1, 1, 0]);
    }

    #[test]
    fn synonyms_go_both_ways_unless_they_have_a_source() {
        let mutual = Synonym {
            source: None,
            terms: vec!["TV".into(), "flat screen".into()],
        };
        let one_way = Synonym {
            source: Some("tablet".into()),
            terms: vec!["iPad".into()],
        };
        let guide = guide(&[mutual, one_way], vec![]);
        let found = guide.synonyms_in(&["flat", "screen", "stand"]);
        assert_eq!((found[0].0, found[0].1, &*found[0].2[0][0]), (0, 2, "tv"));
        assert_eq!(&*guide.synonyms_in(&["tv"])[0].2[0][1], "screen");
        assert_eq!(guide.synonyms_in(&["tablet"]).len(), 1);
        assert!(guide.synonyms_in(&["ipad"]).is_empty());
    }

    #[test]
    fn earlier_questions_are_suggested_most_frequent_first() {
        let guide = guide(&[], vec![]);
        assert_eq!(guide.popular("USB ", 5), ["usb cable", "Usb Hub"]);
        assert_eq!(guide.popular("us", 1), ["usb cable"]);
        assert!(guide.popular("x", 5).is_empty());
    }
}
