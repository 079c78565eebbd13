//! A bound on the bytes that are in memory between the readers and the decoders.

use crate::event::Stop;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often a waiting reader looks whether the run was stopped.
const LOOK: Duration = Duration::from_millis(100);

/// So many bytes may be in flight at once.
#[derive(Debug)]
pub(super) struct Budget {
    limit: u64,
    used: Mutex<u64>,
    freed: Condvar,
}

/// A share of a [`Budget`], given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    bytes: u64,
}

impl Budget {
    pub(super) fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, used: Mutex::new(0), freed: Condvar::new() })
    }

    /// Waits until `bytes` more may be in flight; a share beyond the limit is given when it is alone.
    ///
    /// Returns `None` when the run is stopped meanwhile.
    pub(super) fn take(self: &Arc<Self>, bytes: u64, stop: &Stop) -> Option<Share> {
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

impl Drop for Share {
    fn drop(&mut self) {
        *self.budget.used.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        self.budget.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
