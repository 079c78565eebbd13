//! What is read of a file's beginning only.

use super::{COLOUR, GREY};
use crate::error::Kind;
use crate::jpeg::testing::{Jpeg, WHOLE, small, tiff};
use crate::jpeg::{Head, Header, WarningKind};

/// Returns where a file may end at the earliest so that its first scans are read, having tried every end.
fn first_end(bytes: &[u8]) -> usize {
    let is_complete = |end: &usize| match Header::read_first_scans(&bytes[..*end], false).unwrap() {
        Head::Complete(_) => true,
        Head::NeedMore => false,
    };
    let first = (0..=bytes.len()).find(is_complete).expect("the whole file suffices");
    assert!((first..=bytes.len()).all(|end| is_complete(&end)), "what suffices once suffices always");
    first
}

fn first_scans(bytes: &[u8]) -> Header {
    match Header::read_first_scans(bytes, true).unwrap() {
        Head::Complete(header) => *header,
        Head::NeedMore => unreachable!("there is no more of it"),
    }
}

#[test]
fn the_first_scans_of_a_progressive_picture_end_with_the_last_component() {
    let luma = Jpeg::with_tables().frame(2, 8, 8, &COLOUR).scan(&[1], [0, 0, 1], b"ab\xff\0");
    let detail = luma.scan(&[1], [1, 5, 0], b"cd");
    let chroma = detail.scan(&[2, 3], [0, 0, 1], b"ef");
    let end = chroma.0.len();
    let bytes = chroma.scan(&[1], [0, 0, 0x10], b"g").end();
    assert_eq!(first_end(&bytes), end + 2, "a marker must follow");
    let header = first_scans(&bytes);
    let data: Vec<_> = header.plan.iter().map(|scan| &bytes[scan.data.clone()]).collect();
    assert_eq!(data, [&b"ab\xff\0"[..], b"ef"]);
    assert_eq!((header.scans, header.end), (3, None));
    assert!(header.warnings.is_empty(), "neither EOI nor the other scans are missed: {:?}", header.warnings);
    let cut = Header::read_first_scans(&bytes[..end], true).unwrap_err();
    assert_eq!((cut.kind, cut.offset), (Kind::Truncated, Some(end as u64)));
}

#[test]
fn the_first_scans_of_a_sequential_picture_are_all_of_them() {
    let bytes = small();
    assert_eq!(first_end(&bytes), bytes.len());
    let one = Jpeg::with_tables().frame(0, 8, 8, &COLOUR).scan(&[1, 2], WHOLE, b"a");
    let missing = Header::read_first_scans(&one.clone().end(), false).unwrap_err();
    assert_eq!((missing.kind, missing.offset), (Kind::Truncated, Some(one.0.len() as u64)));
    assert_eq!(first_scans(&one.scan(&[3], WHOLE, b"b").end()).plan.len(), 2);
}

#[test]
fn the_height_of_first_scans_may_be_told_late_and_their_restarts_are_counted() {
    let frame = Jpeg::with_tables().segment(0xdd, &[0, 1]).frame(2, 8, 0, &GREY);
    let scan = |data: &[u8]| frame.clone().scan(&[1], [0, 0, 0], data).segment(0xdc, &[0, 16]).end();
    let header = first_scans(&scan(b"a\xff\xd0b"));
    assert_eq!(header.dims.to_string(), "8x16");
    assert_eq!(header.warnings[0].kind, WarningKind::LateHeight);
    let lost = Header::read_first_scans(&scan(b"a"), true).unwrap_err();
    assert_eq!(lost.kind, Kind::Truncated);
}

#[test]
fn what_is_not_decoded_says_where_its_frame_is() {
    let start = Jpeg::new().segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    let at = start.0.len() as u64;
    let bytes = start.frame(9, 8, 8, &GREY).scan(&[1], WHOLE, b"a").end();
    let error = Header::read(&bytes).unwrap().check_supported().unwrap_err();
    assert_eq!((error.kind, error.offset), (Kind::Unsupported, Some(at)));
}

#[test]
fn a_preview_is_found_in_the_file_wherever_its_segment_lies() {
    for before in [0, 1, 5000, 65_533] {
        let start = Jpeg::new().segment(0xe2, &vec![b'x'; before]);
        let exif = [&b"Exif\0\0"[..], &tiff(false, 3, b"\xff\xd8picture\xff\xd9")].concat();
        let photo = start.segment(0xe1, &exif).quantisation(0).frame(0, 8, 8, &GREY);
        let bytes = photo.huffman(0).huffman(0x10).scan(&[1], WHOLE, b"a").end();
        let Head::Complete(header) = Header::read_head(&bytes, false).unwrap() else {
            panic!("it is complete")
        };
        assert_eq!(&bytes[header.preview.unwrap()], b"\xff\xd8picture\xff\xd9");
    }
}
