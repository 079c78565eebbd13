//! What a recipe comes to for one photo.

use super::{Aspect, Cut, Enlarge, MAX_SIDE, Stage};
use crate::error::{Error, Kind, Result};
use crate::photo::Orientation;
use crate::units::{Dims, Window};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What to do with one photo: cut one window, resample it once, turn it upright.
///
/// Prints as `window 4000x2250+0+375 -> 256x144, orientation 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Geometry {
    /// What is cut out of the stored picture, in stored pixels; lies inside it, at least 1x1.
    pub window: Window,
    /// What the window is resampled to, sides still as stored; at least 1x1.
    pub resized: Dims,
    /// How the result has yet to be turned; upright if the recipe does not orient.
    pub orientation: Orientation,
}

impl Geometry {
    /// Returns the size of the finished picture.
    #[must_use]
    pub const fn output(&self) -> Dims {
        self.orientation.turn(self.resized)
    }

    /// Tells whether the window must be resampled at all.
    #[must_use]
    pub fn is_resizing(&self) -> bool {
        self.resized != self.window.dims
    }

    /// Tells whether anything is cut off a stored picture of `stored`.
    #[must_use]
    pub fn is_cutting(&self, stored: Dims) -> bool {
        self.window != Window::whole(stored)
    }
}

impl fmt::Display for Geometry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "window {} -> {}, orientation {}", self.window, self.resized, self.orientation.exif())
    }
}

/// Folds stages into one geometry; see [`Recipe::fold`](super::Recipe::fold).
pub(super) fn fold(stages: &[Stage], stored: Dims, orientation: Orientation) -> Result<Geometry> {
    check_photo(stored)?;
    let orientation = if stages.first() == Some(&Stage::Orient) { orientation } else { Orientation::Upright };
    let mut view = View::whole(orientation.turn(stored));
    for &stage in stages {
        view.follow(stage)?;
    }
    Ok(Geometry {
        window: orientation.stored_window(view.source(), stored),
        resized: orientation.turn(view.dims()),
        orientation,
    })
}

/// Checks that sides are 1 to [`MAX_SIDE`], which the arithmetic below relies on.
fn check_photo(stored: Dims) -> Result<()> {
    if stored.width == 0 || stored.height == 0 {
        return Err(Error::new(Kind::Corrupt, format!("a picture of {stored} pixels")));
    }
    if stored.width > MAX_SIDE || stored.height > MAX_SIDE {
        return Err(Error::new(Kind::TooLarge, format!("{stored} pixels, a side is above {MAX_SIDE}")));
    }
    Ok(())
}

/// The picture as the stages so far have left it: a cut of a scaled window of the photo.
///
/// ```text
///     upright photo           window, scaled         what is seen
///    +--------------+
///    |  +-------+   |          +---------+
///    |  |window |   |  ─────►  |  +---+  |  ─────►      +---+
///    |  +-------+   |          |  |cut|  |              |   |
///    +--------------+          +--+---+--+              +---+
/// ```
///
/// Cuts after cuts are exact, and so are resizes after resizes: only a resize after a cut of a
/// scaled picture must settle on whole pixels of the photo. So nothing grows with the number of
/// stages, and all sides stay within 16 bits.
struct View {
    window: Window,
    scaled: Dims,
    cut: Window,
}

impl View {
    fn whole(dims: Dims) -> Self {
        Self { window: Window::whole(dims), scaled: dims, cut: Window::whole(dims) }
    }

    fn dims(&self) -> Dims {
        self.cut.dims
    }

    fn follow(&mut self, stage: Stage) -> Result<()> {
        let dims = self.dims();
        match stage {
            Stage::Orient | Stage::Mode(_) => {}
            Stage::Crop(cut) => self.cut(locate(cut, dims)?),
            Stage::Inside { size, enlarge } => self.resize(inside(dims, size.bounds(), enlarge)),
            Stage::Cover { dims: asked, gravity, enlarge } => {
                self.cut(gravity.place(largest(asked, dims), dims));
                let is_large = self.dims().width >= asked.width && self.dims().height >= asked.height;
                if is_large || enlarge == Enlarge::Allowed {
                    self.resize(asked);
                }
            }
            Stage::Stretch { dims: asked, enlarge: Enlarge::Allowed } => self.resize(asked),
            Stage::Stretch { dims: asked, enlarge: Enlarge::Never } => {
                self.resize(Dims::new(asked.width.min(dims.width), asked.height.min(dims.height)));
            }
        }
        Ok(())
    }

    /// Cuts a window, which lies inside what is seen.
    fn cut(&mut self, window: Window) {
        self.cut = Window { x: self.cut.x + window.x, y: self.cut.y + window.y, dims: window.dims };
    }

    fn resize(&mut self, dims: Dims) {
        if dims != self.dims() {
            *self = Self { window: self.source(), scaled: dims, cut: Window::whole(dims) };
        }
    }

    /// Returns the pixels of the upright photo that are seen.
    fn source(&self) -> Window {
        let Self { window, scaled, cut } = self;
        let (x, width) = mapped(cut.x, cut.dims.width, scaled.width, window.dims.width);
        let (y, height) = mapped(cut.y, cut.dims.height, scaled.height, window.dims.height);
        Window { x: window.x + x, y: window.y + y, dims: Dims::new(width, height) }
    }
}

/// Maps `length` pixels from `start` of a side of `scaled` pixels back onto its `source` pixels.
///
/// The length is rounded down, but to no less than 1, so a shrunken picture never turns into an
/// enlarged one; the start is the one that keeps the middle nearest in its place. So the window
/// lies inside the exact one wherever that many whole pixels do, else at most half a pixel outside;
/// a part of a single pixel becomes the pixel that holds its middle.
fn mapped(start: u32, length: u32, scaled: u32, source: u32) -> (u32, u32) {
    let whole = scale(length, source, scaled).max(1);
    let twice_middle = (2 * u64::from(start) + u64::from(length)) * u64::from(source);
    let twice_half = u64::from(whole - 1) * u64::from(scaled);
    (narrow((twice_middle - twice_half) / (2 * u64::from(scaled))), whole)
}

/// Returns the window of a cut in a picture of `dims`, clipped to it.
fn locate(cut: Cut, dims: Dims) -> Result<Window> {
    match cut {
        Cut::Dims(asked, gravity) => Ok(gravity.place(asked, dims)),
        Cut::Aspect(aspect, gravity) => Ok(gravity.place(of_aspect(aspect, dims), dims)),
        Cut::Window(window) if window.x >= dims.width || window.y >= dims.height => {
            Err(Error::new(Kind::Outside, format!("the window {window} misses the picture of {dims}")))
        }
        Cut::Window(Window { x, y, dims: asked }) => {
            let clipped = Dims::new(asked.width.min(dims.width - x), asked.height.min(dims.height - y));
            Ok(Window { x, y, dims: clipped })
        }
    }
}

fn of_aspect(aspect: Aspect, dims: Dims) -> Dims {
    largest(Dims::new(aspect.width(), aspect.height()), dims)
}

/// Returns the largest size of the aspect of `shape` in `dims`, rounded down, at least 1x1.
fn largest(shape: Dims, dims: Dims) -> Dims {
    if is_wider(dims, shape) {
        Dims::new(scale(dims.height, shape.width, shape.height).max(1), dims.height)
    } else {
        Dims::new(dims.width, scale(dims.width, shape.height, shape.width).max(1))
    }
}

/// Returns the size of a picture of `dims` once it fits into `bounds` in proportion.
///
/// One side is the bound's, the other is rounded to the nearest pixel, halves up, at least 1: so
/// the aspect is off by as little as whole pixels allow.
fn inside(dims: Dims, bounds: Dims, enlarge: Enlarge) -> Dims {
    let is_small = dims.width <= bounds.width && dims.height <= bounds.height;
    if is_small && enlarge == Enlarge::Never {
        return dims;
    }
    if is_wider(dims, bounds) {
        Dims::new(bounds.width, nearest(dims.height, bounds.width, dims.width).max(1))
    } else {
        Dims::new(nearest(dims.width, bounds.height, dims.height).max(1), bounds.height)
    }
}

/// Tells whether a picture of `dims` is wider in proportion than `shape`, or just as wide.
fn is_wider(dims: Dims, shape: Dims) -> bool {
    u64::from(dims.width) * u64::from(shape.height) >= u64::from(dims.height) * u64::from(shape.width)
}

/// Returns `length * by / of`, rounded down.
fn scale(length: u32, by: u32, of: u32) -> u32 {
    narrow(u64::from(length) * u64::from(by) / u64::from(of))
}

/// Returns `length * by / of`, rounded to the nearest, halves up.
fn nearest(length: u32, by: u32, of: u32) -> u32 {
    narrow((2 * u64::from(length) * u64::from(by) + u64::from(of)) / (2 * u64::from(of)))
}

/// Narrows a length; nothing is lost, for 16 bits times 16 bits are 32.
fn narrow(length: u64) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
