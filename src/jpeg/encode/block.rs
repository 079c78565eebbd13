//! A block of quantised coefficients as Huffman symbols (T.81 §F.1.2), for sequential scans.

#![allow(clippy::cast_possible_truncation, reason = "what is cast was shifted or masked to fit")]

use super::{Block, Codes, Writer};
use crate::jpeg::standard::ZIGZAG;

/// The symbol of an end of block.
const END: u8 = 0x00;

/// The symbol of sixteen zeros.
const ZEROS: u8 = 0xf0;

/// The greatest sizes that 8-bit samples can have: of DC differences and AC coefficients (tables F.1
/// and F.2).
const MAX_SIZES: (usize, usize) = (11, 10);

/// What takes the symbols of a block.
pub(in crate::jpeg) trait Sink {
    /// Takes a DC symbol, which is the size, and as many bits.
    fn dc(&mut self, size: u8, bits: u32);
    /// Takes an AC symbol, run and size, and as many bits as the size says.
    fn ac(&mut self, symbol: u8, bits: u32);
}

/// Writes symbols; each must have a code.
pub(in crate::jpeg) struct Coder<'a> {
    /// Where to.
    pub(in crate::jpeg) writer: &'a mut Writer,
    /// The codes of DC symbols.
    pub(in crate::jpeg) dc: &'a Codes,
    /// The codes of AC symbols.
    pub(in crate::jpeg) ac: &'a Codes,
}

impl Sink for Coder<'_> {
    #[inline(always)]
    fn dc(&mut self, size: u8, bits: u32) {
        let (code, length) = self.dc.get(size);
        // A size of 16 or 17 and the longest code are more than one number of 32 bits.
        self.writer.put(code, length);
        self.writer.put(bits, size.into());
    }

    #[inline(always)]
    fn ac(&mut self, symbol: u8, bits: u32) {
        let (code, length) = self.ac.get(symbol);
        let size = u32::from(symbol & 15);
        self.writer.put(code << size | bits, length + size);
    }
}

/// How often each symbol occurs.
#[derive(Clone, Debug)]
pub(in crate::jpeg) struct Frequencies {
    /// Of DC symbols.
    pub(in crate::jpeg) dc: [u64; 256],
    /// Of AC symbols.
    pub(in crate::jpeg) ac: [u64; 256],
}

impl Frequencies {
    /// Tells whether all sizes are such as 8-bit samples can have, and decoders can be expected to take.
    pub(in crate::jpeg) fn are_legal(&self) -> bool {
        let (dc, ac) = MAX_SIZES;
        self.dc[dc + 1..].iter().all(|&count| count == 0)
            && self.ac.iter().enumerate().all(|(symbol, &count)| count == 0 || symbol & 15 <= ac)
    }
}

impl Default for Frequencies {
    fn default() -> Self {
        Self { dc: [0; 256], ac: [0; 256] }
    }
}

impl Sink for Frequencies {
    #[inline(always)]
    fn dc(&mut self, size: u8, _: u32) {
        self.dc[usize::from(size)] += 1;
    }

    #[inline(always)]
    fn ac(&mut self, symbol: u8, _: u32) {
        self.ac[usize::from(symbol)] += 1;
    }
}

/// Codes a block: the difference of its DC coefficient to the one before, then the others.
///
/// The block is in the order of memory; `nonzero` says which of its coefficients are not 0, see
/// [`nonzero`]. An AC coefficient of −32768, which no size stands for, is told as one of size 15: see
/// [`Frequencies::are_legal`].
#[inline(always)]
pub(in crate::jpeg) fn code(block: &Block, nonzero: u64, difference: i32, sink: &mut impl Sink) {
    code_in_order(block, &ZIGZAG, nonzero, difference, sink);
}

/// Codes a block as [`code`] does, its coefficients in another order: `order` says where in it those are that
/// follow each other in the file, as they do when a block is transposed; `nonzero` is in that order too.
#[inline(always)]
pub(in crate::jpeg) fn code_in_order(
    block: &Block,
    order: &[u8; 64],
    nonzero: u64,
    difference: i32,
    sink: &mut impl Sink,
) {
    let size = category(difference);
    sink.dc(size as u8, bits(difference, size));
    let mut rest = nonzero & !1;
    // One bit for each coefficient that has been told.
    let mut next = 1;
    while rest != 0 {
        let at = rest.trailing_zeros();
        let mut run = at - next;
        while run > 15 {
            sink.ac(ZEROS, 0);
            run -= 16;
        }
        let value = i32::from(block[usize::from(order[at as usize % 64]) % 64]);
        let size = category(value).min(15);
        sink.ac((run << 4 | size) as u8, bits(value, size));
        rest &= rest - 1;
        next = at + 1;
    }
    if next < 64 {
        sink.ac(END, 0);
    }
}

/// Returns how many bits a value takes, its sign left out (its category in tables F.1 and F.2).
#[inline(always)]
pub(in crate::jpeg) const fn category(value: i32) -> u32 {
    32 - value.unsigned_abs().leading_zeros()
}

/// Returns the bits that stand for a value: those of a negative one are its complement's.
#[inline(always)]
pub(in crate::jpeg) const fn bits(value: i32, size: u32) -> u32 {
    (value + (value >> 31)).cast_unsigned() & ((1 << size) - 1)
}

/// Returns a bit for each coefficient that is not 0, the first of the file lowest.
#[inline(never)]
pub(in crate::jpeg) fn nonzero(block: &Block) -> u64 {
    let flags = block.map(|value| u8::from(value != 0));
    let (rows, _) = flags.as_chunks::<8>();
    let mut all = 0;
    for (row, spread) in rows.iter().zip(SPREAD.as_chunks::<2>().0) {
        // Gathers the lowest bits of eight bytes, the first one lowest, in the uppermost byte.
        let bits = u64::from_le_bytes(*row).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        all |= spread[0][bits as usize & 15] | spread[1][bits as usize >> 4 & 15];
    }
    all
}

/// Returns a bit for each coefficient that is not 0, in an order of [`code_in_order`].
#[inline]
pub(in crate::jpeg) fn nonzero_in_order(block: &Block, order: &[u8; 64]) -> u64 {
    let bit = |(i, &at): (usize, &u8)| u64::from(block[usize::from(at) % 64] != 0) << i;
    order.iter().enumerate().map(bit).fold(0, |all, bit| all | bit)
}

/// For each four coefficients in the order of memory, by which of them are not 0: where they are in
/// the order of the file.
static SPREAD: [[u64; 16]; 16] = {
    let mut spread = [[0; 16]; 16];
    let mut i = 0;
    while i < 64 {
        let at = ZIGZAG[i] as usize;
        let mut pattern = 0;
        while pattern < 16 {
            if pattern >> (at % 4) & 1 == 1 {
                spread[at / 4][pattern] |= 1 << i;
            }
            pattern += 1;
        }
        i += 1;
    }
    spread
};

#[cfg(test)]
mod tests {
    use super::*;

    /// What was told, in order.
    #[derive(Default)]
    struct Told(Vec<(&'static str, u8, u32)>);

    impl Sink for Told {
        fn dc(&mut self, size: u8, bits: u32) {
            self.0.push(("dc", size, bits));
        }
        fn ac(&mut self, symbol: u8, bits: u32) {
            self.0.push(("ac", symbol, bits));
        }
    }

    fn told(coefficients: &[(usize, i16)], difference: i32) -> Vec<(&'static str, u8, u32)> {
        let mut block = [0; 64];
        coefficients.iter().for_each(|&(at, value)| block[usize::from(ZIGZAG[at])] = value);
        let mut told = Told::default();
        code(&block, nonzero(&block), difference, &mut told);
        told.0
    }

    #[test]
    fn runs_sizes_and_bits_are_those_of_t81() {
        assert_eq!(told(&[], 0), [("dc", 0, 0), ("ac", 0, 0)]);
        assert_eq!(told(&[(0, 9)], -5), [("dc", 3, 0b010), ("ac", 0, 0)]);
        assert_eq!(
            told(&[(1, -1), (3, 2), (36, -7), (63, 1)], 2047),
            [
                ("dc", 11, 2047),
                ("ac", 0x01, 0),
                ("ac", 0x12, 2),
                ("ac", 0xf0, 0),
                ("ac", 0xf0, 0),
                ("ac", 0x03, 0),
                ("ac", 0xf0, 0),
                ("ac", 0xa1, 1),
            ]
        );
        assert_eq!(told(&[(17, 1)], 0)[1..], [("ac", 0xf0, 0), ("ac", 0x01, 1), ("ac", 0, 0)]);
    }

    #[test]
    fn each_coefficient_has_its_bit() {
        for value in [1, -1, i16::MIN, i16::MAX] {
            for (i, &at) in ZIGZAG.iter().enumerate() {
                let mut block = [0; 64];
                block[usize::from(at)] = value;
                assert_eq!(nonzero(&block), 1 << i);
            }
            assert_eq!(nonzero(&[value; 64]), u64::MAX);
        }
        assert_eq!(nonzero(&[0; 64]), 0);
    }

    #[test]
    fn what_no_decoder_takes_is_seen_in_the_frequencies() {
        for (coefficient, difference, is_legal) in [
            (1023, 2047, true),
            (-1023, -2047, true),
            (1024, 0, false),
            (i16::MIN, 0, false),
            (0, 2048, false),
            (0, -65535, false),
        ] {
            let mut block = [0; 64];
            block[63] = coefficient;
            let mut frequencies = Frequencies::default();
            code(&block, nonzero(&block), difference, &mut frequencies);
            assert_eq!(frequencies.are_legal(), is_legal, "{coefficient} {difference}");
        }
    }
}
