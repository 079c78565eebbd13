//! Candidates on their way to the checks, drive by drive: those on hard disks are put in order first.
//!
//! Heads of files that are read as a walk finds them cost a hard disk a long way each. So as many as a
//! window holds are waited for, or all, and read as they lie.

use super::check::{Checker, Desk};
use super::outlet::{Message, Outlet};
use super::plan::ScanPlan;
use crate::device::{
    self, DriveKind, Places, Policy, ReadOrder, Reading, System, Volume, WINDOW, WORTH_A_LOOK, policy,
};
use crate::fs::Fs;
use crate::photo::{Batch, Photo, Root};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::cell::RefCell;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Candidates of one drive.
pub(super) struct Lane {
    volume: Volume,
    reading: Reading,
    /// Whether a look at the drive could tell more.
    is_sure: bool,
    roots: Vec<usize>,
}

impl Lane {
    pub(super) const fn policy(&self) -> &Policy {
        &self.reading.policy
    }

    /// Says how it is read, and why.
    pub(super) fn tell(&self, readers: usize, outlet: &Outlet) {
        let what = format!("{}; readers: {readers}, order: {}", self.reading.why, self.policy().order);
        outlet.note(&self.volume.mount_point, &what);
    }
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
                // Who wishes an order gets it.
                is_sure |= plan.reading.order.is_some();
                lanes.push(Lane { volume, reading, is_sure, roots: vec![at] });
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
    mount_point: PathBuf,
    kind: DriveKind,
    order: ReadOrder,
    is_sure: bool,
    batch: Batch,
    out: Sender<Message>,
}

impl Waiting {
    /// Tells whether enough of them wait.
    fn is_full(&self) -> bool {
        self.is_sure
            && self.batch.len() >= if self.order == ReadOrder::Path { PASSED_AT_ONCE } else { WINDOW }
    }
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
            let (kind, order) = (lane.reading.kind, lane.policy().order);
            let mount_point = lane.volume.mount_point.clone();
            Waiting { mount_point, kind, order, is_sure: lane.is_sure, batch: Batch::default(), out }
        });
        (Self { checker, lanes: waiting.collect(), of_root }, outs)
    }

    /// Tells whether candidates may go to the checks as they come.
    pub(super) fn is_needless(lanes: &[Lane]) -> bool {
        lanes.len() < 2 && lanes.iter().all(|lane| lane.is_sure && lane.policy().order == ReadOrder::Path)
    }

    /// Hands on what comes in until nothing more does.
    pub(super) fn run(mut self, candidates: &Receiver<Message>) {
        let roots = Arc::clone(self.checker.roots());
        for message in candidates {
            let Message::Batch(batch) = message else { continue };
            for photo in batch.iter(&roots) {
                let lane = self.of_root[photo.root];
                copy(&photo, &mut self.lanes[lane].batch);
                if !self.lanes[lane].is_sure && self.lanes[lane].batch.len() >= WORTH_A_LOOK {
                    self.look(lane);
                }
                if self.lanes[lane].is_full() && !self.pass(lane) {
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

    /// Looks at the drive of a lane, and puts right how what lies on it is ordered.
    fn look(&mut self, lane: usize) {
        let (checker, lane) = (self.checker.clone(), &mut self.lanes[lane]);
        let roots = Arc::clone(checker.roots());
        let spots = lane.batch.iter(&roots).map(|photo| {
            let mut one = Batch::default();
            copy(&photo, &mut one);
            one
        });
        let spots: Vec<_> = spots.collect();
        let open = move |spot: usize| {
            let photo = spots[spot % spots.len()].iter(checker.roots()).next()?;
            checker.desk().open(&photo).ok()
        };
        lane.is_sure = true;
        if let Some(probe) = device::probe(lane.kind, Arc::new(open)) {
            let kind = probe.kind(lane.kind);
            lane.order = policy(kind).order;
            if kind != lane.kind {
                let what = format!("{kind}, for {probe}, whatever it says itself; order: {}", lane.order);
                self.checker.note(&lane.mount_point, &what);
            }
        }
    }

    /// Passes on what waits in a lane; tells whether anybody takes it.
    fn pass(&mut self, lane: usize) -> bool {
        let Waiting { order, batch, out, .. } = &mut self.lanes[lane];
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
