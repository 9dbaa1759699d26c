//! What callers ask and what they get: the [`Recommender`] trait and its plain types.

use crate::{ItemId, RecoError, catalog::Filter};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Weight of the text block; the image block gets the rest. Always within 0…1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    text: f32,
}

impl Weights {
    /// The product's default: 0.7 text, 0.3 image.
    pub const DEFAULT: Self = Self { text: 0.7 };
    /// Text only.
    pub const TEXT: Self = Self { text: 1.0 };
    /// Image only.
    pub const IMAGE: Self = Self { text: 0.0 };

    /// Scales two non-negative finite weights to sum to one.
    ///
    /// # Errors
    /// `InvalidArgument` when a weight is negative, not finite, or both are zero.
    pub fn new(text: f32, image: f32) -> Result<Self, RecoError> {
        let sum = text + image;
        if !(text >= 0.0 && image >= 0.0 && sum.is_finite() && sum > 0.0) {
            return Err(RecoError::InvalidArgument {
                name: "weights",
                reason: "text and image must be finite, not negative and not both zero".into(),
            });
        }
        Ok(Self { text: text / sum })
    }

    /// Share of the text block.
    #[must_use]
    pub const fn text(self) -> f32 {
        self.text
    }

    /// Share of the image block.
    #[must_use]
    pub fn image(self) -> f32 {
        1.0 - self.text
    }
}

/// Which vectors a similarity is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SimilarKind {
    /// Text and image, by weights.
    Hybrid,
    /// Text alone.
    Text,
    /// Image alone.
    Image,
}

/// How block similarities are scaled before weighting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ScoreMode {
    /// Cosine of the stored vectors.
    Raw,
    /// Cosine after subtracting each modality's mean, so both blocks spread alike.
    Calibrated,
}

/// "What goes with this item?"
#[derive(Clone, Debug, PartialEq)]
pub struct SimilarQuery {
    /// The item looked at.
    pub item: ItemId,
    /// Which vectors count.
    pub kind: SimilarKind,
    /// Weights of a hybrid query; `None` takes the engine's default.
    pub weights: Option<Weights>,
    /// Score scaling; `None` takes the engine's default.
    pub mode: Option<ScoreMode>,
    /// How many items at most, 1…100.
    pub limit: usize,
    /// Applied inside the search, so `limit` items come back whenever enough qualify.
    /// Unpublished items never qualify; out-of-stock ones only when
    /// `filter.in_stock == Some(false)` or `include_out_of_stock`.
    pub filter: Filter,
    /// Let items without free stock through.
    pub include_out_of_stock: bool,
    /// Maximal marginal relevance: 0 = pure relevance … 1 = most diverse.
    pub diversity: f32,
}

/// Where a list came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Source {
    /// The vector index.
    Vectors,
    /// Popularity and newest, because vectors were not to be had. Visible, never silent.
    Fallback,
    /// What people do.
    Behaviour,
}

/// One addend of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ScorePart {
    /// Weighted text similarity.
    Text,
    /// Weighted image similarity.
    Image,
    /// Popularity (fallback lists).
    Popularity,
    /// Freshness (fallback lists).
    Newness,
    /// How far its picture is the very one that was held up.
    SamePicture,
    /// What people go on to: to look at, or, of what somebody bought, to buy.
    Viewed,
    /// What is bought together.
    Bought,
    /// What is touched much lately.
    Trend,
    /// What staff say about it.
    Rule,
    /// How likely it is bought again today.
    Repurchase,
}

/// Why an item is in the list, true of its score parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// Text and picture both speak for it.
    SimilarOverall,
    /// Mostly because its description means the same.
    SimilarDescription,
    /// Mostly because it looks alike.
    LooksAlike,
    /// Popular in the named category (label), or in the shop when `None`.
    Popular(Option<String>),
    /// New in the named category (label), or in the shop when `None`.
    New(Option<String>),
    /// Its picture is the one that was held up.
    SamePicture,
    /// People who looked at the named item went on to this one.
    AlsoViewed(ItemId),
    /// It is bought together with the named item.
    BoughtTogether(ItemId),
    /// Whom the list is for looked at the named item, which adds most to the score.
    BecauseViewed(ItemId),
    /// Whom the list is for bought the named item, which adds most to the score.
    BecauseBought(ItemId),
    /// Much looked at and bought lately.
    Trending,
    /// Staff put it there.
    Chosen,
    /// It is bought together with the named item, and of another kind.
    Completes(ItemId),
    /// Whom the list is for bought it so many times.
    BoughtBefore(u32),
}

/// One recommended item. `parts` add up to `score` (to f32 rounding).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recommended {
    /// The item.
    pub item: ItemId,
    /// Higher is better; comparable within one list.
    pub score: f32,
    /// Addends of `score`.
    pub parts: Vec<(ScorePart, f32)>,
    /// Whether the item's image vector was imputed from its text (it has no picture).
    pub image_imputed: bool,
    /// Why it is here.
    pub reason: Reason,
    /// What each item that it goes back to adds to its score, the most first: for lists that are asked
    /// to explain themselves.
    pub causes: Vec<(ItemId, f32)>,
}

/// A list of recommendations, best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recommendations {
    /// Items, best first, never the queried one.
    pub items: Vec<Recommended>,
    /// Where the list came from.
    pub source: Source,
    /// Names the state of the index that answered.
    pub generation: String,
}

/// Anything that recommends: the engine, its cache, a stand-in in tests.
#[async_trait]
pub trait Recommender: Send + Sync {
    /// Items similar to one item.
    ///
    /// # Errors
    /// `UnknownItem`, `InvalidArgument`, `Overloaded`, `Deadline`.
    async fn similar(&self, query: &SimilarQuery) -> Result<Recommendations, RecoError>;
}
