//! What the fuzz targets do with an input, and what must hold; `tests/fuzz_replay.rs` does the same with
//! the saved ones.
//!
//! What there is to choose, such as a scale or a window, the last bytes of an input choose, so that a photo can
//! be given to the program as it is.

#![allow(dead_code, unused_imports, reason = "each target uses one of them")]

mod engine;
mod exif;
mod journal;
mod recipe;
mod worker;

pub(crate) use engine::{decode, header, lossless};
pub(crate) use exif::exif;
pub(crate) use journal::journal;
pub(crate) use recipe::recipe;
pub(crate) use worker::worker;

use jpegasus::jpeg::{Limits, Scale};
use jpegasus::units::{Bytes, Dims, Window};

/// How many of the last bytes choose.
const CHOOSING: usize = 8;

/// What a photo may ask for here: little, so that an input takes milliseconds.
fn limits() -> Limits {
    Limits { max_memory: Bytes(16 << 20), max_pixels: 4_000_000, ..Limits::default() }
}

/// Choices made by the end of an input (a hash of it: FNV-1a of 64 bits, then its multiplicative steps).
struct Choices(u64);

impl Choices {
    fn of(bytes: &[u8]) -> Self {
        let last = &bytes[bytes.len().saturating_sub(CHOOSING)..];
        let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(last.iter().fold(0xcbf2_9ce4_8422_2325, step))
    }

    /// Returns a number below `end`, which is at least 1.
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(end)).unwrap()
    }

    fn scale(&mut self) -> Scale {
        Scale::ALL[self.below(4) as usize]
    }

    /// Returns a window, small ones as often as large ones.
    fn window(&mut self, dims: Dims) -> Window {
        let mut side = |all: u32| {
            let most = if self.below(2) == 0 { all } else { all.min(40) };
            let length = 1 + self.below(most);
            (self.below(all - length + 1), length)
        };
        let ((x, width), (y, height)) = (side(dims.width), side(dims.height));
        Window { x, y, dims: Dims::new(width, height) }
    }
}
