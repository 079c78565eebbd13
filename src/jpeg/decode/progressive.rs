//! Blocks of progressive scans, into coefficients (T.81 §G.1.2, §G.2).

use super::bits::Bits;
use super::huffman::{AHEAD, END, LOOK, Table, USED};
use super::idct::Block;
use super::scan::Coding;
use super::sequential::wrapped;
use super::{Break, Scan, ZIGZAG};
use std::ops::Range;

/// A component on the way through a progressive scan.
pub(in crate::jpeg) struct Lane<'a> {
    pub(in crate::jpeg) dc: &'a Table,
    pub(in crate::jpeg) ac: &'a Table,
    pub(in crate::jpeg) blocks: &'a mut [Block],
    /// Blocks from one row to the next.
    pub(in crate::jpeg) stride: usize,
    /// The mean of the block before, without its low bits.
    pub(in crate::jpeg) last: i32,
}

/// What a scan brings.
#[derive(Clone, Copy)]
enum Stage {
    DcFirst,
    DcRefine,
    AcFirst,
    AcRefine,
}

/// A progressive scan.
pub(in crate::jpeg) struct Progressive<'a> {
    lanes: Vec<Lane<'a>>,
    stage: Stage,
    band: (usize, usize),
    /// How many low bits are still to come.
    low: u32,
    /// Blocks still to come that an end-of-band run covers.
    eob_run: u32,
}

impl<'a> Progressive<'a> {
    /// Begins a scan over these components.
    pub(in crate::jpeg) fn new(lanes: Vec<Lane<'a>>, scan: &Scan) -> Self {
        let stage = match (scan.band.0, scan.is_refinement) {
            (0, false) => Stage::DcFirst,
            (0, true) => Stage::DcRefine,
            (_, false) => Stage::AcFirst,
            (_, true) => Stage::AcRefine,
        };
        Self { lanes, stage, band: scan.band, low: scan.low, eob_run: 0 }
    }
}

impl Coding for Progressive<'_> {
    fn restart(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.last = 0);
        self.eob_run = 0;
    }

    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'_>, member: usize, x: usize, y: usize) -> Result<(), Break> {
        let lane = &mut self.lanes[member];
        let block = &mut lane.blocks[y * lane.stride + x];
        let mut band = Band { band: self.band, low: self.low, eob_run: &mut self.eob_run };
        match self.stage {
            Stage::DcFirst => {
                lane.last = lane.last.wrapping_add(lane.dc.difference(bits)?);
                block[0] = wrapped(lane.last << self.low);
                Ok(())
            }
            Stage::DcRefine => {
                block[0] |= i16::from(bits.bit()?) << self.low;
                Ok(())
            }
            Stage::AcFirst => band.first(bits, lane.ac, block),
            Stage::AcRefine => band.refine(bits, lane.ac, block),
        }
    }
}

/// A component of which the means are taken from its first scan.
pub(super) struct MeansLane<'a> {
    pub(super) dc: &'a Table,
    pub(super) factor: i16,
    /// The blocks that become samples, one each.
    pub(super) columns: Range<usize>,
    pub(super) rows: Range<usize>,
    pub(super) stride: usize,
    pub(super) samples: &'a mut [u8],
    /// The mean of the block before, without its low bits.
    pub(super) last: i32,
}

/// The first scan of the means of blocks, straight to samples.
pub(super) struct Means<'a> {
    pub(super) lanes: Vec<MeansLane<'a>>,
    /// How many low bits are still to come.
    pub(super) low: u32,
}

impl Coding for Means<'_> {
    fn restart(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.last = 0);
    }

    #[inline(always)]
    fn block(&mut self, bits: &mut Bits<'_>, member: usize, x: usize, y: usize) -> Result<(), Break> {
        let lane = &mut self.lanes[member];
        lane.last = lane.last.wrapping_add(lane.dc.difference(bits)?);
        if lane.columns.contains(&x) && lane.rows.contains(&y) {
            let place = (y - lane.rows.start) * lane.stride + (x - lane.columns.start);
            if let Some(sample) = lane.samples.get_mut(place) {
                *sample = middle(wrapped(lane.last << self.low), self.low, lane.factor);
            }
        }
        Ok(())
    }
}

/// Returns the sample of a mean of which `low` bits are missing: they are taken as half of what they can be.
fn middle(mean: i16, low: u32, factor: i16) -> u8 {
    let half = ((1_i32 << low) - 1) * i32::from(factor) / 2;
    let value = i32::from(mean.wrapping_mul(factor)) + half;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped")]
    let sample = (((value + 4) >> 3) + 128).clamp(0, 255) as u8;
    sample
}

/// The AC coefficients of a block that a scan brings.
struct Band<'a> {
    band: (usize, usize),
    low: u32,
    eob_run: &'a mut u32,
}

impl Band<'_> {
    /// The first scan of a band (T.81 §G.1.2.2).
    fn first(&mut self, bits: &mut Bits<'_>, table: &Table, block: &mut Block) -> Result<(), Break> {
        if *self.eob_run > 0 {
            *self.eob_run -= 1;
            return Ok(());
        }
        let (mut next, last) = self.band;
        while next <= last {
            bits.need()?;
            let entry = table.fused()[bits.peek(LOOK)];
            if entry != 0 {
                bits.skip(entry & USED);
                next += (entry >> AHEAD & 0xff) as usize;
                if next > last {
                    return if next >= END { Ok(()) } else { Err(Break::BadRun) };
                }
                #[allow(clippy::cast_possible_truncation, reason = "the value is in the upper half")]
                let value = i32::from((entry >> 16) as i16);
                block[usize::from(ZIGZAG[next & 63])] = wrapped(value << self.low);
                next += 1;
                continue;
            }
            let symbol = table.symbol(bits)?;
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            match (run, size) {
                (15, 0) => next += 16,
                (_, 0) => {
                    *self.eob_run = end_of_band(bits, symbol >> 4)? - 1;
                    return Ok(());
                }
                _ => {
                    next += run;
                    if next > last {
                        return Err(Break::BadRun);
                    }
                    block[usize::from(ZIGZAG[next])] = wrapped(bits.value(size) << self.low);
                    next += 1;
                }
            }
        }
        if next > last + 1 { Err(Break::BadRun) } else { Ok(()) }
    }

    /// A later scan of a band (T.81 §G.1.2.3): one bit for each coefficient known not to be zero.
    fn refine(&mut self, bits: &mut Bits<'_>, table: &Table, block: &mut Block) -> Result<(), Break> {
        let (mut next, last) = self.band;
        while next <= last && *self.eob_run == 0 {
            bits.need()?;
            let symbol = table.symbol(bits)?;
            let (run, size) = (symbol >> 4, symbol & 15);
            let value = match (run, size) {
                (15, 0) => 0,
                (_, 1) if bits.take(1) == 1 => 1 << self.low,
                (_, 1) => -1 << self.low,
                (_, 0) => {
                    *self.eob_run = end_of_band(bits, run)?;
                    break;
                }
                _ => return Err(Break::BadCode),
            };
            let zeros_left;
            (next, zeros_left) = self.correct(bits, block, next, run.into())?;
            if next > last && (size == 1 || zeros_left > 0) {
                return Err(Break::BadRun);
            }
            if size == 1 {
                block[usize::from(ZIGZAG[next])] = value;
            }
            next += 1;
        }
        if *self.eob_run > 0 {
            *self.eob_run -= 1;
            self.correct(bits, block, next, u32::MAX)?;
        }
        Ok(())
    }

    /// Corrects the coefficients from `next` on, up to the zero that follows `zeros` others.
    ///
    /// Returns where that one is, or one beyond the band, and how many zeros were lacking.
    #[inline(always)]
    fn correct(
        &self,
        bits: &mut Bits<'_>,
        block: &mut Block,
        mut next: usize,
        mut zeros: u32,
    ) -> Result<(usize, u32), Break> {
        let bit: i16 = 1 << self.low;
        while next <= self.band.1 {
            let coefficient = &mut block[usize::from(ZIGZAG[next])];
            if *coefficient != 0 {
                if bits.bit()? && *coefficient & bit == 0 {
                    let step = if *coefficient > 0 { bit } else { -bit };
                    *coefficient = coefficient.wrapping_add(step);
                }
            } else if zeros == 0 {
                break;
            } else {
                zeros -= 1;
            }
            next += 1;
        }
        Ok((next, zeros))
    }
}

/// Takes the length of an end-of-band run, this block included; `size` is at most 14.
fn end_of_band(bits: &mut Bits<'_>, size: u8) -> Result<u32, Break> {
    bits.need()?;
    Ok((1 << size) + bits.take(size.into()))
}
