//! Oddities that harm no pixel.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// What sort of oddity it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum WarningKind {
    /// The file ends without EOI; the decoder tells whether MCUs are missing.
    MissingEoi,
    /// Bytes of no known use follow EOI.
    TrailingBytes,
    /// Pictures or a video follow EOI: previews, gain maps, motion photos. Normal for phones.
    TrailingMedia,
    /// More than one FF before a marker; legal (T.81 §B.1.1.2).
    FillBytes,
    /// Bytes between segments that belong to none.
    StrayBytes,
    /// A comment or APPn segment whose length is below 2; taken as having no content.
    BadLength,
    /// The Exif segment is broken, or its orientation or preview makes no sense.
    BadExif,
    /// ICC segments are missing, doubled or at odds; the profile is left out.
    BadIcc,
    /// The multi-picture index cannot be read.
    BadMpf,
    /// A restart marker after the last interval of a scan, with nothing behind it.
    RestartOrder,
    /// Data of a scan behind its last MCU, or more restart intervals than it has MCUs for.
    ExtraData,
    /// A sequential scan that does not say `0 63 0 0`; decoders read it as if it did.
    ScanParameters,
    /// A progressive component's AC scan precedes its DC scan.
    ScanOrder,
    /// A progressive picture ends, with EOI, before its last scans: all pixels, but coarser ones.
    IncompleteProgression,
    /// The height is told behind the first scan (DNL), which many programs cannot read.
    LateHeight,
    /// Columns or rows at an edge of the photo that cannot be turned without loss are left out.
    Trimmed,
    /// A Huffman table is missing and the standard's example is meant, as in Motion JPEG.
    StandardTables,
}

impl WarningKind {
    /// Tells whether it is so common in good photos that a report may leave it out.
    #[must_use]
    pub const fn is_note(self) -> bool {
        matches!(self, Self::TrailingMedia)
    }
}

/// One oddity of a photo; of each kind the first is kept and the others counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What sort of oddity it is.
    pub kind: WarningKind,
    /// Where the first one is, in bytes from the beginning of the file.
    pub offset: usize,
    /// How many there are.
    pub count: u32,
    /// What the first one is, in a few words.
    pub what: Cow<'static, str>,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        // That is no place in the file.
        if self.kind != WarningKind::Trimmed {
            write!(f, ", at byte {}", self.offset)?;
        }
        match self.count.saturating_sub(1) {
            0 => Ok(()),
            more => write!(f, ", and {more} more"),
        }
    }
}

/// Notes an oddity; memory stays bounded by the number of kinds, whatever the file holds.
pub(super) fn warn(
    warnings: &mut Vec<Warning>,
    kind: WarningKind,
    offset: usize,
    what: impl Into<Cow<'static, str>>,
) {
    match warnings.iter_mut().find(|warning| warning.kind == kind) {
        Some(warning) => warning.count = warning.count.saturating_add(1),
        None => warnings.push(Warning { kind, offset, count: 1, what: what.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_oddities_are_counted_not_kept() {
        let mut warnings = Vec::new();
        for offset in 5..8 {
            warn(&mut warnings, WarningKind::StrayBytes, offset, "1 stray byte");
        }
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].to_string(), "1 stray byte, at byte 5, and 2 more");
    }
}
