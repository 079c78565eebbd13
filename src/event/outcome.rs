//! What came of one photo of a batch.

use crate::error::Error;
use crate::units::{Dims, Window};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// How one photo of a batch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhotoResult {
    /// The output was written.
    Written,
    /// The very same output was there.
    AlreadyThere,
    /// The photo is damaged; what is there of it was written.
    Salvaged,
    /// There is no output.
    Failed,
    /// An output would be written, if this were not a dry run.
    Planned,
    /// The run ended before it was looked at.
    NotBegun,
}

impl PhotoResult {
    /// Returns the word that reports use, such as `already-there`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::AlreadyThere => "already-there",
            Self::Salvaged => "salvaged",
            Self::Failed => "failed",
            Self::Planned => "planned",
            Self::NotBegun => "not-begun",
        }
    }
}

/// Which way led from the photo to the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Route {
    /// All pixels of the photo were decoded.
    Full,
    /// The photo was decoded to one pixel for so many across and down: 2, 4 or 8.
    Scaled(u8),
    /// The preview in the head of the photo was decoded in its place.
    Embedded,
    /// Coefficients were moved, no pixel was decoded.
    Lossless,
}

impl Route {
    /// Returns the word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Scaled(_) => "scaled",
            Self::Embedded => "embedded",
            Self::Lossless => "lossless",
        }
    }

    /// Returns how many pixels of the photo across, or down, were decoded to one; `None` where none were.
    #[must_use]
    pub const fn divisor(self) -> Option<u8> {
        match self {
            Self::Full => Some(1),
            Self::Scaled(divisor) => Some(divisor),
            Self::Embedded | Self::Lossless => None,
        }
    }
}

impl fmt::Display for Route {
    /// Writes the word, and the scale behind it: `scaled 1/8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.divisor().map_or(Ok(()), |divisor| write!(f, " 1/{divisor}"))
    }
}

/// How much of a photo was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Checked {
    /// Every byte and every code of it.
    All,
    /// What its output needs: every marker, unless no more was to be read than needed, and every code of
    /// the window.
    Window,
    /// What precedes its first scan.
    Head,
}

impl Checked {
    /// Returns the word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Window => "window",
            Self::Head => "head",
        }
    }
}

/// What is known of the work on one photo; what was not learned is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Work {
    /// Bytes of the original.
    pub size: Option<u64>,
    /// Pixels of the original, as stored.
    pub stored: Option<Dims>,
    /// What was cut out of it, in pixels as stored.
    pub window: Option<Window>,
    /// Pixels of the output.
    pub dims: Option<Dims>,
    /// How it was decoded.
    pub route: Option<Route>,
    /// How much of it was looked at.
    pub checked: Option<Checked>,
    /// How many bytes of it were read.
    pub bytes_read: Option<u64>,
    /// How much of a damaged photo decoded, 0 to 1.
    pub salvaged: Option<f32>,
    /// Whether pictures or a video that were part of it are not part of the output.
    pub lost_media: bool,
    /// Bytes of the output.
    pub output_size: Option<u64>,
    /// How long opening and reading it took.
    pub read: Duration,
    /// How long decoding, resampling, encoding and writing it took.
    pub work: Duration,
}

/// What came of one photo of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    /// Its place in the set.
    pub index: usize,
    /// Its path.
    pub path: &'a Path,
    /// The path of its output, as far as it has one: OUT as given, and what lies beneath.
    pub output: Option<&'a Path>,
    /// How it ended.
    pub result: PhotoResult,
    /// Why there is no output, or what is wrong with a salvaged photo.
    pub fault: Option<&'a Error>,
    /// What is not clean about it although all of it decodes.
    pub warnings: &'a [String],
    /// What was done.
    pub work: &'a Work,
}
