//! A bound on the bytes that are in memory between the readers and the decoders.

use crate::event::Stop;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often a waiting reader looks whether the run was stopped.
const LOOK: Duration = Duration::from_millis(100);

/// So many bytes may be in flight at once.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: u64,
    used: Mutex<u64>,
    freed: Condvar,
}

/// A share of a [`Budget`], given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Arc<Budget>,
    bytes: u64,
}

impl Budget {
    pub(crate) fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, used: Mutex::new(0), freed: Condvar::new() })
    }

    /// Waits until `bytes` more may be in flight; a share beyond the limit is given when it is alone.
    ///
    /// Returns `None` when the run is stopped meanwhile.
    pub(crate) fn take(self: &Arc<Self>, bytes: u64, stop: &Stop) -> Option<Share> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        while *used > 0 && used.saturating_add(bytes) > self.limit {
            if stop.is_set() {
                return None;
            }
            used = self.freed.wait_timeout(used, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        *used += bytes;
        Some(Share { budget: Arc::clone(self), bytes })
    }
}

impl Share {
    /// Waits until it may be of `bytes`, unless it is already.
    ///
    /// What it was is given back meanwhile, or those who hold shares would wait for each other. Returns
    /// false, and is of nothing, when the run is stopped meanwhile.
    pub(crate) fn grow(&mut self, bytes: u64, stop: &Stop) -> bool {
        if bytes <= self.bytes {
            return true;
        }
        let budget = Arc::clone(&self.budget);
        self.release();
        budget.take(bytes, stop).map(|share| *self = share).is_some()
    }

    /// Gives back what it is of; it may grow again.
    pub(crate) fn release(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        *self.budget.used.lock().unwrap_or_else(PoisonError::into_inner) -= bytes;
        self.budget.freed.notify_all();
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_that_grow_do_not_wait_for_each_other() {
        let budget = Budget::new(100);
        let stop = Stop::default();
        let mut shares: Vec<_> = (0..4).map(|_| budget.take(25, &stop).unwrap()).collect();
        let grown: Vec<_> = shares
            .drain(..)
            .map(|mut share| {
                let stop = stop.clone();
                std::thread::spawn(move || {
                    share.grow(20, &stop) && share.grow(90, &stop) && share.grow(300, &stop)
                })
            })
            .collect();
        assert!(grown.into_iter().all(|thread| thread.join().unwrap()));
        let (mut last, mut other) = (budget.take(50, &stop).unwrap(), budget.take(50, &stop).unwrap());
        stop.set();
        assert!(!last.grow(60, &stop), "the other one stays");
        assert!(other.grow(100, &stop), "what was given back is free");
        drop((last, other));
        assert_eq!(*budget.used.lock().unwrap(), 0);
    }

    #[test]
    fn shares_never_exceed_the_limit_but_a_large_one_passes_alone() {
        let budget = Budget::new(100);
        let stop = Stop::default();
        let large = budget.take(1000, &stop).unwrap();
        let waiting = {
            let (budget, stop) = (Arc::clone(&budget), stop.clone());
            std::thread::spawn(move || budget.take(60, &stop).map(|share| share.bytes))
        };
        drop(large);
        assert_eq!(waiting.join().unwrap(), Some(60));
        let first = budget.take(60, &stop).unwrap();
        stop.set();
        assert!(budget.take(60, &stop).is_none());
        drop(first);
        assert!(budget.take(60, &stop).is_some());
    }
}
