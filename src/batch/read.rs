//! Photos on their way from readers to decoders and back, and what all readers know of them.

use super::CropPlan;
use super::budget::{Budget, Share};
use super::journal::{source_key, state_key};
use super::names::Names;
use super::origins::Origins;
use super::output::{Original, Vouch, nanoseconds};
use super::perform::OUTPUT_FORMAT;
use super::shortcut;
use crate::device::Originals;
use crate::error::{Error, Kind, Result, Shown};
use crate::event::Stop;
use crate::fs::{Fs, Input, Status};
use crate::jpeg::Limits;
use crate::photo::{Photo, PhotoSet};
use crate::recipe::Recipe;
use crossbeam_channel::Sender;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

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
    pub(super) rest: Option<Rest>,
    /// Held until the decoder is done with the bytes.
    pub(super) share: Share,
}

/// The way to the rest of a photo.
pub(super) struct Rest {
    pub(super) input: Box<Input>,
    /// Leads to the readers of its drive, who wait for as long as there is one of these.
    pub(super) requests: Sender<Request>,
}

/// A photo of which more is to be read.
pub(super) struct Request {
    pub(super) ticket: Ticket,
    pub(super) bytes: Vec<u8>,
    pub(super) original: Original,
    pub(super) rest: Rest,
    pub(super) share: Share,
    /// So many of its first bytes are wanted; `u64::MAX` is all.
    pub(super) upto: u64,
}

impl Content {
    /// Lets the readers of its drive read on, up to its byte `upto`; the photo comes back as a [`Job`].
    /// Returns its ticket if there is no more of it.
    pub(super) fn ask_for_more(self, ticket: Ticket, upto: u64) -> Option<Ticket> {
        let Self { bytes, original, rest, mut share, .. } = self;
        let Some(rest) = rest else { return Some(ticket) };
        // Those who are to read on could wait for room that this takes.
        share.release();
        let upto = if upto > bytes.len() as u64 { upto } else { u64::MAX };
        let requests = rest.requests.clone();
        // Where nobody reads any more the run is over, and the photo told as not begun.
        _ = requests.send(Request { ticket, bytes, original, rest, share, upto });
        None
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
    pub(super) recipe: Recipe,
    /// The recipe as text.
    text: String,
    pub(super) limits: Limits,
    pub(super) budget: Arc<Budget>,
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

    /// Returns where the output of a photo goes, beneath OUT.
    pub(super) fn output(&self, photo: &Photo<'_>) -> Result<PathBuf> {
        self.names.output(photo)
    }

    /// Refuses a photo whose output is that of another one.
    pub(super) fn check_collision(&self, index: usize) -> Result<()> {
        let Some(first) = self.collisions.get(&index).and_then(|&first| self.set().get(first)) else {
            return Ok(());
        };
        let why = format!("its output is that of {}", Shown(first.path));
        Err(Error::new(Kind::Collision, why).hint("crop them into different folders"))
    }

    /// Returns the path by which the journal knows a photo.
    pub(super) fn path(&self, photo: &Photo<'_>) -> PathBuf {
        self.origins.of(photo, self.originals.fs())
    }

    /// Tells whether an output was made before.
    pub(super) fn is_known(&self, output: &Path) -> bool {
        self.vouch.as_ref().is_some_and(|vouch| vouch.knows(output))
    }

    /// Returns the bytes of an output that is there and made of the photo at `path` as it is now.
    pub(super) fn there(&self, output: &Path, path: &Path, status: Status) -> Option<u64> {
        let state = state_key(status.len, nanoseconds(status.modified), &self.text, OUTPUT_FORMAT);
        self.vouch.as_ref()?.there(output, source_key(path), state)
    }

    /// Returns where a photo lies on its drive, and calls `step` before each question to that.
    pub(super) fn position_by(&self, photo: usize, step: &dyn Fn()) -> Option<u64> {
        let is_known = || Some(self.is_known(&self.output(&self.set().get(photo)?).ok()?));
        // What is mostly not read at all need not be opened to learn where it lies.
        if is_known() == Some(true) { Some(0) } else { self.originals.position_by(photo, step) }
    }

    /// Waits until photos from this one on may be begun; tells whether they may at all.
    ///
    /// What is told in set order waits in memory for what comes before: a drive that is far ahead of the others
    /// waits as well. The drive that has the next photo to be told never does.
    pub(super) fn wait_for(&self, first: usize) -> bool {
        while first > self.told.load(Ordering::Relaxed).saturating_add(AHEAD) {
            if self.stop.is_set() {
                return false;
            }
            std::thread::sleep(NAP);
        }
        true
    }
}
