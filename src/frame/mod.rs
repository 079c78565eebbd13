//! Pictures as samples: what a decoder hands out, what a resampler and an encoder take.
//!
//! [`Frame`] holds samples of pixels, [`Planes`] those of components as JPEG has them, [`Resampler`] cuts and shrinks, [`turn()`] stands a picture upright.
//! Left out on purpose: colour conversion, alpha and more than 8 bits a sample; a JPEG photo of this
//! program has none of them by the time it gets here.
//!
//! ```
//! use jpegasus::frame::{Frame, Layout, Resampler};
//! use jpegasus::units::{Dims, Window};
//! let grey = Frame::new(Dims::new(64, 48), Layout::Grey, vec![90; 64 * 48])?;
//! let small = Resampler::new().resample(&grey, Window::whole(grey.dims()), Dims::new(16, 12))?;
//! assert_eq!(small.samples(), [90; 16 * 12]);
//! # Ok::<(), jpegasus::error::Error>(())
//! ```

mod planes;
mod resample;
mod turn;

pub use planes::{Plane, Planes};
pub use resample::Resampler;
pub use turn::turn;

use crate::error::{Error, Kind, Result};
use crate::units::Dims;
use std::fmt;

/// What the samples of a pixel mean; 8 bits each, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// One sample a pixel: lightness.
    Grey,
    /// Three samples a pixel: red, green, blue.
    Rgb,
}

impl Layout {
    /// Returns the number of samples, which is also the number of bytes, of one pixel: 1 or 3.
    #[must_use]
    pub const fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
        }
    }

    /// Returns the number of bytes that a picture of `dims` takes, `None` beyond the address space.
    #[must_use]
    pub fn bytes(self, dims: Dims) -> Option<usize> {
        usize::try_from(dims.area()).ok()?.checked_mul(self.channels())
    }
}

/// A picture in memory: 8-bit samples, row-major from the top left, channels interleaved, no padding.
///
/// There are exactly `width × height × channels` samples, and at least one pixel.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    dims: Dims,
    layout: Layout,
    samples: Vec<u8>,
}

impl Frame {
    /// Makes a frame of samples in the order that [`Frame`] describes.
    ///
    /// # Errors
    /// [`Kind::Bug`] when there is no pixel or the number of samples is not the one `dims` and
    /// `layout` ask for.
    pub fn new(dims: Dims, layout: Layout, samples: Vec<u8>) -> Result<Self> {
        if dims.area() == 0 || layout.bytes(dims) != Some(samples.len()) {
            let why = format!("{} samples do not make a {layout:?} frame of {dims}", samples.len());
            return Err(Error::new(Kind::Bug, why));
        }
        Ok(Self { dims, layout, samples })
    }

    /// Returns width and height in pixels.
    #[must_use]
    pub const fn dims(&self) -> Dims {
        self.dims
    }

    /// Returns what the samples of a pixel mean.
    #[must_use]
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    /// Returns the samples, row-major, channels interleaved, no padding.
    #[must_use]
    pub fn samples(&self) -> &[u8] {
        &self.samples
    }

    /// Returns the samples and gives up the frame, so that their memory can be used again.
    #[must_use]
    pub fn into_samples(self) -> Vec<u8> {
        self.samples
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} {:?})", self.dims, self.layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_exactly_its_samples() {
        assert!(Frame::new(Dims::new(3, 2), Layout::Rgb, vec![0; 18]).is_ok());
        for (dims, count) in [((3, 2), 17), ((3, 2), 19), ((0, 2), 0), ((u32::MAX, u32::MAX), 0)] {
            let made = Frame::new(Dims::new(dims.0, dims.1), Layout::Rgb, vec![0; count]);
            assert_eq!(made.unwrap_err().kind, Kind::Bug);
        }
    }
}
