//! Cropping and shrinking a whole set: readers → decoders → OUT.
//!
//! Readers fetch whole photos in set order; decoders follow the recipe, each photo on one thread; the
//! calling thread puts pictures under their final names and tells what happened in set order. The
//! bytes between readers and decoders are bounded. A photo that fails, and a decoder that panics,
//! cost that photo. Outputs and the order of faults are the same for any number of threads.
//!
//! Left out on purpose: finding photos (that is `scan`), and anything that writes beside an original.

mod budget;
mod collect;
mod names;
mod order;
mod output;
mod perform;
mod plan;
mod read;
mod report;

pub use output::{Existing, Output};
pub use perform::{Performer, Picture};
pub use plan::CropPlan;
pub use report::{Ended, Report};

use crate::error::{Error, Kind, Result};
use crate::event::{Event, Observer, Stop};
use crate::fs::{FileId, Fs};
use crate::photo::PhotoSet;
use collect::Collector;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use read::{Job, Source};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How often an idle decoder looks whether the run was stopped.
const LOOK: Duration = Duration::from_millis(50);

/// What every thread that decodes is called, with its number behind it.
pub const DECODER_THREAD: &str = "decoder";

/// A photo that a decoder is done with.
struct Done {
    index: usize,
    bytes_read: u64,
    result: Result<(PathBuf, FileId, Picture)>,
}

/// Crops every photo of `set` into `output`.
///
/// One photo that fails is a fault in the report. Events come from the calling thread.
///
/// # Errors
/// [`Kind::Usage`] before any work: for a recipe with a stage that is not performed, and for roots
/// whose outputs would share a folder. [`Kind::Bug`] when no thread can be started.
pub fn crop(
    set: &Arc<PhotoSet>,
    plan: &CropPlan,
    output: &mut Output,
    fs: &Fs,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<Report> {
    perform::check_recipe(&plan.recipe)?;
    let names = plan.names(set.roots(), fs)?;
    let collisions = names.collisions(set, output.folds_case());
    output.guard(folders_of_originals(set, fs));
    observer.on(Event::BatchStarted { photos: set.len() as u64 });

    let source = Source::new(set, names, collisions, plan, fs, stop);
    let jobs = start_readers(source, plan.readers().min(set.len()))?;
    let done = start_decoders(plan, &jobs, stop)?;
    let mut collector = Collector::new(set, output, observer);
    for done in done {
        if !collector.take(done) {
            stop.set();
        }
    }
    Ok(collector.finish(stop))
}

/// Returns every folder that a photo of the set lies in, and the roots that were walked.
fn folders_of_originals(set: &PhotoSet, fs: &Fs) -> HashSet<FileId> {
    let mut folders = HashSet::new();
    let mut note = |path: &Path| {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        // A folder that is gone by now can no longer be written into.
        folders.extend(fs.status(path).map(|status| status.id));
    };
    let walked = set.roots().iter().filter(|root| !root.is_file());
    walked.for_each(|root| note(&root.path));
    let mut last = None;
    for parent in set.iter().filter_map(|photo| photo.path.parent()) {
        if last.replace(parent) != Some(parent) {
            note(parent);
        }
    }
    folders
}

fn start_readers(source: Source, readers: usize) -> Result<Receiver<Job>> {
    let (send, jobs) = bounded(readers.max(1));
    let source = Arc::new(source);
    for number in 0..readers {
        let (source, send) = (Arc::clone(&source), send.clone());
        std::thread::Builder::new()
            .name(format!("reader {number}"))
            .spawn(move || source.run(&send))
            .map_err(|error| Error::new(Kind::Bug, "cannot start a thread").because(error))?;
    }
    Ok(jobs)
}

fn start_decoders(plan: &CropPlan, jobs: &Receiver<Job>, stop: &Stop) -> Result<Receiver<Done>> {
    let decoders = plan.decoders();
    let (send, done) = bounded(decoders);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(decoders)
        .thread_name(|number| format!("{DECODER_THREAD} {number}"))
        .build()
        .map_err(|error| Error::new(Kind::Bug, format!("cannot start threads: {error}")))?;
    for _ in 0..decoders {
        let mut performer = Performer::new(plan.recipe.clone(), plan.limits)?;
        let (jobs, send, stop) = (jobs.clone(), send.clone(), stop.clone());
        pool.spawn(move || decode(|bytes| performer.perform(bytes), &jobs, &send, &stop));
    }
    Ok(done)
}

/// Takes jobs until there are no more; after a stop, until those that were read are done.
fn decode(
    mut perform: impl FnMut(&[u8]) -> Result<Picture>,
    jobs: &Receiver<Job>,
    done: &Sender<Done>,
    stop: &Stop,
) {
    loop {
        let job = match jobs.recv_timeout(LOOK) {
            Ok(job) => job,
            Err(RecvTimeoutError::Timeout) if !stop.is_set() => continue,
            Err(_) => return,
        };
        let bytes_read = job.content.as_ref().map_or(0, |content| content.bytes.len() as u64);
        let result = job.content.and_then(|content| {
            // What a panic leaves in the performer is memory that the next photo overwrites.
            let picture = catch_unwind(AssertUnwindSafe(|| perform(&content.bytes)))
                .unwrap_or_else(|_| Err(Error::new(Kind::DecoderCrashed, "the decoder panicked")))?;
            Ok((content.output, content.original, picture))
        });
        if done.send(Done { index: job.index, bytes_read, result }).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use budget::Budget;

    #[test]
    fn a_panic_in_a_decoder_costs_that_photo() {
        let (send, jobs) = bounded(3);
        let (stop, budget) = (Stop::default(), Budget::new(100));
        for (index, byte) in [b'a', b'!', b'c'].into_iter().enumerate() {
            let share = budget.take(1, &stop).unwrap();
            let (output, original) = (PathBuf::from("x"), FileId { device: 0, inode: 0 });
            let content = read::Content { bytes: vec![byte], output, original, _share: share };
            send.send(Job { index, content: Ok(content) }).unwrap();
        }
        drop(send);
        let (done, results) = bounded(3);
        let perform = |bytes: &[u8]| {
            assert_ne!(bytes, b"!", "this panic is part of the test");
            Err(Error::new(Kind::Outside, "decoded"))
        };
        decode(perform, &jobs, &done, &stop);
        drop(done);
        let kinds: Vec<_> = results.iter().map(|done| done.result.unwrap_err().kind).collect();
        assert_eq!(kinds, [Kind::Outside, Kind::DecoderCrashed, Kind::Outside]);
        assert!(budget.take(100, &stop).is_some(), "its bytes are given back");
    }
}
