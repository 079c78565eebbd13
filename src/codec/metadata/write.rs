//! How metadata gets into the files that encoders made.

use super::{Carried, EXIF, SEGMENT, photoshop, xmp};
use crate::error::{Error, Kind, Result};

/// What stands before a part of a profile in APP2 (ICC.1:2010 annex B.4), without number and total.
const ICC: &[u8] = b"ICC_PROFILE\0";

/// The length of PNG's signature and its IHDR chunk (RFC 2083 §3.1, §4.1.1).
const PNG_HEAD: usize = 8 + 25;

/// The keyword of XMP in iTXt (XMP part 3 §1.1.5), no compression, no language.
const PNG_XMP: &[u8] = b"XML:com.adobe.xmp\0\0\0\0\0";

impl Carried {
    pub(in crate::codec) fn icc(&self) -> Option<&[u8]> {
        self.icc.as_deref()
    }

    pub(in crate::codec) fn exif(&self) -> Option<&[u8]> {
        self.exif.as_deref()
    }

    pub(in crate::codec) fn xmp(&self) -> Option<&[u8]> {
        self.xmp.as_deref()
    }

    /// Puts everything into a JPEG, behind SOI and JFIF, which it may lack, and behind its EOI.
    ///
    /// # Errors
    /// [`Kind::OutputFailed`] when the profile does not fit into 255 segments.
    pub fn put_into_jpeg(&self, mut file: Vec<u8>) -> Result<Vec<u8>> {
        let head = match *file {
            [_, _, 0xff, 0xe0, high, low, b'J', b'F', b'I', b'F', 0, ..] => {
                4 + usize::from(u16::from_be_bytes([high, low]))
            }
            _ => 2,
        };
        // Behind SOI, marker, length, identifier and version.
        if let Some((density, place)) = self.density.zip(file.get_mut(13..18)).filter(|_| head > 2) {
            place.copy_from_slice(&density);
        }
        let mut segments = Vec::new();
        for (code, data) in self.segments()? {
            let Ok(length) = u16::try_from(data.len() + 2) else { continue };
            segments.extend([0xff, code]);
            segments.extend(length.to_be_bytes());
            segments.extend(data);
        }
        if let Some(index) = &self.index {
            let start = head + segments.len() + 8;
            let end = file.len() + segments.len() + 4 + index.len();
            if let (Some(data), Ok(length)) = (index.moved(start, end), u16::try_from(index.len() + 2)) {
                segments.extend([0xff, 0xe2]);
                segments.extend(length.to_be_bytes());
                segments.extend(data);
            }
        }
        if file.len() >= head {
            file.splice(head..head, segments);
        }
        file.extend_from_slice(self.trailer.as_deref().unwrap_or_default());
        Ok(file)
    }

    /// Returns the segments in the order in which readers like them: Exif, XMP, the profile, others.
    fn segments(&self) -> Result<Vec<(u8, Vec<u8>)>> {
        let mut segments = Vec::new();
        segments.extend(self.exif.iter().map(|exif| (0xe1, [EXIF, exif].concat())));
        segments.extend(self.xmp.iter().map(|packet| (0xe1, [xmp::SIGNATURE, packet].concat())));
        let (extended, others): (Vec<_>, Vec<_>) =
            self.more.iter().cloned().partition(|(_, data)| data.starts_with(xmp::EXTENSION));
        segments.extend(extended);
        let icc = self.icc.as_deref().unwrap_or_default();
        let parts = icc.chunks(SEGMENT - ICC.len() - 2);
        let Ok(total) = u8::try_from(parts.len()) else {
            return Err(Error::new(
                Kind::OutputFailed,
                "cannot encode as JPEG: the colour profile is beyond 16 MB",
            ));
        };
        segments.extend(parts.zip(1..).map(|(part, number)| (0xe2, [ICC, &[number, total], part].concat())));
        let (resources, others): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|(_, data)| data.starts_with(photoshop::SIGNATURE));
        segments.extend(resources);
        segments.extend(others);
        Ok(segments)
    }

    /// Puts the XMP packet into a PNG, behind its header.
    pub(in crate::codec) fn xmp_into_png(&self, mut file: Vec<u8>) -> Vec<u8> {
        let Some(packet) = &self.xmp else { return file };
        let Ok(length) = u32::try_from(PNG_XMP.len() + packet.len()) else { return file };
        let content = [b"iTXt", PNG_XMP, packet].concat();
        let sum = crc32fast::hash(&content).to_be_bytes();
        if file.len() >= PNG_HEAD {
            file.splice(PNG_HEAD..PNG_HEAD, [&length.to_be_bytes()[..], &content, &sum].concat());
        }
        file
    }
}
