//! Sorted entries in blocks of bounded size, so that a change moves a few kilobytes however many
//! there are, and reading them all walks straight through memory.

use std::ops::RangeInclusive;

/// Entries of one block at most: 4 to 8 KiB.
const MOST: usize = 512;

/// What stands in order, once per key.
pub(super) trait Entry: Copy {
    type Key: Ord + Copy;

    fn key(&self) -> Self::Key;
}

/// An item that has a word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Posting {
    pub(super) slot: u32,
    pub(super) weight: f32,
}

impl Entry for Posting {
    type Key = u32;

    fn key(&self) -> u32 {
        self.slot
    }
}

/// A number, in order as an integer, and an item that has it.
impl Entry for (u64, u32) {
    type Key = Self;

    fn key(&self) -> Self {
        *self
    }
}

/// Entries by key; no block is empty.
pub(super) struct Blocks<E = Posting>(Vec<Vec<E>>);

impl<E> Default for Blocks<E> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<E: Entry> Blocks<E> {
    /// Entries that come in order.
    pub(super) fn of_sorted(mut entries: impl ExactSizeIterator<Item = E>) -> Self {
        let mut blocks = Vec::with_capacity(entries.len().div_ceil(MOST));
        while entries.len() > 0 {
            blocks.push(entries.by_ref().take(MOST).collect());
        }
        Self(blocks)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many entries.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// The entries, block after block.
    pub(super) fn slices(&self) -> impl Iterator<Item = &[E]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// The entries of these keys, block after block.
    pub(super) fn range(&self, keys: RangeInclusive<E::Key>) -> impl Iterator<Item = &[E]> {
        let (from, to) = keys.into_inner();
        let blocks = self.0[self.block(from)..].iter();
        let blocks = blocks.take_while(move |block| block.first().is_some_and(|first| first.key() <= to));
        blocks.map(move |block| {
            let start = block.partition_point(|entry| entry.key() < from);
            let end = block.partition_point(|entry| entry.key() <= to);
            &block[start..end.max(start)]
        })
    }

    /// The entry of a key.
    pub(super) fn get(&self, key: E::Key) -> Option<&E> {
        let block = self.0.get(self.block(key))?;
        let at = block.binary_search_by_key(&key, Entry::key).ok()?;
        Some(&block[at])
    }

    /// The block where a key is or belongs; none when it belongs behind all.
    fn block(&self, key: E::Key) -> usize {
        let ends_before = |block: &Vec<E>| block.last().is_some_and(|last| last.key() < key);
        self.0.partition_point(ends_before)
    }

    /// Adds the entry, or exchanges that of its key.
    pub(super) fn put(&mut self, entry: E) {
        let at = self.block(entry.key());
        let Some(block) = self.0.get_mut(at) else {
            match self.0.last_mut() {
                Some(last) if last.len() < MOST => last.push(entry),
                _ => self.0.push(vec![entry]),
            }
            return;
        };
        match block.binary_search_by_key(&entry.key(), Entry::key) {
            Ok(at) => block[at] = entry,
            Err(place) => {
                block.insert(place, entry);
                if block.len() > MOST {
                    let rest = block.split_off(MOST / 2);
                    self.0.insert(at + 1, rest);
                }
            }
        }
    }

    pub(super) fn remove(&mut self, key: E::Key) {
        let at = self.block(key);
        let Some(block) = self.0.get_mut(at) else { return };
        if let Ok(place) = block.binary_search_by_key(&key, Entry::key) {
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
        let (mut blocks, mut map, mut random) = (Blocks::<Posting>::default(), BTreeMap::new(), Random::new(5));
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

    #[test]
    fn a_range_is_what_lies_within_it() {
        let entries: Vec<(u64, u32)> = (0..2_000).map(|at| (at / 3, at as u32)).collect();
        let blocks = Blocks::of_sorted(entries.iter().copied());
        for (from, to) in [(0, 0), (100, 420), (170, 171), (600, 9_000), (700, 10)] {
            let keys = (from, 0)..=(to, u32::MAX);
            let found: Vec<(u64, u32)> = blocks.range(keys.clone()).flatten().copied().collect();
            let expected = entries.iter().filter(|entry| keys.contains(entry));
            assert_eq!(found, expected.copied().collect::<Vec<_>>(), "{from} to {to}");
        }
        assert_eq!(blocks.get((5, 16)), Some(&(5, 16)));
        assert_eq!(blocks.get((5, 0)), None);
    }
}
