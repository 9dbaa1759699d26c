//! Words that differ from a misspelled one by a letter or two.

use super::keywords::{Keywords, Word};
use rapidfuzz::distance::osa::{Args, BatchComparator};

/// Shorter words are too like others to be guessed at …
const SHORTEST: usize = 4;
/// … and from this length on two letters may be wrong.
const TWO_FROM: usize = 8;
/// Most words that one misspelled word may mean.
const MOST: usize = 16;

/// A word that may be meant.
pub(super) struct Near<'a> {
    pub(super) word: &'a Word,
    /// Letters left out, added, exchanged or turned round (optimal string alignment).
    pub(super) distance: usize,
}

/// Which letters and figures a word has, for passing over most others without a comparison.
#[derive(Clone, Copy, Default)]
pub(super) struct Shape {
    letters: u64,
    length: u8,
}

impl Shape {
    pub(super) fn of(word: &str) -> Self {
        let place = |byte: u8| match byte {
            b'a'..=b'z' => byte - b'a',
            b'0'..=b'9' => 26 + byte - b'0',
            _ => 36,
        };
        Self {
            letters: word.bytes().fold(0, |letters, byte| letters | 1 << place(byte)),
            length: u8::try_from(word.len()).unwrap_or(u8::MAX),
        }
    }

    /// Whether words of these shapes may lie within a distance: each letter that one alone has
    /// costs at least half an exchange.
    fn may_be_within(self, other: Self, distance: u32) -> bool {
        u32::from(self.length.abs_diff(other.length)) <= distance
            && (self.letters ^ other.letters).count_ones() <= 2 * distance
    }
}

impl Keywords {
    /// Words that may be meant by one that nobody has: those at the least distance, most frequent
    /// first. Words with figures are names: of those one letter may be wrong at most.
    pub(super) fn near(&self, text: &str) -> Vec<Near<'_>> {
        if text.len() < SHORTEST {
            return Vec::new();
        }
        let is_name = text.bytes().any(|byte| byte.is_ascii_digit());
        let most = if text.len() >= TWO_FROM && !is_name { 2 } else { 1 };
        let (shape, compare) = (Shape::of(text), BatchComparator::new(text.bytes()));
        let mut found: Vec<Near<'_>> = Vec::new();
        let mut least = most;
        for (word, other) in self.shaped() {
            if !shape.may_be_within(other, least as u32) {
                continue;
            }
            let within = Args::default().score_cutoff(least);
            let Some(distance) = compare.distance_with_args(word.text.bytes(), &within) else {
                continue;
            };
            // Nobody means a number by another one.
            if word.text.bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            if distance < least {
                found.clear();
                least = distance;
            }
            found.push(Near { word, distance });
        }
        found.sort_by_key(|near| (std::cmp::Reverse(near.word.items.len()), near.word.text.clone()));
        found.truncate(MOST);
        found
    }
}
