//! What a run takes: time, processors, and bytes from drives.

use super::Run;
use super::load::Done;
use crate::fs::{bytes_from_drives, process_cpu};
use std::time::{Duration, Instant};

/// Measures from its making on. Whoever has worker processes says what processors have spent on those that are there: what
/// they spent on others since counts for this process.
pub(super) struct Meter {
    cpu: Duration,
    from_drive: Option<u64>,
    begun: Instant,
}

impl Meter {
    /// Begins.
    pub(super) fn start(workers: Duration) -> Self {
        Self { cpu: process_cpu() + workers, from_drive: bytes_from_drives(), begun: Instant::now() }
    }

    /// Returns what was taken; `origin` is when the bench began.
    pub(super) fn stop(self, origin: Instant, done: &Done, workers: Duration) -> Run {
        let seconds = self.begun.elapsed().as_secs_f64();
        let cpu = (process_cpu() + workers).saturating_sub(self.cpu).as_secs_f64();
        let from_drive = self.from_drive.zip(bytes_from_drives());
        Run {
            at: (self.begun - origin).as_secs_f64(),
            seconds,
            photos: done.photos,
            bytes: done.bytes,
            from_drive: from_drive.map(|(before, after)| after.saturating_sub(before)),
            cpu,
            is_outlier: false,
            round: None,
        }
    }
}
