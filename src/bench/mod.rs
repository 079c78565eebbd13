//! Measuring drives: which readers, which order, on the user's own photos and read-only.

mod advice;
mod compare;
mod result;
pub mod stats;

pub use advice::{advise, series_of};
pub use compare::{Change, Comparison, Verdict, Which, compare};
pub use result::{
    Advice, BenchEnd, BenchResult, DriveFacts, DriveResult, Latency, Limit, Load, Machine, Run, SCHEMA,
    Series, Setting, Summary, Warmth,
};
pub use stats::{is_tight, latency, summarise};
