//! Huffman tables laid out for passing blocks, several coefficients at a look-up.

#![allow(clippy::cast_possible_truncation, reason = "what is cast was shifted or masked to fit")]

use super::stream::{Bits, Piece};

/// Bits that a look-up of AC coefficients sees.
const AC_LOOK: u32 = 12;

/// The most bits that one look-up of AC coefficients passes: the value of the last one may go on beyond what
/// it sees. Three times this is what a refill guarantees.
const AC_MOST: u32 = 18;

/// Bits that a look-up of a DC difference sees.
const DC_LOOK: u32 = 12;

/// How an entry of AC coefficients is packed: below, the bits that they take; above, how many
/// coefficients they pass, and [`END`] more with an end of block.
const ADVANCE: u32 = 6;

/// What an end of block adds: more than any block has.
const END: u32 = 64;

/// The entry of bits that begin with no code short enough: it takes none and passes beyond everything.
const NONE: u16 = 127 << ADVANCE;

/// The codes of a table as ranges, for those that no look-up holds.
struct Ranges {
    /// For each length: the first code beyond, as 16 bits, and symbol − code.
    of_length: [(u32, i32); 17],
    symbols: Vec<u8>,
}

impl Ranges {
    /// Makes ranges of the counts and symbols of a DHT segment; `None` when they are impossible.
    fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut of_length = [(0, 0); 17];
        let (mut code, mut index) = (0_u32, 0_usize);
        for (length, &count) in (1..=16).zip(counts) {
            let beyond = code + u32::from(count);
            if beyond > 1 << length {
                return None;
            }
            of_length[length as usize] = (beyond << (16 - length), index as i32 - code.cast_signed());
            (code, index) = (beyond << 1, index + usize::from(count));
        }
        (index == symbols.len()).then(|| Self { of_length, symbols: symbols.to_vec() })
    }

    /// Returns the symbol that 16 bits begin with and the length of its code.
    fn find(&self, bits: u32) -> Option<(u8, u32)> {
        let length = (1..=16).find(|&length| bits < self.of_length[length as usize].0)?;
        let index = (bits >> (16 - length)).cast_signed() + self.of_length[length as usize].1;
        Some((*self.symbols.get(index as usize)?, length))
    }
}

/// A table of DC differences.
pub(super) struct Dc {
    /// For each [`DC_LOOK`] bits: how many of them code and value take, and the value times 16; 0 where they
    /// do not hold both.
    fused: Box<[i16; 1 << DC_LOOK]>,
    ranges: Ranges,
}

impl Dc {
    /// Builds a table of the counts and symbols of a DHT segment; `None` when they are impossible.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let ranges = Ranges::new(counts, symbols)?;
        let mut single = Box::new([0; 1 << DC_LOOK]);
        look_ups(counts, symbols, &mut single, |size, length| u16::from(size) << 8 | length);
        let mut fused = Box::new([0; 1 << DC_LOOK]);
        for ((window, entry), &code) in (0..).zip(fused.iter_mut()).zip(single.iter()) {
            let (size, used) = (u32::from(code >> 8), u32::from((code >> 8) + (code & 0xff)));
            if code > 0 && used <= DC_LOOK {
                let value = extend(window >> (DC_LOOK - used) & ((1 << size) - 1), size);
                *entry = (value << 4) as i16 | used as i16;
            }
        }
        Some(Self { fused, ranges })
    }

    /// Takes a difference, after [`Bits::refill`]; 25 bits are left at least.
    #[inline(always)]
    pub(super) fn take(&self, bits: &mut Bits) -> Option<i32> {
        let entry = self.fused[bits.peek(DC_LOOK)];
        if entry == 0 {
            let difference;
            (*bits, difference) = self.take_long(*bits)?;
            return Some(difference);
        }
        bits.skip((entry & 15) as u32);
        Some(i32::from(entry >> 4))
    }

    /// Takes a difference that no look-up holds; see [`Ac::pass_one`].
    #[cold]
    #[inline(never)]
    fn take_long(&self, mut bits: Bits) -> Option<(Bits, i32)> {
        let (size, length) = self.ranges.find(bits.peek(16) as u32)?;
        let both = length + u32::from(size);
        let value = bits.peek(both) & ((1 << size) - 1);
        bits.skip(both);
        Some((bits, extend(value as u32, size.into())))
    }
}

/// A table of AC coefficients.
pub(super) struct Ac {
    /// For each [`AC_LOOK`] bits: what all symbols with their values do together that lie inside them.
    several: Box<[u16; 1 << AC_LOOK]>,
    ranges: Ranges,
}

impl Ac {
    /// Builds a table of the counts and symbols of a DHT segment; `None` when they are impossible.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let ranges = Ranges::new(counts, symbols)?;
        let mut first = Box::new([0; 1 << AC_LOOK]);
        look_ups(counts, symbols, &mut first, |symbol, length| u16::from(symbol) << 8 | length);
        let mut several = Box::new([NONE; 1 << AC_LOOK]);
        for (window, entry) in (0..).zip(several.iter_mut()) {
            *entry = reach(window, &first);
        }
        Some(Self { several, ranges })
    }

    /// Passes the AC coefficients of a block, after [`Dc::take`]; `None` for a code or a run that cannot be.
    #[inline(always)]
    pub(super) fn pass(&self, bits: &mut Bits, piece: &Piece) -> Option<()> {
        // The bits that a difference leaves are enough for one look-up, those of a refill for three.
        let mut next = 1;
        if self.look(bits, &mut next, piece)? {
            return Some(());
        }
        loop {
            bits.refill(piece);
            for _ in 0..3 {
                if self.look(bits, &mut next, piece)? {
                    return Some(());
                }
            }
        }
    }

    /// Passes what one look-up shows; tells whether the block has ended.
    #[inline(always)]
    fn look(&self, bits: &mut Bits, next: &mut u32, piece: &Piece) -> Option<bool> {
        let entry = u32::from(self.several[bits.peek(AC_LOOK)]);
        let beyond = *next + (entry >> ADVANCE);
        if beyond < 64 {
            bits.skip(entry);
            *next = beyond;
            return Some(false);
        }
        if (entry >> ADVANCE >= END && beyond < 2 * END) || beyond == 64 {
            bits.skip(entry);
            return Some(true);
        }
        bits.refill(piece);
        (*bits, *next) = self.pass_one(*bits, *next)?;
        bits.refill(piece);
        Some(*next >= 64)
    }

    /// Passes one coefficient and the zeros before it; returns the next, 64 after the last.
    ///
    /// Bits come and go as values, so that the loop that calls this can keep its own in registers.
    #[cold]
    #[inline(never)]
    fn pass_one(&self, mut bits: Bits, next: u32) -> Option<(Bits, u32)> {
        let (symbol, length) = self.ranges.find(bits.peek(16) as u32)?;
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        bits.skip(length + size);
        let next = match (run, size) {
            (0, 0) => 64,
            (1..15, 0) => return None,
            _ => next + run + 1,
        };
        (next <= 64).then_some((bits, next))
    }
}

/// Fills look-ups by `N` bits: at all that begin with a code an entry made of its symbol and length.
fn look_ups<const N: usize>(
    counts: &[u8; 16],
    symbols: &[u8],
    entries: &mut [u16; N],
    entry: impl Fn(u8, u16) -> u16,
) {
    let mut symbols = symbols.iter();
    let mut at = 0;
    for (length, &count) in (1..=N.trailing_zeros()).zip(counts) {
        // Codes of a table that Ranges takes leave none of this out.
        let span = N >> length;
        for (&symbol, entries) in symbols.by_ref().take(count.into()).zip(entries[at..].chunks_mut(span)) {
            entries.fill(entry(symbol, length as u16));
        }
        at = N.min(at + usize::from(count) * span);
    }
}

/// Packs what all symbols do together that lie inside the next bits.
///
/// `first` has for the same bits the symbol that they begin with, and below it the length of its code.
fn reach(window: u32, first: &[u16; 1 << AC_LOOK]) -> u16 {
    let (mut used, mut advance) = (0, 0);
    while used < AC_LOOK {
        let entry = u32::from(first[((window << used) & ((1 << AC_LOOK) - 1)) as usize]);
        let (run, size, length) = (entry >> 12, entry >> 8 & 15, entry & 0xff);
        if length == 0 {
            break;
        }
        let is_seen = used + length <= AC_LOOK && used + length + size <= AC_MOST;
        if !is_seen || (size == 0 && (1..15).contains(&run)) || advance + run + 1 > 62 {
            break;
        }
        used += length + size;
        if run == 0 && size == 0 {
            return (used | (advance + END) << ADVANCE) as u16;
        }
        advance += run + 1;
    }
    if used == 0 { NONE } else { (used | advance << ADVANCE) as u16 }
}

/// Returns the value that `size` bits stand for: those that begin with 0 are negative (T.81 §F.2.2.1).
const fn extend(bits: u32, size: u32) -> i32 {
    let value = bits.cast_signed();
    if value < 1 << size >> 1 { value + 1 - (1 << size) } else { value }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)]
mod tests {
    use super::super::stream::Stream;
    use super::*;
    use crate::jpeg::encode::{Coder, Codes, Optimal, Writer, code, nonzero};
    use crate::jpeg::standard::{AC_CHROMA, AC_LUMA, DC_CHROMA, DC_LUMA, ZIGZAG};
    use proptest::prelude::*;

    /// Blocks from empty to full, of small and large values, with differences of any legal size.
    fn blocks() -> impl Strategy<Value = Vec<([i16; 64], i32)>> {
        let value = prop_oneof![6 => Just(0), 3 => -3..=3_i16, 1 => -1023..=1023_i16];
        let dense = proptest::collection::vec(value, 64);
        let sparse = (0..64_usize, -40..=40_i16)
            .prop_map(|(at, value)| (0..64).map(|k| if k == at { value } else { 0 }).collect());
        let block = prop_oneof![dense, sparse].prop_map(|block: Vec<i16>| block.try_into().unwrap());
        proptest::collection::vec((block, -2047..=2047), 1..40)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_block_is_passed_to_its_end(blocks in blocks(), is_luma in any::<bool>()) {
            let (dc, ac) = if is_luma { (DC_LUMA, AC_LUMA) } else { (DC_CHROMA, AC_CHROMA) };
            let codes = |(counts, symbols)| Codes::new(counts, symbols).unwrap();
            let (dc_codes, ac_codes) = (codes(dc), codes(ac));
            let mut writer = Writer::new(Vec::new());
            for (block, difference) in &blocks {
                let mut coder = Coder { writer: &mut writer, dc: &dc_codes, ac: &ac_codes };
                code(block, &ZIGZAG, nonzero(block, &ZIGZAG), *difference, &mut coder);
            }
            let data = writer.finish();
            let (dc, ac) = (Dc::new(dc.0, dc.1).unwrap(), Ac::new(ac.0, ac.1).unwrap());
            let stream = Stream::new(&data, 0);
            let mut bits = Bits::default();
            for (_, difference) in &blocks {
                bits.refill(stream.piece());
                prop_assert_eq!(dc.take(&mut bits), Some(*difference));
                prop_assert!(ac.pass(&mut bits, stream.piece()).is_some());
            }
            prop_assert!(!stream.is_overrun(&bits) && stream.left(&bits) == 0);
        }
    }

    fn pass(ac: &Ac, data: &[u8]) -> bool {
        let stream = Stream::new(data, 0);
        let mut bits = Bits::default();
        bits.refill(stream.piece());
        ac.pass(&mut bits, stream.piece()).is_some()
    }

    #[test]
    fn codes_and_runs_that_cannot_be_are_seen() {
        let table = |symbols: &[u8]| {
            let mut frequencies = [0; 256];
            symbols.iter().for_each(|&symbol| frequencies[usize::from(symbol)] = 1);
            let Optimal { counts, symbols } = Optimal::new(&frequencies);
            (Ac::new(&counts, &symbols).unwrap(), Codes::new(&counts, &symbols).unwrap())
        };
        let (ac, codes) = table(&[0x00, 0x01, 0xf0, 0x50, 0x41]);
        let passes = |symbols: &[u8]| {
            let mut writer = Writer::new(Vec::new());
            for &symbol in symbols {
                let (code, length) = codes.get(symbol);
                writer.put(code, length);
                writer.put(0, u32::from(symbol & 15));
            }
            pass(&ac, &writer.finish())
        };
        assert!(passes(&[0x00]) && passes(&[0x01; 63]) && passes(&[0xf0, 0xf0, 0xf0, 0x00]));
        assert!(!passes(&[0xf0, 0xf0, 0xf0, 0xf0]), "a run beyond the block");
        assert!(!passes(&[0x41; 13]), "a coefficient beyond the block");
        assert!(!passes(&[0x50]), "a run without a value");
        // The code of ones is none.
        let ones = [0xff, 0x00].repeat(4);
        assert!(!pass(&ac, &ones));
        assert!(Ac::new(&[2; 16], &[0; 32]).is_none() && Dc::new(&[1; 16], &[0; 3]).is_none());
    }
}
