//! The blocks of a plane of samples.

use super::dct::Samples;
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

    /// Returns how many blocks it has across and down.
    pub(super) const fn blocks(&self) -> (usize, usize) {
        (self.width.div_ceil(8), self.height.div_ceil(8))
    }

    /// Returns a block by its place among the blocks; `None` for one that no sample is in.
    ///
    /// What sticks out repeats the last column and the last row; `spare` is memory for that.
    #[inline(always)]
    pub(super) fn block<'s>(&'s self, x: usize, y: usize, spare: &'s mut [u8; 64]) -> Option<Samples<'s>> {
        let (x, y) = (8 * x, 8 * y);
        if x + 8 <= self.width && y + 8 <= self.height {
            let mut rest = self.samples.get(y * self.width + x..)?;
            let mut rows = [&[0; 8]; 8];
            for (i, row) in rows.iter_mut().enumerate() {
                *row = rest.first_chunk()?;
                if i < 7 {
                    rest = rest.get(self.width..)?;
                }
            }
            return Some(rows);
        }
        self.edge(x, y, spare)
    }

    #[cold]
    fn edge<'s>(&self, x: usize, y: usize, spare: &'s mut [u8; 64]) -> Option<Samples<'s>> {
        if x >= self.width || y >= self.height {
            return None;
        }
        for (i, sample) in spare.iter_mut().enumerate() {
            let (x, y) = ((x + i % 8).min(self.width - 1), (y + i / 8).min(self.height - 1));
            *sample = self.samples[y * self.width + x];
        }
        let (rows, _) = spare.as_chunks();
        Some(rows.first_chunk::<8>()?.each_ref())
    }
}
