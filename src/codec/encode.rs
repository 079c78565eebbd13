//! From samples to a file.

use super::metadata::Carried;
use super::ycc;
use crate::error::{Error, Kind, Result};
use crate::frame::{Frame, Layout, Planes};
use crate::jpeg;
use crate::recipe::Huffman;
use crate::units::Dims;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use image_webp::WebPEncoder;

/// The longest side of a WebP that libwebp takes (`WEBP_MAX_DIMENSION`; the format itself has 14 bits).
const WEBP_SIDE: u32 = 16_383;

/// Encodes a frame as baseline JPEG with a JFIF header.
///
/// RGB becomes YCbCr with chroma averaged 2 × 2 (4:2:0), grey stays grey; then as [`encode_jpeg_planes`]. The
/// profile of `carried` must fit the layout to mean anything, but an RGB profile on a grey frame, which
/// cameras write too, is kept.
///
/// # Errors
/// [`Kind::OutputFailed`] when a side is beyond 65535 pixels or the profile beyond 16 MB.
pub fn encode_jpeg(frame: &Frame, quality: u8, huffman: Huffman, carried: &Carried) -> Result<Vec<u8>> {
    encode_jpeg_planes(&ycc::planes(frame)?, quality, huffman, carried)
}

/// Encodes planes as baseline JPEG with a JFIF header, the way to the same file that needs no pixels.
///
/// Quantization tables are those of T.81 Annex K scaled by `quality` (1 to 100, clamped) as the IJG library
/// does. The profile of `carried` goes into APP2 segments as it is. The bytes depend on the arguments
/// alone.
///
/// # Errors
/// [`Kind::OutputFailed`] when a side is beyond 65535 pixels or the profile beyond 16 MB.
pub fn encode_jpeg_planes(
    planes: &Planes,
    quality: u8,
    huffman: Huffman,
    carried: &Carried,
) -> Result<Vec<u8>> {
    carried.put_into_jpeg(jpeg::encode(planes, quality, huffman)?)
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
    let Dims { width, height } = frame.dims();
    if width.max(height) > WEBP_SIDE {
        let why = format!("{} is beyond the {WEBP_SIDE} pixels a side of WebP", frame.dims());
        return Err(Error::new(Kind::OutputFailed, why).hint("ask for a smaller size or for --format png"));
    }
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new(&mut file);
    encoder.set_icc_profile(carried.icc().unwrap_or_default().to_vec());
    encoder.set_exif_metadata(carried.exif().unwrap_or_default().to_vec());
    encoder.set_xmp_metadata(carried.xmp().unwrap_or_default().to_vec());
    let color = match frame.layout() {
        Layout::Grey => image_webp::ColorType::L8,
        Layout::Rgb => image_webp::ColorType::Rgb8,
    };
    encoder.encode(frame.samples(), width, height, color).map_err(|error| failed("WebP", &error))?;
    Ok(file)
}

fn failed(format: &str, source: &dyn std::fmt::Display) -> Error {
    Error::new(Kind::OutputFailed, format!("cannot encode as {format}: {source}"))
}
