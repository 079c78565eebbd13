//! The codec and frame rooms over real photos, and against references written here.

#![allow(clippy::cast_possible_truncation, clippy::print_stderr)]

use jpegasus::codec::{Carried, Decoder, encode_jpeg, encode_png, encode_webp};
use jpegasus::error::{Error, Kind};
use jpegasus::frame::{Frame, Layout, Resampler};
use jpegasus::jpeg::{Header, Limits, Scale, View, WarningKind};
use jpegasus::recipe::Huffman;
use jpegasus::units::{Dims, Window};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Finds the shared corpus, and says so loudly when it is not there.
fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let is_there = path.join("manifest.csv").is_file();
    if !is_there {
        eprintln!("NOT TESTED: no corpus at {}", path.display());
    }
    is_there.then_some(path)
}

/// A row of the manifest, by column name.
type Row = HashMap<String, String>;

fn rows(corpus: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(corpus.join("manifest.csv")).unwrap();
    reader.deserialize().collect::<Result<_, _>>().unwrap()
}

/// Rows that djpeg decodes without a warning: Huffman, 8 bits, at most 30 MP.
fn clean_rows(corpus: &Path) -> Vec<Row> {
    let is_ours = |row: &Row| {
        row["djpeg"] == "clean"
            && row["precision"] == "8"
            && ["0", "1", "2"].contains(&row["sof"].as_str())
            && dims(row).area() <= 30_000_000
    };
    rows(corpus).into_iter().filter(is_ours).collect()
}

fn dims(row: &Row) -> Dims {
    Dims::new(row["width"].parse().unwrap_or(0), row["height"].parse().unwrap_or(0))
}

/// Reads the header and decodes, as every user of the decoder must: limits first.
fn decode<'a>(decoder: &'a mut Decoder, bytes: &[u8], scale: Scale) -> Result<&'a Frame, Error> {
    let header = Header::read(bytes)?;
    header.check_supported()?;
    header.check_limits(&Limits::default(), &View::whole(&header, Scale::Full))?;
    decoder.decode(bytes, &header, scale)
}

/// Tells whether the last scans of a progressive photo are missing.
fn is_coarse(bytes: &[u8]) -> bool {
    let header = Header::read(bytes).unwrap();
    header.warnings.iter().any(|warning| warning.kind == WarningKind::IncompleteProgression)
}

/// Decodes with libjpeg-turbo's program; `None` where it is not installed.
fn djpeg(path: &Path) -> Option<Frame> {
    let output = Command::new("djpeg").arg("-pnm").arg(path).output().ok()?;
    let mut lines = output.stdout.splitn(4, |&byte| byte == b'\n');
    let layout = if lines.next()? == b"P5" { Layout::Grey } else { Layout::Rgb };
    let sides = std::str::from_utf8(lines.next()?).ok()?.replace(' ', "x");
    lines.next()?;
    Frame::new(sides.parse().ok()?, layout, lines.next()?.to_vec()).ok()
}

/// Mean absolute difference of samples; grey is compared with each channel of RGB.
fn difference(one: &Frame, other: &Frame) -> f64 {
    assert_eq!(one.dims(), other.dims());
    let rgb = |frame: &Frame| match frame.layout() {
        Layout::Rgb => frame.samples().to_vec(),
        Layout::Grey => frame.samples().iter().flat_map(|&sample| [sample; 3]).collect(),
    };
    let (one, other) = (rgb(one), rgb(other));
    let sum: u64 = one.iter().zip(&other).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.len() as f64
}

#[test]
fn every_clean_photo_decodes_as_djpeg_decodes_it() {
    let Some(corpus) = corpus() else { return };
    let mut decoder = Decoder::new();
    let (mut equal, mut coarse, mut wrong) = (0, 0, Vec::new());
    for row in clean_rows(&corpus) {
        let path = corpus.join(&row["path"]);
        let bytes = std::fs::read(&path).unwrap();
        match decode(&mut decoder, &bytes, Scale::Full) {
            Err(error) => wrong.push(format!("{}: {error}", row["path"])),
            // djpeg guesses what the missing scans would have brought.
            Ok(_) if is_coarse(&bytes) => coarse += 1,
            Ok(frame) => {
                let Some(reference) = djpeg(&path) else { continue };
                let (found, reference) = match (frame.layout(), reference.layout()) {
                    (one, other) if one == other => (frame.samples(), reference.samples()),
                    _ => panic!("{}: grey or not?", row["path"]),
                };
                assert_eq!(found.len(), reference.len());
                let most = found.iter().zip(reference).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
                equal += u32::from(most == 0);
                if most > 0 {
                    wrong.push(format!("{}: {most} from djpeg ({})", row["path"], row["sampling"]));
                }
            }
        }
    }
    if equal == 0 {
        eprintln!("NOT TESTED: no djpeg to compare with");
    }
    eprintln!("{equal} photos equal djpeg's to the last bit, {coarse} lack their last scans");
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_photo_cut_anywhere_is_never_another_picture() {
    let Some(corpus) = corpus() else { return };
    let (mut seen, mut decoder) = (HashMap::new(), Decoder::new());
    for row in clean_rows(&corpus) {
        let class = (row["sampling"].clone(), row["sof"].clone(), row["restart_interval"].clone());
        let count = seen.entry(class).or_insert(0);
        let bytes = std::fs::read(corpus.join(&row["path"])).unwrap();
        if *count >= 2 || dims(&row).area() > 100_000 || bytes.len() > 60_000 {
            continue;
        }
        let Ok(whole) = decode(&mut decoder, &bytes, Scale::Full).cloned() else { continue };
        *count += 1;
        // The first scan of a thumbnail in APP1 would do as well: the cut is then in the header.
        let scan = bytes.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
        for step in 0..200 {
            let at = scan + (bytes.len() - scan) * step / 200;
            for tail in [&[][..], &[0xff, 0xd9]] {
                let cut = [&bytes[..at], tail].concat();
                match decode(&mut decoder, &cut, Scale::Full) {
                    // Between two scans of a progression: said, and every MCU is there.
                    Ok(_) if !tail.is_empty() && is_coarse(&cut) => {}
                    Ok(frame) => assert!(*frame == whole, "{} cut at {at}: another picture", row["path"]),
                    Err(error) => assert!(
                        matches!(error.kind, Kind::Truncated | Kind::Corrupt),
                        "{} cut at {at}: {error}",
                        row["path"]
                    ),
                }
            }
        }
    }
}

#[test]
fn no_broken_photo_with_missing_mcus_is_accepted() {
    let Some(corpus) = corpus() else { return };
    // Only their EOI is missing; all their MCUs are there.
    let is_whole =
        |row: &Row| ["gen__no-eoi", "pillow__truncated_jpeg"].iter().any(|name| row["path"].contains(name));
    let mut accepted = Vec::new();
    for row in rows(&corpus) {
        let is_cut = row["djpeg"] == "warnings" && row["djpeg_msg"].contains("Premature end");
        if is_cut && !is_whole(&row) && row["precision"] == "8" && dims(&row).area() < 30_000_000 {
            let bytes = std::fs::read(corpus.join(&row["path"])).unwrap();
            if decode(&mut Decoder::new(), &bytes, Scale::Full).is_ok() {
                accepted.push(row["path"].clone());
            }
        }
    }
    assert!(accepted.is_empty(), "{accepted:#?}");
}

/// A frame with edges, ramps and a little noise.
fn picture(width: u32, height: u32, layout: Layout) -> Frame {
    let mut samples = Vec::new();
    let mut noise = 1_u32;
    for y in 0..height {
        for x in 0..width {
            for channel in 0..layout.channels() as u32 {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let disc = (x.abs_diff(width / 2).pow(2) + y.abs_diff(height / 2).pow(2)
                    < width * height / 16) as u32;
                let ramp = (x * 120 / width + y * 60 / height + channel * 20).min(200);
                samples.push((ramp + disc * 40 + (noise >> 29)) as u8);
            }
        }
    }
    Frame::new(Dims::new(width, height), layout, samples).unwrap()
}

/// A profile of 200 kB that no compressor makes small.
fn profile() -> Vec<u8> {
    let mut state = 7_u64;
    let step = |state: &mut u64| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 56) as u8
    };
    (0..200_000).map(|_| step(&mut state)).collect()
}

#[test]
fn the_three_formats_come_back() {
    use image::ImageDecoder;
    let icc = profile();
    for (layout, width, height) in [(Layout::Rgb, 61, 43), (Layout::Grey, 40, 57), (Layout::Rgb, 1, 1)] {
        let frame = picture(width, height, layout);
        let lossless: [(Vec<u8>, image::ImageFormat); 2] = [
            (encode_png(&frame, &Carried::profile(icc.clone())).unwrap(), image::ImageFormat::Png),
            (encode_webp(&frame, &Carried::profile(icc.clone())).unwrap(), image::ImageFormat::WebP),
        ];
        for (file, format) in lossless {
            let mut reader =
                image::ImageReader::with_format(std::io::Cursor::new(&file), format).into_decoder().unwrap();
            assert_eq!(reader.icc_profile().unwrap().as_deref(), Some(&icc[..]), "{format:?}");
            let found = image::DynamicImage::from_decoder(reader).unwrap().into_rgb8();
            let expected: Vec<u8> = match layout {
                Layout::Rgb => frame.samples().to_vec(),
                Layout::Grey => frame.samples().iter().flat_map(|&sample| [sample; 3]).collect(),
            };
            assert_eq!(found.into_raw(), expected, "{format:?} {layout:?}");
        }
        let file = encode_jpeg(&frame, 95, Huffman::Standard, &Carried::profile(icc.clone())).unwrap();
        let mut reader = image::codecs::jpeg::JpegDecoder::new(std::io::Cursor::new(&file)).unwrap();
        assert_eq!(reader.icc_profile().unwrap().as_deref(), Some(&icc[..]));
        let mut decoder = Decoder::new();
        let found = decode(&mut decoder, &file, Scale::Full).unwrap();
        assert_eq!(found.layout(), layout);
        let off = difference(found, &frame);
        assert!(off < 3.0, "{layout:?} {width}x{height}: {off}");
        assert_eq!(encode_jpeg(&frame, 95, Huffman::Standard, &Carried::profile(icc.clone())).unwrap(), file);
    }
}

#[test]
fn a_jpeg_is_baseline_with_the_tables_of_the_ijg_library() {
    let file =
        encode_jpeg(&picture(33, 17, Layout::Rgb), 85, Huffman::Standard, &Carried::default()).unwrap();
    let segment = |marker: u8| file.windows(2).position(|pair| pair == [0xff, marker]).unwrap() + 4;
    assert_eq!(file[segment(0xe0)..][..5], *b"JFIF\0");
    // Frame header: 8 bits, 17 rows, 33 columns, three components, the first 2x2.
    let frame = &file[segment(0xc0)..];
    assert_eq!((&frame[..6], frame[7], frame[10], frame[13]), (&[8, 0, 17, 0, 33, 3][..], 0x22, 0x11, 0x11));
    // `cjpeg -quality 85`: 16 × 30 % + rounding = 5, 11 → 3, 12 → 4, 14 → 4, 12 → 4, 10 → 3.
    assert_eq!(file[segment(0xdb)..][..7], [0, 5, 3, 4, 4, 4, 3]);
    let grey = encode_jpeg(&picture(9, 9, Layout::Grey), 85, Huffman::Standard, &Carried::default()).unwrap();
    let at = grey.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    assert_eq!(grey[at + 9], 1);
}

#[test]
fn a_side_too_long_for_the_format_is_refused_with_a_hint() {
    let long = Frame::new(Dims::new(65_536, 1), Layout::Grey, vec![0; 65_536]).unwrap();
    for refused in [
        encode_jpeg(&long, 85, Huffman::Standard, &Carried::default()),
        encode_webp(&long, &Carried::default()),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.kind, Kind::OutputFailed);
        assert!(error.hint.is_some());
    }
    assert!(encode_png(&long, &Carried::default()).is_ok());
}

/// Lanczos3 in double precision along one axis, stretched by the reduction, edges cut off.
fn lanczos(from: &[f64], to: usize) -> Vec<f64> {
    let sinc =
        |x: f64| if x == 0.0 { 1.0 } else { (std::f64::consts::PI * x).sin() / (std::f64::consts::PI * x) };
    let scale = from.len() as f64 / to as f64;
    let stretch = scale.max(1.0);
    let at = |target: usize| {
        let middle = (target as f64 + 0.5) * scale - 0.5;
        let (mut sum, mut weights) = (0.0, 0.0);
        for (index, sample) in from.iter().enumerate() {
            let distance = (index as f64 - middle) / stretch;
            if distance.abs() < 3.0 {
                let weight = sinc(distance) * sinc(distance / 3.0);
                sum += weight * sample;
                weights += weight;
            }
        }
        sum / weights
    };
    (0..to).map(at).collect()
}

#[test]
fn resampling_is_lanczos3_to_within_one_step() {
    for (from, to) in
        [((200, 150), (64, 48)), ((301, 99), (37, 12)), ((640, 480), (20, 15)), ((40, 30), (100, 75))]
    {
        let frame = picture(from.0, from.1, Layout::Grey);
        let window = Window { x: 3, y: 5, dims: Dims::new(from.0 - 10, from.1 - 7) };
        let to = Dims::new(to.0, to.1);
        let found = Resampler::new().resample(&frame, window, to).unwrap();
        let row = |y: u32| -> Vec<f64> {
            let first = (y * from.0 + window.x) as usize;
            frame.samples()[first..first + window.dims.width as usize]
                .iter()
                .map(|&sample| sample.into())
                .collect()
        };
        let rows: Vec<_> =
            (window.y..window.y + window.dims.height).map(|y| lanczos(&row(y), to.width as usize)).collect();
        for x in 0..to.width as usize {
            let column: Vec<f64> = rows.iter().map(|row| row[x]).collect();
            for (y, expected) in lanczos(&column, to.height as usize).into_iter().enumerate() {
                let sample = f64::from(found.samples()[y * to.width as usize + x]);
                assert!(
                    (sample - expected.clamp(0.0, 255.0)).abs() <= 1.5,
                    "{to} at {x},{y}: {sample} for {expected:.2}"
                );
            }
        }
    }
}

/// Peak signal-to-noise ratio in dB.
fn psnr(one: &Frame, other: &Frame) -> f64 {
    assert_eq!(one.dims(), other.dims());
    let square = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b)).powi(2);
    let sum: f64 = one.samples().iter().zip(other.samples()).map(square).sum();
    10.0 * (255.0 * 255.0 * one.samples().len() as f64 / sum.max(1e-9)).log10()
}

#[test]
fn a_smaller_decode_shrinks_to_what_the_full_one_does() {
    for layout in [Layout::Grey, Layout::Rgb] {
        let photo =
            encode_jpeg(&picture(517, 390, layout), 90, Huffman::Standard, &Carried::default()).unwrap();
        let (mut decoder, mut resampler) = (Decoder::new(), Resampler::new());
        let window = Window { x: 3, y: 21, dims: Dims::new(480, 352) };
        let whole = decode(&mut decoder, &photo, Scale::Full).unwrap().clone();
        for scale in &Scale::ALL[1..] {
            let to = Dims::new(480 / scale.divisor() / 2, 352 / scale.divisor() / 2);
            assert_eq!(Scale::choose(window.dims, to), *scale);
            let expected = resampler.resample(&whole, window, to).unwrap();
            let frame = decode(&mut decoder, &photo, *scale).unwrap();
            assert_eq!(frame.dims(), scale.frame(whole.dims()));
            let found = resampler.resample(frame, scale.region(window), to).unwrap();
            let quality = psnr(&found, &expected);
            assert!(quality >= 40.0, "{layout:?} at {scale:?}: {quality:.1} dB");
        }
    }
}

#[test]
fn a_decoder_used_before_decodes_the_same() {
    let photos: Vec<_> = [(90, 70), (16, 16), (200, 3), (90, 70)]
        .into_iter()
        .map(|(width, height)| {
            let frame = picture(width, height, Layout::Rgb);
            encode_jpeg(&frame, 80, Huffman::Standard, &Carried::default()).unwrap()
        })
        .collect();
    let mut used = Decoder::new();
    for photo in &photos {
        for scale in Scale::ALL {
            let fresh = decode(&mut Decoder::new(), photo, scale).unwrap().clone();
            assert!(decode(&mut used, &photo[..photo.len() - 12], scale).is_err());
            assert_eq!(decode(&mut used, photo, scale).unwrap(), &fresh);
        }
    }
}

#[test]
fn a_header_of_another_file_is_a_bug_and_a_missing_eoi_is_none() {
    let photo =
        encode_jpeg(&picture(32, 24, Layout::Rgb), 80, Huffman::Standard, &Carried::default()).unwrap();
    let header = Header::read(&photo).unwrap();
    let mut decoder = Decoder::new();
    assert_eq!(decoder.decode(b"GIF89a", &header, Scale::Full).unwrap_err().kind, Kind::Bug);
    let whole = decode(&mut decoder, &photo, Scale::Full).unwrap().clone();
    assert_eq!(decode(&mut decoder, &photo[..photo.len() - 2], Scale::Full).unwrap(), &whole);
    for size in [0, 2, photo.len() / 2, photo.len() - 9] {
        assert!(decoder.decode(&photo[..size], &header, Scale::Full).is_err());
    }
}

#[test]
fn damaged_photos_do_not_crash_the_decoder() {
    let own = encode_jpeg(&picture(40, 30, Layout::Rgb), 60, Huffman::Standard, &Carried::default()).unwrap();
    let mut photos = vec![own];
    if let Some(corpus) = corpus() {
        let small = |row: &Row| dims(row).area() < 40_000 && row["bytes"].parse::<u32>().unwrap() < 8_000;
        for row in clean_rows(&corpus).into_iter().filter(small).step_by(3) {
            photos.push(std::fs::read(corpus.join(&row["path"])).unwrap());
        }
    }
    let (mut state, mut decoder, mut accepted, mut crashed) = (1_u64, Decoder::new(), 0, 0);
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for photo in &photos {
        for round in 0..300 {
            let mut damaged = photo.clone();
            for _ in 0..=random(3) {
                let at = 2 + random(damaged.len() - 2);
                damaged[at] = [0xff, 0, damaged[at] ^ 1 << random(8), random(256) as u8][random(4)];
            }
            let scale = Scale::ALL[round % 4];
            let attempt = std::panic::AssertUnwindSafe(|| decode(&mut decoder, &damaged, scale).is_ok());
            match std::panic::catch_unwind(attempt) {
                Ok(is_ok) => accepted += u32::from(is_ok),
                Err(_) => crashed += 1,
            }
        }
    }
    eprintln!("{} photos, {accepted} damages not seen, {crashed} crashes", photos.len());
    assert_eq!(crashed, 0);
}
