//! Threads: readers fetch, decoders make, and the calling thread takes what they made.

use super::collect::Collector;
use super::output::{CANNOT_WRITE, Original, Output, Staged, Staging};
use super::perform::{Performer, Picture};
use super::plan::{CropPlan, OnFault};
use super::read::{Content, Fetched, Job, Source, Ticket};
use super::readers::Readers;
use super::report::Report;
use crate::error::{Error, Kind, Result};
use crate::event::{Event, Observer, Stop};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
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
pub(super) struct Done {
    pub(super) ticket: Ticket,
    pub(super) work: Duration,
    pub(super) result: Result<Product>,
}

/// What came of the bytes of a photo.
pub(super) enum Made {
    /// All that there is to make.
    Product(Product),
    /// The picture takes more of the file: its first `upto` bytes; `u64::MAX` is all.
    More { content: Content, upto: u64 },
}

/// What came of a photo, before it has its name.
pub(super) enum Product {
    /// The output is there; its bytes.
    There(u64),
    /// A dry run would make it.
    Planned(Picture),
    /// It is written, without its name; the picture has no bytes any more.
    Staged { picture: Picture, original: Original, staged: Staged },
}

/// Starts all threads, and takes what they make until they are done.
pub(super) fn run(
    source: Source,
    plan: &CropPlan,
    output: Option<&mut Output>,
    observer: &dyn Observer,
    stop: &Stop,
    make: impl Fn(&mut Performer, Content, &Path) -> Result<Made> + Clone + Send + 'static,
) -> Result<Report> {
    let set = source.set().clone();
    observer.on(Event::BatchStarted { photos: set.len() as u64 });
    let told = Arc::clone(&source.told);
    let (mut readers, jobs) = Readers::start(&Arc::new(source), plan, observer)?;
    let done = start_decoders(plan, &jobs, stop, make)?;
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

fn start_decoders(
    plan: &CropPlan,
    jobs: &Receiver<Job>,
    stop: &Stop,
    make: impl Fn(&mut Performer, Content, &Path) -> Result<Made> + Clone + Send + 'static,
) -> Result<Receiver<Done>> {
    let decoders = plan.decoders();
    let (send, done) = bounded(DONE);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(decoders)
        .thread_name(|number| format!("{DECODER_THREAD} {number}"))
        .build()
        .map_err(|error| Error::new(Kind::Bug, format!("cannot start threads: {error}")))?;
    for _ in 0..decoders {
        let mut performer = Performer::new(plan.recipe.clone(), plan.limits);
        let (jobs, send, stop, make) = (jobs.clone(), send.clone(), stop.clone(), make.clone());
        let on_fault = plan.on_fault;
        pool.spawn(move || {
            decode(|content, output| make(&mut performer, content, output), &jobs, &send, on_fault, &stop);
        });
    }
    Ok(done)
}

/// Takes jobs until there are no more, or a stop: what was only read by then is not begun.
fn decode(
    mut make: impl FnMut(Content, &Path) -> Result<Made>,
    jobs: &Receiver<Job>,
    done: &Sender<Done>,
    on_fault: OnFault,
    stop: &Stop,
) {
    while !stop.is_set() {
        let Job { ticket, fetched } = match jobs.recv_timeout(LOOK) {
            Ok(job) => job,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let begun = Instant::now();
        let output = ticket.output.as_deref().unwrap_or(Path::new(""));
        let made = fetched.and_then(|fetched| match fetched {
            Fetched::There(bytes) => Ok(Made::Product(Product::There(bytes))),
            // What a panic leaves in the performer is memory that the next photo overwrites.
            Fetched::Content(content) => catch_unwind(AssertUnwindSafe(|| make(content, output)))
                .unwrap_or_else(|_| Err(Error::new(Kind::DecoderCrashed, "the decoder panicked"))),
        });
        let (ticket, result) = match made {
            Ok(Made::Product(product)) => (ticket, Ok(product)),
            Ok(Made::More { content, upto }) => match content.ask_for_more(ticket, upto) {
                None => continue,
                Some(ticket) => {
                    (ticket, Err(Error::new(Kind::Bug, "more was wanted of a photo than there is")))
                }
            },
            Err(error) => (ticket, Err(error)),
        };
        if result.is_err() && on_fault == OnFault::Stop {
            // Now, not when it is told: others would go on meanwhile.
            stop.set();
        }
        if done.send(Done { ticket, work: begun.elapsed(), result }).is_err() {
            return;
        }
    }
}

/// Makes a picture of a photo and writes it, as yet without its name.
pub(super) fn make(
    performer: &mut Performer,
    content: Content,
    staging: &Staging,
    path: &Path,
) -> Result<Made> {
    let mut picture = match (performer.take_shortcut(&content.bytes, content.is_whole), content.is_whole) {
        (Some(picture), _) => picture,
        (None, true) => performer.perform_all(&content.bytes)?,
        // What was to suffice is damaged.
        (None, false) => return Ok(Made::More { content, upto: u64::MAX }),
    };
    let Content { bytes, original, share, .. } = content;
    drop((bytes, share));
    let staged = staging
        .stage(&std::mem::take(&mut picture.bytes))
        .map_err(|error| Error::new(Kind::OutputFailed, CANNOT_WRITE).at(path).because(error))?;
    Ok(Made::Product(Product::Staged { picture, original, staged }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::budget::Budget;
    use crate::fs::FileId;

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
                represents: (0, 0),
            };
            let original = Original { path: "x".into(), status };
            let content = Content { bytes: vec![byte], is_whole: true, original, rest: None, share };
            let ticket = Ticket { index, output: None, size: Some(1), read: Duration::ZERO };
            send.send(Job { ticket, fetched: Ok(Fetched::Content(content)) }).unwrap();
        }
        drop(send);
        let (done, results) = bounded(3);
        let make = |content: Content, _: &Path| {
            assert_ne!(content.bytes, b"!", "this panic is part of the test");
            Err(Error::new(Kind::Outside, "decoded"))
        };
        decode(make, &jobs, &done, OnFault::Continue, &stop);
        drop(done);
        let kinds: Vec<_> = results.iter().map(|done| done.result.err().unwrap().kind).collect();
        assert_eq!(kinds, [Kind::Outside, Kind::DecoderCrashed, Kind::Outside]);
        assert!(budget.take(100, &stop).is_some(), "its bytes are given back");
    }
}
