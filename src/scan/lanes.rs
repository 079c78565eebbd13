//! Candidates on their way to the checks, drive by drive: those on hard disks are put in order first.
//!
//! Heads of files that are read as a walk finds them cost a hard disk a long way each. So as many as a
//! window holds are waited for, or all, and read as they lie.

use super::check::{Checker, Desk};
use super::outlet::Message;
use super::plan::ScanPlan;
use crate::device::{self, Places, Policy, ReadOrder, Reading, System, Volume, WINDOW};
use crate::fs::Fs;
use crate::photo::{Batch, Photo, Root};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::cell::RefCell;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

/// Candidates of one drive.
pub(super) struct Lane {
    volume: Volume,
    pub(super) policy: Policy,
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
                let policy = Reading::of(&volume, &plan.reading, (&system, fs), |_| None).policy;
                lanes.push(Lane { volume, policy, roots: vec![at] });
            }
        }
    }
    lanes
}

/// Hands candidates on to the drives' own checks, in the order that suits each drive.
pub(super) struct Sorter {
    checker: Checker,
    of_root: Vec<usize>,
    lanes: Vec<Waiting>,
}

/// Candidates of a drive that wait to be put in order.
struct Waiting {
    order: ReadOrder,
    batch: Batch,
    out: Sender<Message>,
}

impl Sorter {
    /// Makes one, and what each lane's checks take from.
    pub(super) fn new(
        checker: Checker,
        lanes: &[Lane],
        roots: usize,
        room: usize,
    ) -> (Self, Vec<Receiver<Message>>) {
        let mut of_root = vec![0; roots];
        let mut outs = Vec::new();
        let waiting = lanes.iter().enumerate().map(|(at, lane)| {
            lane.roots.iter().for_each(|root| of_root[*root] = at);
            let (out, taken) = bounded(room);
            outs.push(taken);
            Waiting { order: lane.policy.order, batch: Batch::default(), out }
        });
        (Self { checker, lanes: waiting.collect(), of_root }, outs)
    }

    /// Tells whether candidates may go to the checks as they come.
    pub(super) fn is_needless(lanes: &[Lane]) -> bool {
        lanes.len() < 2 && lanes.iter().all(|lane| lane.policy.order == ReadOrder::Path)
    }

    /// Hands on what comes in until nothing more does.
    pub(super) fn run(mut self, candidates: &Receiver<Message>) {
        let roots = Arc::clone(self.checker.roots());
        for message in candidates {
            let Message::Batch(batch) = message else { continue };
            for photo in batch.iter(&roots) {
                let lane = self.of_root[photo.root];
                copy(&photo, &mut self.lanes[lane].batch);
                let Waiting { order, batch, .. } = &self.lanes[lane];
                let most = if *order == ReadOrder::Path { PASSED_AT_ONCE } else { WINDOW };
                if batch.len() >= most && !self.pass(lane) {
                    return;
                }
            }
            if self.checker.is_halted() {
                return;
            }
            self.checker.spare(batch);
        }
        (0..self.lanes.len()).all(|lane| self.pass(lane));
    }

    /// Passes on what waits in a lane; tells whether anybody takes it.
    fn pass(&mut self, lane: usize) -> bool {
        let Waiting { order, batch, out } = &mut self.lanes[lane];
        let batch = std::mem::take(batch);
        if *order == ReadOrder::Path {
            return batch.is_empty() || out.send(Message::Batch(batch)).is_ok();
        }
        let roots: Arc<[Root]> = Arc::clone(self.checker.roots());
        let photos: Vec<_> = batch.iter(&roots).collect();
        let mut places: Vec<_> = (0..).zip(&photos).map(|(at, _)| at).collect();
        let desk = RefCell::new(self.checker.desk());
        device::arrange(&mut places, *order, &Window { photos: &photos, desk });
        // One by one: whoever is free takes the one that is next.
        places.into_iter().all(|at| {
            let mut one = Batch::default();
            copy(&photos[at as usize], &mut one);
            out.send(Message::Batch(one)).is_ok()
        })
    }
}

/// So many candidates are passed on together where their order does not matter.
const PASSED_AT_ONCE: usize = 32;

fn copy(photo: &Photo<'_>, to: &mut Batch) {
    to.push(photo.root, &[photo.path.as_os_str().as_bytes()], photo.inode);
}

/// Candidates that are put in order together.
struct Window<'a> {
    photos: &'a [Photo<'a>],
    desk: RefCell<Desk<'a>>,
}

impl Places for Window<'_> {
    fn inode(&self, photo: usize) -> u64 {
        self.photos[photo].inode
    }

    fn position(&self, photo: usize) -> Option<u64> {
        // What cannot be opened is told by the check.
        self.desk.borrow_mut().open(&self.photos[photo]).ok()?.position()
    }
}
