//! How the result is written: the format with its quality, and the metadata that is kept.

use super::text;
use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// The quality of JPEG output on the scale of the Independent JPEG Group, 1 to 100.
///
/// The default is 85.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quality(u8);

impl Quality {
    /// Makes a quality.
    ///
    /// # Errors
    /// [`Kind::Usage`](crate::error::Kind::Usage) outside 1 to 100.
    pub fn new(quality: u8) -> Result<Self> {
        match quality {
            1..=100 => Ok(Self(quality)),
            _ => Err(wrong_quality(&quality.to_string())),
        }
    }

    /// Returns the number, 1 to 100.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for Quality {
    fn default() -> Self {
        Self(85)
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Quality {
    type Err = Error;

    fn from_str(quality: &str) -> Result<Self> {
        let number = text::number(quality).and_then(|number| u8::try_from(number).ok());
        Self::new(number.ok_or_else(|| wrong_quality(quality))?)
    }
}

fn wrong_quality(quality: &str) -> Error {
    Error::usage(format!("{} is not a quality from 1 to 100", text::quoted(quality)))
        .hint("85 is the default, as in jpeg=85")
}

/// Which Huffman tables JPEG output has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Huffman {
    /// The ones of T.81 Annex K.3, which suit photos well.
    #[default]
    Standard,
    /// The best ones for each picture: `!optimize`. Files are a few percent smaller and take longer.
    Optimised,
}

/// The format of the output; JPEG of quality 85 by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Baseline JPEG.
    Jpeg {
        /// How good, on the IJG scale.
        quality: Quality,
        /// Which Huffman tables.
        huffman: Huffman,
    },
    /// PNG, lossless.
    Png,
    /// WebP, lossless only.
    Webp,
}

impl Format {
    /// The names of all formats.
    pub const NAMES: [&str; 3] = ["jpeg", "png", "webp"];

    /// Returns the name without the quality, such as `jpeg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg { .. } => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    /// Returns the usual extension of a file name, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg { .. } => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    /// Returns the longest side that the format can hold, in pixels.
    ///
    /// JPEG has 16 bits for it (T.81 §B.2.2), PNG 31 (RFC 2083 §2.1). WebP has 14 (RFC 9649),
    /// of which libwebp writes up to 16383 (`WEBP_MAX_DIMENSION`).
    #[must_use]
    pub const fn max_side(self) -> u32 {
        match self {
            Self::Jpeg { .. } => 65_535,
            Self::Png => (1 << 31) - 1,
            Self::Webp => 16_383,
        }
    }
}

impl Default for Format {
    fn default() -> Self {
        Self::Jpeg { quality: Quality::default(), huffman: Huffman::default() }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jpeg { quality, huffman: Huffman::Standard } => write!(f, "jpeg={quality}"),
            Self::Jpeg { quality, huffman: Huffman::Optimised } => write!(f, "jpeg={quality}!optimize"),
            Self::Png | Self::Webp => f.write_str(self.name()),
        }
    }
}

impl FromStr for Format {
    type Err = Error;

    /// Reads `jpeg=85`, `jpeg=85!optimize`, `jpeg` (of the default quality), `png` or `webp`.
    fn from_str(part: &str) -> Result<Self> {
        match part.split_once('=') {
            None if part == "jpeg" => Ok(Self::default()),
            None if part == "png" => Ok(Self::Png),
            None if part == "webp" => Ok(Self::Webp),
            Some(("jpeg", value)) => {
                let (quality, huffman) = match value.split_once('!') {
                    None => (value, Huffman::Standard),
                    Some((quality, "optimize")) => (quality, Huffman::Optimised),
                    Some((_, other)) => {
                        return Err(text::unknown("suffix", &format!("!{other}"), &["!optimize"]));
                    }
                };
                Ok(Self::Jpeg { quality: quality.parse()?, huffman })
            }
            Some((name @ ("png" | "webp"), _)) => {
                Err(Error::usage(format!("{name} is lossless and takes no quality"))
                    .hint(format!("write {name} alone, or jpeg=85")))
            }
            _ => Err(text::unknown("format", part, &Self::NAMES)),
        }
    }
}

/// Which metadata the output carries over; the ICC profile by default.
///
/// The orientation tag is never carried over unreset, and GPS positions only by [`Keep::All`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Keep {
    /// Nothing.
    None,
    /// The ICC profile, without which colours are wrong.
    #[default]
    Icc,
    /// The ICC profile, artist and copyright.
    Copyright,
    /// Everything that stays true after the change.
    All,
}

impl Keep {
    /// All four, from the least to the most.
    pub const ALL: [Self; 4] = [Self::None, Self::Icc, Self::Copyright, Self::All];

    /// Returns the name as recipes and flags write it, such as `copyright`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Icc => "icc",
            Self::Copyright => "copyright",
            Self::All => "all",
        }
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Keep {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|keep| keep.name() == name)
            .ok_or_else(|| text::unknown("choice of metadata", name, &Self::ALL.map(Self::name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_print_as_they_parse() {
        for name in ["jpeg=1", "jpeg=85", "jpeg=100", "jpeg=100!optimize", "png", "webp"] {
            assert_eq!(name.parse::<Format>().unwrap().to_string(), name);
        }
        assert_eq!("jpeg".parse::<Format>().unwrap(), Format::default());
        for bad in ["", "jpeg=", "jpeg=0", "jpeg=101", "jpeg=+5", "jpeg=256", "png=9", "webp=85", "jpg"] {
            assert!(bad.parse::<Format>().is_err(), "{bad}");
        }
        for bad in
            ["jpeg!optimize", "jpeg=!optimize", "jpeg=85!", "jpeg=85!optimize!optimize", "png!optimize"]
        {
            assert!(bad.parse::<Format>().is_err(), "{bad}");
        }
        let slip = "jpeg=85!optimise".parse::<Format>().unwrap_err();
        assert_eq!(slip.hint.as_deref(), Some("did you mean '!optimize'?"));
    }

    #[test]
    fn kept_metadata_prints_as_it_parses() {
        for keep in Keep::ALL {
            assert_eq!(keep.to_string().parse::<Keep>().unwrap(), keep);
        }
        assert_eq!("ic".parse::<Keep>().unwrap_err().hint.as_deref(), Some("did you mean 'icc'?"));
    }
}
