//! The evaluation core: what is served is what is measured. Pure functions, seeded and
//! deterministic; no I/O and no printing.
//!
//! * [`data`]: what is evaluated on;
//! * [`lists`]: coverage, concentration, novelty and the like of all lists together;
//! * [`measure`]: from lists to figures with intervals;
//! * [`metrics`]: precision, recall, hit rate, NDCG, MRR and MAP of one ranked list;
//! * [`protocol`]: what systems learn from, and what they are then asked;
//! * [`results`]: what an evaluation found, as it is written to a file;
//! * [`sampling`]: the seeded generator behind every sample, and samples without replacement;
//! * [`bootstrap`]: percentile intervals of a mean, and paired comparison of two systems;
//! * [`next_item`]: what comes next in histories, all items ranked;
//! * [`off_policy`]: what another policy would have earned, from the log of the present one;
//! * [`significance`]: corrected p-values and effect sizes, and means by person;
//! * [`similar`]: the similar-items protocol, label agreement at `k` over sampled queries.

pub mod bootstrap;
pub mod data;
pub mod lists;
pub mod measure;
pub mod metrics;
pub mod next_item;
pub mod off_policy;
pub mod protocol;
pub mod results;
pub mod sampling;
pub mod significance;
pub mod similar;

pub use bootstrap::{Bootstrap, Comparison, Estimate};
pub use sampling::{Random, sample};
pub use similar::{Agreement, SimilarItems, label_agreement};
