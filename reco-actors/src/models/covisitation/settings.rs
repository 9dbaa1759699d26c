//! How co-visitation ties and weighs: for histories, for baskets, and as others published it.

/// How visits are tied and ties are weighed. The defaults were chosen on the last but one items of
/// Amazon Beauty: round values from a plateau.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoVisitationSettings {
    /// Visits before one that it is tied to.
    pub window: usize,
    /// Power of the distance by which ties to later visits lessen.
    pub forward: f32,
    /// The same for ties to earlier ones.
    pub backward: f32,
    /// What a tie to an earlier visit counts, against 1 of one to a later.
    pub backward_weight: f32,
    /// Power of the source's popularity that its ties are divided by.
    pub source_damping: f32,
    /// Power of the target's.
    pub target_damping: f32,
    /// Added to every popularity: rare items know little.
    pub prior: f32,
    /// Latest items of a person that count.
    pub recent: usize,
    /// Power of their place from the end by which they count less.
    pub recency: f32,
    /// After so many seconds a visit counts half; none: it never fades.
    pub half_life_seconds: Option<f64>,
    /// Whether visits of the same item in a row are ties, too: for those who ask what comes next, the
    /// same again included.
    pub repeats: bool,
    /// Power of how many of a target's visits are recent, against those of all items, that its score is
    /// multiplied by; 0: the season does not matter.
    pub season: f32,
    /// After so many seconds a visit is half as recent.
    pub season_half_life_seconds: f64,
    /// Ties of one item that are kept: the strongest.
    pub most: usize,
}

impl Default for CoVisitationSettings {
    fn default() -> Self {
        Self {
            window: 50,
            forward: 0.5,
            backward: 1.0,
            backward_weight: 0.15,
            source_damping: 0.5,
            target_damping: 0.1,
            prior: 10.0,
            recent: 10,
            recency: 1.25,
            half_life_seconds: None,
            repeats: false,
            season: 0.0,
            season_half_life_seconds: 30.0 * 24.0 * 3_600.0,
            most: 512,
        }
    }
}

impl CoVisitationSettings {
    /// Sequential rules as they are published (SR: Ludewig and Jannach, UMUAI 2018): what came after
    /// the latest item, by distance alone.
    #[must_use]
    pub fn sequential_rules() -> Self {
        Self {
            window: 10,
            forward: 1.0,
            backward_weight: 0.0,
            source_damping: 0.0,
            target_damping: 0.0,
            recent: 1,
            repeats: true,
            most: 1_000,
            ..Self::default()
        }
    }

    /// For baskets, of which all that is there counts alike. Chosen on one month of Complete Journey:
    /// round values from a plateau.
    #[must_use]
    pub fn baskets() -> Self {
        Self {
            source_damping: 1.0,
            target_damping: 0.4,
            season: 0.25,
            recency: 0.0,
            recent: 100,
            ..Self::default()
        }
    }
}
