//! Huffman tables laid out for look-ups (T.81 Annex C).

#![allow(clippy::cast_possible_truncation, reason = "what is cast was shifted or masked to fit")]

use super::Break;
use super::bits::{Bits, extend};

/// Bits that one look-up sees; longer codes (1 in 4096 symbols or fewer) are searched.
pub(super) const LOOK: u32 = 12;

/// Bits that the look-up of a DC code sees: those of the example tables for luma have 9 at most. A small
/// table leaves the first-level cache to those of AC coefficients.
const BRIEF: u32 = 9;

/// The entries of a look-up.
const ENTRIES: usize = 1 << LOOK;

/// The most bits that one look-up of several coefficients takes; values may lie beyond what it sees.
pub(super) const REACH: u32 = 18;

/// The low bits of an entry that say how many bits it takes.
pub(super) const USED: u32 = 63;

/// Where the other part of an entry begins.
pub(super) const AHEAD: u32 = 6;

/// What an end of block adds to a place in [`Table::fused`] and [`Table::several`].
pub(super) const END: usize = 128;

/// A Huffman table.
pub(in crate::jpeg) struct Table {
    /// For each [`LOOK`] bits: code length << 8 | symbol; 0 where the code is longer.
    single: Box<[u16; ENTRIES]>,
    /// For each [`BRIEF`] bits the same.
    brief: Box<[u16; 1 << BRIEF]>,
    /// For each [`LOOK`] bits a coefficient in one go: bits taken, zeros before it << [`AHEAD`] ([`END`] for
    /// an end of block), value << 16; 0 where code and value are longer.
    fused: Box<[u32; ENTRIES]>,
    /// For each [`LOOK`] bits how far all AC coefficients reach whose codes lie in them: bits taken with their
    /// values, [`REACH`] at most, coefficients << [`AHEAD`], with [`END`] added by an end of block; an advance
    /// of 127 where not even one does.
    several: Option<Box<[u16; ENTRIES]>>,
    /// For each length: the first code beyond, as 16 bits, and symbol − code.
    long: [(u32, i32); 17],
    symbols: Vec<u8>,
}

impl Table {
    /// Builds a table of the counts and symbols of a DHT segment; `None` when they are impossible.
    pub(in crate::jpeg) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table = Self {
            single: Box::new([0; ENTRIES]),
            brief: Box::new([0; 1 << BRIEF]),
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
                table.enter(code, length, *symbols.get(index)?);
                code += 1;
                index += 1;
            }
            code <<= 1;
        }
        (index == symbols.len()).then_some(table)
    }

    /// Enters a code into the look-ups.
    fn enter(&mut self, code: u32, length: u32, symbol: u8) {
        let entry = (length as u16) << 8 | u16::from(symbol);
        if let Some(spare) = BRIEF.checked_sub(length) {
            let first = (code << spare) as usize;
            self.brief[first..first + (1 << spare)].fill(entry);
        }
        let Some(spare) = LOOK.checked_sub(length) else { return };
        let first = (code << spare) as usize;
        self.single[first..first + (1 << spare)].fill(entry);
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        if size > spare || (size == 0 && run > 0) {
            return;
        }
        let zeros = if symbol == 0 { END as u32 } else { run };
        let entry = (length + size) | zeros << AHEAD;
        for (rest, slot) in (0..).zip(&mut self.fused[first..first + (1 << spare)]) {
            let value = extend(rest >> (spare - size), size) as u16;
            *slot = entry | u32::from(value) << 16;
        }
    }

    /// Returns the next symbol and drops its code, after [`Bits::need`].
    #[inline(always)]
    pub(in crate::jpeg) fn symbol(&self, bits: &mut Bits<'_>) -> Result<u8, Break> {
        let mut entry = u32::from(self.single[bits.peek(LOOK)]);
        if entry == 0 {
            entry = self.long_symbol(bits.peek(16) as u32)?;
        }
        bits.skip(entry >> 8);
        Ok(entry as u8)
    }

    /// Takes a DC difference: a code and as many bits as its symbol says (T.81 §F.2.2.1).
    #[inline(always)]
    pub(in crate::jpeg) fn difference(&self, bits: &mut Bits<'_>) -> Result<i32, Break> {
        bits.fill();
        let mut entry = u32::from(self.brief[bits.peek(BRIEF)]);
        if entry == 0 {
            entry = self.long_symbol(bits.peek(16) as u32)?;
        }
        let size = entry & 0xff;
        if size > 15 {
            return Err(Break::BadCode);
        }
        bits.skip(entry >> 8);
        Ok(bits.value(size))
    }

    /// Searches a code of up to 16 bits; returns length << 8 | symbol.
    #[cold]
    #[inline(never)]
    fn long_symbol(&self, code: u32) -> Result<u32, Break> {
        for length in 1..=16 {
            let (beyond, shift) = self.long[length as usize];
            if code < beyond {
                let index = (code >> (16 - length)).cast_signed() + shift;
                let symbol = self.symbols.get(index as usize).ok_or(Break::BadCode)?;
                return Ok(length << 8 | u32::from(*symbol));
            }
        }
        Err(Break::BadCode)
    }

    /// Returns the look-up of whole coefficients.
    #[inline(always)]
    pub(super) fn fused(&self) -> &[u32; ENTRIES] {
        &self.fused
    }

    /// Prepares [`Table::several`].
    pub(in crate::jpeg) fn prepare(&mut self) {
        let mut several = Box::new([0; ENTRIES]);
        for (window, entry) in (0..).zip(several.iter_mut()) {
            *entry = self.reach(window);
        }
        self.several = Some(several);
    }

    /// Returns the look-up of several coefficients at a time, if it was prepared.
    #[inline(always)]
    pub(super) fn several(&self) -> Option<&[u16; ENTRIES]> {
        self.several.as_deref()
    }

    /// Returns an entry of [`Table::several`].
    fn reach(&self, window: u32) -> u16 {
        let (mut used, mut advance) = (0, 0);
        while used < LOOK {
            let entry = u32::from(self.single[((window << used) & (ENTRIES as u32 - 1)) as usize]);
            let (run, size) = (entry >> 4 & 15, entry & 15);
            let (code, bits) = (entry >> 8, (entry >> 8) + size);
            if entry == 0 || used + code > LOOK || used + bits > REACH || advance + run >= 63 {
                break;
            }
            match (run, size) {
                (0, 0) => return (used + bits) as u16 | (advance as u16 + END as u16) << AHEAD,
                (1..15, 0) => break,
                _ => advance += run + 1,
            }
            used += bits;
        }
        used as u16 | if used == 0 { 127 << AHEAD } else { (advance as u16) << AHEAD }
    }
}
