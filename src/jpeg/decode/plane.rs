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
    /// Returns where a region of the photo, in pixels as stored, lies among the samples, also if it leaves them.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "sides are of 16 bits, factors small")]
    pub fn scaled(&self, region: Region) -> Region {
        let scale = |length: f64, (pixels, per): (usize, usize)| length * per as f64 / pixels as f64;
        Region {
            x: scale(region.x, self.across) - self.left as f64,
            y: scale(region.y, self.down) - self.top as f64,
            width: scale(region.width, self.across),
            height: scale(region.height, self.down),
        }
    }

    /// Returns where a region of the photo, in pixels as stored, lies among the samples.
    ///
    /// It is cut down to the samples that there are: of a picture whose sides are no multiple of a sample's, the
    /// last sample stands for fewer pixels.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "sides are of 16 bits")]
    pub fn region(&self, region: Region) -> Region {
        let Region { x, y, width, height } = self.scaled(region);
        let span = |from: f64, length: f64, samples: usize| {
            let from = from.clamp(0.0, samples as f64);
            (from, length.min(samples as f64 - from))
        };
        let ((x, width), (y, height)) = (span(x, width, self.width), span(y, height, self.height));
        Region { x, y, width, height }
    }
}
