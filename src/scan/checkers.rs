//! The threads that check, and who looks after them: one that a drive does not answer is given up with the
//! file that it asks for, and so is at last the drive.

use super::check::{Checker, Ends, Hand, Work};
use super::outlet::Message;
use super::sorter::{Sorter, Sorting};
use super::stream::CHECK_THREAD;
use super::turns::Turns;
use crate::device::{LostDrive, MOST_LOST, Post};
use crate::error::{Error, Kind, Result};
use crossbeam_channel::Receiver;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The threads that check what lies on one drive.
pub(super) struct Checkers {
    checker: Checker,
    work: Option<Arc<Work>>,
    mount_point: PathBuf,
    /// Its place among the drives.
    number: usize,
    posts: Vec<Arc<Post<Hand>>>,
    /// That of the one who puts candidates in order.
    sorting: Option<Arc<Post<Sorting>>>,
    /// How many were given up.
    lost: usize,
    /// The drive, once it is given up, and who counts what is left.
    failing: Option<(LostDrive, Arc<AtomicU64>)>,
}

impl Checkers {
    pub(super) fn new(
        (checker, turns): (&Checker, Turns),
        candidates: Receiver<Message>,
        (number, mount_point): (usize, PathBuf),
    ) -> Self {
        let (is_failing, unread) = (AtomicBool::new(false), Arc::default());
        let work = Some(Arc::new(Work { candidates, turns, is_failing, unread }));
        let (checker, posts, sorting) = (checker.clone(), Vec::new(), None);
        Self { checker, work, mount_point, number, posts, sorting, lost: 0, failing: None }
    }

    /// Starts the one who puts candidates in order.
    pub(super) fn start_sorter(
        &mut self,
        sorter: Sorter,
        candidates: Receiver<Message>,
    ) -> Result<JoinHandle<()>> {
        self.sort(move |post| sorter.run(&candidates, post))
    }

    fn sort(&mut self, work: impl FnOnce(&Post<Sorting>) + Send + 'static) -> Result<JoinHandle<()>> {
        let post = Arc::new(Post::new(self.checker.patience()));
        self.sorting = Some(Arc::clone(&post));
        spawn(format!("{CHECK_THREAD} order {}", self.number), move || work(&post))
    }

    /// Starts a thread that has not done anything yet.
    pub(super) fn start(&mut self, ends: &Arc<Ends>) -> Result<JoinHandle<()>> {
        let hand = self.checker.hand(ends);
        self.go_on(hand)
    }

    /// Starts a thread that goes on with this in hand.
    fn go_on(&mut self, hand: Hand) -> Result<JoinHandle<()>> {
        let ended = || Error::new(Kind::Bug, "the scan has ended");
        let (checker, work) = (self.checker.clone(), self.work.clone().ok_or_else(ended)?);
        let post = Arc::new(Post::new(checker.patience()));
        let name = format!("{CHECK_THREAD} {}.{}", self.number, self.posts.len());
        self.posts.push(Arc::clone(&post));
        spawn(name, move || checker.run(&work, &post, hand))
    }

    /// Gives up those who wait for too long, and goes on with others; to be called now and then.
    pub(super) fn glance(&mut self, threads: &mut Vec<JoinHandle<()>>) -> Vec<Error> {
        let mut faults = Vec::new();
        if let Some(sorting) = self.sorting.as_ref().and_then(|post| post.give_up()) {
            self.lost += 1;
            match self.sort(move |post| sorting.go_on(post)) {
                Ok(thread) => threads.push(thread),
                Err(error) => faults.push(error),
            }
        }
        let lost: Vec<_> = self.posts.iter().filter_map(|post| post.give_up()).collect();
        for mut hand in lost {
            let Some(work) = self.work.clone() else { break };
            self.lost += 1;
            hand.end_turn();
            if self.failing.is_none() {
                faults.extend(self.checker.timed_out(&hand));
                hand.pass();
            }
            if self.lost >= MOST_LOST && self.failing.is_none() {
                work.is_failing.store(true, Ordering::Relaxed);
                let drive = LostDrive { mount_point: self.mount_point.clone(), unread: 0 };
                self.failing = Some((drive, Arc::clone(&work.unread)));
            }
            match self.go_on(hand) {
                Ok(thread) => threads.push(thread),
                Err(error) => faults.push(error),
            }
        }
        faults
    }

    /// Returns how often they are to be looked after.
    pub(super) fn glance_every(&self) -> Duration {
        self.checker.patience().glance()
    }

    /// Tells whether someone was given up.
    pub(super) const fn has_lost(&self) -> bool {
        self.lost > 0
    }

    /// Returns the drive, if it was given up.
    pub(super) fn lost_drive(&self) -> Option<LostDrive> {
        let (drive, unread) = self.failing.as_ref()?;
        Some(LostDrive { unread: unread.load(Ordering::Relaxed), ..drive.clone() })
    }

    /// Lets go of what the threads have, because the scan is over.
    pub(super) fn end(&mut self) {
        (self.work, self.sorting) = (None, None);
        self.posts.clear();
    }
}

fn spawn(name: String, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name(name).spawn(work);
    thread.map_err(|error| Error::new(Kind::Bug, "cannot start a thread").because(error))
}
