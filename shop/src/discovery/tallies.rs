//! What was searched and clicked since it was last written down: counted in memory, because a
//! search must not wait for the database, and written every few seconds.

use super::QueryTally;
use chrono::{DateTime, NaiveDate, Utc};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Different queries counted at a time. What a flood of others asks for is not counted.
const MOST: usize = 10_000;

/// Counts by day and query.
#[derive(Debug, Default)]
pub struct Tallies(Mutex<HashMap<(NaiveDate, String), QueryTally>>);

impl Tallies {
    /// Counts a search.
    pub fn searched(&self, query: &str, at: DateTime<Utc>, is_empty: bool) {
        self.count(query, at, |tally| {
            tally.searches += 1;
            tally.without_results += u64::from(is_empty);
        });
    }

    /// Counts a click on what is at a place, from 1, of what a search found.
    pub fn clicked(&self, query: &str, at: DateTime<Utc>, position: u64) {
        self.count(query, at, |tally| {
            tally.clicks += 1;
            tally.click_positions += position;
        });
    }

    fn count(&self, query: &str, at: DateTime<Utc>, add: impl FnOnce(&mut QueryTally)) {
        let (day, mut tallies) = (at.date_naive(), self.lock());
        let key = (day, query.to_owned());
        if tallies.len() >= MOST && !tallies.contains_key(&key) {
            return;
        }
        add(tallies.entry(key).or_insert_with(|| QueryTally::new(day, query)));
    }

    /// All counts, which begin anew.
    #[must_use]
    pub fn take(&self) -> Vec<QueryTally> {
        std::mem::take(&mut *self.lock()).into_values().collect()
    }

    /// Counts once more what could not be written.
    pub fn give_back(&self, tallies: Vec<QueryTally>) {
        let mut kept = self.lock();
        for tally in tallies {
            let key = (tally.day, tally.query.clone());
            if kept.len() >= MOST && !kept.contains_key(&key) {
                continue;
            }
            let known = kept
                .entry(key)
                .or_insert_with(|| QueryTally::new(tally.day, &tally.query));
            known.add(&tally);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(NaiveDate, String), QueryTally>> {
        // Counts stay right whoever panicked beside them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_and_clicks_are_counted_by_day_and_query_until_they_are_taken() {
        let (tallies, now) = (Tallies::default(), DateTime::<Utc>::UNIX_EPOCH);
        tallies.searched("lamp", now, false);
        tallies.searched("lamp", now, true);
        tallies.clicked("lamp", now, 3);
        tallies.searched("lamp", now + chrono::Duration::days(1), false);
        let mut taken = tallies.take();
        taken.sort_by_key(|tally| tally.day);
        let figures = |tally: &QueryTally| {
            (
                tally.searches,
                tally.without_results,
                tally.clicks,
                tally.click_positions,
            )
        };
        assert_eq!(
            taken.iter().map(figures).collect::<Vec<_>>(),
            [(2, 1, 1, 3), (1, 0, 0, 0)]
        );
        assert!(tallies.take().is_empty());
        tallies.searched("lamp", now, false);
        tallies.give_back(taken);
        assert_eq!(tallies.take().iter().map(|tally| tally.searches).sum::<u64>(), 4);
    }

    #[test]
    fn a_flood_of_different_queries_is_counted_in_part() {
        let (tallies, now) = (Tallies::default(), DateTime::<Utc>::UNIX_EPOCH);
        for at in 0..MOST + 5 {
            tallies.searched(&at.to_string(), now, false);
        }
        tallies.searched("0", now, false);
        let taken = tallies.take();
        assert_eq!(taken.len(), MOST);
        assert!(taken.iter().any(|tally| tally.query == "0" && tally.searches == 2));
    }
}
