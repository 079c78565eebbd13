//! The loads `decode` and `crop`: readers feed decoders, as they do when photos are cropped; what is made is
//! thrown away.

use super::fetch::{Portion, Step, fetch};
use super::{Done, Task, Work};
use crate::batch::{Budget, CropPlan, DECODER_THREAD, Performer, Share};
use crate::codec::Decoder;
use crate::error::{Error, Kind, Result};
use crate::event::Stop;
use crate::jpeg::{Header, Scale, View};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is made of each photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Make {
    /// All its pixels.
    Frame,
    /// The picture that the recipe says.
    Picture,
}

/// Reads photos and makes something of them.
pub(super) struct Compute(pub(super) Make);

/// A photo on its way to a decoder; its share of the memory is given back behind it.
struct Job {
    photo: u32,
    bytes: Vec<u8>,
    _share: Option<Share>,
}

impl Work for Compute {
    fn run(&self, task: &Task<'_>) -> Result<Done> {
        let decoders = task.ground.plan.decoders();
        let (send, jobs) = bounded(task.setting.readers as usize);
        let budget = Budget::new(CropPlan::IN_FLIGHT.0.saturating_mul(decoders as u64));
        let bad = AtomicU64::new(0);
        let fetched = std::thread::scope(|scope| {
            for number in 0..decoders {
                let (jobs, bad) = (jobs.clone(), &bad);
                let thread = std::thread::Builder::new().name(format!("{DECODER_THREAD} {number}"));
                thread
                    .spawn_scoped(scope, move || make_all(task, self.0, &jobs, bad))
                    .map_err(|error| Error::new(Kind::Bug, "cannot start a thread").because(error))?;
            }
            // Readers must not wait for decoders that are gone.
            drop(jobs);
            let fetched = feed(task, &budget, &send);
            drop(send);
            fetched
        });
        let mut done = fetched?;
        done.photos -= bad.load(Ordering::Relaxed).min(done.photos);
        Ok(done)
    }
}

/// Reads photos and hands them to the decoders, no more at a time than may be in memory.
fn feed(task: &Task<'_>, budget: &Arc<Budget>, send: &Sender<Job>) -> Result<Done> {
    fetch(task, Portion::Whole, &|| {
        // A run that was begun is finished: it is short, and half of it says nothing.
        let never = Stop::default();
        let mut share = None;
        Box::new(move |photo, step, bytes| match step {
            Step::Opened(len) => {
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

/// One decoder: makes pictures until no more photos come; those that fail are told, and counted as `bad`.
fn make_all(task: &Task<'_>, make: Make, jobs: &Receiver<Job>, bad: &AtomicU64) {
    let ground = task.ground;
    let limits = ground.plan.scan.limits;
    let mut performer = Performer::new(ground.plan.recipe.clone(), limits);
    let mut decoder = Decoder::new();
    for Job { photo, bytes, _share } in jobs {
        let mut attempt = || match make {
            Make::Picture => performer.perform(&bytes).map(drop),
            Make::Frame => {
                let header = Header::read(&bytes)?;
                header.check_supported()?;
                header.check_limits(&limits, &View::of_pixels(&header, Scale::Full))?;
                decoder.decode(&bytes, &header, Scale::Full).map(drop)
            }
        };
        let made = catch_unwind(AssertUnwindSafe(&mut attempt))
            .unwrap_or_else(|_| Err(Error::new(Kind::DecoderCrashed, "the decoder panicked")));
        if let Err(error) = made {
            bad.fetch_add(1, Ordering::Relaxed);
            ground.fault(photo, error);
        }
    }
}
