//! What may come into somebody's list, and what speaks for each.

use super::profile::{Profile, Suits};
use crate::{
    ItemId, Reason, Recommended, ScorePart, Slot,
    catalog::CatalogIndex,
    models::{Behaviour, Blend, BlendSettings, Blended, Candidate, Evidence, Next, diversify},
};
use foldhash::{HashMap, HashSet};
use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};
use uuid::Uuid;

/// A candidate and what speaks for it.
pub(super) struct Scored {
    slot: Slot,
    item: ItemId,
    next: Option<Next>,
    suits: Suits,
    /// 1 for what nobody has met, less the more it was visited.
    coldness: f32,
    evidence: Evidence,
    blended: Blended,
}

#[derive(Default)]
pub(super) struct Candidates {
    all: Vec<Scored>,
    known: HashSet<Slot>,
}

impl Candidates {
    /// One more, unless it is there already.
    pub(super) fn add(&mut self, (slot, item): (Slot, ItemId), next: Option<Next>) {
        if !self.known.insert(slot) {
            return;
        }
        self.all.push(Scored {
            slot,
            item,
            evidence: Evidence {
                behaviour: next.as_ref().map_or(0.0, |next| next.score),
                visits: 0.0,
                trust: 0.0,
                text: 0.0,
                image: 0.0,
                trend: 0.0,
            },
            next,
            suits: Suits::default(),
            coldness: 1.0,
            blended: Blended::default(),
        });
    }

    /// What is touched most lately, best first, as candidates as well.
    pub(super) fn touched_lately(&mut self, trending: &[(Slot, ItemId, f32)]) {
        let Some((_, _, most)) = trending.first() else { return };
        for (slot, item, _) in trending {
            self.add((*slot, *item), None);
        }
        let counts: HashMap<Slot, f32> = trending.iter().map(|(slot, _, count)| (*slot, count / most)).collect();
        for scored in &mut self.all {
            scored.evidence.trend = counts.get(&scored.slot).copied().unwrap_or(0.0);
        }
    }

    /// How well each suits, on all cores: that is most of the work.
    pub(super) fn suit(&mut self, profile: &Profile<'_>) {
        self.all
            .par_iter_mut()
            .with_min_len(32)
            .for_each(|scored| scored.suits = profile.suits(scored.slot));
    }

    /// How much is known of each, and of what speaks for it.
    pub(super) fn count_visits(&mut self, behaviour: &Behaviour, profile: &Profile<'_>, settings: BlendSettings) {
        let visits = |item| behaviour.viewed().popularity(item);
        for scored in &mut self.all {
            scored.evidence.visits = visits(scored.item);
            scored.coldness = settings.half_trust / (scored.evidence.visits + settings.half_trust);
            let [text, image] = profile.content(&scored.suits, scored.coldness);
            (scored.evidence.text, scored.evidence.image) = (text, image);
            if let Some(next) = scored.next.as_ref().filter(|next| next.score > 0.0) {
                let trusted = next
                    .because
                    .iter()
                    .map(|(cause, adds)| adds * settings.trust(visits(*cause)));
                scored.evidence.trust = trusted.sum::<f32>() / next.score;
            }
        }
    }

    /// Best first, ties by id.
    pub(super) fn ranked(mut self, settings: BlendSettings) -> Vec<Scored> {
        let blend = Blend::of(settings, self.all.iter().map(|scored| &scored.evidence));
        for scored in &mut self.all {
            scored.blended = blend.score(&scored.evidence);
        }
        self.all.retain(|scored| scored.blended.score() > 0.0);
        let score = |scored: &Scored| scored.blended.score();
        self.all
            .sort_by(|a, b| score(b).total_cmp(&score(a)).then(a.item.cmp(&b.item)));
        self.all
    }
}

/// The first so many, the more different from each other the higher `diversity`.
pub(super) fn varied(
    mut ranked: Vec<Scored>,
    diversity: f32,
    wanted: usize,
    likeness: impl Fn(Slot, Slot) -> f32,
) -> Vec<Scored> {
    if diversity == 0.0 {
        ranked.truncate(wanted);
        return ranked;
    }
    let candidate = |scored: &Scored| Candidate {
        slot: scored.slot,
        relevance: scored.blended.score(),
    };
    let all: Vec<Candidate> = ranked.iter().map(candidate).collect();
    let mut ranked: Vec<Option<Scored>> = ranked.into_iter().map(Some).collect();
    let picked = diversify(&all, diversity, wanted, likeness);
    picked.into_iter().filter_map(|at| ranked[at].take()).collect()
}

/// So many of each kind at first, in their order; what is too much of its kind comes last, so that a
/// list does not become shorter. What is of no kind is never too much.
pub(super) fn capped<T>(items: Vec<T>, most: usize, kind: impl Fn(&T) -> Option<Uuid>) -> Vec<T> {
    let mut counts: HashMap<Uuid, usize> = HashMap::default();
    let (mut first, too_much): (Vec<T>, Vec<T>) = items.into_iter().partition(|item| {
        kind(item).is_none_or(|kind| {
            let count = counts.entry(kind).or_default();
            *count += 1;
            *count <= most
        })
    });
    first.extend(too_much);
    first
}

impl Scored {
    pub(super) const fn slot(&self) -> Slot {
        self.slot
    }

    pub(super) const fn item(&self) -> ItemId {
        self.item
    }

    /// As it is handed out, with all that speaks for it if that is asked for; `None` for what nothing
    /// speaks for: neither the history nor others' doings lately.
    pub(super) fn recommended(
        &self,
        catalog: &CatalogIndex,
        profile: &Profile<'_>,
        bought: impl Fn(ItemId) -> bool,
        is_explained: bool,
    ) -> Option<Recommended> {
        let Blended {
            behaviour,
            text,
            image,
            trend,
        } = self.blended;
        let causes = self.causes(catalog, profile);
        let reason = match causes.first() {
            Some((cause, _)) if bought(*cause) => Reason::BecauseBought(*cause),
            Some((cause, _)) => Reason::BecauseViewed(*cause),
            None if trend > 0.0 => Reason::Trending,
            None => return None,
        };
        let parts = [
            (ScorePart::Viewed, behaviour),
            (ScorePart::Text, text),
            (ScorePart::Image, image),
            (ScorePart::Trend, trend),
        ];
        Some(Recommended {
            item: self.item,
            score: self.blended.score(),
            parts: parts.into_iter().filter(|(_, value)| *value != 0.0).collect(),
            image_imputed: self.suits.image_imputed,
            reason,
            causes: if is_explained { causes } else { Vec::new() },
        })
    }

    /// What each thing of the history adds to the score, the most first; what takes away from it last.
    fn causes(&self, catalog: &CatalogIndex, profile: &Profile<'_>) -> Vec<(ItemId, f32)> {
        let mut adds: HashMap<ItemId, f32> = HashMap::default();
        if let Some(next) = self.next.as_ref().filter(|next| next.score > 0.0) {
            for (item, part) in &next.because {
                *adds.entry(*item).or_default() += self.blended.behaviour * part / next.score;
            }
        }
        let suits = self.evidence.text + self.evidence.image;
        if suits > 0.0 {
            let content = (self.blended.text + self.blended.image) / suits;
            for (slot, part) in profile.causes(self.slot, self.coldness) {
                if let Some(item) = catalog.item(slot) {
                    *adds.entry(item.id).or_default() += content * part;
                }
            }
        }
        let mut adds: Vec<(ItemId, f32)> = adds.into_iter().collect();
        adds.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        adds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_of_its_kind_comes_last() {
        let kind = |item: &(u32, u128)| (item.1 > 0).then(|| Uuid::from_u128(item.1));
        let items = vec![(1, 7), (2, 7), (3, 8), (4, 7), (5, 0), (6, 0), (7, 0)];
        let order = |most| -> Vec<u32> {
            let capped = capped(items.clone(), most, kind);
            capped.into_iter().map(|(number, _)| number).collect()
        };
        assert_eq!(order(1), [1, 3, 5, 6, 7, 2, 4]);
        assert_eq!(order(2), [1, 2, 3, 5, 6, 7, 4]);
        assert_eq!(order(3), [1, 2, 3, 4, 5, 6, 7]);
    }
}
