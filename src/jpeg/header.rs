//! What the header of a photo says.

use super::cursor::Stop;
use super::decode::{Layout, View, coefficient_memory};
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
    /// Where the marker of its frame header is.
    pub(super) frame: usize,
    /// The scans to decode, in order.
    pub(super) plan: Vec<Scan>,
    /// The parts of the ICC profile.
    pub(super) icc: Vec<Part>,
}

/// What the first bytes of a file gave.
#[derive(Clone, Debug)]
pub enum Head {
    /// The header as far as was asked for; `end` is `None`.
    Complete(Box<Header>),
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
        read_beginning(bytes, is_whole, Until::FirstScan)
    }

    /// Reads the first bytes of a file up to where every component has had its first scan.
    ///
    /// Of a progressive picture these are scans of DC coefficients, which mostly come in one, at a tenth
    /// of the file: [`Decoder::decode`](super::Decoder::decode) makes of the header an eighth of the
    /// picture's size. Of a sequential one they are all scans. They are complete when a marker follows
    /// them. Scans of AC coefficients that come between are passed and left out; whether anything
    /// follows is not looked at.
    ///
    /// # Errors
    /// As [`Header::read`], for what was read. [`Kind::Truncated`] only when the file is whole.
    pub fn read_first_scans(bytes: &[u8], is_whole: bool) -> Result<Head> {
        read_beginning(bytes, is_whole, Until::FirstScans)
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

    /// Returns how many bytes decoding as much of it as a view shows takes, and a frame made of it.
    ///
    /// Of the frame, `width × height` for grey samples, three times that for RGB; plus, with all
    /// components padded to whole MCUs, 1 byte for each of their samples and, where the view needs more of a
    /// progressive picture than the means of its blocks, 2 for each of its coefficients. A sequential one is
    /// transformed row by row, in however many scans it comes.
    #[must_use]
    pub fn decode_memory(&self, view: &View) -> u64 {
        let channels = if self.components.len() == 1 { 1 } else { 3 };
        let layout = Layout::new(self, view);
        let samples = layout.parts.iter().map(|part| part.width as u64 * part.height as u64).max();
        let frame = samples.unwrap_or(0).saturating_mul(channels);
        let planes = layout.parts.iter().map(|part| part.samples() as u64);
        planes.fold(frame, u64::saturating_add).saturating_add(coefficient_memory(self, view, &layout))
    }

    /// Checks that this program decodes such pictures.
    ///
    /// # Errors
    /// [`Kind::Unsupported`], at its frame header, unless it is baseline, extended or progressive by
    /// Huffman codes, of 8 bits and 1, 3 or 4 components.
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
        Err(Error::new(Kind::Unsupported, why).offset(self.frame as u64))
    }

    /// Checks pixels, scans and the memory that decoding a view takes; the file's size is for
    /// [`Limits::check_file`].
    ///
    /// # Errors
    /// [`Kind::TooLarge`].
    pub fn check_limits(&self, limits: &Limits, view: &View) -> Result<()> {
        self.check_needs(limits, Bytes(self.decode_memory(view)))
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

/// Reads the first bytes of a file as far as is asked.
fn read_beginning(bytes: &[u8], is_whole: bool, until: Until) -> Result<Head> {
    if !is_jpeg_magic(bytes) {
        let may_become = !is_whole && may_become_jpeg(bytes);
        return if may_become { Ok(Head::NeedMore) } else { Err(not_jpeg(bytes)) };
    }
    match walk(bytes, until) {
        Ok(header) => Ok(Head::Complete(Box::new(header))),
        Err(Stop::Short(_)) if !is_whole => Ok(Head::NeedMore),
        Err(stop) => Err(stop.into_error(bytes)),
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
