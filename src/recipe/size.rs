//! Sizes and areas as they are asked for, before any photo is known.

use super::{Gravity, text};
use crate::error::{Error, Result};
use crate::units::{Dims, Window};
use std::fmt;
use std::str::FromStr;

/// The longest side of a photo and of every size in a recipe, in pixels (T.81 §B.2.2: 16 bits).
pub const MAX_SIDE: u32 = 65_535;

/// A size to resize to: a box, or one side with the other left open.
///
/// Sides are 1 to [`MAX_SIDE`] pixels. Parses the forms of `--size`: `256` (the box 256x256),
/// `640x480`, `640x` and `x480`; prints the last three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Size {
    /// Both sides: `WxH`.
    Box(Dims),
    /// The width alone: `Wx`.
    Width(u32),
    /// The height alone: `xH`.
    Height(u32),
}

impl Size {
    /// Returns the box, with an open side as long as any photo's.
    #[must_use]
    pub const fn bounds(self) -> Dims {
        match self {
            Self::Box(dims) => dims,
            Self::Width(width) => Dims::new(width, MAX_SIDE),
            Self::Height(height) => Dims::new(MAX_SIDE, height),
        }
    }

    /// Reads `WxH`, `Wx` or `xH`, the forms of a recipe.
    pub(super) fn from_sides(size: &str) -> Result<Self> {
        match size.split_once('x') {
            Some(("", "")) => Err(Error::usage("'x' leaves both sides open")),
            Some((width, "")) => text::side(width).map(Self::Width),
            Some(("", height)) => text::side(height).map(Self::Height),
            _ => text::dims(size).map(Self::Box),
        }
    }

    /// Returns both sides.
    ///
    /// # Errors
    /// Usage, if one is open.
    pub(super) fn closed(self) -> Result<Dims> {
        match self {
            Self::Box(dims) => Ok(dims),
            open => Err(Error::usage(format!("'{open}' leaves a side open"))),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Box(dims) => dims.fmt(f),
            Self::Width(width) => write!(f, "{width}x"),
            Self::Height(height) => write!(f, "x{height}"),
        }
    }
}

impl FromStr for Size {
    type Err = Error;

    fn from_str(size: &str) -> Result<Self> {
        if size.contains('x') {
            Self::from_sides(size)
        } else {
            text::side(size).map(|n| Self::Box(Dims::new(n, n)))
        }
        .map_err(|error| error.hint("sizes look like 256, 640x480, 640x or x480"))
    }
}

/// The ratio of width to height, in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Aspect {
    width: u32,
    height: u32,
}

impl Aspect {
    /// Makes the ratio `width:height` and reduces it, so that 32:18 is 16:9.
    ///
    /// # Errors
    /// [`Kind::Usage`](crate::error::Kind::Usage) when a term is not 1 to [`MAX_SIDE`].
    pub fn new(width: u32, height: u32) -> Result<Self> {
        if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
            return Err(Error::usage(format!("the terms of {width}:{height} are not 1 to {MAX_SIDE}")));
        }
        let common = common_divisor(width, height);
        Ok(Self { width: width / common, height: height / common })
    }

    /// Returns the term for the width, 1 to [`MAX_SIDE`].
    #[must_use]
    pub const fn width(self) -> u32 {
        self.width
    }

    /// Returns the term for the height, 1 to [`MAX_SIDE`].
    #[must_use]
    pub const fn height(self) -> u32 {
        self.height
    }
}

/// Returns the greatest common divisor (Euclid); `a` if `b` is 0.
const fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.width, self.height)
    }
}

impl FromStr for Aspect {
    type Err = Error;

    fn from_str(ratio: &str) -> Result<Self> {
        let wrong = || Error::usage(format!("{} is not a ratio WIDTH:HEIGHT", text::quoted(ratio)));
        let (width, height) = ratio.split_once(':').ok_or_else(wrong)?;
        Self::new(text::number(width).ok_or_else(wrong)?, text::number(height).ok_or_else(wrong)?)
    }
}

/// What to cut out, before it is known where, as `--area` says it.
///
/// Pixels of the upright picture, sides 1 to [`MAX_SIDE`]. Prints as it parses: `640x480+10+20`,
/// `640x480` or `16:9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Area {
    /// A window in its place.
    Window(Window),
    /// So many pixels, placed by gravity.
    Dims(Dims),
    /// The largest window of that ratio, placed by gravity.
    Aspect(Aspect),
}

impl Area {
    /// Reads an area without the hint for `--area`.
    pub(super) fn read(area: &str) -> Result<Self> {
        match area.split_once('+') {
            Some((dims, corner)) => read_window(dims, corner).map(Self::Window),
            None if area.contains(':') => area.parse().map(Self::Aspect),
            None => text::dims(area).map(Self::Dims),
        }
    }
}

/// Reads the window `dims` at the corner `X+Y`.
fn read_window(dims: &str, corner: &str) -> Result<Window> {
    let dims = text::dims(dims)?;
    let (x, y) =
        corner.split_once('+').and_then(|(x, y)| Some((text::number(x)?, text::number(y)?))).ok_or_else(
            || Error::usage(format!("{} is not a corner +X+Y", text::quoted(&format!("+{corner}")))),
        )?;
    Ok(Window { x, y, dims })
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Window(window) => window.fmt(f),
            Self::Dims(dims) => dims.fmt(f),
            Self::Aspect(aspect) => aspect.fmt(f),
        }
    }
}

impl FromStr for Area {
    type Err = Error;

    fn from_str(area: &str) -> Result<Self> {
        Self::read(area).map_err(|error| error.hint("areas look like 640x480+10+20, 640x480 or 16:9"))
    }
}

/// A cut: an area and, unless it has its place, the gravity that places it.
///
/// Prints as it parses: `640x480+10+20`, `640x480@north`, `16:9@center`; the gravity may be left
/// out of the text and is the centre then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cut {
    /// A window in its place, in pixels from the top left.
    Window(Window),
    /// So many pixels at a place; a longer side than the picture's is cut down to it.
    Dims(Dims, Gravity),
    /// The largest window of a ratio, rounded towards the smaller, at least one pixel.
    Aspect(Aspect, Gravity),
}

impl Cut {
    /// Makes a cut of an area.
    ///
    /// # Errors
    /// [`Kind::Usage`](crate::error::Kind::Usage) when a gravity is given for a window in its place.
    pub fn new(area: Area, gravity: Option<Gravity>) -> Result<Self> {
        match (area, gravity) {
            (Area::Window(window), None) => Ok(Self::Window(window)),
            (Area::Window(window), Some(gravity)) => {
                Err(Error::usage(format!("{window} has its place, so the gravity {gravity} has no effect"))
                    .hint(format!("leave out +X+Y for the gravity, as in {}@{gravity}", window.dims)))
            }
            (Area::Dims(dims), gravity) => Ok(Self::Dims(dims, gravity.unwrap_or_default())),
            (Area::Aspect(aspect), gravity) => Ok(Self::Aspect(aspect, gravity.unwrap_or_default())),
        }
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Window(window) => window.fmt(f),
            Self::Dims(dims, gravity) => write!(f, "{dims}@{gravity}"),
            Self::Aspect(aspect, gravity) => write!(f, "{aspect}@{gravity}"),
        }
    }
}

impl FromStr for Cut {
    type Err = Error;

    fn from_str(cut: &str) -> Result<Self> {
        match cut.split_once('@') {
            Some((area, gravity)) => Self::new(Area::read(area)?, Some(gravity.parse()?)),
            None => Self::new(Area::read(cut)?, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_parse_in_every_form() {
        for (text, printed) in
            [("256", "256x256"), ("640x480", "640x480"), ("640x", "640x"), ("x480", "x480")]
        {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), printed);
        }
        for bad in ["", "x", "0", "0x", "x0", "65536", "1x2x3", "-1", "2:3", "256 "] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
    }

    #[test]
    fn areas_and_cuts_print_as_they_parse() {
        for area in ["640x480+10+20", "640x480+0+4294967295", "640x480", "16:9"] {
            assert_eq!(area.parse::<Area>().unwrap().to_string(), area);
        }
        for (text, printed) in [("640x480", "640x480@center"), ("32:18@east", "16:9@east")] {
            assert_eq!(text.parse::<Cut>().unwrap().to_string(), printed);
        }
        for bad in
            ["", "640", "640x480+1", "640x480+1+2+3", "640x480-1+2", "640x480+1+", "16:0", "0:9", "1.85:1"]
        {
            assert!(bad.parse::<Area>().is_err(), "{bad}");
        }
        assert!("640x480+1+2@north".parse::<Cut>().is_err() && "16:9@".parse::<Cut>().is_err());
    }
}
