//! A budget of descriptors: how many folders a walk keeps open for their subfolders.

use crate::fs::{self, Folder};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A thread takes so many at a time, as long as there are many: they come back together.
const AT_ONCE: usize = 32;

/// The budget; its clones are one.
#[derive(Clone, Debug)]
pub(in crate::scan) struct Descriptors(Arc<AtomicUsize>);

impl Default for Descriptors {
    /// Takes half of what the process may have open: the other half is for everything else.
    fn default() -> Self {
        let half = usize::try_from(fs::descriptor_limit() / 2).unwrap_or(usize::MAX);
        Self::new(half.min(1 << 20))
    }
}

impl Descriptors {
    /// Makes a budget.
    pub(in crate::scan) fn new(most: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(most)))
    }

    /// Returns how many more may be kept open.
    pub(super) fn left(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn lease(&self, count: usize) -> Option<Arc<Lease>> {
        let less = |left: usize| left.checked_sub(count);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).ok()?;
        Some(Arc::new(Lease { budget: self.clone(), count }))
    }

    /// Keeps a folder open if the budget allows; it is closed otherwise.
    pub(super) fn hold(&self, folder: Folder) -> Option<Held> {
        Some(Held { folder, _lease: self.lease(1)? })
    }
}

/// Some descriptors of the budget, which go back when none of them is in use.
#[derive(Debug)]
struct Lease {
    budget: Descriptors,
    count: usize,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.budget.0.fetch_add(self.count, Ordering::Relaxed);
    }
}

/// What one thread has of the budget: it asks all others for more only now and then.
#[derive(Debug, Default)]
pub(super) struct Allowance(Option<(Arc<Lease>, usize)>);

impl Allowance {
    /// Keeps a folder open if the budget allows; it is closed otherwise.
    pub(super) fn hold(&mut self, folder: Folder, budget: &Descriptors) -> Option<Held> {
        if self.0.is_none() {
            let count = (budget.left() / 1024).clamp(1, AT_ONCE);
            self.0 = Some((budget.lease(count)?, count));
        }
        let (lease, left) = self.0.as_mut()?;
        *left -= 1;
        let (lease, is_spent) = (lease.clone(), *left == 0);
        if is_spent {
            self.0 = None;
        }
        Some(Held { folder, _lease: lease })
    }
}

/// A folder that is kept open within the budget.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) folder: Folder,
    _lease: Arc<Lease>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Fs;
    use std::path::Path;

    #[test]
    fn all_of_a_budget_comes_back() {
        let open = || Fs::default().open_folder(Path::new("/")).unwrap();
        for most in [0, 1, 3, 5000, 100_000] {
            let budget = Descriptors::new(most);
            let mut allowance = Allowance::default();
            let held: Vec<_> = (0..40).map_while(|_| allowance.hold(open(), &budget)).collect();
            assert_eq!(held.len(), most.min(40));
            assert!(budget.left() + held.len() <= most);
            drop((held, allowance));
            assert_eq!(budget.left(), most);
        }
    }
}
