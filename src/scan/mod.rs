//! Finding photos: every JPEG beneath some folders, whoever walks them.
//!
//! A [`ScanPlan`] says where to look and what counts. [`scan`] starts the walk in threads of its own
//! and returns a [`Scan`], which hands photos and faults on as they are found; dropping it stops
//! the walk. What cannot be looked at costs itself only: it is a fault, and the rest goes on.
//!
//! Left out on purpose: the order on disk (that is `device`), and files inside archives.
//!
//! ```
//! use jpegasus::{event::Nobody, fs::Fs, scan::{ScanPlan, scan}};
//! use std::sync::Arc;
//! let plan = ScanPlan { roots: vec!["src".into()], ..ScanPlan::default() };
//! let (set, totals) = scan(&plan, &Fs::default(), Arc::new(Nobody))?.into_set();
//! assert!(set.is_empty() && totals.folders > 1 && totals.faults.is_empty());
//! # Ok::<(), jpegasus::error::Error>(())
//! ```

mod check;
mod checkers;
mod engine;
mod lanes;
mod lists;
mod names;
mod outlet;
mod plan;
mod roots;
mod rules;
mod size;
mod sorter;
mod stream;
mod turns;
mod watch;

pub use lists::{List, Listed, Separator};
pub use plan::{Boundary, Check, EngineKind, IgnoreFiles, ScanPlan, SystemNames};
pub use size::SizeFilter;
pub use stream::{CHECK_THREAD, Ended, FoundPhoto, Scan, ScanTotals, scan, scan_until};
