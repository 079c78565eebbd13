//! The side of a worker process: a loop that answers jobs, and has nothing else.

use super::wire::{Job, Ready, Reply};
use super::{Answer, Worker};
use crate::batch::perform::Performer;
use crate::error::{Error, Kind, Result};
use crate::jpeg::Limits;
use crate::process::{Confinement, confine, read_message, write_message};
use std::io;
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Memory that is kept from one photo to the next; more is given back.
const KEPT: usize = 32 << 20;

/// Answers jobs that come by standard input on standard output until there are no more.
///
/// First it gives up whatever the kernel takes, and memory beyond `memory` bytes more than the process has; what was
/// taken is the first thing it says.
///
/// # Errors
/// What the system says of the pipes; `InvalidData` for what is no job.
pub fn serve(memory: u64) -> io::Result<()> {
    // The pipes themselves, without the line buffer of standard output.
    answer(&io::stdin(), &io::stdout(), &confine(memory))
}

/// Answers jobs until there are no more.
pub(in crate::batch) fn answer(
    from: &impl AsFd,
    to: &impl AsFd,
    confinement: &Confinement,
) -> io::Result<()> {
    let ready = Ready { version: env!("CARGO_PKG_VERSION").into(), confinement: confinement.clone() };
    write_message(to, &serde_json::to_vec(&ready)?, &[])?;
    let mut hand = Hand::default();
    let mut room = Vec::new();
    while let Some(message) = read_message(from, room)? {
        let job: Job = serde_json::from_slice(&message.text)?;
        let (reply, bytes) = Reply::of(job.number, hand.work(&job, &message.bytes));
        write_message(to, &serde_json::to_vec(&reply)?, &bytes)?;
        room = message.bytes;
        if room.capacity() > KEPT {
            room = Vec::new();
        }
    }
    Ok(())
}

/// The performer of the recipe that came last.
#[derive(Default)]
struct Hand(Option<(String, Limits, Performer)>);

impl Hand {
    /// Does a job; a panic costs that photo.
    fn work(&mut self, job: &Job, bytes: &[u8]) -> Result<Answer> {
        let Job { task, recipe, limits, is_whole, .. } = job;
        if self.0.as_ref().is_none_or(|(of, within, _)| (of, within) != (recipe, limits)) {
            self.0 = Some((recipe.clone(), *limits, Performer::new(recipe.parse()?, *limits)));
        }
        let Some((_, _, performer)) = &mut self.0 else { unreachable!("it was set above") };
        let work = AssertUnwindSafe(|| performer.work(bytes, *is_whole, *task));
        catch_unwind(work).unwrap_or_else(|_| {
            self.0 = None;
            Err(Error::new(Kind::DecoderCrashed, "the decoder panicked"))
        })
    }
}
