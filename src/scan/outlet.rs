//! The way of photos and faults from many walkers to one scan.

use crate::error::{Error, Kind};
use crate::event::{Event, Observer, Stop};
use crate::photo::Batch;
use crossbeam_channel::Sender;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Photos are handed on at least this often. A guess: a person does not see the delay.
pub(super) const PATIENCE: Duration = Duration::from_millis(100);

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

/// A sender that can be taken away from all who have it: also from a thread that hangs in a call.
#[derive(Clone, Debug)]
pub(super) struct Way(Arc<RwLock<Option<Sender<Message>>>>);

impl Way {
    pub(super) fn new(sender: Sender<Message>) -> Self {
        Self(Arc::new(RwLock::new(Some(sender))))
    }

    /// Takes the sender away.
    pub(super) fn close(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Sends, and waits while there is no room; tells whether anyone takes it.
    fn send(&self, message: Message) -> bool {
        // Not under the lock: there may be no room for long.
        let sender = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        sender.is_some_and(|sender| sender.send(message).is_ok())
    }
}

/// Where walkers and checkers send what they find. Shared by all of them.
///
/// Sending waits while the one who takes is behind, and halts everyone once nobody takes.
#[derive(Clone)]
pub(super) struct Outlet {
    /// Takes batches: the check, or the scan.
    pub(super) photos: Way,
    /// Takes faults: the scan.
    pub(super) faults: Way,
    /// Who watches.
    pub(super) observer: Arc<dyn Observer>,
    /// Whether to stop.
    pub(super) halt: Halt,
    /// Folders read to their end.
    pub(super) folders: Arc<AtomicU64>,
    /// Photos in a batch, at most.
    pub(super) batch_len: usize,
    /// Batches whose photos were taken.
    pub(super) spare: Spare,
}

/// Empty batches, to be filled again: memory that was never used costs more than all else that is done
/// with a path. Its clones are one.
#[derive(Clone, Debug, Default)]
pub(super) struct Spare(Arc<Mutex<Vec<Batch>>>);

impl Spare {
    /// So many are kept; more of them are not under way for long. A guess.
    const MOST: usize = 8;

    /// Takes an empty batch.
    fn take(&self) -> Batch {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Gives a batch back.
    pub(super) fn give(&self, mut batch: Batch) {
        batch.clear();
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < Self::MOST {
            spare.push(batch);
        }
    }
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

    /// Tells the observer of a fault that is handed on by somebody else.
    pub(super) fn tell_fault(&self, error: &Error) {
        self.tell(Event::ScanFault(error));
    }

    /// Says something that is no fault.
    pub(super) fn note(&self, path: &Path, what: &str) {
        self.tell(Event::Note { path, what });
    }

    /// Counts folders that were read to their ends, and the photos in them.
    pub(super) fn folders_read(&self, folders: u64, photos: u64) {
        self.folders.fetch_add(folders, Ordering::Relaxed);
        self.tell(Event::FoldersRead { folders, photos });
    }

    /// Hands photos on.
    pub(super) fn batch(&self, batch: Batch) {
        self.send(&self.photos, Message::Batch(batch));
    }

    /// Says that nothing more comes, whoever still has this.
    pub(super) fn close(&self) {
        self.photos.close();
        self.faults.close();
    }

    fn send(&self, to: &Way, message: Message) {
        if !to.send(message) {
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

/// Photos of one walker on their way to the outlet, and the folders that it has read.
#[derive(Debug)]
pub(super) struct Collector {
    batch: Batch,
    /// Folders read to their ends since the observer was told, and photos in them.
    read: (u64, u64),
    sent: Instant,
}

impl Default for Collector {
    fn default() -> Self {
        Self { batch: Batch::default(), read: (0, 0), sent: Instant::now() }
    }
}

impl Collector {
    /// Adds a photo and hands a full batch on.
    pub(super) fn push(&mut self, outlet: &Outlet, root: usize, parts: &[&[u8]], inode: u64) {
        if self.add(outlet, root, parts, inode) {
            self.flush(outlet);
        }
    }

    /// Adds a photo; tells whether the batch is full and should be handed on.
    pub(super) fn add(&mut self, outlet: &Outlet, root: usize, parts: &[&[u8]], inode: u64) -> bool {
        self.batch.push(root, parts, inode);
        self.batch.is_full() || self.batch.len() >= outlet.batch_len
    }

    /// Counts a folder that was read to its end, and its photos.
    pub(super) fn folder_read(&mut self, photos: u64) {
        self.read.0 += 1;
        self.read.1 += photos;
    }

    /// Tells whether something has waited long enough at this time.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        (!self.batch.is_empty() || self.read.0 > 0) && now.saturating_duration_since(self.sent) > PATIENCE
    }

    /// Hands on what has waited long enough; to be called after each folder.
    pub(super) fn settle(&mut self, outlet: &Outlet) {
        if self.is_due(Instant::now()) {
            self.flush(outlet);
        }
    }

    /// Hands on what there is.
    pub(super) fn flush(&mut self, outlet: &Outlet) {
        if self.read.0 > 0 {
            let (folders, photos) = std::mem::take(&mut self.read);
            outlet.folders_read(folders, photos);
        }
        if !self.batch.is_empty() {
            outlet.batch(std::mem::replace(&mut self.batch, outlet.spare.take()));
        }
        self.sent = Instant::now();
    }
}
