//! Since when someone waits for a drive, and what he had in hand.
//!
//! A call that a drive never answers cannot be ended from outside. So whoever asks a drive has a [`Post`] and
//! lays down there what others may need if he does not come back: they take it from him, and go on without
//! him.

use crate::error::{Error, Kind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So many of those who wait for a drive are given up; then the drive is.
pub const MOST_LOST: usize = 8;

/// A drive that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostDrive {
    /// Where it is mounted.
    pub mount_point: PathBuf,
    /// Photos on it that were not read. Those that were waited for in vain are among the faults instead.
    pub unread: u64,
}

/// How long a drive may take for one answer.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    begun: Instant,
    most: Duration,
}

impl Patience {
    /// Waits for so long at most, from now on.
    #[must_use]
    pub fn new(most: Duration) -> Self {
        Self { begun: Instant::now(), most }
    }

    /// Returns how long a drive may take for one answer.
    #[must_use]
    pub const fn most(&self) -> Duration {
        self.most
    }

    /// Returns the fault of a photo that is given up.
    #[must_use]
    pub fn fault(&self) -> Error {
        Error::new(Kind::TimedOut, format!("the drive did not answer for {:?}", self.most))
    }

    /// Returns how often those who wait are to be looked after: between two glances everybody who is no
    /// longer kept has time to go on, and nobody waits for much longer than he should.
    #[must_use]
    pub fn glance(&self) -> Duration {
        (self.most / 8).clamp(Duration::from_millis(10), Duration::from_secs(1))
    }

    /// Returns the time as posts have it, in milliseconds, never 0.
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }
}

/// Where one who asks a drive works.
#[derive(Debug)]
pub struct Post<T> {
    patience: Patience,
    /// Since when he waits for an answer; 0 while he does not.
    since: AtomicU64,
    /// What `since` was when he was last seen to wait for too long.
    seen: AtomicU64,
    /// What he has laid down.
    desk: Mutex<Option<T>>,
}

impl<T> Post<T> {
    /// Makes a post for one who does not wait yet.
    #[must_use]
    pub const fn new(patience: Patience) -> Self {
        Self { patience, since: AtomicU64::new(0), seen: AtomicU64::new(0), desk: Mutex::new(None) }
    }

    /// Lays down what he has in hand: from now on it may be taken from him, if he waits for too long.
    pub fn lay_down(&self, held: T) {
        *self.desk() = Some(held);
    }

    /// From now on he waits for the drive, also if he did before: it answered.
    pub fn wait(&self) {
        self.since.store(self.patience.now(), Ordering::Relaxed);
    }

    /// He does not wait for the drive.
    pub fn rest(&self) {
        self.since.store(0, Ordering::Relaxed);
    }

    /// Gives back what he laid down; `None` if it was taken: then nothing of what he does counts any more.
    pub fn take_up(&self) -> Option<T> {
        self.rest();
        self.desk().take()
    }

    /// Tells whether what he laid down was taken, or never was there.
    pub fn is_bare(&self) -> bool {
        self.desk().is_none()
    }

    /// Takes what he laid down if he is seen for the second time to wait for too long since the same moment;
    /// to be called at each [glance](Patience::glance).
    ///
    /// A program that was halted finds all who wait overdue: at the second glance they had time to go on.
    pub fn give_up(&self) -> Option<T> {
        let since = self.since.load(Ordering::Relaxed);
        let waited = self.patience.now().saturating_sub(since);
        if since == 0 || u128::from(waited) < self.patience.most.as_millis() {
            return None;
        }
        if self.seen.swap(since, Ordering::Relaxed) != since {
            return None;
        }
        let mut desk = self.desk();
        let is_same = self.since.compare_exchange(since, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if is_same { desk.take() } else { None }
    }

    fn desk(&self) -> MutexGuard<'_, Option<T>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleep() {
        std::thread::sleep(Duration::from_millis(8));
    }

    #[test]
    fn who_waits_is_given_up_once_and_not_at_the_first_glance() {
        let post = Post::new(Patience::new(Duration::from_millis(4)));
        post.lay_down("photo");
        sleep();
        assert_eq!((post.give_up(), post.give_up()), (None, None), "he does not wait");
        post.wait();
        sleep();
        assert_eq!(post.give_up(), None, "the program may have been halted");
        // Who went on in the meantime is not overdue by what was seen before.
        post.wait();
        sleep();
        assert_eq!(post.give_up(), None);
        assert!(!post.is_bare());
        assert_eq!((post.give_up(), post.is_bare()), (Some("photo"), true));
        // He comes back and waits again: nothing of it counts.
        post.wait();
        sleep();
        assert_eq!((post.give_up(), post.give_up()), (None, None));
        assert_eq!(post.take_up(), None);
    }

    #[test]
    fn who_comes_back_in_time_has_what_he_laid_down() {
        let post = Post::new(Patience::new(Duration::from_millis(4)));
        post.lay_down(1);
        post.wait();
        sleep();
        assert_eq!((post.give_up(), post.take_up(), post.take_up()), (None, Some(1), None));
        sleep();
        assert_eq!(post.give_up(), None);
        assert!(Patience::new(Duration::from_secs(60)).glance() == Duration::from_secs(1));
    }
}
