//! The samples of a plane, cut into blocks.

use super::dct::Strip;
use crate::frame::Plane;

/// A plane, cut into blocks of 8×8 samples.
pub(super) struct Lane<'a> {
    samples: &'a [u8],
    width: usize,
    height: usize,
}

impl<'a> Lane<'a> {
    pub(super) fn new(plane: &'a Plane) -> Self {
        let dims = plane.dims();
        Self { samples: plane.samples(), width: dims.width as usize, height: dims.height as usize }
    }

    /// Returns how many blocks it has across and down; those at the edges have at least a sample.
    pub(super) const fn blocks(&self) -> (usize, usize) {
        (self.width.div_ceil(8), self.height.div_ceil(8))
    }

    /// Copies `N` samples of each of eight rows to `strip`, from `to` on: those of the block that is `x`
    /// blocks from the left and `y` from the top, and of the next ones.
    ///
    /// What sticks out repeats the last column and the last row.
    pub(super) fn copy<const N: usize>(&self, (x, y): (usize, usize), strip: &mut Strip, to: usize) {
        let (x, y) = ((8 * x).min(self.width - 1), 8 * y);
        for (i, row) in strip.iter_mut().enumerate() {
            // There are at least one column and one row.
            let start = (y + i).min(self.height - 1) * self.width;
            let from = &self.samples[start + x..start + self.width];
            let row = &mut row[to..to + N];
            match from.first_chunk::<N>() {
                Some(from) => row.copy_from_slice(from),
                None => {
                    let (there, beyond) = row.split_at_mut(from.len());
                    there.copy_from_slice(from);
                    beyond.fill(from[from.len() - 1]);
                }
            }
        }
    }
}
