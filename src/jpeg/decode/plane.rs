//! The samples of one component.

use crate::units::Region;

/// The samples of one component, or of the part of it that was decoded.
#[derive(Debug, Default)]
pub struct Plane {
    /// Samples across; those of the picture, without padding.
    pub width: usize,
    /// Samples down.
    pub height: usize,
    /// Samples from one row to the next, at least the width.
    pub stride: usize,
    /// Samples of the component left of the first one.
    pub left: usize,
    /// Samples of the component above the first one.
    pub top: usize,
    /// Pixels of the photo to a sample across, as a fraction: 2/1 where every other column was dropped, 16/1
    /// where that is at a scale of 1/8.
    pub across: (usize, usize),
    /// Pixels of the photo to a sample down, as a fraction.
    pub down: (usize, usize),
    /// The samples, row by row; what lies beyond width and height means nothing.
    pub samples: Vec<u8>,
}

impl Plane {
    /// Returns where a region of the photo, in pixels as stored, lies among the samples.
    ///
    /// It is cut down to the samples that there are: of a picture whose sides are no multiple of a sample's, the
    /// last sample stands for fewer pixels.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "sides are of 16 bits, factors small")]
    pub fn region(&self, region: Region) -> Region {
        let span = |first: f64, length: f64, before: usize, samples: usize, (pixels, per): (usize, usize)| {
            let (pixels, per) = (pixels as f64, per as f64);
            let start = (first * per / pixels - before as f64).clamp(0.0, samples as f64);
            (start, (length * per / pixels).min(samples as f64 - start))
        };
        let (x, width) = span(region.x, region.width, self.left, self.width, self.across);
        let (y, height) = span(region.y, region.height, self.top, self.height, self.down);
        Region { x, y, width, height }
    }
}
