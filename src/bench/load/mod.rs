//! What is measured: one file a load.

mod crew;
mod fetch;
mod photos;
mod walk;

use super::ground::Ground;
use super::{Load, Setting};
use crate::batch::Task as Asked;
use crate::error::Result;
use crate::scan::ScanPlan;
use fetch::Portion;
use photos::Photos;
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
    /// Makes ready what is to be there before anything is measured, such as workers.
    ///
    /// # Errors
    /// [`Kind::Bug`](crate::error::Kind::Bug) when no worker can be started.
    fn prepare(&self, _: &Task<'_>) -> Result<()> {
        Ok(())
    }

    /// Returns the time that processors have spent on the worker processes that there are.
    fn workers_cpu(&self) -> Duration {
        Duration::ZERO
    }

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
        Load::Head => Box::new(Photos::new(Portion::Head, Asked::Take)),
        Load::Read => Box::new(Photos::new(Portion::Whole, Asked::Take)),
        Load::Decode => Box::new(Photos::new(Portion::Whole, Asked::Decode)),
        Load::Crop => Box::new(Photos::new(Portion::Whole, Asked::Make)),
    }
}
