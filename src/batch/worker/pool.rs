//! The side of those who have worker processes: starting, asking, giving up, trying again.

use super::wire::{Job, Ready, Reply};
use super::{Answer, Processes, Staff, Task, Worker};
use crate::batch::perform::Performer;
use crate::batch::plan::CropPlan;
use crate::error::{Error, Kind, Result, brief};
use crate::event::Stop;
use crate::fs::cpu_of;
use crate::jpeg::Limits;
use crate::process::{Child, Confinement, Lost};
use crate::recipe::Format;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

/// Photos that one process works on at most: what it may have lost or gathered unseen goes with it.
const PHOTOS: u32 = 500;

/// Processes that a photo may take down.
const TRIES: u32 = 2;

/// Tries to start a process, the time behind the first of them, which doubles behind each, so that it is ten seconds in
/// all, and how long it may take to get ready.
const STARTS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(150);
const GET_READY: Duration = Duration::from_secs(30);

/// Bytes of a photo that every process has room for; who has a larger one gets a process with more.
const ROOM: u64 = 64 << 20;

/// Times the memory that decoding may take: for what is decoded, resampled, turned and encoded.
const SHARES: u64 = 4;

/// What a picture of one pixel takes at most.
const SMALL: u64 = 64 << 10;

/// Memory for all else.
const BESIDE: u64 = 64 << 20;

/// Makes the workers of a plan. When somebody asks to stop, those that are processes have seconds to finish.
///
/// # Errors
/// [`Kind::Bug`] when processes are asked for and none can be started.
pub(crate) fn start(plan: &CropPlan, stop: &Stop) -> Result<Staff> {
    let Some(processes) = plan.workers.processes() else {
        let one = || Box::new(Performer::new(plan.recipe.clone(), plan.limits)) as Box<dyn Worker>;
        let workers = (0..plan.decoders()).map(|_| one()).collect();
        return Ok(Staff { workers, told: "threads".into(), are_processes: false, are_unconfined: false });
    };
    let orders = Arc::new(Orders {
        processes: processes.clone(),
        recipe: plan.recipe.to_string(),
        format: plan.recipe.format(),
        limits: plan.limits,
        patience: plan.photo_timeout,
        stop: stop.clone(),
    });
    let mut first = Process::new(&orders);
    let confinement = first.insist(0)?;
    let others = (1..plan.decoders()).map(|_| Process::new(&orders));
    let workers = std::iter::once(first).chain(others).map(|one| Box::new(one) as _).collect();
    let told = format!("processes ({confinement})");
    Ok(Staff { workers, told, are_processes: true, are_unconfined: !confinement.is_closed() })
}

/// What all processes of a run are told.
struct Orders {
    processes: Processes,
    recipe: String,
    format: Format,
    limits: Limits,
    /// For one photo.
    patience: Duration,
    stop: Stop,
}

/// A worker that is a process, and the next one when that is lost.
struct Process {
    orders: Arc<Orders>,
    child: Option<Child>,
    /// Bytes of a photo that it has room for.
    room: u64,
    /// Photos that it has worked on.
    photos: u32,
    /// The number of the last job.
    number: u64,
}

impl Process {
    fn new(orders: &Arc<Orders>) -> Self {
        Self { orders: Arc::clone(orders), child: None, room: 0, photos: 0, number: 0 }
    }

    /// Starts a process with room for so many bytes of a photo; returns what it is confined by.
    fn start(&mut self, bytes: u64) -> Result<Confinement, Lost> {
        let Processes { program, args, .. } = &self.orders.processes;
        self.room = bytes.max(ROOM).checked_next_power_of_two().unwrap_or(bytes);
        self.photos = 0;
        let photo = self.orders.limits.max_memory.0.saturating_mul(SHARES);
        let memory = photo.saturating_add(self.room).saturating_add(BESIDE);
        let mut args: Vec<OsString> = args.clone();
        args.push(memory.to_string().into());
        let child = Child::start(program, &args).map_err(|error| Lost::Ended(error.to_string()))?;
        let mut child = child.until(&self.orders.stop);
        let message = child.hear(GET_READY)?;
        let ready: Ready =
            serde_json::from_slice(&message.text).map_err(|error| Lost::Garbage(brief(&error)))?;
        if ready.version != env!("CARGO_PKG_VERSION") {
            return Err(Lost::Garbage(format!("it is of version {}", brief(&ready.version))));
        }
        self.child = Some(child);
        Ok(ready.confinement)
    }

    /// Starts a process, trying some times: what keeps one from starting may pass.
    fn insist(&mut self, bytes: u64) -> Result<Confinement> {
        // What never started is a mistake; what started before will again.
        let most = if self.number == 0 { 3 } else { STARTS };
        let mut tries = 0;
        loop {
            match self.start(bytes) {
                Ok(confinement) => return Ok(confinement),
                Err(_) if self.orders.stop.is_set() => {
                    return Err(Error::new(Kind::TimedOut, "it was not begun"));
                }
                Err(lost) if tries == most => {
                    let why = format!("cannot start a worker process: {lost}");
                    return Err(Error::new(Kind::Bug, why).hint("--workers threads does without"));
                }
                Err(_) => tries += 1,
            }
            std::thread::sleep(PAUSE * 2_u32.pow(tries));
        }
    }

    /// Returns a process that can take a photo of so many bytes.
    fn ready(&mut self, bytes: u64) -> Result<&mut Child> {
        if self.photos >= PHOTOS || bytes > self.room {
            self.child = None;
        }
        if self.child.is_none() {
            self.insist(bytes)?;
        }
        self.photos += 1;
        self.child.as_mut().ok_or_else(|| Error::new(Kind::Bug, "a worker is missing"))
    }

    /// Asks a process once.
    fn ask(&mut self, bytes: &[u8], is_whole: bool, task: Task) -> Result<Result<Result<Answer>, Lost>> {
        self.number += 1;
        let orders = Arc::clone(&self.orders);
        let job =
            Job { number: self.number, task, recipe: orders.recipe.clone(), limits: orders.limits, is_whole };
        let text = serde_json::to_vec(&job).map_err(|error| Error::new(Kind::Bug, error.to_string()))?;
        // The picture fits into memory before it is encoded, which may add an eighth at most; metadata are the photo's.
        let memory = orders.limits.max_memory.0;
        let most = memory.saturating_add(memory / 8).saturating_add(bytes.len() as u64).saturating_add(SMALL);
        let child = self.ready(bytes.len() as u64)?;
        let answer = child.ask(&text, bytes, most, orders.patience);
        Ok(answer.and_then(|message| {
            Reply::read(message, &job, bytes.len(), orders.format).map_err(Lost::Garbage)
        }))
    }
}

impl Worker for Process {
    fn work(&mut self, bytes: &[u8], is_whole: bool, task: Task) -> Result<Answer> {
        let mut tries = 0;
        loop {
            let lost = match self.ask(bytes, is_whole, task)? {
                Ok(answer) => {
                    if answer.as_ref().is_err_and(|error| error.kind == Kind::DecoderCrashed) {
                        // It says that it came to harm.
                        self.child = None;
                    }
                    return answer;
                }
                Err(lost) => lost,
            };
            self.child = None;
            tries += 1;
            if matches!(lost, Lost::Overdue) {
                let seconds = self.orders.patience.as_secs_f64();
                let why = format!("its worker had not finished it after {seconds} s");
                return Err(Error::new(Kind::TimedOut, why).hint("raise --photo-timeout"));
            }
            if tries == TRIES {
                return Err(Error::new(
                    Kind::DecoderCrashed,
                    format!("it took {tries} workers down; the last: {lost}"),
                ));
            }
        }
    }

    fn cpu(&self) -> Duration {
        self.child.as_ref().and_then(|child| cpu_of(child.id())).unwrap_or_default()
    }
}
