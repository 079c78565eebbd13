//! The photos of a set, opened by their places in it.

use super::Places;
use crate::error::{Error, Kind, Result};
use crate::event::Stop;
use crate::fs::{Folder, Fs, Input, Links, Status};
use crate::photo::{Photo, PhotoSet, Root};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Roots that are kept open at a time, however many there are.
const OPEN_ROOTS: usize = 16;

/// The photos of a set, opened beneath their roots. For many threads.
#[derive(Debug)]
pub struct Originals {
    set: PhotoSet,
    fs: Fs,
    links: Links,
    stop: Stop,
    /// Roots that are open, the latest last; few, as photos mostly come root by root.
    open: Mutex<VecDeque<(usize, Arc<Folder>)>>,
}

impl Originals {
    /// Makes the way to the photos of a set; `links` says what is done with links beneath roots.
    #[must_use]
    pub fn new(set: &PhotoSet, fs: &Fs, links: Links) -> Self {
        Self { set: set.clone(), fs: fs.clone(), links, stop: Stop::default(), open: Mutex::default() }
    }

    /// Returns the same, which asks nothing more where photos lie once somebody wishes to stop.
    #[must_use]
    pub fn until(self, stop: &Stop) -> Self {
        Self { stop: stop.clone(), ..self }
    }

    /// Returns the set.
    #[must_use]
    pub const fn set(&self) -> &PhotoSet {
        &self.set
    }

    /// Returns the way to the files.
    #[must_use]
    pub const fn fs(&self) -> &Fs {
        &self.fs
    }

    /// Opens a photo for reading.
    ///
    /// # Errors
    /// As [`Folder::open_file`].
    pub fn open(&self, photo: &Photo<'_>) -> Result<Input> {
        self.open_by(photo, &|| ())
    }

    /// Opens a photo for reading, and calls `step` before each question to its drive.
    ///
    /// # Errors
    /// As [`Folder::open_file`].
    pub fn open_by(&self, photo: &Photo<'_>, step: &dyn Fn()) -> Result<Input> {
        let root = &self.set.roots()[photo.root];
        step();
        if !root.is_folder() {
            return self.fs.open_file_by(photo.path, step);
        }
        self.root(photo.root, root)?.open_file_by(photo.relative, self.links, step)
    }

    /// Returns what the file system knows of a photo.
    ///
    /// # Errors
    /// What the system says.
    pub fn status(&self, photo: &Photo<'_>) -> io::Result<Status> {
        self.status_by(photo, &|| ())
    }

    /// Returns what the file system knows of a photo, and calls `step` before each question to its drive.
    ///
    /// # Errors
    /// What the system says.
    pub fn status_by(&self, photo: &Photo<'_>, step: &dyn Fn()) -> io::Result<Status> {
        let root = &self.set.roots()[photo.root];
        step();
        if !root.is_folder() {
            return self.fs.status(photo.path);
        }
        let root = self.root(photo.root, root);
        step();
        match root {
            Ok(root) => root.status_beneath(photo.relative, self.links),
            Err(error) => Err(error.source.unwrap_or_else(|| io::ErrorKind::NotFound.into())),
        }
    }

    /// Returns where a photo begins on its device, as [`Places::position`], and calls `step` before each question
    /// to its drive.
    #[must_use]
    pub fn position_by(&self, photo: usize, step: &dyn Fn()) -> Option<u64> {
        if self.stop.is_set() {
            return None;
        }
        // What cannot be opened is told when it is read.
        let input = self.open_by(&self.set.get(photo)?, step).ok()?;
        step();
        input.position()
    }

    fn root(&self, index: usize, root: &Root) -> Result<Arc<Folder>> {
        let lock = || self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, folder)) = lock().iter().find(|(at, _)| *at == index) {
            return Ok(Arc::clone(folder));
        }
        // Not under the lock: its drive may not answer, and others are read meanwhile.
        let folder = self.fs.open_folder(&root.path).map(Arc::new);
        let folder =
            folder.map_err(|error| Error::new(Kind::Unreadable, "cannot open its root").because(error))?;
        let mut open = lock();
        if open.len() == OPEN_ROOTS {
            open.pop_front();
        }
        open.push_back((index, Arc::clone(&folder)));
        Ok(folder)
    }
}

impl Places for Originals {
    fn inode(&self, photo: usize) -> u64 {
        self.set.get(photo).map_or(0, |photo| photo.inode)
    }

    fn root(&self, photo: usize) -> usize {
        self.set.get(photo).map_or(0, |photo| photo.root)
    }

    fn position(&self, photo: usize) -> Option<u64> {
        self.position_by(photo, &|| ())
    }
}
