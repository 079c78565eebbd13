//! Huffman tables laid out for look-ups (T.81 Annex C).

#![allow(clippy::cast_possible_truncation, reason = "what is cast was shifted or masked to fit")]

use super::Break;
use super::bits::{Bits, extend};

/// Bits that one look-up sees; longer codes (1 in 4096 symbols or fewer) are searched.
const LOOK: u32 = 12;

/// The entries of a look-up.
const ENTRIES: usize = 1 << LOOK;

/// The run of an end of block in [`Table::fused`]: beyond any block.
pub(super) const END: usize = 0xff;

/// A Huffman table.
pub(in crate::jpeg) struct Table {
    /// For each [`LOOK`] bits: code length << 8 | symbol; 0 where the code is longer.
    single: Box<[u16; ENTRIES]>,
    /// For each [`LOOK`] bits: a coefficient in one go; see [`Table::fused`].
    fused: Box<[u32; ENTRIES]>,
    /// For each [`LOOK`] bits: how far one or several AC coefficients reach; see [`Table::several`].
    several: Option<Box<[u32; ENTRIES]>>,
    /// For each length above [`LOOK`]: the first code beyond, as 16 bits, and symbol − code.
    long: [(u32, i32); 17],
    symbols: Vec<u8>,
}

impl Table {
    /// Builds a table of the counts and symbols of a DHT segment; `None` when they are impossible.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table = Self {
            single: Box::new([0; ENTRIES]),
            fused: Box::new([0; ENTRIES]),
            several: None,
            long: [(0, 0); 17],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut index) = (0_u32, 0_usize);
        for length in 1..=16_u32 {
            let count = u32::from(counts[length as usize - 1]);
            if code + count > 1 << length {
                return None;
            }
            table.long[length as usize] =
                ((code + count) << (16 - length), index as i32 - code.cast_signed());
            for _ in 0..count {
                let symbol = *symbols.get(index)?;
                if length <= LOOK {
                    table.enter(code, length, symbol);
                }
                code += 1;
                index += 1;
            }
            code <<= 1;
        }
        (index == symbols.len()).then_some(table)
    }

    /// Enters a code into the look-ups.
    fn enter(&mut self, code: u32, length: u32, symbol: u8) {
        let spare = LOOK - length;
        let first = (code << spare) as usize;
        self.single[first..first + (1 << spare)].fill((length as u16) << 8 | u16::from(symbol));
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        if size > spare || (size == 0 && run > 0) {
            return;
        }
        let zeros = if symbol == 0 { END as u32 } else { run };
        let entry = (length + size) | zeros << 8;
        for (rest, slot) in (0..).zip(&mut self.fused[first..first + (1 << spare)]) {
            let value = extend(rest >> (spare - size), size) as u16;
            *slot = entry | u32::from(value) << 16;
        }
    }

    /// Returns the next symbol and drops its code, after [`Bits::need`].
    #[inline(always)]
    pub(in crate::jpeg) fn symbol(&self, bits: &mut Bits<'_>) -> Result<u8, Break> {
        let entry = self.single[bits.peek(LOOK)];
        if entry != 0 {
            bits.skip(u32::from(entry >> 8));
            return Ok(entry as u8);
        }
        self.long_symbol(bits)
    }

    #[cold]
    fn long_symbol(&self, bits: &mut Bits<'_>) -> Result<u8, Break> {
        let code = bits.peek(16) as u32;
        for length in LOOK + 1..=16 {
            let (beyond, shift) = self.long[length as usize];
            if code < beyond {
                bits.skip(length);
                let index = (code >> (16 - length)).cast_signed() + shift;
                return self.symbols.get(index as usize).copied().ok_or(Break::BadCode);
            }
        }
        Err(Break::BadCode)
    }

    /// Takes a whole coefficient, where its code and value lie within [`LOOK`] bits: run and value.
    ///
    /// An end of block is a run of [`END`] and, so that DC tables serve too, a value of 0.
    #[inline(always)]
    pub(super) fn fused(&self, bits: &mut Bits<'_>) -> Option<(usize, i16)> {
        let entry = self.fused[bits.peek(LOOK)];
        if entry == 0 {
            return None;
        }
        bits.skip(entry & 0xff);
        Some(((entry >> 8 & 0xff) as usize, (entry >> 16) as i16))
    }

    /// Prepares [`Table::several`].
    pub(super) fn prepare(&mut self) {
        let mut several = Box::new([0; ENTRIES]);
        for (window, entry) in (0..).zip(several.iter_mut()) {
            *entry = self.reach(window);
        }
        self.several = Some(several);
    }

    /// Returns the look-up for [`Several`], if it was prepared.
    pub(super) fn several(&self) -> Option<&[u32; ENTRIES]> {
        self.several.as_deref()
    }

    /// Packs a [`Several`]: bits, advance, limit.
    fn reach(&self, window: u32) -> u32 {
        let (mut used, mut advance, mut limit) = (0, 0, 0);
        while used < LOOK {
            let entry = self.single[((window << used) & (ENTRIES as u32 - 1)) as usize];
            let (run, size) = (u32::from(entry >> 4 & 15), u32::from(entry & 15));
            let bits = u32::from(entry >> 8) + size;
            if entry == 0 || used + bits > LOOK || advance + run >= 63 {
                break;
            }
            match (run, size) {
                (0, 0) => return (used + bits) | (advance + 64) << 8 | (63 - advance) << 16,
                (1..15, 0) => break,
                _ => advance += run + 1,
            }
            used += bits;
            limit = 64 - advance;
        }
        used | advance << 8 | limit << 16
    }
}

/// What several AC symbols with their value bits, all inside the next bits, do together.
#[derive(Clone, Copy)]
pub(super) struct Several {
    /// How many bits they take; 0 when not even one fits.
    pub(super) bits: u32,
    /// How many coefficients they pass; 64 or more with an end of block.
    pub(super) advance: u32,
    /// The last coefficient from which all of them lie within the block.
    pub(super) limit: u32,
}

impl Several {
    /// Looks the next bits up, after [`Bits::need`].
    #[inline(always)]
    pub(super) fn look(table: &[u32; ENTRIES], bits: &Bits<'_>) -> Self {
        let entry = table[bits.peek(LOOK)];
        Self { bits: entry & 0xff, advance: entry >> 8 & 0xff, limit: entry >> 16 }
    }
}
