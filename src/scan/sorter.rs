//! Candidates of one drive on their way to its checks: on hard disks they are put in order first.
//!
//! Heads of files that are read as a walk finds them cost a hard disk a long way each. So as many as a
//! window holds are waited for, or all, and read as they lie.

use super::check::{Checker, Desk};
use super::outlet::{Message, PATIENCE};
use crate::device::{self, DriveKind, Places, Post, ReadOrder, WINDOW, WORTH_A_LOOK, Wanted, policy, spread};
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
    pub(super) fn run(mut self, candidates: &Receiver<Message>, post: &Post<Sorting>) {
        let roots = Arc::clone(self.checker.roots());
        loop {
            match candidates.recv_timeout(PATIENCE) {
                Ok(Message::Batch(batch)) => {
                    for photo in batch.iter(&roots) {
                        copy(&photo, &mut self.batch);
                        if !self.is_sure && self.batch.len() >= WORTH_A_LOOK {
                            self.look(&roots);
                        }
                        if self.is_full() {
                            let Some(back) = self.pass(candidates, post) else { return };
                            self = back;
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
                    if is_due {
                        let Some(back) = self.pass(candidates, post) else { return };
                        self = back;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => {
                    _ = self.pass(candidates, post);
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
            checker.desk(&|| ()).open(&photo).ok()
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

    /// Passes on what waits; returns `None` if nobody takes it, and if it was gone on without this thread.
    fn pass(mut self, candidates: &Receiver<Message>, post: &Post<Sorting>) -> Option<Self> {
        let (window, checker, order) = (std::mem::take(&mut self.batch), self.checker.clone(), self.order);
        if order == ReadOrder::Path {
            return (window.is_empty() || self.out.send(Message::Batch(window)).is_ok()).then_some(self);
        }
        let window = Arc::new(window);
        let photos: Vec<_> = window.iter(checker.roots()).collect();
        let mut places: Vec<_> = (0..).zip(&photos).map(|(at, _)| at).collect();
        post.lay_down(Sorting { sorter: self, candidates: candidates.clone(), window: Arc::clone(&window) });
        let step = || post.wait();
        let desk = RefCell::new(checker.desk(&step));
        device::arrange(&mut places, order, &Window { photos: &photos, desk, checker: &checker, post });
        let Sorting { sorter, .. } = post.take_up()?;
        // One by one: whoever is free takes the one that is next.
        let mut photos = places.into_iter().map(|at| alone(&photos[at as usize]));
        photos.all(|photo| sorter.out.send(Message::Batch(photo)).is_ok()).then_some(sorter)
    }
}

/// One who puts candidates in order, while he asks where they lie.
pub(super) struct Sorting {
    sorter: Sorter,
    candidates: Receiver<Message>,
    window: Arc<Batch>,
}

impl Sorting {
    /// Goes on without asking: the drive does not say where they lie.
    pub(super) fn go_on(self, post: &Post<Self>) {
        let Self { sorter, candidates, window } = self;
        let sorter = Sorter { order: ReadOrder::Path, is_sure: true, ..sorter };
        let what = "the drive did not say where files lie; they are checked in the order of paths";
        sorter.checker.note(&sorter.mount_point, what);
        let mut photos = window.iter(sorter.checker.roots());
        if photos.all(|photo| sorter.out.send(Message::Batch(alone(&photo))).is_ok()) {
            drop(photos);
            sorter.run(&candidates, post);
        }
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
    post: &'a Post<Sorting>,
}

impl Places for Window<'_> {
    fn root(&self, photo: usize) -> usize {
        self.photos[photo].root
    }

    fn inode(&self, photo: usize) -> u64 {
        self.photos[photo].inode
    }

    fn position(&self, photo: usize) -> Option<u64> {
        // Who was given up asks nothing more.
        if self.checker.is_halted() || self.post.is_bare() {
            return None;
        }
        // What cannot be opened is told by the check.
        let input = self.desk.borrow_mut().open(&self.photos[photo]).ok();
        let position = input.and_then(|input| {
            self.post.wait();
            input.position()
        });
        self.post.rest();
        position
    }
}
