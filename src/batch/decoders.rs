//! Decoders: threads that hand photos to workers, and write what those make of them.

use super::output::{CANNOT_WRITE, Original, Staged, Staging};
use super::perform::Picture;
use super::plan::OnFault;
use super::read::{Content, Fetched, Job, Ticket};
use super::worker::{Answer, Task, Worker};
use crate::error::{Error, Kind, Result};
use crate::event::Stop;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
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

/// Starts a thread for each worker.
pub(super) fn start_decoders(
    workers: Vec<Box<dyn Worker>>,
    on_fault: OnFault,
    jobs: &Receiver<Job>,
    stop: &Stop,
    make: impl Fn(&mut dyn Worker, Content, &Path) -> Result<Made> + Clone + Send + 'static,
) -> Result<Receiver<Done>> {
    let (send, done) = bounded(DONE);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(workers.len())
        .thread_name(|number| format!("{DECODER_THREAD} {number}"))
        .build()
        .map_err(|error| Error::new(Kind::Bug, format!("cannot start threads: {error}")))?;
    for mut worker in workers {
        let (jobs, send, stop, make) = (jobs.clone(), send.clone(), stop.clone(), make.clone());
        pool.spawn(move || {
            decode(|content, output| make(&mut *worker, content, output), &jobs, &send, on_fault, &stop);
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
            // What a panic leaves in a worker is memory that the next photo overwrites.
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
        if stop.is_set() && result.as_ref().is_err_and(|error| error.kind == Kind::TimedOut) {
            // It was not given the time that it may take: the next run will.
            return;
        }
        let ends_all = |error: &Error| error.kind == Kind::Bug || on_fault == OnFault::Stop;
        if result.as_ref().is_err_and(ends_all) {
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
    worker: &mut dyn Worker,
    content: Content,
    staging: &Staging,
    path: &Path,
) -> Result<Made> {
    let mut picture = match worker.work(&content.bytes, content.is_whole, Task::Make)? {
        Answer::Picture(picture) => picture,
        Answer::More(upto) => return Ok(Made::More { content, upto }),
        other => return Err(other.unasked()),
    };
    let Content { bytes, original, share, .. } = content;
    drop((bytes, share));
    let staged = staging
        .stage(&std::mem::take(&mut picture.bytes))
        .map_err(|error| Error::new(Kind::OutputFailed, CANNOT_WRITE).at(path).because(error))?;
    Ok(Made::Product(Product::Staged { picture: *picture, original, staged }))
}

/// Tells what would be made of a photo.
pub(super) fn plan(worker: &mut dyn Worker, content: Content) -> Result<Made> {
    match worker.work(&content.bytes, content.is_whole, Task::Plan)? {
        Answer::Picture(picture) => Ok(Made::Product(Product::Planned(*picture))),
        Answer::More(upto) => Ok(Made::More { content, upto }),
        other => Err(other.unasked()),
    }
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
