//! What happens while rooms work, and who watches.
//!
//! A progress bar, a tally, a log and a caller's own code are all an [`Observer`]. Events come from
//! many threads, in no order; what must be in order is in the results.

mod outcome;

pub use outcome::{Checked, Outcome, PhotoResult, Route, Work};

use crate::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Something that happened.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Folders were read to their ends, and so many photos found in them by name; told now and then.
    FoldersRead {
        /// Folders since the last time.
        folders: u64,
        /// Photos found in them, before any check of their content.
        photos: u64,
    },
    /// A folder or file could not be looked at; the scan went on.
    ScanFault(&'a Error),
    /// Something worth knowing that is no fault.
    Note {
        /// What it concerns.
        path: &'a Path,
        /// What there is to know.
        what: &'a str,
    },
    /// All photos of a batch are known.
    BatchStarted {
        /// How many.
        photos: u64,
    },
    /// It is known where photos become pictures.
    WorkersStarted {
        /// How many there are at once.
        count: usize,
        /// What they are, and what the kernel took from them, such as `processes (landlock 6, seccomp, limits)`.
        kind: &'a str,
        /// Whether they are processes that the kernel left what they do not need.
        are_unconfined: bool,
    },
    /// One photo of a batch is finished, well or not; in no order.
    PhotoFinished {
        /// Bytes of the original.
        bytes_read: u64,
        /// How it ended.
        result: PhotoResult,
    },
    /// What came of a photo; told in set order, once for each photo of the set, when all before it
    /// are told.
    PhotoTold(&'a Outcome<'a>),
}

/// A request to stop, shared by all who work on one run: what is in hand is finished, nothing begun.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks to stop.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Tells whether somebody asked.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Returns the flag itself, for a signal handler.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

/// One who watches. Called from many threads at once; must return quickly.
pub trait Observer: Send + Sync {
    /// Takes notice of an event.
    fn on(&self, event: Event<'_>);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Observer for Nobody {
    fn on(&self, _: Event<'_>) {}
}
