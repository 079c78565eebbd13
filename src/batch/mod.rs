//! Cropping and shrinking a whole set: readers → decoders → OUT.
//!
//! Readers fetch whole photos in set order; decoders follow the recipe, each photo on one thread; the
//! calling thread puts pictures under their final names and tells what happened in set order. The
//! bytes between readers and decoders are bounded. A photo that fails, and a decoder that panics,
//! cost that photo. Outputs and the order of faults are the same for any number of threads.
//!
//! What was done is noted in a journal in OUT, so that the same command makes what is missing or out of
//! date. An output is absent or whole: it is written without its name, waited for together with some
//! dozen others, and then named.
//!
//! Left out on purpose: finding photos (that is `scan`), and anything that writes beside an original.
//!
//! A whole folder:
//!
//! ```
//! use jpegasus::batch::{CropPlan, crop};
//! use jpegasus::event::{Event, Nobody, Observer};
//! use jpegasus::fs::Fs;
//! use jpegasus::scan::{ScanPlan, scan};
//! use std::sync::Arc;
//!
//! /// Tells what came of each photo.
//! struct Teller;
//!
//! impl Observer for Teller {
//!     fn on(&self, event: Event<'_>) {
//!         if let Event::PhotoTold(outcome) = event {
//!             println!("{}: {}", outcome.path.display(), outcome.result.name());
//!         }
//!     }
//! }
//!
//! let roots = vec!["fixtures/photos/sizes".into()];
//! let photos = ScanPlan { roots, ..ScanPlan::default() };
//! let (set, _) = scan(&photos, &Fs::default(), Arc::new(Nobody))?.into_set();
//! # let dir = tempfile::tempdir().unwrap();
//! # let out = dir.path().join("thumbs");
//! let plan = CropPlan::new("orient,cover=64x64@center,jpeg=80".parse()?, &out);
//! let report = crop(&set, &plan, &Teller)?;
//! assert_eq!(report.written, set.len() as u64);
//! assert_eq!(crop(&set, &plan, &Teller)?.already_there, report.written);
//! # Ok::<(), jpegasus::error::Error>(())
//! ```
//!
//! One photo in memory, from bytes to bytes:
//!
//! ```
//! use jpegasus::batch::Performer;
//! use jpegasus::jpeg::Limits;
//! let photo = std::fs::read("fixtures/photos/camera-a/IMG_0001.JPG").unwrap();
//! let mut performer = Performer::new("orient,inside=128x128,webp".parse()?, Limits::default())?;
//! let picture = performer.perform(&photo)?;
//! assert_eq!(picture.dims.to_string(), "128x96");
//! assert!(picture.bytes.starts_with(b"RIFF"));
//! # Ok::<(), jpegasus::error::Error>(())
//! ```

mod budget;
mod collect;
mod journal;
mod names;
mod order;
mod origins;
mod output;
mod perform;
mod plan;
mod read;
mod report;

pub use output::{Existing, Output, Sync};
pub use perform::{Damage, Performer, Picture};
pub use plan::{CropPlan, OnFault};
pub use report::{Ended, Report};

use crate::error::{Error, Kind, Result};
use crate::event::{Event, Observer, Stop};
use crate::fs::{FileId, Fs};
use crate::photo::PhotoSet;
use collect::Collector;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use output::{CANNOT_WRITE, Original, Staged, Staging};
use read::{Content, Fetched, Job, Portion, Source, Ticket};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often an idle decoder looks whether the run was stopped.
const LOOK: Duration = Duration::from_millis(50);

/// Photos that may be done and not yet named, so that no decoder waits while names are given: their
/// pictures are on the drive already.
const DONE: usize = 256;

/// What every thread that decodes is called, with its number behind it.
pub const DECODER_THREAD: &str = "decoder";

/// A photo that a decoder is done with.
struct Done {
    ticket: Ticket,
    work: Duration,
    result: Result<Product>,
}

/// What came of a photo, before it has its name.
enum Product {
    /// The output is there; its bytes.
    There(u64),
    /// A dry run would make it.
    Planned(Picture),
    /// It is written, without its name; the picture has no bytes any more.
    Staged { picture: Picture, original: Original, staged: Staged },
}

/// Crops every photo of `set` as `plan` says.
///
/// OUT is made, locked for the time being, and what was done before is not done again. One photo that
/// fails is a fault in the report; what came of each is told to `observer`, in set order and from
/// this thread.
///
/// # Errors
/// [`Kind::Usage`] before any work: for a recipe with a stage that is not performed, for roots whose
/// outputs would share a folder, and when another run writes to OUT. [`Kind::OutputFailed`] when OUT
/// cannot be made or written to. [`Kind::Bug`] when no thread can be started.
pub fn crop(set: &PhotoSet, plan: &CropPlan, observer: &dyn Observer) -> Result<Report> {
    let fs = Fs::default();
    plan.check(set.roots(), &fs)?;
    let mut output = Output::open(&fs, plan)?;
    crop_into(set, plan, &mut output, &fs, observer, &Stop::default())
}

/// Crops every photo of `set` into an OUT that is open, until somebody asks to stop.
///
/// # Errors
/// As [`crop`].
pub fn crop_into(
    set: &PhotoSet,
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
    let mut source = Source::new(set, names, collisions, plan, fs, stop);
    source.vouch = Some(output.vouch());
    let staging = output.staging();
    let out = plan.out.clone();
    run(source, plan, Some(output), observer, stop, move |performer, content, output| {
        make(performer, content, &staging, &out.join(output))
    })
}

/// Tells what [`crop`] would do, by the heads of the photos; writes nothing and makes no OUT.
///
/// Each photo that would be made is [`Planned`](crate::event::PhotoResult::Planned). Letter case is
/// taken to matter in OUT.
///
/// # Errors
/// [`Kind::Usage`] and [`Kind::Bug`] as [`crop`]; [`Kind::Unreadable`] when OUT is there but its journal
/// cannot be read.
pub fn dry_run(
    set: &PhotoSet,
    plan: &CropPlan,
    fs: &Fs,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<Report> {
    perform::check_recipe(&plan.recipe)?;
    let names = plan.names(set.roots(), fs)?;
    let collisions = names.collisions(set, false);
    let mut source = Source::new(set, names, collisions, plan, fs, stop);
    source.vouch = output::peek(fs, &plan.out)?;
    source.portion = Portion::Head;
    run(source, plan, None, observer, stop, |performer, content, _| {
        let picture = performer.plan(&content.bytes, content.is_whole)?;
        picture
            .map(Product::Planned)
            .ok_or_else(|| Error::new(Kind::Truncated, "the file ends within its header"))
    })
}

/// Returns every folder that a photo of the set lies in, and the roots that were walked.
fn folders_of_originals(set: &PhotoSet, fs: &Fs) -> HashSet<FileId> {
    let mut folders = HashSet::new();
    let mut note = |path: &Path| {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        // A folder that is gone by now can no longer be written into.
        folders.extend(fs.status(path).map(|status| status.id));
    };
    let walked = set.roots().iter().filter(|root| root.is_folder());
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

/// Starts all threads, and takes what they make until they are done.
fn run(
    source: Source,
    plan: &CropPlan,
    output: Option<&mut Output>,
    observer: &dyn Observer,
    stop: &Stop,
    make: impl Fn(&mut Performer, Content, &Path) -> Result<Product> + Clone + Send + 'static,
) -> Result<Report> {
    let set = source.set.clone();
    observer.on(Event::BatchStarted { photos: set.len() as u64 });
    let jobs = start_readers(source, plan.readers().min(set.len()))?;
    let done = start_decoders(plan, &jobs, stop, make)?;
    let mut collector = Collector::new(&set, plan, output, observer);
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

fn start_decoders(
    plan: &CropPlan,
    jobs: &Receiver<Job>,
    stop: &Stop,
    make: impl Fn(&mut Performer, Content, &Path) -> Result<Product> + Clone + Send + 'static,
) -> Result<Receiver<Done>> {
    let decoders = plan.decoders();
    let (send, done) = bounded(DONE);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(decoders)
        .thread_name(|number| format!("{DECODER_THREAD} {number}"))
        .build()
        .map_err(|error| Error::new(Kind::Bug, format!("cannot start threads: {error}")))?;
    for _ in 0..decoders {
        let mut performer = Performer::new(plan.recipe.clone(), plan.limits)?;
        let (jobs, send, stop, make) = (jobs.clone(), send.clone(), stop.clone(), make.clone());
        pool.spawn(move || {
            decode(|content, output| make(&mut performer, content, output), &jobs, &send, &stop);
        });
    }
    Ok(done)
}

/// Takes jobs until there are no more; after a stop, until those that were read are done.
fn decode(
    mut make: impl FnMut(Content, &Path) -> Result<Product>,
    jobs: &Receiver<Job>,
    done: &Sender<Done>,
    stop: &Stop,
) {
    loop {
        let Job { ticket, fetched } = match jobs.recv_timeout(LOOK) {
            Ok(job) => job,
            Err(RecvTimeoutError::Timeout) if !stop.is_set() => continue,
            Err(_) => return,
        };
        let begun = Instant::now();
        let output = ticket.output.as_deref().unwrap_or(Path::new(""));
        let result = fetched.and_then(|fetched| match fetched {
            Fetched::There(bytes) => Ok(Product::There(bytes)),
            // What a panic leaves in the performer is memory that the next photo overwrites.
            Fetched::Content(content) => catch_unwind(AssertUnwindSafe(|| make(content, output)))
                .unwrap_or_else(|_| Err(Error::new(Kind::DecoderCrashed, "the decoder panicked"))),
        });
        if done.send(Done { ticket, work: begun.elapsed(), result }).is_err() {
            return;
        }
    }
}

/// Makes a picture of a photo and writes it, as yet without its name.
fn make(performer: &mut Performer, content: Content, staging: &Staging, path: &Path) -> Result<Product> {
    let Content { bytes, original, .. } = content;
    let mut picture = performer.perform(&bytes)?;
    drop(bytes);
    let staged = staging
        .stage(&std::mem::take(&mut picture.bytes))
        .map_err(|error| Error::new(Kind::OutputFailed, CANNOT_WRITE).at(path).because(error))?;
    Ok(Product::Staged { picture, original, staged })
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
            let status = crate::fs::Status {
                kind: crate::fs::FileKind::File,
                id: FileId { device: 0, inode: 0 },
                len: 1,
                modified: 0,
            };
            let original = Original { path: "x".into(), status };
            let content = Content { bytes: vec![byte], is_whole: true, original, _share: share };
            let ticket = Ticket { index, output: None, size: Some(1), read: Duration::ZERO };
            send.send(Job { ticket, fetched: Ok(Fetched::Content(content)) }).unwrap();
        }
        drop(send);
        let (done, results) = bounded(3);
        let make = |content: Content, _: &Path| {
            assert_ne!(content.bytes, b"!", "this panic is part of the test");
            Err(Error::new(Kind::Outside, "decoded"))
        };
        decode(make, &jobs, &done, &stop);
        drop(done);
        let kinds: Vec<_> = results.iter().map(|done| done.result.err().unwrap().kind).collect();
        assert_eq!(kinds, [Kind::Outside, Kind::DecoderCrashed, Kind::Outside]);
        assert!(budget.take(100, &stop).is_some(), "its bytes are given back");
    }
}
