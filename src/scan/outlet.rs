//! The way of photos and faults from many walkers to one scan.

use crate::error::{Error, Kind};
use crate::event::{Event, Observer, Stop};
use crate::photo::Batch;
use crossbeam_channel::Sender;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Photos are handed on at least this often. A guess: a person does not see the delay.
const PATIENCE: Duration = Duration::from_millis(100);

/// What walkers and checkers hand on.
#[derive(Debug)]
pub(super) enum Message {
    /// Photos.
    Batch(Batch),
    /// A folder or file that could not be looked at.
    Fault(Error),
}

/// Two reasons to stop: the scan was dropped, or someone outside wishes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Halt {
    /// Nobody takes the photos any more.
    pub(super) own: Stop,
    /// The caller's wish.
    pub(super) outside: Stop,
}

impl Halt {
    pub(super) fn is_set(&self) -> bool {
        self.own.is_set() || self.outside.is_set()
    }
}

/// Where walkers and checkers send what they find. Shared by all of them.
///
/// Sending waits while the one who takes is behind, and halts everyone once nobody takes.
#[derive(Clone)]
pub(super) struct Outlet {
    /// Takes batches: the check, or the scan.
    pub(super) photos: Sender<Message>,
    /// Takes faults: the scan.
    pub(super) faults: Sender<Message>,
    /// Who watches.
    pub(super) observer: Arc<dyn Observer>,
    /// Whether to stop.
    pub(super) halt: Halt,
    /// Folders read to their end.
    pub(super) folders: Arc<AtomicU64>,
    /// Photos in a batch, at most.
    pub(super) batch_len: usize,
}

impl Outlet {
    /// Tells whether the work shall end.
    pub(super) fn is_halted(&self) -> bool {
        self.halt.is_set()
    }

    /// Hands a fault on.
    pub(super) fn fault(&self, error: Error) {
        self.tell(Event::ScanFault(&error));
        self.send(&self.faults, Message::Fault(error));
    }

    /// Says something that is no fault.
    pub(super) fn note(&self, path: &Path, what: &str) {
        self.tell(Event::Note { path, what });
    }

    /// Counts a folder that was read to its end.
    pub(super) fn folder_read(&self, photos: u64) {
        self.folders.fetch_add(1, Ordering::Relaxed);
        self.tell(Event::FolderRead { photos });
    }

    /// Hands photos on.
    pub(super) fn batch(&self, batch: Batch) {
        self.send(&self.photos, Message::Batch(batch));
    }

    fn send(&self, to: &Sender<Message>, message: Message) {
        if to.send(message).is_err() {
            self.halt.own.set();
        }
    }

    /// Tells the observer. One that panics ends the scan with a fault instead of a walker that waits.
    fn tell(&self, event: Event<'_>) {
        if self.is_halted() {
            return;
        }
        if catch_unwind(AssertUnwindSafe(|| self.observer.on(event))).is_err() {
            self.send(&self.faults, Message::Fault(Error::new(Kind::Bug, "an observer panicked")));
            self.halt.own.set();
        }
    }
}

/// Photos of one walker on their way to the outlet.
#[derive(Debug)]
pub(super) struct Collector {
    batch: Batch,
    sent: Instant,
}

impl Default for Collector {
    fn default() -> Self {
        Self { batch: Batch::default(), sent: Instant::now() }
    }
}

impl Collector {
    /// Adds a photo and hands a full batch on.
    pub(super) fn push(&mut self, outlet: &Outlet, root: usize, parts: &[&[u8]], inode: u64) {
        self.batch.push(root, parts, inode);
        if self.batch.is_full() || self.batch.len() >= outlet.batch_len {
            self.flush(outlet);
        }
    }

    /// Hands on what has waited long enough; to be called after each folder.
    pub(super) fn settle(&mut self, outlet: &Outlet) {
        if !self.batch.is_empty() && self.sent.elapsed() > PATIENCE {
            self.flush(outlet);
        }
    }

    /// Hands on what there is.
    pub(super) fn flush(&mut self, outlet: &Outlet) {
        if !self.batch.is_empty() {
            outlet.batch(std::mem::take(&mut self.batch));
        }
        self.sent = Instant::now();
    }
}
