//! What a search found, with its scores: dense by slot, because a frequent word may find most of a
//! catalogue, while the parts of a score are told for a page alone.

use super::{
    Fusion, Relaxation, SearchScore,
    lexical::{Lexical, LexicalHit},
    search::Found,
};
use roaring::RoaringBitmap;
use std::collections::HashMap;

/// What being named is worth: more than all else but what comes first by a rule.
const IDENTIFIED: f32 = 10.0;

/// Items with their scores.
pub(super) struct Ranking<'l> {
    pub(super) found: Found,
    /// How the search was widened, in this order.
    pub(super) relaxed: Vec<Relaxation>,
    lexical: &'l Lexical,
    fusion: Fusion,
    /// By slot what likeness in meaning adds; nought where it is not known.
    meaning: Vec<f32>,
    /// What pictures add, where anything is known of them.
    looks: HashMap<u32, f32>,
    /// What rules add.
    rules: HashMap<u32, f32>,
}

impl<'l> Ranking<'l> {
    /// Items that have at least this share of the words, of a catalogue of so many slots.
    pub(super) fn new(lexical: &'l Lexical, least: Option<f32>, fusion: Fusion, slots: usize) -> Self {
        let mut scores = vec![0.0; slots];
        let least_share = least.unwrap_or(f32::INFINITY);
        let wanted = || lexical.hits.iter().filter(|hit| hit.share() >= least_share);
        for hit in wanted() {
            scores[hit.slot as usize] = words(fusion, hit) + named(hit);
        }
        // Hits come by slot.
        let slots_found = RoaringBitmap::from_sorted_iter(wanted().map(|hit| hit.slot)).unwrap_or_default();
        let mut relaxed = Vec::new();
        if lexical.corrected.is_some() && least.is_some() {
            relaxed.push(Relaxation::Spelling);
        }
        if least_share < 1.0 {
            relaxed.push(Relaxation::FewerWords);
        }
        Self {
            found: Found {
                slots: slots_found,
                scores,
            },
            relaxed,
            lexical,
            fusion,
            meaning: vec![0.0; slots],
            looks: HashMap::new(),
            rules: HashMap::new(),
        }
    }

    /// Finds an item that had too few of the words.
    pub(super) fn find(&mut self, slot: u32) {
        if self.found.slots.insert(slot) {
            let hit = self.hit(slot);
            self.found.scores[slot as usize] = hit.map_or(0.0, |hit| words(self.fusion, hit) + named(hit));
        }
    }

    /// Says, once, how like the meaning of an item that was found is.
    pub(super) fn mean(&mut self, slot: u32, cosine: f32) {
        let (at, meaning) = (slot as usize, self.fusion.meaning * cosine);
        self.meaning[at] = meaning;
        self.found.scores[at] += meaning;
    }

    /// Says, once, how far the picture of an item that was found shows what is asked for.
    pub(super) fn look(&mut self, slot: u32, likeness: f32) {
        let looks = self.fusion.looks * likeness;
        self.looks.insert(slot, looks);
        self.found.scores[slot as usize] += looks;
    }

    /// Puts an item before all others, found or not.
    pub(super) fn pin(&mut self, slot: u32, worth: f32) {
        self.found.slots.insert(slot);
        self.add(slot, worth);
    }

    /// Raises or lowers the scores of those of these that were found.
    pub(super) fn shift(&mut self, targets: &RoaringBitmap, by: f32) {
        for slot in &self.found.slots & targets {
            self.add(slot, by);
        }
    }

    fn add(&mut self, slot: u32, by: f32) {
        *self.rules.entry(slot).or_default() += by;
        self.found.scores[slot as usize] += by;
    }

    /// What an item's score is made of.
    pub(super) fn parts(&self, slot: u32) -> SearchScore {
        let hit = self.hit(slot);
        SearchScore {
            identifier: hit.map_or(0.0, named),
            words: hit.map_or(0.0, |hit| words(self.fusion, hit)),
            meaning: self.meaning[slot as usize],
            looks: self.looks.get(&slot).copied().unwrap_or_default(),
            rules: self.rules.get(&slot).copied().unwrap_or_default(),
        }
    }

    fn hit(&self, slot: u32) -> Option<&'l LexicalHit> {
        let at = self.lexical.hits.binary_search_by_key(&slot, |hit| hit.slot).ok()?;
        self.lexical.hits.get(at)
    }
}

fn words(fusion: Fusion, hit: &LexicalHit) -> f32 {
    fusion.words * hit.score + fusion.coverage * hit.coverage
}

fn named(hit: &LexicalHit) -> f32 {
    if hit.identified { IDENTIFIED } else { 0.0 }
}
