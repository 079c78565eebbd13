//! Blocks of sequential scans, straight to samples (T.81 §F.2).

use super::bits::Bits;
use super::huffman::{AHEAD, END, LOOK, REACH, Table, USED};
use super::idct::{self, Block};
use super::rows::Rows;
use super::scan::Coding;
use super::{Break, ZIGZAG};
use std::ops::Range;

/// Look-ups of one coefficient between two fills: they take [`LOOK`] bits at most, a fill gives 56.
const LOOKS: usize = 56 / LOOK as usize;

/// Look-ups of several coefficients between two fills.
const LONG_LOOKS: usize = 56 / REACH as usize;

/// A component on the way through a sequential scan.
pub(super) struct Lane<'a> {
    pub(super) dc: &'a Table,
    pub(super) ac: &'a Table,
    pub(super) factors: Block,
    /// Samples that a block becomes, across and down.
    pub(super) size: usize,
    /// The blocks that become samples; all others are passed.
    pub(super) columns: Range<usize>,
    pub(super) rows: Range<usize>,
    pub(super) stride: usize,
    pub(super) samples: &'a mut [u8],
    /// Blocks of which not all coefficients are needed, until their row is complete.
    pub(super) waiting: &'a mut Rows,
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
        let difference = lane.dc.difference(bits)?;
        lane.last = lane.last.wrapping_add(difference);
        if !lane.columns.contains(&x) || !lane.rows.contains(&y) {
            return pass(bits, lane.ac, 1);
        }
        let (x, y) = (x - lane.columns.start, y - lane.rows.start);
        match lane.size {
            8 => lane.full(bits, x, y),
            4 => lane.partial::<25>(bits, x, y, &idct::HALF_PLACES),
            2 => lane.partial::<5>(bits, x, y, &idct::QUARTER_PLACES),
            _ => {
                if let Some(sample) = lane.samples.get_mut(y * lane.stride + x) {
                    *sample = idct::mean(wrapped(lane.last), lane.factors[0]);
                }
                pass(bits, lane.ac, 1)
            }
        }
    }

    fn end_of_row(&mut self, member: usize, rows: Range<usize>) {
        let lane = &mut self.lanes[member];
        if !matches!(lane.size, 2 | 4) {
            return;
        }
        let rows = rows.start.max(lane.rows.start)..rows.end.min(lane.rows.end);
        for y in rows.clone() {
            let y = y - lane.rows.start;
            let first = y * lane.size * lane.stride;
            let samples = lane.samples.get_mut(first..).unwrap_or_default();
            lane.waiting.transform(y, &lane.factors, samples, lane.stride);
        }
        if !rows.is_empty() {
            lane.waiting.begin(rows.end - lane.rows.start);
        }
    }
}

impl Lane<'_> {
    /// Reads all coefficients of a block and writes its samples.
    #[inline(always)]
    fn full(&mut self, bits: &mut Bits<'_>, x: usize, y: usize) -> Result<(), Break> {
        let mut block = [0; 64];
        let (_, is_flat) = coefficients::<64>(bits, self.ac, |next, value| {
            block[usize::from(ZIGZAG[next & 63] & 63)] = value;
        })?;
        block[0] = wrapped(self.last);
        let out = self.samples.get_mut(y * 8 * self.stride + x * 8..).unwrap_or_default();
        if is_flat {
            idct::flat::<8>(block[0], self.factors[0], out, self.stride);
        } else {
            idct::full(&block, &self.factors, out, self.stride);
        }
        Ok(())
    }

    /// Reads the coefficients before `NEEDED` in zigzag order and passes the others.
    #[inline(always)]
    fn partial<const NEEDED: usize>(
        &mut self,
        bits: &mut Bits<'_>,
        x: usize,
        y: usize,
        places: &[u8; 64],
    ) -> Result<(), Break> {
        let mut block = self.waiting.block(x, y);
        block.put(0, wrapped(self.last));
        let (next, _) = coefficients::<NEEDED>(bits, self.ac, |next, value| {
            block.put(usize::from(places[next & 63]), value);
        })?;
        if next < 64 { pass(bits, self.ac, next) } else { Ok(()) }
    }
}

/// Returns a coefficient as it is stored; hostile ones wrap.
#[allow(clippy::cast_possible_truncation, reason = "it wraps on purpose, as in libjpeg")]
pub(in crate::jpeg) const fn wrapped(value: i32) -> i16 {
    value as i16
}

/// Takes the AC coefficients before `NEEDED` in zigzag order and hands out each with its place.
///
/// Returns the first that is left to pass, 64 after the last or an end of block, and whether all taken are zero.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "entries are made of such parts")]
pub(in crate::jpeg) fn coefficients<const NEEDED: usize>(
    bits: &mut Bits<'_>,
    table: &Table,
    mut put: impl FnMut(usize, i16),
) -> Result<(usize, bool), Break> {
    let fused = table.fused();
    let (mut next, mut is_flat) = (1, true);
    loop {
        bits.fill();
        for _ in 0..LOOKS {
            let entry = fused[bits.peek(LOOK)];
            let (run, value) = if entry != 0 {
                bits.skip(entry & USED);
                ((entry >> AHEAD & 0xff) as usize, (entry >> 16) as i16)
            } else {
                let (taken, after) = long_coefficient(*bits, table);
                *bits = after;
                taken?
            };
            next += run;
            if next >= 64 {
                return if next >= END { Ok((64, is_flat)) } else { Err(Break::BadRun) };
            }
            put(next, value);
            is_flat = false;
            next += 1;
            if next >= NEEDED {
                return Ok((next, false));
            }
        }
    }
}

/// Takes a coefficient of any length: the zeros before it, [`END`] for an end of block, its value,
/// and the bits behind it, filled.
#[cold]
#[inline(never)]
fn long_coefficient<'a>(mut bits: Bits<'a>, table: &Table) -> (Result<(usize, i16), Break>, Bits<'a>) {
    bits.fill();
    let taken = table.symbol(&mut bits).and_then(|symbol| {
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        match (run, size) {
            (0, 0) => Ok((END, 0)),
            (1..15, 0) => Err(Break::BadCode),
            _ => Ok((run, wrapped(bits.value(size)))),
        }
    });
    bits.fill();
    (taken, bits)
}

/// Passes the AC coefficients from `next` on, up to 63.
#[inline(always)]
pub(in crate::jpeg) fn pass(bits: &mut Bits<'_>, table: &Table, next: usize) -> Result<(), Break> {
    let Some(several) = table.several() else { return pass_each(bits, table, next) };
    let mut next = next;
    loop {
        bits.fill();
        for _ in 0..LONG_LOOKS {
            let entry = u32::from(several[bits.peek(LOOK)]);
            let reached = next + (entry >> AHEAD) as usize;
            if reached < 64 {
                bits.skip(entry & USED);
                next = reached;
                continue;
            }
            // All of it lies in the block: an end after 63 coefficients at most, or just the last one.
            if entry & USED != 0 && (reached == 64 || (END..END + 64).contains(&reached)) {
                bits.skip(entry & USED);
                return Ok(());
            }
            let (reached, after) = pass_one(*bits, table, next);
            *bits = after;
            next = reached?;
            if next >= 64 {
                return Ok(());
            }
        }
    }
}

/// Passes coefficients one by one.
#[cold]
fn pass_each(bits: &mut Bits<'_>, table: &Table, mut next: usize) -> Result<(), Break> {
    while next < 64 {
        let (reached, after) = pass_one(*bits, table, next);
        *bits = after;
        next = reached?;
    }
    Ok(())
}

/// Passes one coefficient of any length and the zeros before it.
///
/// Returns the next, 64 after the last, and the bits behind it, filled.
#[cold]
#[inline(never)]
fn pass_one<'a>(mut bits: Bits<'a>, table: &Table, next: usize) -> (Result<usize, Break>, Bits<'a>) {
    bits.fill();
    let reached = table.symbol(&mut bits).and_then(|symbol| {
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        bits.skip(size);
        match (run, size) {
            (0, 0) => Ok(64),
            (1..15, 0) => Err(Break::BadCode),
            _ if next + run + 1 > 64 => Err(Break::BadRun),
            _ => Ok(next + run + 1),
        }
    });
    bits.fill();
    (reached, bits)
}
