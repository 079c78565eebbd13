//! Which outputs are there already, by the word of the journal.

use crate::batch::journal::{Entry, Known};
use crate::batch::output::staging::nanoseconds;
use crate::fs::{FileKind, Folder, Links, Status};
use crate::units::Bytes;
use std::path::Path;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Looks outputs up in the journal and in OUT; changes nothing.
#[derive(Clone, Debug)]
pub(in crate::batch) struct Vouch {
    pub(super) top: Arc<Folder>,
    pub(super) known: Arc<Known>,
}

impl Vouch {
    /// Tells whether the journal speaks of an output at all.
    pub(in crate::batch) fn knows(&self, output: &Path) -> bool {
        self.known.get(output).is_some()
    }

    /// Returns how many bytes an output has that is there and was made of this original in this state
    /// (see [`state_key`](crate::batch::journal::state_key)); `None` when it is to be made.
    pub(in crate::batch) fn there(&self, output: &Path, source: u64, state: u64) -> Option<u64> {
        let entry = self.known.get(output)?;
        if (entry.source, entry.state) != (source, state) {
            return None;
        }
        let status = self.top.status_beneath(output, Links::Ignore).ok()?;
        self.is_ours(output, entry, status).then_some(entry.bytes)
    }

    /// Tells whether the file that has an output's name is the one that the journal speaks of.
    ///
    /// By its length and time of change, or, where a copy has another time, by its content.
    pub(super) fn is_ours(&self, output: &Path, entry: &Entry, status: Status) -> bool {
        if status.kind != FileKind::File || status.len != entry.bytes {
            return false;
        }
        if nanoseconds(status.modified) == entry.modified {
            return true;
        }
        let mut content = Vec::new();
        self.top
            .open_file(output, Links::Ignore)
            .and_then(|mut file| file.read_all(Bytes(entry.bytes), &mut content))
            .is_ok_and(|()| xxh3_64(&content) == entry.xxh3)
    }
}
