//! The way from a photo to its picture: what is decoded, how small, and how that becomes the output's samples.

use super::embedded::Preview;
use crate::codec::{self, Conversion};
use crate::error::{Error, Kind, Result};
use crate::event::Route;
use crate::frame::{Frame, Planes, Resampler};
use crate::jpeg::{self, Header, Scale, View};
use crate::photo::Orientation;
use crate::recipe::{Format, Geometry, Recipe};
use crate::units::{Dims, Region, Window};

/// What a photo is decoded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Samples {
    /// The components of a JPEG, which is the short way to another one: there are no pixels in between.
    Planes,
    /// Grey, or red, green and blue.
    Pixels,
}

/// What was decoded, at the size of the output; not yet turned.
pub(super) enum Resampled {
    Planes(Planes),
    /// With the way to sRGB that is still to be gone.
    Pixels(Frame, Option<Conversion>),
}

/// The way from a photo, or from its preview, to its picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) geometry: Geometry,
    pub(super) samples: Samples,
    /// What is decoded.
    pub(super) view: View,
    /// The scale of luma, or of pixels.
    pub(super) scale: Scale,
    /// What becomes the picture, in pixels of what is decoded.
    region: Region,
}

impl Way {
    /// Returns the way of a photo by its scans.
    pub(super) fn through(header: &Header, geometry: Geometry, recipe: &Recipe) -> Self {
        Self::new(header, geometry, geometry.window, geometry.window.into(), recipe)
    }

    /// Returns the way of a photo by its preview; the geometry is that of the photo.
    pub(super) fn through_preview(preview: &Preview, geometry: Geometry, recipe: &Recipe) -> Self {
        let whole = Window::whole(preview.header.dims);
        Self::new(&preview.header, geometry, whole, preview.region, recipe)
    }

    fn new(header: &Header, geometry: Geometry, window: Window, region: Region, recipe: &Recipe) -> Self {
        let is_jpeg = matches!(recipe.format(), Format::Jpeg { .. });
        let is_short = is_jpeg && !recipe.is_srgb() && codec::has_output_colors(header);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies in a window")]
        let shown = Dims::new(region.width as u32, region.height as u32);
        if is_short {
            let view = View::of_planes(header, window, shown, geometry.resized);
            Self { geometry, samples: Samples::Planes, view, scale: view.scales[0], region }
        } else {
            let scale = Scale::choose(shown, geometry.resized);
            let view = View::whole(header, scale);
            Self { geometry, samples: Samples::Pixels, view, scale, region }
        }
    }

    /// Tells whether the means of blocks are all that is needed of a photo.
    pub(super) fn needs_means_only(&self, header: &Header) -> bool {
        self.samples == Samples::Planes && self.view.is_means_only(header)
    }

    /// Returns what reports say of it.
    pub(super) const fn route(&self) -> Route {
        match self.scale {
            Scale::Full => Route::Full,
            Scale::Half => Route::Scaled(2),
            Scale::Quarter => Route::Scaled(4),
            Scale::Eighth => Route::Scaled(8),
        }
    }

    /// Brings a frame to the size of the output.
    ///
    /// # Errors
    /// As [`Resampler::resample`].
    pub(super) fn resample_frame(&self, resampler: &mut Resampler, frame: &Frame) -> Result<Frame> {
        let shrink = |length: f64| length / f64::from(self.scale.divisor());
        let Region { x, y, width, height } = self.region;
        let region = Region { x: shrink(x), y: shrink(y), width: shrink(width), height: shrink(height) };
        resampler.resample(frame, region, self.geometry.resized)
    }

    /// Brings the planes that were decoded to the size of the output, each from its own samples.
    ///
    /// # Errors
    /// As [`Resampler::resample_plane`].
    pub(super) fn resample_planes(
        &self,
        resampler: &mut Resampler,
        planes: &[jpeg::Plane],
    ) -> Result<Planes> {
        let mut resampled = |plane: &jpeg::Plane, to: Dims| {
            #[allow(clippy::cast_possible_truncation, reason = "sides of a JPEG have 16 bits")]
            let dims = Dims::new(plane.stride as u32, (plane.samples.len() / plane.stride.max(1)) as u32);
            resampler.resample_plane(&plane.samples, dims, self.region_of(plane, to), to)
        };
        let (size, half) = (self.geometry.resized, Planes::chroma_dims(self.geometry.resized));
        match planes {
            [luma, cb, cr] => Planes::ycc(resampled(luma, size)?, resampled(cb, half)?, resampled(cr, half)?),
            [luma] => resampled(luma, size).map(Planes::grey),
            _ => Err(Error::new(Kind::Bug, format!("{} planes are neither grey nor YCbCr", planes.len()))),
        }
    }

    /// Returns the part of a plane that becomes a plane of size `to`.
    ///
    /// Where nothing is resized or turned and the region begins at a sample, it is as many whole samples as there
    /// are to be: the last one may be half outside of the region, which is better than all of them blurred.
    #[allow(clippy::cast_precision_loss, reason = "sides of a JPEG have 16 bits")]
    fn region_of(&self, plane: &jpeg::Plane, to: Dims) -> Region {
        let region = plane.region(self.region);
        let is_near = |length: f64, to: u32| (0.0..1.0).contains(&(f64::from(to) - length));
        let is_whole = !self.geometry.is_resizing()
            && self.geometry.orientation == Orientation::Upright
            && region.x.fract() == 0.0
            && region.y.fract() == 0.0
            && is_near(region.width, to.width)
            && is_near(region.height, to.height)
            && region.x + f64::from(to.width) <= plane.width as f64
            && region.y + f64::from(to.height) <= plane.height as f64;
        let whole = Region { width: to.width.into(), height: to.height.into(), ..region };
        if is_whole { whole } else { region }
    }
}
