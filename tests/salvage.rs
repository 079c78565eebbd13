//! What is there of damaged photos is written on demand, named each time, and right.

#![allow(clippy::cast_possible_truncation, reason = "counts of MCUs and random bytes")]

mod world;

use jpegasus::batch::{Performer, Picture};
use jpegasus::codec::Decoder;
use jpegasus::error::Kind;
use jpegasus::jpeg::{Header, Limits, Scale, View};
use jpegasus::units::Bytes;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use world::{crop, outputs, project, run_in};

/// Photos of every sort: sequential with and without restarts, progressive, grey, inks, subsampled.
fn photos() -> Vec<(PathBuf, Vec<u8>)> {
    let mut photos = Vec::new();
    for folder in ["formats", "sizes"] {
        for (path, bytes) in world::files(&project("fixtures/photos").join(folder)) {
            if bytes.len() < 60_000 && Header::read(&bytes).is_ok_and(|h| h.check_supported().is_ok()) {
                photos.push((path, bytes));
            }
        }
    }
    assert!(photos.len() > 20);
    photos
}

fn performer(recipe: &str) -> Performer {
    Performer::new(recipe.parse().unwrap(), Limits::default())
}

fn pixels(picture: &Picture) -> image::RgbImage {
    image::load_from_memory(&picture.bytes).unwrap().to_rgb8()
}

#[test]
fn a_whole_photo_is_the_same_with_and_without_salvage() {
    for (path, bytes) in photos() {
        let plain = performer("orient,inside=64x64").perform(&bytes).unwrap();
        let salvaging = performer("orient,inside=64x64,salvage").perform(&bytes).unwrap();
        assert!(salvaging.damage.is_none(), "{}", path.display());
        assert_eq!(plain.bytes, salvaging.bytes, "{}", path.display());
    }
}

#[test]
fn what_precedes_the_cut_is_as_it_was_and_the_rest_is_grey() {
    for (path, bytes) in photos() {
        let whole = pixels(&performer("png,keep=none").perform(&bytes).unwrap());
        let header = Header::read(&bytes).unwrap();
        let (mut last, mut shown) = (0.0, 0);
        for step in 1..40 {
            let cut = header.first_scan + (bytes.len() - header.first_scan) * step / 40;
            let what = format!("{} cut at {cut}", path.display());
            let Err(fault) = performer("png,keep=none").perform(&bytes[..cut]) else { continue };
            assert!(matches!(fault.kind, Kind::Truncated), "{what}: {fault}");
            let Ok(picture) = performer("salvage,png,keep=none").perform(&bytes[..cut]) else { continue };
            shown += 1;
            let damage = picture.damage.as_ref().expect("it is marked");
            assert_eq!((damage.fault.kind, damage.fault.offset), (fault.kind, fault.offset), "{what}");
            assert!(
                damage.share > 0.0 && damage.share <= 1.0 && damage.share >= last,
                "{what}: {}",
                damage.share
            );
            last = damage.share;
            if header.process.is_progressive() || header.scans > 1 {
                continue;
            }
            // Whole rows of MCUs, but for the last, whose chroma may be smoothed with what is missing.
            let salvaged = pixels(&picture);
            let mcu = header.components.iter().map(|c| u32::from(c.v)).max().unwrap() * 8;
            let rows = (whole.height().div_ceil(mcu) as f32 * damage.share).floor() as u32;
            let sound = (rows.saturating_sub(1) * mcu).min(whole.height());
            let end = (sound * whole.width() * 3) as usize;
            assert_eq!(whole.as_raw()[..end], salvaged.as_raw()[..end], "{what}");
            let below = (rows + 2) * mcu;
            if header.components.len() == 3 && below < whole.height() {
                let below = (below * whole.width() * 3) as usize;
                assert!(salvaged.as_raw()[below..].iter().all(|&sample| sample == 128), "{what}");
            }
        }
        assert!(shown > 0 || bytes.len() < 3000, "{}: nothing salvaged", path.display());
    }
}

#[test]
fn memory_of_the_photo_before_never_shines_through() {
    let all = photos();
    let mut used = Decoder::new();
    for pair in all.windows(2) {
        let (first, second) = (&pair[0].1, &pair[1].1);
        used.decode(first, &Header::read(first).unwrap(), Scale::Full).unwrap();
        let cut = &second[..second.len() * 3 / 4];
        let Ok(header) = Header::read_damaged(cut) else { continue };
        for scale in Scale::ALL {
            let again =
                used.salvage(cut, &header, scale, None).unwrap().map(|(frame, share)| (frame.clone(), share));
            let mut fresh = Decoder::new();
            let alone = fresh
                .salvage(cut, &header, scale, None)
                .unwrap()
                .map(|(frame, share)| (frame.clone(), share));
            assert_eq!(again, alone, "{}", pair[1].0.display());
        }
    }
}

#[test]
fn a_wrong_byte_costs_the_restart_interval_it_is_in() {
    let mut tried = 0;
    for (path, bytes) in photos() {
        let header = Header::read(&bytes).unwrap();
        if header.restart_interval == 0 || header.process.is_progressive() || header.scans > 1 {
            continue;
        }
        for at in (header.first_scan + 50..bytes.len() - 50).step_by(97) {
            let mut bad = bytes.clone();
            // No marker comes or goes.
            if bad[at - 1..=at + 1].iter().any(|&byte| byte >= 0xf0) {
                continue;
            }
            bad[at] ^= 0x0f;
            let Ok(picture) = performer("salvage,png,keep=none").perform(&bad) else {
                panic!("{path:?} {at}")
            };
            let Some(damage) = picture.damage else { continue };
            tried += 1;
            let mcus = {
                let max =
                    |f: fn(&jpegasus::jpeg::Component) -> u8| header.components.iter().map(f).max().unwrap();
                let (h, v) = (u32::from(max(|c| c.h)) * 8, u32::from(max(|c| c.v)) * 8);
                header.dims.width.div_ceil(h) * header.dims.height.div_ceil(v)
            };
            let lost = (1.0 - damage.share) * mcus as f32;
            assert!(lost <= f32::from(header.restart_interval) + 0.5, "{}: {lost} MCUs", path.display());
        }
    }
    assert!(tried > 10, "{tried}");
}

#[test]
fn no_damage_leads_to_a_panic_or_a_false_size() {
    let mut seed = 1_u64;
    for (path, bytes) in photos() {
        for _ in 0..60 {
            let mut bad = bytes.clone();
            for _ in 0..3 {
                // Knuth's MMIX constants.
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = usize::try_from(seed >> 33).unwrap() % bad.len();
                bad[at] = (seed >> 20) as u8;
            }
            for recipe in ["salvage,png,keep=none", "inside=20x20,salvage,png,keep=none"] {
                let Ok(picture) = performer(recipe).perform(&bad) else { continue };
                let (width, height) = pixels(&picture).dimensions();
                assert_eq!((width, height), (picture.dims.width, picture.dims.height), "{}", path.display());
            }
        }
    }
}

#[test]
fn a_salvage_takes_no_more_memory_than_is_allowed() {
    // All coefficients of a progressive photo are collected, also where means would do for a sound one.
    let mut bytes =
        fs::read(project("fixtures/hostile/truncated/progressive-cut-in-middle-scan.jpg")).unwrap();
    let frame = bytes.windows(2).position(|marker| marker == [0xff, 0xc2]).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0x20, 0, 0x20, 0]);
    let header = Header::read_damaged(&bytes).unwrap();
    assert_eq!((header.dims.width, header.dims.height), (8192, 8192));
    let salvage = |memory: u64| {
        let limits = Limits { max_memory: Bytes(memory << 20), ..Limits::default() };
        Performer::new("inside=64x64,salvage".parse().unwrap(), limits).perform(&bytes)
    };
    let needed = header.decode_memory(&View::whole(&header, Scale::Eighth)) >> 20;
    assert!(needed > 190, "{needed} MiB");
    assert_eq!(salvage(needed - 20).unwrap_err().kind, Kind::Truncated);
    assert!(salvage(needed + 20).unwrap().damage.is_some());
}

#[test]
fn a_salvaged_photo_is_written_and_named_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    fs::create_dir(&photos).unwrap();
    let whole = fs::read(project("fixtures/photos/names/SHOUTING.JPG")).unwrap();
    fs::write(photos.join("whole.jpg"), &whole).unwrap();
    fs::write(photos.join("cut.jpg"), &whole[..whole.len() * 2 / 3]).unwrap();
    fs::write(photos.join("nothing.jpg"), &whole[..300]).unwrap();
    let out = dir.path().join("out");
    assert_eq!(crop(&photos, &out, &[]).faults().len(), 2);
    assert_eq!(outputs(&out).len(), 1);
    for run in 0..2 {
        let ran = run_in(dir.path(), ["crop", "photos", "-o", "out", "--salvage", "--report", "rows"]);
        assert_eq!(ran.code, Some(1));
        let kinds: Vec<_> = ran.faults().into_iter().map(|(path, kind)| format!("{path} {kind}")).collect();
        assert_eq!(kinds, ["photos/cut.jpg truncated", "photos/nothing.jpg truncated"], "{}", ran.stderr);
        assert!(ran.stderr.contains("% of it was salvaged"), "{}", ran.stderr);
        assert!(ran.stderr.contains("1 salvaged, 1 failed (1 truncated)"), "{}", ran.stderr);
        assert_eq!(outputs(&out).len(), 2);
        let rows = fs::read_to_string(dir.path().join("rows")).unwrap();
        let rows: Vec<Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
        let results: Vec<_> = rows.iter().map(|row| row["result"].as_str().unwrap()).collect();
        assert_eq!(results, ["salvaged", "failed", "already-there"], "run {run}");
        assert_eq!(rows[0]["kind"], "truncated");
        let share = rows[0]["salvaged"].as_f64().unwrap();
        assert!((0.3..1.0).contains(&share), "{share}");
    }
    // With another recipe it gives way as any other output of ours.
    let ran = crop(&photos, &out, &["--salvage", "-s", "32"]);
    assert_eq!(ran.faults().len(), 1 + 1, "{}", ran.stderr);
    assert!(ran.faults().iter().all(|(_, kind)| kind == "truncated"), "{}", ran.stderr);
    assert!(Path::new(&out).join("cut.jpg").exists());
}

#[test]
fn every_broken_photo_of_the_corpus_gives_a_picture_or_its_fault() {
    let Some(corpus) = world::corpus("salvage of broken photos") else { return };
    let (mut salvaged, mut refused) = (0, 0);
    for (path, bytes) in world::files(&corpus.join("jpegs")) {
        let strict = performer("inside=64x64").perform(&bytes);
        let Err(fault) = strict else { continue };
        match performer("inside=64x64,salvage").perform(&bytes) {
            Ok(picture) => {
                salvaged += 1;
                assert_eq!(picture.damage.expect("it is marked").fault.to_string(), fault.to_string());
            }
            Err(again) => {
                refused += 1;
                assert_eq!(again.to_string(), fault.to_string(), "{}", path.display());
            }
        }
    }
    assert!(salvaged > 20 && refused > 20, "{salvaged} salvaged, {refused} refused");
}
