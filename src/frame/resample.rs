//! Cutting and shrinking.

use super::{Frame, Layout, Plane};
use crate::error::{Error, Kind, Result};
use crate::units::{Dims, Region, Window};
use fast_image_resize::images::{CroppedImage, Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

/// Cuts a window out of a frame and brings it to another size, reusing its buffers.
///
/// One for each thread. What it gives depends on the frame, the window and the size alone; the
/// arithmetic is integer and the same for every number of threads on one CPU family.
#[derive(Debug, Default)]
pub struct Resampler {
    resizer: Resizer,
}

impl Resampler {
    /// Makes a resampler that has no memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a window, or a [`Region`] with sides between pixels, of `frame` at the size `to`.
    ///
    /// A window that has the size `to` is copied as it is, with no filter. All else is a
    /// convolution with Lanczos3, stretched by the reduction so that nothing folds over, which sees
    /// the pixels only that the region touches: what is cut away does not shine through at the edges.
    ///
    /// # Errors
    /// [`Kind::Bug`] when the window is empty or leaves the frame, or `to` has no pixel;
    /// [`Kind::TooLarge`] when `to` is beyond the address space.
    pub fn resample(&mut self, frame: &Frame, region: impl Into<Region>, to: Dims) -> Result<Frame> {
        let source = Source { samples: &frame.samples, dims: frame.dims, layout: frame.layout };
        let samples = self.samples(source, region.into(), to)?;
        Frame::new(to, frame.layout, samples)
    }

    /// Returns a region of the samples of one component at the size `to`, as [`resample`](Self::resample) does.
    ///
    /// `dims` are the samples that lie in memory, row by row; those outside of the region may mean nothing.
    ///
    /// # Errors
    /// As [`resample`](Self::resample); [`Kind::Bug`] when there are fewer samples.
    pub fn resample_plane(&mut self, samples: &[u8], dims: Dims, region: Region, to: Dims) -> Result<Plane> {
        let samples = self.samples(Source { samples, dims, layout: Layout::Grey }, region, to)?;
        Plane::new(to, samples)
    }

    fn samples(&mut self, source: Source<'_>, region: Region, to: Dims) -> Result<Vec<u8>> {
        let window = touched(region);
        if !window.fits(source.dims) || window.dims.area() == 0 || to.area() == 0 {
            let why = format!("{region:?} of {} cannot become {to}", source.dims);
            return Err(Error::new(Kind::Bug, why));
        }
        if window.dims == to && Region::from(window) == region {
            return Ok(cut(source, window));
        }
        let bytes = source
            .layout
            .bytes(to)
            .ok_or_else(|| Error::new(Kind::TooLarge, format!("{to} does not fit into memory")))?;
        let mut samples = vec![0; bytes];
        self.convolve(source, region, to, &mut samples)?;
        Ok(samples)
    }

    fn convolve(&mut self, source: Source<'_>, region: Region, to: Dims, samples: &mut [u8]) -> Result<()> {
        let window = touched(region);
        let pixel = match source.layout {
            Layout::Grey => PixelType::U8,
            Layout::Rgb => PixelType::U8x3,
        };
        let Dims { width, height } = source.dims;
        let whole = ImageRef::new(width, height, source.samples, pixel).map_err(bug)?;
        let Dims { width, height } = window.dims;
        let source = CroppedImage::new(&whole, window.x, window.y, width, height).map_err(bug)?;
        let mut target = Image::from_slice_u8(to.width, to.height, samples, pixel).map_err(bug)?;
        let (x, y) = (region.x - f64::from(window.x), region.y - f64::from(window.y));
        let options =
            ResizeOptions::new().resize_alg(KERNEL).use_alpha(false).crop(x, y, region.width, region.height);
        self.resizer.resize(&source, &mut target, &options).map_err(bug)
    }
}

/// Samples in memory, row by row without padding.
#[derive(Clone, Copy)]
struct Source<'a> {
    samples: &'a [u8],
    dims: Dims,
    layout: Layout,
}

/// The one kernel for every reduction.
///
/// Measured in November 2026 on 13 camera photos of 10 MP shrunk to 256 pixels, beside a busy machine:
/// 20 ms, a sixth of the decode. `SuperSampling` of 2, 3, 4 takes 0.9, 1.4, 2.2 ms, but it picks
/// nearest pixels first, which folds fine patterns over (47, 51, 54 dB from this); a box of 2, 3, 4 before it
/// keeps 60 dB and was not faster in plain Rust (54, 32, 21 ms); Hamming takes 6 ms at 50 dB. A decoder that
/// gives smaller frames is where time can be won, not here.
const KERNEL: ResizeAlg = ResizeAlg::Convolution(FilterType::Lanczos3);

/// Returns the smallest window with all pixels that a region touches.
///
/// What does not fit into a window at all becomes an empty one, or one that fits no frame.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
fn touched(region: Region) -> Window {
    let Region { x, y, width, height } = region;
    let span = |from: f64, size: f64| {
        let first = from.floor() as u32;
        let size = if from >= 0.0 { ((from + size).ceil() - from.floor()) as u32 } else { 0 };
        (first, size)
    };
    let ((x, width), (y, height)) = (span(x, width), span(y, height));
    Window { x, y, dims: Dims::new(width, height) }
}

/// Copies a window that lies inside the picture.
fn cut(source: Source<'_>, window: Window) -> Vec<u8> {
    let channels = source.layout.channels();
    let stride = source.dims.width as usize * channels;
    let (left, length) = (window.x as usize * channels, window.dims.width as usize * channels);
    let mut samples = Vec::with_capacity(length * window.dims.height as usize);
    let rows = source.samples.chunks_exact(stride).skip(window.y as usize);
    for row in rows.take(window.dims.height as usize) {
        samples.extend_from_slice(&row[left..left + length]);
    }
    samples
}

/// Turns what the resizing crate says into an error: sizes were checked, so it is our own fault.
fn bug(source: impl std::fmt::Display) -> Error {
    Error::new(Kind::Bug, format!("resampling failed: {source}"))
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)]
mod tests {
    use super::*;

    fn grey(width: u32, height: u32, at: impl Fn(u32, u32) -> u8) -> Frame {
        let samples = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| at(x, y));
        Frame::new(Dims::new(width, height), Layout::Grey, samples.collect()).unwrap()
    }

    #[test]
    fn a_constant_stays_constant() {
        for (width, height, to) in
            [(640, 480, (17, 301)), (5, 7, (1, 1)), (9, 9, (40, 3)), (2000, 3, (20, 3))]
        {
            for value in [0, 1, 127, 254, 255] {
                for layout in [Layout::Grey, Layout::Rgb] {
                    let dims = Dims::new(width, height);
                    let frame = Frame::new(dims, layout, vec![value; layout.bytes(dims).unwrap()]).unwrap();
                    let to = Dims::new(to.0, to.1);
                    let made = Resampler::new().resample(&frame, Window::whole(dims), to).unwrap();
                    assert!(made.samples().iter().all(|&sample| sample == value), "{dims} to {to}: {value}");
                }
            }
        }
    }

    #[test]
    fn a_gradient_stays_monotone() {
        let frame = grey(1024, 16, |x, _| (x / 4) as u8);
        for width in [900, 256, 100, 33, 7] {
            let to = Dims::new(width, 4);
            let made = Resampler::new().resample(&frame, Window::whole(frame.dims()), to).unwrap();
            let row = &made.samples()[..width as usize];
            assert!(row.is_sorted(), "{row:?}");
        }
    }

    #[test]
    fn equal_sizes_are_a_plain_cut() {
        let frame = grey(20, 10, |x, y| (x * 10 + y) as u8);
        let window = Window { x: 3, y: 2, dims: Dims::new(5, 4) };
        let made = Resampler::new().resample(&frame, window, window.dims).unwrap();
        assert_eq!(made.samples()[..5], [32, 42, 52, 62, 72]);
        assert_eq!(made, grey(5, 4, |x, y| ((x + 3) * 10 + y + 2) as u8));
        let dot = grey(1, 1, |_, _| 77);
        assert_eq!(Resampler::new().resample(&dot, Window::whole(dot.dims()), dot.dims()).unwrap(), dot);
    }

    #[test]
    fn nothing_outside_the_window_shines_through() {
        let window = Window { x: 10, y: 20, dims: Dims::new(40, 30) };
        let frame = grey(64, 64, |x, y| if window.contains(x, y) { 60 } else { 255 });
        for to in [Dims::new(8, 6), Dims::new(39, 30), Dims::new(80, 60), Dims::new(1, 1)] {
            let made = Resampler::new().resample(&frame, window, to).unwrap();
            assert!(made.samples().iter().all(|&sample| sample == 60), "{to}");
        }
    }

    #[test]
    fn a_region_between_pixels_keeps_its_place() {
        let ramp = grey(64, 8, |x, _| (x * 4) as u8);
        let to = Dims::new(16, 4);
        for (x, expected) in [(16.0, 130.0), (16.5, 132.0), (16.75, 133.0)] {
            let region = Region { x, y: 0.25, width: 32.0, height: 7.5 };
            let made = Resampler::new().resample(&ramp, region, to).unwrap();
            // The middle of the ninth pixel is 17 columns right of the edge.
            assert!((f64::from(made.samples()[8]) - expected).abs() <= 1.0, "{x}: {:?}", made.samples());
        }
        let outside = Region { x: 40.0, y: 0.0, width: 24.01, height: 8.0 };
        assert_eq!(Resampler::new().resample(&ramp, outside, to).unwrap_err().kind, Kind::Bug);
        for x in [f64::NAN, f64::INFINITY, -0.5] {
            let region = Region { x, ..outside };
            assert_eq!(Resampler::new().resample(&ramp, region, to).unwrap_err().kind, Kind::Bug);
        }
    }

    #[test]
    fn a_window_that_is_none_is_refused() {
        let frame = grey(8, 8, |_, _| 0);
        let mut resampler = Resampler::new();
        for (x, width, to) in [(1, 8, 4), (8, 1, 1), (0, 0, 1), (0, 8, 0)] {
            let window = Window { x, y: 0, dims: Dims::new(width, 8) };
            assert_eq!(resampler.resample(&frame, window, Dims::new(to, 4)).unwrap_err().kind, Kind::Bug);
        }
    }

    #[test]
    fn buffers_used_before_change_nothing() {
        let frame = grey(300, 200, |x, y| ((x * 31) ^ (y * 17)) as u8);
        let to = Dims::new(30, 20);
        let fresh = Resampler::new().resample(&frame, Window::whole(frame.dims()), to).unwrap();
        let mut used = Resampler::new();
        used.resample(&grey(900, 40, |x, _| x as u8), Window::whole(Dims::new(900, 40)), Dims::new(33, 39))
            .unwrap();
        assert_eq!(used.resample(&frame, Window::whole(frame.dims()), to).unwrap(), fresh);
    }
}
