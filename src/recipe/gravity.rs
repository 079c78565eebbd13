//! Where a smaller window is placed in a larger picture.

use super::text;
use crate::error::{Error, Result};
use crate::units::{Dims, Window};
use std::fmt;
use std::str::FromStr;

/// The edge or corner of the upright picture that a window is drawn to.
///
/// The default is the centre.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Gravity {
    /// The middle of the picture.
    #[default]
    Center,
    /// The middle of the upper edge.
    North,
    /// The middle of the lower edge.
    South,
    /// The middle of the right edge.
    East,
    /// The middle of the left edge.
    West,
    /// The upper right corner.
    NorthEast,
    /// The upper left corner.
    NorthWest,
    /// The lower right corner.
    SouthEast,
    /// The lower left corner.
    SouthWest,
}

impl Gravity {
    /// All nine, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::Center,
        Self::North,
        Self::South,
        Self::East,
        Self::West,
        Self::NorthEast,
        Self::NorthWest,
        Self::SouthEast,
        Self::SouthWest,
    ];

    /// Returns the name as recipes and flags write it, such as `northeast`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Center => "center",
            Self::North => "north",
            Self::South => "south",
            Self::East => "east",
            Self::West => "west",
            Self::NorthEast => "northeast",
            Self::NorthWest => "northwest",
            Self::SouthEast => "southeast",
            Self::SouthWest => "southwest",
        }
    }

    /// Returns the window of `dims` in a picture of `outer` that this gravity places.
    ///
    /// Pixels, origin top left. Sides longer than the picture's are cut down to it; where the
    /// space left over is odd, a centred window stands one half pixel to the left or top.
    #[must_use]
    pub fn place(self, dims: Dims, outer: Dims) -> Window {
        let dims = Dims::new(dims.width.min(outer.width), dims.height.min(outer.height));
        let (free_x, free_y) = (outer.width - dims.width, outer.height - dims.height);
        let x = match self {
            Self::West | Self::NorthWest | Self::SouthWest => 0,
            Self::Center | Self::North | Self::South => free_x / 2,
            Self::East | Self::NorthEast | Self::SouthEast => free_x,
        };
        let y = match self {
            Self::North | Self::NorthEast | Self::NorthWest => 0,
            Self::Center | Self::East | Self::West => free_y / 2,
            Self::South | Self::SouthEast | Self::SouthWest => free_y,
        };
        Window { x, y, dims }
    }
}

impl fmt::Display for Gravity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Gravity {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|gravity| gravity.name() == name)
            .ok_or_else(|| text::unknown("gravity", name, &Self::ALL.map(Self::name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gravity_touches_its_own_edges() {
        let places = [
            ("center", "4x2+3+1"),
            ("north", "4x2+3+0"),
            ("south", "4x2+3+3"),
            ("east", "4x2+6+1"),
            ("west", "4x2+0+1"),
            ("northeast", "4x2+6+0"),
            ("northwest", "4x2+0+0"),
            ("southeast", "4x2+6+3"),
            ("southwest", "4x2+0+3"),
        ];
        for (name, window) in places {
            let gravity: Gravity = name.parse().unwrap();
            assert_eq!(gravity.to_string(), name);
            assert_eq!(gravity.place(Dims::new(4, 2), Dims::new(10, 5)).to_string(), window, "{name}");
        }
    }

    #[test]
    fn a_window_larger_than_the_picture_is_cut_down_to_it() {
        for gravity in Gravity::ALL {
            assert_eq!(gravity.place(Dims::new(40, 3), Dims::new(10, 5)).dims, Dims::new(10, 3));
        }
    }

    #[test]
    fn a_wrong_gravity_is_told_the_right_one() {
        let error = "centre".parse::<Gravity>().unwrap_err();
        assert_eq!(error.to_string(), "'centre' is not a gravity");
        assert_eq!(error.hint.as_deref(), Some("did you mean 'center'?"));
    }
}
