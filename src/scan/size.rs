//! Which file sizes are wanted.

use crate::error::{Error, Result};
use crate::units::Bytes;
use std::fmt;
use std::str::FromStr;

/// A condition on a file's size, in fd's words: `+1M` at least, `-500k` at most, `4096` exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeFilter {
    /// Files of this size and larger ones.
    AtLeast(Bytes),
    /// Files of this size and smaller ones.
    AtMost(Bytes),
    /// Files of exactly this size.
    Exactly(Bytes),
}

impl SizeFilter {
    /// Tells whether a file of `len` bytes is wanted.
    #[must_use]
    pub const fn takes(self, len: u64) -> bool {
        match self {
            Self::AtLeast(size) => len >= size.0,
            Self::AtMost(size) => len <= size.0,
            Self::Exactly(size) => len == size.0,
        }
    }
}

impl FromStr for SizeFilter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (kind, size): (fn(Bytes) -> Self, &str) = match text.as_bytes().first() {
            Some(b'+') => (Self::AtLeast, &text[1..]),
            Some(b'-') => (Self::AtMost, &text[1..]),
            _ => (Self::Exactly, text),
        };
        if !size.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Error::usage(format!("'{text}' is not a file size"))
                .hint("+1M is at least, -500k at most, 4096 exactly"));
        }
        size.parse().map(kind)
    }
}

impl fmt::Display for SizeFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(size) => write!(f, "+{size}"),
            Self::AtMost(size) => write!(f, "-{size}"),
            Self::Exactly(size) => write!(f, "{size}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_fd_reads_them_and_print_as_they_parse() {
        for (text, inside, outside) in [
            ("+1M", 1_000_000, 999_999),
            ("-500k", 500_000, 500_001),
            ("+1Mi", 1 << 20, 1_048_575),
            ("4096", 4096, 4095),
            ("-0b", 0, 1),
        ] {
            let filter: SizeFilter = text.parse().unwrap();
            assert!(filter.takes(inside) && !filter.takes(outside), "{text}");
            assert_eq!(filter.to_string().parse::<SizeFilter>().unwrap(), filter);
        }
        for text in ["", "+", "--1", "+-1", "k", "+ 1", "1x"] {
            assert!(text.parse::<SizeFilter>().is_err(), "{text}");
        }
    }
}
