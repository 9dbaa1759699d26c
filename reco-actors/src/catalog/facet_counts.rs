//! Items that facets are counted over, and what occurs among them.

use super::{
    order::each,
    postings::{Kind, Term, TermId},
    select::Select,
};
use fixedbitset::FixedBitSet;
use roaring::RoaringBitmap;
use std::sync::OnceLock;

/// The chance that two items lie in different ranges of a number.
const NUMBERS_DIFFER: f64 = 0.6;

/// Which attributes are useful is told from so many items of a larger set.
const SAMPLE: usize = 8_192;

/// Items that a facet is counted over.
pub(super) struct Scope {
    pub(super) set: RoaringBitmap,
    /// The same as a list: several facets walk through it.
    pub(super) slots: Vec<u32>,
    /// How many items have each term: of all, or of a sample.
    pub(super) counts: Vec<u32>,
    /// Every how many-th item was counted.
    pub(super) step: usize,
    dense: OnceLock<FixedBitSet>,
}

impl Scope {
    pub(super) fn new(select: Select<'_>, set: RoaringBitmap) -> Self {
        let mut slots = Vec::with_capacity(set.len() as usize);
        each(&set, |slot| slots.push(slot));
        let step = if slots.len() > 2 * SAMPLE {
            slots.len().div_ceil(SAMPLE)
        } else {
            1
        };
        Self {
            counts: select.postings.count(slots.iter().step_by(step)),
            step,
            slots,
            set,
            dense: OnceLock::new(),
        }
    }

    /// How many items were counted.
    pub(super) fn counted(&self) -> u64 {
        self.slots.len().div_ceil(self.step) as u64
    }

    /// How many of all items have a term.
    pub(super) fn count(&self, id: TermId, having: &RoaringBitmap) -> u64 {
        if self.step > 1 {
            self.set.intersection_len(having)
        } else {
            self.counts[id as usize].into()
        }
    }

    /// Of many terms keeps those that a sample has most often, and all that are selected.
    pub(super) fn keep_likely<T>(&self, terms: &mut Vec<T>, most: usize, of: impl Fn(&T) -> (TermId, bool)) {
        if self.step == 1 || terms.len() <= most {
            return;
        }
        let likely = |term: &T| {
            let (id, is_selected) = of(term);
            (!is_selected, std::cmp::Reverse(self.counts[id as usize]), id)
        };
        terms.sort_unstable_by_key(likely);
        let selected = terms.iter().filter(|term| of(term).1).count();
        terms.truncate(most.max(selected));
    }

    /// The items as bits of as many places.
    pub(super) fn dense(&self, places: usize) -> &FixedBitSet {
        self.dense.get_or_init(|| {
            let mut dense = FixedBitSet::with_capacity(places);
            self.slots.iter().for_each(|slot| dense.insert(*slot as usize));
            dense
        })
    }
}

/// Terms of one attribute, as they occur in a scope.
#[derive(Clone, Default)]
pub(super) struct Occurring {
    pub(super) values: Vec<(TermId, u64)>,
    texts: u64,
    numbers: u64,
    bools: u64,
}

impl Occurring {
    /// So many items have the term.
    pub(super) fn note(&mut self, id: TermId, term: &Term, count: u64) {
        match term {
            Term::Has(_, Kind::Text) => self.texts = count,
            Term::Has(_, Kind::Number) => self.numbers = count,
            Term::Has(_, Kind::Bool) => self.bools = count,
            _ => self.values.push((id, count)),
        }
    }

    /// How far the attribute narrows a listing of so many items: the share of them that have it,
    /// times the chance that two of those differ in it (Gini impurity). A value that a single item
    /// has narrows nothing that people would choose from: it counts as none.
    pub(super) fn usefulness(&self, items: u64) -> f64 {
        let (kind, having) = self.kind();
        if items == 0 || having == 0 {
            return 0.0;
        }
        let shared = self.values.iter().filter(|(_, count)| *count > 1);
        let share = |count: u64| (count as f64 / having as f64).min(1.0);
        let (mut told, mut alike) = (0.0, 0.0);
        for (_, count) in shared {
            told += share(*count);
            alike += share(*count).powi(2);
        }
        let differing = match kind {
            // Ranges are made so that each holds a fair share.
            Kind::Number => NUMBERS_DIFFER,
            Kind::Text | Kind::Bool => told.min(1.0) - alike.min(1.0),
        };
        having as f64 / items as f64 * differing.max(0.0)
    }

    /// The type most of the items have it in, and how many do.
    pub(super) fn kind(&self) -> (Kind, u64) {
        let kinds = [
            (Kind::Text, self.texts),
            (Kind::Bool, self.bools),
            (Kind::Number, self.numbers),
        ];
        let best = kinds.into_iter().rev().max_by_key(|(_, count)| *count);
        best.unwrap_or((Kind::Text, 0))
    }
}
