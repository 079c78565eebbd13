//! Where the blocks and samples of each component are.

use super::View;
use crate::jpeg::frame::max_sampling;
use crate::jpeg::header::Header;
use std::ops::Range;

/// A component as a grid of blocks.
#[derive(Clone, Debug)]
pub(in crate::jpeg) struct Part {
    /// Blocks of an interleaved MCU, across and down; 1 to 4.
    pub(in crate::jpeg) h: usize,
    pub(in crate::jpeg) v: usize,
    /// Blocks of the picture, across and down, padded to whole MCUs.
    pub(in crate::jpeg) across: usize,
    pub(in crate::jpeg) down: usize,
    /// Blocks that a scan of this component alone has, across and down.
    pub(in crate::jpeg) alone: (usize, usize),
    /// The blocks that become samples: those of the MCUs that the window touches.
    pub(in crate::jpeg) columns: Range<usize>,
    pub(in crate::jpeg) rows: Range<usize>,
    /// Samples that a block becomes, across and down: 1, 2, 4 or 8.
    pub(in crate::jpeg) size: usize,
    /// Samples of the picture itself among those, across and down.
    pub(in crate::jpeg) width: usize,
    pub(in crate::jpeg) height: usize,
    /// Pixels of the photo to a sample, across and down, each as a fraction.
    pub(super) across_ratio: (usize, usize),
    pub(super) down_ratio: (usize, usize),
}

/// The whole picture.
#[derive(Clone, Debug)]
pub(in crate::jpeg) struct Layout {
    /// MCUs of a scan of several components, across and down.
    pub(in crate::jpeg) mcus: (usize, usize),
    pub(in crate::jpeg) parts: Vec<Part>,
}

impl Part {
    /// Returns how many samples there are of it in memory.
    pub(in crate::jpeg) fn samples(&self) -> usize {
        self.columns.len() * self.rows.len() * self.size * self.size
    }

    /// Returns how many samples there are from one row to the next.
    pub(in crate::jpeg) fn stride(&self) -> usize {
        self.columns.len() * self.size
    }
}

impl Layout {
    /// Lays out the picture of a header, as much of it as a view shows.
    pub(in crate::jpeg) fn new(header: &Header, view: &View) -> Self {
        let (h_max, v_max) = max_sampling(&header.components);
        let (h_max, v_max) = (usize::from(h_max), usize::from(v_max));
        let (width, height) = (header.dims.width as usize, header.dims.height as usize);
        let mcus = (width.div_ceil(8 * h_max), height.div_ceil(8 * v_max));
        let touched = |first: u32, length: u32, side: usize, all: usize| {
            let (first, length) = (first as usize, length as usize);
            let end = (first + length).div_ceil(side).clamp(1, all);
            (first / side).min(end - 1)..end
        };
        let window = view.window;
        let columns = touched(window.x, window.dims.width, 8 * h_max, mcus.0);
        let rows = touched(window.y, window.dims.height, 8 * v_max, mcus.1);
        let part = |h: usize, v: usize, size: usize| {
            let samples = |pixels: usize, factor: usize, max: usize, size: usize| {
                (pixels * factor * size).div_ceil(max * 8)
            };
            let (columns, rows) = (columns.start * h..columns.end * h, rows.start * v..rows.end * v);
            let (across, down) = (samples(width, h, h_max, size), samples(height, v, v_max, size));
            Part {
                h,
                v,
                across: mcus.0 * h,
                down: mcus.1 * v,
                alone: (samples(width, h, h_max, 8).div_ceil(8), samples(height, v, v_max, 8).div_ceil(8)),
                size,
                width: across.min(columns.end * size) - (columns.start * size).min(across),
                height: down.min(rows.end * size) - (rows.start * size).min(down),
                columns,
                rows,
                across_ratio: (h_max * 8, h * size),
                down_ratio: (v_max * 8, v * size),
            }
        };
        let each = header.components.iter().zip(view.scales);
        let parts = each.map(|(c, scale)| part(c.h.into(), c.v.into(), scale.block())).collect();
        Self { mcus, parts }
    }
}
