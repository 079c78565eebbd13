//! What came of a batch.

use crate::device::LostDrive;
use crate::error::{Error, Kind};
use std::collections::BTreeMap;

/// How a batch ended.
#[derive(Debug, Default)]
pub enum Ended {
    /// Every photo was looked at.
    #[default]
    Complete,
    /// Somebody asked to stop; what was in hand was finished.
    Stopped,
    /// A photo failed and the plan says to stop then; what was in hand was finished.
    FailedFast,
    /// A thread of this program died; some photos were not looked at.
    Crashed,
    /// A drive did not answer any more: what was left on it was not looked at, see [`Report::lost_drives`].
    DriveLost,
    /// No further output could be written; the error says why.
    OutputLost(Error),
}

/// What came of a batch: counts, and every fault in set order.
///
/// What came of each photo is told to the observer, see [`Event::PhotoTold`](crate::event::Event::PhotoTold).
#[derive(Debug, Default)]
pub struct Report {
    /// Photos in the set.
    pub photos: u64,
    /// Outputs written, those of salvaged photos not counted.
    pub written: u64,
    /// Outputs that were there already, byte for byte.
    pub already_there: u64,
    /// Outputs that a dry run would write.
    pub planned: u64,
    /// Photos that are whole but not clean.
    pub with_warnings: u64,
    /// Outputs that lack pictures or a video that came with the photo.
    pub lost_media: u64,
    /// Photos without an output, in set order: the place of each in the set, and why.
    pub faults: Vec<(usize, Error)>,
    /// Damaged photos of which there is an output of what decoded, in set order, and what is wrong.
    pub salvaged: Vec<(usize, Error)>,
    /// Drives that did not answer any more.
    pub lost_drives: Vec<LostDrive>,
    /// How it ended.
    pub ended: Ended,
}

impl Report {
    /// Returns how many photos were not looked at because the batch ended early.
    #[must_use]
    pub fn unfinished(&self) -> u64 {
        let told = (self.faults.len() + self.salvaged.len()) as u64;
        self.photos.saturating_sub(self.written + self.already_there + self.planned + told)
    }

    /// Returns how many photos failed, by kind; salvaged ones did not.
    #[must_use]
    pub fn failed_by_kind(&self) -> BTreeMap<Kind, u64> {
        let mut kinds = BTreeMap::new();
        for (_, error) in &self.faults {
            *kinds.entry(error.kind).or_default() += 1;
        }
        kinds
    }
}
