//! Measuring drives: which readers, which order, on the user's own photos and read-only.

mod result;

pub use result::{
    Advice, BenchEnd, BenchResult, DriveFacts, DriveResult, Latency, Limit, Load, Machine, Run, SCHEMA,
    Series, Setting, Summary, Warmth,
};
