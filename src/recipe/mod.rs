//! The recipe: what is done to a photo, as text, as stages, and as one geometry for a given photo.
//!
//! A [`Recipe`] is its text and says everything that decides the bytes of an output: the stages
//! in their order, then the format, then the metadata to keep. Whatever its length, it folds into
//! one [`Geometry`]: a window of the stored picture, the size it is resampled to, and how it has
//! yet to be turned. So one decode and one resample do it.
//!
//! Left out on purpose: pixels, files and routes (how a geometry is reached at the least cost is
//! decided elsewhere), free text and escapes, floating point, and percentages or other sizes that
//! would need a calculator. All arithmetic is in integers and rounds the same everywhere: cuts
//! towards the smaller window, proportions to the nearest pixel, and never below one pixel.
//!
//! ```
//! use jpegasus::{photo::Orientation, recipe::Recipe, units::Dims};
//! let recipe: Recipe = "orient,crop=16:9,inside=256x256".parse().unwrap();
//! assert_eq!(recipe.to_string(), "orient,crop=16:9@center,inside=256x256,jpeg=85,keep=icc");
//! let geometry = recipe.fold(Dims::new(4000, 3000), Orientation::Upright).unwrap();
//! assert_eq!(geometry.to_string(), "window 4000x2250+0+375 -> 256x144, orientation 1");
//! ```

mod flags;
mod geometry;
mod gravity;
mod output;
#[cfg(test)]
mod properties;
mod size;
mod stage;
#[cfg(test)]
mod tests;
mod text;

pub use flags::{Fit, Flags, Turn};
pub use geometry::Geometry;
pub use gravity::Gravity;
pub use output::{Format, Huffman, Keep, Quality};
pub use size::{Area, Aspect, Cut, MAX_SIDE, Size};
pub use stage::{Enlarge, Mode, Stage};

use crate::error::{Error, Kind, Result};
use crate::photo::Orientation;
use crate::units::Dims;
use std::fmt;
use std::str::FromStr;

/// What a hint shows of a recipe.
const EXAMPLE: &str = "a recipe looks like orient,crop=16:9@center,inside=256x256,jpeg=85,keep=icc";

/// What is done to a photo: stages, the format of the output and the metadata to keep.
///
/// Prints as it parses, with everything said that the text may leave out (`@center`, `jpeg=85`,
/// `keep=icc`) and the modes behind the geometry. Two recipes are equal if and only if their
/// printed texts are.
///
/// It makes sense: `orient` is first and there once, no mode is there twice, all sides are 1 to
/// [`MAX_SIDE`], and
///
/// * `lossless` goes with the default format only (it has no quality and tables of its own, as
///   nothing is encoded anew), and with no stage that resizes, nor any other mode;
/// * `embedded` and `fast` go with a stage that resizes: a preview is never as large as its photo, and
///   only what is shrunk can do with a part of it;
/// * if the last stage that changes the geometry resizes, the format can hold that size.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Recipe {
    stages: Vec<Stage>,
    format: Format,
    keep: Keep,
}

impl Recipe {
    /// Makes a recipe of its parts, by the same rules as the parser.
    ///
    /// Modes may stand anywhere behind `orient`; they are moved to the end.
    ///
    /// # Errors
    /// [`Kind::Usage`] when it makes no sense, see [`Recipe`].
    pub fn new(mut stages: Vec<Stage>, format: Format, keep: Keep) -> Result<Self> {
        for (index, &stage) in stages.iter().enumerate() {
            stage.check()?;
            let is_repeated = stages[..index].contains(&stage);
            match stage {
                Stage::Orient if index > 0 && !is_repeated => {
                    return Err(Error::usage("'orient' is not the first stage").hint(EXAMPLE));
                }
                Stage::Orient | Stage::Mode(_) if is_repeated => {
                    return Err(Error::usage(format!("'{stage}' is there twice")).hint("leave one out"));
                }
                _ => {}
            }
        }
        stages.sort_by_key(|stage| match stage {
            Stage::Mode(mode) => Some(*mode),
            _ => None,
        });
        let recipe = Self { stages, format, keep };
        recipe.check_modes()?;
        recipe.check_format()?;
        Ok(recipe)
    }

    /// Returns the stages: `orient`, then the geometry in its order, then the modes in theirs.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Returns the format of the output.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns which metadata is kept.
    #[must_use]
    pub fn keep(&self) -> Keep {
        self.keep
    }

    /// Tells whether the picture is turned upright.
    #[must_use]
    pub fn is_orienting(&self) -> bool {
        self.stages.first() == Some(&Stage::Orient)
    }

    /// Tells whether any stage resizes, whether or not it changes a given photo.
    #[must_use]
    pub fn is_resizing(&self) -> bool {
        self.resizing().is_some()
    }

    /// Tells whether `mode` is there.
    #[must_use]
    pub fn has(&self, mode: Mode) -> bool {
        self.stages.contains(&Stage::Mode(mode))
    }

    /// Tells whether coded blocks are moved without decoding pixels.
    #[must_use]
    pub fn is_lossless(&self) -> bool {
        self.has(Mode::Lossless)
    }

    /// Tells whether the EXIF preview may stand for the photo.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.has(Mode::Embedded)
    }

    /// Tells whether no more of a photo is read than its output needs.
    #[must_use]
    pub fn is_fast(&self) -> bool {
        self.has(Mode::Fast)
    }

    /// Tells whether damaged photos are written as far as they go.
    #[must_use]
    pub fn is_salvaging(&self) -> bool {
        self.has(Mode::Salvage)
    }

    /// Tells whether colours are converted to sRGB.
    #[must_use]
    pub fn is_srgb(&self) -> bool {
        self.has(Mode::Srgb)
    }

    /// Returns what the recipe comes to for a photo of `stored` pixels that is to be turned by
    /// `orientation`.
    ///
    /// All stages count in pixels of the picture as the stages before have left it, upright if
    /// the recipe orients. Rounding:
    ///
    /// * `crop=WxH+X+Y` is clipped to the picture; `crop=WxH@…` is cut down to it;
    /// * `crop=RATIO` and `cover` cut the largest window of the aspect, rounded down;
    /// * `inside` reaches one side of the box and rounds the other to the nearest pixel;
    /// * a window after a resize is mapped back to the photo: its length is rounded down, its
    ///   middle stays in place to half a pixel;
    /// * no side gets below 1; without `!enlarge` no side of the result is longer than the
    ///   window's.
    ///
    /// # Errors
    /// [`Kind::Outside`] when a window misses the picture; [`Kind::TooLarge`] when a side of the
    /// photo is above [`MAX_SIDE`] or one of the result above what the format can hold;
    /// [`Kind::Corrupt`] when the photo has no pixels.
    pub fn fold(&self, stored: Dims, orientation: Orientation) -> Result<Geometry> {
        let geometry = geometry::fold(&self.stages, stored, orientation)?;
        let (output, limit) = (geometry.output(), self.format.max_side());
        if output.width.max(output.height) > limit {
            let why = format!("{output} pixels, a side is above the {limit} of {}", self.format.name());
            return Err(Error::new(Kind::TooLarge, why).hint("choose a smaller size or another format"));
        }
        Ok(geometry)
    }

    /// Returns the first stage that resizes.
    fn resizing(&self) -> Option<Stage> {
        self.stages.iter().copied().find(|stage| stage.target().is_some())
    }

    fn check_modes(&self) -> Result<()> {
        let clash = |why: String, hint: &'static str| Err(Error::usage(why).hint(hint));
        if self.is_lossless() {
            return self.check_lossless(clash);
        }
        let shrinking = [Mode::Embedded, Mode::Fast].into_iter().find(|&mode| self.has(mode));
        match shrinking {
            Some(mode) if !self.is_resizing() => clash(
                format!("'{mode}' has no size to reach"),
                "say how small, as in orient,inside=160x160,embedded or orient,inside=100x100,fast",
            ),
            _ => Ok(()),
        }
    }

    /// Checks that nothing else is asked for that makes new pixels, or would have no effect.
    fn check_lossless(&self, clash: impl Fn(String, &'static str) -> Result<()>) -> Result<()> {
        let hint = "lossless only cuts and turns, as in orient,crop=640x480+16+32,lossless";
        if let Some(stage) = self.resizing() {
            return clash(format!("'lossless' does not go with '{stage}', which makes new pixels"), hint);
        }
        for (mode, why) in [
            (Mode::Embedded, "takes pixels of the preview"),
            (Mode::Fast, "leaves out what the pixels can do without"),
            (Mode::Salvage, "makes up pixels for those that are missing"),
            (Mode::Srgb, "makes new pixels"),
        ] {
            if self.has(mode) {
                return clash(format!("'lossless' does not go with '{mode}', which {why}"), hint);
            }
        }
        match self.format {
            format if format == Format::default() => Ok(()),
            Format::Jpeg { .. } => {
                clash(format!("'lossless' encodes nothing anew, so '{}' has no effect", self.format), hint)
            }
            Format::Png | Format::Webp => {
                clash(format!("'lossless' moves blocks of JPEG and cannot write '{}'", self.format), hint)
            }
        }
    }

    /// Checks that the format can hold the size that the geometry ends with.
    fn check_format(&self) -> Result<()> {
        let last = self.stages.iter().rfind(|stage| !matches!(stage, Stage::Orient | Stage::Mode(_)));
        let target = last.and_then(|stage| Some((stage, stage.target()?)));
        match target {
            Some((stage, dims)) if dims.width.max(dims.height) > self.format.max_side() => {
                let (name, limit) = (self.format.name(), self.format.max_side());
                Err(Error::usage(format!("'{stage}': {name} holds sides of up to {limit} pixels"))
                    .hint("choose a smaller size or another format"))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for stage in &self.stages {
            write!(f, "{stage},")?;
        }
        write!(f, "{},keep={}", self.format, self.keep)
    }
}

impl FromStr for Recipe {
    type Err = Error;

    /// Reads a recipe; the format, `keep` and gravities may be left out.
    ///
    /// # Errors
    /// [`Kind::Usage`] naming the part that is wrong, with a hint that shows it right.
    fn from_str(text: &str) -> Result<Self> {
        let misplaced = |part: &str, place: &str| {
            Err(Error::usage(format!("{} {place}", text::quoted(part))).hint(EXAMPLE))
        };
        if text.is_empty() {
            return Err(Error::usage("the recipe is empty").hint(EXAMPLE));
        }
        let (mut stages, mut format, mut keep) = (Vec::new(), None, None);
        for part in text.split(',') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let named = |error| stage::within(part, error);
            if name == "keep" {
                if let Some(keep) = keep.replace(value.parse::<Keep>().map_err(named)?) {
                    return misplaced(part, &format!("comes after 'keep={keep}'"));
                }
                continue;
            }
            if Format::NAMES.contains(&name) {
                if let Some(format) = format.replace(part.parse::<Format>().map_err(named)?) {
                    return misplaced(part, &format!("is a second format after '{format}'"));
                }
            } else {
                stages.push(part.parse::<Stage>()?);
                if format.is_some() {
                    return misplaced(part, "is a stage after the format");
                }
            }
            if keep.is_some() {
                return misplaced(part, "comes after 'keep', which is the last part");
            }
        }
        Self::new(stages, format.unwrap_or_default(), keep.unwrap_or_default())
    }
}
