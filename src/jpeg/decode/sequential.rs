//! Blocks of sequential scans, straight to samples (T.81 §F.2).

use super::bits::Bits;
use super::huffman::{END, Several, Table};
use super::idct::{self, Block};
use super::scan::Coding;
use super::{Break, ZIGZAG};

/// A component on the way through a sequential scan.
pub(super) struct Lane<'a> {
    pub(super) dc: &'a Table,
    pub(super) ac: &'a Table,
    pub(super) factors: Block,
    /// Samples that a block becomes, across and down.
    pub(super) size: usize,
    pub(super) stride: usize,
    pub(super) samples: &'a mut [u8],
    /// The mean of the block before.
    pub(super) last: i32,
}

/// A sequential scan.
pub(super) struct Sequential<'a> {
    pub(super) lanes: Vec<Lane<'a>>,
}

impl Coding for Sequential<'_> {
    fn restart(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.last = 0);
    }

    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'_>, member: usize, x: usize, y: usize) -> Result<(), Break> {
        let lane = &mut self.lanes[member];
        match lane.size {
            8 => lane.block::<8, 64>(bits, x, y, idct::full),
            // The corner of 4×4 ends at index 24 of the zigzag, that of 2×2 at 4.
            4 => lane.block::<4, 25>(bits, x, y, idct::half),
            2 => lane.block::<2, 5>(bits, x, y, idct::quarter),
            _ => lane.block::<1, 1>(bits, x, y, |_, _, _, _| ()),
        }
    }
}

impl Lane<'_> {
    #[inline(always)]
    fn block<const N: usize, const NEEDED: usize>(
        &mut self,
        bits: &mut Bits<'_>,
        x: usize,
        y: usize,
        transform: impl Fn(&Block, &Block, &mut [u8], usize),
    ) -> Result<(), Break> {
        let mut block = [0; 64];
        self.last = self.last.wrapping_add(dc(bits, self.dc)?);
        block[0] = wrapped(self.last);
        let (next, is_flat) = ac::<NEEDED>(bits, self.ac, &mut block)?;
        if next < 64 {
            skip(bits, self.ac, next)?;
        }
        let out = self.samples.get_mut(y * N * self.stride + x * N..).unwrap_or_default();
        if is_flat {
            idct::flat::<N>(block[0], self.factors[0], out, self.stride);
        } else {
            transform(&block, &self.factors, out, self.stride);
        }
        Ok(())
    }
}

/// Returns a coefficient as it is stored; hostile ones wrap.
#[allow(clippy::cast_possible_truncation, reason = "it wraps on purpose, as in libjpeg")]
pub(in crate::jpeg) const fn wrapped(value: i32) -> i16 {
    value as i16
}

/// Takes a DC difference.
#[inline(always)]
pub(in crate::jpeg) fn dc(bits: &mut Bits<'_>, table: &Table) -> Result<i32, Break> {
    bits.need()?;
    if let Some((_, value)) = table.fused(bits) {
        return Ok(value.into());
    }
    let size = table.symbol(bits)?;
    if size > 15 {
        return Err(Break::BadCode);
    }
    Ok(bits.value(size.into()))
}

/// Takes the AC coefficients before `NEEDED` in zigzag order.
///
/// Returns the first that is left to skip, 64 after an end of block, and whether all taken are zero.
#[inline(always)]
fn ac<const NEEDED: usize>(
    bits: &mut Bits<'_>,
    table: &Table,
    block: &mut Block,
) -> Result<(usize, bool), Break> {
    let mut next = 1;
    let mut is_flat = true;
    while next < NEEDED {
        bits.need()?;
        let (run, value) = match table.fused(bits) {
            Some((END, _)) => return Ok((64, is_flat)),
            Some(coefficient) => coefficient,
            None => {
                let symbol = table.symbol(bits)?;
                let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
                match (run, size) {
                    (0, 0) => return Ok((64, is_flat)),
                    (1..15, 0) => return Err(Break::BadCode),
                    _ => (run, wrapped(bits.value(size))),
                }
            }
        };
        next += run;
        let Some(&place) = ZIGZAG.get(next) else { return Err(Break::BadRun) };
        block[usize::from(place & 63)] = value;
        is_flat = false;
        next += 1;
    }
    Ok((next, is_flat))
}

/// Passes the AC coefficients from `next` on.
#[inline(always)]
fn skip(bits: &mut Bits<'_>, table: &Table, next: usize) -> Result<(), Break> {
    let Some(several) = table.several() else { return skip_rest(bits, table, next) };
    #[allow(clippy::cast_possible_truncation, reason = "it is at most 63")]
    let mut next = next as u32;
    while next < 64 {
        bits.need()?;
        let Several { bits: used, advance, limit } = Several::look(several, bits);
        if next <= limit && used > 0 {
            bits.skip(used);
            next += advance;
            continue;
        }
        next = skip_one(bits, table, next)?;
    }
    Ok(())
}

/// Passes coefficients one by one.
#[cold]
fn skip_rest(bits: &mut Bits<'_>, table: &Table, next: usize) -> Result<(), Break> {
    let mut next = u32::try_from(next).unwrap_or(64);
    while next < 64 {
        bits.need()?;
        next = skip_one(bits, table, next)?;
    }
    Ok(())
}

/// Passes one coefficient and the zeros before it; returns the next, 64 after the last.
#[inline(always)]
fn skip_one(bits: &mut Bits<'_>, table: &Table, next: u32) -> Result<u32, Break> {
    let symbol = table.symbol(bits)?;
    let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
    match (run, size) {
        (0, 0) => Ok(64),
        (1..15, 0) => Err(Break::BadCode),
        _ => {
            bits.skip(size);
            let next = next + run + 1;
            if next > 64 { Err(Break::BadRun) } else { Ok(next) }
        }
    }
}
