//! What writes the encoder's own blocks.

#![allow(clippy::cast_possible_truncation, reason = "what is cast is small")]

use super::Codes;
use super::block::{Sink, bits, category};
use super::writer::Tail;

/// Coefficients from −[`SMALL`] to [`SMALL`] − 1 have a look-up: 16 is as fast as 8 for thumbnails and a
/// little faster for busy pictures of a megapixel (`benches/encode.rs`, November 2026).
const SMALL: i16 = 16;

/// The codes of a component: of DC and of AC symbols.
pub(super) struct Pair {
    dc: Codes,
    ac: Codes,
    /// By run and coefficient: code and value in one, as [`Codes`] has them, its length lowest.
    small: [u32; 512],
}

impl Pair {
    pub(super) fn new(dc: Codes, ac: Codes) -> Self {
        let small = std::array::from_fn(|i| {
            let (run, value) = ((i / 32) as u8, i32::from(i as u8 % 32) - i32::from(SMALL));
            let size = category(value);
            let (code, length) = ac.get(run << 4 | size as u8);
            (code << size | bits(value, size)) << 8 | (length + size)
        });
        Self { dc, ac, small }
    }
}

/// Writes the symbols of a block, with the last bits at hand; all of them have a code and a legal size.
pub(super) struct Pen<'a> {
    bytes: &'a mut Vec<u8>,
    pub(super) tail: Tail,
    codes: &'a Pair,
}

impl<'a> Pen<'a> {
    pub(super) const fn new(bytes: &'a mut Vec<u8>, tail: Tail, codes: &'a Pair) -> Self {
        Self { bytes, tail, codes }
    }
}

impl Sink for Pen<'_> {
    #[inline(always)]
    fn dc(&mut self, size: u8, bits: u32) {
        let ((code, length), size) = (self.codes.dc.get(size), u32::from(size));
        // 16 + 11 bits at most.
        self.tail.put(self.bytes, code << size | bits, length + size);
    }

    #[inline(always)]
    fn ac(&mut self, symbol: u8, bits: u32) {
        let ((code, length), size) = (self.codes.ac.get(symbol), u32::from(symbol & 15));
        self.tail.put(self.bytes, code << size | bits, length + size);
    }

    #[inline(always)]
    fn coefficient(&mut self, run: u32, value: i16) {
        let place = value.wrapping_add(SMALL) as u16;
        if place < 32 {
            let entry = self.codes.small[(run << 5) as usize & 0x1e0 | usize::from(place)];
            self.tail.put(self.bytes, entry >> 8, entry & 0xff);
        } else {
            let value = value.into();
            let size = category(value);
            self.ac((run << 4 | size) as u8, bits(value, size));
        }
    }
}
