//! What can be cut and turned without loss: whole MCUs.

use crate::error::{Error, Kind, Result};
use crate::jpeg::frame::max_sampling;
use crate::jpeg::header::Header;
use crate::photo::Orientation;
use crate::units::{Dims, Window};

/// What a window of a photo comes to when it is cut out and turned without loss.
///
/// Edges that become the left and the upper one of the result lie between MCUs of all components; the
/// others are where they were asked for. So the result may be larger than asked, as with `jpegtran -crop`;
/// where the photo ends within an MCU and its edge becomes a left or upper one, it is smaller, as with
/// `jpegtran -trim`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// What is cut out, in pixels as stored.
    pub window: Window,
    /// How that is turned.
    pub orientation: Orientation,
    /// How many columns and rows of the window asked for, as stored, cannot be turned and are left out.
    pub trimmed: (u32, u32),
    /// The MCUs that hold the window, as stored, in MCUs of all components.
    pub(super) mcus: Window,
}

/// One axis of the window: where it begins and ends, and what is trimmed at its end.
struct Span {
    start: u32,
    end: u32,
    trimmed: u32,
}

impl Excerpt {
    /// Works out what `window`, in pixels of the photo as stored, comes to.
    ///
    /// # Errors
    /// [`Kind::Outside`] when the window has no pixel, leaves the photo, or lies in an MCU that is cut by
    /// the photo's edge and would have to be turned.
    pub fn new(header: &Header, window: Window, orientation: Orientation) -> Result<Self> {
        if !window.fits(header.dims) || window.dims.area() == 0 {
            return Err(Error::new(Kind::Outside, format!("{window} is no part of {} pixels", header.dims)));
        }
        let unit = unit(header);
        let reversed = reversed(orientation);
        let across = span(window.x, window.dims.width, header.dims.width, unit.width, reversed.0);
        let down = span(window.y, window.dims.height, header.dims.height, unit.height, reversed.1);
        let (Some(across), Some(down)) = (across, down) else {
            let why = format!("nothing of {window} can be turned without loss, its MCUs are not whole");
            return Err(Error::new(Kind::Outside, why).hint("leave out --lossless, or add --no-orient"));
        };
        let first = (across.start / unit.width, down.start / unit.height);
        let beyond = (across.end.div_ceil(unit.width), down.end.div_ceil(unit.height));
        Ok(Self {
            window: Window {
                x: across.start,
                y: down.start,
                dims: Dims::new(across.end - across.start, down.end - down.start),
            },
            orientation,
            trimmed: (across.trimmed, down.trimmed),
            mcus: Window { x: first.0, y: first.1, dims: Dims::new(beyond.0 - first.0, beyond.1 - first.1) },
        })
    }

    /// Returns the size of the result in pixels.
    #[must_use]
    pub const fn dims(&self) -> Dims {
        self.orientation.turn(self.window.dims)
    }

    /// Tells whether a part of what was asked for is left out.
    #[must_use]
    pub const fn is_trimmed(&self) -> bool {
        self.trimmed.0 > 0 || self.trimmed.1 > 0
    }
}

/// Returns the size of an MCU of all components, in pixels; that of a lone component is one block
/// (T.81 §A.2.2).
fn unit(header: &Header) -> Dims {
    match *header.components {
        [_] => Dims::new(8, 8),
        _ => {
            let (h, v) = max_sampling(&header.components);
            Dims::new(8 * u32::from(h), 8 * u32::from(v))
        }
    }
}

/// Returns how many MCUs of all components a photo has, across and down.
pub(super) fn grid(header: &Header) -> Dims {
    let unit = unit(header);
    Dims::new(header.dims.width.div_ceil(unit.width), header.dims.height.div_ceil(unit.height))
}

/// A component in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Blocks of an MCU of all components, across.
    pub(super) across: usize,
    /// The same, down.
    pub(super) down: usize,
    /// The most that a component has of each.
    most: (usize, usize),
}

impl Part {
    /// Returns the part that a component is.
    pub(super) fn new(header: &Header, component: usize) -> Self {
        match (&*header.components, header.components.get(component)) {
            ([_, _, ..], Some(part)) => {
                let (h, v) = max_sampling(&header.components);
                Self { across: part.h.into(), down: part.v.into(), most: (h.into(), v.into()) }
            }
            _ => Self { across: 1, down: 1, most: (1, 1) },
        }
    }

    /// Returns it with columns and rows exchanged.
    pub(super) const fn transposed(self) -> Self {
        Self { across: self.down, down: self.across, most: (self.most.1, self.most.0) }
    }

    /// Returns how many blocks hold samples of a picture of `dims`, across and down (T.81 §A.1.1).
    pub(super) fn real(&self, dims: Dims) -> (usize, usize) {
        let blocks = |pixels: u32, blocks: usize, most: usize| (pixels as usize * blocks).div_ceil(8 * most);
        (blocks(dims.width, self.across, self.most.0), blocks(dims.height, self.down, self.most.1))
    }
}

/// Tells whether the columns, and the rows, of the stored picture run backwards in the upright one.
pub(super) const fn reversed(orientation: Orientation) -> (bool, bool) {
    let corner = Dims::new(2, 2);
    let (x, y) = orientation.stored_position(0, 0, corner);
    (x == 1, y == 1)
}

/// Moves one axis of a window to the grid; `None` when nothing is left.
fn span(start: u32, length: u32, whole: u32, unit: u32, is_reversed: bool) -> Option<Span> {
    let end = start + length;
    if !is_reversed {
        return Some(Span { start: start / unit * unit, end, trimmed: 0 });
    }
    // What the photo has of the last MCU would have to stand first, with what is missing before it.
    let last = end.next_multiple_of(unit).min(whole / unit * unit);
    (last > start).then(|| Span { start, end: last, trimmed: end.saturating_sub(last) })
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)]
mod tests {
    use super::*;
    use crate::jpeg::testing::{Jpeg, WHOLE};

    /// A picture of MCUs of 16×8 pixels.
    fn header(width: u16, height: u16) -> Header {
        let file = Jpeg::with_tables()
            .frame(0, width, height, &[[1, 0x21, 0], [2, 0x11, 0], [3, 0x11, 0]])
            .scan(&[1, 2, 3], WHOLE, b"abc")
            .end();
        Header::read(&file).unwrap()
    }

    fn window(text: &str) -> Window {
        let (dims, place) = text.split_once('+').unwrap();
        let (x, y) = place.split_once('+').unwrap();
        Window { x: x.parse().unwrap(), y: y.parse().unwrap(), dims: dims.parse().unwrap() }
    }

    #[test]
    fn the_corner_moves_to_the_grid_and_the_far_edges_stay() {
        for (orientation, asked, found, trimmed) in [
            (Orientation::Upright, "30x20+20+10", "34x22+16+8", (0, 0)),
            (Orientation::Upright, "100x50+0+0", "100x50+0+0", (0, 0)),
            (Orientation::Mirrored, "30x20+20+10", "44x22+20+8", (0, 0)),
            (Orientation::Flipped, "30x20+20+10", "34x22+16+10", (0, 0)),
            (Orientation::Rotated180, "100x50+0+0", "96x48+0+0", (4, 2)),
            (Orientation::Rotated180, "50x25+50+25", "46x23+50+25", (4, 2)),
            (Orientation::Transposed, "100x50+0+0", "100x50+0+0", (0, 0)),
            (Orientation::Rotated90, "100x50+0+0", "100x48+0+0", (0, 2)),
            (Orientation::Transversed, "100x50+0+0", "96x48+0+0", (4, 2)),
            (Orientation::Rotated270, "99x9+1+41", "95x10+1+40", (4, 0)),
        ] {
            let excerpt = Excerpt::new(&header(100, 50), window(asked), orientation).unwrap();
            assert_eq!(
                (excerpt.window, excerpt.trimmed),
                (window(found), trimmed),
                "{orientation:?} {asked}"
            );
            assert_eq!(excerpt.dims(), orientation.turn(window(found).dims));
        }
    }

    #[test]
    fn what_cannot_be_turned_at_all_is_outside() {
        for (dims, asked, orientation) in [
            ((100, 50), "3x50+97+0", Orientation::Mirrored),
            ((15, 50), "15x50+0+0", Orientation::Rotated270),
            ((100, 7), "100x7+0+0", Orientation::Rotated90),
            ((100, 50), "100x51+0+0", Orientation::Upright),
            ((100, 50), "5x5+96+0", Orientation::Upright),
        ] {
            let excerpt = Excerpt::new(&header(dims.0, dims.1), window(asked), orientation);
            assert_eq!(excerpt.unwrap_err().kind, Kind::Outside, "{asked}");
        }
    }

    #[test]
    fn the_axes_that_run_backwards_are_known() {
        let known = Orientation::ALL.map(reversed);
        let (no, yes) = (false, true);
        assert_eq!(known[..4], [(no, no), (yes, no), (yes, yes), (no, yes)]);
        assert_eq!(known[4..], [(no, no), (no, yes), (yes, yes), (yes, no)]);
    }
}
