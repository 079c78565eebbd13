//! What is measured: one file a load.

mod compute;
mod fetch;
mod walk;

use super::ground::Ground;
use super::{Load, Setting};
use crate::error::Result;
use crate::scan::ScanPlan;
use std::time::Duration;

/// What a load is to do.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) ground: &'a Ground,
    /// Where walks go: the roots of one drive.
    pub(super) walk: &'a ScanPlan,
    /// Photos of one drive, in set order.
    pub(super) photos: &'a [u32],
    pub(super) setting: Setting,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Done {
    /// Photos that were well.
    pub(super) photos: u64,
    /// Their bytes that were read.
    pub(super) bytes: u64,
    /// How long it took to open and read each.
    pub(super) latencies: Vec<Duration>,
}

/// Something that can be measured.
///
/// Does the same with the same photos each time, by as many readers as the setting says and in its order, and
/// writes nothing. A photo that fails is told to the ground and costs itself only.
pub(super) trait Work {
    /// Does it once.
    ///
    /// # Errors
    /// [`Kind::Bug`](crate::error::Kind::Bug) when no thread can be started.
    fn run(&self, task: &Task<'_>) -> Result<Done>;
}

/// Returns what does a load.
pub(super) fn work(load: Load) -> Box<dyn Work> {
    match load {
        Load::Walk => Box::new(walk::Walk),
        Load::Head => Box::new(fetch::Fetch(fetch::Portion::Head)),
        Load::Read => Box::new(fetch::Fetch(fetch::Portion::Whole)),
        Load::Decode => Box::new(compute::Compute(compute::Make::Frame)),
        Load::Crop => Box::new(compute::Compute(compute::Make::Picture)),
    }
}
