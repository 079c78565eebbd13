//! Blocks of which only the lowest frequencies are needed, eight side by side.
//!
//! A coefficient of eight neighbouring blocks lies together in memory, so that dequantisation and both
//! passes of a small transform are the same arithmetic on eight numbers, for which there are vector
//! instructions, without any shuffling.

use super::idct::{self, Block};

/// Blocks side by side.
const SIDE: usize = 8;

/// The place for coefficients that are not needed.
pub(super) const NOWHERE: u8 = 16;

/// A coefficient of each of [`SIDE`] blocks, at up to 16 places and at [`NOWHERE`].
type Group = [[i16; SIDE]; NOWHERE as usize + 1];

/// The block rows of one component in one row of MCUs.
#[derive(Debug, Default)]
pub(super) struct Rows {
    groups: Vec<Group>,
    /// Groups and blocks across.
    across: usize,
    blocks: usize,
    /// The first block row.
    first: usize,
    /// Samples that a block becomes, across and down: 2 or 4.
    size: usize,
}

/// A block in [`Rows`].
pub(super) struct Slot<'a> {
    group: &'a mut Group,
    place: usize,
}

impl Slot<'_> {
    /// Enters a coefficient; `place` is one of a 4×4 or 2×2 block, row by row, or [`NOWHERE`].
    #[inline(always)]
    pub(super) fn put(&mut self, place: usize, value: i16) {
        if let Some(values) = self.group.get_mut(place) {
            values[self.place % SIDE] = value;
        }
    }
}

impl Rows {
    /// Makes room for `blocks` × `down` blocks that become `size` samples across and down, all zeros.
    pub(super) fn prepare(&mut self, blocks: usize, down: usize, size: usize) {
        let across = if matches!(size, 2 | 4) { blocks.div_ceil(SIDE) } else { 0 };
        let groups = std::mem::take(&mut self.groups);
        *self = Self { groups, across, blocks, first: 0, size };
        self.groups.clear();
        self.groups.resize(across * down, [[0; SIDE]; NOWHERE as usize + 1]);
    }

    /// Returns the block in column `x` of block row `y`.
    #[inline(always)]
    pub(super) fn block(&mut self, x: usize, y: usize) -> Slot<'_> {
        let group = &mut self.groups[(y - self.first) * self.across + x / SIDE];
        Slot { group, place: x % SIDE }
    }

    /// Enters the lowest coefficients of a block.
    pub(super) fn enter(&mut self, x: usize, y: usize, block: &Block) {
        let size = self.size;
        let mut slot = self.block(x, y);
        for (at, row) in block.chunks_exact(8).take(size).enumerate() {
            row.iter().take(size).enumerate().for_each(|(x, &value)| slot.put(at * size + x, value));
        }
    }

    /// Begins rows of which `y` is the first; all before are transformed.
    pub(super) fn begin(&mut self, y: usize) {
        self.first = y;
    }

    /// Makes samples of block row `y`, in rows that lie `stride` apart, and zeros of its coefficients.
    pub(super) fn transform(&mut self, y: usize, factors: &Block, out: &mut [u8], stride: usize) {
        let first = (y - self.first) * self.across;
        let groups = self.groups.get_mut(first..first + self.across).unwrap_or_default();
        for (i, group) in groups.iter_mut().enumerate() {
            let blocks = (self.blocks - i * SIDE).min(SIDE);
            let out = out.get_mut(i * SIDE * self.size..).unwrap_or_default();
            if let Some(values) = group.first_chunk_mut::<16>().filter(|_| self.size == 4) {
                put(&idct::half(values, factors), out, stride, blocks);
                *values = [[0; SIDE]; 16];
            } else if let Some(values) = group.first_chunk_mut::<4>() {
                put(&idct::quarter(values, factors), out, stride, blocks);
                *values = [[0; SIDE]; 4];
            }
        }
    }
}

/// Writes the samples of the first blocks.
fn put<const N: usize>(samples: &[[[u8; N]; SIDE]; N], out: &mut [u8], stride: usize, blocks: usize) {
    for (row, target) in samples.iter().zip(out.chunks_mut(stride)) {
        let row = row[..blocks].as_flattened();
        if let Some(target) = target.get_mut(..row.len()) {
            target.copy_from_slice(row);
        }
    }
}
