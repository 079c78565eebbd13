//! Cases that random pictures do not hit: tables, colours, doubtful ends, memory.

use super::{Spec, blocks, expected, with_huffman};
use crate::error::Kind;
use crate::jpeg::encode::{Codes, Writer};
use crate::jpeg::lossless::{Excerpt, Lossless, transform};
use crate::jpeg::standard;
use crate::jpeg::testing::{Jpeg, WHOLE};
use crate::jpeg::{Header, Limits};
use crate::photo::Orientation;
use crate::units::{Bytes, Dims, Window};

/// Cuts the middle of a grey picture whose DC differences have the table of these counts and symbols.
fn cut_with(counts: &[u8; 16], symbols: &[u8], means: &[i16]) -> Lossless {
    let codes = Codes::new(counts, symbols).unwrap();
    let mut writer = Writer::new(Vec::new());
    let mut last = 0;
    for &mean in means {
        let difference = i32::from(mean - last);
        last = mean;
        let size = 32 - difference.unsigned_abs().leading_zeros();
        let (code, length) = codes.get(size as u8);
        assert!(length > 0, "the picture itself needs a code of {size}");
        writer.put(code, length);
        writer.put((difference + (difference >> 31)) as u32 & ((1 << size) - 1), size);
        // The end of the block.
        writer.put(0b1010, 4);
    }
    let ac = [&[0x10][..], standard::AC_LUMA.0, standard::AC_LUMA.1].concat();
    let bytes = Jpeg::new()
        .quantisation(0)
        .frame(0, 8 * means.len() as u16, 8, &[[1, 0x11, 0]])
        .segment(0xc4, &[&[0x00][..], counts, symbols].concat())
        .segment(0xc4, &ac)
        .scan(&[1], WHOLE, &writer.finish())
        .end();
    let header = Header::read(&bytes).unwrap();
    let window = Window { x: 16, y: 0, dims: Dims::new(16, 8) };
    let excerpt = Excerpt::new(&header, window, Orientation::Upright).unwrap();
    let cut = transform(&bytes, &header, &excerpt).unwrap();
    assert!(blocks(&cut.bytes) == expected(&bytes, &excerpt));
    cut
}

/// The counts and symbols of the DC table of a result.
fn dc_table(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let at = bytes.windows(2).position(|pair| pair == [0xff, 0xc4]).unwrap();
    assert_eq!(bytes[at + 4], 0x00);
    let counts = bytes[at + 5..at + 21].to_vec();
    let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
    (counts, bytes[at + 21..at + 21 + total].to_vec())
}

#[test]
fn a_difference_without_a_code_gets_one() {
    // In steps of 40, the third block is at 120: two sizes are known, a third is needed.
    let mut counts = [0; 16];
    counts[1] = 2;
    let cut = cut_with(&counts, &[0, 6], &[40, 80, 120, 120]);
    let (grown, symbols) = dc_table(&cut.bytes);
    assert_eq!((grown[1], symbols), (3, vec![0, 6, 7]));
}

#[test]
fn a_table_without_room_gives_way_to_the_best_one() {
    // Every code but that of ones is taken, most of them by doubles of one symbol.
    let symbols = [&[0, 6][..], &[0; 14]].concat();
    let cut = cut_with(&[1; 16], &symbols, &[40, 80, 120, 120]);
    let (counts, symbols) = dc_table(&cut.bytes);
    assert_eq!((counts.iter().sum::<u8>(), symbols), (2, vec![0, 7]));
}

#[test]
fn what_colours_depend_on_is_carried_over() {
    let wide: Vec<u8> = (0..64).flat_map(|k| [1, k]).collect();
    let bytes = Jpeg::new()
        .segment(0xee, b"Adobe\0\x64\0\0\0\0\x02")
        .segment(0xe0, b"JFIF\0\x01\x02\x01\0\x48\0\x60\x01\x01rgb")
        .segment(0xe1, b"Exif\0\0MM")
        .segment(0xdb, &[&[0x12][..], &wide].concat())
        .frame(1, 8, 8, &[[1, 0x21, 2], [9, 0x11, 2], [3, 0x11, 2], [4, 0x21, 2]]);
    let bytes = with_huffman(bytes);
    // Four grey blocks of the first component, and so on: DC 0, end of block.
    let bytes =
        bytes.scan(&[1, 9, 3, 4], WHOLE, &[0b0010_1000, 0b1010_0010, 0b1000_1010, 0b0010_1000, 0b1010_1111]);
    let bytes = bytes.end();
    let header = Header::read(&bytes).unwrap();
    let excerpt = Excerpt::new(&header, Window::whole(header.dims), Orientation::Transposed).unwrap();
    let result = transform(&bytes, &header, &excerpt).unwrap().bytes;
    // JFIF comes first, turned and without its thumbnail.
    assert_eq!(result[2..20], *b"\xff\xe0\0\x10JFIF\0\x01\x02\x01\0\x60\0\x48\0\0");
    let again = Header::read(&result).unwrap();
    assert_eq!((again.adobe_transform, again.exif.is_none()), (Some(2), true));
    let components: Vec<_> = again.components.iter().map(|c| (c.id, c.h, c.v, c.quantisation)).collect();
    assert_eq!(components, [(1, 1, 2, 2), (9, 1, 1, 2), (3, 1, 1, 2), (4, 1, 2, 2)]);
    let table = result.windows(2).position(|pair| pair == [0xff, 0xdb]).unwrap() + 4;
    // The second in the file's order is below the first now, so it is the third.
    assert_eq!(result[table..table + 7], [0x12, 1, 0, 1, 2, 1, 1]);
}

#[test]
fn tables_that_are_redefined_between_scans_stay_apart() {
    let huffman =
        with_huffman(Jpeg::new().quantisation(0).frame(0, 8, 8, &[[1, 0x11, 0], [2, 0x11, 0], [3, 0x11, 0]]));
    let other = [&[0][..], &[7; 64]].concat();
    let data = [0b0010_1011];
    let bytes = huffman
        .scan(&[1], WHOLE, &data)
        .segment(0xdb, &other)
        .scan(&[2], WHOLE, &data)
        .scan(&[3], WHOLE, &data)
        .end();
    let header = Header::read(&bytes).unwrap();
    let excerpt = Excerpt::new(&header, Window::whole(header.dims), Orientation::Upright).unwrap();
    let again = Header::read(&transform(&bytes, &header, &excerpt).unwrap().bytes).unwrap();
    assert_eq!(again.components.iter().map(|c| c.quantisation).collect::<Vec<_>>(), [0, 1, 1]);
}

#[test]
fn a_photo_without_eoi_is_judged_to_its_end() {
    let spec = Spec {
        width: 64,
        height: 64,
        factors: vec![(1, 1); 3],
        sof: 0,
        is_separate: false,
        interval: 0,
        seed: 5,
    };
    let bytes = spec.sequential();
    let header = Header::read(&bytes).unwrap();
    let window = Window { x: 0, y: 0, dims: Dims::new(64, 8) };
    let excerpt = Excerpt::new(&header, window, Orientation::Upright).unwrap();
    assert!(!excerpt.is_to_the_end(&header));
    let without_eoi = &bytes[..bytes.len() - 2];
    assert!(transform(without_eoi, &Header::read(without_eoi).unwrap(), &excerpt).is_ok());
    let cut = &bytes[..bytes.len() - 40];
    let error = transform(cut, &Header::read(cut).unwrap(), &excerpt).unwrap_err();
    assert_eq!(error.kind, Kind::Truncated);
    // With EOI behind it, only the rows themselves could tell.
    let ended = [cut, &[0xff, 0xd9]].concat();
    assert!(transform(&ended, &Header::read(&ended).unwrap(), &excerpt).is_ok());
}

#[test]
fn memory_is_computed_before_anything_is_allocated() {
    let spec = Spec {
        width: 640,
        height: 480,
        factors: vec![(2, 2), (1, 1), (1, 1)],
        sof: 0,
        is_separate: false,
        interval: 0,
        seed: 1,
    };
    let (_, header) = spec.skeleton();
    let (_, progressive) = Spec { sof: 2, ..spec }.skeleton();
    let window = Window { x: 320, y: 0, dims: Dims::new(320, 240) };
    let limit = |memory| Limits { max_memory: Bytes(memory), ..Default::default() };
    let needs = |header: &Header, orientation, memory| {
        let excerpt = Excerpt::new(header, window, orientation).unwrap();
        excerpt.check_limits(header, &limit(memory)).is_ok()
            && (memory == 0 || excerpt.check_limits(header, &limit(memory - 1)).is_err())
    };
    let samples = 320 * 240 * 3 / 2;
    assert!(needs(&header, Orientation::Upright, 0));
    assert!(needs(&header, Orientation::Mirrored, 2 * samples));
    // What refines needs all that is left of it and above it.
    assert!(needs(&progressive, Orientation::Upright, 4 * samples));
}
