//! The loads that read photos. Those that compute, `decode` and `crop`: readers feed workers, as they do when photos are
//! cropped; what is made is thrown away. Those that wait for the drive, `head` and `read`: nothing is done with the bytes;
//! where workers are processes they are handed over to them, which is what the same crop would pay beside the waiting.

use super::crew::Crew;
use super::fetch::{HEAD, Portion, Step, fetch};
use super::{Asked, Done, Task, Work};
use crate::batch::{Budget, CropPlan, DECODER_THREAD, Share, Worker, WorkerKind};
use crate::error::{Error, Kind, Result};
use crate::event::Stop;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Reads photos, and has workers make something of them.
pub(super) struct Photos {
    portion: Portion,
    asked: Asked,
    crew: Crew,
}

/// A photo on its way to a worker; its share of the memory is given back behind it.
struct Job {
    photo: u32,
    bytes: Vec<u8>,
    _share: Option<Share>,
}

/// What went wrong with the photos of a run.
#[derive(Default)]
struct Bad {
    photos: AtomicU64,
    /// What ends all: there are no workers any more.
    end: Mutex<Option<Error>>,
}

impl Photos {
    pub(super) fn new(portion: Portion, asked: Asked) -> Self {
        Self { portion, asked, crew: Crew::default() }
    }

    /// Tells whether bytes are left alone when they are read.
    fn is_reading(&self, task: &Task<'_>) -> bool {
        self.asked == Asked::Take && task.setting.workers == WorkerKind::Threads
    }
}

impl Work for Photos {
    fn prepare(&self, task: &Task<'_>) -> Result<()> {
        match self.is_reading(task) {
            true => Ok(()),
            false => self.crew.start(task.setting.workers, &task.ground.plan),
        }
    }

    fn workers_cpu(&self) -> Duration {
        self.crew.cpu()
    }

    fn run(&self, task: &Task<'_>) -> Result<Done> {
        if self.is_reading(task) {
            return fetch(task, self.portion, &|| Box::new(|_, _, _| true));
        }
        let mut workers = self.crew.of(task.setting.workers);
        let (send, jobs) = bounded(task.setting.readers as usize);
        let budget = Budget::new(CropPlan::IN_FLIGHT.0.saturating_mul(workers.len() as u64));
        let bad = Bad::default();
        let fetched = std::thread::scope(|scope| {
            for (number, worker) in workers.iter_mut().enumerate() {
                let (jobs, bad) = (jobs.clone(), &bad);
                let thread = std::thread::Builder::new().name(format!("{DECODER_THREAD} {number}"));
                thread
                    .spawn_scoped(scope, move || make_all(task, &mut **worker, self.asked, &jobs, bad))
                    .map_err(|error| Error::new(Kind::Bug, "cannot start a thread").because(error))?;
            }
            // Readers must not wait for workers that are gone.
            drop(jobs);
            let fetched = feed(task, self.portion, &budget, &send);
            drop(send);
            fetched
        });
        let mut done = fetched?;
        if let Some(error) = bad.end.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        done.photos -= bad.photos.into_inner().min(done.photos);
        Ok(done)
    }
}

/// Reads photos and hands them to the workers, no more at a time than may be in memory.
fn feed(task: &Task<'_>, portion: Portion, budget: &Arc<Budget>, send: &Sender<Job>) -> Result<Done> {
    fetch(task, portion, &|| {
        // A run that was begun is finished: it is short, and half of it says nothing.
        let never = Stop::default();
        let mut share = None;
        Box::new(move |photo, step, bytes| match step {
            Step::Opened(len) => {
                let len = if portion == Portion::Head { len.min(HEAD as u64) } else { len };
                // A photo that failed has left its share, without which others could wait for ever.
                drop(share.take());
                share = budget.take(len, &never);
                true
            }
            Step::Read => {
                send.send(Job { photo, bytes: std::mem::take(bytes), _share: share.take() }).is_ok()
            }
        })
    })
}

/// Has one worker make something of photos until no more come; those that fail are told, and counted.
fn make_all(task: &Task<'_>, worker: &mut dyn Worker, asked: Asked, jobs: &Receiver<Job>, bad: &Bad) {
    for Job { photo, bytes, _share } in jobs {
        let made = catch_unwind(AssertUnwindSafe(|| worker.work(&bytes, true, asked).map(drop)))
            .unwrap_or_else(|_| Err(Error::new(Kind::DecoderCrashed, "the decoder panicked")));
        match made {
            Ok(()) => {}
            Err(error) if error.kind == Kind::Bug => {
                // The rest is taken nevertheless: readers would wait.
                bad.end.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            }
            Err(error) => {
                bad.photos.fetch_add(1, Ordering::Relaxed);
                task.ground.fault(photo, error);
            }
        }
    }
}
