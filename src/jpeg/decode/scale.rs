//! How much smaller than the photo its frame is.

use crate::units::{Dims, Region, Window};

/// A reduction that the inverse DCT does on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scale {
    /// All pixels.
    #[default]
    Full,
    /// Half of the pixels across and down.
    Half,
    /// A quarter of the pixels across and down.
    Quarter,
    /// An eighth of the pixels across and down.
    Eighth,
}

impl Scale {
    /// Every scale, from large to small frames.
    pub const ALL: [Self; 4] = [Self::Full, Self::Half, Self::Quarter, Self::Eighth];

    /// Returns how many pixels across, or down, become one.
    #[must_use]
    pub const fn divisor(self) -> u32 {
        match self {
            Self::Full => 1,
            Self::Half => 2,
            Self::Quarter => 4,
            Self::Eighth => 8,
        }
    }

    /// Returns how many samples across, or down, a block of 8 becomes.
    pub(super) const fn block(self) -> usize {
        match self {
            Self::Full => 8,
            Self::Half => 4,
            Self::Quarter => 2,
            Self::Eighth => 1,
        }
    }

    /// Returns the scale at which a block becomes `samples` across, or down: 1, 2, 4 or 8.
    pub(super) const fn of_block(samples: usize) -> Self {
        match samples {
            0 | 1 => Self::Eighth,
            2 | 3 => Self::Quarter,
            4..8 => Self::Half,
            _ => Self::Full,
        }
    }

    /// Returns the scale to decode samples at that are then resized.
    ///
    /// It is the smallest that leaves at least 1.4 times as many samples as the result has, in both directions, so
    /// that the resampling hides what the transform did. As SSIMULACRA2 of thumbnails of quality 85 against a full
    /// decode and Lanczos3 in floating point, mean of 31 photos (November 2026), at 256 pixels: 79.23, where 1.5
    /// times the size gives 79.30, twice 79.49, just the size 78.5, and no scaled decoding at all 79.68; at 1024
    /// pixels 82.13 either way, and 82.40. vipsthumbnail has 79.03 and 82.17. At 1.4, a photo of 6000 pixels that
    /// becomes 1024 is decoded at a quarter. `benches/README.md` tells how to measure it.
    #[must_use]
    pub fn choose(samples: Dims, resized: Dims) -> Self {
        let is_enough = |scale: &Self| {
            let times = 7 * u64::from(scale.divisor());
            5 * u64::from(samples.width) >= times * u64::from(resized.width)
                && 5 * u64::from(samples.height) >= times * u64::from(resized.height)
        };
        Self::ALL.into_iter().rev().find(is_enough).unwrap_or(Self::Full)
    }

    /// Returns the size of the frame of a photo.
    #[must_use]
    pub const fn frame(self, photo: Dims) -> Dims {
        Dims::new(photo.width.div_ceil(self.divisor()), photo.height.div_ceil(self.divisor()))
    }

    /// Returns where in the frame a window of the photo is.
    #[must_use]
    pub fn region(self, window: Window) -> Region {
        let shrink = |pixels: u32| f64::from(pixels) / f64::from(self.divisor());
        Region {
            x: shrink(window.x),
            y: shrink(window.y),
            width: shrink(window.dims.width),
            height: shrink(window.dims.height),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_decoded_is_at_least_seven_fifths_of_the_result() {
        for (window, resized, scale) in [
            ((2867, 2240), (256, 192), Scale::Quarter),
            ((2868, 2151), (256, 192), Scale::Eighth),
            ((2868, 2150), (256, 192), Scale::Quarter),
            ((4096, 100), (10, 100), Scale::Full),
            ((280, 280), (100, 100), Scale::Half),
            ((279, 280), (100, 100), Scale::Full),
            ((400, 400), (400, 400), Scale::Full),
            ((4, 4), (400, 400), Scale::Full),
        ] {
            let (window, resized) = (Dims::new(window.0, window.1), Dims::new(resized.0, resized.1));
            assert_eq!(Scale::choose(window, resized), scale, "{window} to {resized}");
        }
    }

    #[test]
    fn a_window_keeps_its_place() {
        let window = Window { x: 10, y: 3, dims: Dims::new(5, 7) };
        let region = Scale::Quarter.region(window);
        assert_eq!(region, Region { x: 2.5, y: 0.75, width: 1.25, height: 1.75 });
        assert_eq!(Scale::Eighth.frame(Dims::new(17, 16)), Dims::new(3, 2));
    }
}
