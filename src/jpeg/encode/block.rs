//! A block of quantised coefficients as Huffman symbols (T.81 §F.1.2), for sequential scans.

#![allow(clippy::cast_possible_truncation, reason = "what is cast was shifted or masked to fit")]

use super::{Block, Codes, Writer};

/// The symbol of an end of block.
const END: u8 = 0x00;

/// The symbol of sixteen zeros.
const ZEROS: u8 = 0xf0;

/// What takes the symbols of a block.
pub(in crate::jpeg) trait Sink {
    /// Takes a DC symbol, which is the size, and as many bits.
    fn dc(&mut self, size: u8, bits: u32);
    /// Takes an AC symbol, run and size, and as many bits as the size says.
    fn ac(&mut self, symbol: u8, bits: u32);

    /// Takes an AC coefficient that is not 0, behind up to 15 that are.
    ///
    /// A value of −32768, which no size stands for, is told as one of size 15.
    #[inline(always)]
    fn coefficient(&mut self, run: u32, value: i16) {
        let size = category(value.into()).min(15);
        self.ac((run << 4 | size) as u8, bits(value.into(), size));
    }
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
/// `order` says where in `block` the coefficients are that follow each other in the file:
/// [`ZIGZAG`](crate::jpeg::standard::ZIGZAG), or another one when the block is transposed. `nonzero` has a
/// bit for each of them, counted from the lowest, that is set where it is not 0; the first one is not
/// looked at.
#[inline(always)]
pub(in crate::jpeg) fn code(
    block: &Block,
    order: &[u8; 64],
    nonzero: u64,
    difference: i32,
    sink: &mut impl Sink,
) {
    let value = |at: usize| block[usize::from(order[at]) % 64];
    tell(value, nonzero, difference, sink);
}

/// Codes one of eight blocks whose coefficients lie side by side, in the order of the file.
#[inline(always)]
pub(super) fn code_one(
    eight: &[[i16; 8]; 64],
    number: usize,
    nonzero: u64,
    difference: i32,
    sink: &mut impl Sink,
) {
    tell(|at| eight[at][number % 8], nonzero, difference, sink);
}

/// Codes a block: `value` returns its coefficients by their place in the file.
#[inline(always)]
fn tell(value: impl Fn(usize) -> i16, nonzero: u64, difference: i32, sink: &mut impl Sink) {
    let length = category(difference);
    sink.dc(length as u8, bits(difference, length));
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
        sink.coefficient(run, value(at as usize % 64));
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

/// Returns a bit for each coefficient that is not 0, in the order of the file.
#[inline]
pub(in crate::jpeg) fn nonzero(block: &Block, order: &[u8; 64]) -> u64 {
    let bit = |(i, &at): (usize, &u8)| u64::from(block[usize::from(at) % 64] != 0) << i;
    order.iter().enumerate().map(bit).fold(0, |all, bit| all | bit)
}

/// Returns the same for each of eight blocks whose coefficients lie side by side, in the order of the file.
pub(super) fn nonzero_of_each(eight: &[[i16; 8]; 64]) -> [u64; 8] {
    let (mut flags, mut bits) = ([0; 512], [0; 64]);
    flag(eight.as_flattened(), &mut flags);
    gather(&flags, &mut bits);
    std::array::from_fn(|number| u64::from_le_bytes(std::array::from_fn(|i| bits[8 * i + number])))
}

/// Tells of each value, by a 1, that it is not 0.
#[inline(never)]
fn flag(values: &[i16], flags: &mut [u8; 512]) {
    for (flag, &value) in flags.iter_mut().zip(values) {
        *flag = u8::from(value != 0);
    }
}

/// Gathers, byte by byte, the lowest bits of eight words of eight bytes each.
#[inline(never)]
fn gather(flags: &[u8; 512], bits: &mut [u8; 64]) {
    for (bits, words) in bits.as_chunks_mut::<8>().0.iter_mut().zip(flags.as_chunks::<64>().0) {
        let words = words.as_chunks::<8>().0.iter().zip(0..);
        *bits = words.fold(0, |all, (word, i)| all | u64::from_le_bytes(*word) << i).to_le_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jpeg::standard::ZIGZAG;

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
        code(&block, &ZIGZAG, nonzero(&block, &ZIGZAG), difference, &mut told);
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
                assert_eq!(nonzero(&block, &ZIGZAG), 1 << i);
                let mut eight = [[0; 8]; 64];
                eight[i][i % 8] = value;
                let mut expected = [0; 8];
                expected[i % 8] = 1 << i;
                assert_eq!(nonzero_of_each(&eight), expected);
            }
            assert_eq!(nonzero_of_each(&[[value; 8]; 64]), [u64::MAX; 8]);
        }
        assert_eq!((nonzero(&[0; 64], &ZIGZAG), nonzero_of_each(&[[0; 8]; 64])), (0, [0; 8]));
    }

    #[test]
    fn a_block_beside_others_is_coded_as_alone() {
        let eight: [[i16; 8]; 64] = std::array::from_fn(|i| {
            std::array::from_fn(|n| if (i * n) % 7 == 3 { i as i16 - 40 } else { 0 })
        });
        for (number, mask) in nonzero_of_each(&eight).into_iter().enumerate() {
            let mut block = [0; 64];
            ZIGZAG.iter().zip(&eight).for_each(|(&at, values)| block[usize::from(at)] = values[number]);
            let (mut one, mut other) = (Told::default(), Told::default());
            code_one(&eight, number, mask, -3, &mut one);
            code(&block, &ZIGZAG, nonzero(&block, &ZIGZAG), -3, &mut other);
            assert_eq!(one.0, other.0);
        }
    }

    #[test]
    fn the_greatest_values_have_their_sizes() {
        assert_eq!(told(&[(1, 1023), (2, -1023)], -65535)[..2], [("dc", 16, 0), ("ac", 0x0a, 1023)]);
        assert_eq!(told(&[(1, i16::MAX), (2, i16::MIN)], 0)[1..3], [("ac", 15, 32767), ("ac", 15, 32767)]);
    }
}
