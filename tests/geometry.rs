//! Every stage at the edges of what a photo can be: one pixel, odd sizes, strips as long as a JPEG can be.

mod world;

use jpegasus::batch::Performer;
use jpegasus::codec::{Carried, encode_jpeg};
use jpegasus::error::Kind;
use jpegasus::frame::{Frame, Layout};
use jpegasus::jpeg::{Header, Limits};
use jpegasus::recipe::Huffman;
use jpegasus::units::Dims;
use std::fs;
use world::{outputs, run_in};

fn photo(width: u32, height: u32) -> Vec<u8> {
    let dims = Dims::new(width, height);
    let samples = (0..Layout::Rgb.bytes(dims).unwrap()).map(|i| u8::try_from(i % 251).unwrap()).collect();
    encode_jpeg(&Frame::new(dims, Layout::Rgb, samples).unwrap(), 80, Huffman::Standard, &Carried::default())
        .unwrap()
}

fn made(recipe: &str, photo: &[u8]) -> Result<Dims, Kind> {
    let mut performer = Performer::new(recipe.parse().unwrap(), Limits::default());
    let picture = performer.perform(photo).map_err(|error| error.kind)?;
    let header = Header::read(&picture.bytes).unwrap();
    assert_eq!(header.dims, picture.dims, "{recipe}");
    Ok(header.dims)
}

#[test]
fn each_stage_gives_its_size_whatever_the_photo_is() {
    for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 3), (7, 7), (8, 9), (15, 17), (33, 16), (640, 479)] {
        let photo = photo(width, height);
        let stored = Dims::new(width, height);
        for (recipe, expected) in [
            ("orient", stored),
            ("stretch=5x3!enlarge", Dims::new(5, 3)),
            ("cover=4x4!enlarge", Dims::new(4, 4)),
            ("inside=1x1", Dims::new(1, 1)),
            ("crop=1x1@southeast", Dims::new(1, 1)),
            ("crop=9999x9999", stored),
            ("crop=9999x9999,inside=9999x9999", stored),
            ("stretch=9999x9999", stored),
            ("crop=1x1+0+0,stretch=40x30!enlarge", Dims::new(40, 30)),
        ] {
            assert_eq!(made(recipe, &photo), Ok(expected), "{recipe} of {stored}");
        }
        let beyond = format!("crop=4x4+{width}+0");
        assert_eq!(made(&beyond, &photo), Err(Kind::Outside), "{beyond} of {stored}");
        let at_the_edge = format!("crop=4x4+{}+{}", width - 1, height - 1);
        assert_eq!(made(&at_the_edge, &photo), Ok(Dims::new(1, 1)), "{at_the_edge} of {stored}");
    }
}

#[test]
fn strips_as_long_as_a_jpeg_can_be_are_photos_too() {
    for (width, height) in [(65_500, 3), (3, 65_500), (65_535, 1), (1, 65_535)] {
        let photo = photo(width, height);
        let stored = Dims::new(width, height);
        assert_eq!(made("orient", &photo), Ok(stored));
        assert_eq!(made("inside=256x256", &photo).map(|dims| dims.width.max(dims.height)), Ok(256));
        assert_eq!(made("cover=1x1", &photo), Ok(Dims::new(1, 1)));
        let last = format!("crop=100x100+{}+{}", width.saturating_sub(50), height.saturating_sub(50));
        let expected = Dims::new(width.min(50), height.min(50));
        assert_eq!(made(&last, &photo), Ok(expected), "{last} of {stored}");
        assert_eq!(made("stretch=65535x8!enlarge", &photo), Ok(Dims::new(65_535, 8)));
        // Twice as long as the format can hold.
        let mut performer =
            Performer::new("crop=1x1+0+0,inside=65535x65535!enlarge".parse().unwrap(), Limits::default());
        assert_eq!(performer.perform(&photo).unwrap_err().kind, Kind::TooLarge);
    }
}

#[test]
fn limits_are_checked_by_flag_before_anything_is_decoded() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("photos")).unwrap();
    fs::write(dir.path().join("photos/a.jpg"), photo(640, 480)).unwrap();
    for (flag, value) in
        [("--max-pixels", "307199"), ("--max-memory", "20k"), ("--max-file", "1k"), ("--max-scans", "0")]
    {
        let ran = run_in(dir.path(), ["crop", "photos", "-o", "out", "-s", "640", flag, value]);
        assert_eq!(ran.code, Some(1), "{flag}: {}", ran.stderr);
        assert_eq!(ran.faults(), [("photos/a.jpg".to_owned(), "too-large".to_owned())], "{}", ran.stderr);
        assert!(outputs(&dir.path().join("out")).is_empty());
    }
    let ran = run_in(dir.path(), ["crop", "photos", "-o", "out", "-s", "640", "--max-pixels", "307200"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}
