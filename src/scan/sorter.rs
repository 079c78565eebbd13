//! Candidates of one drive on their way to its checks: on hard disks they are put in order first.
//!
//! Heads of files that are read as a walk finds them cost a hard disk a long way each. So as many as a
//! window holds are waited for, or all, and read as they lie.

use super::check::{Checker, Desk};
use super::outlet::{Message, PATIENCE};
use crate::device::{self, DriveKind, Places, ReadOrder, WINDOW, WORTH_A_LOOK, Wanted, policy, spread};
use crate::photo::{Batch, Photo, Root};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use std::cell::RefCell;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;

/// So many candidates are passed on together where their order does not matter.
const PASSED_AT_ONCE: usize = 32;

/// So many candidates must do for a look at their drive where no more come for a while.
const FEW: usize = 16;

/// Puts the candidates of one drive in order.
pub(super) struct Sorter {
    pub(super) checker: Checker,
    pub(super) mount_point: PathBuf,
    pub(super) kind: DriveKind,
    pub(super) order: ReadOrder,
    /// Whether a look at the drive could not tell more.
    pub(super) is_sure: bool,
    pub(super) batch: Batch,
    pub(super) out: Sender<Message>,
}

impl Sorter {
    /// Hands on what comes in until nothing more does.
    pub(super) fn run(mut self, candidates: &Receiver<Message>) {
        let roots = Arc::clone(self.checker.roots());
        loop {
            match candidates.recv_timeout(PATIENCE) {
                Ok(Message::Batch(batch)) => {
                    for photo in batch.iter(&roots) {
                        copy(&photo, &mut self.batch);
                        if !self.is_sure && self.batch.len() >= WORTH_A_LOOK {
                            self.look(&roots);
                        }
                        if self.is_full() && !self.pass(&roots) {
                            return;
                        }
                    }
                    self.checker.spare(batch);
                }
                Ok(Message::Fault(_)) => {}
                Err(RecvTimeoutError::Timeout) => {
                    if !self.is_sure && self.batch.len() >= FEW {
                        self.look(&roots);
                    }
                    // What needs no order is not held back.
                    let is_due = self.is_sure && self.order == ReadOrder::Path;
                    if is_due && !self.pass(&roots) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    self.pass(&roots);
                    return;
                }
            }
            if self.checker.is_halted() {
                return;
            }
        }
    }

    /// Tells whether enough of them wait.
    fn is_full(&self) -> bool {
        self.is_sure
            && self.batch.len() >= if self.order == ReadOrder::Path { PASSED_AT_ONCE } else { WINDOW }
    }

    /// Looks at the drive, and puts right how what lies on it is ordered.
    fn look(&mut self, roots: &Arc<[Root]>) {
        let spots: Vec<_> = self.batch.iter(roots).map(|photo| alone(&photo)).collect();
        let all: Vec<_> = (0..).zip(&spots).map(|(at, _)| at).collect();
        let checker = self.checker.clone();
        let open = move |spot: usize| {
            let photo = spots[spread(&all, spot)? as usize].iter(checker.roots()).next()?;
            checker.desk().open(&photo).ok()
        };
        self.is_sure = true;
        let Some(probe) = device::probe(self.kind, Wanted::Order, Arc::new(open)) else { return };
        let kind = probe.kind(self.kind);
        if kind != self.kind {
            self.order = policy(kind).order;
            let what = format!("{kind}, for {probe}, whatever it says itself; order: {}", self.order);
            self.checker.note(&self.mount_point, &what);
        }
    }

    /// Passes on what waits; tells whether anybody takes it.
    fn pass(&mut self, roots: &Arc<[Root]>) -> bool {
        let batch = std::mem::take(&mut self.batch);
        if self.order == ReadOrder::Path {
            return batch.is_empty() || self.out.send(Message::Batch(batch)).is_ok();
        }
        let photos: Vec<_> = batch.iter(roots).collect();
        let mut places: Vec<_> = (0..).zip(&photos).map(|(at, _)| at).collect();
        let desk = RefCell::new(self.checker.desk());
        device::arrange(&mut places, self.order, &Window { photos: &photos, desk, checker: &self.checker });
        // One by one: whoever is free takes the one that is next.
        places.into_iter().all(|at| self.out.send(Message::Batch(alone(&photos[at as usize]))).is_ok())
    }
}

fn copy(photo: &Photo<'_>, to: &mut Batch) {
    to.push(photo.root, &[photo.path.as_os_str().as_bytes()], photo.inode);
}

fn alone(photo: &Photo<'_>) -> Batch {
    let mut batch = Batch::default();
    copy(photo, &mut batch);
    batch
}

/// Candidates that are put in order together.
struct Window<'a> {
    photos: &'a [Photo<'a>],
    desk: RefCell<Desk<'a>>,
    checker: &'a Checker,
}

impl Places for Window<'_> {
    fn root(&self, photo: usize) -> usize {
        self.photos[photo].root
    }

    fn inode(&self, photo: usize) -> u64 {
        self.photos[photo].inode
    }

    fn position(&self, photo: usize) -> Option<u64> {
        if self.checker.is_halted() {
            return None;
        }
        // What cannot be opened is told by the check.
        self.desk.borrow_mut().open(&self.photos[photo]).ok()?.position()
    }
}
