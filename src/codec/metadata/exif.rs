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
    let (link, start, count) = (first.link, first.table.start, first.entries.len());

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
    set_orientation(&mut tiff, kept, change);
    if let Some(link) = link {
        tiff.put_long(link, 0);
    }
    blank(&mut tiff, kept, dropped);
    // Values that lie in the table itself may have made it another one.
    let is_table = |table: &Directory| (table.link, table.entries.len()) == (link, count);
    let is_same = tiff.directory(start).as_ref().is_some_and(is_table);
    let is_last = link.is_none_or(|link| tiff.offset(link) == Some(0));
    (is_same && is_last).then(|| tiff.into_bytes())
}

/// Sets the tags that the change makes wrong.
fn set(tiff: &mut Tiff, kept: &[(u16, Directory)], change: &Change) {
    let (width, height) = (change.dims.width, change.dims.height);
    for (name, directory) in kept {
        for entry in &directory.entries {
            match (*name, entry.tag) {
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

/// Makes every tag of orientation say that the pixels are upright, if they are.
///
/// Behind all else: a value that lies in an entry of orientation would change it again. Some readers heed neither the
/// number nor the width of its values, so there is one, of two bytes.
fn set_orientation(tiff: &mut Tiff, kept: &[(u16, Directory)], change: &Change) {
    let entries = kept.iter().filter(|(name, _)| *name == FIRST).flat_map(|(_, table)| &table.entries);
    for entry in entries.filter(|entry| entry.tag == ORIENTATION && change.is_upright) {
        if entry.is_plain_number() {
            tiff.set_number(entry, 1);
        } else {
            tiff.put_short(entry, 1);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Dims;

    const UPRIGHT: Change = Change {
        dims: Dims::new(16, 9),
        is_intact: false,
        is_upright: true,
        is_srgb: false,
        is_lossless: false,
        is_jpeg: true,
    };

    /// Returns a TIFF structure of one directory, whose entries are these, with 8 bytes behind it.
    fn tiff(entries: &[[u8; 12]], link: [u8; 4]) -> Vec<u8> {
        let count = [0, u8::try_from(entries.len()).unwrap()];
        [b"MM\0*\0\0\0\x08", &count[..], &entries.concat(), &link, &[6; 8]].concat()
    }

    #[test]
    fn an_orientation_is_upright_for_readers_that_heed_neither_number_nor_width() {
        for entry in [
            *b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0",
            *b"\x01\x12\0\x04\0\0\0\x01\0\0\0\x06",
            *b"\x01\x12\0\x01\0\0\0\x01\x06\0\0\0",
            // None at all, and more than fit, which lie elsewhere or nowhere.
            *b"\x01\x12\0\x03\0\0\0\0\0\x06\0\0",
            *b"\x01\x12\0\x03\0\0\0\x03\0\x06\0\0",
            *b"\x01\x12\0\x03\xff\xff\xff\xff\0\x06\0\0",
            // A signed one.
            *b"\x01\x12\0\x08\0\0\0\x01\0\x06\0\0",
        ] {
            let edited = edited(&tiff(&[entry], [0; 4]), &UPRIGHT).unwrap();
            let kind = entry[3];
            let said = match edited[13] {
                1 => u32::from(edited[18]),
                4 => u32::from_be_bytes(*edited[18..].first_chunk().unwrap()),
                3 => u32::from(u16::from_be_bytes(*edited[18..].first_chunk().unwrap())),
                other => panic!("{other}"),
            };
            assert_eq!(said, 1, "kind {kind}: {entry:?}");
        }
    }

    #[test]
    fn what_changes_its_own_directory_is_dropped() {
        // Two values of the width lie at the number of entries.
        let width = *b"\x01\0\0\x04\0\0\0\x02\0\0\0\x08";
        assert_eq!(edited(&tiff(&[width], [0; 4]), &UPRIGHT), None);
        // At the link to a next directory, which is none any more; it is set before that.
        let width = *b"\x01\0\0\x04\0\0\0\x02\0\0\0\x16";
        assert!(edited(&tiff(&[width], [0; 4]), &UPRIGHT).is_some());
    }
}
