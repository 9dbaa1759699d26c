//! A word's items in blocks of bounded size, so that a change moves a few kilobytes however
//! many items have the word.

/// Items of one block at most: 4 KiB.
const MOST: usize = 512;

/// An item that has a word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Posting {
    pub(super) slot: u32,
    pub(super) weight: f32,
}

/// Postings by slot; no block is empty.
#[derive(Default)]
pub(super) struct Blocks(Vec<Vec<Posting>>);

impl Blocks {
    /// Postings that come in the order of their slots.
    pub(super) fn of_sorted(mut postings: impl ExactSizeIterator<Item = Posting>) -> Self {
        let mut blocks = Vec::with_capacity(postings.len().div_ceil(MOST));
        while postings.len() > 0 {
            blocks.push(postings.by_ref().take(MOST).collect());
        }
        Self(blocks)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many postings.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// The postings, block after block.
    pub(super) fn slices(&self) -> impl Iterator<Item = &[Posting]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// The weight that the word has in an item.
    pub(super) fn weight(&self, slot: u32) -> Option<f32> {
        let block = self.0.get(self.block(slot))?;
        let at = block.binary_search_by_key(&slot, |posting| posting.slot).ok()?;
        Some(block[at].weight)
    }

    /// The block where a slot is or belongs; none when it belongs behind all.
    fn block(&self, slot: u32) -> usize {
        let ends_before = |block: &Vec<Posting>| block.last().is_some_and(|last| last.slot < slot);
        self.0.partition_point(ends_before)
    }

    /// Adds the posting, or exchanges the slot's.
    pub(super) fn put(&mut self, posting: Posting) {
        let at = self.block(posting.slot);
        let Some(block) = self.0.get_mut(at) else {
            match self.0.last_mut() {
                Some(last) if last.len() < MOST => last.push(posting),
                _ => self.0.push(vec![posting]),
            }
            return;
        };
        match block.binary_search_by_key(&posting.slot, |other| other.slot) {
            Ok(at) => block[at] = posting,
            Err(place) => {
                block.insert(place, posting);
                if block.len() > MOST {
                    let rest = block.split_off(MOST / 2);
                    self.0.insert(at + 1, rest);
                }
            }
        }
    }

    pub(super) fn remove(&mut self, slot: u32) {
        let at = self.block(slot);
        let Some(block) = self.0.get_mut(at) else { return };
        if let Ok(place) = block.binary_search_by_key(&slot, |posting| posting.slot) {
            block.remove(place);
        }
        if block.is_empty() {
            self.0.remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Random;
    use std::collections::BTreeMap;

    #[test]
    fn blocks_hold_what_a_map_would() {
        let (mut blocks, mut map, mut random) = (Blocks::default(), BTreeMap::new(), Random::new(5));
        for round in 0..20_000 {
            let slot = random.below(4_000) as u32;
            if random.below(5) < 3 {
                let weight = round as f32;
                blocks.put(Posting { slot, weight });
                map.insert(slot, weight);
            } else {
                blocks.remove(slot);
                map.remove(&slot);
            }
        }
        let held: Vec<(u32, f32)> = blocks
            .slices()
            .flatten()
            .map(|posting| (posting.slot, posting.weight))
            .collect();
        assert_eq!(held, map.clone().into_iter().collect::<Vec<_>>());
        assert!(blocks.slices().all(|block| (1..=MOST).contains(&block.len())));
        map.keys().for_each(|&slot| blocks.remove(slot));
        assert!(blocks.is_empty());
    }
}
