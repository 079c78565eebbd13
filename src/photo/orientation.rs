//! The eight orientations of Exif.

use crate::units::{Dims, Window};
use serde::{Deserialize, Serialize};

/// How stored pixels must be turned to stand upright (Exif 2.32, tag 0x0112).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Orientation {
    /// 1: stored upright.
    #[default]
    Upright = 1,
    /// 2: mirrored left to right.
    Mirrored = 2,
    /// 3: turned by 180°.
    Rotated180 = 3,
    /// 4: mirrored top to bottom.
    Flipped = 4,
    /// 5: rows and columns exchanged.
    Transposed = 5,
    /// 6: to be turned clockwise by 90°.
    Rotated90 = 6,
    /// 7: rows and columns exchanged, then turned by 180°.
    Transversed = 7,
    /// 8: to be turned clockwise by 270°.
    Rotated270 = 8,
}

impl Orientation {
    /// All eight, in the order of their Exif values.
    pub const ALL: [Self; 8] = [
        Self::Upright,
        Self::Mirrored,
        Self::Rotated180,
        Self::Flipped,
        Self::Transposed,
        Self::Rotated90,
        Self::Transversed,
        Self::Rotated270,
    ];

    /// Returns the orientation of an Exif value, `None` outside 1 to 8.
    #[must_use]
    pub fn from_exif(value: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|orientation| orientation.exif() == value)
    }

    /// Returns the Exif value, 1 to 8.
    #[must_use]
    pub const fn exif(self) -> u32 {
        self as u32
    }

    /// Tells whether standing upright exchanges width and height.
    #[must_use]
    pub const fn is_transposing(self) -> bool {
        self.exif() >= 5
    }

    /// Returns the dimensions that stored pixels of `dims` have once upright (and the reverse).
    #[must_use]
    pub const fn turn(self, dims: Dims) -> Dims {
        if self.is_transposing() { dims.transposed() } else { dims }
    }

    /// Returns where a pixel of the upright picture is stored.
    ///
    /// `x`, `y` lie inside the upright picture; `stored` are the stored dimensions.
    #[must_use]
    pub const fn stored_position(self, x: u32, y: u32, stored: Dims) -> (u32, u32) {
        let Dims { width, height } = stored;
        match self {
            Self::Upright => (x, y),
            Self::Mirrored => (width - 1 - x, y),
            Self::Rotated180 => (width - 1 - x, height - 1 - y),
            Self::Flipped => (x, height - 1 - y),
            Self::Transposed => (y, x),
            Self::Rotated90 => (y, height - 1 - x),
            Self::Transversed => (width - 1 - y, height - 1 - x),
            Self::Rotated270 => (width - 1 - y, x),
        }
    }

    /// Returns the stored pixels of a window of the upright picture.
    ///
    /// `window` lies inside the upright picture; `stored` are the stored dimensions.
    #[must_use]
    pub fn stored_window(self, window: Window, stored: Dims) -> Window {
        let first = self.stored_position(window.x, window.y, stored);
        let last =
            self.stored_position(window.x + window.dims.width - 1, window.y + window.dims.height - 1, stored);
        Window { x: first.0.min(last.0), y: first.1.min(last.1), dims: self.turn(window.dims) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_orientation_maps_the_picture_onto_itself() {
        let stored = Dims::new(5, 3);
        for orientation in Orientation::ALL {
            let upright = orientation.turn(stored);
            let mut seen = std::collections::HashSet::new();
            for y in 0..upright.height {
                for x in 0..upright.width {
                    let (sx, sy) = orientation.stored_position(x, y, stored);
                    assert!(sx < stored.width && sy < stored.height);
                    seen.insert((sx, sy));
                }
            }
            assert_eq!(seen.len() as u64, stored.area());
            assert_eq!(Orientation::from_exif(orientation.exif()), Some(orientation));
        }
        assert_eq!(Orientation::from_exif(0), None);
        assert_eq!(Orientation::from_exif(9), None);
    }

    #[test]
    fn a_window_keeps_its_pixels_through_the_turn() {
        let stored = Dims::new(7, 5);
        for orientation in Orientation::ALL {
            let window = Window { x: 1, y: 2, dims: Dims::new(3, 2) };
            let found = orientation.stored_window(window, stored);
            for y in window.y..window.y + 2 {
                for x in window.x..window.x + 3 {
                    let (sx, sy) = orientation.stored_position(x, y, stored);
                    assert!(found.contains(sx, sy), "{orientation:?}");
                }
            }
        }
    }
}
