//! The decoder's memory, used again from photo to photo.

use super::{Decoder, Layout, Part, Plane, Rows, View, needed};
use crate::jpeg::header::Header;

/// Bytes of memory below which it is not worth giving any back.
const SMALL: usize = 16 << 20;

/// Photos in a row that need less than a quarter of the memory before it is given back (a guess:
/// rare enough that a folder of mixed sizes does not fault its pages in for each photo).
const PATIENCE: u32 = 16;

/// Bytes of the coefficients of a block.
const BLOCK: usize = 2 * 64;

/// Returns how many blocks of a component are held as coefficients.
fn held_blocks(header: &Header, view: &View, part: &Part) -> usize {
    let is_held = header.process.is_progressive() && !needed::is_means_only(header, view);
    if is_held { part.across * part.down } else { 0 }
}

/// Returns how many bytes the coefficients of a photo take in memory.
pub(in crate::jpeg) fn coefficient_memory(header: &Header, view: &View, layout: &Layout) -> u64 {
    layout.parts.iter().map(|part| (BLOCK * held_blocks(header, view, part)) as u64).sum()
}

impl Decoder {
    /// Makes planes, and coefficients if needed, of the right size.
    pub(super) fn prepare(&mut self, header: &Header, view: &View, layout: &Layout) {
        self.warnings.clear();
        let blocks = |part: &Part| held_blocks(header, view, part);
        let needed: usize = layout.parts.iter().map(|part| part.samples() + BLOCK * blocks(part)).sum();
        let held: usize = self.planes.iter().map(|plane| plane.samples.capacity()).sum::<usize>()
            + self.coefficients.iter().map(|blocks| BLOCK * blocks.capacity()).sum::<usize>();
        self.idle = if held > SMALL.max(needed.saturating_mul(4)) { self.idle + 1 } else { 0 };
        if self.idle >= PATIENCE {
            *self = Self::default();
        }
        self.planes.resize_with(layout.parts.len(), Plane::default);
        self.coefficients.resize_with(layout.parts.len(), Vec::new);
        self.waiting.resize_with(layout.parts.len(), Rows::default);
        for (i, part) in layout.parts.iter().enumerate() {
            let mut memory = std::mem::take(&mut self.planes[i].samples);
            fit(&mut memory, part.samples(), 0);
            self.planes[i] = Plane {
                width: part.width,
                height: part.height,
                stride: part.stride(),
                left: part.columns.start * part.size,
                top: part.rows.start * part.size,
                across: part.across_ratio,
                down: part.down_ratio,
                samples: memory,
            };
            self.waiting[i].prepare(part.columns.len(), part.v, part.size);
            let count = blocks(part).min(self.coefficients[i].len());
            self.coefficients[i][..count].fill([0; 64]);
            fit(&mut self.coefficients[i], blocks(part), [0; 64]);
        }
    }
}

/// Brings memory to a length; what is in it stays.
fn fit<T: Clone>(memory: &mut Vec<T>, needed: usize, value: T) {
    if memory.capacity() < needed {
        // Fresh zeroed pages instead of a copy of old samples, which are given back first.
        *memory = Vec::new();
        *memory = vec![value; needed];
    } else {
        memory.resize(needed, value);
    }
}
