//! Threads that walk together: who starts, who sleeps, and when all is done.
//!
//! The calling thread goes ahead alone for a moment, so that a small tree starts no thread. Then there is
//! one for each core, and more of them as long as they are seen to wait for the drive.

use super::Walk;
use super::folder::{Helpers, Reader};
use super::level::Level;
use super::line::{Job, Line};
use super::parts::Part;
use crate::error::{Error, Kind};
use crate::fs;
use crate::scan::watch::Crew as Lost;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long the calling thread goes ahead alone: starting a thread costs some ten microseconds.
const HEAD_START: Duration = Duration::from_micros(100);

/// Places for threads that take over from lost ones.
pub(super) const RESERVE: usize = 256;

/// A thread that sleeps looks up so often, should nobody wake it.
const NAP: Duration = Duration::from_millis(50);

/// So many folders a thread reads between two looks at how often it waited.
const LOOK_EVERY: u32 = 16;

/// The same for the first folders, so that a walk of a cold drive soon has its threads; and which those are.
const LOOK_EARLY: u32 = 1;
const EARLY: u32 = 32;

/// A thread that waits once in so many folders leaves a core idle for long enough. A folder that is not in
/// the cache takes two waits and more.
const FOLDERS_A_WAIT: u64 = 4;

/// How many threads walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strength {
    /// So many as soon as there is work.
    pub(super) at_once: usize,
    /// So many when drives let them wait.
    pub(super) most: usize,
}

/// Threads on one walk.
pub(super) struct Crew {
    walk: Arc<Walk>,
    line: Box<dyn Line>,
    strength: Strength,
    begun: Instant,
    /// Folders and parts that were found, without those that somebody told to have read.
    pending: AtomicUsize,
    /// Threads that were started, the calling one included.
    started: AtomicUsize,
    /// Those of them that work; neither ended nor lost.
    working: AtomicUsize,
    /// Those, and lost ones of whom not all was told yet.
    alive: AtomicUsize,
    asleep: AtomicUsize,
    has_panicked: AtomicBool,
    door: Mutex<()>,
    bell: Condvar,
}

/// Makes a crew for some roots; it must be told to [`walk`](Crew::walk).
pub(super) fn crew(walk: &Arc<Walk>, line: Box<dyn Line>, strength: Strength, roots: &[usize]) -> Arc<Crew> {
    let crew = Arc::new(Crew {
        walk: walk.clone(),
        line,
        strength,
        begun: Instant::now(),
        pending: AtomicUsize::new(roots.len()),
        started: AtomicUsize::new(1),
        working: AtomicUsize::new(1),
        alive: AtomicUsize::new(1),
        asleep: AtomicUsize::new(0),
        has_panicked: AtomicBool::new(false),
        door: Mutex::new(()),
        bell: Condvar::new(),
    });
    let top = Arc::new(Level::roots(walk));
    for &root in roots.iter().rev() {
        crew.line.add(0, top.clone(), root..root + 1);
    }
    walk.watch.add_crew(crew.clone());
    crew
}

impl Crew {
    /// Walks with the calling thread and others.
    pub(super) fn walk(self: &Arc<Self>) {
        if let Err(panic) = self.work(0) {
            resume_unwind(panic);
        }
        let mut door = self.door();
        while self.alive.load(Ordering::SeqCst) > 0 {
            door = self.bell.wait_timeout(door, NAP).unwrap_or_else(PoisonError::into_inner).0;
        }
        assert!(!self.has_panicked.load(Ordering::SeqCst), "a walker panicked");
    }

    fn door(&self) -> MutexGuard<'_, ()> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn started(&self) -> usize {
        self.started.load(Ordering::Relaxed)
    }

    fn wake(&self) {
        let _door = self.door();
        self.bell.notify_all();
    }

    /// Works until all is done; then hands on what was found. A panic stops the others.
    fn work(self: &Arc<Self>, me: usize) -> std::thread::Result<()> {
        let mut reader = Reader::new(&self.walk, Some(self.clone()));
        let done = catch_unwind(AssertUnwindSafe(|| {
            self.read_all(me, &mut reader);
            if !reader.is_lost() {
                reader.flush(&self.walk);
            }
        }));
        if done.is_err() {
            self.has_panicked.store(true, Ordering::SeqCst);
            self.walk.outlet.halt.own.set();
        }
        // One who is lost was counted out then.
        if !reader.post().is_lost() {
            self.working.fetch_sub(1, Ordering::SeqCst);
            self.alive.fetch_sub(1, Ordering::SeqCst);
            self.wake();
        }
        done
    }

    fn read_all(self: &Arc<Self>, me: usize, reader: &mut Reader) {
        let mut pace = Pace::default();
        let hands = Hands { crew: self, me };
        let helpers: Option<&dyn Helpers> = (self.strength.most > 1).then_some(&hands);
        while !self.walk.outlet.is_halted() {
            let Some(job) = self.line.take(me, self.started()) else {
                if self.settle(reader) == 0 {
                    return;
                }
                self.sleep();
                continue;
            };
            let below = match job {
                Job::Read(place) => reader.read(&self.walk, place, helpers),
                Job::Part(part) => reader.list_part(&self.walk, &part),
                Job::Open(place) => {
                    if let Some(opened) = reader.open(&self.walk, place) {
                        self.line.opened(opened);
                        continue;
                    }
                    None
                }
                Job::List(opened) => reader.list(&self.walk, opened),
            };
            if reader.is_lost() {
                return;
            }
            self.done(me, reader, below);
            if self.started() < self.strength.most {
                self.grow(&mut pace);
            }
        }
    }

    /// One folder or part is read; what was found in it is added.
    ///
    /// A thread that goes down into what it finds asks the others for nothing: it adds to what is pending only
    /// what it did not read itself in the meantime. So `pending` is what waits, and what all have not told of.
    fn done(&self, me: usize, reader: &Reader, below: Option<Arc<Level>>) {
        let untold = reader.post().untold() + 1;
        let Some(below) = below else { return reader.post().set_untold(untold) };
        let found = below.len();
        if found > untold {
            self.pending.fetch_add(found - untold, Ordering::SeqCst);
        }
        reader.post().set_untold(untold.saturating_sub(found));
        self.line.add(me, below, 0..found);
        if found > 1 && self.asleep.load(Ordering::SeqCst) > 0 {
            self.wake();
        }
    }

    /// Tells what a thread has read; returns what is pending then.
    fn settle(&self, reader: &Reader) -> usize {
        let untold = reader.post().untold();
        reader.post().set_untold(0);
        let left = self.pending.fetch_sub(untold, Ordering::SeqCst) - untold;
        if left == 0 && untold > 0 {
            self.wake();
        }
        left
    }

    fn sleep(&self) {
        self.asleep.fetch_add(1, Ordering::SeqCst);
        let door = self.door();
        let is_idle = self.line.is_empty(self.started())
            && self.pending.load(Ordering::SeqCst) > 0
            && !self.walk.outlet.is_halted();
        if is_idle {
            drop(self.bell.wait_timeout(door, NAP));
        }
        self.asleep.fetch_sub(1, Ordering::SeqCst);
    }

    /// Starts another thread where that pays.
    fn grow(self: &Arc<Self>, pace: &mut Pace) {
        let started = self.started();
        let is_worth_it = if started < self.strength.at_once {
            started > 1 || self.begun.elapsed() > HEAD_START
        } else {
            pace.waits()
        };
        if is_worth_it && self.asleep.load(Ordering::SeqCst) == 0 && !self.line.is_empty(started) {
            self.start(self.strength.most);
        }
    }

    /// Starts a thread, unless there are so many already or none is to be had.
    fn start(self: &Arc<Self>, most: usize) -> bool {
        let more = |started: usize| (started < most).then_some(started + 1);
        let Ok(me) = self.started.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more) else {
            return false;
        };
        self.working.fetch_add(1, Ordering::SeqCst);
        self.alive.fetch_add(1, Ordering::SeqCst);
        let crew = self.clone();
        let thread = std::thread::Builder::new().name(format!("scan-{me}"));
        let is_started = thread.spawn(move || _ = crew.work(me)).is_ok();
        if !is_started {
            self.working.fetch_sub(1, Ordering::SeqCst);
            self.alive.fetch_sub(1, Ordering::SeqCst);
        }
        is_started
    }
}

/// A thread's way to the others, when a folder turns out to be huge.
struct Hands<'a> {
    crew: &'a Arc<Crew>,
    me: usize,
}

impl Helpers for Hands<'_> {
    fn count(&self) -> usize {
        self.crew.strength.at_once
    }

    fn take(&self, parts: Vec<Part>) {
        let Self { crew, me } = *self;
        crew.pending.fetch_add(parts.len(), Ordering::SeqCst);
        crew.line.add_parts(me, parts);
        while crew.start(crew.strength.at_once) {}
        crew.wake();
    }
}

impl Lost for Crew {
    fn lose(self: Arc<Self>, untold: usize) {
        // Another takes over before the lost one is counted out, so that the walk does not seem to be over.
        self.start(self.strength.most + RESERVE);
        let pending = self.pending.fetch_sub(untold + 1, Ordering::SeqCst) - (untold + 1);
        if self.working.fetch_sub(1, Ordering::SeqCst) == 1 && pending > 0 {
            let why =
                "no thread is left to go on, because others wait for drives; the rest was not looked at";
            self.walk.watch.cut();
            self.walk.outlet.fault(Error::new(Kind::TimedOut, why));
        }
        self.alive.fetch_sub(1, Ordering::SeqCst);
        self.wake();
    }

    fn is_over(&self) -> bool {
        self.alive.load(Ordering::SeqCst) == 0
    }
}

/// How often a thread waits for the drive.
#[derive(Debug)]
struct Pace {
    folders: u32,
    looked_at: u32,
    waits: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { folders: 0, looked_at: 0, waits: fs::thread_waits() }
    }
}

impl Pace {
    /// Counts a folder; tells whether reading has waited for the drive, as far as it was looked at: `false`
    /// between two looks.
    fn waits(&mut self) -> bool {
        self.folders += 1;
        let since = self.folders - self.looked_at;
        if since < LOOK_EVERY && !(self.folders < EARLY && since >= LOOK_EARLY) {
            return false;
        }
        self.looked_at = self.folders;
        let waits = std::mem::replace(&mut self.waits, fs::thread_waits());
        (self.waits - waits) * FOLDERS_A_WAIT >= u64::from(since)
    }
}
