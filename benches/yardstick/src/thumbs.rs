//! The pipeline of jpegasus on libjpeg-turbo: planes at a fraction of the size, resampled to 4:2:0, encoded.

use crate::files::Work;
use crate::ours;
use anyhow::Result;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use jpegasus::frame::{Frame, Layout, turn};
use jpegasus::photo::Orientation;
use jpegasus::recipe::{Format, Geometry, Recipe};
use jpegasus::units::Dims;
use turbojpeg::{Compressor, Decompressor, OutputBuf, ScalingFactor, Subsamp, YuvImage, yuv_pixels_len};

/// One thread's decoder, resizer and encoder, with their memory.
pub struct Worker<'a> {
    recipe: &'a Recipe,
    over: f64,
    decoder: Decompressor,
    resizer: Resizer,
    encoder: Compressor,
    decoded: Vec<u8>,
}

impl<'a> Worker<'a> {
    /// Makes one that decodes to at least `over` times the size of the output.
    pub fn new(recipe: &'a Recipe, over: f64) -> Result<Self> {
        let Format::Jpeg { quality, .. } = recipe.format() else { anyhow::bail!("only JPEG is made here") };
        let mut encoder = Compressor::new()?;
        encoder.set_quality(i32::from(quality.get()))?;
        let (decoder, resizer) = (Decompressor::new()?, Resizer::new());
        Ok(Self { recipe, over, decoder, resizer, encoder, decoded: Vec::new() })
    }

    /// Decodes to planes at a scale; returns their sampling and the scaled size.
    fn decode(&mut self, bytes: &[u8], geometry: &Geometry) -> Result<(Subsamp, usize, usize)> {
        let header = self.decoder.read_header(bytes)?;
        let scale = choose(geometry.window.dims, geometry.resized, self.over);
        self.decoder.set_scaling_factor(scale)?;
        let (width, height) = (scale.scale(header.width), scale.scale(header.height));
        let length = yuv_pixels_len(width, 1, height, header.subsamp)?;
        self.decoded.resize(self.decoded.len().max(length), 0);
        let pixels = &mut self.decoded[..length];
        self.decoder.decompress_to_yuv(
            bytes,
            YuvImage { pixels, width, align: 1, height, subsamp: header.subsamp },
        )?;
        Ok((header.subsamp, width, height))
    }

    /// Brings one plane's share of the window to its output size and stands it upright.
    fn plane(&mut self, part: &Part, at: usize, orientation: Orientation) -> Result<Frame> {
        let (Span { whole: width, .. }, Span { whole: height, .. }) = (part.across, part.down);
        let samples = &self.decoded[at..at + (width * height) as usize];
        let margins = [part.across.before(), part.down.before(), part.across.behind(), part.down.behind()];
        let (left, top) = (margins[0], margins[1]);
        let mut copy = Vec::new();
        let (source, width, height) = if margins == [0; 4] {
            (samples, width, height)
        } else {
            let (width, height) = surrounded(samples, (width, height), margins, &mut copy);
            (&copy[..], width, height)
        };
        let source = ImageRef::new(width, height, source, PixelType::U8)?;
        let mut out = Image::new(part.to.width, part.to.height, PixelType::U8);
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
            .use_alpha(false)
            .crop(
                part.across.from + f64::from(left),
                part.down.from + f64::from(top),
                part.across.size,
                part.down.size,
            );
        self.resizer.resize(&source, &mut out, &options)?;
        let frame = Frame::new(part.to, Layout::Grey, out.into_vec())?;
        Ok(turn(frame, orientation))
    }
}

impl Work for Worker<'_> {
    fn work(&mut self, bytes: &[u8]) -> Result<Vec<u8>> {
        let (dims, orientation) = ours::shape(bytes)?;
        let geometry = self.recipe.fold(dims, orientation)?;
        let (sampling, width, height) = self.decode(bytes, &geometry)?;
        let (mut pixels, mut at) = (Vec::new(), 0);
        for component in 0..if sampling == Subsamp::Gray { 1 } else { 3 } {
            let part = Part::new(component, sampling, (width, height), dims, &geometry);
            let made = self.plane(&part, at, geometry.orientation)?;
            let unit = if component == 0 && sampling != Subsamp::Gray { 2 } else { 1 };
            padded(made.samples(), made.dims(), unit, &mut pixels);
            at += (part.across.whole * part.down.whole) as usize;
        }
        let subsamp = if sampling == Subsamp::Gray { Subsamp::Gray } else { Subsamp::Sub2x2 };
        let Dims { width, height } = geometry.output();
        let (width, height) = (width as usize, height as usize);
        let mut made = OutputBuf::new_owned();
        self.encoder
            .compress_yuv(YuvImage { pixels: &pixels[..], width, align: 1, height, subsamp }, &mut made)?;
        Ok(made.to_vec())
    }
}

/// Appends a plane, its last column and row repeated up to a multiple of `unit`, as TurboJPEG takes it.
fn padded(samples: &[u8], dims: Dims, unit: usize, out: &mut Vec<u8>) {
    let (width, height) = (dims.width as usize, dims.height as usize);
    for y in 0..height.next_multiple_of(unit) {
        let row = &samples[y.min(height - 1) * width..][..width];
        out.extend_from_slice(row);
        out.extend(std::iter::repeat_n(row[width - 1], width.next_multiple_of(unit) - width));
    }
}

/// Copies a plane with `[left, top, right, bottom]` columns and rows around it that repeat its edges.
fn surrounded(samples: &[u8], size: (u32, u32), margins: [u32; 4], out: &mut Vec<u8>) -> (u32, u32) {
    let [left, top, right, bottom] = margins;
    for y in 0..top + size.1 + bottom {
        let y = y.saturating_sub(top).min(size.1 - 1);
        let row = &samples[(y * size.0) as usize..][..size.0 as usize];
        out.extend(std::iter::repeat_n(row[0], left as usize));
        out.extend_from_slice(row);
        out.extend(std::iter::repeat_n(row[row.len() - 1], right as usize));
    }
    (left + size.0 + right, top + size.1 + bottom)
}

/// One side of a decoded plane: its samples, and where among them the window begins and how long it is.
#[derive(Clone, Copy)]
struct Span {
    whole: u32,
    from: f64,
    size: f64,
}

impl Span {
    /// How many samples the window begins before the plane.
    fn before(self) -> u32 {
        (-self.from).max(0.0).ceil() as u32
    }

    /// How many samples the window ends behind the plane.
    fn behind(self) -> u32 {
        // A millionth of a sample is rounding.
        (self.from + self.size - f64::from(self.whole) - 1e-6).max(0.0).ceil() as u32
    }
}

/// One decoded plane: its sides, and the size to bring the window in it to.
struct Part {
    across: Span,
    down: Span,
    to: Dims,
}

impl Part {
    /// `scaled` is the decoded size, `dims` the stored one.
    fn new(
        component: usize,
        sampling: Subsamp,
        scaled: (usize, usize),
        dims: Dims,
        geometry: &Geometry,
    ) -> Self {
        let factors = sampling.size();
        let Geometry { window, resized, orientation } = *geometry;
        let to = if component == 0 {
            resized
        } else {
            Dims::new(resized.width.div_ceil(2), resized.height.div_ceil(2))
        };
        let origin = orientation.stored_position(0, 0, resized);
        let span = |from, size, whole, scaled: usize, factor: usize, resized, to, origin| {
            let step = if component == 0 { 1 } else { factor };
            // Where the output has an odd side, the last sample of colour is of half a pixel beyond it.
            let grown = if component == 0 { 1.0 } else { f64::from(2 * to) / f64::from(resized) };
            let each = scaled as f64 / f64::from(whole) / step as f64;
            let (from, size) = (f64::from(from) * each, f64::from(size) * each);
            let from = if origin == 0 { from } else { from - size * (grown - 1.0) };
            // TurboJPEG rounds the sides of luma up to whole samples of colour.
            Span { whole: (scaled.next_multiple_of(factor) / step) as u32, from, size: size * grown }
        };
        let (x, y, Dims { width, height }) = (window.x, window.y, window.dims);
        Self {
            across: span(x, width, dims.width, scaled.0, factors.0, resized.width, to.width, origin.0),
            down: span(y, height, dims.height, scaled.1, factors.1, resized.height, to.height, origin.1),
            to,
        }
    }
}

/// Returns the smallest of 1/8, 1/4, 1/2 and 1 that leaves the window `over` times as large as the result.
fn choose(window: Dims, resized: Dims, over: f64) -> ScalingFactor {
    let is_enough = |&part: &u32| {
        let scale = f64::from(part) / 8.0;
        f64::from(window.width) * scale >= over * f64::from(resized.width)
            && f64::from(window.height) * scale >= over * f64::from(resized.height)
    };
    ScalingFactor::new([1, 2, 4].into_iter().find(is_enough).unwrap_or(8) as usize, 8)
}
