//! What the application segments APPn say about the picture.

use super::cursor::{Cursor, Segment};
use super::exif;
use super::icc::{self, Part};
use super::warning::{Warning, WarningKind, warn};
use crate::photo::Orientation;
use std::ops::Range;

/// What was found in the APPn segments before the first scan.
#[derive(Clone, Debug, Default)]
pub(super) struct Metadata {
    pub(super) jfif: bool,
    pub(super) adobe_transform: Option<u8>,
    pub(super) orientation: Orientation,
    pub(super) is_adobe_rgb: bool,
    pub(super) exif: Option<Range<usize>>,
    pub(super) preview: Option<Range<usize>>,
    pub(super) mpf_images: u32,
    pub(super) icc: Vec<Part>,
}

/// An application segment APPn or a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Application<'a> {
    /// The byte of its marker after FF: E0 to EF for APP0 to APP15, FE for a comment.
    pub code: u8,
    /// Where its content begins in the file, after the length.
    pub start: usize,
    /// Its content.
    pub data: &'a [u8],
}

/// Walks the application segments and comments of a file's first bytes, in order.
pub(super) fn applications(header: &[u8]) -> impl Iterator<Item = Application<'_>> {
    let mut cursor = Cursor::new(header, 2);
    std::iter::from_fn(move || {
        loop {
            let code = cursor.next_marker()?.code;
            if matches!(code, 0x01 | 0xd0..=0xd9) {
                continue;
            }
            let Segment { start, data, .. } = cursor.segment("a segment").ok()?;
            if matches!(code, 0xe0..=0xef | 0xfe) {
                return Some(Application { code, start, data });
            }
        }
    })
}

impl Metadata {
    /// Reads APP`n`. Of Exif and MPF the first counts, of Adobe the last, as in libjpeg.
    pub(super) fn application(&mut self, n: u8, segment: Segment<'_>, warnings: &mut Vec<Warning>) {
        let Segment { data, start, offset, .. } = segment;
        match (n, data) {
            (0, [b'J', b'F', b'I', b'F', 0, ..]) => self.jfif = true,
            (1, [b'E', b'x', b'i', b'f', 0, _, tiff @ ..]) if self.exif.is_none() => {
                self.exif(tiff, start + 6, warnings);
            }
            (2, [b'M', b'P', b'F', 0, tiff @ ..]) if self.mpf_images == 0 => match exif::read_mpf(tiff) {
                Some(images) => self.mpf_images = images,
                None => warn(warnings, WarningKind::BadMpf, offset, "the multi-picture index cannot be read"),
            },
            (2, _) if data.starts_with(icc::SIGNATURE) => self.icc(segment, warnings),
            // Version and two flag words stand before the transform (Adobe TN 5116 §18).
            (14, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => {
                self.adobe_transform = Some(*transform);
            }
            _ => {}
        }
    }

    /// Reads the first Exif segment; `start` is where its TIFF header lies in the file.
    fn exif(&mut self, tiff: &[u8], start: usize, warnings: &mut Vec<Warning>) {
        let found = exif::read(tiff);
        self.exif = Some(start..start + tiff.len());
        self.preview = found.preview.map(|range| start + range.start..start + range.end);
        self.is_adobe_rgb = found.is_adobe_rgb;
        if let Some(fault) = found.fault {
            warn(warnings, WarningKind::BadExif, start, fault);
        }
        if let Some(value) = found.orientation {
            self.orientation = Orientation::from_exif(value).unwrap_or_else(|| {
                let what = format!("the Exif orientation is {value}, not 1 to 8");
                warn(warnings, WarningKind::BadExif, start, what);
                Orientation::Upright
            });
        }
    }

    /// Notes a part of the ICC profile.
    fn icc(&mut self, segment: Segment<'_>, warnings: &mut Vec<Warning>) {
        let Segment { data, start, offset, .. } = segment;
        let Some(&[number, total, ref rest @ ..]) = data.get(icc::SIGNATURE.len()..) else {
            return warn(warnings, WarningKind::BadIcc, offset, "a part of the ICC profile has no number");
        };
        let end = start + data.len();
        self.icc.push(Part { number, total, range: end - rest.len()..end });
    }

    /// Checks at the first scan what several segments say together.
    pub(super) fn check(&self, warnings: &mut Vec<Warning>) {
        if let (Err(what), Some(part)) = (icc::in_order(&self.icc), self.icc.first()) {
            warn(warnings, WarningKind::BadIcc, part.range.start, what);
        }
    }
}
