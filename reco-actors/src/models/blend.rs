//! One score out of what people do and what items are: a convex combination of normalised scores
//! (Bruch, Gai and Ingber, TOIS 2023), weighted by the evidence for each item. Of a cold item, which
//! nobody has met, it is not known what people would do: part of that is credited to it by its
//! content, the less the more it was visited.

/// How much behaviour counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlendSettings {
    /// Share of behaviour; content has the rest.
    pub behaviour: f32,
    /// How far content stands in for the behaviour that nobody had a chance to show.
    pub cold_credit: f32,
    /// Visits of an item at which half of that credit is gone.
    pub half_trust: f32,
    /// Visits of what speaks for an item at which half of what it says is believed: what one person did
    /// once is no rule yet.
    pub half_source: f32,
    /// Share of what is touched much lately, for somebody who bought all that they did lately; less, the less
    /// of it that was. All else has the rest.
    pub trend: f32,
}

impl BlendSettings {
    /// How far something is believed that was visited so often.
    #[must_use]
    pub fn trust(&self, visits: f32) -> f32 {
        match self.half_source {
            0.0 => 1.0,
            half => visits / (visits + half),
        }
    }
}

impl Default for BlendSettings {
    /// Chosen on the last but one items of Amazon Office, the trend's on validation splits of Complete Journey
    /// and Amazon Grocery: round values from a plateau.
    fn default() -> Self {
        Self {
            behaviour: 0.7,
            cold_credit: 0.3,
            half_trust: 5.0,
            half_source: 2.0,
            trend: 0.4,
        }
    }
}

/// What speaks for one item.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Score by what people do; 0 when they do nothing with it.
    pub behaviour: f32,
    /// Visits of it.
    pub visits: f32,
    /// How far that score is believed, 0…1.
    pub trust: f32,
    /// What its text adds to its content score.
    pub text: f32,
    /// What its picture adds.
    pub image: f32,
    /// How much it is touched lately: 1 for what is touched most.
    pub trend: f32,
}

/// The addends of a blended score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Blended {
    /// By behaviour.
    pub behaviour: f32,
    /// By text.
    pub text: f32,
    /// By picture.
    pub image: f32,
    /// By what is touched lately.
    pub trend: f32,
}

impl Blended {
    /// The score.
    #[must_use]
    pub fn score(&self) -> f32 {
        self.behaviour + self.text + self.image + self.trend
    }
}

/// Blends the scores of one list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blend {
    settings: BlendSettings,
    most_behaviour: f32,
    most_content: f32,
}

impl Blend {
    /// Normalises by the best of all candidates of a list.
    #[must_use]
    pub fn of<'e>(settings: BlendSettings, candidates: impl IntoIterator<Item = &'e Evidence>) -> Self {
        let none = Self {
            settings,
            most_behaviour: 0.0,
            most_content: 0.0,
        };
        candidates.into_iter().fold(none, |most, evidence| Self {
            most_behaviour: most.most_behaviour.max(evidence.behaviour),
            most_content: most.most_content.max(evidence.text + evidence.image),
            ..most
        })
    }

    /// The score of a candidate, by its addends. Where nothing at all is known of one side, the
    /// other has it all.
    #[must_use]
    pub fn score(&self, evidence: &Evidence) -> Blended {
        let BlendSettings {
            behaviour,
            cold_credit,
            half_trust,
            trend,
            ..
        } = self.settings;
        let share = match (self.most_behaviour > 0.0, self.most_content > 0.0) {
            (true, true) => behaviour,
            (true, false) => 1.0,
            (false, _) => 0.0,
        };
        let per = |share: f32, most: f32| if most > 0.0 { share / most } else { 0.0 };
        let shown = evidence.trust * per(evidence.behaviour, self.most_behaviour);
        let credit = cold_credit * half_trust / (evidence.visits + half_trust) * (1.0 - shown);
        let rest = 1.0 - trend;
        let content = rest * per(1.0 - share + share * credit, self.most_content);
        Blended {
            behaviour: rest * share * shown,
            text: content * evidence.text,
            image: content * evidence.image,
            trend: trend * evidence.trend,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn item(behaviour: f32, visits: f32, content: f32) -> Evidence {
        Evidence {
            behaviour,
            visits,
            trust: 1.0,
            text: content,
            image: 0.0,
            trend: 0.0,
        }
    }

    /// Of somebody who bought nothing.
    fn looking() -> BlendSettings {
        BlendSettings {
            trend: 0.0,
            ..BlendSettings::default()
        }
    }

    #[test]
    fn what_is_touched_lately_has_its_share_and_all_else_the_rest() {
        let buying = BlendSettings {
            trend: 0.25,
            ..looking()
        };
        let touched = |trend| Evidence {
            trend,
            ..item(2.0, 1.0, 0.0)
        };
        let blend = Blend::of(buying, &[touched(1.0), touched(0.5)]);
        let score = blend.score(&touched(0.5));
        assert_eq!((score.trend, score.behaviour), (0.125, 0.75));
        assert_eq!(blend.score(&touched(1.0)).score(), 1.0);
    }

    #[test]
    fn a_cold_item_lives_on_content_and_a_warm_one_on_behaviour() {
        let settings = BlendSettings {
            behaviour: 0.75,
            cold_credit: 0.4,
            half_trust: 5.0,
            half_source: 0.0,
            trend: 0.0,
        };
        let (cold, warm) = (item(0.0, 0.0, 0.8), item(2.0, 1e9, 0.4));
        let blend = Blend::of(settings, &[cold, warm]);
        let close = |found: f32, wanted: f32| assert!((found - wanted).abs() < 1e-6, "{found} is not {wanted}");
        let score = blend.score(&warm);
        close(score.behaviour, 0.75);
        close(score.text, 0.125);
        close(blend.score(&cold).score(), 0.25 + 0.75 * 0.4);
        close(blend.score(&item(0.0, 5.0, 0.8)).score(), 0.25 + 0.75 * 0.2);
        close(blend.score(&item(0.0, 1e9, 0.8)).score(), 0.25);
    }

    #[test]
    fn what_one_person_did_once_counts_for_less_than_what_many_do() {
        let settings = looking();
        let of = |visits| Evidence {
            trust: settings.trust(visits),
            ..item(2.0, visits, 0.1)
        };
        let alike = item(0.0, 3.0, 0.8);
        let leads = |visits| {
            let blend = Blend::of(settings, &[of(visits), alike]);
            blend.score(&of(visits)).score() > blend.score(&alike).score()
        };
        assert!(!leads(1.0) && leads(30.0));
    }

    #[test]
    fn where_one_side_knows_nothing_the_other_has_it_all() {
        let only_behaviour = [item(2.0, 1.0, 0.0), item(1.0, 1.0, 0.0)];
        let blend = Blend::of(looking(), &only_behaviour);
        assert_eq!(only_behaviour.map(|one| blend.score(&one).score()), [1.0, 0.5]);
        let only_content = [item(0.0, 9.0, 0.5), item(0.0, 0.0, 0.25)];
        let blend = Blend::of(looking(), &only_content);
        assert_eq!(only_content.map(|one| blend.score(&one).score()), [1.0, 0.5]);
        assert_eq!(Blend::of(looking(), &[]).score(&item(1.0, 1.0, 1.0)).score(), 0.0);
    }

    proptest! {
        #[test]
        fn scores_lie_within_one(
            candidates in proptest::collection::vec((0.0..9.0_f32, 0.0..99.0_f32, 0.0..1.0_f32), 1..20),
        ) {
            let candidates: Vec<Evidence> = candidates.into_iter().map(|(b, v, c)| item(b, v, c)).collect();
            let blend = Blend::of(looking(), &candidates);
            for candidate in &candidates {
                prop_assert!((0.0..=1.0001).contains(&blend.score(candidate).score()));
            }
        }
    }
}
