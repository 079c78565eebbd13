//! Threads: readers fetch, decoders make, and the calling thread takes what they made.

use super::collect::Collector;
use super::decoders::{Product, start_decoders};
use super::output::Output;
use super::plan::CropPlan;
use super::read::{Content, Job, Portion, Source};
use super::report::Report;
use super::worker::{self, Staff, Worker};
use crate::device::{Lane, Policy, Queue, settle};
use crate::error::{Error, Kind, Result};
use crate::event::{Event, Observer, Stop};
use crate::fs::descriptor_limit;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use std::path::Path;
use std::sync::Arc;

/// Photos that may wait for a decoder; their bytes are bounded besides.
const WAITING: usize = 64;

/// A descriptor of so many may be that of a photo of which a part is read, waiting for a decoder; as many are
/// there for readers.
const DESCRIPTORS: u64 = 16;

/// Starts all threads, and takes what they make until they are done.
pub(super) fn run(
    mut source: Source,
    plan: &CropPlan,
    output: Option<&mut Output>,
    observer: &dyn Observer,
    stop: &Stop,
    make: impl Fn(&mut dyn Worker, Content, &Path) -> Result<Product> + Clone + Send + 'static,
) -> Result<Report> {
    let set = source.set().clone();
    let Staff { workers, told: kind, are_processes, are_unconfined } = worker::start(plan)?;
    observer.on(Event::WorkersStarted { count: workers.len(), kind: &kind, are_unconfined });
    if are_processes && source.portion != Portion::Whole {
        source.portion = Portion::First;
    }
    observer.on(Event::BatchStarted { photos: set.len() as u64 });
    let told = Arc::clone(&source.told);
    let jobs = start_readers(&Arc::new(source), plan, observer)?;
    let done = start_decoders(workers, plan.on_fault, &jobs, stop, make)?;
    let mut collector = Collector::new(&set, plan, output, observer, told);
    loop {
        match done.recv_timeout(collector.patience()) {
            Ok(done) => {
                if !collector.take(done) {
                    stop.set();
                }
            }
            Err(RecvTimeoutError::Timeout) => collector.flush(),
            Err(RecvTimeoutError::Disconnected) => return Ok(collector.finish(stop)),
        }
    }
}

/// Starts the readers of every drive that photos lie on, each drive with its own.
fn start_readers(source: &Arc<Source>, plan: &CropPlan, observer: &dyn Observer) -> Result<Receiver<Job>> {
    let most = usize::try_from(descriptor_limit() / DESCRIPTORS).unwrap_or(usize::MAX);
    let (send, jobs) = bounded(most.clamp(1, WAITING));
    let lanes = settle(&source.originals, &plan.reading);
    let most = (most / lanes.len().max(1)).max(1);
    for (number, (Lane { volume, photos }, reading)) in lanes.into_iter().enumerate() {
        let Policy { heads, whole, order, read_size, .. } = reading.policy;
        let readers = if source.portion == Portion::Whole { whole } else { heads }
            .clamp(1, photos.len().clamp(1, most));
        let what = format!("{}; readers: {readers}, order: {order}", reading.why);
        observer.on(Event::Note { path: &volume.mount_point, what: &what });
        let queue = Arc::new(Queue::new(photos, order));
        for reader in 0..readers {
            let (source, queue, send) = (Arc::clone(source), Arc::clone(&queue), send.clone());
            std::thread::Builder::new()
                .name(format!("reader {number}.{reader}"))
                .spawn(move || {
                    let _stops = StopsOnPanic(source.stop().clone());
                    source.run(&queue, read_size, &send);
                })
                .map_err(|error| Error::new(Kind::Bug, "cannot start a thread").because(error))?;
        }
    }
    Ok(jobs)
}

/// Ends the run when a reader panics: others could wait for what it had in hand.
struct StopsOnPanic(Stop);

impl Drop for StopsOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.set();
        }
    }
}
