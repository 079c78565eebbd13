//! The route `embedded`: the preview in the head of a photo stands for the photo.

use crate::jpeg::{Header, Limits, Scale, View};
use crate::recipe::Geometry;
use crate::units::{Dims, Region, Window};
use std::ops::Range;

/// How much of a file is read at most to find a preview. It lies in a segment, of 64 KiB at most, near
/// the beginning; profiles and the like may stand before the frame header that tells the photo's size.
pub(super) const REACH: usize = 128 << 10;

/// Parts of a pixel that the edges of a region lie at, so that all that is done with it is exact.
const GRID: u64 = 1 << 12;

/// A preview that serves for a photo.
#[derive(Clone, Debug)]
pub(super) struct Preview {
    /// Where it is in the file.
    pub(super) place: Range<usize>,
    /// What its own markers say; offsets are from its beginning.
    pub(super) header: Header,
    /// Where in it the window of the photo is, in its pixels.
    pub(super) region: Region,
}

impl Preview {
    /// Returns the preview of the photo whose file begins with `head`, if it serves for `geometry`.
    ///
    /// `header` is what precedes the photo's first scan. The preview serves when
    ///
    /// * all of that lies within [`REACH`];
    /// * the photo is one that is decoded here, within the limits of pixels;
    /// * the preview is a JPEG without a fault in its markers, decoded here too, of as many
    ///   components as the photo, and not of inks, of which nobody knows how a preview was made;
    /// * it is no larger than the photo, and has its aspect within 1 % (many are letter-boxed: 160x120
    ///   with black bars, whatever the photo's aspect);
    /// * the photo's window has at least as many of the preview's pixels as the result, in both directions.
    pub(super) fn of(head: &[u8], header: &Header, geometry: &Geometry, limits: &Limits) -> Option<Self> {
        let is_sound = header.check_supported().is_ok() && header.dims.area() <= limits.max_pixels;
        if header.first_scan > REACH || !is_sound || header.components.len() > 3 {
            return None;
        }
        let place = header.preview.clone()?;
        let preview = Header::read(head.get(place.clone())?).ok()?;
        preview.check_supported().ok()?;
        let is_alike = preview.components.len() == header.components.len();
        if !is_alike
            || !is_miniature(preview.dims, header.dims)
            || !is_enough(preview.dims, header.dims, geometry)
        {
            return None;
        }
        preview.check_limits(limits, &View::whole(&preview, Scale::Full)).ok()?;
        let region = place_window(geometry.window, header.dims, preview.dims);
        Some(Self { place, header: preview, region })
    }
}

/// Tells whether a preview is no larger than its photo and has its aspect within 1 %.
fn is_miniature(preview: Dims, photo: Dims) -> bool {
    let (one, other) = (product(preview.width, photo.height), product(photo.width, preview.height));
    preview.width <= photo.width && preview.height <= photo.height && one.abs_diff(other) * 100 <= other
}

/// Tells whether the window has as many pixels in the preview as the result, across and down.
fn is_enough(preview: Dims, photo: Dims, geometry: &Geometry) -> bool {
    let (window, resized) = (geometry.window.dims, geometry.resized);
    product(window.width, preview.width) >= product(resized.width, photo.width)
        && product(window.height, preview.height) >= product(resized.height, photo.height)
}

/// Returns where the window of a photo is in its preview.
fn place_window(window: Window, photo: Dims, preview: Dims) -> Region {
    let Window { x, y, dims } = window;
    // Sides have 16 bits, so this stays within 44, and floats of 53 hold it exactly.
    let edge = |at: u32, small: u32, large: u32| product(at, small) * GRID / u64::from(large);
    #[allow(clippy::cast_precision_loss, reason = "exact, see above")]
    let span = |from: u32, length: u32, small: u32, large: u32| {
        let start = edge(from, small, large);
        let pixels = |length: u64| length as f64 / GRID as f64;
        (pixels(start), pixels(edge(from + length, small, large) - start))
    };
    let (x, width) = span(x, dims.width, preview.width, photo.width);
    let (y, height) = span(y, dims.height, preview.height, photo.height);
    Region { x, y, width, height }
}

fn product(a: u32, b: u32) -> u64 {
    u64::from(a) * u64::from(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photo::Orientation;
    use crate::recipe::Recipe;
    use proptest::prelude::*;

    fn dims(text: &str) -> Dims {
        text.parse().unwrap()
    }

    fn geometry(recipe: &str, photo: &str) -> Geometry {
        recipe.parse::<Recipe>().unwrap().fold(dims(photo), Orientation::Rotated90).unwrap()
    }

    #[test]
    fn a_preview_has_the_aspect_of_its_photo_within_a_hundredth() {
        for (preview, photo, is) in [
            ("160x120", "4032x3024", true),
            ("120x160", "3456x4608", true),
            ("480x272", "5312x2988", true),
            ("160x120", "5184x3456", false),
            ("160x120", "3024x4032", false),
            ("101x100", "1000x1000", true),
            ("102x100", "1000x1000", false),
            ("99x100", "1000x1000", true),
            ("160x120", "120x90", false),
            ("160x120", "160x120", true),
            ("65535x65535", "65535x65535", true),
        ] {
            assert_eq!(is_miniature(dims(preview), dims(photo)), is, "{preview} of {photo}");
        }
    }

    #[test]
    fn a_preview_is_large_enough_when_no_pixel_is_made_up() {
        for (recipe, photo, preview, is) in [
            ("orient,inside=160x160", "4000x3000", "160x120", true),
            ("inside=160x160", "4000x3000", "160x120", true),
            ("inside=161x161", "4000x3000", "160x120", false),
            // Upright it is 3000x4000, of which 120x160 are there.
            ("orient,inside=120x160", "4000x3000", "160x120", true),
            ("orient,inside=160x", "4000x3000", "160x120", false),
            ("cover=120x120", "4000x3000", "160x120", true),
            ("cover=121x121", "4000x3000", "160x120", false),
            ("crop=2000x1500+0+0,inside=80x80", "4000x3000", "160x120", true),
            ("crop=2000x1500+0+0,inside=81x81", "4000x3000", "160x120", false),
            ("crop=9x9+0+0,inside=1x1", "4000x3000", "160x120", false),
            ("stretch=160x10", "4000x3000", "160x120", true),
            ("stretch=160x121", "4000x3000", "160x120", false),
        ] {
            let enough = is_enough(dims(preview), dims(photo), &geometry(recipe, photo));
            assert_eq!(enough, is, "{recipe} of {photo} from {preview}");
        }
    }

    #[test]
    fn a_window_is_found_in_the_preview() {
        let place =
            |recipe, photo, preview| place_window(geometry(recipe, photo).window, dims(photo), dims(preview));
        let region = |x, y, width, height| Region { x, y, width, height };
        for (recipe, expected) in [
            ("inside=160x", region(0.0, 0.0, 160.0, 120.0)),
            ("inside=8x8", region(0.0, 0.0, 160.0, 120.0)),
            ("crop=1000x1000+500+50,inside=30x", region(20.0, 2.0, 40.0, 40.0)),
            ("crop=1:1@east,inside=9x9", region(40.0, 0.0, 120.0, 120.0)),
        ] {
            assert_eq!(place(recipe, "4000x3000", "160x120"), expected, "{recipe}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_window_leaves_the_preview(
            photo in (1..=65535_u32, 1..=65535_u32), preview in (1..=65535_u32, 1..=65535_u32),
            window in (0..65535_u32, 0..65535_u32, 0..65535_u32, 0..65535_u32), to in (1..=500_u32, 1..=500_u32),
        ) {
            let (photo, preview) = (Dims::new(photo.0, photo.1), Dims::new(preview.0, preview.1));
            let (x, y) = (window.0 % photo.width, window.1 % photo.height);
            let size = Dims::new(1 + window.2 % (photo.width - x), 1 + window.3 % (photo.height - y));
            let geometry = Geometry {
                window: Window { x, y, dims: size },
                resized: Dims::new(to.0, to.1),
                orientation: Orientation::Upright,
            };
            let region = place_window(geometry.window, photo, preview);
            prop_assert!(region.x >= 0.0 && region.y >= 0.0);
            prop_assert!((region.x + region.width).ceil() <= f64::from(preview.width));
            prop_assert!((region.y + region.height).ceil() <= f64::from(preview.height));
            prop_assert!(!is_enough(preview, photo, &geometry) || region.width > 0.0 && region.height > 0.0);
        }
    }
}
