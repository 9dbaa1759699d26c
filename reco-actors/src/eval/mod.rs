//! The evaluation core: what is served is what is measured. Pure functions, seeded and
//! deterministic; no I/O and no printing.
//!
//! * [`metrics`]: precision, recall, hit rate, NDCG, MRR and MAP of one ranked list;
//! * [`sampling`]: the seeded generator behind every sample, and samples without replacement;
//! * [`bootstrap`]: percentile intervals of a mean, and paired comparison of two systems;
//! * [`next_item`]: what comes next in histories, all items ranked;
//! * [`off_policy`]: what another policy would have earned, from the log of the present one;
//! * [`similar`]: the similar-items protocol, label agreement at `k` over sampled queries.

pub mod bootstrap;
pub mod metrics;
pub mod next_item;
pub mod off_policy;
pub mod sampling;
pub mod similar;

pub use bootstrap::{Bootstrap, Comparison, Estimate};
pub use sampling::{Random, sample};
pub use similar::{Agreement, SimilarItems, label_agreement};
