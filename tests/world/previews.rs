//! Photos with previews, put together from parts.

use super::project;
use jpegasus::batch::Performer;
use jpegasus::jpeg::Limits;

/// A baseline photo of 3840x2160 and 0.9 MB, without Exif.
pub const PHOTO: &str = "fixtures/photos/wallpapers/umang_by_Abhishek_Mudgal.jpg";
/// Another photo of its aspect, which its previews show here, so that nobody mistakes one for the other.
pub const OTHER: &str = "fixtures/photos/wallpapers/seeding_by_Clements_Engelhardt.jpg";

pub fn photo() -> Vec<u8> {
    std::fs::read(project(PHOTO)).unwrap()
}

/// Follows a recipe for a photo in memory.
pub fn perform(recipe: &str, photo: &[u8]) -> Vec<u8> {
    let mut performer = Performer::new(recipe.parse().unwrap(), Limits::default());
    performer.perform(photo).unwrap().bytes
}

/// Returns a JPEG of the other photo, stretched to `WxH`.
pub fn preview(dims: &str) -> Vec<u8> {
    perform(&format!("stretch={dims},keep=none"), &std::fs::read(project(OTHER)).unwrap())
}

/// Returns a TIFF structure: an orientation in IFD0, and in IFD1 a preview of `length` bytes as it says.
fn tiff(orientation: u16, preview: &[u8], length: usize) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &1_u32.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    tiff.extend(1_u16.to_le_bytes());
    tiff.extend(entry(0x0112, 3, orientation.into()));
    tiff.extend(26_u32.to_le_bytes());
    tiff.extend(3_u16.to_le_bytes());
    tiff.extend(entry(0x0103, 3, 6));
    tiff.extend(entry(0x0201, 4, 68));
    tiff.extend(entry(0x0202, 4, u32::try_from(length).unwrap()));
    tiff.extend(0_u32.to_le_bytes());
    tiff.extend(preview);
    tiff
}

/// Returns a photo with segments behind SOI, each the byte of its marker and its content.
pub fn with_segments(photo: &[u8], segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = photo[..2].to_vec();
    for (code, content) in segments {
        bytes.extend([0xff, *code]);
        bytes.extend(u16::try_from(content.len() + 2).unwrap().to_be_bytes());
        bytes.extend(content);
    }
    bytes.extend(&photo[2..]);
    bytes
}

/// Returns the content of an Exif segment with an orientation and a preview, of which it claims `length` bytes.
pub fn exif_claiming(orientation: u16, preview: &[u8], length: usize) -> (u8, Vec<u8>) {
    (0xe1, [&b"Exif\0\0"[..], &tiff(orientation, preview, length)].concat())
}

pub fn exif(orientation: u16, preview: &[u8]) -> (u8, Vec<u8>) {
    exif_claiming(orientation, preview, preview.len())
}

/// Returns the photo with a preview.
pub fn with_preview(preview: &[u8]) -> Vec<u8> {
    with_segments(&photo(), &[exif(1, preview)])
}
