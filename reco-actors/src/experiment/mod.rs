//! Controlled experiments: who sees which arm, and what the outcome says. Pure functions: no
//! clock, no database, no printing; the caller brings counts and sums and keeps what it is told.
//!
//! * [`assignment`]: a visitor's arm, by hash alone;
//! * [`metrics`]: one arm's sums over visitors, ratio metrics and their variance;
//! * [`sequential`]: two arms compared, with intervals that hold however often one looks;
//! * [`guardrail`]: whether a metric that must not fall has fallen;
//! * [`exploration`]: other rankers judged by the odd place that they are given;
//! * [`interleaving`]: two rankers in one list, and which one visitors prefer;
//! * [`sample_ratio`]: whether the arms got the visitors they were meant to get;
//! * [`evidence`]: what all tests answer with: levels, intervals and e-values;
//! * [`simulation`]: whole experiments with a known truth, to check the above against it.
//!
//! The *unit* everywhere is what is assigned at random: a visitor. Sessions and clicks of one
//! visitor depend on each other and are never counted as separate units.

pub mod assignment;
pub mod evidence;
pub mod exploration;
pub mod guardrail;
pub mod interleaving;
pub mod metrics;
pub mod sample_ratio;
pub mod sequential;
pub mod simulation;

pub use assignment::{arm, bucket};
pub use evidence::{Alpha, Evidence, Interval};
pub use exploration::{Placed, explore};
pub use guardrail::{is_harmed, is_not_inferior};
pub use interleaving::{Team, WinShare, Wins, preference, team_draft};
pub use metrics::{Ratio, Sums};
pub use sample_ratio::SampleRatio;
pub use sequential::{Comparison, Lift, Plan, compare};
