//! What a thumbnail ought to look like: a full decode, the window, Lanczos3 in floating point, upright.

use crate::ours;
use anyhow::{Result, ensure};
use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use jpegasus::recipe::{Geometry, Recipe};
use jpegasus::units::Dims;
use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};
use turbojpeg::{PixelFormat, Subsamp};

/// A picture as the metric takes it: red, green, blue of sRGB, each from 0 to 1.
#[derive(Clone)]
pub struct Picture {
    /// Its size.
    pub dims: Dims,
    /// Its pixels, row by row.
    pub pixels: Vec<[f32; 3]>,
}

/// Decodes a JPEG to pixels as libjpeg-turbo does by default: accurate transform, fancy upsampling.
pub fn decode(bytes: &[u8]) -> Result<(Dims, Vec<u8>)> {
    let image = turbojpeg::decompress(bytes, PixelFormat::RGB)?;
    ensure!(image.pitch == 3 * image.width, "rows with padding");
    Ok((Dims::new(u32::try_from(image.width)?, u32::try_from(image.height)?), image.pixels))
}

impl Picture {
    /// Takes a thumbnail as it is.
    pub fn thumbnail(bytes: &[u8]) -> Result<Self> {
        let (dims, samples) = decode(bytes)?;
        let pixels =
            samples.chunks_exact(3).map(|rgb| [0, 1, 2].map(|i| f32::from(rgb[i]) / 255.0)).collect();
        Ok(Self { dims, pixels })
    }

    /// Returns it as it looks once encoded as jpegasus and its peers do: quality 85, colour halved both ways.
    pub fn encoded(&self, quality: u8) -> Result<Self> {
        let samples: Vec<u8> =
            self.pixels.iter().flatten().map(|&sample| (sample * 255.0).round() as u8).collect();
        let (width, height) = (self.dims.width as usize, self.dims.height as usize);
        let image = turbojpeg::Image {
            pixels: &samples[..],
            width,
            pitch: 3 * width,
            height,
            format: PixelFormat::RGB,
        };
        Self::thumbnail(&turbojpeg::compress(image, i32::from(quality), Subsamp::Sub2x2)?)
    }

    /// Scores another picture of the same size: 100 is equal, 90 hard to tell from it, 70 good.
    pub fn score(&self, other: &Self) -> Result<f64> {
        let frame = |picture: &Self| {
            let (width, height) = (picture.dims.width as usize, picture.dims.height as usize);
            let (curve, colours) = (TransferCharacteristic::SRGB, ColorPrimaries::BT709);
            Rgb::new(picture.pixels.clone(), width, height, curve, colours)
        };
        Ok(compute_frame_ssimulacra2(frame(self)?, frame(other)?)?)
    }
}

/// A photo decoded in full, from which references of any size are made.
pub struct Original {
    dims: Dims,
    samples: Vec<f32>,
    /// What the recipe makes of it.
    pub geometry: Geometry,
}

impl Original {
    /// Decodes a photo.
    pub fn new(bytes: &[u8], recipe: &Recipe) -> Result<Self> {
        let (dims, orientation) = ours::shape(bytes)?;
        let geometry = recipe.fold(dims, orientation)?;
        let (_, samples) = decode(bytes)?;
        Ok(Self { dims, samples: samples.into_iter().map(f32::from).collect(), geometry })
    }

    /// Returns its window at a size, upright; samples stay gamma-encoded, as with the peers.
    pub fn at(&self, upright: Dims) -> Result<Picture> {
        let (window, orientation) = (self.geometry.window, self.geometry.orientation);
        let to = orientation.turn(upright);
        let bytes: Vec<u8> = self.samples.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
        let source = Image::from_vec_u8(self.dims.width, self.dims.height, bytes, PixelType::F32x3)?;
        let mut out = Image::new(to.width, to.height, PixelType::F32x3);
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
            .use_alpha(false)
            .crop(window.x.into(), window.y.into(), window.dims.width.into(), window.dims.height.into());
        Resizer::new().resize(&source, &mut out, &options)?;
        let samples: Vec<f32> = out
            .buffer()
            .chunks_exact(4)
            .map(|four| f32::from_ne_bytes([four[0], four[1], four[2], four[3]]))
            .collect();
        let pixel = |x, y| {
            let (x, y) = orientation.stored_position(x, y, to);
            let at = 3 * (y as usize * to.width as usize + x as usize);
            [0, 1, 2].map(|i| (samples[at + i] / 255.0).clamp(0.0, 1.0))
        };
        let rows = (0..upright.height).flat_map(|y| (0..upright.width).map(move |x| (x, y)));
        Ok(Picture { dims: upright, pixels: rows.map(|(x, y)| pixel(x, y)).collect() })
    }
}
