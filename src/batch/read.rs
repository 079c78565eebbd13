//! Readers: threads that fetch whole photos in set order and hand them to the decoders.

use super::CropPlan;
use super::budget::{Budget, Share};
use super::names::Names;
use crate::error::{Error, Kind, Result, Shown};
use crate::event::Stop;
use crate::fs::{FileId, Folder, Fs, Input, Links};
use crate::photo::{Photo, PhotoSet, Root};
use crate::units::Bytes;
use crossbeam_channel::Sender;
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Roots that are kept open at a time, however many there are.
const OPEN_ROOTS: usize = 16;

/// A photo on its way to a decoder.
pub(super) struct Job {
    /// Its place in set order.
    pub(super) index: usize,
    /// What was read, or why nothing was.
    pub(super) content: Result<Content>,
}

/// A photo in memory.
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    /// Where its output goes, beneath OUT.
    pub(super) output: PathBuf,
    /// What was read.
    pub(super) original: FileId,
    /// Held until the decoder is done with the bytes.
    pub(super) _share: Share,
}

/// What all readers share. They are detached threads: one that hangs in a read is left behind.
pub(super) struct Source {
    set: Arc<PhotoSet>,
    names: Names,
    collisions: HashMap<usize, usize>,
    fs: Fs,
    links: Links,
    max_file: Bytes,
    budget: Arc<Budget>,
    stop: Stop,
    /// Roots that are open, the latest last; few, as photos come in set order.
    open: Mutex<VecDeque<(usize, Arc<Folder>)>>,
    next: AtomicUsize,
}

impl Source {
    pub(super) fn new(
        set: &Arc<PhotoSet>,
        names: Names,
        collisions: HashMap<usize, usize>,
        plan: &CropPlan,
        fs: &Fs,
        stop: &Stop,
    ) -> Self {
        Self {
            open: Mutex::default(),
            set: Arc::clone(set),
            names,
            collisions,
            fs: fs.clone(),
            links: plan.links,
            max_file: plan.limits.max_file,
            budget: Budget::new(plan.in_flight.0),
            stop: stop.clone(),
            next: AtomicUsize::new(0),
        }
    }

    /// Reads photos until there are none left or the run is stopped.
    pub(super) fn run(&self, jobs: &Sender<Job>) {
        while !self.stop.is_set() {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(photo) = self.set.get(index) else { return };
            let Some(content) = self.fetch(index, &photo).transpose() else { return };
            let content = content.map_err(|error| match error.path {
                None => error.at(photo.path),
                Some(_) => error,
            });
            if jobs.send(Job { index, content }).is_err() {
                return;
            }
        }
    }

    /// Returns `None` when the run was stopped meanwhile.
    fn fetch(&self, index: usize, photo: &Photo<'_>) -> Result<Option<Content>> {
        let output = self.names.output(photo)?;
        if let Some(first) = self.collisions.get(&index).and_then(|&first| self.set.get(first)) {
            let why = format!("its output is that of {}", Shown(first.path));
            return Err(Error::new(Kind::Collision, why).hint("crop them into different folders"));
        }
        let mut input = self.open(photo)?;
        input.check_len(self.max_file)?;
        let Some(share) = self.budget.take(input.status().len, &self.stop) else { return Ok(None) };
        let mut bytes = Vec::new();
        input.read_all(self.max_file, &mut bytes)?;
        Ok(Some(Content { bytes, output, original: input.status().id, _share: share }))
    }

    fn open(&self, photo: &Photo<'_>) -> Result<Input> {
        let root = &self.set.roots()[photo.root];
        if root.is_file() {
            return self.fs.open_file(photo.path);
        }
        self.root(photo.root, root)?.open_file(photo.relative, self.links)
    }

    fn root(&self, index: usize, root: &Root) -> Result<Arc<Folder>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, folder)) = open.iter().find(|(at, _)| *at == index) {
            return Ok(Arc::clone(folder));
        }
        let folder = self.fs.open_folder(&root.path).map(Arc::new);
        let folder =
            folder.map_err(|error| Error::new(Kind::Unreadable, "cannot open its root").because(error))?;
        if open.len() == OPEN_ROOTS {
            open.pop_front();
        }
        open.push_back((index, Arc::clone(&folder)));
        Ok(folder)
    }
}
