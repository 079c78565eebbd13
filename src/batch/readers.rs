//! The readers of all drives, and who looks after them: one that a drive does not answer is given up, and so
//! is at last the drive.

use super::plan::CropPlan;
use super::read::{Job, Portion, Source, Ticket};
use super::reader::{Drive, Held, Reader};
use crate::device::{self, MOST_LOST, Pace, Patience, Policy, Post, Queue, settle};
use crate::error::{Error, Kind, Result};
use crate::event::{Event, Observer, Stop};
use crate::fs::descriptor_limit;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Photos that may wait for a decoder; their bytes are bounded besides.
const WAITING: usize = 64;

/// A descriptor of so many may be that of a photo of which a part is read, waiting for a decoder; as many are
/// there for readers.
const DESCRIPTORS: u64 = 16;

/// What came of waiting for a drive.
pub(super) enum Loss {
    /// A photo that its drive did not give in time.
    Photo(Ticket, Error),
    /// A drive that did not say where photos lie: they are read by path.
    Order {
        /// Where the drive is mounted.
        mount_point: PathBuf,
    },
    /// A drive that is not asked any more.
    Drive {
        /// Where it is mounted.
        mount_point: PathBuf,
        /// Photos that are not read any more, besides those that were told before.
        photos: Vec<usize>,
    },
}

/// The readers of all drives. They are detached threads: one that hangs in a read is left behind.
pub(super) struct Readers {
    lanes: Vec<Lane>,
    patience: Patience,
    next_glance: Instant,
}

/// The readers of one drive.
struct Lane {
    drive: Arc<Drive>,
    mount_point: PathBuf,
    /// Its place among the drives.
    number: usize,
    patience: Patience,
    pace: Pace,
    posts: Vec<Arc<Post<Held>>>,
    /// How many were given up.
    lost: usize,
}

impl Readers {
    /// Starts the readers of every drive that photos lie on, each drive with its own; returns what they read.
    pub(super) fn start(
        source: &Arc<Source>,
        plan: &CropPlan,
        observer: &dyn Observer,
    ) -> Result<(Self, Receiver<Job>)> {
        let most = usize::try_from(descriptor_limit() / DESCRIPTORS).unwrap_or(usize::MAX);
        let (send, jobs) = bounded(most.clamp(1, WAITING));
        let patience = Patience::new(plan.read_timeout);
        let found = settle(&source.originals, &plan.reading);
        let most = (most / found.len().max(1)).max(1);
        let mut lanes = Vec::new();
        for (number, (device::Lane { volume, photos }, reading)) in found.into_iter().enumerate() {
            let Policy { heads, whole, order, read_size, .. } = reading.policy;
            let readers = if source.portion == Portion::Whole { whole } else { heads }
                .clamp(1, photos.len().clamp(1, most));
            let what = format!("{}; readers: {readers}, order: {order}", reading.why);
            observer.on(Event::Note { path: &volume.mount_point, what: &what });
            let (ask, requests) = unbounded();
            let queue = Queue::new(photos, order);
            let is_failing = AtomicBool::new(false);
            let mut lane = Lane {
                drive: Arc::new(Drive { source: Arc::clone(source), queue, requests, is_failing }),
                mount_point: volume.mount_point,
                number,
                patience,
                pace: Pace::new(reading.kind, read_size, plan.read_timeout),
                posts: Vec::new(),
                lost: 0,
            };
            for _ in 0..readers {
                lane.start(Held::new(&send, &ask))?;
            }
            lanes.push(lane);
        }
        Ok((Self { lanes, patience, next_glance: Instant::now() + patience.glance() }, jobs))
    }

    /// Returns how long to wait for the next glance.
    pub(super) fn patience(&self) -> Duration {
        self.next_glance.saturating_duration_since(Instant::now())
    }

    /// Gives up those who wait for too long, if it is time to look after them.
    pub(super) fn glance(&mut self) -> Vec<Loss> {
        let mut losses = Vec::new();
        let now = Instant::now();
        if now >= self.next_glance {
            self.next_glance = now + self.patience.glance();
            self.lanes.iter_mut().for_each(|lane| lane.glance(&mut losses));
        }
        losses
    }

    /// Returns what is left of drives that were given up, when nobody reads any more.
    pub(super) fn last_losses(&self) -> Vec<Loss> {
        let mut losses = Vec::new();
        let failing = self.lanes.iter().filter(|lane| lane.is_failing());
        failing.for_each(|lane| lane.abandon(Vec::new(), &mut losses));
        losses
    }
}

impl Held {
    /// Makes what a reader begins with.
    fn new(jobs: &Sender<Job>, requests: &Sender<super::read::Request>) -> Self {
        let (jobs, requests) = (jobs.clone(), requests.clone());
        Self { jobs, requests, ticket: None, share: None, begun: Instant::now() }
    }
}

impl Lane {
    /// Starts a reader.
    fn start(&mut self, held: Held) -> Result<()> {
        let post = Arc::new(Post::new(self.patience));
        let reader = Reader::new(&self.drive, &post, held, self.pace);
        let stop = self.drive.source.stop().clone();
        std::thread::Builder::new()
            .name(format!("reader {}.{}", self.number, self.posts.len()))
            .spawn(move || {
                let _stops = StopsOnPanic(stop);
                reader.run();
            })
            .map_err(|error| Error::new(Kind::Bug, "cannot start a thread").because(error))?;
        self.posts.push(post);
        Ok(())
    }

    fn glance(&mut self, losses: &mut Vec<Loss>) {
        let lost: Vec<_> = self.posts.iter().filter_map(|post| post.give_up()).collect();
        for held in lost {
            self.lose(held, losses);
        }
        if self.is_failing() {
            self.abandon(Vec::new(), losses);
        }
    }

    fn is_failing(&self) -> bool {
        self.drive.is_failing.load(Ordering::Relaxed)
    }

    /// Goes on without a reader, who had this in hand.
    fn lose(&mut self, held: Held, losses: &mut Vec<Loss>) {
        let Held { jobs, requests, ticket, share, begun } = held;
        drop(share);
        if self.is_failing() {
            let photos = ticket.iter().map(|ticket| ticket.index).collect();
            return self.abandon(photos, losses);
        }
        match ticket {
            Some(mut ticket) => {
                ticket.read += begun.elapsed();
                losses.push(Loss::Photo(ticket, self.patience.fault()));
            }
            None => {
                self.drive.queue.forsake();
                losses.push(Loss::Order { mount_point: self.mount_point.clone() });
            }
        }
        self.lost += 1;
        let is_hopeless = self.lost >= MOST_LOST || self.start(Held::new(&jobs, &requests)).is_err();
        if is_hopeless {
            self.drive.is_failing.store(true, Ordering::Relaxed);
            // Told also if nothing is left.
            losses.push(Loss::Drive { mount_point: self.mount_point.clone(), photos: Vec::new() });
        }
    }

    /// Reads nothing more of what is left, and of some photos.
    fn abandon(&self, mut photos: Vec<usize>, losses: &mut Vec<Loss>) {
        photos.extend(self.drive.queue.drain().into_iter().map(|photo| photo as usize));
        photos.extend(self.drive.requests.try_iter().map(|request| request.ticket.index));
        if !photos.is_empty() {
            losses.push(Loss::Drive { mount_point: self.mount_point.clone(), photos });
        }
    }
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
