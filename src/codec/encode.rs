//! From samples to a file.

use crate::error::{Error, Kind, Result};
use crate::frame::{Frame, Layout};
use crate::units::Dims;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder};
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};

/// The longest side of a JPEG (T.81 §B.2.2: 16 bits).
const JPEG_SIDE: u32 = 65_535;

/// The longest side of a WebP that libwebp takes (`WEBP_MAX_DIMENSION`; the format itself has 14 bits).
const WEBP_SIDE: u32 = 16_383;

/// Encodes a frame as baseline JPEG with a JFIF header.
///
/// RGB becomes YCbCr with chroma averaged 2 × 2 (4:2:0), grey stays grey. Quantization tables are
/// those of T.81 Annex K scaled by `quality` (1 to 100, clamped) as the IJG library does; the Huffman
/// tables are the standard ones. `icc` goes into APP2 segments as it is: it must fit the layout to
/// mean anything, but an RGB profile on a grey frame, which cameras write too, is kept. The bytes
/// depend on the arguments alone.
///
/// # Errors
/// [`Kind::OutputFailed`] when a side is beyond 65535 pixels or the profile beyond 16 MB.
pub fn encode_jpeg(frame: &Frame, quality: u8, icc: Option<&[u8]>) -> Result<Vec<u8>> {
    let (width, height) = sides(frame.dims(), JPEG_SIDE, "JPEG")?;
    // A guess that photos at quality 85 rarely exceed: 2 bits a pixel.
    let mut file = Vec::with_capacity(frame.samples().len() / 4 + icc.map_or(0, <[u8]>::len) + 1024);
    let mut encoder = Encoder::new(&mut file, quality.clamp(1, 100));
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    if let Some(icc) = icc {
        encoder.add_icc_profile(icc).map_err(|error| failed("JPEG", &error))?;
    }
    let color = match frame.layout() {
        Layout::Grey => ColorType::Luma,
        Layout::Rgb => ColorType::Rgb,
    };
    encoder.encode(frame.samples(), width, height, color).map_err(|error| failed("JPEG", &error))?;
    Ok(file)
}

/// Encodes a frame as PNG, without loss, 8 bits a sample.
///
/// `icc` becomes an iCCP chunk as it is, also an RGB profile on a grey frame, which strict readers
/// ignore. The bytes depend on the arguments alone.
///
/// # Errors
/// [`Kind::OutputFailed`] when the encoder fails.
pub fn encode_png(frame: &Frame, icc: Option<&[u8]>) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    write(frame, icc, PngEncoder::new(&mut file), "PNG")?;
    Ok(file)
}

/// Encodes a frame as WebP, without loss, with `icc` in its ICCP chunk.
///
/// The bytes depend on the arguments alone.
///
/// # Errors
/// [`Kind::OutputFailed`] when a side is beyond 16383 pixels.
pub fn encode_webp(frame: &Frame, icc: Option<&[u8]>) -> Result<Vec<u8>> {
    sides(frame.dims(), WEBP_SIDE, "WebP")?;
    let mut file = Vec::new();
    write(frame, icc, WebPEncoder::new_lossless(&mut file), "WebP")?;
    Ok(file)
}

fn write(frame: &Frame, icc: Option<&[u8]>, mut encoder: impl ImageEncoder, format: &str) -> Result<()> {
    if let Some(icc) = icc {
        encoder.set_icc_profile(icc.to_vec()).map_err(|error| failed(format, &error))?;
    }
    let color = match frame.layout() {
        Layout::Grey => ExtendedColorType::L8,
        Layout::Rgb => ExtendedColorType::Rgb8,
    };
    let Dims { width, height } = frame.dims();
    encoder.write_image(frame.samples(), width, height, color).map_err(|error| failed(format, &error))
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
