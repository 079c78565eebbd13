//! What to do with a set of photos: plain data.

use super::names::Names;
use super::output::{Existing, Sync};
use super::worker::Workers;
use crate::device::Wishes;
use crate::error::Result;
use crate::fs::{Fs, Links};
use crate::jpeg::Limits;
use crate::photo::Root;
use crate::recipe::{Format, Recipe};
use crate::units::Bytes;
use std::path::PathBuf;
use std::time::Duration;

/// What happens when a photo fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFault {
    /// The others go on.
    #[default]
    Continue,
    /// No further photo is begun; those in hand are finished.
    Stop,
}

/// What to do with a set of photos.
#[derive(Clone, Debug)]
pub struct CropPlan {
    /// What is done with each.
    pub recipe: Recipe,
    /// The folder that outputs go to, made when it is not there.
    pub out: PathBuf,
    /// What happens to a file that has an output's name already.
    pub existing: Existing,
    /// When outputs are on the drive.
    pub sync: Sync,
    /// What happens when a photo fails.
    pub on_fault: OnFault,
    /// What one photo may ask for.
    pub limits: Limits,
    /// Whether a link in a photo's path is followed.
    pub links: Links,
    /// Photos that are decoded at once; 0 is one for each core.
    pub decoders: usize,
    /// Where they are.
    pub workers: Workers,
    /// How long a worker that is a process may take for one photo before it is given up; a minute.
    pub photo_timeout: Duration,
    /// What is wished of how drives are read.
    pub reading: Wishes,
    /// How long a drive may take for one answer. A photo that it does not give by then is given up, and after
    /// some of them the drive.
    pub read_timeout: Duration,
    /// How many bytes of originals may be in memory at once; one that is larger passes alone. 0 is
    /// [`CropPlan::IN_FLIGHT`] for each thread that decodes.
    pub in_flight: Bytes,
}

impl CropPlan {
    /// Bytes of originals in memory for each thread that decodes: a photo of 24 megapixels in hand, and
    /// half of the next.
    pub const IN_FLIGHT: Bytes = Bytes(16 << 20);

    /// How long a worker that is a process may take for one photo. The largest that the limits let through takes some
    /// ten seconds.
    pub const PHOTO_TIMEOUT: Duration = Duration::from_secs(60);

    /// How long a drive may take for one answer unless a plan says otherwise: a hard disk that was asleep takes ten
    /// seconds, one that cannot read a sector tries for as long as that several times.
    pub const READ_TIMEOUT: Duration = Duration::from_secs(60);

    /// Makes a plan that follows `recipe` into the folder `out`, all else by default.
    pub fn new(recipe: Recipe, out: impl Into<PathBuf>) -> Self {
        Self {
            recipe,
            out: out.into(),
            existing: Existing::default(),
            sync: Sync::default(),
            on_fault: OnFault::default(),
            limits: Limits::default(),
            links: Links::Ignore,
            decoders: 0,
            workers: Workers::default(),
            photo_timeout: Self::PHOTO_TIMEOUT,
            reading: Wishes::default(),
            read_timeout: Self::READ_TIMEOUT,
            in_flight: Bytes(0),
        }
    }

    /// Checks the plan for `roots` before anything is made.
    ///
    /// # Errors
    /// [`Kind::Usage`](crate::error::Kind::Usage) for roots whose outputs
    /// would share a folder.
    pub fn check(&self, roots: &[Root], fs: &Fs) -> Result<()> {
        self.names(roots, fs).map(drop)
    }

    pub(super) fn names(&self, roots: &[Root], fs: &Fs) -> Result<Names> {
        let suffix = match self.recipe.format() {
            Format::Jpeg { .. } => "",
            Format::Png => ".png",
            Format::Webp => ".webp",
        };
        Names::new(roots, suffix, fs)
    }

    pub(super) fn decoders(&self) -> usize {
        let given = self.workers.processes().map_or(0, |processes| processes.count);
        match if given > 0 { given } else { self.decoders } {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        }
    }

    pub(super) fn in_flight(&self) -> u64 {
        match self.in_flight {
            Bytes(0) => Self::IN_FLIGHT.0.saturating_mul(self.decoders() as u64),
            Bytes(bytes) => bytes,
        }
    }
}
