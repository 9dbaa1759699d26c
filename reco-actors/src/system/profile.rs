//! What somebody likes by what it is. An item suits them by how like it is to what they touched,
//! the latest most: `Σ w·cos² / Σ w`, squared because much alike is worth more than twice half
//! alike. Candidates are the neighbours of each of their tastes, so that who buys for a garden and
//! for a child is not shown what lies between.

use crate::{
    ScoreMode, Slot, Weights,
    index::{Generation, Hit, VectorQuery},
};
use fixedbitset::FixedBitSet;

/// Latest visits that count.
const MOST: usize = 20;
/// Power of the place from the end by which a visit counts less. Chosen on Amazon Office, like the
/// square: `next_item --office`.
const RECENCY: f32 = 1.5;
/// Tastes that are told apart.
const TASTES: usize = 3;
/// From this similarity on two items are of one taste.
const ALIKE: f32 = 0.45;
/// The neighbours of a taste that is less of the person than this stand no chance in the list.
const LEAST_SHARE: f32 = 0.2;

/// Something that was touched.
struct Liked {
    slot: Slot,
    /// How much it counts; over all they add up to one.
    counts: f32,
    query: VectorQuery,
}

/// What a person likes.
pub(super) struct Profile<'g> {
    index: &'g Generation,
    liked: Vec<Liked>,
    tastes: Vec<VectorQuery>,
}

/// How well an item suits a person.
#[derive(Clone, Copy, Default)]
pub(super) struct Suits {
    pub(super) text: f32,
    pub(super) image: f32,
    pub(super) image_imputed: bool,
}

impl<'g> Profile<'g> {
    /// Of visits, latest first, with their strengths.
    pub(super) fn of(index: &'g Generation, visits: &[(Slot, f32)], weights: Weights, mode: ScoreMode) -> Self {
        let mut liked: Vec<Liked> = Vec::new();
        let mut groups: Vec<Vec<(Slot, f32)>> = Vec::new();
        for &(slot, strength) in visits {
            let Some(query) = index.query_of(slot, weights, mode) else {
                continue;
            };
            let counts = strength.sqrt() * ((liked.len() + 1) as f32).powf(-RECENCY);
            let likeness = |group: &Vec<(Slot, f32)>| index.similarity(group[0].0, slot, weights, mode);
            let nearest = groups
                .iter()
                .map(likeness)
                .enumerate()
                .max_by(|a, b| a.1.total_cmp(&b.1));
            match nearest {
                Some((at, alike)) if alike >= ALIKE || groups.len() == TASTES => groups[at].push((slot, counts)),
                _ => groups.push(vec![(slot, counts)]),
            }
            liked.push(Liked { slot, counts, query });
            if liked.len() == MOST {
                break;
            }
        }
        let sum: f32 = liked.iter().map(|liked| liked.counts).sum();
        liked.iter_mut().for_each(|liked| liked.counts /= sum);
        let counts =
            |group: &&Vec<(Slot, f32)>| group.iter().map(|(_, counts)| counts).sum::<f32>() >= LEAST_SHARE * sum;
        let tastes = groups
            .iter()
            .filter(counts)
            .filter_map(|group| index.profile(group, weights, mode));
        Self {
            index,
            tastes: tastes.collect(),
            liked,
        }
    }

    /// The best so many of each taste that counts; an item may be there more than once.
    pub(super) fn nearest(&self, allow: &FixedBitSet, k: usize) -> Vec<Hit> {
        let found = self.tastes.iter().flat_map(|taste| self.index.search(taste, allow, k));
        found.collect()
    }

    /// How well an item suits; not at all without vectors.
    pub(super) fn suits(&self, slot: Slot) -> Suits {
        let mut suits = Suits::default();
        for (liked, hit) in self.likeness(slot) {
            suits.text += liked.counts * hit.score * hit.text;
            suits.image += liked.counts * hit.score * hit.image;
            suits.image_imputed = hit.image_imputed;
        }
        suits
    }

    /// What each thing that was touched adds to how well an item suits.
    pub(super) fn causes(&self, slot: Slot) -> impl Iterator<Item = (Slot, f32)> {
        let likeness = self.likeness(slot);
        likeness.map(|(liked, hit)| (liked.slot, liked.counts * hit.score * hit.score))
    }

    fn likeness(&self, slot: Slot) -> impl Iterator<Item = (&Liked, Hit)> {
        self.liked.iter().filter_map(move |liked| {
            let hit = self.index.score(&liked.query, slot).filter(|hit| hit.score > 0.0)?;
            Some((liked, hit))
        })
    }
}
