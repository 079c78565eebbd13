//! Taking turns at what not everybody can do at once.

use crossbeam_channel::{Receiver, Sender, bounded};

/// So many threads at once do something while others wait: read whole photos from a drive, or decode.
#[derive(Clone)]
pub(super) struct Turns(Sender<()>, Receiver<()>);

impl Turns {
    /// Lets so many at once, at least one.
    pub(super) fn new(count: usize) -> Self {
        let (give, take) = bounded(count.max(1));
        (0..count.max(1)).for_each(|_| _ = give.send(()));
        Self(give, take)
    }

    /// Waits for a turn, which lasts until it is dropped.
    pub(super) fn take(&self) -> Turn {
        _ = self.1.recv();
        Turn(self.0.clone())
    }
}

/// A turn that was taken.
pub(super) struct Turn(Sender<()>);

impl Drop for Turn {
    fn drop(&mut self) {
        // There is room: each gives back what it took.
        _ = self.0.try_send(());
    }
}
