//! Doors for fuzzers to what reads bytes that nobody vouches for and has no other way in from outside.
//!
//! No part of the interface: it changes without notice.

use super::journal;
use super::perform::Picture;
use super::worker::wire::{Job, Reply};
use super::worker::{Answer, Task, answer};
use crate::error::Error;
use crate::jpeg::Limits;
use crate::process::{Confinement, Message};
use crate::recipe::Recipe;
use std::io;
use std::os::fd::AsFd;

pub use super::journal::Row;

/// Returns the rows of a journal that is read in blocks of `step` bytes, with their places, and whether its last
/// line has no end.
///
/// # Errors
/// None, as nothing is read but memory.
pub fn journal_rows(file: &[u8], step: usize) -> io::Result<(Vec<(u64, Row)>, bool)> {
    journal::rows(file, step)
}

/// What a worker said of a photo.
#[derive(Debug)]
pub enum Said {
    /// Its picture.
    Picture(Box<Picture>),
    /// It takes the first bytes up to so many.
    More(u64),
    /// What is wrong with it.
    Fault(Error),
}

/// A job for a worker process.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What is done with the photo.
    pub recipe: Recipe,
    /// What it may ask for.
    pub limits: Limits,
    /// Whether a picture is made of it, or only planned.
    pub is_made: bool,
    /// Whether the bytes that were sent are all of the file.
    pub is_whole: bool,
    /// How many they are.
    pub given: usize,
}

impl Asked {
    fn job(&self) -> Job {
        Job {
            number: 1,
            task: if self.is_made { Task::Make } else { Task::Plan },
            recipe: self.recipe.to_string(),
            limits: self.limits,
            is_whole: self.is_whole,
        }
    }

    /// Returns the text of the message that asks for it.
    ///
    /// # Errors
    /// What JSON says; none is known.
    pub fn text(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&self.job())
    }

    /// Reads the message that comes back, as it is read of a process that is not trusted.
    ///
    /// # Errors
    /// Why it is no answer.
    pub fn understand(&self, message: Message) -> Result<Said, String> {
        let answer = Reply::read(message, &self.job(), self.given, self.recipe.format())?;
        Ok(match answer {
            Ok(Answer::Picture(picture)) => Said::Picture(picture),
            Ok(Answer::More(upto)) => Said::More(upto),
            Ok(other) => return Err(other.unasked().reason()),
            Err(error) => Said::Fault(error),
        })
    }
}

/// Answers the jobs in `from` as a worker process does, in this process and without giving anything up.
///
/// # Errors
/// `InvalidData` for what is no job; what the system says.
pub fn answer_jobs(from: &impl AsFd, to: &impl AsFd) -> io::Result<()> {
    answer(from, to, &Confinement::default())
}
