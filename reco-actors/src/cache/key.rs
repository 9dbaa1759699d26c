//! What a cached list is found by: a hash of the question and of the models that answer it.

use crate::{ItemId, ScoreMode, SimilarKind, SimilarQuery, Weights, catalog::Filter};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt;

/// Changes when the stored form changes, so that versions of the program share one Redis. The hash tag keeps all
/// keys on one node of a Redis Cluster, so that scripts may touch several.
pub(super) const FORMAT: &str = "{myshop:reco}:3:";

/// A cache key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 32]);

/// Everything an answer depends on.
#[derive(Serialize)]
struct Question<'a> {
    generation: &'a str,
    item: ItemId,
    kind: SimilarKind,
    weights: Option<Weights>,
    mode: Option<ScoreMode>,
    limit: usize,
    filter: &'a Filter,
    include_out_of_stock: bool,
    diversity: f32,
}

impl Key {
    pub(super) fn new(query: &SimilarQuery, generation: &str) -> Self {
        let SimilarQuery {
            item,
            kind,
            weights,
            mode,
            limit,
            filter,
            include_out_of_stock,
            diversity,
        } = query;
        let question = Question {
            generation,
            item: *item,
            kind: *kind,
            weights: *weights,
            mode: *mode,
            limit: *limit,
            filter,
            include_out_of_stock: *include_out_of_stock,
            diversity: *diversity,
        };
        let bytes = serde_json::to_vec(&question).expect("plain data with string keys has a JSON form");
        Self(Sha256::digest(&bytes).into())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FORMAT)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use uuid::Uuid;

    fn query() -> SimilarQuery {
        SimilarQuery {
            item: ItemId(Uuid::from_u128(1)),
            kind: SimilarKind::Hybrid,
            weights: None,
            mode: None,
            limit: 10,
            filter: Filter::default(),
            include_out_of_stock: false,
            diversity: 0.0,
        }
    }

    #[test]
    fn every_parameter_and_the_generation_are_part_of_the_key() {
        let base = query();
        let brand = Filter {
            brands: vec![Uuid::from_u128(7)],
            ..Filter::default()
        };
        let others = [
            base.clone(),
            SimilarQuery {
                item: ItemId(Uuid::from_u128(2)),
                ..base.clone()
            },
            SimilarQuery {
                kind: SimilarKind::Text,
                ..base.clone()
            },
            SimilarQuery {
                weights: Some(Weights::new(0.5, 0.5).unwrap()),
                ..base.clone()
            },
            SimilarQuery {
                mode: Some(ScoreMode::Calibrated),
                ..base.clone()
            },
            SimilarQuery {
                limit: 11,
                ..base.clone()
            },
            SimilarQuery {
                filter: brand,
                ..base.clone()
            },
            SimilarQuery {
                include_out_of_stock: true,
                ..base.clone()
            },
            SimilarQuery {
                diversity: 0.3,
                ..base.clone()
            },
        ];
        let keys: HashSet<Key> = others.iter().map(|query| Key::new(query, "g1.5")).collect();
        assert_eq!(keys.len(), others.len());
        assert!(!keys.contains(&Key::new(&base, "g1.6")));
        assert!(keys.contains(&Key::new(&query(), "g1.5")));
    }

    #[test]
    fn a_key_is_printed_with_the_format_it_belongs_to() {
        let printed = Key::new(&query(), "g1.5").to_string();
        assert!(
            printed.starts_with(FORMAT) && printed.len() == FORMAT.len() + 64,
            "{printed}"
        );
    }
}
