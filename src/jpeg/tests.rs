//! What the header reader takes, refuses and remarks, on files built here.

mod beginnings;

use super::testing::{Jpeg, WHOLE, small};
use super::{Head, Header, Limits, Process, Scale, View, WarningKind};
use crate::error::Kind;
use crate::photo::Orientation;
use crate::units::{Bytes, Dims};
use proptest::prelude::*;

const GREY: [[u8; 3]; 1] = [[1, 0x11, 0]];
const COLOUR: [[u8; 3]; 3] = [[1, 0x22, 0], [2, 0x11, 0], [3, 0x11, 0]];

/// Returns kind and offset of the refusal.
fn fault(bytes: &[u8]) -> (Kind, usize) {
    let error = Header::read(bytes).unwrap_err();
    (error.kind, usize::try_from(error.offset.expect("every fault says where")).unwrap())
}

/// Returns the kinds of the warnings.
fn warnings(bytes: &[u8]) -> Vec<WarningKind> {
    Header::read(bytes).unwrap().warnings.iter().map(|warning| warning.kind).collect()
}

/// Returns a grey picture of 8×8, up to its scan.
fn grey() -> Jpeg {
    Jpeg::with_tables().frame(0, 8, 8, &GREY)
}

#[test]
fn a_header_says_what_the_file_says() {
    let bytes = small();
    let header = Header::read(&bytes).unwrap();
    assert!(header.warnings.is_empty(), "{:?}", header.warnings);
    assert_eq!((header.dims, header.upright()), (Dims::new(33, 17), Dims::new(17, 33)));
    assert_eq!((header.process, header.precision, header.scans), (Process::Baseline, 8, 1));
    assert_eq!((header.jfif, header.adobe_transform, header.restart_interval), (true, None, 2));
    assert_eq!(header.orientation, Orientation::Rotated90);
    assert_eq!(&bytes[header.preview.clone().unwrap()], b"\xff\xd8\xff\xd9");
    assert!(bytes[header.exif.clone().unwrap()].starts_with(b"II*\0"));
    assert_eq!(header.icc(&bytes).unwrap(), b"first second");
    assert_eq!(header.end, Some(bytes.len()));
    assert!(bytes[header.first_scan..].starts_with(b"ab"));
    header.check_supported().unwrap();
    header.check_limits(&Limits::default(), &View::whole(&header, Scale::Full)).unwrap();
}

#[test]
fn a_head_is_complete_from_its_first_scan_on() {
    let bytes = small();
    let first_scan = Header::read(&bytes).unwrap().first_scan;
    for end in 0..bytes.len() {
        match Header::read_head(&bytes[..end], false).unwrap() {
            Head::Complete(header) => {
                assert!(end >= first_scan && header.dims == Dims::new(33, 17) && header.end.is_none());
            }
            Head::NeedMore => assert!(end < first_scan, "{end}"),
        }
        if end < first_scan {
            let kind = Header::read_head(&bytes[..end], true).unwrap_err().kind;
            assert_eq!(kind, if end < 3 { Kind::NotJpeg } else { Kind::Truncated });
        }
    }
}

#[test]
fn no_prefix_is_taken_without_a_warning() {
    let bytes = small();
    let first_scan = Header::read(&bytes).unwrap().first_scan;
    for end in 0..bytes.len() {
        match Header::read(&bytes[..end]) {
            Ok(header) => {
                assert!(end > first_scan && header.end.is_none());
                assert!(header.warnings.iter().any(|warning| warning.kind == WarningKind::MissingEoi));
            }
            Err(error) if end < 3 => assert_eq!(error.kind, Kind::NotJpeg),
            Err(error) => {
                assert_eq!((error.kind, error.offset), (Kind::Truncated, Some(end as u64)), "{error}");
            }
        }
    }
}

#[test]
fn a_broken_frame_or_scan_says_where() {
    let tables = Jpeg::with_tables();
    let at = tables.0.len();
    let frame = tables.clone().frame(0, 8, 8, &COLOUR);
    let after = frame.0.len();
    let cases: Vec<(Jpeg, usize)> = vec![
        (tables.clone().frame(0, 0, 8, &GREY), at),
        (tables.clone().frame(0, 8, 8, &[]), at),
        (tables.clone().frame(0, 8, 8, &[[1, 0x11, 0], [1, 0x11, 0]]), at + 13),
        (tables.clone().frame(0, 8, 8, &[[1, 0x15, 0]]), at + 10),
        (tables.clone().segment(0xc0, &[8, 0, 8, 0, 8, 2, 1, 0x11, 0]), at),
        (tables.clone().scan(&[1], WHOLE, b"a"), at),
        (tables.clone().raw(b"\xff\xd9"), at),
        (frame.clone().frame(0, 8, 8, &GREY), after),
        (frame.clone().scan(&[9], WHOLE, b"a"), after + 5),
        (frame.clone().scan(&[1, 1], WHOLE, b"a"), after + 7),
        (frame.clone().scan(&[2, 1], WHOLE, b"a"), after + 7),
        (frame.clone().segment(0xda, &[1, 1, 0, 0, 63]), after),
        (frame.clone().segment(0xda, &[]), after),
        (frame.clone().scan(&[], WHOLE, b"a"), after),
        (frame.clone().raw(b"\xff\xd9"), after),
        (frame.clone().raw(b"\xff\xd8"), after),
        (frame.clone().raw(b"\xff\xf0"), after),
        (frame.raw(b"\xff\xc8"), after),
        (tables.clone().frame(0, 8, 8, &[[1, 0x44, 0], [2, 0x11, 0]]).scan(&[1, 2], WHOLE, b"a"), at + 16),
        (tables.clone().frame(0, 8, 8, &[[1, 0x11, 2]]).scan(&[1], WHOLE, b"a"), at + 13),
        (tables.frame(0, 8, 8, &[[1, 0x11, 200]]).scan(&[1], WHOLE, b"a"), at + 13),
    ];
    for (i, (jpeg, offset)) in cases.into_iter().enumerate() {
        assert_eq!(fault(&jpeg.end()), (Kind::Corrupt, offset), "case {i}");
    }
}

#[test]
fn a_broken_table_says_where() {
    let at = Jpeg::new().0.len();
    for (jpeg, offset) in [
        (Jpeg::new().raw(b"\xff\xdb\0\x01"), at),
        (Jpeg::new().segment(0xdb, &[0; 60]), at + 4),
        (Jpeg::new().segment(0xdb, &[4; 65]), at + 4),
        (Jpeg::new().segment(0xdb, &[&[0][..], &[1; 64], &[0]].concat()), at + 4 + 65),
        (Jpeg::new().segment(0xc4, &[0x14; 17]), at + 4),
        (Jpeg::new().segment(0xc4, &[0x20; 17]), at + 4),
        (Jpeg::new().segment(0xc4, &[&[0][..], &[255; 16]].concat()), at + 4),
        (Jpeg::new().segment(0xdd, &[0]), at),
        (Jpeg::new().segment(0xcc, &[0]), at),
    ] {
        assert_eq!(fault(&jpeg.end()), (Kind::Corrupt, offset));
    }
}

#[test]
fn an_unsound_huffman_table_matters_only_where_it_is_used() {
    let at = Jpeg::with_tables().0.len();
    let three_of_one_bit = [&[0][..], &[3], &[0; 15], &[0, 1, 2]].concat();
    let bad = Jpeg::with_tables().segment(0xc4, &three_of_one_bit).frame(0, 8, 8, &GREY);
    assert_eq!(fault(&bad.clone().scan(&[1], WHOLE, b"a").end()), (Kind::Corrupt, at + 4));
    assert!(warnings(&bad.huffman(0).scan(&[1], WHOLE, b"a").end()).is_empty());
}

#[test]
fn missing_huffman_tables_mean_the_standard_ones_in_a_sequential_scan() {
    let start = Jpeg::new().quantisation(0);
    let bare = start.clone().frame(0, 8, 8, &GREY).scan(&[1], WHOLE, b"a").end();
    assert_eq!(warnings(&bare), [WarningKind::StandardTables]);
    let progressive = start.frame(2, 8, 8, &GREY);
    let at = progressive.0.len();
    assert_eq!(fault(&progressive.scan(&[1], [0, 0, 0], b"a").end()), (Kind::Corrupt, at));
}

#[test]
fn progressive_scans_must_follow_on() {
    let start = Jpeg::with_tables().frame(2, 8, 8, &GREY);
    let dc = start.clone().scan(&[1], [0, 0, 0x01], b"a");
    let good = dc.clone().scan(&[1], [1, 63, 0x00], b"a").scan(&[1], [0, 0, 0x10], b"a").end();
    assert!(warnings(&good).is_empty());
    for parameters in [[0, 5, 0], [5, 4, 0], [1, 64, 0], [1, 63, 0x20], [1, 63, 0x0e]] {
        let bytes = dc.clone().scan(&[1], parameters, b"a").end();
        assert_eq!(fault(&bytes), (Kind::Corrupt, dc.0.len()), "{parameters:?}");
    }
    for parameters in [[0, 0, 0x01], [0, 0, 0x21], [1, 63, 0x10]] {
        let bytes = dc.clone().scan(&[1], parameters, b"a").end();
        assert_eq!(fault(&bytes), (Kind::Corrupt, dc.0.len()), "{parameters:?}");
    }
    let ac_first = start.scan(&[1], [1, 63, 0], b"a");
    assert_eq!(fault(&ac_first.clone().end()), (Kind::Corrupt, ac_first.0.len()));
    assert_eq!(warnings(&ac_first.scan(&[1], [0, 0, 0], b"a").end()), [WarningKind::ScanOrder]);
}

#[test]
fn a_progressive_file_without_its_last_scans_is_truncated() {
    let dc = Jpeg::with_tables().frame(2, 8, 8, &GREY).scan(&[1], [0, 0, 0x00], b"a");
    assert_eq!(fault(&dc.0).0, Kind::Truncated);
    assert_eq!(warnings(&dc.clone().scan(&[1], [1, 63, 0], b"a").0), [WarningKind::MissingEoi]);
    // With EOI the file itself says that no more is to come: legal, if blurred.
    assert_eq!(warnings(&dc.end()), [WarningKind::IncompleteProgression]);
}

#[test]
fn each_component_comes_in_one_sequential_scan() {
    let frame = Jpeg::with_tables().frame(0, 8, 8, &COLOUR);
    let two = frame.scan(&[1], WHOLE, b"a").scan(&[3], WHOLE, b"a");
    assert_eq!(fault(&two.clone().end()), (Kind::Truncated, two.0.len()));
    assert_eq!(fault(&two.0).0, Kind::Truncated);
    assert_eq!(fault(&two.clone().scan(&[1], WHOLE, b"a").end()), (Kind::Corrupt, two.0.len()));
    assert!(warnings(&two.scan(&[2], WHOLE, b"a").end()).is_empty());
}

#[test]
fn restarts_are_counted_in_every_scan() {
    let frame = Jpeg::with_tables().segment(0xdd, &[0, 1]).frame(0, 24, 8, &GREY);
    let scan = |data: &[u8]| frame.clone().scan(&[1], WHOLE, data);
    assert!(warnings(&scan(b"a\xff\xd0b\xff\xd1c").end()).is_empty());
    assert_eq!(fault(&scan(b"a\xff\xd0b").end()).0, Kind::Truncated);
    assert_eq!(fault(&scan(b"a\xff\xd0b").0).0, Kind::Truncated);
    assert_eq!(fault(&scan(b"a\xff\xd0b\xff\xfe\0\x02").end()).0, Kind::Corrupt);
    assert_eq!(fault(&scan(b"a\xff\xd1b\xff\xd0c").end()).0, Kind::Corrupt);
    assert_eq!(warnings(&scan(b"a\xff\xd0b\xff\xd1c\xff\xd2d").end()), [WarningKind::ExtraData]);
    assert_eq!(warnings(&scan(b"a\xff\xd0b\xff\xd1c\xff\xd2").end()), [WarningKind::RestartOrder]);
    let lone = grey().scan(&[1], WHOLE, b"a");
    assert_eq!(warnings(&lone.clone().raw(b"\xff\xd5").end()), [WarningKind::RestartOrder]);
    assert_eq!(fault(&lone.raw(b"\xff\xd0b").end()).0, Kind::Corrupt);
}

#[test]
fn the_height_may_follow_the_first_scan() {
    let frame = Jpeg::with_tables().segment(0xdd, &[0, 1]).frame(0, 8, 0, &GREY);
    let at = frame.0.len() - 13;
    let scan = frame.scan(&[1], WHOLE, b"a\xff\xd0b");
    let whole = scan.clone().segment(0xdc, &[0, 16]);
    assert_eq!(Header::read(&whole.clone().end()).unwrap().dims, Dims::new(8, 16));
    assert!(matches!(Header::read_head(&whole.0, false), Ok(Head::Complete(_))));
    assert!(matches!(Header::read_head(&scan.0, false), Ok(Head::NeedMore)));
    assert_eq!(Header::read_head(&scan.0, true).unwrap_err().kind, Kind::Truncated);
    assert_eq!(fault(&scan.clone().end()), (Kind::Corrupt, at));
    assert_eq!(fault(&scan.clone().segment(0xdc, &[0, 0]).end()), (Kind::Corrupt, scan.0.len()));
    assert_eq!(fault(&scan.segment(0xdc, &[0, 24]).end()).0, Kind::Truncated);
}

#[test]
fn what_harms_no_pixel_is_a_warning() {
    let good = || grey().scan(&[1], WHOLE, b"a");
    for (bytes, kind) in [
        (good().0, WarningKind::MissingEoi),
        (good().raw(b"\xff\xfe\0\x09cut").0, WarningKind::MissingEoi),
        (good().raw(b"\xff\xd9junk").0, WarningKind::TrailingBytes),
        (good().raw(b"\xff\xd9\xff\xd8\xff").0, WarningKind::TrailingMedia),
        (good().raw(b"\xff\xff").end(), WarningKind::FillBytes),
        (grey().raw(b"xx").scan(&[1], WHOLE, b"a").end(), WarningKind::StrayBytes),
        (grey().raw(b"\xff\xd3").scan(&[1], WHOLE, b"a").end(), WarningKind::StrayBytes),
        (grey().raw(b"\xff\xfe\0\0").scan(&[1], WHOLE, b"a").end(), WarningKind::BadLength),
        (grey().segment(0xe1, b"Exif\0\0II").scan(&[1], WHOLE, b"a").end(), WarningKind::BadExif),
        (grey().segment(0xe2, b"MPF\0II").scan(&[1], WHOLE, b"a").end(), WarningKind::BadMpf),
        (grey().segment(0xe2, b"ICC_PROFILE\0\x01\x02").scan(&[1], WHOLE, b"a").end(), WarningKind::BadIcc),
        (grey().scan(&[1], [0, 0, 0], b"a").end(), WarningKind::ScanParameters),
    ] {
        assert_eq!(warnings(&bytes), [kind]);
    }
}

#[test]
fn what_is_no_jpeg_or_not_decoded_is_told_apart() {
    assert_eq!(fault(b""), (Kind::NotJpeg, 0));
    assert_eq!(fault(b"\xff\xd8\xff\xf7\0\x0b"), (Kind::NotJpeg, 2));
    assert_eq!(fault(b"\xff\xd8\xff\xde\0\x0b"), (Kind::Unsupported, 2));
    for n in [3, 5, 6, 7, 9, 10, 11, 13, 14, 15] {
        let parameters = if n == 10 { [0, 0, 0] } else { WHOLE };
        let bytes = Jpeg::new().frame(n, 8, 8, &GREY).scan(&[1], parameters, b"a").end();
        let header = Header::read(&bytes).unwrap();
        assert_eq!(header.check_supported().unwrap_err().kind, Kind::Unsupported, "SOF{n}");
    }
    let two = Jpeg::with_tables().frame(0, 8, 8, &[[1, 0x11, 0], [2, 0x11, 0]]).scan(&[1, 2], WHOLE, b"a");
    assert!(Header::read(&two.end()).unwrap().check_supported().is_err());
    let mut twelve = grey().scan(&[1], WHOLE, b"a").end();
    let at = twelve.len() - 22;
    assert_eq!(std::mem::replace(&mut twelve[at], 12), 8);
    assert!(Header::read(&twelve).unwrap().check_supported().is_err());
}

#[test]
fn limits_hold_before_anything_is_allocated() {
    let huge = Jpeg::with_tables().frame(2, 49157, 27397, &COLOUR).scan(&[1, 2, 3], [0, 0, 0], b"a").end();
    let header = Header::read(&huge).unwrap();
    let limits = Limits::default();
    assert_eq!(
        header.check_limits(&limits, &View::whole(&header, Scale::Full)).unwrap_err().kind,
        Kind::TooLarge
    );
    let (samples, blocks) = (49157 * 27397 * 3, 3073 * 1713 * 6);
    assert_eq!(header.decode_memory(&View::whole(&header, Scale::Full)), samples + blocks * 64 * 3);
    let many = Limits { max_pixels: u64::MAX, max_memory: Bytes(u64::MAX), ..limits };
    header.check_limits(&many, &View::whole(&header, Scale::Full)).unwrap();
    assert!(
        header.check_limits(&Limits { max_scans: 0, ..many }, &View::whole(&header, Scale::Full)).is_err()
    );
    assert!(limits.check_file(Bytes(2_000_000_001)).is_err() && limits.check_file(Bytes(9)).is_ok());
}

/// Reads bytes in every way; what is found must lie within them.
fn read_in_every_way(bytes: &[u8]) {
    let reads = [Header::read_head, Header::read_first_scans];
    let heads = reads.into_iter().flat_map(|read| [false, true].map(|is_whole| read(bytes, is_whole)));
    let heads = heads.filter_map(|head| match head {
        Ok(Head::Complete(header)) => Some(*header),
        _ => None,
    });
    for header in heads.chain(Header::read(bytes).ok()) {
        assert!(header.dims.area() > 0 && !header.components.is_empty());
        for range in [&header.preview, &header.exif].into_iter().flatten() {
            assert!(bytes.get(range.clone()).is_some());
        }
        assert!(header.end.unwrap_or(0).max(header.first_scan) <= bytes.len());
        let _ = (
            header.icc(bytes),
            header.decode_memory(&View::whole(&header, Scale::Full)),
            header.check_supported(),
        );
    }
}

#[test]
fn no_changed_byte_makes_it_panic() {
    let good = small();
    for at in 0..good.len() {
        for value in 0..=255 {
            let mut bad = good.clone();
            bad[at] = value;
            read_in_every_way(&bad);
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(tail in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_in_every_way(&[b"\xff\xd8\xff", &tail[..]].concat());
    }

    #[test]
    fn no_soup_of_markers_makes_it_panic(
        parts in proptest::collection::vec((0xc0_u8..=0xff, proptest::collection::vec(0_u8..20, 0..40)), 0..12),
    ) {
        let soup = parts.iter().fold(Jpeg::with_tables(), |jpeg, (code, data)| jpeg.segment(*code, data));
        read_in_every_way(&soup.0);
    }

    #[test]
    fn no_handful_of_changes_makes_it_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = small();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        read_in_every_way(&bytes);
    }
}
