//! What a recommendation looks like from outside.

use crate::catalog::Product;
use async_graphql::{Enum, InputObject, SimpleObject};
use reco_actors::{ItemId, Reason, Recommended, ScoreMode, ScorePart, SimilarKind, Source, Weights};

/// Which vectors a recommendation is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum RecommendationKind {
    /// Text and picture together, by weights.
    Similar,
    /// What the text says, alone.
    SimilarText,
    /// What the picture shows, alone.
    SimilarImage,
}

impl From<RecommendationKind> for SimilarKind {
    fn from(kind: RecommendationKind) -> Self {
        match kind {
            RecommendationKind::Similar => Self::Hybrid,
            RecommendationKind::SimilarText => Self::Text,
            RecommendationKind::SimilarImage => Self::Image,
        }
    }
}

/// How text and picture scores are scaled before weighting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "ScoreMode")]
pub enum RecommendationMode {
    /// Cosines as the models give them.
    Raw,
    /// Each modality's mean taken off first, so that both spread alike.
    Calibrated,
}

/// How much text and picture count; scaled to sum to one.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct RecommendationWeights {
    /// Weight of the text, not negative.
    pub text: f64,
    /// Weight of the picture, not negative.
    pub image: f64,
}

impl TryFrom<RecommendationWeights> for Weights {
    type Error = reco_actors::RecoError;

    fn try_from(weights: RecommendationWeights) -> Result<Self, Self::Error> {
        Self::new(weights.text as f32, weights.image as f32)
    }
}

/// Where a list came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Source")]
pub enum RecommendationSource {
    /// The vector index.
    Vectors,
    /// Popularity and newest, because there are no vectors (yet).
    Fallback,
    /// What people do.
    Behaviour,
}

/// Why a product is recommended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum RecommendationReasonCode {
    /// Text and picture both speak for it.
    SimilarOverall,
    /// Its description means much the same.
    SimilarDescription,
    /// It looks alike.
    LooksAlike,
    /// Many buy it.
    Popular,
    /// It is new.
    New,
    /// Its picture is the one that was held up.
    SamePicture,
    /// People who looked at `product` went on to it.
    AlsoViewed,
    /// It is bought together with `product`.
    BoughtTogether,
    /// You looked at `product`.
    BecauseViewed,
    /// You bought `product`.
    BecauseBought,
    /// Much looked at and bought lately.
    Trending,
    /// Staff put it there.
    Chosen,
    /// It is bought together with `product`, and of another kind.
    Completes,
    /// You bought it before.
    BoughtBefore,
}

/// Why a product is recommended: for programs and for people.
#[derive(Clone, Debug, SimpleObject)]
pub struct RecommendationReason {
    /// For programs.
    pub code: RecommendationReasonCode,
    /// For people, English.
    pub message: String,
    /// The product that is named as the cause. Without it the score would be another.
    pub product: Option<Product>,
}

impl RecommendationReason {
    fn new(reason: &Reason, product: Option<Product>) -> Self {
        use RecommendationReasonCode as Code;
        let name = || {
            product
                .as_ref()
                .map_or("something like it", |product| &product.0.product.name)
        };
        let within = |label: &Option<String>| label.as_ref().map_or_else(|| "the shop".to_owned(), Clone::clone);
        let (code, message) = match reason {
            Reason::SimilarOverall => (Code::SimilarOverall, "Similar in description and looks".to_owned()),
            Reason::SimilarDescription => (Code::SimilarDescription, "Similar description".to_owned()),
            Reason::LooksAlike => (Code::LooksAlike, "Looks alike".to_owned()),
            Reason::Popular(label) => (Code::Popular, format!("Popular in {}", within(label))),
            Reason::SamePicture => (Code::SamePicture, "The same picture".to_owned()),
            Reason::New(label) => (Code::New, format!("New in {}", within(label))),
            Reason::AlsoViewed(_) => (Code::AlsoViewed, format!("Often looked at after {}", name())),
            Reason::BoughtTogether(_) => (Code::BoughtTogether, format!("Bought together with {}", name())),
            Reason::BecauseViewed(_) => (Code::BecauseViewed, format!("Because you looked at {}", name())),
            Reason::BecauseBought(_) => (Code::BecauseBought, format!("Because you bought {}", name())),
            Reason::Trending => (Code::Trending, "Popular right now".to_owned()),
            Reason::Completes(_) => (Code::Completes, format!("Completes {}", name())),
            Reason::BoughtBefore(1) => (Code::BoughtBefore, "You bought it before".to_owned()),
            Reason::BoughtBefore(times) => (Code::BoughtBefore, format!("You bought it {times} times")),
            Reason::Chosen => (Code::Chosen, "Chosen by the shop".to_owned()),
        };
        Self { code, message, product }
    }
}

/// The addends of a score; what played no part is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, SimpleObject)]
pub struct ScoreParts {
    /// Weighted text similarity.
    pub text: f64,
    /// Weighted picture similarity.
    pub image: f64,
    /// Popularity, in fallback lists.
    pub popularity: f64,
    /// Freshness, in fallback lists.
    pub newness: f64,
    /// How far its picture is the very one that was held up, 0.8 and more; 0 for another one.
    pub same_picture: f64,
    /// What people go on to: to look at, or, of what the viewer bought, to buy.
    pub viewed: f64,
    /// What is bought together.
    pub bought: f64,
    /// How much it is looked at and bought lately.
    pub trend: f64,
    /// What a rule of staff adds or takes away.
    pub rule: f64,
    /// How likely it is bought again today, in purchases by day.
    pub repurchase: f64,
}

impl From<&[(ScorePart, f32)]> for ScoreParts {
    fn from(parts: &[(ScorePart, f32)]) -> Self {
        let mut sums = Self::default();
        for (part, value) in parts {
            let sum = match part {
                ScorePart::Text => &mut sums.text,
                ScorePart::Image => &mut sums.image,
                ScorePart::Popularity => &mut sums.popularity,
                ScorePart::Newness => &mut sums.newness,
                ScorePart::SamePicture => &mut sums.same_picture,
                ScorePart::Viewed => &mut sums.viewed,
                ScorePart::Bought => &mut sums.bought,
                ScorePart::Trend => &mut sums.trend,
                ScorePart::Rule => &mut sums.rule,
                ScorePart::Repurchase => &mut sums.repurchase,
            };
            *sum += tidy(*value);
        }
        sums
    }
}

/// What a product adds to the score of another.
#[derive(Clone, Debug, SimpleObject)]
pub struct RecommendationCause {
    /// The product that was touched, or is gone with; null once it is not public any more.
    pub product: Option<Product>,
    /// What it adds; below 0: takes away, such as what is like something that was put down again.
    pub adds: f64,
}

/// A recommended product.
#[derive(Clone, Debug, SimpleObject)]
pub struct RecommendedProduct {
    /// The product.
    pub product: Product,
    /// Higher is better; comparable within one list. The sum of `scoreParts`.
    pub score: f64,
    /// What the score is made of.
    pub score_parts: ScoreParts,
    /// Why it is here.
    pub reason: RecommendationReason,
    /// All that `text`, `image`, `viewed` and `bought` of `scoreParts` go back to, the most first; for
    /// lists that are asked to `explain`.
    pub causes: Vec<RecommendationCause>,
    /// Whether its picture vector was inferred from its text, for want of a picture.
    pub is_image_imputed: bool,
}

impl RecommendedProduct {
    /// The engine's entry with its product, the one that its reason names, and those of all its causes.
    #[must_use]
    pub fn new(
        entry: &Recommended,
        product: Product,
        cause: Option<Product>,
        named: impl Fn(ItemId) -> Option<Product>,
    ) -> Self {
        let causes = entry.causes.iter().map(|(item, adds)| RecommendationCause {
            product: named(*item),
            adds: tidy(*adds),
        });
        Self {
            causes: causes.collect(),
            product,
            score: tidy(entry.score),
            score_parts: entry.parts.as_slice().into(),
            reason: RecommendationReason::new(&entry.reason, cause),
            is_image_imputed: entry.image_imputed,
        }
    }
}

/// A list of recommendations, best first.
#[derive(Clone, Debug, SimpleObject)]
pub struct RecommendationList {
    /// Best first; never the product itself.
    pub items: Vec<RecommendedProduct>,
    /// Where the list came from.
    pub source: RecommendationSource,
    /// Names the state of the index that answered; changes with every change of the catalogue.
    pub generation: String,
    /// Names this list: events on its products carry it, so that it is known what lists bring.
    pub list_id: String,
}

/// An f32 without the digits that its widening would invent.
pub(crate) fn tidy(value: f32) -> f64 {
    (f64::from(value) * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn score_parts_add_up_and_absent_parts_are_zero() {
        let parts = ScoreParts::from([(ScorePart::Text, 0.56_f32), (ScorePart::Image, 0.21)].as_slice());
        assert_eq!(
            parts,
            ScoreParts {
                text: 0.56,
                image: 0.21,
                ..Default::default()
            }
        );
    }

    #[test]
    fn a_reason_names_the_category_it_is_popular_in() {
        let reason = RecommendationReason::new(&Reason::Popular(Some("Lamps".into())), None);
        assert_eq!(reason.message, "Popular in Lamps");
        assert_eq!(
            RecommendationReason::new(&Reason::New(None), None).message,
            "New in the shop"
        );
    }
}
