//! The multi-picture index (CIPA DC-007), which says where further pictures lie behind the first.

use super::tiff::Tiff;
use std::ops::Range;

/// What stands before it in APP2.
pub(super) const SIGNATURE: &[u8] = b"MPF\0";

/// MPEntry: 16 bytes for each picture.
const ENTRIES: u16 = 0xb002;
/// The bytes of an entry: attribute, size, offset, and two pictures it depends on.
const ENTRY: usize = 16;
/// Of an attribute, the type of the picture without its flags.
const TYPE: u32 = 0x00ff_ffff;
/// Types of previews: large thumbnails of class 1 and 2 have this in their third byte.
const PREVIEW: u32 = 0x01;

/// An index and where it was.
#[derive(Clone, Debug)]
pub(super) struct Index {
    tiff: Tiff,
    entries: Range<usize>,
    /// Where its TIFF header was in the file.
    start: usize,
    /// Where the first picture ended.
    end: usize,
}

impl Index {
    /// Reads an index, from its TIFF header at `start` on, of a file whose first picture goes to `end`.
    pub(super) fn read(tiff: &[u8], start: usize, end: usize) -> Option<Self> {
        let tiff = Tiff::open(tiff.to_vec())?;
        let directory = tiff.directory(tiff.first()?)?;
        let entries = directory.entries.iter().find(|entry| entry.tag == ENTRIES)?.value.clone()?;
        Some(Self { tiff, entries, start, end })
    }

    /// Returns where each entry lies.
    fn places(&self) -> impl Iterator<Item = usize> + use<> {
        let end = self.entries.end;
        self.entries.clone().step_by(ENTRY).take_while(move |place| place + ENTRY <= end)
    }

    /// Tells whether it lists anything but previews behind the first picture.
    pub(super) fn has_more_than_previews(&self) -> bool {
        let is_preview = |place| self.tiff.long(place).is_some_and(|kind| (kind & TYPE) >> 16 == PREVIEW);
        self.places().skip(1).any(|place| !is_preview(place))
    }

    /// Returns the segment's content where the picture ends at `end` and its own TIFF header is at `start`.
    ///
    /// `None` when a picture is not behind the first one, or an offset does not fit.
    pub(super) fn moved(&self, start: usize, end: usize) -> Option<Vec<u8>> {
        let mut tiff = self.tiff.clone();
        for (i, place) in self.places().enumerate() {
            if i == 0 {
                // Some count what fills the space to the next picture.
                let beyond = self.tiff.offset(place + 4)?.saturating_sub(self.end);
                tiff.put_long(place + 4, u32::try_from(end.checked_add(beyond)?).ok()?);
            } else if self.tiff.long(place + 4)? > 0 {
                let behind = self.start.checked_add(self.tiff.offset(place + 8)?)?.checked_sub(self.end)?;
                let offset = end.checked_add(behind)?.checked_sub(start)?;
                tiff.put_long(place + 8, u32::try_from(offset).ok()?);
            }
        }
        Some([SIGNATURE, tiff.bytes()].concat())
    }

    /// Returns how long the segment's content is.
    pub(super) fn len(&self) -> usize {
        SIGNATURE.len() + self.tiff.bytes().len()
    }
}
