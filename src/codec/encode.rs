//! From samples to a file.

use super::metadata::Carried;
use crate::error::{Error, Kind, Result};
use crate::frame::{Frame, Layout, Planes};
use crate::jpeg;
use crate::recipe::Huffman;
use crate::units::Dims;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use image_webp::WebPEncoder;
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};

/// The longest side of a JPEG (T.81 §B.2.2: 16 bits).
const JPEG_SIDE: u32 = 65_535;

/// The longest side of a WebP that libwebp takes (`WEBP_MAX_DIMENSION`; the format itself has 14 bits).
const WEBP_SIDE: u32 = 16_383;

/// Encodes a frame as baseline JPEG with a JFIF header.
///
/// RGB becomes YCbCr with chroma averaged 2 × 2 (4:2:0), grey stays grey. Quantization tables are
/// those of T.81 Annex K scaled by `quality` (1 to 100, clamped) as the IJG library does; the Huffman
/// tables are the standard ones. The profile of `carried` goes into APP2 segments as it is: it must fit
/// the layout to mean anything, but an RGB profile on a grey frame, which cameras write too, is kept.
/// The bytes depend on the arguments alone.
///
/// # Errors
/// [`Kind::OutputFailed`] when a side is beyond 65535 pixels or the profile beyond 16 MB.
pub fn encode_jpeg(frame: &Frame, quality: u8, carried: &Carried) -> Result<Vec<u8>> {
    let (width, height) = sides(frame.dims(), JPEG_SIDE, "JPEG")?;
    // A guess that photos at quality 85 rarely exceed: 2 bits a pixel.
    let mut file = Vec::with_capacity(frame.samples().len() / 4 + 1024);
    let mut encoder = Encoder::new(&mut file, quality.clamp(1, 100));
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    let color = match frame.layout() {
        Layout::Grey => ColorType::Luma,
        Layout::Rgb => ColorType::Rgb,
    };
    encoder.encode(frame.samples(), width, height, color).map_err(|error| failed("JPEG", &error))?;
    carried.put_into_jpeg(file)
}

/// Encodes a frame as PNG, without loss, 8 bits a sample.
///
/// The profile becomes an iCCP chunk as it is, also an RGB profile on a grey frame, which strict readers
/// ignore; Exif goes into eXIf, XMP into iTXt, and other segments have no place. The bytes depend on the
/// arguments alone.
///
/// # Errors
/// [`Kind::OutputFailed`] when the encoder fails.
pub fn encode_png(frame: &Frame, carried: &Carried) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = PngEncoder::new(&mut file);
    let told = |error: image::error::UnsupportedError| failed("PNG", &error);
    if let Some(icc) = carried.icc() {
        encoder.set_icc_profile(icc.to_vec()).map_err(told)?;
    }
    if let Some(exif) = carried.exif() {
        encoder.set_exif_metadata(exif.to_vec()).map_err(told)?;
    }
    let color = match frame.layout() {
        Layout::Grey => ExtendedColorType::L8,
        Layout::Rgb => ExtendedColorType::Rgb8,
    };
    let Dims { width, height } = frame.dims();
    encoder.write_image(frame.samples(), width, height, color).map_err(|error| failed("PNG", &error))?;
    Ok(carried.xmp_into_png(file))
}

/// Encodes a frame as WebP, without loss, with the profile, Exif and XMP in their chunks.
///
/// Other segments have no place. The bytes depend on the arguments alone.
///
/// # Errors
/// [`Kind::OutputFailed`] when a side is beyond 16383 pixels.
pub fn encode_webp(frame: &Frame, carried: &Carried) -> Result<Vec<u8>> {
    let (width, height) = sides(frame.dims(), WEBP_SIDE, "WebP")?;
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new(&mut file);
    encoder.set_icc_profile(carried.icc().unwrap_or_default().to_vec());
    encoder.set_exif_metadata(carried.exif().unwrap_or_default().to_vec());
    encoder.set_xmp_metadata(carried.xmp().unwrap_or_default().to_vec());
    let color = match frame.layout() {
        Layout::Grey => image_webp::ColorType::L8,
        Layout::Rgb => image_webp::ColorType::Rgb8,
    };
    encoder
        .encode(frame.samples(), width.into(), height.into(), color)
        .map_err(|error| failed("WebP", &error))?;
    Ok(file)
}

/// Returns the sides as a format with a limit of at most 65535 takes them.
fn sides(dims: Dims, limit: u32, format: &str) -> Result<(u16, u16)> {
    match (u16::try_from(dims.width), u16::try_from(dims.height)) {
        (Ok(width), Ok(height)) if dims.width <= limit && dims.height <= limit => Ok((width, height)),
        _ => {
            let why = format!("{dims} is beyond the {limit} pixels a side of {format}");
            Err(Error::new(Kind::OutputFailed, why).hint("ask for a smaller size or for --format png"))
        }
    }
}

fn failed(format: &str, source: &dyn std::fmt::Display) -> Error {
    Error::new(Kind::OutputFailed, format!("cannot encode as {format}: {source}"))
}

/// Encodes planes as [`encode_jpeg`] does a frame: nothing is converted, nothing resampled.
///
/// # Errors
/// As [`encode_jpeg`].
pub fn encode_jpeg_planes(planes: &Planes, quality: u8, carried: &Carried) -> Result<Vec<u8>> {
    carried.put_into_jpeg(jpeg::encode(planes, quality, Huffman::Standard)?)
}
