//! The few tags of Exif and MPF that matter here, read from their TIFF structure (TIFF 6.0 §2).
//!
//! An own walk, because it must take what cameras and editors really write: entries out of order,
//! directories that run past their end, values of the wrong width. Nothing is followed but IFD0
//! and the one link to IFD1, so it ends.

use std::ops::Range;

/// Orientation (Exif 2.32).
const ORIENTATION: u16 = 0x0112;
/// JPEGInterchangeFormat: where the preview begins.
const PREVIEW_OFFSET: u16 = 0x0201;
/// JPEGInterchangeFormatLength.
const PREVIEW_LENGTH: u16 = 0x0202;
/// The link to the Exif directory.
const EXIF: u16 = 0x8769;
/// ColorSpace, in the Exif directory.
const COLOR_SPACE: u16 = 0xa001;
/// A colour space that the tag has no number for.
const UNCALIBRATED: u32 = 0xffff;
/// The link to the interoperability directory.
const INTEROPERABILITY: u16 = 0xa005;
/// NumberOfImages (CIPA DC-007 §5.2.3).
const NUMBER_OF_IMAGES: u16 = 0xb001;

/// A TIFF structure in memory.
#[derive(Clone, Copy)]
struct Tiff<'a> {
    bytes: &'a [u8],
    is_little: bool,
}

/// What was found in Exif data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Exif {
    /// The value of the orientation tag, whatever it is.
    pub(super) orientation: Option<u32>,
    /// The JPEG in IFD1, relative to the TIFF header.
    pub(super) preview: Option<Range<usize>>,
    /// Whether the pixels are Adobe RGB: uncalibrated, with the interoperability index R03 (DCF 2.0).
    pub(super) is_adobe_rgb: bool,
    /// What is wrong with it.
    pub(super) fault: Option<&'static str>,
}

/// Reads Exif data that begins with its TIFF header.
pub(super) fn read(bytes: &[u8]) -> Exif {
    let mut exif = Exif::default();
    let Some((tiff, first)) = Tiff::open(bytes) else {
        exif.fault = Some("the Exif data has no TIFF header");
        return exif;
    };
    let Some(next) = tiff.entries(first, |tag, value| {
        if tag == ORIENTATION {
            exif.orientation = exif.orientation.or(value);
        }
    }) else {
        exif.fault = Some("the first Exif directory runs past its segment");
        return exif;
    };
    exif.is_adobe_rgb = tiff.is_adobe_rgb(first).unwrap_or(false);
    if next != 0 {
        match tiff.preview(next) {
            Ok(preview) => exif.preview = preview,
            Err(fault) => exif.fault = Some(fault),
        }
    }
    exif
}

/// Returns how many images a multi-picture index lists.
pub(super) fn read_mpf(bytes: &[u8]) -> Option<u32> {
    let (tiff, first) = Tiff::open(bytes)?;
    let mut images = None;
    tiff.entries(first, |tag, value| {
        if tag == NUMBER_OF_IMAGES {
            images = images.or(value);
        }
    });
    images
}

impl<'a> Tiff<'a> {
    /// Reads the TIFF header and returns the offset of the first directory.
    fn open(bytes: &'a [u8]) -> Option<(Self, u32)> {
        let is_little = match bytes.get(..4)? {
            b"II*\0" => true,
            b"MM\0*" => false,
            _ => return None,
        };
        let tiff = Self { bytes, is_little };
        Some((tiff, tiff.long(4)?))
    }

    /// Returns the word at an offset.
    fn short(self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    /// Returns the double word at an offset.
    fn long(self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// Gives each entry of a directory, with its first value where that is a whole number.
    ///
    /// Returns the offset of the next directory, 0 for none, also where that is cut off; `None`
    /// when the entries themselves are, after giving those that are there.
    fn entries(self, directory: u32, mut each: impl FnMut(u16, Option<u32>)) -> Option<u32> {
        let start = usize::try_from(directory).ok()?;
        let count = usize::from(self.short(start)?);
        let entries = start.checked_add(2)?;
        for i in 0..count {
            let at = entries.checked_add(12 * i)?;
            let (tag, kind) = (self.short(at)?, self.short(at + 2)?);
            let field = self.long(at + 8)?;
            // One BYTE, SHORT or LONG lies at the beginning of the four-byte field.
            let value = match kind {
                1 => self.bytes.get(at + 8).copied().map(u32::from),
                3 => self.short(at + 8).map(u32::from),
                4 | 9 => Some(field),
                _ => None,
            };
            each(tag, value);
        }
        Some(self.long(entries.checked_add(12 * count)?).unwrap_or(0))
    }

    /// Tells whether the directories below the first one say that the pixels are Adobe RGB.
    fn is_adobe_rgb(self, first: u32) -> Option<bool> {
        let find = |directory, wanted| {
            let mut found = None;
            self.entries(directory, |tag, value| {
                if tag == wanted {
                    found = found.or(value);
                }
            });
            found
        };
        let exif = find(first, EXIF)?;
        if find(exif, COLOR_SPACE)? != UNCALIBRATED {
            return Some(false);
        }
        let interoperability = usize::try_from(find(exif, INTEROPERABILITY)?).ok()?;
        let count = usize::from(self.short(interoperability)?);
        let entries = self.bytes.get(interoperability + 2..)?.as_chunks::<12>().0;
        let index =
            |entry: &&[u8; 12]| entry.starts_with(&if self.is_little { [1, 0, 2, 0] } else { [0, 1, 0, 2] });
        Some(entries.iter().take(count).find(index)?.ends_with(b"R03\0"))
    }

    /// Returns where the JPEG listed in a directory is, if one is listed.
    fn preview(self, directory: u32) -> Result<Option<Range<usize>>, &'static str> {
        let (mut offset, mut length) = (None, None);
        let end = self.entries(directory, |tag, value| match tag {
            PREVIEW_OFFSET => offset = offset.or(value),
            PREVIEW_LENGTH => length = length.or(value),
            _ => {}
        });
        let (Some(offset), Some(length)) = (offset, length) else {
            return if end.is_some() {
                Ok(None)
            } else {
                Err("the second Exif directory runs past its segment")
            };
        };
        if length == 0 {
            return Ok(None);
        }
        let range = || {
            let start = usize::try_from(offset).ok()?;
            let end = start.checked_add(usize::try_from(length).ok()?)?;
            self.bytes.get(start..end)?.starts_with(b"\xff\xd8").then_some(start..end)
        };
        range().map(Some).ok_or("the Exif preview is not where the directory says")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jpeg::testing::tiff;

    #[test]
    fn orientation_and_preview_are_read_in_both_byte_orders() {
        for is_little in [true, false] {
            let bytes = tiff(is_little, 6, b"\xff\xd8preview");
            let exif = read(&bytes);
            assert_eq!(exif.orientation, Some(6));
            assert!(bytes[exif.preview.unwrap()].starts_with(b"\xff\xd8pre"));
            assert_eq!(exif.fault, None);
        }
    }

    #[test]
    fn what_is_there_is_read_from_any_prefix() {
        let bytes = tiff(true, 8, b"\xff\xd8preview");
        for end in 0..bytes.len() {
            let exif = read(&bytes[..end]);
            assert!(exif.preview.is_none());
            assert_eq!(exif.orientation, (end >= 22).then_some(8), "{end}");
            assert!(exif.fault.is_some() || (22..26).contains(&end), "{end}");
        }
    }

    #[test]
    fn a_preview_that_is_not_where_the_directory_says_is_none() {
        let good = tiff(true, 1, b"\xff\xd8preview");
        assert_eq!(read(&good).preview, Some(56..65));
        // The values of offset and length, as IFD1 holds them.
        for (place, value) in [(36, 57_u32), (36, 55), (36, u32::MAX), (48, 10), (48, u32::MAX), (48, 1)] {
            let mut bad = good.clone();
            bad[place..place + 4].copy_from_slice(&value.to_le_bytes());
            let exif = read(&bad);
            assert_eq!(exif.preview, None, "{value} at {place}");
            assert!(exif.fault.is_some_and(|fault| fault.contains("preview is not where")), "{value}");
        }
        let mut empty = good;
        empty[48..52].fill(0);
        assert_eq!(read(&empty), Exif { orientation: Some(1), ..Exif::default() }, "no preview, no fault");
    }

    #[test]
    fn a_preview_of_bare_samples_is_none() {
        // Compression 1 lists strips, not a JPEG.
        let mut strips = tiff(true, 1, b"\xff\xd8preview");
        for (place, tag) in [(28, 0x0111_u16), (40, 0x0117)] {
            strips[place..place + 2].copy_from_slice(&tag.to_le_bytes());
        }
        assert_eq!(read(&strips), Exif { orientation: Some(1), ..Exif::default() });
    }

    #[test]
    fn changed_bytes_never_lead_out_of_the_data() {
        let bytes = tiff(false, 1, b"\xff\xd8preview");
        for at in 0..bytes.len() {
            for value in 0..=255 {
                let mut bad = bytes.clone();
                bad[at] = value;
                assert!(read(&bad).preview.is_none_or(|range| range.end <= bad.len()));
                read_mpf(&bad);
            }
        }
    }
}
