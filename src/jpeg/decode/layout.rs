//! Where the blocks and samples of each component are.

use super::Scale;
use crate::jpeg::frame::max_sampling;
use crate::jpeg::header::Header;

/// A component as a grid of blocks.
#[derive(Clone, Copy, Debug)]
pub(in crate::jpeg) struct Part {
    /// Blocks of an interleaved MCU, across and down; 1 to 4.
    pub(super) h: usize,
    pub(super) v: usize,
    /// Blocks in memory, across and down, padded to whole MCUs.
    pub(in crate::jpeg) across: usize,
    pub(in crate::jpeg) down: usize,
    /// Blocks that a scan of this component alone has, across and down.
    pub(super) alone: (usize, usize),
    /// Samples that a block becomes, across and down: 1, 2, 4 or 8.
    pub(in crate::jpeg) size: usize,
    /// Samples of the picture itself, across and down.
    pub(super) width: usize,
    pub(super) height: usize,
    /// Frame pixels to a sample, across and down, each as a fraction.
    pub(super) across_ratio: (usize, usize),
    pub(super) down_ratio: (usize, usize),
}

/// The whole picture.
#[derive(Clone, Debug)]
pub(in crate::jpeg) struct Layout {
    /// MCUs of a scan of several components, across and down.
    pub(super) mcus: (usize, usize),
    pub(in crate::jpeg) parts: Vec<Part>,
}

impl Layout {
    /// Lays out the picture of a header, at a scale.
    pub(in crate::jpeg) fn new(header: &Header, scale: Scale) -> Self {
        let (h_max, v_max) = max_sampling(&header.components);
        let (h_max, v_max) = (usize::from(h_max), usize::from(v_max));
        let (width, height) = (header.dims.width as usize, header.dims.height as usize);
        let mcus = (width.div_ceil(8 * h_max), height.div_ceil(8 * v_max));
        let least = scale.block();
        let part = |h: usize, v: usize| {
            let mut size = least;
            // As libjpeg does: a larger transform spares the upsampling.
            while size < 8
                && (h_max * least).is_multiple_of(h * size * 2)
                && (v_max * least).is_multiple_of(v * size * 2)
            {
                size *= 2;
            }
            let samples = |pixels: usize, factor: usize, max: usize, size: usize| {
                (pixels * factor * size).div_ceil(max * 8)
            };
            Part {
                h,
                v,
                across: mcus.0 * h,
                down: mcus.1 * v,
                alone: (samples(width, h, h_max, 8).div_ceil(8), samples(height, v, v_max, 8).div_ceil(8)),
                size,
                width: samples(width, h, h_max, size),
                height: samples(height, v, v_max, size),
                across_ratio: (h_max * least, h * size),
                down_ratio: (v_max * least, v * size),
            }
        };
        let parts = header.components.iter().map(|c| part(c.h.into(), c.v.into())).collect();
        Self { mcus, parts }
    }
}
