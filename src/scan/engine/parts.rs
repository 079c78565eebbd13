//! One huge folder read by several at once.
//!
//! ext4 lists a large folder in the order of a 63-bit hash of the names, and lets a listing begin at any
//! number, not only where an entry is. So the numbers behind the first read are cut into parts of equal
//! length, which hold about as many names each. The place of each entry decides which part it belongs to,
//! and an entry keeps its place for as long as it exists: none is lost or doubled, whatever else changes.
//!
//! XFS (places are offsets) and btrfs (they are numbers in the order of creation) were tried, too: listings from
//! between two places were exact there. They are not split: where their places end is not known beforehand,
//! and one thread lists 100,000 names in 12 and 19 ms where it takes 31 ms on ext4.

use super::Walk;
use super::descriptors::Held;
use super::level::{Door, Site};
use crate::error::{Error, Kind};
use crate::fs::{Folder, Links};
use crate::scan::outlet::Collector;
use std::ffi::OsStr;
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Places are below this (`fs/ext4/dir.c`: the hash and its minor hash, 31 and 32 bits).
const PLACES: u64 = 1 << 63;

/// Places that are not hashes are small: ext4 without an index has offsets in bytes.
const FIRST_HASH: u64 = 1 << 40;

/// Parts for each thread: where one takes longer, another thread takes the next.
const PARTS_A_THREAD: u64 = 4;

/// What the parts of a folder have in common.
#[derive(Debug)]
pub(super) struct Whole {
    site: Site,
    folder: Held,
    /// Its path, with a slash behind every name.
    path: Box<[u8]>,
    /// Parts that were not read to their ends yet.
    left: AtomicUsize,
    photos: AtomicU64,
    has_failed: AtomicBool,
}

/// A part: what lies from a place on up to another.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) whole: Arc<Whole>,
    pub(super) from: u64,
    pub(super) end: u64,
}

/// Cuts what lies behind `next` for so many threads; the first part is for the one who has read so far.
///
/// Empty where places are not hashes, or nearly all was read.
fn cut(next: u64, threads: usize) -> Vec<Range<u64>> {
    if !(FIRST_HASH..PLACES).contains(&next) {
        return Vec::new();
    }
    let left = PLACES - next;
    // No part is to be smaller than what one read brings: that is how much `next` stands for.
    let parts = (left / next).min(PARTS_A_THREAD * threads as u64);
    let step = left / (parts + 1);
    let end = |part| if part == parts { u64::MAX } else { next + (part + 1) * step };
    (0..=parts).map(|part| next + part * step..end(part)).collect()
}

/// Makes parts of a large folder for so many threads; returns those for others, what they share, and where the
/// first part ends.
pub(super) fn split(
    walk: &Walk,
    site: &Site,
    folder: &Folder,
    path: &[u8],
    next: u64,
    threads: usize,
) -> Option<(Vec<Part>, Arc<Whole>, u64)> {
    let ranges = cut(next, threads);
    if ranges.len() < 2 || !folder.is_listed_by_hash() {
        return None;
    }
    let again = folder.open_folder(Path::new(""), Links::Ignore).ok()?;
    let folder = walk.descriptors.hold(again)?;
    let whole = Arc::new(Whole {
        site: site.with(Door::Closed),
        folder,
        path: path.into(),
        left: AtomicUsize::new(ranges.len()),
        photos: AtomicU64::new(0),
        has_failed: AtomicBool::new(false),
    });
    let parts =
        ranges[1..].iter().map(|range| Part { whole: whole.clone(), from: range.start, end: range.end });
    Some((parts.collect(), whole.clone(), ranges[0].end))
}

impl Whole {
    pub(super) fn folder(&self) -> &Folder {
        &self.folder.folder
    }

    /// Notes that a part could not be read; tells whether it is the first.
    pub(super) fn fails_first(&self) -> bool {
        !self.has_failed.swap(true, Ordering::Relaxed)
    }

    /// One part is read: so many photos are in it, `None` when it could not be read. The last one counts the
    /// folder.
    pub(super) fn end(&self, photos: Option<u64>, collector: &mut Collector) {
        match photos {
            Some(photos) => _ = self.photos.fetch_add(photos, Ordering::Relaxed),
            None => _ = self.fails_first(),
        }
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 && !self.has_failed.load(Ordering::Relaxed) {
            collector.folder_read(self.photos.load(Ordering::Relaxed));
        }
    }
}

impl Part {
    pub(super) fn site(&self) -> &Site {
        &self.whole.site
    }

    /// Returns the folder's site for subfolders that are found in this part.
    pub(super) fn own_site(&self) -> Site {
        self.whole.site.with(Door::Shared(self.whole.clone()))
    }

    pub(super) fn path(&self) -> &[u8] {
        &self.whole.path
    }

    /// Opens the folder anew, because each listing has a place of its own.
    pub(super) fn open(&self) -> io::Result<Folder> {
        self.whole.folder().open_folder(Path::new(""), Links::Ignore)
    }

    /// Tells that it could not be opened.
    pub(super) fn tell(&self, walk: &Walk, error: io::Error) {
        if !self.whole.fails_first() {
            return;
        }
        let path = self.path().strip_suffix(b"/").unwrap_or(self.path());
        let error = Error::new(Kind::Unreadable, "cannot open the folder again").because(error);
        walk.outlet.fault(error.at(OsStr::from_bytes(path)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn parts_meet_and_reach_the_end(next in any::<u64>(), threads in 1..64_usize) {
            let parts = cut(next, threads);
            for pair in parts.windows(2) {
                prop_assert_eq!(pair[0].end, pair[1].start);
                prop_assert!(pair[0].start < pair[0].end);
            }
            if let (Some(first), Some(last)) = (parts.first(), parts.last()) {
                prop_assert_eq!((first.start, last.end), (next, u64::MAX));
                prop_assert!(parts.len() <= 4 * threads + 1);
            }
            prop_assert_eq!(parts.is_empty(), !(1 << 40..1 << 63).contains(&next));
        }
    }

    #[test]
    fn nothing_is_cut_off_where_most_was_read() {
        assert_eq!(cut(PLACES / 2 + 1, 8).len(), 1);
        assert_eq!(cut(PLACES / 5, 8).len(), 5);
    }
}
