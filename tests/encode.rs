//! The JPEG encoder: whole files, against those of other programs.

#![allow(clippy::cast_possible_truncation, reason = "samples are made small enough")]

mod world;

use jpegasus::codec::{Carried, encode_jpeg};
use jpegasus::frame::{Frame, Layout, Plane, Planes};
use jpegasus::jpeg::encode;
use jpegasus::recipe::Huffman;
use jpegasus::units::Dims;
use proptest::prelude::*;

/// A disc on a ramp with a little noise.
fn picture(width: u32, height: u32, layout: Layout) -> Frame {
    let mut samples = Vec::new();
    let mut noise = 1_u32;
    for y in 0..height {
        for x in 0..width {
            for channel in 0..layout.channels() as u32 {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let away = x.abs_diff(width / 2).pow(2) + y.abs_diff(height / 2).pow(2);
                let disc = u32::from(away < width * height / 16);
                let ramp = (x * 120 / width + y * 60 / height + channel * 20).min(200);
                samples.push((ramp + disc * 40 + (noise >> 29)) as u8);
            }
        }
    }
    Frame::new(Dims::new(width, height), layout, samples).unwrap()
}

/// Decodes with the `image` crate.
fn decode(file: &[u8]) -> image::DynamicImage {
    image::load_from_memory_with_format(file, image::ImageFormat::Jpeg).unwrap()
}

#[test]
fn files_are_byte_by_byte_those_of_cjpeg() {
    // Colour is of whole MCUs across: beyond its right edge cjpeg repeats pixels, not means of them.
    // Length and XXH3 of what `cjpeg -dct int -baseline -sample 2x2 -quality Q` (`-grayscale`,
    // `-optimize`) of libjpeg-turbo 2.1.5 makes of the picture as PPM or PGM.
    for (layout, (width, height), quality, huffman, length, hash) in [
        (Layout::Rgb, (64, 43), 85, Huffman::Standard, 1033, 0x4264_fbf6_ba0d_cb6d),
        (Layout::Rgb, (64, 43), 85, Huffman::Optimised, 701, 0x2576_66c6_54ab_0504),
        (Layout::Rgb, (48, 17), 30, Huffman::Standard, 692, 0x4f68_8f03_3fe5_6bbe),
        (Layout::Rgb, (16, 1), 85, Huffman::Standard, 650, 0x2d63_43ac_6cb9_04a5),
        (Layout::Rgb, (32, 57), 100, Huffman::Optimised, 1651, 0x20eb_9792_80db_7ded),
        (Layout::Rgb, (208, 3), 1, Huffman::Optimised, 305, 0x1cd1_5c5a_bcbf_b767),
        (Layout::Grey, (61, 43), 85, Huffman::Standard, 776, 0x36da_fccf_f5ff_3566),
        (Layout::Grey, (61, 43), 85, Huffman::Optimised, 605, 0xbc23_a65e_a2b1_5a7e),
        (Layout::Grey, (9, 9), 50, Huffman::Standard, 351, 0xf8ac_b7b5_a8e9_5739),
    ] {
        let frame = picture(width, height, layout);
        let file = encode_jpeg(&frame, quality, huffman, &Carried::default()).unwrap();
        let found = (file.len(), xxhash_rust::xxh3::xxh3_64(&file));
        assert_eq!(found, (length, hash), "{layout:?} {width}x{height} {quality} {huffman:?}");
    }
}

#[test]
fn optimised_tables_change_no_pixel_and_make_files_smaller() {
    for (layout, width, height) in
        [(Layout::Rgb, 300, 200), (Layout::Grey, 300, 200), (Layout::Rgb, 1, 1), (Layout::Grey, 8, 16)]
    {
        let frame = picture(width, height, layout);
        for quality in [1, 60, 85, 100] {
            let file = |huffman| encode_jpeg(&frame, quality, huffman, &Carried::default()).unwrap();
            let (plain, small) = (file(Huffman::Standard), file(Huffman::Optimised));
            assert!(small.len() < plain.len(), "{layout:?} {quality}");
            assert_eq!(decode(&small), decode(&plain), "{layout:?} {quality}");
        }
    }
}

#[test]
fn the_flag_and_the_recipe_make_the_same_smaller_files() {
    let dir = tempfile::tempdir().unwrap();
    let photos = world::project("fixtures/photos/library");
    let made = |name: &str, more: &[&str]| {
        let out = dir.path().join(name);
        assert_eq!(world::crop(&photos, &out, more).code, Some(0));
        world::outputs(&out)
    };
    let (plain, flag) = (made("plain", &[]), made("flag", &["--optimize"]));
    assert_eq!(flag, made("recipe", &["--recipe", "orient,inside=256x256,jpeg=85!optimize"]));
    assert!(!plain.is_empty());
    for (name, plain) in &plain {
        assert!(flag[name].len() < plain.len(), "{}", name.display());
        assert_eq!(decode(&flag[name]), decode(plain), "{}", name.display());
    }
}

/// Planes of any samples and of one value, of any small size.
fn planes() -> impl Strategy<Value = Planes> {
    let noise = (any::<u32>(), prop_oneof![Just(0_u32), Just(31), Just(255)], 0..=255_u32);
    (1..40_u32, 1..40_u32, any::<bool>(), noise).prop_map(|(width, height, is_grey, (seed, range, base))| {
        let mut state = seed;
        let mut plane = |dims: Dims| {
            let mut sample = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (base + (state >> 16) % (range + 1)).min(255) as u8
            };
            Plane::new(dims, (0..dims.area()).map(|_| sample()).collect()).unwrap()
        };
        let dims = Dims::new(width, height);
        let luma = plane(dims);
        if is_grey {
            return Planes::grey(luma);
        }
        let chroma = Planes::chroma_dims(dims);
        Planes::ycc(luma, plane(chroma), plane(chroma)).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_planes_at_any_quality_make_a_sound_file(planes in planes(), quality in 1..=100_u8, is_best: bool) {
        let huffman = if is_best { Huffman::Optimised } else { Huffman::Standard };
        let file = encode(&planes, quality, huffman).unwrap();
        prop_assert_eq!(&file, &encode(&planes, quality, huffman).unwrap());
        let header = jpegasus::jpeg::Header::read(&file).unwrap();
        prop_assert!(header.warnings.is_empty(), "{:?}", header.warnings);
        prop_assert_eq!(header.dims, planes.dims());
        let made = decode(&file);
        prop_assert_eq!((made.width(), made.height()), (planes.dims().width, planes.dims().height));
        prop_assert_eq!(made.color().has_color(), planes.chroma().is_some());
    }

    #[test]
    fn the_best_quality_is_within_two_steps(planes in planes()) {
        let grey = Planes::grey(planes.luma().clone());
        let made = decode(&encode(&grey, 100, Huffman::Standard).unwrap()).into_luma8();
        for (found, expected) in made.as_raw().iter().zip(grey.luma().samples()) {
            prop_assert!(found.abs_diff(*expected) <= 2);
        }
    }
}
