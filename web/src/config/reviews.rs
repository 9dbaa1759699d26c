//! Reviews.

use serde::{Deserialize, Serialize};
use shop::reviews::{Moderation, ReviewSettings};

/// Whether staff look at a review before or after the public does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReviewModeration {
    /// New and edited reviews are public at once.
    #[default]
    After,
    /// New and edited reviews wait for staff.
    Before,
}

/// How reviews are dealt with.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReviewsConfig {
    /// Who looks first: `after` or `before`.
    pub moderation: ReviewModeration,
}

impl ReviewsConfig {
    /// As the domain takes them.
    #[must_use]
    pub fn settings(&self) -> ReviewSettings {
        ReviewSettings {
            moderation: match self.moderation {
                ReviewModeration::After => Moderation::After,
                ReviewModeration::Before => Moderation::Before,
            },
        }
    }
}
