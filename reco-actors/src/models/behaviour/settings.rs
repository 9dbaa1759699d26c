//! How much is remembered of what people do, for how long, and what counts how much.

use crate::models::{BasketKnnSettings, CoVisitationSettings, SessionKnnSettings};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: f64 = 24.0 * 60.0 * 60_000.0;

/// How much is remembered, and for how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BehaviourSettings {
    /// What people go on to look at.
    pub viewed: CoVisitationSettings,
    /// What is bought with what.
    pub bought: CoVisitationSettings,
    /// Baskets that are like others.
    pub baskets: BasketKnnSettings,
    /// How much those count, 0…1, against what goes with each item of a basket by itself.
    pub neighbour_share: f32,
    /// Items of one person's history.
    pub most_past: usize,
    /// Items of all histories together: 32 bytes each and as much again for everybody's sake.
    pub most_visits: usize,
    /// What others looked at in sessions like the present one.
    pub sessions: SessionKnnSettings,
    /// How much that counts, 0…1, against what people go on to from all that one did lately, where nothing of
    /// it was bought: what is bought together is no session of looks.
    pub session_share: f32,
    /// How much it counts what is bought with what somebody bought, if they bought all they did lately;
    /// less, the less of it that was.
    pub basket_share: f32,
    /// What is touched again within this time is one visit, and what follows within it is of one
    /// session.
    pub visit_ms: i64,
    /// How soon what is touched much is forgotten.
    pub trend_half_life_ms: f64,
}

impl Default for BehaviourSettings {
    fn default() -> Self {
        Self {
            viewed: CoVisitationSettings {
                half_life_seconds: Some(90.0 * DAY_MS / 1_000.0),
                ..CoVisitationSettings::default()
            },
            bought: CoVisitationSettings {
                half_life_seconds: Some(180.0 * DAY_MS / 1_000.0),
                ..CoVisitationSettings::baskets()
            },
            baskets: BasketKnnSettings::default(),
            neighbour_share: 0.85,
            most_past: 200,
            most_visits: 1_000_000,
            sessions: SessionKnnSettings::shop(),
            session_share: 0.5,
            basket_share: 0.5,
            visit_ms: 30 * MINUTE_MS,
            trend_half_life_ms: 2.0 * DAY_MS,
        }
    }
}
