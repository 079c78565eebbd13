//! A picture as JPEG stores it: lightness, and colour at half the size.

use super::{Frame, Layout, turn};
use crate::error::{Error, Kind, Result};
use crate::photo::Orientation;
use crate::units::Dims;

/// Samples of one component: 8 bits each, row-major from the top left, no padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plane {
    dims: Dims,
    samples: Vec<u8>,
}

impl Plane {
    /// Makes a plane of exactly `width × height` samples.
    ///
    /// # Errors
    /// [`Kind::Bug`] when there is no sample, or their number is another.
    pub fn new(dims: Dims, samples: Vec<u8>) -> Result<Self> {
        if dims.area() == 0 || Layout::Grey.bytes(dims) != Some(samples.len()) {
            let why = format!("{} samples do not make a plane of {dims}", samples.len());
            return Err(Error::new(Kind::Bug, why));
        }
        Ok(Self { dims, samples })
    }

    /// Returns its size in samples.
    #[must_use]
    pub const fn dims(&self) -> Dims {
        self.dims
    }

    /// Returns the samples.
    #[must_use]
    pub fn samples(&self) -> &[u8] {
        &self.samples
    }

    /// Returns the samples, so that their memory can be used again.
    #[must_use]
    pub fn into_samples(self) -> Vec<u8> {
        self.samples
    }
}

impl From<Plane> for Frame {
    fn from(plane: Plane) -> Self {
        Self { dims: plane.dims, layout: Layout::Grey, samples: plane.samples }
    }
}

/// A picture as JPEG stores it: luma alone, or Y, Cb and Cr with colour halved both ways (4:2:0).
///
/// A sample of Cb or Cr is of the 2 × 2 pixels that begin at twice its place, centred (JFIF 1.02);
/// those planes have half the sides, rounded up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planes {
    luma: Plane,
    chroma: Option<[Plane; 2]>,
}

impl Planes {
    /// Makes a grey picture.
    #[must_use]
    pub const fn grey(luma: Plane) -> Self {
        Self { luma, chroma: None }
    }

    /// Makes a picture of Y, Cb and Cr.
    ///
    /// # Errors
    /// [`Kind::Bug`] when Cb or Cr do not have the size that [`Planes::chroma_dims`] says.
    pub fn ycc(luma: Plane, cb: Plane, cr: Plane) -> Result<Self> {
        let dims = Self::chroma_dims(luma.dims);
        if cb.dims != dims || cr.dims != dims {
            let why = format!("planes of {}, {} and {} are not 4:2:0", luma.dims, cb.dims, cr.dims);
            return Err(Error::new(Kind::Bug, why));
        }
        Ok(Self { luma, chroma: Some([cb, cr]) })
    }

    /// Returns the size of Cb and of Cr in a picture of `dims`.
    #[must_use]
    pub const fn chroma_dims(dims: Dims) -> Dims {
        Dims::new(dims.width.div_ceil(2), dims.height.div_ceil(2))
    }

    /// Returns its size in pixels.
    #[must_use]
    pub const fn dims(&self) -> Dims {
        self.luma.dims
    }

    /// Returns the picture turned upright, as [`turn()`] turns frames.
    #[must_use]
    pub fn turned(self, orientation: Orientation) -> Self {
        let turned = |plane: Plane| {
            let Frame { dims, samples, .. } = turn(plane.into(), orientation);
            Plane { dims, samples }
        };
        Self { luma: turned(self.luma), chroma: self.chroma.map(|planes| planes.map(turned)) }
    }

    /// Returns Y.
    #[must_use]
    pub const fn luma(&self) -> &Plane {
        &self.luma
    }

    /// Returns Cb and Cr; `None` when it is grey.
    #[must_use]
    pub const fn chroma(&self) -> Option<&[Plane; 2]> {
        self.chroma.as_ref()
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)]
mod tests {
    use super::*;

    #[test]
    fn colour_has_half_the_sides_rounded_up() {
        let plane = |width, height| {
            let dims = Dims::new(width, height);
            Plane::new(dims, vec![7; dims.area() as usize]).unwrap()
        };
        assert!(Planes::ycc(plane(5, 4), plane(3, 2), plane(3, 2)).is_ok());
        assert!(Planes::ycc(plane(1, 1), plane(1, 1), plane(1, 1)).is_ok());
        for (width, height) in [(2, 2), (3, 1), (5, 4)] {
            let made = Planes::ycc(plane(5, 4), plane(3, 2), plane(width, height));
            assert_eq!(made.unwrap_err().kind, Kind::Bug);
        }
        assert_eq!(Plane::new(Dims::new(2, 2), vec![0; 5]).unwrap_err().kind, Kind::Bug);
    }
}
