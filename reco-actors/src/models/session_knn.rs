//! What people with a session like this one looked at besides: vector-multiplication session kNN
//! (V-SKNN: Ludewig and Jannach, UMUAI 2018), with items weighted by how rare they are.
//!
//! Of the latest sessions that share an item with the current one, those are nearest whose shared
//! items came late in it: each counts `(place/length)²`. A neighbour speaks for its items with that
//! similarity, over the distance of the latest shared item from the end, and times `1 + w·idf`.
//!
//! Pure and deterministic: the same visits in the same order give the same lists.

use super::Next;
use crate::ItemId;
use std::collections::{HashMap, VecDeque};

/// How sessions are held against each other. The defaults give the published lists for RSC15-100k
/// (`next_item --sessions`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionKnnSettings {
    /// Nearest sessions that speak.
    pub neighbours: usize,
    /// Latest sessions with a shared item that are looked at.
    pub sample: usize,
    /// How much the rarity of an item counts.
    pub rarity: f32,
    /// Sessions that are remembered, the latest.
    pub most_sessions: usize,
    /// Visits of one session that are remembered, the first.
    pub most_visits: usize,
}

impl Default for SessionKnnSettings {
    fn default() -> Self {
        Self {
            neighbours: 500,
            sample: 2_500,
            rarity: 5.0,
            most_sessions: 100_000,
            most_visits: 200,
        }
    }
}

/// A session that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionNumber(u64);

/// The model.
#[derive(Clone, Debug)]
pub struct SessionKnn {
    settings: SessionKnnSettings,
    /// The items of each, each once; the latest session last.
    sessions: VecDeque<Vec<ItemId>>,
    /// The number of the first of these.
    first: u64,
    items: HashMap<ItemId, Known>,
}

/// What is known of an item.
#[derive(Clone, Debug, Default)]
struct Known {
    /// Sessions with it, ascending; those that are forgotten are dropped now and then.
    sessions: VecDeque<u64>,
    /// Visits.
    visits: u64,
}

impl SessionKnn {
    /// A model that has met nobody.
    #[must_use]
    pub fn new(settings: SessionKnnSettings) -> Self {
        Self {
            settings,
            sessions: VecDeque::new(),
            first: 0,
            items: HashMap::new(),
        }
    }

    /// A new session, the latest; one that was begun long ago is forgotten for it.
    pub fn begin(&mut self) -> SessionNumber {
        if self.sessions.len() >= self.settings.most_sessions.max(1) {
            for item in self.sessions.pop_front().unwrap_or_default() {
                if let Some(known) = self.items.get_mut(&item) {
                    known.sessions.pop_front();
                }
            }
            self.first += 1;
        }
        self.sessions.push_back(Vec::new());
        SessionNumber(self.first + self.sessions.len() as u64 - 1)
    }

    /// An item was visited in a session; one that is forgotten stays so.
    pub fn visit(&mut self, session: SessionNumber, item: ItemId) {
        let place = session
            .0
            .checked_sub(self.first)
            .and_then(|place| usize::try_from(place).ok());
        let Some(items) = place.and_then(|place| self.sessions.get_mut(place)) else {
            return;
        };
        let known = self.items.entry(item).or_default();
        known.visits += 1;
        if items.contains(&item) || items.len() >= self.settings.most_visits {
            return;
        }
        items.push(item);
        let at = known.sessions.partition_point(|number| *number < session.0);
        known.sessions.insert(at, session.0);
    }

    /// What goes with a session, its visits in order; only what is to be kept. Best first, ties by
    /// id; the best has 1.
    #[must_use]
    pub fn next(&self, current: &[ItemId], keep: impl Fn(ItemId) -> bool, limit: usize) -> Vec<Next> {
        // The latest visit of an item is its place.
        let places: HashMap<ItemId, usize> = current.iter().copied().zip(1..).collect();
        let mut scores: HashMap<ItemId, HashMap<ItemId, f32>> = HashMap::new();
        for (session, similarity) in self.nearest(current, &places) {
            let items = self.session(session);
            let shared = items.iter().filter_map(|item| Some((*item, *places.get(item)?)));
            let Some((cause, place)) = shared.max_by_key(|(_, place)| *place) else {
                continue;
            };
            let says = similarity / (current.len() + 1 - place) as f32;
            for item in items.iter().filter(|item| keep(**item)) {
                *scores.entry(*item).or_default().entry(cause).or_default() += says * self.rarity(*item);
            }
        }
        let mut best: Vec<Next> = scores.into_iter().map(explained).collect();
        best.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.item.cmp(&b.item)));
        best.truncate(limit);
        let most = best.first().map_or(1.0, |next| next.score);
        for next in &mut best {
            next.score /= most;
            next.because.iter_mut().for_each(|(_, adds)| *adds /= most);
        }
        best
    }

    /// Sessions that are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// The nearest of the latest sessions that share an item, with their similarities: nearest first,
    /// the later of two that are as near.
    fn nearest(&self, current: &[ItemId], places: &HashMap<ItemId, usize>) -> Vec<(u64, f32)> {
        let latest = places.keys().filter_map(|item| self.items.get(item));
        let latest = latest.flat_map(|known| known.sessions.iter().rev().take(self.settings.sample));
        let mut sessions: Vec<u64> = latest.copied().collect();
        sessions.sort_unstable_by(|a, b| b.cmp(a));
        sessions.dedup();
        sessions.truncate(self.settings.sample);
        let length = current.len() as f32;
        let similarity = |session: u64| {
            let shared = self.session(session).iter().filter_map(|item| places.get(item));
            let sum: f32 = shared.map(|place| (*place as f32 / length).powi(2)).sum();
            (session, sum / places.len() as f32)
        };
        let mut near: Vec<(u64, f32)> = sessions.into_iter().map(similarity).collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        near.truncate(self.settings.neighbours);
        near
    }

    fn session(&self, number: u64) -> &[ItemId] {
        let place = number
            .checked_sub(self.first)
            .and_then(|place| usize::try_from(place).ok());
        place
            .and_then(|place| self.sessions.get(place))
            .map_or(&[], Vec::as_slice)
    }

    /// `1 + w·ln(sessions / visits)`.
    fn rarity(&self, item: ItemId) -> f32 {
        let visits = self.items.get(&item).map_or(1, |known| known.visits.max(1));
        1.0 + self.settings.rarity * (self.sessions.len() as f32 / visits as f32).ln().max(0.0)
    }
}

/// A score by its causes, the most first.
fn explained((item, causes): (ItemId, HashMap<ItemId, f32>)) -> Next {
    let mut because: Vec<(ItemId, f32)> = causes.into_iter().collect();
    because.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    Next {
        item,
        score: because.iter().map(|(_, adds)| adds).sum(),
        because,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(number: u8) -> ItemId {
        ItemId(Uuid::from_u128(number.into()))
    }

    fn of(settings: SessionKnnSettings, sessions: &[&[u8]]) -> SessionKnn {
        let mut model = SessionKnn::new(settings);
        for items in sessions {
            let session = model.begin();
            items.iter().for_each(|item| model.visit(session, id(*item)));
        }
        model
    }

    fn items(list: &[Next]) -> Vec<ItemId> {
        list.iter().map(|next| next.item).collect()
    }

    fn ids(numbers: &[u8]) -> Vec<ItemId> {
        numbers.iter().map(|number| id(*number)).collect()
    }

    #[test]
    fn sessions_that_share_what_came_last_speak_loudest() {
        let settings = SessionKnnSettings {
            rarity: 0.0,
            ..SessionKnnSettings::default()
        };
        let model = of(settings, &[&[1, 7], &[2, 8], &[1, 2, 9], &[5, 6]]);
        let list = model.next(&ids(&[1, 2]), |item| item != id(1) && item != id(2), 9);
        assert_eq!(items(&list), ids(&[9, 8, 7]));
        // Similarity of the session of seven: (1/2)² over two items, at distance two.
        assert!(
            (list[2].score / list[1].score - (0.25 / 2.0) / 1.0).abs() < 1e-6,
            "{list:?}"
        );
        assert_eq!((list[0].score, list[0].because[0].0), (1.0, id(2)));
        assert_eq!(model.next(&ids(&[3]), |_| true, 9), []);
        let repeated = model.next(&ids(&[2, 1, 2]), |item| item == id(8) || item == id(7), 9);
        assert_eq!(items(&repeated), ids(&[8, 7]), "the latest place counts");
    }

    #[test]
    fn the_rarer_of_two_comes_first() {
        let sessions: [&[u8]; 6] = [&[1, 2, 3], &[2], &[2], &[2], &[4], &[4]];
        let list = of(SessionKnnSettings::default(), &sessions).next(&ids(&[1]), |item| item != id(1), 9);
        assert_eq!(items(&list), ids(&[3, 2]));
    }

    #[test]
    fn only_the_latest_sessions_are_looked_at_and_remembered() {
        let settings = SessionKnnSettings {
            sample: 1,
            ..SessionKnnSettings::default()
        };
        let model = of(settings, &[&[1, 2], &[1, 3]]);
        assert_eq!(items(&model.next(&ids(&[1]), |item| item != id(1), 9)), ids(&[3]));
        let settings = SessionKnnSettings {
            most_sessions: 2,
            ..SessionKnnSettings::default()
        };
        let mut model = SessionKnn::new(settings);
        let first = model.begin();
        model.visit(first, id(1));
        model.visit(first, id(2));
        for item in [3, 4] {
            let session = model.begin();
            model.visit(session, id(1));
            model.visit(session, id(item));
        }
        model.visit(first, id(9));
        assert_eq!(model.len(), 2);
        let mut left = items(&model.next(&ids(&[1]), |item| item != id(1), 9));
        left.sort_unstable();
        assert_eq!(left, ids(&[3, 4]), "what is forgotten stays so");
    }
}
