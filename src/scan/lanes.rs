//! Candidates on their way to the checks, drive by drive.

use super::check::Checker;
use super::outlet::{Message, Outlet};
use super::plan::ScanPlan;
use super::sorter::Sorter;
use crate::device::{Policy, ReadOrder, Reading, System, Volume};
use crate::fs::Fs;
use crate::photo::{Batch, Root};
use crossbeam_channel::{Receiver, Sender};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

/// Candidates of one drive.
pub(super) struct Lane {
    volume: Volume,
    reading: Reading,
    /// Whether a look at the drive could not tell more.
    is_sure: bool,
    roots: Vec<usize>,
}

/// Splits the roots of a scan by drives, as far as the system says; nothing is read from them.
pub(super) fn lanes(plan: &ScanPlan, roots: &[Root], fs: &Fs) -> Vec<Lane> {
    let system = System::here();
    let mut lanes: Vec<Lane> = Vec::new();
    for (at, root) in roots.iter().enumerate() {
        // What lists name mostly lies beneath the working folder.
        let path = if root.is_list() { Path::new(".") } else { &root.path };
        let volume = system.volume(path, fs);
        match lanes.iter_mut().find(|lane| lane.volume.same_drive(&volume)) {
            Some(lane) => lane.roots.push(at),
            None => {
                let mut is_sure = true;
                let reading = Reading::of(&volume, &plan.reading, (&system, fs), |_| {
                    is_sure = false;
                    None
                });
                // Who wishes an order gets it; and a disk that says it turns is read as one that does, which
                // costs others nothing.
                is_sure |= plan.reading.order.is_some() || reading.kind.is_hard_disk();
                lanes.push(Lane { volume, reading, is_sure, roots: vec![at] });
            }
        }
    }
    lanes
}

impl Lane {
    pub(super) const fn policy(&self) -> &Policy {
        &self.reading.policy
    }

    /// Returns where its drive is mounted.
    pub(super) fn mount_point(&self) -> &Path {
        &self.volume.mount_point
    }

    /// Says how it is read, and why.
    pub(super) fn tell(&self, readers: usize, outlet: &Outlet) {
        let what = format!("{}; readers: {readers}, order: {}", self.reading.why, self.policy().order);
        outlet.note(&self.volume.mount_point, &what);
    }

    /// Returns who puts its candidates in order, unless they may be checked as they come.
    pub(super) fn sorter(&self, checker: &Checker, out: Sender<Message>) -> Option<Sorter> {
        let order = self.policy().order;
        (!self.is_sure || order != ReadOrder::Path).then(|| Sorter {
            checker: checker.clone(),
            mount_point: self.volume.mount_point.clone(),
            kind: self.reading.kind,
            order,
            is_sure: self.is_sure,
            batch: Batch::default(),
            out,
        })
    }
}

/// Hands candidates on to the drives that they lie on.
pub(super) struct Splitter {
    checker: Checker,
    of_root: Vec<usize>,
    lanes: Vec<Sender<Message>>,
}

impl Splitter {
    pub(super) fn new(checker: &Checker, lanes: &[Lane], outs: Vec<Sender<Message>>) -> Self {
        let mut of_root = vec![0; checker.roots().len()];
        for (at, lane) in lanes.iter().enumerate() {
            lane.roots.iter().for_each(|root| of_root[*root] = at);
        }
        Self { checker: checker.clone(), of_root, lanes: outs }
    }

    /// Hands on what comes in until nothing more does, or nobody takes it.
    ///
    /// A drive that is far behind holds the others up: what is under way to it is bounded.
    pub(super) fn run(self, candidates: &Receiver<Message>) {
        let roots = Arc::clone(self.checker.roots());
        for message in candidates {
            let Message::Batch(batch) = message else { continue };
            let mut split: Vec<Batch> = self.lanes.iter().map(|_| Batch::default()).collect();
            for photo in batch.iter(&roots) {
                let lane = &mut split[self.of_root[photo.root]];
                lane.push(photo.root, &[photo.path.as_os_str().as_bytes()], photo.inode);
            }
            self.checker.spare(batch);
            for (lane, batch) in self.lanes.iter().zip(split) {
                if !batch.is_empty() && lane.send(Message::Batch(batch)).is_err() {
                    return;
                }
            }
            if self.checker.is_halted() {
                return;
            }
        }
    }
}
