//! Threads: readers fetch, decoders make, and the calling thread takes what they made.

use super::collect::Collector;
use super::decoders::{Made, start_decoders};
use super::output::Output;
use super::plan::CropPlan;
use super::read::{Content, Portion, Source};
use super::readers::Readers;
use super::report::Report;
use super::worker::{self, Staff, Worker};
use crate::error::Result;
use crate::event::{Event, Observer, Stop};
use crossbeam_channel::RecvTimeoutError;
use std::path::Path;
use std::sync::Arc;

/// Starts all threads, and takes what they make until they are done.
pub(super) fn run(
    mut source: Source,
    plan: &CropPlan,
    output: Option<&mut Output>,
    observer: &dyn Observer,
    stop: &Stop,
    make: impl Fn(&mut dyn Worker, Content, &Path) -> Result<Made> + Clone + Send + 'static,
) -> Result<Report> {
    let set = source.set().clone();
    let Staff { workers, told: kind, are_processes, are_unconfined } = worker::start(plan, stop)?;
    observer.on(Event::WorkersStarted { count: workers.len(), kind: &kind, are_unconfined });
    if are_processes && source.portion != Portion::Whole {
        source.portion = Portion::First;
    }
    observer.on(Event::BatchStarted { photos: set.len() as u64 });
    let told = Arc::clone(&source.told);
    let (mut readers, jobs) = Readers::start(&Arc::new(source), plan, observer)?;
    let done = start_decoders(workers, plan.on_fault, &jobs, stop, make)?;
    let mut collector = Collector::new(&set, plan, output, observer, told);
    loop {
        for loss in readers.glance() {
            if !collector.do_without(loss) {
                stop.set();
            }
        }
        match done.recv_timeout(collector.patience().min(readers.patience())) {
            Ok(done) => {
                if !collector.take(done) {
                    stop.set();
                }
            }
            Err(RecvTimeoutError::Timeout) if collector.patience().is_zero() => collector.flush(),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                readers.last_losses().into_iter().for_each(|loss| _ = collector.do_without(loss));
                return Ok(collector.finish(stop));
            }
        }
    }
}
