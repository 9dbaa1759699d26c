//! What is noted of experiments and not written down yet.

use crate::events::Person;
use chrono::{DateTime, Utc};
use entities::id::ExperimentId;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};

/// People who are known to be written; beyond, all are forgotten, and written once more in vain.
const MOST_KNOWN: usize = 200_000;
/// Exposures that wait at most while the database is away.
const MOST_WAITING: usize = 200_000;

/// Somebody was shown a list of an arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exposure {
    /// Which experiment.
    pub experiment: ExperimentId,
    /// Who.
    pub person: Person,
    /// The arm.
    pub arm: usize,
    /// When.
    pub at: DateTime<Utc>,
}

/// What lists of an arm cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    /// Which experiment.
    pub experiment: ExperimentId,
    /// The arm.
    pub arm: usize,
    /// Lists that were asked for.
    pub lists: i64,
    /// Those that failed.
    pub failures: i64,
    /// What they took, microseconds.
    pub micros: f64,
    /// The squares of that, added up.
    pub micros_squared: f64,
}

impl Served {
    /// One list.
    #[must_use]
    pub fn one(experiment: ExperimentId, arm: usize, took: std::time::Duration, has_failed: bool) -> Self {
        let micros = took.as_secs_f64() * 1e6;
        Self {
            experiment,
            arm,
            lists: 1,
            failures: i64::from(has_failed),
            micros,
            micros_squared: micros * micros,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    /// The arm that each was shown first.
    known: HashMap<(ExperimentId, Person), usize>,
    exposures: Vec<Exposure>,
    served: BTreeMap<(ExperimentId, usize), Served>,
}

impl Waiting {
    pub(super) fn exposed(&self, exposure: Exposure) {
        let mut noted = self.lock();
        if noted.known.contains_key(&(exposure.experiment, exposure.person)) {
            return;
        }
        if noted.exposures.len() >= MOST_WAITING {
            return;
        }
        if noted.known.len() >= MOST_KNOWN {
            noted.known.clear();
        }
        noted.known.insert((exposure.experiment, exposure.person), exposure.arm);
        noted.exposures.push(exposure);
    }

    pub(super) fn served(&self, served: Served) {
        self.lock().add(served);
    }

    /// What somebody was shown until then.
    pub(super) fn forget(&self, person: Person, until: DateTime<Utc>) {
        let mut noted = self.lock();
        noted.known.retain(|(_, other), _| *other != person);
        noted
            .exposures
            .retain(|exposure| exposure.person != person || exposure.at > until);
    }

    pub(super) fn take(&self) -> (Vec<Exposure>, Vec<Served>) {
        let mut noted = self.lock();
        let served = std::mem::take(&mut noted.served);
        (std::mem::take(&mut noted.exposures), served.into_values().collect())
    }

    pub(super) fn give_back(&self, exposures: Vec<Exposure>, served: Vec<Served>) {
        let mut noted = self.lock();
        noted.exposures.splice(0..0, exposures);
        served.into_iter().for_each(|served| noted.add(served));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Noted {
    fn add(&mut self, served: Served) {
        match self.served.get_mut(&(served.experiment, served.arm)) {
            Some(sum) => {
                sum.lists += served.lists;
                sum.failures += served.failures;
                sum.micros += served.micros;
                sum.micros_squared += served.micros_squared;
            }
            None => drop(self.served.insert((served.experiment, served.arm), served)),
        }
    }
}
