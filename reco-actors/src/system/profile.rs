//! What somebody likes by what it is. An item suits them by how like it is to what they touched,
//! the latest most: `Σ w·cos² / Σ w`, squared because much alike is worth more than twice half
//! alike. Candidates are the neighbours of each of their tastes, so that who buys for a garden and
//! for a child is not shown what lies between.
//!
//! What people like them go on to says what they like, too ([`HEADED`]): so an item that nobody has met
//! is found by what others like it are bought after, and not by its own likeness to the history alone.
//!
//! What was put down again, or left as soon as it was seen, speaks against what is like it, weakly: it
//! may have been its price.

use crate::{
    ScoreMode, Slot, Weights,
    index::{Generation, Hit, VectorQuery},
    models::Past,
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

/// What speaks against its like: at most so many, the latest, …
const MOST_AGAINST: usize = 5;
/// … by so much, if it was put down again, …
const PUT_DOWN: f32 = 0.3;
/// … or if it was left at once, which is told by a strength below that of a look.
const BOUNCED: f32 = 0.1;
const LOOK: f32 = 1.0;

/// How much it says of an item that nobody has met what people go on to, against what they touched. Chosen
/// on the last but one items of Amazon Office (`next_item --office`), like how many those are.
const HEADED: f32 = 0.6;

/// Something that was touched, and what that says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touched {
    slot: Slot,
    /// How much it says for its like; below 0: against it.
    says: f32,
}

impl Touched {
    pub(super) fn of(slot: Slot, past: &Past) -> Self {
        let says = match past {
            past if past.is_disliked => -PUT_DOWN,
            past if past.strength < LOOK => -BOUNCED,
            past => past.strength.sqrt(),
        };
        Self { slot, says }
    }
}

/// Something that others went on to.
pub(super) struct Headed {
    pub(super) slot: Slot,
    /// How much it counts among these; all together 1 at most: less, the less is known.
    pub(super) share: f32,
    /// What of the history that goes back to; the shares add up to one.
    pub(super) because: Vec<(Slot, f32)>,
}

/// Something whose like is wanted, or not.
struct Liked {
    /// How much it counts. What was touched and speaks for its like adds up to one, what others went on
    /// to by itself to one at most.
    counts: f32,
    /// Whether others went on to it, while it was not touched.
    is_headed: bool,
    query: VectorQuery,
    /// What was touched that it goes back to, itself most times; the shares add up to one.
    because: Vec<(Slot, f32)>,
}

impl Liked {
    fn itself(slot: Slot, counts: f32, query: VectorQuery) -> Self {
        Self {
            counts,
            is_headed: false,
            query,
            because: vec![(slot, 1.0)],
        }
    }
}

/// How much less something says that was touched before so many others.
fn fades(place: usize) -> f32 {
    ((place + 1) as f32).powf(-RECENCY)
}

/// What a person likes.
pub(super) struct Profile<'g> {
    index: &'g Generation,
    weights: Weights,
    mode: ScoreMode,
    /// What was touched, latest first, what others went on to, and what speaks against its like.
    liked: Vec<Liked>,
    /// What others went on to counts so much, all together.
    headed: f32,
    tastes: Vec<VectorQuery>,
}

/// How well an item suits a person, by text and picture.
#[derive(Clone, Copy, Default)]
pub(super) struct Suits {
    /// By what they touched.
    own: [f32; 2],
    /// By what others went on to.
    headed: [f32; 2],
    pub(super) image_imputed: bool,
}

impl<'g> Profile<'g> {
    /// Of what was touched, latest first, and what others went on to.
    pub(super) fn of(
        index: &'g Generation,
        (touched, headed): (&[Touched], Vec<Headed>),
        weights: Weights,
        mode: ScoreMode,
    ) -> Self {
        let mut profile = Self {
            index,
            weights,
            mode,
            liked: Vec::new(),
            headed: 0.0,
            tastes: Vec::new(),
        };
        profile.like(touched.iter().filter(|touched| touched.says > 0.0));
        profile.head_for(headed);
        profile.dislike(touched.iter().filter(|touched| touched.says < 0.0));
        profile
    }

    fn like<'t>(&mut self, touched: impl Iterator<Item = &'t Touched>) {
        let (index, weights, mode) = (self.index, self.weights, self.mode);
        let mut groups: Vec<Vec<(Slot, f32)>> = Vec::new();
        let known = touched.filter_map(|touched| Some((touched, self.query(touched.slot)?)));
        let known: Vec<(&Touched, VectorQuery)> = known.take(MOST).collect();
        for (place, (Touched { slot, says }, query)) in known.into_iter().enumerate() {
            let (slot, counts) = (*slot, says * fades(place));
            let likeness = |group: &Vec<(Slot, f32)>| index.similarity(group[0].0, slot, weights, mode);
            let nearest = groups.iter().map(likeness).enumerate();
            match nearest.max_by(|a, b| a.1.total_cmp(&b.1)) {
                Some((at, alike)) if alike >= ALIKE || groups.len() == TASTES => groups[at].push((slot, counts)),
                _ => groups.push(vec![(slot, counts)]),
            }
            self.liked.push(Liked::itself(slot, counts, query));
        }
        let sum: f32 = self.liked.iter().map(|liked| liked.counts).sum();
        self.liked.iter_mut().for_each(|liked| liked.counts /= sum);
        for group in groups {
            if group.iter().map(|(_, counts)| counts).sum::<f32>() >= LEAST_SHARE * sum {
                self.tastes.extend(index.profile(&group, weights, mode));
            }
        }
    }

    fn head_for(&mut self, headed: Vec<Headed>) {
        let group: Vec<(Slot, f32)> = headed.iter().map(|headed| (headed.slot, headed.share)).collect();
        self.tastes.extend(self.index.profile(&group, self.weights, self.mode));
        for headed in headed {
            if let Some(query) = self.query(headed.slot) {
                self.headed += headed.share;
                self.liked.push(Liked {
                    counts: headed.share,
                    is_headed: true,
                    query,
                    because: headed.because,
                });
            }
        }
    }

    fn dislike<'t>(&mut self, touched: impl Iterator<Item = &'t Touched>) {
        let known = touched.filter_map(|touched| Some((touched, self.query(touched.slot)?)));
        let against = known.take(MOST_AGAINST).enumerate();
        let against =
            against.map(|(place, (touched, query))| Liked::itself(touched.slot, touched.says * fades(place), query));
        let against: Vec<Liked> = against.collect();
        self.liked.extend(against);
    }

    fn query(&self, slot: Slot) -> Option<VectorQuery> {
        self.index.query_of(slot, self.weights, self.mode)
    }

    /// The best so many of each taste that counts; an item may be there more than once.
    pub(super) fn nearest(&self, allow: &FixedBitSet, k: usize) -> Vec<Hit> {
        self.index
            .search_all(&self.tastes, allow, k)
            .into_iter()
            .flatten()
            .collect()
    }

    /// How well an item suits; not at all without vectors.
    pub(super) fn suits(&self, slot: Slot) -> Suits {
        let mut suits = Suits::default();
        for (liked, hit) in self.likeness(slot) {
            let sums = if liked.is_headed {
                &mut suits.headed
            } else {
                &mut suits.own
            };
            sums[0] += liked.counts * hit.score * hit.text;
            sums[1] += liked.counts * hit.score * hit.image;
            suits.image_imputed = hit.image_imputed;
        }
        suits
    }

    /// How much what was touched counts, and what others went on to, for an item of which so little is
    /// known: 1 for nothing at all, 0 for enough.
    fn shares(&self, coldness: f32) -> (f32, f32) {
        let headed = HEADED * coldness;
        (1.0 - headed * self.headed, headed)
    }

    /// How well an item suits by text and by picture; nothing where more speaks against it than for it.
    pub(super) fn content(&self, suits: &Suits, coldness: f32) -> [f32; 2] {
        let (own, headed) = self.shares(coldness);
        let [text, image] = [0, 1].map(|part| own * suits.own[part] + headed * suits.headed[part]);
        if text + image > 0.0 { [text, image] } else { [0.0; 2] }
    }

    /// What each thing that was touched adds to how well an item suits.
    pub(super) fn causes(&self, slot: Slot, coldness: f32) -> impl Iterator<Item = (Slot, f32)> {
        let (own, headed) = self.shares(coldness);
        self.likeness(slot).flat_map(move |(liked, hit)| {
            let share = if liked.is_headed { headed } else { own };
            let adds = share * liked.counts * hit.score * hit.score;
            liked.because.iter().map(move |(cause, part)| (*cause, adds * part))
        })
    }

    fn likeness(&self, slot: Slot) -> impl Iterator<Item = (&Liked, Hit)> {
        let score = self.index.scorer(slot);
        self.liked.iter().filter_map(move |liked| {
            let hit = score(&liked.query).filter(|hit| hit.score > 0.0)?;
            Some((liked, hit))
        })
    }
}
