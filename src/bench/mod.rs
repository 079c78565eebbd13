//! Measuring drives: which readers, which order, on the user's own photos and read-only.
//!
//! A [`BenchPlan`] says what is measured and how long. [`bench()`] finds the photos, sorts them by their
//! drives, and measures each load on each drive with several readers and orders: in turn, round after round,
//! with other photos each time, cold and warm. A run that was not as cold as it was to be does not count.
//! [`BenchResult`] is what comes of it, plain data that reports tell and files keep; [`compare()`] holds two
//! of them against each other.

mod advice;
mod cell;
mod cold;
mod compare;
mod drives;
mod ground;
mod lab;
mod load;
mod machine;
mod meter;
mod plan;
mod result;
mod rounds;
mod run;
pub mod stats;
mod subset;
mod sweep;
mod workers;

pub use advice::{advise, series_of};
pub use compare::{Change, Comparison, Verdict, Which, compare};
pub use plan::{BenchPlan, Percent, Span};
pub use result::{
    Advice, BenchEnd, BenchResult, DriveFacts, DriveResult, Latency, Limit, Load, Machine, Run, SCHEMA,
    Series, Setting, Subject, Summary, Warmth,
};
pub use run::{Step, bench};
pub use stats::{is_tight, latency, summarise};
pub use workers::{WorkerCost, worker_costs};
