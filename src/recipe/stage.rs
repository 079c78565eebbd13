//! One step of a recipe.

use super::{Cut, Gravity, Size, text};
use crate::error::{Error, Result};
use crate::units::Dims;
use std::fmt;
use std::str::FromStr;

/// The names with which parts of a recipe begin; those that are no stages serve the hints.
const NAMES: [&str; 14] = [
    "orient", "crop", "inside", "cover", "stretch", "lossless", "embedded", "fast", "salvage", "srgb",
    "jpeg", "png", "webp", "keep",
];

/// Whether a picture may become larger than it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Enlarge {
    /// Pictures only ever shrink; a smaller one keeps its size.
    #[default]
    Never,
    /// The asked size is reached by enlarging too: `!enlarge`.
    Allowed,
}

/// What a recipe demands besides geometry; holds for the whole recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Move coded blocks, decode no pixels; the corner moves to the grid of the blocks.
    Lossless,
    /// Use the EXIF preview where it is large enough and has the photo's aspect.
    Embedded,
    /// Read no more of a photo than its output needs, so that damage behind that is not found.
    Fast,
    /// Write what is there of a truncated or corrupt photo.
    Salvage,
    /// Convert the colours to sRGB.
    Srgb,
}

impl Mode {
    /// All of them, in the order in which recipes print them.
    pub const ALL: [Self; 5] = [Self::Lossless, Self::Embedded, Self::Fast, Self::Salvage, Self::Srgb];

    /// Returns the name as recipes and flags write it, such as `lossless`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lossless => "lossless",
            Self::Embedded => "embedded",
            Self::Fast => "fast",
            Self::Salvage => "salvage",
            Self::Srgb => "srgb",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One step of a recipe; prints as it parses.
///
/// Pixels are those of the picture as the stages before have left it. Sides are 1 to
/// [`MAX_SIDE`](super::MAX_SIDE).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// `orient`: turn the picture upright, as EXIF says. Without it pixels stay as stored.
    Orient,
    /// `crop=…`: cut a window out.
    Crop(Cut),
    /// `inside=…`: shrink to fit into a box, in proportion.
    Inside {
        /// The box.
        size: Size,
        /// Whether a smaller picture grows to fit.
        enlarge: Enlarge,
    },
    /// `cover=…`: cut to the aspect of a size, then fill it exactly.
    Cover {
        /// The size.
        dims: Dims,
        /// Where the cut is placed.
        gravity: Gravity,
        /// Whether a cut that is smaller than the size grows to it; else it keeps its own size.
        enlarge: Enlarge,
    },
    /// `stretch=…`: resize to a size, out of proportion if need be.
    Stretch {
        /// The size.
        dims: Dims,
        /// Whether a shorter side grows; else it keeps its own length, each side by itself.
        enlarge: Enlarge,
    },
    /// `lossless`, `embedded`, `fast`, `salvage` or `srgb`.
    Mode(Mode),
}

impl Stage {
    /// Returns the size that the picture can have after a stage that resizes; an open side is 1.
    pub(super) fn target(self) -> Option<Dims> {
        match self {
            Self::Inside { size: Size::Box(dims), .. } => Some(dims),
            Self::Inside { size: Size::Width(width), .. } => Some(Dims::new(width, 1)),
            Self::Inside { size: Size::Height(height), .. } => Some(Dims::new(1, height)),
            Self::Cover { dims, .. } | Self::Stretch { dims, .. } => Some(dims),
            Self::Orient | Self::Crop(_) | Self::Mode(_) => None,
        }
    }

    /// Checks that sides are 1 to [`MAX_SIDE`](super::MAX_SIDE).
    pub(super) fn check(self) -> Result<()> {
        let sides = match self {
            Self::Crop(Cut::Window(window)) => Some(window.dims),
            Self::Crop(Cut::Dims(dims, _)) => Some(dims),
            resizing => resizing.target(),
        };
        let Some(dims) = sides else { return Ok(()) };
        let checked = text::checked(dims.width).and(text::checked(dims.height));
        checked.map(|_| ()).map_err(|error| within(&self.to_string(), error))
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = |enlarge| match enlarge {
            Enlarge::Never => "",
            Enlarge::Allowed => "!enlarge",
        };
        match *self {
            Self::Orient => f.write_str("orient"),
            Self::Crop(cut) => write!(f, "crop={cut}"),
            Self::Inside { size, enlarge } => write!(f, "inside={size}{}", suffix(enlarge)),
            Self::Cover { dims, gravity, enlarge } => write!(f, "cover={dims}@{gravity}{}", suffix(enlarge)),
            Self::Stretch { dims, enlarge } => write!(f, "stretch={dims}{}", suffix(enlarge)),
            Self::Mode(mode) => mode.fmt(f),
        }
    }
}

impl FromStr for Stage {
    type Err = Error;

    fn from_str(part: &str) -> Result<Self> {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (part, None),
        };
        let bare = match name {
            "orient" => Some(Self::Orient),
            _ => Mode::ALL.into_iter().find(|mode| mode.name() == name).map(Self::Mode),
        };
        let Some((read, example)) = Self::reader(name) else {
            let stage = bare.ok_or_else(|| text::unknown("stage", name, &NAMES))?;
            return match value {
                None => Ok(stage),
                Some(_) => Err(Error::usage(format!("{}: {name} takes no value", text::quoted(part)))
                    .hint(format!("write {name} alone, as in orient,crop=16:9@center,{name}"))),
            };
        };
        value.ok_or_else(|| Error::usage("it needs a value")).and_then(read).map_err(|error| {
            let near = error.hint.as_ref().map(|hint| format!("{hint} ")).unwrap_or_default();
            within(part, error).hint(format!("{near}{name} looks like {example}"))
        })
    }
}

/// Reads the value of a stage.
type Reader = fn(&str) -> Result<Stage>;

impl Stage {
    /// Returns what reads the value of the stage `name`, and examples of it.
    fn reader(name: &str) -> Option<(Reader, &'static str)> {
        Some(match name {
            "crop" => (
                |value| value.parse().map(Self::Crop),
                "crop=16:9@center, crop=640x480@north or crop=640x480+10+20",
            ),
            "inside" => (
                |value| {
                    let (size, enlarge) = suffixed(value)?;
                    Ok(Self::Inside { size: Size::from_sides(size)?, enlarge })
                },
                "inside=256x256, inside=256x, inside=x256 or inside=256x256!enlarge",
            ),
            "cover" => (
                |value| {
                    let (value, enlarge) = suffixed(value)?;
                    let (size, gravity) = match value.split_once('@') {
                        Some((size, gravity)) => (size, gravity.parse()?),
                        None => (value, Gravity::default()),
                    };
                    Ok(Self::Cover { dims: Size::from_sides(size)?.closed()?, gravity, enlarge })
                },
                "cover=256x256@center or cover=256x256@north!enlarge",
            ),
            "stretch" => (
                |value| {
                    let (size, enlarge) = suffixed(value)?;
                    Ok(Self::Stretch { dims: Size::from_sides(size)?.closed()?, enlarge })
                },
                "stretch=256x256 or stretch=256x256!enlarge",
            ),
            _ => return None,
        })
    }
}

/// Takes `!enlarge` off the end of a value.
fn suffixed(value: &str) -> Result<(&str, Enlarge)> {
    match value.split_once('!') {
        None => Ok((value, Enlarge::Never)),
        Some((value, "enlarge")) => Ok((value, Enlarge::Allowed)),
        Some((_, other)) => Err(text::unknown("suffix", &format!("!{other}"), &["!enlarge"])),
    }
}

/// Names the part of the recipe in which an error is.
pub(super) fn within(part: &str, mut error: Error) -> Error {
    error.why = format!("{}: {}", text::quoted(part), error.why).into();
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_prints_as_it_parses() {
        for stage in [
            "orient",
            "crop=640x480+10+20",
            "crop=640x480@southwest",
            "crop=16:9@center",
            "inside=256x256",
            "inside=256x",
            "inside=x256!enlarge",
            "cover=256x100@north!enlarge",
            "cover=1x65535@center",
            "stretch=3x4",
            "stretch=3x4!enlarge",
            "lossless",
            "embedded",
            "fast",
            "salvage",
            "srgb",
        ] {
            assert_eq!(stage.parse::<Stage>().unwrap().to_string(), stage);
        }
    }

    #[test]
    fn a_bad_stage_is_named_and_shown_right() {
        for (stage, why, hint) in [
            ("insde=256x256", "'insde' is not a stage", "did you mean 'inside'?"),
            ("crop=0x5", "'crop=0x5': a side of 0 pixels", "crop looks like crop=16:9@center"),
            ("crop", "'crop': it needs a value", "crop looks like"),
            (
                "cover=256x",
                "'cover=256x': '256x' leaves a side open",
                "cover looks like cover=256x256@center",
            ),
            (
                "inside=70000x1",
                "'inside=70000x1': a side of 70000 pixels is above 65535",
                "inside looks like",
            ),
            ("inside=1x1!grow", "'inside=1x1!grow': '!grow' is not a suffix", "inside=256x256!enlarge"),
            ("crop=16:9@middle", "'crop=16:9@middle': 'middle' is not a gravity", "known are center, north"),
            ("crop=9x9!enlarge", "'crop=9x9!enlarge': '9!enlarge' is not a number of pixels", "crop looks"),
            ("lossless=1", "'lossless=1': lossless takes no value", "write lossless alone"),
            ("", "'' is not a stage", "known are orient"),
        ] {
            let error = stage.parse::<Stage>().unwrap_err();
            assert_eq!(error.to_string(), why);
            assert!(error.hint.as_ref().unwrap().contains(hint), "{stage}: {:?}", error.hint);
        }
    }
}
