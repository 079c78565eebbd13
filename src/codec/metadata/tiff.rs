//! A TIFF structure that is changed in place (TIFF 6.0 §2); nothing is read or written outside of it.

use std::ops::Range;

/// A TIFF structure in memory.
#[derive(Clone, Debug)]
pub(super) struct Tiff {
    bytes: Vec<u8>,
    is_little: bool,
}

/// A directory: what is there of its entries.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    /// The bytes of its table, from the count to the link to the next one, as far as they are there.
    pub(super) table: Range<usize>,
    /// Its entries, in the order of the table.
    pub(super) entries: Vec<Entry>,
    /// Where the link to the next directory lies, if it does.
    pub(super) link: Option<usize>,
}

/// One entry of a directory.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where it lies in its table.
    at: usize,
    pub(super) tag: u16,
    /// How its values are written: 1 BYTE, 2 ASCII, 3 SHORT, 4 LONG …
    kind: u16,
    /// Its values, in the entry itself or elsewhere; `None` when they lie outside.
    pub(super) value: Option<Range<usize>>,
}

impl Entry {
    /// Tells whether its values are text.
    pub(super) const fn is_text(&self) -> bool {
        matches!(self.kind, 2 | 129)
    }

    /// Tells whether it holds whole numbers in itself.
    pub(super) fn is_plain_number(&self) -> bool {
        let is_within =
            self.value.as_ref().is_some_and(|value| value.start == self.at + 8 && !value.is_empty());
        is_within && matches!(self.kind, 1 | 3 | 4 | 9)
    }
}

impl Tiff {
    /// Takes bytes that begin with a TIFF header; `None` when they do not.
    pub(super) fn open(bytes: Vec<u8>) -> Option<Self> {
        let is_little = match bytes.get(..4)? {
            b"II*\0" => true,
            b"MM\0*" => false,
            _ => return None,
        };
        Some(Self { bytes, is_little })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Returns the offset of the first directory.
    pub(super) fn first(&self) -> Option<usize> {
        self.offset(4)
    }

    /// Returns the word at an offset.
    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    /// Returns the double word at an offset.
    pub(super) fn long(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// Returns the double word at an offset as an offset.
    pub(super) fn offset(&self, at: usize) -> Option<usize> {
        usize::try_from(self.long(at)?).ok()
    }

    /// Writes a double word where there is room for it.
    pub(super) fn put_long(&mut self, at: usize, value: u32) {
        let bytes = if self.is_little { value.to_le_bytes() } else { value.to_be_bytes() };
        self.put(at, &bytes);
    }

    /// Writes bytes where there is room for all of them.
    pub(super) fn put(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = at.checked_add(bytes.len()).and_then(|end| self.bytes.get_mut(at..end)) {
            place.copy_from_slice(bytes);
        }
    }

    /// Overwrites bytes with zeros.
    pub(super) fn blank(&mut self, range: Range<usize>) {
        if let Some(place) = self.bytes.get_mut(range) {
            place.fill(0);
        }
    }

    /// Cuts off everything from an offset on.
    pub(super) fn truncate(&mut self, end: usize) {
        self.bytes.truncate(end);
    }

    /// Reads the directory at an offset; `None` when not even its count is there.
    pub(super) fn directory(&self, start: usize) -> Option<Directory> {
        let count = usize::from(self.short(start)?);
        let first = start + 2;
        let entries: Vec<_> = (0..count).map_while(|i| self.entry(first + 12 * i)).collect();
        let end = first + 12 * entries.len();
        let link = (entries.len() == count && self.long(end).is_some()).then_some(end);
        Some(Directory { table: start..link.map_or(end, |link| link + 4), entries, link })
    }

    fn entry(&self, at: usize) -> Option<Entry> {
        self.bytes.get(at..at.checked_add(12)?)?;
        let (tag, kind, count) = (self.short(at)?, self.short(at + 2)?, self.offset(at + 4)?);
        let size = match kind {
            1 | 2 | 6 | 7 | 129 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => 0,
        };
        let value = (size > 0).then(|| self.value(at + 8, count.checked_mul(size)?)).flatten();
        Some(Entry { at, tag, kind, value })
    }

    /// Returns where values of so many bytes lie.
    fn value(&self, field: usize, size: usize) -> Option<Range<usize>> {
        let start = if size <= 4 { field } else { self.offset(field)? };
        let range = start..start.checked_add(size)?;
        self.bytes.get(range.clone())?;
        Some(range)
    }

    /// Returns the bytes of an entry.
    pub(super) fn content(&self, entry: &Entry) -> Option<&[u8]> {
        self.bytes.get(entry.value.clone()?)
    }

    /// Returns the whole numbers of an entry, at most so many.
    pub(super) fn numbers(&self, entry: &Entry, limit: usize) -> Vec<usize> {
        let size = match entry.kind {
            3 => 2,
            4 | 9 | 13 => 4,
            _ => return Vec::new(),
        };
        let range = entry.value.clone().unwrap_or_default();
        range
            .step_by(size)
            .take(limit)
            .filter_map(|at| if size == 2 { self.short(at).map(usize::from) } else { self.offset(at) })
            .collect()
    }

    /// Makes a number the only value of an entry, in the entry itself, whatever it was before.
    pub(super) fn put_short(&mut self, entry: &Entry, value: u8) {
        let rest = if self.is_little {
            [3, 0, 1, 0, 0, 0, value, 0, 0, 0]
        } else {
            [0, 3, 0, 0, 0, 1, 0, value, 0, 0]
        };
        self.put(entry.at + 2, &rest);
    }

    /// Changes the first value of an entry, where that is a whole number that can hold it.
    pub(super) fn set_number(&mut self, entry: &Entry, value: u32) {
        let Some(range) = entry.value.clone().filter(|range| !range.is_empty()) else { return };
        match entry.kind {
            1 => {
                if let Ok(value) = u8::try_from(value) {
                    self.put(range.start, &[value]);
                }
            }
            3 => {
                if let Ok(value) = u16::try_from(value) {
                    let bytes = if self.is_little { value.to_le_bytes() } else { value.to_be_bytes() };
                    self.put(range.start, &bytes);
                }
            }
            4 | 9 => self.put_long(range.start, value),
            _ => {}
        }
    }
}
