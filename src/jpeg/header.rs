//! What the header of a photo says.

use super::cursor::Stop;
use super::decode::{Layout, Scale};
use super::frame::Component;
use super::icc::{self, Part};
use super::limits::Limits;
use super::metadata::{self, Application};
use super::process::Process;
use super::read::{Until, walk, walk_damaged};
use super::scans::Scan;
use super::sniff::{is_jpeg_magic, may_become_jpeg, not_jpeg};
use super::warning::{Warning, WarningKind};
use crate::error::{Error, Kind, Result};
use crate::photo::Orientation;
use crate::units::{Bytes, Dims};
use std::ops::Range;

/// What the markers of a photo say, without anything decoded.
///
/// Ranges and offsets are bytes from the beginning of the file and lie within it.
#[derive(Clone, Debug)]
pub struct Header {
    /// Size as stored, before it is turned upright.
    pub dims: Dims,
    /// Bits of a sample.
    pub precision: u8,
    /// How it is coded.
    pub process: Process,
    /// Its components, in the order of the frame header; ids differ, sampling factors are 1 to 4.
    pub components: Vec<Component>,
    /// MCUs between restart markers in the first scan, 0 for none.
    pub restart_interval: u16,
    /// Whether it has a JFIF segment.
    pub jfif: bool,
    /// The colour transform of the Adobe segment: 0 none, 1 YCbCr, 2 YCCK.
    pub adobe_transform: Option<u8>,
    /// How it must be turned; upright when Exif says nothing, or nonsense.
    pub orientation: Orientation,
    /// Whether Exif says that its pixels are Adobe RGB; a profile says more.
    pub is_adobe_rgb: bool,
    /// The preview of IFD1, inside the Exif segment; it begins with FF D8.
    pub preview: Option<Range<usize>>,
    /// The first Exif segment, from its TIFF header on.
    pub exif: Option<Range<usize>>,
    /// How many pictures a multi-picture index lists, 0 without one.
    pub mpf_images: u32,
    /// How many scans were met.
    pub scans: u32,
    /// Where the entropy-coded data of the first scan begins.
    pub first_scan: usize,
    /// Where the file goes on after EOI; `None` when EOI is missing, or not read to.
    pub end: Option<usize>,
    /// What is odd about it but harms no pixel, at most one of a kind.
    pub warnings: Vec<Warning>,
    /// The scans to decode, in order.
    pub(super) plan: Vec<Scan>,
    /// The parts of the ICC profile.
    pub(super) icc: Vec<Part>,
}

/// What the first bytes of a file gave.
#[derive(Clone, Debug)]
pub enum Head {
    /// The header up to the first scan; `scans` is 1, `end` is `None`.
    Complete(Header),
    /// The header goes on after the last byte given.
    NeedMore,
}

impl Header {
    /// Reads a whole file: walks every marker and through every scan, to EOI.
    ///
    /// Takes one pass over the bytes at the speed of memory; allocates for what is there, not for
    /// what is claimed.
    ///
    /// # Errors
    /// [`Kind::NotJpeg`] when it is something else, JPEG-LS included; [`Kind::Truncated`] when it
    /// ends before its last scan is under way, lacks a component or restart intervals;
    /// [`Kind::Corrupt`] when it breaks the rules; [`Kind::Unsupported`] for a hierarchical
    /// picture. All say where.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        if !is_jpeg_magic(bytes) {
            return Err(not_jpeg(bytes));
        }
        walk(bytes, Until::End).map_err(|stop| stop.into_error(bytes))
    }

    /// Reads a damaged file as far as its markers make sense, for
    /// [`Decoder::salvage`](super::Decoder::salvage).
    ///
    /// # Errors
    /// As [`Header::read`], when it has no scan, or no size.
    pub fn read_damaged(bytes: &[u8]) -> Result<Self> {
        if !is_jpeg_magic(bytes) {
            return Err(not_jpeg(bytes));
        }
        walk_damaged(bytes).map_err(|stop| stop.into_error(bytes))
    }

    /// Reads the first bytes of a file up to its first scan.
    ///
    /// `is_whole` says that the file ends with them. A picture whose height is told after its
    /// first scan (DNL) is read to there.
    ///
    /// # Errors
    /// As [`Header::read`], for what precedes the first scan. [`Kind::Truncated`] only when the
    /// file is whole.
    pub fn read_head(bytes: &[u8], is_whole: bool) -> Result<Head> {
        if !is_jpeg_magic(bytes) {
            return if !is_whole && may_become_jpeg(bytes) {
                Ok(Head::NeedMore)
            } else {
                Err(not_jpeg(bytes))
            };
        }
        match walk(bytes, Until::FirstScan) {
            Ok(header) => Ok(Head::Complete(header)),
            Err(Stop::Short(_)) if !is_whole => Ok(Head::NeedMore),
            Err(stop) => Err(stop.into_error(bytes)),
        }
    }

    /// Returns the size once upright.
    #[must_use]
    pub fn upright(&self) -> Dims {
        self.orientation.turn(self.dims)
    }

    /// Returns how many segments of an ICC profile precede the first scan, sound or not.
    #[must_use]
    pub fn icc_segments(&self) -> usize {
        self.icc.len()
    }

    /// Returns the ICC profile, put together from its segments.
    ///
    /// `bytes` are those it was read from. `None` without a profile, and where segments are missing
    /// or at odds, which is a [warning](super::WarningKind::BadIcc).
    #[must_use]
    pub fn icc(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let parts = icc::in_order(&self.icc).ok()?;
        let mut profile = Vec::new();
        for range in parts {
            profile.extend_from_slice(bytes.get(range)?);
        }
        (!profile.is_empty()).then_some(profile)
    }

    /// Walks the application segments and comments before the first scan, in the order of the file.
    ///
    /// `bytes` are those it was read from.
    pub fn applications<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = Application<'a>> + use<'a> {
        metadata::applications(bytes.get(..self.first_scan).unwrap_or_default())
    }

    /// Returns where pictures or a video follow EOI, to the end of the file.
    ///
    /// `bytes` are those it was read from. `None` where what follows is of no known use.
    #[must_use]
    pub fn trailing_media(&self, bytes: &[u8]) -> Option<Range<usize>> {
        let is_media = self.warnings.iter().any(|warning| warning.kind == WarningKind::TrailingMedia);
        self.end.filter(|_| is_media).map(|end| end..bytes.len())
    }

    /// Returns how many bytes decoding it at a scale takes, into 8-bit interleaved samples.
    ///
    /// `width × height` of the frame for grey samples, three times that for RGB; plus, with all
    /// components padded to whole MCUs, 1 byte for each of their samples and 2 for each coefficient
    /// of a progressive picture. A sequential one is transformed block by block, in however many
    /// scans it comes.
    #[must_use]
    pub fn decode_memory(&self, scale: Scale) -> u64 {
        let channels = if self.components.len() == 1 { 1 } else { 3 };
        let pixels = scale.frame(self.dims).area().saturating_mul(channels);
        let coefficients = if self.process.is_progressive() { 2 * 64 } else { 0 };
        let parts = Layout::new(self, scale).parts;
        let sizes = parts.iter().map(|part| (part.across * part.down, part.size * part.size));
        let planes = sizes.map(|(blocks, samples)| blocks as u64 * (samples as u64 + coefficients));
        planes.fold(pixels, u64::saturating_add)
    }

    /// Checks that this program decodes such pictures.
    ///
    /// # Errors
    /// [`Kind::Unsupported`] unless it is baseline, extended or progressive by Huffman codes, of 8
    /// bits and 1, 3 or 4 components.
    pub fn check_supported(&self) -> Result<()> {
        let why = if !self.process.is_supported() {
            format!("it is {}, SOF{}", self.process, self.process.sof())
        } else if self.precision != 8 {
            format!("it has {} bits a sample", self.precision)
        } else if !matches!(self.components.len(), 1 | 3 | 4) {
            format!("it has {} components", self.components.len())
        } else {
            return Ok(());
        };
        Err(Error::new(Kind::Unsupported, why))
    }

    /// Checks pixels, scans and the memory that decoding at a scale takes; the file's size is for
    /// [`Limits::check_file`].
    ///
    /// # Errors
    /// [`Kind::TooLarge`].
    pub fn check_limits(&self, limits: &Limits, scale: Scale) -> Result<()> {
        self.check_needs(limits, Bytes(self.decode_memory(scale)))
    }

    /// Checks pixels, scans and the memory that something takes.
    pub(super) fn check_needs(&self, limits: &Limits, memory: Bytes) -> Result<()> {
        let why = if self.dims.area() > limits.max_pixels {
            format!("{} are {} pixels, the limit is {}", self.dims, self.dims.area(), limits.max_pixels)
        } else if self.scans > limits.max_scans {
            format!("it has {} scans, the limit is {}", self.scans, limits.max_scans)
        } else if memory > limits.max_memory {
            let (memory, limit) = (memory.rounded(), limits.max_memory.rounded());
            let why = format!("decoding {} takes {memory}, the limit is {limit}", self.dims);
            return Err(Error::new(Kind::TooLarge, why).hint("--max-memory raises what one photo may need"));
        } else {
            return Ok(());
        };
        Err(Error::new(Kind::TooLarge, why))
    }
}

impl Stop {
    /// Returns the fault; bytes that end too soon are a truncation when there are no more.
    fn into_error(self, bytes: &[u8]) -> Error {
        match self {
            Self::Fault(error) => error,
            Self::Short(what) => {
                Error::new(Kind::Truncated, format!("the file ends within {what}")).offset(bytes.len() as u64)
            }
        }
    }
}
