//! Readers: what all loads have that read photos.

use super::{Done, Task};
use crate::device::Queue;
use crate::error::{Error, Kind, Result};
use crate::fs::Input;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The beginning of a photo: most headers end within.
pub(super) const HEAD: usize = 64 << 10;

/// How much of each photo is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Portion {
    /// Its beginning.
    Head,
    /// All of it.
    Whole,
}

/// Takes what one reader has read of a photo: it may keep the bytes. Tells whether to go on.
///
/// Called once before a photo is read, with its length, and once behind.
pub(super) type Hand<'a> = Box<dyn FnMut(u32, Step, &mut Vec<u8>) -> bool + 'a>;

/// How far a photo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is open, and so many bytes long.
    Opened(u64),
    /// It is read.
    Read,
}

/// Reads photos by as many threads as are asked for, in the order that is asked for.
///
/// Where they lie is asked within, since whoever reads in that order has to.
///
/// # Errors
/// [`Kind::Bug`] when no thread can be started.
pub(super) fn fetch<'a>(
    task: &Task<'_>,
    portion: Portion,
    hands: &(dyn Fn() -> Hand<'a> + Sync),
) -> Result<Done> {
    let queue = Queue::new(task.photos.to_vec(), task.setting.order);
    let all = Mutex::new(Done::default());
    let failed = std::thread::scope(|scope| {
        let mut failed = None;
        for number in 0..task.setting.readers.max(1) {
            let thread = std::thread::Builder::new().name(format!("reader {number}"));
            let run = || {
                let done = read(task, portion, &queue, &mut *hands());
                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.photos += done.photos;
                all.bytes += done.bytes;
                all.latencies.extend(done.latencies);
            };
            if let Err(error) = thread.spawn_scoped(scope, run) {
                failed = Some(Error::new(Kind::Bug, "cannot start a thread").because(error));
                break;
            }
        }
        failed
    });
    let done = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.map_or(Ok(done), Err)
}

/// One reader: reads until nothing is left.
fn read(
    task: &Task<'_>,
    portion: Portion,
    queue: &Queue,
    hand: &mut dyn FnMut(u32, Step, &mut Vec<u8>) -> bool,
) -> Done {
    let (mut done, mut bytes) = (Done::default(), Vec::new());
    while let Some(photo) = queue.next(&*task.ground.originals) {
        let Ok(photo) = u32::try_from(photo) else { break };
        let begun = Instant::now();
        let read = task.ground.open(photo).map(|input| {
            let opened = begun.elapsed();
            (hand(photo, Step::Opened(input.status().len), &mut bytes), opened, input)
        });
        let (goes_on, opened, input) = match read {
            Ok(opened) => opened,
            Err(error) => {
                task.ground.fault(photo, error);
                continue;
            }
        };
        if !goes_on {
            break;
        }
        // Waiting for room is no part of a read.
        let resumed = Instant::now();
        match read_one(task, portion, input, &mut bytes) {
            Ok(()) => {
                done.latencies.push(opened + resumed.elapsed());
                done.photos += 1;
                done.bytes += bytes.len() as u64;
            }
            Err(error) => {
                task.ground.fault(photo, error);
                bytes.clear();
                continue;
            }
        }
        if !hand(photo, Step::Read, &mut bytes) {
            break;
        }
    }
    done
}

fn read_one(task: &Task<'_>, portion: Portion, mut input: Input, bytes: &mut Vec<u8>) -> Result<()> {
    match portion {
        Portion::Whole => input.read_all(task.ground.plan.scan.limits.max_file, bytes),
        Portion::Head => {
            bytes.clear();
            input.read_more(bytes, HEAD).map(drop)
        }
    }
}
