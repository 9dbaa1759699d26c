//! What a shopper's words find: items that have some of them, how many, and how well. Unlike a
//! listing's keywords they need not all match, and may be misspelled.

use super::{
    blocks::Posting,
    guide::{Phrase, SearchGuide},
    keywords::Keywords,
    search::{Matched, both, either, identified},
    words::{self, Chunk},
};

/// A word that is a letter away from one asked for counts this much, one two letters away half of it.
const NEAR: f32 = 0.6;
/// What a word's synonym counts beside the word itself.
const SYNONYM: f32 = 0.9;
/// Longer words that a beginning is taken for: the most frequent ones, since a letter or two begin
/// thousands.
const MOST_LONGER: usize = 64;
/// Shorter runs are no identifiers among other words.
const SHORTEST_NAME: usize = 6;
/// Words asked for at most; the rest of a longer text is not looked at.
const MOST_WORDS: usize = 32;

/// An item that has some of the words.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct LexicalHit {
    pub(super) slot: u32,
    /// BM25F as a share of the highest that any item could have, 0…1.
    pub(super) score: f32,
    /// Share of the words that it has, 0…1.
    pub(super) coverage: f32,
    /// Named by one of its identifiers.
    pub(super) identified: bool,
}

impl LexicalHit {
    /// How much of what was asked for it has: all, if it is named.
    pub(super) fn share(&self) -> f32 {
        if self.identified { 1.0 } else { self.coverage }
    }
}

/// What the words find.
#[derive(Debug, Default)]
pub(super) struct Lexical {
    /// By slot.
    pub(super) hits: Vec<LexicalHit>,
    /// The text as it may have been meant, where words were misspelled.
    pub(super) corrected: Option<String>,
}

impl Lexical {
    /// The shares of the words that items have, largest first.
    pub(super) fn shares(&self) -> Vec<f32> {
        let mut shares: Vec<f32> = Vec::new();
        for hit in &self.hits {
            // There are few: one for each number of words.
            if !shares.contains(&hit.share()) {
                shares.push(hit.share());
            }
        }
        shares.sort_by(|a, b| b.total_cmp(a));
        shares
    }

    /// The best of those with at least this share of the words, in no order: how well they match,
    /// smaller is better, and the slot.
    pub(super) fn best(&self, least: f32, most: usize) -> Vec<(u32, u32)> {
        let wanted = self.hits.iter().filter(|hit| hit.share() >= least);
        // Bits of floats that are not below nought are in their order.
        let mut best: Vec<(u32, u32)> = wanted.map(|hit| (!hit.score.to_bits(), hit.slot)).collect();
        if best.len() > most && most > 0 {
            best.select_nth_unstable(most - 1);
            best.truncate(most);
        }
        best
    }
}

/// One word of the question.
struct Asked {
    hits: Vec<Posting>,
    /// The most that a hit could weigh.
    ideal: f32,
    /// Items with this identifier.
    named: Vec<u32>,
    meant: Option<String>,
}

impl Keywords {
    /// What has any word of a text, or a synonym; the last word may be a beginning.
    pub(super) fn lexical(&self, text: &str, guide: &SearchGuide) -> Lexical {
        let folded = words::fold(text);
        let mut runs: Vec<&str> = Vec::new();
        for run in folded.split_ascii_whitespace().take(MOST_WORDS) {
            if !runs.contains(&run) {
                runs.push(run);
            }
        }
        let last = runs.last().copied();
        let is_wanted = |run: &&str| !words::is_filler(run) || Some(*run) == last;
        let meaningful: Vec<&str> = runs.into_iter().filter(is_wanted).collect();
        let synonyms = guide.synonyms_in(&meaningful);
        let is_known = |at: usize| {
            synonyms
                .iter()
                .any(|(from, length, _)| (*from..from + length).contains(&at))
        };
        let each = meaningful.iter().enumerate();
        let mut asked: Vec<Option<Asked>> = each
            .map(|(at, run)| self.asked(run, Some(*run) == last, is_known(at)))
            .collect();
        for (from, length, terms) in synonyms {
            let alike = self.phrases(terms);
            for asked in asked[from..from + length].iter_mut().flatten() {
                let scaled = alike.iter().map(|hit| Posting {
                    weight: hit.weight * asked.ideal * SYNONYM,
                    ..*hit
                });
                asked.hits = either(std::mem::take(&mut asked.hits), scaled.collect());
            }
        }
        let asked: Vec<Asked> = asked.into_iter().flatten().collect();
        let mut hits = self.gathered(&asked);
        let whole = self.identified(folded.trim());
        let named = asked.iter().flat_map(|asked| &asked.named).chain(whole);
        for slot in named {
            match hits.binary_search_by_key(slot, |hit| hit.slot) {
                Ok(at) => hits[at].identified = true,
                Err(at) => hits.insert(
                    at,
                    LexicalHit {
                        slot: *slot,
                        identified: true,
                        ..LexicalHit::default()
                    },
                ),
            }
        }
        Lexical {
            hits,
            corrected: corrected(&folded, &meaningful, &asked),
        }
    }

    /// What one run of letters finds: as a whole, by its parts, as an identifier or its beginning.
    /// `None` when there is no word in it. A word with synonyms is not misspelled.
    fn asked(&self, run: &str, is_last: bool, has_synonyms: bool) -> Option<Asked> {
        let chunk = Chunk::new(run);
        let (mut hits, mut ideal, mut meant) = (Vec::new(), 0.0, None);
        for (at, part) in chunk.parts.iter().enumerate() {
            let mut matched = self.word(part, some(is_last && at + 1 == chunk.parts.len()));
            if matched.hits.is_empty() && chunk.parts.len() == 1 && !has_synonyms {
                matched = self.misspelled(part);
                meant = matched.meant.take();
            }
            hits = if at == 0 {
                matched.hits
            } else {
                both(&hits, &matched.hits)
            };
            ideal += matched.ideal;
        }
        if let Some(joined) = &chunk.joined {
            let whole = self.word(joined, some(is_last));
            ideal = ideal.max(whole.ideal);
            hits = either(hits, whole.hits);
        }
        // Many a model is called by a word; half of one names nothing.
        let has_figure = run.bytes().any(|byte| byte.is_ascii_digit());
        if is_last && has_figure && run.len() >= super::search::SHORTEST_IDENTIFIER {
            let mut from: Vec<u32> = self.identified_from(run).collect();
            from.sort_unstable();
            from.dedup();
            hits = either(hits, identified(&from, ideal));
        }
        // Among other words a short number is a size or a count.
        let is_name = has_figure && run.len() >= SHORTEST_NAME;
        let named = if is_name {
            self.identified(run).to_vec()
        } else {
            Vec::new()
        };
        let has_word = !chunk.parts.is_empty() || !named.is_empty();
        has_word.then_some(Asked {
            hits,
            ideal,
            named,
            meant,
        })
    }

    /// Items that have all the words of one of these phrases; how well, as a share of the best.
    fn phrases(&self, phrases: &[Phrase]) -> Vec<Posting> {
        let mut found = Vec::new();
        for phrase in phrases {
            let each = phrase.iter().map(|word| self.asked(word, false, true));
            let whole = each.flatten().reduce(|a, b| Asked {
                hits: both(&a.hits, &b.hits),
                ideal: a.ideal + b.ideal,
                ..a
            });
            let Some(whole) = whole else { continue };
            let shares = whole.hits.iter().map(|hit| Posting {
                weight: hit.weight / whole.ideal.max(f32::MIN_POSITIVE),
                ..*hit
            });
            found = either(found, shares.collect());
        }
        found
    }

    /// What a word finds that nobody has, by the words that may be meant.
    fn misspelled(&self, text: &str) -> Matched {
        let near = self.near(text);
        let factor = |distance: usize| NEAR / distance.max(1) as f32;
        let lists: Vec<_> = near
            .iter()
            .map(|near| (&near.word.items, factor(near.distance)))
            .collect();
        let mut matched = self.weighed(&lists);
        matched.meant = near.first().map(|near| near.word.text.to_string());
        matched
    }

    /// All hits in one, by slot.
    fn gathered(&self, asked: &[Asked]) -> Vec<LexicalHit> {
        let ideal: f32 = asked.iter().map(|asked| asked.ideal).sum();
        let (ideal, words) = (ideal.max(f32::MIN_POSITIVE), asked.len().max(1) as f32);
        let hit = |slot: u32, weight: f32, count: u8| LexicalHit {
            slot,
            score: (weight / ideal).min(1.0),
            coverage: f32::from(count) / words,
            identified: false,
        };
        let total: usize = asked.iter().map(|asked| asked.hits.len()).sum();
        if total < self.slots() / 8 {
            let mut all: Vec<Posting> = asked.iter().flat_map(|asked| &asked.hits).copied().collect();
            all.sort_by_key(|posting| posting.slot);
            let runs = all.chunk_by(|a, b| a.slot == b.slot);
            return runs
                .map(|run| {
                    hit(
                        run[0].slot,
                        run.iter().map(|posting| posting.weight).sum(),
                        run.len() as u8,
                    )
                })
                .collect();
        }
        let mut sums = vec![(0.0_f32, 0_u8); self.slots()];
        for posting in asked.iter().flat_map(|asked| &asked.hits) {
            let sum = &mut sums[posting.slot as usize];
            *sum = (sum.0 + posting.weight, sum.1 + 1);
        }
        let by_slot = (0..).zip(sums).filter(|(_, (_, count))| *count > 0);
        by_slot
            .map(|(slot, (weight, count))| hit(slot, weight, count))
            .collect()
    }
}

/// How many longer words the beginning of one is taken for.
fn some(is_beginning: bool) -> usize {
    if is_beginning { MOST_LONGER } else { 0 }
}

/// The text with every misspelled word as it may have been meant.
fn corrected(folded: &str, runs: &[&str], asked: &[Asked]) -> Option<String> {
    if asked.len() != runs.len() || asked.iter().all(|asked| asked.meant.is_none()) {
        return None;
    }
    let meant = |word: &str| {
        let at = runs.iter().position(|run| *run == word)?;
        asked[at].meant.clone()
    };
    let words = folded
        .split_ascii_whitespace()
        .map(|word| meant(word).unwrap_or_else(|| word.to_owned()));
    Some(words.collect::<Vec<_>>().join(" "))
}
