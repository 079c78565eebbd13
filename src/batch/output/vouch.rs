//! Which outputs are there already, by the word of the journal.

use crate::batch::journal::{Entry, Known};
use crate::batch::output::staging::nanoseconds;
use crate::fs::{FileKind, Folder, Links, Status};
use crate::units::Bytes;
use std::path::Path;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// How coarse file systems keep times, in nanoseconds: NTFS and SMB, exFAT, ext3 and HFS+, FAT.
const GRAINS: [i64; 4] = [100, 10_000_000, 1_000_000_000, 2_000_000_000];

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
        if is_same_time(entry.modified, nanoseconds(status.modified)) {
            return true;
        }
        let mut content = Vec::new();
        self.top
            .open_file(output, Links::Ignore)
            .and_then(|mut file| file.read_all(Bytes(entry.bytes), &mut content))
            .is_ok_and(|()| xxh3_64(&content) == entry.xxh3)
    }
}

/// Tells whether a time that a file system gives now is the one it gave when the file was written, when
/// it may have been finer than what is kept.
fn is_same_time(written: i64, now: i64) -> bool {
    let lost = written.wrapping_sub(now);
    lost == 0 || GRAINS.iter().any(|grain| (0..*grain).contains(&lost) && now % grain == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_may_lose_what_file_systems_do_not_keep() {
        let written = 1_795_524_501_123_456_789;
        for now in [
            written,
            1_795_524_501_123_456_700,
            1_795_524_501_120_000_000,
            1_795_524_501_000_000_000,
            1_795_524_500_000_000_000,
        ] {
            assert!(is_same_time(written, now), "{now}");
        }
        for now in [
            written - 1,
            written + 1,
            written - 89 - 100,
            1_795_524_499_000_000_000,
            1_795_524_502_000_000_000,
        ] {
            assert!(!is_same_time(written, now), "{now}");
        }
    }
}
