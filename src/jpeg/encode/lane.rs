//! The blocks of a plane of samples.

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

    /// Returns a block, row by row, by its place among the blocks; `None` for one that no sample is in.
    ///
    /// What sticks out repeats the last column and the last row.
    #[inline(always)]
    pub(super) fn block(&self, x: usize, y: usize) -> Option<[u8; 64]> {
        let (x, y) = (8 * x, 8 * y);
        let mut block = [0; 64];
        if x + 8 <= self.width && y + 8 <= self.height {
            let (rows, _) = block.as_chunks_mut::<8>();
            for (row, from) in rows.iter_mut().zip(self.samples.get(y * self.width..)?.chunks(self.width)) {
                *row = *from.get(x..)?.first_chunk()?;
            }
            return Some(block);
        }
        self.edge(x, y)
    }

    #[cold]
    fn edge(&self, x: usize, y: usize) -> Option<[u8; 64]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        Some(std::array::from_fn(|i| {
            let (x, y) = ((x + i % 8).min(self.width - 1), (y + i / 8).min(self.height - 1));
            self.samples[y * self.width + x]
        }))
    }
}
