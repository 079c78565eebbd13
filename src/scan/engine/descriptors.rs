//! A budget of descriptors: how many folders a walk keeps open for their subfolders.

use crate::fs::{self, Folder};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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

    /// Keeps a folder open if the budget allows; it is closed otherwise.
    pub(super) fn hold(&self, folder: Folder) -> Option<Held> {
        let less = |left: usize| left.checked_sub(1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).ok()?;
        Some(Held { folder, budget: self.clone() })
    }
}

/// A folder that is kept open within the budget.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) folder: Folder,
    budget: Descriptors,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.0.fetch_add(1, Ordering::Relaxed);
    }
}
