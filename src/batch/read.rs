//! Readers: threads that fetch photos, whole or as much as is needed, in the order that suits their drive, and
//! hand them to the decoders.

use super::CropPlan;
use super::budget::{Budget, Share};
use super::journal::{source_key, state_key};
use super::names::Names;
use super::origins::Origins;
use super::output::{Original, Vouch, nanoseconds};
use super::perform::OUTPUT_FORMAT;
use super::shortcut::{self, HEAD};
use crate::device::{Originals, Places, Queue};
use crate::error::{Error, Kind, Result, Shown};
use crate::event::Stop;
use crate::fs::{Fs, Input};
use crate::jpeg::{Head, Header, Limits};
use crate::photo::{Photo, PhotoSet};
use crate::recipe::Recipe;
use crate::units::Bytes;
use crossbeam_channel::Sender;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// So far a drive may be ahead of what was told, in photos; some hundred bytes are kept of each. A guess.
const AHEAD: usize = 1 << 16;

/// How often a drive that is too far ahead looks whether it may go on.
const NAP: Duration = Duration::from_millis(20);

/// How much of each photo is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Portion {
    /// All of it.
    Whole,
    /// As much as its picture needs, if a shortcut leads there; else all of it.
    Enough,
    /// As much as precedes its first scan.
    Head,
    /// Its first bytes, for somebody else to look at.
    First,
}

/// A photo on its way, and what is known of it so far.
#[derive(Debug)]
pub(super) struct Ticket {
    /// Its place in set order.
    pub(super) index: usize,
    /// Where its output goes, beneath OUT; `None` where it has no output's name.
    pub(super) output: Option<PathBuf>,
    /// Its bytes.
    pub(super) size: Option<u64>,
    /// How long it took to open and read it.
    pub(super) read: Duration,
}

/// A photo on its way to a decoder.
pub(super) struct Job {
    pub(super) ticket: Ticket,
    /// What was read, or why nothing was.
    pub(super) fetched: Result<Fetched>,
}

/// What a reader found.
pub(super) enum Fetched {
    /// The output is there and up to date; its bytes.
    There(u64),
    /// The photo.
    Content(Content),
}

/// A photo in memory.
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    /// Whether these are all of the file.
    pub(super) is_whole: bool,
    /// What was read.
    pub(super) original: Original,
    /// What gives the rest of the file, unless these are all of it.
    pub(super) rest: Option<Box<Input>>,
    /// Held until the decoder is done with the bytes.
    pub(super) _share: Share,
}

impl Content {
    /// Reads the rest of the file.
    ///
    /// Such photos are few, and read here beyond what may be in memory at once: a decoder that waits for
    /// room could wait for another one that does.
    pub(super) fn read_rest(&mut self) -> Result<()> {
        let Some(mut input) = self.rest.take() else { return Ok(()) };
        self.is_whole = true;
        // Its length was looked at before.
        input.read_rest(Bytes(u64::MAX), &mut self.bytes)
    }
}

/// What all readers share. They are detached threads: one that hangs in a read is left behind.
pub(super) struct Source {
    pub(super) originals: Arc<Originals>,
    /// How many photos were told, all before the first that was not.
    pub(super) told: Arc<AtomicUsize>,
    names: Names,
    collisions: HashMap<usize, usize>,
    origins: Origins,
    /// What is there already; `None` without OUT.
    pub(super) vouch: Option<Vouch>,
    pub(super) portion: Portion,
    recipe: Recipe,
    /// The recipe as text.
    text: String,
    limits: Limits,
    budget: Arc<Budget>,
    stop: Stop,
}

impl Source {
    pub(super) fn new(
        set: &PhotoSet,
        names: Names,
        collisions: HashMap<usize, usize>,
        plan: &CropPlan,
        fs: &Fs,
        stop: &Stop,
    ) -> Self {
        Self {
            originals: Arc::new(Originals::new(set, fs, plan.links).until(stop)),
            told: Arc::default(),
            names,
            collisions,
            origins: Origins::new(set.roots(), fs),
            vouch: None,
            portion: if shortcut::is_sought(&plan.recipe) { Portion::Enough } else { Portion::Whole },
            recipe: plan.recipe.clone(),
            text: plan.recipe.to_string(),
            limits: plan.limits,
            budget: Budget::new(plan.in_flight()),
            stop: stop.clone(),
        }
    }

    pub(super) const fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Returns the photos.
    pub(super) fn set(&self) -> &PhotoSet {
        self.originals.set()
    }

    /// Reads photos of a queue until there are none left or the run is stopped.
    pub(super) fn run(&self, queue: &Queue, read_size: usize, jobs: &Sender<Job>) {
        while !self.stop.is_set() {
            let Some(index) = queue.next(self) else { return };
            let Some(photo) = self.set().get(index) else { return };
            let begun = Instant::now();
            let mut ticket = Ticket { index, output: None, size: None, read: Duration::ZERO };
            let Some(fetched) = self.fetch(&photo, read_size, &mut ticket).transpose() else { return };
            let fetched = fetched.map_err(|error| match error.path {
                None => error.at(photo.path),
                Some(_) => error,
            });
            ticket.read = begun.elapsed();
            if jobs.send(Job { ticket, fetched }).is_err() {
                return;
            }
        }
    }

    /// Returns `None` when the run was stopped meanwhile.
    fn fetch(&self, photo: &Photo<'_>, read_size: usize, ticket: &mut Ticket) -> Result<Option<Fetched>> {
        let output = ticket.output.insert(self.names.output(photo)?);
        if let Some(first) = self.collisions.get(&ticket.index).and_then(|&first| self.set().get(first)) {
            let why = format!("its output is that of {}", Shown(first.path));
            return Err(Error::new(Kind::Collision, why).hint("crop them into different folders"));
        }
        let path = self.origins.of(photo, self.originals.fs());
        if let Some((bytes, size)) = self.there(photo, output, &path) {
            ticket.size = Some(size);
            return Ok(Some(Fetched::There(bytes)));
        }
        let mut input = self.originals.open(photo)?.reading_by(read_size);
        let status = input.status();
        ticket.size = Some(status.len);
        input.check_len(self.limits.max_file)?;
        let wanted = match self.portion {
            Portion::Whole => status.len,
            Portion::Enough | Portion::Head | Portion::First => status.len.min(HEAD as u64),
        };
        let Some(mut share) = self.budget.take(wanted, &self.stop) else { return Ok(None) };
        let mut make_room = |bytes: u64| share.grow(bytes.min(status.len), &self.stop);
        let mut bytes = Vec::new();
        let is_enough = match self.portion {
            Portion::Whole => Some(false),
            Portion::Enough => {
                let wanted = (&self.recipe, &self.limits);
                shortcut::read_enough(&mut input, &mut bytes, wanted, &mut make_room)?
            }
            Portion::Head => read_head(&mut input, &mut bytes).map(|()| Some(true))?,
            Portion::First => input.read_more(&mut bytes, HEAD).map(|_| Some(true))?,
        };
        match is_enough {
            Some(true) => {}
            Some(false) if make_room(status.len) => input.read_rest(self.limits.max_file, &mut bytes)?,
            _ => return Ok(None),
        }
        let is_whole = bytes.len() as u64 >= status.len;
        let rest = (!is_whole).then(|| Box::new(input));
        let original = Original { path, status };
        Ok(Some(Fetched::Content(Content { bytes, is_whole, original, rest, _share: share })))
    }

    /// Returns the bytes of an output that is there and up to date, and those of its photo.
    fn there(&self, photo: &Photo<'_>, output: &Path, path: &Path) -> Option<(u64, u64)> {
        let vouch = self.vouch.as_ref().filter(|vouch| vouch.knows(output))?;
        // What cannot be asked for fails once more, and is named, when it is opened.
        let status = self.originals.status(photo).ok()?;
        let state = state_key(status.len, nanoseconds(status.modified), &self.text, OUTPUT_FORMAT);
        Some((vouch.there(output, source_key(path), state)?, status.len))
    }
}

impl Places for Source {
    fn inode(&self, photo: usize) -> u64 {
        self.originals.inode(photo)
    }

    fn root(&self, photo: usize) -> usize {
        self.originals.root(photo)
    }

    fn position(&self, photo: usize) -> Option<u64> {
        let is_done = || {
            let output = self.names.output(&self.set().get(photo)?).ok()?;
            self.vouch.as_ref().filter(|vouch| vouch.knows(&output)).map(drop)
        };
        // What is mostly not read at all need not be opened to learn where it lies.
        if is_done().is_some() { Some(0) } else { self.originals.position(photo) }
    }

    /// What is told in set order waits in memory for what comes before: a drive that is far ahead of the others
    /// waits as well. The drive that has the next photo to be told never does.
    fn wait_for(&self, first: usize) -> bool {
        while first > self.told.load(Ordering::Relaxed).saturating_add(AHEAD) {
            if self.stop.is_set() {
                return false;
            }
            std::thread::sleep(NAP);
        }
        true
    }
}

/// Reads as much of a photo as precedes its first scan.
fn read_head(input: &mut Input, bytes: &mut Vec<u8>) -> Result<()> {
    loop {
        let most = bytes.len().max(HEAD);
        let is_whole = input.read_more(bytes, most)? < most;
        // What is wrong with it is told by who plans with it.
        if is_whole || !matches!(Header::read_head(bytes, false), Ok(Head::NeedMore)) {
            return Ok(());
        }
    }
}
