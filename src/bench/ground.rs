//! What all loads stand on: the photos, how they are opened, and which of them are broken.

use super::BenchPlan;
use crate::device::Originals;
use crate::error::{Error, Kind, Result};
use crate::event::{Event, Observer, Stop};
use crate::fs::{Fs, Input};
use crate::photo::PhotoSet;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The photos of a bench, shared by all threads.
pub(super) struct Ground {
    pub(super) originals: Arc<Originals>,
    pub(super) plan: BenchPlan,
    pub(super) stop: Stop,
    observer: Arc<dyn Observer>,
    failed: Mutex<BTreeSet<u32>>,
}

impl Ground {
    pub(super) fn new(
        set: &PhotoSet,
        plan: BenchPlan,
        fs: &Fs,
        observer: Arc<dyn Observer>,
        stop: Stop,
    ) -> Self {
        let originals = Arc::new(Originals::new(set, fs, plan.scan.links));
        Self { originals, plan, stop, observer, failed: Mutex::default() }
    }

    /// Returns the way to the files.
    pub(super) fn fs(&self) -> &Fs {
        self.originals.fs()
    }

    /// Opens a photo.
    ///
    /// # Errors
    /// [`Kind::Unreadable`] and [`Kind::NotRegular`].
    pub(super) fn open(&self, photo: u32) -> Result<Input> {
        let Some(photo) = self.originals.set().get(photo as usize) else {
            return Err(Error::new(Kind::Bug, "there is no such photo"));
        };
        self.originals.open(&photo)
    }

    /// Tells a fault of a photo, once for each.
    pub(super) fn fault(&self, photo: u32, error: Error) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if !failed.insert(photo) {
            return;
        }
        let path = self.originals.set().get(photo as usize).map(|photo| photo.path.to_owned());
        let error = match (&error.path, path) {
            (None, Some(path)) => error.at(path),
            _ => error,
        };
        self.observer.on(Event::ScanFault(&error));
    }

    /// Tells whether a photo has a fault.
    pub(super) fn has_failed(&self, photo: u32) -> bool {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).contains(&photo)
    }
}
