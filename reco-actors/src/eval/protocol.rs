//! What systems learn from, and what they are then asked: splits of what people did.
//!
//! Every item that was not met is a candidate; nothing is sampled. A split has two phases: settings are
//! chosen on [`Phase::Validation`], whose answers lie before those of [`Phase::Test`] wherever time says so.
//! Leave-one-out protocols let a system learn from what others did later (Ji et al., *A Critical Study on
//! Data Leakage in Recommender System Offline Evaluation*, TOIS 2023), so the temporal one is the default.

use super::{
    data::{DataSet, Event},
    sampling::Random,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// How a data set is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// All that happened before a moment is learned; each person is asked for what they met after it.
    Temporal,
    /// The last fifth of each person's events is asked for.
    UserTemporal,
    /// The last event of each person is asked for.
    LastItem,
    /// At every place of the latest sessions, the next item.
    Session,
    /// Items that nobody has met, a fifth of all at a time, ranked among each other.
    Cold,
    /// Items that share a label with the one looked at.
    Similar,
    /// Answers to questions in words, as they were judged.
    Search,
}

/// Which part of a split is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Where settings are chosen.
    Validation,
    /// What is reported.
    Test,
}

/// A question to a system.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// Who is asked for: a person, an item or a question in words.
    pub who: u32,
    /// What they did, oldest first.
    pub history: Vec<Event>,
    /// When, milliseconds of the Unix epoch.
    pub at_ms: i64,
    /// What should be found, each once.
    pub relevant: Vec<u32>,
    /// How well each answers, above 0; none where one is as good as another.
    pub grades: Vec<f64>,
    /// Only these are ranked, if that is so.
    pub among: Option<Arc<HashSet<u32>>>,
}

/// What is learned and what is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// In the order of time.
    pub learned: Vec<Event>,
    /// In the order of people.
    pub cases: Vec<Case>,
}

/// Share of the events, the latest, that is asked for.
const LATEST: f64 = 0.1;
/// Share of a person's events, the latest, that is asked for.
const PERSONAL: f64 = 0.2;
/// One in so many items is cold at a time.
const COLD: u64 = 5;
const HOUR_MS: i64 = 3_600_000;

impl Protocol {
    /// Its name on the command line and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Temporal => "temporal",
            Self::UserTemporal => "user-temporal",
            Self::LastItem => "last-item",
            Self::Session => "session",
            Self::Cold => "cold",
            Self::Similar => "similar",
            Self::Search => "search",
        }
    }

    /// What it does, in a sentence.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Temporal => {
                "all before a moment is learned, and each person asked for the new items they met after it (the last tenth of all events)"
            }
            Self::UserTemporal => {
                "the last fifth of each person's events is asked for; others' later events are learned, so figures flatter"
            }
            Self::LastItem => {
                "the last item of each person is asked for; others' later events are learned, so figures flatter"
            }
            Self::Session => "at every place of the sessions of the last tenth of all events, the next new item",
            Self::Cold => {
                "a fifth of the items at a time is taken out of all that is learned; the last item of each person, if it is such, is asked for among them"
            }
            Self::Similar => "for each item, others with the same label",
            Self::Search => "answers to questions as people judged them; what nobody judged counts as wrong",
        }
    }
}

/// The splits of what people did, one for most protocols. None for `Similar` and `Search`, which ask for
/// nobody.
#[must_use]
pub fn splits(data: &DataSet, protocol: Protocol, phase: Phase, seed: u64) -> Vec<Split> {
    let from_end = usize::from(phase == Phase::Validation);
    match protocol {
        Protocol::Temporal => vec![temporal(data, phase)],
        Protocol::UserTemporal => vec![by_person(data, |events| {
            let whole = last_part(events, events.len());
            let end = if from_end == 1 { whole } else { events.len() };
            (last_part(events, end), end)
        })],
        Protocol::LastItem => vec![by_person(data, |events| last(events, from_end))],
        Protocol::Session => vec![sessions(data, phase)],
        Protocol::Cold => cold(data, from_end, seed),
        Protocol::Similar | Protocol::Search => Vec::new(),
    }
}

/// Where the last event that counts begins and ends; validation leaves out the very last.
fn last(events: &[Event], from_end: usize) -> (usize, usize) {
    let end = events.len().saturating_sub(from_end);
    (end.saturating_sub(1), end)
}

/// Where the last fifth of the first `end` events begins: one event at least.
fn last_part(events: &[Event], end: usize) -> usize {
    let part = ((PERSONAL * end as f64).round() as usize).max(1);
    end.min(events.len()).saturating_sub(part)
}

/// The moment from which on a share of the first `count` events lies, and that count up to it.
fn moment(events: &[Event], count: usize) -> (i64, usize) {
    let at = ((1.0 - LATEST) * count as f64) as usize;
    let moment = events
        .get(at.min(count.saturating_sub(1)))
        .map_or(0, |event| event.at_ms);
    (moment, events.partition_point(|event| event.at_ms < moment))
}

/// The window that is asked for, as positions of events.
fn window(events: &[Event], phase: Phase) -> (usize, usize) {
    let (_, from) = moment(events, events.len());
    match phase {
        Phase::Test => (from, events.len()),
        Phase::Validation => (moment(events, from).1, from),
    }
}

fn temporal(data: &DataSet, phase: Phase) -> Split {
    let (from, to) = window(&data.events, phase);
    let learned = data.events[..from].to_vec();
    let mut before = vec![Vec::new(); data.people];
    learned
        .iter()
        .for_each(|event| before[event.person as usize].push(*event));
    let mut after = vec![Vec::new(); data.people];
    data.events[from..to]
        .iter()
        .for_each(|event| after[event.person as usize].push(*event));
    let cases = (0..).zip(before.into_iter().zip(after));
    let cases = cases.filter_map(|(who, (history, asked))| case(who, history, &asked));
    Split {
        cases: cases.collect(),
        learned,
    }
}

/// `None` where nothing new was met.
fn case(who: u32, history: Vec<Event>, asked: &[Event]) -> Option<Case> {
    let met: HashSet<u32> = history.iter().map(|event| event.item).collect();
    let mut relevant: Vec<u32> = Vec::new();
    for event in asked {
        if !met.contains(&event.item) && !relevant.contains(&event.item) {
            relevant.push(event.item);
        }
    }
    let at_ms = asked.first()?.at_ms;
    (!relevant.is_empty()).then_some(Case {
        who,
        history,
        at_ms,
        relevant,
        ..Case::default()
    })
}

/// Each person's events up to a place are learned, and those from there to another asked for.
fn by_person(data: &DataSet, part: impl Fn(&[Event]) -> (usize, usize)) -> Split {
    let mut split = Split::default();
    for (who, events) in (0..).zip(data.histories()) {
        let (from, to) = part(&events);
        split.learned.extend(&events[..from]);
        if from > 0 && from < to {
            split
                .cases
                .extend(case(who, events[..from].to_vec(), &events[from..to]));
        }
    }
    split.learned.sort_by_key(|event| event.at_ms);
    split
}

fn sessions(data: &DataSet, phase: Phase) -> Split {
    let (from, to) = window(&data.events, phase);
    let key = |event: &Event| (event.person, event.group);
    // A session that had begun before is learned as far as it went, and not asked for.
    let begun: HashSet<(u32, u32)> = data.events[..from].iter().map(key).collect();
    let mut asked: HashMap<(u32, u32), Vec<Event>> = HashMap::new();
    for event in data.events[from..to]
        .iter()
        .filter(|event| !begun.contains(&key(event)))
    {
        asked.entry(key(event)).or_default().push(*event);
    }
    let mut asked: Vec<((u32, u32), Vec<Event>)> = asked.into_iter().collect();
    asked.sort_unstable_by_key(|(key, _)| *key);
    let cases = asked.iter().flat_map(|((person, _), events)| {
        (1..events.len()).filter_map(|at| case(*person, events[..at].to_vec(), &events[at..=at]))
    });
    Split {
        cases: cases.collect(),
        learned: data.events[..from].to_vec(),
    }
}

fn cold(data: &DataSet, from_end: usize, seed: u64) -> Vec<Split> {
    let mut random = Random::new(seed);
    let fold: Vec<u64> = data.items.iter().map(|_| random.below(COLD)).collect();
    let whole = by_person(data, |events| last(events, from_end));
    let split = |cold: u64| {
        let is_cold = |item: u32| fold[item as usize] == cold;
        let among: HashSet<u32> = (0..)
            .zip(&fold)
            .filter(|(_, of)| **of == cold)
            .map(|(item, _)| item)
            .collect();
        let among = Arc::new(among);
        let warm = |events: &[Event]| -> Vec<Event> {
            let warm = events.iter().filter(|event| !is_cold(event.item));
            warm.copied().collect()
        };
        let asked = whole
            .cases
            .iter()
            .filter(|case| case.relevant.iter().all(|item| is_cold(*item)));
        let cases = asked.filter_map(|case| {
            let history = warm(&case.history);
            (!history.is_empty()).then(|| Case {
                history,
                among: Some(Arc::clone(&among)),
                ..case.clone()
            })
        });
        Split {
            cases: cases.collect(),
            learned: warm(&whole.learned),
        }
    };
    (0..COLD).map(split).collect()
}

/// An hour after all of a history that tells no time, or the time of the question.
#[must_use]
pub fn asked_at(case: &Case) -> i64 {
    let last = case.history.last().map_or(0, |event| event.at_ms);
    if case.at_ms > last { case.at_ms } else { last + HOUR_MS }
}

#[cfg(test)]
mod tests {
    use super::{super::data::EventKind, *};

    fn data(events: &[(u32, u32)]) -> DataSet {
        let people = events.iter().map(|(person, _)| person + 1).max().unwrap_or(0) as usize;
        let event = |(at, (person, item)): (i64, &(u32, u32))| Event {
            person: *person,
            item: *item,
            at_ms: at * HOUR_MS,
            kind: EventKind::View,
            dwell_ms: None,
            group: 0,
        };
        DataSet {
            people,
            events: (0..).zip(events).map(event).collect(),
            ..DataSet::default()
        }
    }

    fn asked(split: &Split) -> Vec<(u32, Vec<u32>, Vec<u32>)> {
        let items = |case: &Case| case.history.iter().map(|event| event.item).collect();
        let each = split.cases.iter();
        each.map(|case| (case.who, items(case), case.relevant.clone()))
            .collect()
    }

    #[test]
    fn time_parts_what_is_learned_from_what_is_asked() {
        let events: Vec<(u32, u32)> = (0..20).map(|at| (at % 2, at / 2)).chain([(0, 0)]).collect();
        let data = data(&events);
        let test = &splits(&data, Protocol::Temporal, Phase::Test, 1)[0];
        // The last tenth of 21 events: items 9 and, met before, 0.
        assert_eq!(test.learned.len(), 18);
        let last: Vec<(u32, Vec<u32>)> = asked(test).into_iter().map(|(who, _, new)| (who, new)).collect();
        assert_eq!(last, [(0, vec![9]), (1, vec![9])]);
        let validation = &splits(&data, Protocol::Temporal, Phase::Validation, 1)[0];
        assert_eq!(validation.learned.len(), 16);
        assert!(validation.cases.iter().all(|case| case.relevant == [8]));
    }

    #[test]
    fn the_last_item_is_asked_for_and_validation_asks_for_the_one_before() {
        let data = data(&[(0, 1), (1, 5), (0, 2), (0, 3), (2, 7)]);
        let test = &splits(&data, Protocol::LastItem, Phase::Test, 1)[0];
        assert_eq!(asked(test), [(0, vec![1, 2], vec![3])]);
        assert_eq!(
            test.learned.len(),
            2,
            "those of one event have no history, and nothing is learned of them"
        );
        let validation = &splits(&data, Protocol::LastItem, Phase::Validation, 1)[0];
        assert_eq!(asked(validation), [(0, vec![1], vec![2])]);
    }

    #[test]
    fn cold_items_are_in_nothing_that_is_learned_and_ranked_among_each_other() {
        let mut data = data(&(0..200).map(|at| (at % 10, at % 37)).collect::<Vec<_>>());
        data.items = (0..37).map(crate::eval::data::tests::item).collect();
        let splits = splits(&data, Protocol::Cold, Phase::Test, 3);
        assert_eq!(splits.len(), COLD as usize);
        let mut all = HashSet::new();
        for case in splits.iter().flat_map(|split| &split.cases) {
            let among = case.among.as_ref().expect("a fold");
            assert!(case.relevant.iter().all(|item| among.contains(item)));
            all.insert(case.who);
        }
        for split in splits.iter().filter(|split| !split.cases.is_empty()) {
            let among = split.cases[0].among.as_ref().expect("a fold");
            let histories = split.cases.iter().flat_map(|case| &case.history);
            assert!(
                split
                    .learned
                    .iter()
                    .chain(histories)
                    .all(|event| !among.contains(&event.item))
            );
        }
        assert!(!all.is_empty());
    }

    #[test]
    fn a_session_is_asked_for_place_by_place() {
        let mut data = data(&[
            (0, 1),
            (0, 2),
            (0, 3),
            (0, 1),
            (0, 4),
            (1, 1),
            (1, 2),
            (1, 2),
            (1, 9),
            (1, 3),
        ]);
        for (at, event) in (0..).zip(&mut data.events) {
            event.at_ms = if at < 9 { at } else { 9 };
            event.group = u32::from(at >= 5);
        }
        data.events[8].at_ms = 9;
        data.events[8].group = 2;
        data.events[9].group = 2;
        let test = &splits(&data, Protocol::Session, Phase::Test, 1)[0];
        assert_eq!(asked(test), [(1, vec![9], vec![3])]);
    }
}
