//! Quantities with their unit in the type: bytes, pixel dimensions and rates.
//!
//! [`Bytes`] and [`Dims`] print exactly as they parse.
//!
//! ```
//! use jpegasus::units::{Bytes, Dims};
//! assert_eq!("256MiB".parse::<Bytes>().unwrap(), Bytes(256 << 20));
//! assert_eq!("640x480".parse::<Dims>().unwrap().area(), 307_200);
//! ```

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A number of bytes.
///
/// Parses `500`, `500k`, `1M` (powers of 1000) and `1Ki`, `256MiB` (powers of 1024), in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Bytes(pub u64);

impl Bytes {
    /// Returns the size rounded for people, such as `2.7 MB`.
    #[must_use]
    pub fn rounded(self) -> String {
        bytesize::ByteSize(self.0).display().si().to_string()
    }
}

impl FromStr for Bytes {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let not_a_size =
            || Error::usage(format!("'{text}' is not a size")).hint("sizes look like 500k, 10M or 256MiB");
        text.parse::<bytesize::ByteSize>().map(|size| Self(size.0)).map_err(|_| not_a_size())
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u32); 4] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
        for (unit, shift) in UNITS {
            if self.0 != 0 && self.0.trailing_zeros() >= shift {
                return write!(f, "{}{unit}", self.0 >> shift);
            }
        }
        write!(f, "{}B", self.0)
    }
}

/// Width and height in pixels; both are at least 1 wherever a picture is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dims {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Dims {
    /// Makes dimensions.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Returns the number of pixels.
    #[must_use]
    pub const fn area(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// Returns height and width exchanged.
    #[must_use]
    pub const fn transposed(self) -> Self {
        Self { width: self.height, height: self.width }
    }
}

impl fmt::Display for Dims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl FromStr for Dims {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let side = |side: &str| {
            let digits = !side.is_empty() && side.bytes().all(|b| b.is_ascii_digit());
            side.parse::<u32>().ok().filter(|&n| digits && n > 0)
        };
        text.split_once('x')
            .and_then(|(width, height)| Some(Self::new(side(width)?, side(height)?)))
            .ok_or_else(|| Error::usage(format!("'{text}' is not WIDTHxHEIGHT in pixels")))
    }
}

/// A rectangle of pixels, origin top left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// Columns left of it.
    pub x: u32,
    /// Rows above it.
    pub y: u32,
    /// Its size.
    pub dims: Dims,
}

impl Window {
    /// Returns the window that is a whole picture.
    #[must_use]
    pub const fn whole(dims: Dims) -> Self {
        Self { x: 0, y: 0, dims }
    }

    /// Tells whether a pixel lies inside.
    #[must_use]
    pub const fn contains(self, x: u32, y: u32) -> bool {
        x >= self.x && y >= self.y && x - self.x < self.dims.width && y - self.y < self.dims.height
    }

    /// Tells whether it lies inside a picture of `dims`.
    #[must_use]
    pub const fn fits(self, dims: Dims) -> bool {
        self.x as u64 + self.dims.width as u64 <= dims.width as u64
            && self.y as u64 + self.dims.height as u64 <= dims.height as u64
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}+{}", self.dims, self.x, self.y)
    }
}

/// A rectangle whose sides lie between pixels, origin top left; its unit is the pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// How far right of the origin it begins.
    pub x: f64,
    /// How far below the origin it begins.
    pub y: f64,
    /// Its size across.
    pub width: f64,
    /// Its size down.
    pub height: f64,
}

impl From<Window> for Region {
    fn from(window: Window) -> Self {
        let Window { x, y, dims } = window;
        Self { x: x.into(), y: y.into(), width: dims.width.into(), height: dims.height.into() }
    }
}

/// So many things in so long a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// In how long.
    pub elapsed: Duration,
}

impl Rate {
    /// Returns things per second; 0 for no time at all.
    #[must_use]
    pub fn per_second(self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 { self.count as f64 / seconds } else { 0.0 }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.per_second() {
            rate if rate < 10.0 => write!(f, "{rate:.1}/s"),
            rate => write!(f, "{rate:.0}/s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_print_as_they_parse() {
        for (text, value) in [("1000B", 1000), ("1KiB", 1024), ("256MiB", 256 << 20), ("0B", 0)] {
            assert_eq!(text.parse::<Bytes>().unwrap(), Bytes(value));
            assert_eq!(Bytes(value).to_string(), text);
        }
        assert_eq!("1M".parse::<Bytes>().unwrap(), Bytes(1_000_000));
        assert_eq!("2k".parse::<Bytes>().unwrap(), Bytes(2000));
        assert_eq!("1ki".parse::<Bytes>().unwrap(), Bytes(1024));
        assert!("x".parse::<Bytes>().is_err() && "-1".parse::<Bytes>().is_err());
    }

    #[test]
    fn dims_refuse_what_is_no_picture() {
        for bad in ["", "x", "1x", "x1", "0x5", "5x0", "+5x5", "5 x5", "5x5x5", "99999999999x1"] {
            assert!(bad.parse::<Dims>().is_err(), "{bad}");
        }
        assert_eq!("65535x1".parse::<Dims>().unwrap().to_string(), "65535x1");
    }
}
