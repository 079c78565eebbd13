//! Metadata: an input is a byte that says of what kind it is, two that choose a recipe, and a segment or several.

use super::engine::{check_error, check_header};
use super::limits;
use jpegasus::batch::{Performer, Picture};
use jpegasus::codec::encode_jpeg;
use jpegasus::error::{Kind, Result};
use jpegasus::frame::{Frame, Layout};
use jpegasus::jpeg::Header;
use jpegasus::photo::Orientation;
use jpegasus::recipe::{Format, Huffman, Keep, Recipe};
use jpegasus::units::Dims;
use std::cell::RefCell;
use std::collections::HashMap;

/// The most bytes that a segment holds (T.81 §B.1.1.4).
const SEGMENT: usize = 65_533;

/// Recipes without what is kept; the photo has 16x16 pixels, which is one MCU.
const RECIPES: [&str; 10] = [
    "orient,inside=4x4,jpeg=85",
    "orient,jpeg=85",
    "jpeg=85",
    "orient,lossless",
    "lossless",
    "orient,srgb,jpeg=85",
    "orient,inside=4x4,embedded,jpeg=85",
    "orient,crop=8x8+4+4,png",
    "orient,webp",
    "orient,inside=8x8,fast,salvage,jpeg=85",
];

/// Makes an input the metadata of a sound photo, and follows a recipe with it, and again with what was made.
pub(crate) fn exif(bytes: &[u8]) {
    let &[kind, recipe, keep, ref data @ ..] = bytes else { return };
    let keep = Keep::ALL[usize::from(keep) % Keep::ALL.len()];
    let text = format!("{},keep={keep}", RECIPES[usize::from(recipe) % RECIPES.len()]);
    let photo = photo(kind, data);
    let is_raw = kind % 6 >= 4;
    let header = match Header::read(&photo) {
        Ok(header) => header,
        Err(error) => {
            assert!(is_raw, "metadata costs the photo: {error}");
            return check_error(&photo, &error);
        }
    };
    check_header(&photo, &header);
    let picture = match perform(&text, &photo) {
        Ok(picture) => picture,
        Err(error) => {
            assert!(is_raw && error.kind != Kind::Bug, "metadata costs the picture: {text}: {error}");
            return;
        }
    };
    if !text.contains("embedded") && !text.contains("fast") {
        let recipe: Recipe = text.parse().unwrap();
        let mut planner = Performer::new(recipe, limits());
        let planned = planner.plan(&photo, true).unwrap().expect("the header is there");
        assert_eq!((planned.dims, planned.geometry), (picture.dims, picture.geometry));
    }
    check_picture(&text, keep, &picture);
}

/// Follows a recipe with a performer that has followed it before.
fn perform(text: &str, photo: &[u8]) -> Result<Picture> {
    thread_local! {
        static PERFORMERS: RefCell<HashMap<String, Performer>> = RefCell::default();
    }
    PERFORMERS.with_borrow_mut(|performers| {
        let new = || Performer::new(text.parse().unwrap(), limits());
        performers.entry(text.to_owned()).or_insert_with(new).perform(photo)
    })
}

/// Returns a sound photo with such metadata.
fn photo(kind: u8, data: &[u8]) -> Vec<u8> {
    const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
    thread_local! {
        static SOUND: Vec<u8> = {
            let samples = (0..16 * 16 * 3).map(|i| u8::try_from(i * 7 % 256).unwrap()).collect();
            let frame = Frame::new(Dims::new(16, 16), Layout::Rgb, samples).unwrap();
            encode_jpeg(&frame, 60, Huffman::Standard, &jpegasus::codec::Carried::default()).unwrap()
        };
    }
    SOUND.with(|sound| {
        let mut file = sound[..2].to_vec();
        let mut put = |code: u8, signature: &[u8], data: &[u8]| {
            let data = &data[..data.len().min(SEGMENT - signature.len())];
            file.extend([0xff, code]);
            file.extend(u16::try_from(signature.len() + data.len() + 2).unwrap().to_be_bytes());
            file.extend(signature);
            file.extend(data);
        };
        let mut trailer: &[u8] = b"";
        match kind % 6 {
            0 => put(0xe1, b"Exif\0\0", data),
            1 => put(0xe1, b"http://ns.adobe.com/xap/1.0/\0", data),
            2 => put(0xed, PHOTOSHOP, data),
            3 => {
                put(0xe2, b"MPF\0", data);
                trailer = sound;
            }
            // Segments as they are.
            4 => file.extend(data),
            // A segment of any code and what follows.
            _ => {
                put(0xe0 | data.first().copied().unwrap_or(0) & 0x0f, b"", data.get(1..).unwrap_or_default())
            }
        }
        file.extend(&sound[2..]);
        file.extend(trailer);
        file
    })
}

/// Checks that what was made is sound, tells what it should, and can be a photo itself.
fn check_picture(text: &str, keep: Keep, picture: &Picture) {
    let recipe: Recipe = text.parse().unwrap();
    if !matches!(recipe.format(), Format::Jpeg { .. }) {
        return;
    }
    let bytes = &picture.bytes;
    let header = Header::read(bytes).expect("what is made is sound");
    check_header(bytes, &header);
    assert_eq!(header.dims, picture.dims);
    if recipe.is_orienting() {
        assert_eq!(header.orientation, Orientation::Upright, "{text}: it would be turned again");
    }
    assert!(header.preview.is_none(), "{text}: a preview is left");
    let has = |code: u8, signature: &[u8]| {
        header.applications(bytes).any(|segment| segment.code == code && segment.data.starts_with(signature))
    };
    if keep != Keep::All {
        assert!(!has(0xe1, b"http:") && !has(0xed, b"") && !has(0xe2, b"MPF") && !has(0xfe, b""), "{text}");
        assert!(keep == Keep::Copyright || !has(0xe1, b""), "{text}");
        assert!(keep != Keep::None || !has(0xe2, b""), "{text}");
    }
    let again = perform(text, bytes).expect("what is made can be a photo");
    assert!(!recipe.is_lossless() || again.dims == picture.dims);
}
