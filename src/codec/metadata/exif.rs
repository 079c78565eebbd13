//! Exif, changed in place: maker notes hold offsets into it, so nothing in it may move.

use super::Change;
use super::previews;
use super::tiff::{Directory, Tiff};
use std::ops::Range;

const IMAGE_WIDTH: u16 = 0x0100;
const IMAGE_LENGTH: u16 = 0x0101;
const STRIP_OFFSETS: u16 = 0x0111;
const ORIENTATION: u16 = 0x0112;
const STRIP_LENGTHS: u16 = 0x0117;
const SUB_DIRECTORIES: u16 = 0x014a;
const PREVIEW_OFFSET: u16 = 0x0201;
const PREVIEW_LENGTH: u16 = 0x0202;
const EXIF: u16 = 0x8769;
const GPS: u16 = 0x8825;
const COLOR_SPACE: u16 = 0xa001;
const PIXEL_X_DIMENSION: u16 = 0xa002;
const PIXEL_Y_DIMENSION: u16 = 0xa003;
const INTEROPERABILITY: u16 = 0xa005;
/// In the directory of that name: R98 for sRGB, R03 for Adobe RGB.
const INTEROPERABILITY_INDEX: u16 = 0x0001;

/// The most directories that are looked into; real photos have five.
const DIRECTORIES: usize = 40;

/// The most entries after which no further directory is looked into; real photos have a few hundred.
const ENTRIES: usize = 4096;

/// What a directory that nothing but the header links to is called here; others go by their link.
const FIRST: u16 = 0;

/// Directories with the tag of the link that led there, each met once.
#[derive(Default)]
struct Directories {
    starts: Vec<usize>,
    found: Vec<(u16, Directory)>,
}

impl Directories {
    /// Reads the directory at `start`, unless it was met already; tells whether it is new.
    fn meet(&mut self, tiff: &Tiff, name: u16, start: usize) -> bool {
        let entries: usize = self.found.iter().map(|(_, directory)| directory.entries.len()).sum();
        if self.starts.len() >= DIRECTORIES || entries > ENTRIES || self.starts.contains(&start) {
            return false;
        }
        self.starts.push(start);
        let directory = tiff.directory(start);
        self.found.extend(directory.map(|directory| (name, directory)));
        true
    }

    /// Follows every link down, from the directories behind `from` on.
    fn follow_down(&mut self, tiff: &Tiff, from: usize) {
        let mut at = from;
        while let Some((_, directory)) = self.found.get(at) {
            let is_link = |tag| [EXIF, GPS, INTEROPERABILITY, SUB_DIRECTORIES].contains(&tag);
            let links: Vec<_> = directory
                .entries
                .iter()
                .filter(|entry| is_link(entry.tag))
                .flat_map(|entry| tiff.numbers(entry, DIRECTORIES).into_iter().map(|to| (entry.tag, to)))
                .collect();
            for (name, start) in links {
                self.meet(tiff, name, start);
            }
            at += 1;
        }
    }
}

/// Returns Exif data as it is true of the result, without any preview; `None` without a TIFF header.
///
/// No byte moves. The end is cut off where it belonged to the preview alone.
pub(super) fn edited(bytes: &[u8], change: &Change) -> Option<Vec<u8>> {
    let mut tiff = Tiff::open(bytes.to_vec())?;
    let mut all = Directories::default();
    all.meet(&tiff, FIRST, tiff.first()?);
    all.follow_down(&tiff, 0);
    let kept = all.found.len();
    let (_, first) = all.found.first()?;
    let link = first.link;

    let mut next = link;
    while let Some(start) = next.and_then(|link| tiff.offset(link)).filter(|&start| start > 0) {
        if !all.meet(&tiff, FIRST, start) {
            break;
        }
        next = all.found.get(kept..).and_then(<[_]>::last).and_then(|(_, directory)| directory.link);
    }
    all.follow_down(&tiff, kept);

    let (kept, dropped) = all.found.split_at(kept);
    set(&mut tiff, kept, change);
    if let Some(link) = link {
        tiff.put_long(link, 0);
    }
    blank(&mut tiff, kept, dropped);
    Some(tiff.into_bytes())
}

/// Sets the tags that the change makes wrong.
fn set(tiff: &mut Tiff, kept: &[(u16, Directory)], change: &Change) {
    let (width, height) = (change.dims.width, change.dims.height);
    for (name, directory) in kept {
        for entry in &directory.entries {
            match (*name, entry.tag) {
                (FIRST, ORIENTATION) if change.is_upright => tiff.set_number(entry, 1),
                (FIRST, IMAGE_WIDTH) | (EXIF, PIXEL_X_DIMENSION) => tiff.set_number(entry, width),
                (FIRST, IMAGE_LENGTH) | (EXIF, PIXEL_Y_DIMENSION) => tiff.set_number(entry, height),
                (EXIF, COLOR_SPACE) if change.is_srgb => tiff.set_number(entry, 1),
                (INTEROPERABILITY, INTEROPERABILITY_INDEX) if change.is_srgb => {
                    if let Some(range) = entry.value.clone().filter(|range| range.len() == 4) {
                        tiff.put(range.start, b"R98\0");
                    }
                }
                _ => {}
            }
        }
    }
}

/// Overwrites the dropped directories with all they lead to, and every JPEG wherever it lies.
///
/// What kept directories use stays, but for a JPEG within a value of theirs.
fn blank(tiff: &mut Tiff, kept: &[(u16, Directory)], dropped: &[(u16, Directory)]) {
    let tables = kept.iter().map(|(_, directory)| directory.table.clone());
    let values = kept.iter().flat_map(|(_, directory)| &directory.entries).filter_map(|e| e.value.clone());
    // With a mark for what is never touched.
    let mut used: Vec<(Range<usize>, bool)> = vec![(0..8, true)];
    used.extend(tables.map(|table| (table, true)));
    used.extend(values.map(|value| (value, false)));

    let mut gone = Vec::new();
    for (_, directory) in dropped {
        gone.push(directory.table.clone());
        gone.extend(directory.entries.iter().filter_map(|entry| entry.value.clone()));
        gone.extend(pictures(tiff, directory));
    }
    let every = merged(used.iter().map(|(range, _)| range.clone()).collect());
    let tail: Vec<_> = merged(gone).iter().flat_map(|range| free(range, &every)).collect();
    for range in &tail {
        tiff.blank(range.clone());
    }
    for range in previews::find(tiff.bytes()) {
        let is_around = |used: &Range<usize>| used.contains(&range.start);
        let others = used.iter().filter(|(used, is_firm)| *is_firm || !is_around(used));
        for range in free(&range, &merged(others.map(|(range, _)| range.clone()).collect())) {
            tiff.blank(range);
        }
    }
    if let Some(last) = tail.last().filter(|last| last.end == tiff.bytes().len()) {
        tiff.truncate(last.start);
    }
}

/// Returns where the pictures of a directory lie: a JPEG, or strips of samples.
fn pictures(tiff: &Tiff, directory: &Directory) -> Vec<Range<usize>> {
    let numbers = |tag| {
        let entry = directory.entries.iter().find(|entry| entry.tag == tag);
        entry.map(|entry| tiff.numbers(entry, ENTRIES)).unwrap_or_default()
    };
    [(PREVIEW_OFFSET, PREVIEW_LENGTH), (STRIP_OFFSETS, STRIP_LENGTHS)]
        .into_iter()
        .flat_map(|(starts, lengths)| numbers(starts).into_iter().zip(numbers(lengths)))
        .filter_map(|(start, length)| Some(start..start.checked_add(length)?.min(tiff.bytes().len())))
        .filter(|range| range.start < range.end)
        .collect()
}

/// Joins ranges that overlap or touch, and orders them.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// Returns the parts of a range that are not used, in order; `used` is [merged].
fn free(range: &Range<usize>, used: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut free = Vec::new();
    let mut at = range.start;
    let first = used.partition_point(|used| used.end <= range.start);
    for used in used.get(first..).unwrap_or_default().iter().take_while(|used| used.start < range.end) {
        if used.start > at {
            free.push(at..used.start);
        }
        at = at.max(used.end);
    }
    if at < range.end {
        free.push(at..range.end);
    }
    free
}
