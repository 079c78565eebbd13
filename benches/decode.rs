//! What decoding costs at each scale: `cargo bench --bench decode`.
//!
//! The inputs are 8.4 megapixels of one photo of the fixtures with a camera's grain, encoded in memory at quality
//! 90 in each sampling, baseline and progressive: 2 bits a pixel at 4:2:0, as cameras have it. Figures count the bytes of the file (MB/s) and the pixels of the photo,
//! at whatever scale. `eighth` is as near as the public interface comes to entropy decoding alone: of each
//! block one sample is made, which for baseline photos takes about a tenth of the time.

#![allow(missing_docs, reason = "the macro makes a public function")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "grain is small, samples are clamped"
)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use image::RgbImage;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use jpegasus::jpeg::{Decoder, Header, Scale, View};
use std::hint::black_box;
use std::time::Duration;

/// A photo of a meadow, 15.9 megapixels, some of it fine detail.
const PHOTO: &str = "fixtures/photos/wallpapers/seeding_by_Clements_Engelhardt.jpg";

/// The part of it that is encoded anew: whole MCUs in every sampling.
const PART: (u32, u32) = (4096, 2048);

/// The most that one of two dice adds to a sample: makes files as large as those of cameras.
const GRAIN: u64 = 5;

/// IJG quality; cameras are at 90 and above.
const QUALITY: u8 = 90;

/// How JPEGs are stored, by the names that the reports use.
const CODINGS: [(&str, SamplingFactor, bool); 5] = [
    ("baseline 4:2:0", SamplingFactor::F_2_2, false),
    ("baseline 4:2:2", SamplingFactor::F_2_1, false),
    ("baseline 4:4:4", SamplingFactor::F_1_1, false),
    ("progressive 4:2:0", SamplingFactor::F_2_2, true),
    ("progressive 4:4:4", SamplingFactor::F_1_1, true),
];

const SCALES: [(&str, Scale); 4] =
    [("eighth", Scale::Eighth), ("quarter", Scale::Quarter), ("half", Scale::Half), ("full", Scale::Full)];

/// Returns the pixels that all inputs show, with grain of a fixed seed in their lightness.
fn pixels() -> RgbImage {
    let whole = image::open(PHOTO).expect("the fixtures are there").into_rgb8();
    let mut part = image::imageops::crop_imm(&whole, 600, 400, PART.0, PART.1).to_image();
    let mut state = 1_u64;
    for pixel in part.pixels_mut() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Two dice of -GRAIN to GRAIN each.
        let dice = [state >> 40, state >> 52].map(|roll| (roll % (2 * GRAIN + 1)) as i16 - GRAIN as i16);
        for sample in &mut pixel.0 {
            *sample = (i16::from(*sample) + dice[0] + dice[1]).clamp(0, 255) as u8;
        }
    }
    part
}

/// Returns them as a JPEG file.
fn encoded(pixels: &RgbImage, sampling: SamplingFactor, is_progressive: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, QUALITY);
    encoder.set_sampling_factor(sampling);
    encoder.set_progressive(is_progressive);
    let [width, height] = [PART.0, PART.1].map(|side| u16::try_from(side).expect("a side of a JPEG"));
    encoder.encode(pixels, width, height, ColorType::Rgb).expect("pixels of this size");
    file
}

/// Decodes one photo whose header was read; the one call of the interface that is measured.
fn decode(decoder: &mut Decoder, bytes: &[u8], header: &Header, scale: Scale) -> usize {
    decoder.decode(bytes, header, &View::whole(header, scale)).expect("a good photo").len()
}

/// One round decodes one photo to planes, on one thread, with memory that is there; counts once the pixels of
/// the photo, once the bytes of its file.
fn scales(c: &mut Criterion) {
    let pixels = pixels();
    for (coding, sampling, is_progressive) in CODINGS {
        let bytes = encoded(&pixels, sampling, is_progressive);
        let header = Header::read(&bytes).expect("a good photo");
        let mut decoder = Decoder::new();
        for (count, throughput) in [
            ("pixels", Throughput::Elements(header.dims.area())),
            ("bytes", Throughput::BytesDecimal(bytes.len() as u64)),
        ] {
            let mut group = c.benchmark_group(format!("decode/{coding}/{count}"));
            group.throughput(throughput).sample_size(10).warm_up_time(Duration::from_secs(1));
            group.measurement_time(Duration::from_secs(2));
            for (name, scale) in SCALES {
                group.bench_function(name, |b| {
                    b.iter(|| decode(&mut decoder, black_box(&bytes), &header, scale));
                });
            }
            group.finish();
        }
    }
}

/// One round walks the markers and the entropy-coded data of one photo: what is read but not decoded.
fn walk(c: &mut Criterion) {
    let pixels = pixels();
    let mut group = c.benchmark_group("walk");
    for (coding, sampling, is_progressive) in [CODINGS[0], CODINGS[3]] {
        let bytes = encoded(&pixels, sampling, is_progressive);
        group.throughput(Throughput::BytesDecimal(bytes.len() as u64));
        group.bench_function(coding, |b| b.iter(|| Header::read(black_box(&bytes)).unwrap()));
    }
    group.finish();
}

criterion_group!(benches, scales, walk);
criterion_main!(benches);
