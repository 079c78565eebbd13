//! The coding processes of ITU-T T.81.

use std::fmt;

/// How the picture is coded; told by the frame's marker SOFn (T.81 table B.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Process {
    /// SOF0: sequential, Huffman, 8 bits.
    Baseline,
    /// SOF1: sequential, Huffman, 8 or 12 bits, up to four tables of each class.
    Extended,
    /// SOF2: progressive, Huffman.
    Progressive,
    /// SOF3: lossless, Huffman.
    Lossless,
    /// SOF9: sequential, arithmetic.
    Arithmetic,
    /// SOF10: progressive, arithmetic.
    ArithmeticProgressive,
    /// SOF11: lossless, arithmetic.
    ArithmeticLossless,
    /// SOF5, 6, 7, 13, 14 or 15: a differential frame of a hierarchical picture.
    Hierarchical(u8),
}

impl Process {
    /// Returns the process of SOF`n`; `None` for 4, 8 and 12 (DHT, JPG and DAC) and above 15.
    #[must_use]
    pub const fn from_sof(n: u8) -> Option<Self> {
        Some(match n {
            0 => Self::Baseline,
            1 => Self::Extended,
            2 => Self::Progressive,
            3 => Self::Lossless,
            9 => Self::Arithmetic,
            10 => Self::ArithmeticProgressive,
            11 => Self::ArithmeticLossless,
            5..=7 | 13..=15 => Self::Hierarchical(n),
            _ => return None,
        })
    }

    /// Returns the number in its marker's name SOFn.
    #[must_use]
    pub const fn sof(self) -> u8 {
        match self {
            Self::Baseline => 0,
            Self::Extended => 1,
            Self::Progressive => 2,
            Self::Lossless => 3,
            Self::Arithmetic => 9,
            Self::ArithmeticProgressive => 10,
            Self::ArithmeticLossless => 11,
            Self::Hierarchical(n) => n,
        }
    }

    /// Tells whether coefficients come in several scans that refine one another.
    #[must_use]
    pub const fn is_progressive(self) -> bool {
        matches!(self, Self::Progressive | Self::ArithmeticProgressive)
    }

    /// Tells whether each component's coefficients come in one scan.
    #[must_use]
    pub const fn is_sequential(self) -> bool {
        matches!(self, Self::Baseline | Self::Extended | Self::Arithmetic)
    }

    /// Tells whether samples are predicted from their neighbours instead of transformed.
    #[must_use]
    pub const fn is_lossless(self) -> bool {
        matches!(self, Self::Lossless | Self::ArithmeticLossless)
    }

    /// Tells whether this program decodes it: Huffman-coded, sequential or progressive.
    #[must_use]
    pub const fn is_supported(self) -> bool {
        matches!(self, Self::Baseline | Self::Extended | Self::Progressive)
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Baseline => "baseline",
            Self::Extended => "extended sequential",
            Self::Progressive => "progressive",
            Self::Lossless => "lossless",
            Self::Arithmetic => "arithmetic sequential",
            Self::ArithmeticProgressive => "arithmetic progressive",
            Self::ArithmeticLossless => "arithmetic lossless",
            Self::Hierarchical(_) => "hierarchical",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_process_keeps_its_number() {
        let known: Vec<u8> = (0..=255).filter(|&n| Process::from_sof(n).is_some()).collect();
        assert_eq!(known, [0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15]);
        for n in known {
            assert_eq!(Process::from_sof(n).unwrap().sof(), n);
        }
    }
}
