//! The short way from photo to JPEG: components are decoded, resampled and encoded as they are, without
//! pixels of red, green and blue in between.

use crate::error::Result;
use crate::frame::{Planes, Resampler};
use crate::jpeg;
use crate::photo::Orientation;
use crate::recipe::Geometry;
use crate::units::{Dims, Region};

/// Makes a picture, not yet turned, of the planes that were decoded of a photo.
///
/// # Errors
/// As [`Resampler::resample_plane`].
pub(super) fn resample(
    resampler: &mut Resampler,
    planes: &[jpeg::Plane],
    geometry: &Geometry,
) -> Result<Planes> {
    let mut resampled = |plane: &jpeg::Plane, to: Dims| {
        let region = region(plane, geometry, to);
        #[allow(clippy::cast_possible_truncation, reason = "sides of a JPEG have 16 bits")]
        let dims = Dims::new(plane.stride as u32, (plane.samples.len() / plane.stride.max(1)) as u32);
        resampler.resample_plane(&plane.samples, dims, region, to)
    };
    match planes {
        [luma, cb, cr] => {
            let chroma = Planes::chroma_dims(geometry.resized);
            Planes::ycc(resampled(luma, geometry.resized)?, resampled(cb, chroma)?, resampled(cr, chroma)?)
        }
        _ => {
            let luma = planes.first().map(|luma| resampled(luma, geometry.resized));
            luma.unwrap_or_else(|| Err(crate::error::Error::new(crate::error::Kind::Bug, "no plane")))
                .map(Planes::grey)
        }
    }
}

/// Returns the part of a plane that becomes a plane of size `to`.
///
/// Where nothing is resized, the window begins at a sample and nothing changes sides, it is whole samples, as many as there are to be:
/// the last one may be half outside of the window, and is better than all of them blurred.
fn region(plane: &jpeg::Plane, geometry: &Geometry, to: Dims) -> Region {
    let region = plane.region(geometry.window);
    let is_near = |length: f64, to: u32| (0.0..1.0).contains(&(f64::from(to) - length));
    let is_whole = !geometry.is_resizing()
        && geometry.orientation == Orientation::Upright
        && region.x.fract() == 0.0
        && region.y.fract() == 0.0
        && is_near(region.width, to.width)
        && is_near(region.height, to.height)
        && region.x + f64::from(to.width) <= plane.width as f64
        && region.y + f64::from(to.height) <= plane.height as f64;
    if is_whole { Region { width: to.width.into(), height: to.height.into(), ..region } } else { region }
}
