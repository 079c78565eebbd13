//! The load `walk`: finding all photos of some roots.

use super::{Done, Task, Work};
use crate::device::ReadOrder;
use crate::error::Result;
use crate::event::Nobody;
use crate::scan::{Check, EngineKind, IgnoreFiles, ScanPlan, scan_until};
use std::sync::Arc;

/// Finds all photos and counts them.
///
/// In the order of inodes one thread sweeps the folders, else several take them from each other. Faults were
/// told when the photos were looked for.
pub(super) struct Walk;

impl Work for Walk {
    fn run(&self, task: &Task<'_>) -> Result<Done> {
        let engine = match (task.walk.ignore_files, task.setting.order) {
            (IgnoreFiles::Obey, _) => EngineKind::Ignore,
            (_, ReadOrder::Inode) => EngineKind::Sweep,
            _ => EngineKind::Native,
        };
        let threads = task.setting.readers as usize;
        let plan = ScanPlan { engine, threads, check: Check::Name, ..task.walk.clone() };
        let mut found = scan_until(&plan, task.ground.fs(), Arc::new(Nobody), task.ground.stop.clone())?;
        let mut done = Done::default();
        while let Some(batch) = found.next_batch() {
            if let Ok(batch) = batch {
                done.photos += batch.len() as u64;
                found.give_back(batch);
            }
        }
        Ok(done)
    }
}
