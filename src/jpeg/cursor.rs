//! A place in the bytes of a file, moving from marker to marker.

use super::restarts::Restarts;
use crate::error::{Error, Kind};
use memchr::memchr;

/// Why reading stopped before the end of the picture.
#[derive(Debug)]
pub(super) enum Stop {
    /// The bytes end within what is named.
    Short(&'static str),
    /// A rule is broken.
    Fault(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

/// Makes a [`Kind::Corrupt`] fault.
pub(super) fn corrupt(offset: usize, why: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Kind::Corrupt, why).offset(offset as u64)
}

/// A marker and what had to be skipped to find it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marker {
    /// The byte after FF.
    pub(super) code: u8,
    /// Where its FF is, the last one if there are several.
    pub(super) offset: usize,
    /// Where the search began.
    pub(super) from: usize,
    /// How many skipped bytes belong to nothing.
    pub(super) stray: usize,
    /// How many FF too many there are.
    pub(super) fill: usize,
}

/// A marker's parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    /// Where the marker's FF is.
    pub(super) offset: usize,
    /// Where the parameters begin, after the length.
    pub(super) start: usize,
    /// The length as written; below 2 it is nonsense.
    pub(super) length: u16,
    /// The parameters.
    pub(super) data: &'a [u8],
}

/// A place in a file; it never moves back, so every loop over it ends with the bytes.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Stands at `at`, or at the end where that is less.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at: at.min(bytes.len()) }
    }

    /// Returns the offset of the next byte.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// Returns the bytes from here on.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Moves past the next marker, whatever is before it; `None` when there is no further one.
    pub(super) fn next_marker(&mut self) -> Option<Marker> {
        let from = self.at;
        let (mut stray, mut fill) = (0, 0);
        loop {
            let rest = self.rest();
            let Some(skipped) = memchr(0xff, rest) else {
                self.at = self.bytes.len();
                return None;
            };
            let run = rest[skipped..].iter().take_while(|&&byte| byte == 0xff).count();
            let Some(&code) = rest.get(skipped + run) else {
                self.at = self.bytes.len();
                return None;
            };
            self.at += skipped + run + 1;
            stray += skipped;
            if code != 0 {
                fill += run - 1;
                return Some(Marker { code, offset: self.at - 2, from, stray, fill });
            }
            stray += run + 1;
        }
    }

    /// Moves past the parameters of the marker just passed.
    pub(super) fn segment(&mut self, what: &'static str) -> Result<Segment<'a>, Stop> {
        let &[high, low, ref after @ ..] = self.rest() else { return Err(Stop::Short(what)) };
        let length = u16::from_be_bytes([high, low]);
        let size = usize::from(length).saturating_sub(2);
        let data = after.get(..size).ok_or(Stop::Short(what))?;
        let segment = Segment { offset: self.at.saturating_sub(2), start: self.at + 2, length, data };
        self.at += 2 + size;
        Ok(segment)
    }

    /// Moves to the marker that ends the entropy-coded data, or to the end of the bytes.
    ///
    /// Tells `restarts` of every RSTn on the way. FF FF 00 is one FF of data, as in libjpeg.
    pub(super) fn skip_entropy(&mut self, restarts: &mut Restarts) {
        let mut interval = self.at;
        loop {
            let Some(skipped) = memchr(0xff, self.rest()) else {
                self.at = self.bytes.len();
                restarts.end(self.at - interval);
                return;
            };
            let first = self.at + skipped;
            let mut next = first + 1;
            while self.bytes.get(next) == Some(&0xff) {
                next += 1;
            }
            match self.bytes.get(next) {
                Some(0) => self.at = next + 1,
                Some(&code @ 0xd0..=0xd7) => {
                    restarts.meet(code & 7, next - 1, first - interval);
                    self.at = next + 1;
                    interval = self.at;
                }
                end => {
                    self.at = if end.is_some() { first } else { next };
                    restarts.end(first - interval);
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_found_behind_stray_and_fill_bytes() {
        let mut cursor = Cursor::new(b"ab\xff\x00c\xff\xff\xff\xe1\x00\x03x\xff", 0);
        let marker = cursor.next_marker().unwrap();
        assert_eq!((marker.code, marker.offset, marker.stray, marker.fill), (0xe1, 7, 5, 2));
        let segment = cursor.segment("APP1").unwrap();
        assert_eq!((segment.offset, segment.start, segment.data), (7, 11, &b"x"[..]));
        assert!(cursor.next_marker().is_none() && cursor.rest().is_empty());
    }

    #[test]
    fn a_segment_longer_than_the_bytes_is_short() {
        for bytes in [&b""[..], b"\0", b"\0\x05ab"] {
            assert!(matches!(Cursor::new(bytes, 0).segment("DQT"), Err(Stop::Short("DQT"))));
        }
    }

    #[test]
    fn stuffed_bytes_are_data() {
        let mut restarts = Restarts::expecting(Some(1));
        let mut cursor = Cursor::new(b"a\xff\0\xff\xff\0\xff\xd0bc\xff\xd9", 0);
        cursor.skip_entropy(&mut restarts);
        assert_eq!((cursor.offset(), restarts.found()), (10, 1));
    }
}
