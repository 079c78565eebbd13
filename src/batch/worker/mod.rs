//! Where photos become pictures: in a thread of this process, or in a process of its own.
//!
//! Both are a [`Worker`] and make the same bytes. A thread costs nothing to reach; a process that crashes, hangs or
//! eats memory costs one photo, and can be taken everything but its pipes, so that a photo that takes a
//! decoder over gains nothing. What a process is asked is whole in itself: recipe, limits and bytes.

mod decode;
mod kind;
mod pool;
mod serve;
pub(super) mod wire;

pub use kind::WorkerKind;
pub(crate) use pool::start;
pub(super) use serve::answer;
pub use serve::serve;

use super::perform::{Performer, Picture};
use super::shortcut;
use crate::error::{Error, Kind, Result};
use crate::process::this_program;
use crate::units::Dims;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Where photos become pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Workers {
    /// In threads of this process.
    #[default]
    Threads,
    /// In processes of their own.
    Processes(Processes),
}

/// How worker processes are started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processes {
    /// How many; 0 is as many as there are decoders in the plan.
    pub count: usize,
    /// A program that calls [`serve()`] with the number that is its last argument.
    pub program: PathBuf,
    /// What its arguments begin with.
    pub args: Vec<OsString>,
}

impl Processes {
    /// So many processes of this program, which must be jpegasus: they are started by its verb `worker`.
    #[must_use]
    pub fn of_this_program(count: usize) -> Self {
        Self { count, program: this_program(), args: vec!["worker".into()] }
    }
}

impl Workers {
    /// Returns how they are started, if they are processes.
    #[must_use]
    pub const fn processes(&self) -> Option<&Processes> {
        match self {
            Self::Threads => None,
            Self::Processes(processes) => Some(processes),
        }
    }
}

/// What is wanted of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Task {
    /// Its picture.
    Make,
    /// What is known of its picture by what precedes its first scan.
    Plan,
    /// All its pixels, which are thrown away: for those who measure.
    Decode,
    /// That its bytes be taken, and nothing else: for those who measure.
    Take,
}

/// What a worker says of a photo.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Its picture.
    Picture(Box<Picture>),
    /// It takes more of the file: its first bytes up to so many, or all of it if there are fewer.
    More(u64),
    /// All of it is decoded: so many pixels.
    Decoded(Dims),
    /// So many bytes were taken.
    Taken(u64),
}

impl Answer {
    /// Returns what there is to say of an answer to another question than was asked.
    pub(super) fn unasked(&self) -> Error {
        let word = match self {
            Self::Picture(_) => "a picture",
            Self::More(_) => "more",
            Self::Decoded(_) => "decoded",
            Self::Taken(_) => "taken",
        };
        Error::new(Kind::Bug, format!("a worker answered '{word}' to another question"))
    }

    fn picture(picture: Picture) -> Self {
        Self::Picture(Box::new(picture))
    }
}

/// All workers of a run.
pub(crate) struct Staff {
    pub(crate) workers: Vec<Box<dyn Worker>>,
    /// What is told of them, such as `processes (landlock 6, seccomp, limits)`.
    pub(super) told: String,
    /// Whether they are processes: then it is for them to look at photos, and this one parses nothing.
    pub(super) are_processes: bool,
    /// Whether the kernel left them what they do not need.
    pub(super) are_unconfined: bool,
}

/// One who makes pictures of photos, following one recipe.
pub(crate) trait Worker: Send {
    /// Makes a picture of the photo whose file begins with `bytes`, and ends with them if `is_whole`.
    ///
    /// # Errors
    /// As [`Performer::perform`]; [`Kind::DecoderCrashed`]; [`Kind::TimedOut`]; [`Kind::Bug`] when there are no
    /// workers any more.
    fn work(&mut self, bytes: &[u8], is_whole: bool, task: Task) -> Result<Answer>;

    /// Returns the time that processors have spent on its process; nothing for one that has none, or where nobody says.
    fn cpu(&self) -> Duration {
        Duration::ZERO
    }
}

impl Worker for Performer {
    fn work(&mut self, bytes: &[u8], is_whole: bool, task: Task) -> Result<Answer> {
        match task {
            Task::Make if is_whole => self.perform(bytes).map(Answer::picture),
            Task::Make => match self.take_shortcut(bytes, false) {
                Some(picture) => Ok(Answer::picture(picture)),
                None => Ok(Answer::More(shortcut::next(bytes, &self.recipe, &self.limits))),
            },
            Task::Plan => match self.plan(bytes, is_whole)? {
                Some(picture) => Ok(Answer::picture(picture)),
                None if is_whole => Err(Error::new(Kind::Truncated, "the file ends within its header")),
                None => Ok(Answer::More((2 * bytes.len()).max(shortcut::HEAD) as u64)),
            },
            Task::Decode => self.decode(bytes).map(Answer::Decoded),
            Task::Take => Ok(Answer::Taken(bytes.len() as u64)),
        }
    }
}
