//! The preview in a photo's head stands for the photo where it serves, and nowhere else.

mod world;

use serde_json::Value;
use std::fs;
use std::path::Path;
use world::previews::{exif, exif_claiming, perform, photo, preview, with_preview, with_segments};
use world::{outputs, run_in};

const KIB: usize = 1 << 10;

/// What became of one photo.
struct Cropped {
    output: Vec<u8>,
    row: Value,
    /// The line of a dry run.
    plan: String,
}

/// Crops a photo as flags say.
fn crop(photo: &[u8], flags: &str) -> Cropped {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.jpg"), photo).unwrap();
    let args: Vec<_> = "crop a.jpg -o out --report rows".split(' ').chain(flags.split_whitespace()).collect();
    let plan = run_in(dir.path(), args.iter().copied().chain(["-n"]));
    let ran = run_in(dir.path(), &args);
    let rows = fs::read_to_string(dir.path().join("rows")).unwrap();
    let output = outputs(&dir.path().join("out")).remove(Path::new("a.jpg"));
    assert_eq!(ran.code, Some(i32::from(output.is_none())), "{}", ran.stderr);
    Cropped {
        output: output.unwrap_or_default(),
        row: serde_json::from_str(&rows).unwrap(),
        plan: String::from_utf8(plan.stdout).unwrap(),
    }
}

/// Asserts that the preview was taken, and returns what came of it.
fn taken(photo: &[u8], flags: &str, read: usize) -> Cropped {
    let cropped = crop(photo, flags);
    let row = &cropped.row;
    assert_eq!((&row["route"], &row["checked"]), (&"embedded".into(), &"head".into()), "{flags}: {row}");
    assert_eq!(row["bytes_read"], read.min(photo.len()), "{flags}");
    assert!(row.get("divisor").is_none(), "{row}");
    assert!(cropped.plan.ends_with(", embedded\n"), "{}", cropped.plan);
    cropped
}

/// Asserts that the photo went the usual way, as if nobody had asked for its preview.
fn refused(photo: &[u8], flags: &str, what: &str) {
    let usual = crop(photo, flags);
    let cropped = crop(photo, &format!("{flags} --embedded"));
    assert!(!usual.output.is_empty() && cropped.output == usual.output, "{what}: another picture");
    for key in ["route", "divisor", "checked", "window", "bytes_read", "warnings"] {
        assert_eq!(cropped.row.get(key), usual.row.get(key), "{what}: {key}");
    }
    assert_eq!(cropped.plan, usual.plan, "{what}");
    assert_eq!((&cropped.row["checked"], &cropped.row["bytes_read"]), (&"all".into(), &photo.len().into()));
}

#[test]
fn a_preview_that_serves_is_all_that_is_read() {
    let small = preview("256x144");
    let photo = with_preview(&small);
    assert!(photo.len() > 10 * 64 * KIB);
    for (flags, recipe) in [
        ("-s 160 -m none", "inside=160x160,keep=none"),
        ("-s 256 -m none", "inside=256x256,keep=none"),
        ("-s 20 -m none -Q 70", "inside=20x20,jpeg=70,keep=none"),
        ("-s 100x100 --fit cover -g east -m none", "cover=100x100@east,keep=none"),
        // In the preview, 3840 pixels across are 256.
        ("-a 1920x1080+960+540 -s 100 -m none", "crop=128x72+64+36,inside=100x100,keep=none"),
    ] {
        let cropped = taken(&photo, &format!("{flags} --embedded"), 64 * KIB);
        assert_eq!(cropped.output, perform(recipe, &small), "{flags}: it is that of the preview itself");
        assert_eq!((&cropped.row["width"], &cropped.row["height"]), (&3840.into(), &2160.into()));
    }
    let window = taken(&photo, "-a 1920x1080+960+540 -s 100 --embedded", 64 * KIB).row["window"].clone();
    assert_eq!(window, "1920x1080+960+540");
}

#[test]
fn a_preview_that_does_not_serve_is_passed_over() {
    let small = preview("256x144");
    refused(&with_preview(&small), "-s 257", "too small");
    refused(&with_preview(&small), "-a 1920x1080+960+540 -s 129", "too small once it is cut");
    refused(&with_preview(&preview("160x120")), "-s 100", "letter-boxed");
    refused(&with_preview(&preview("144x256")), "-s 100", "turned otherwise than the photo");
    refused(&photo(), "-s 100", "none");
    let grey = fs::read(world::project("fixtures/photos/formats/progressive-grey.jpg")).unwrap();
    let grey = perform("stretch=256x144,keep=none", &grey);
    refused(&with_preview(&grey), "-s 100", "grey of a photo in colour");
    let exif = exif_claiming(1, &small, small.len() + 9);
    refused(&with_segments(&photo(), &[exif]), "-s 100", "beyond its segment");
}

#[test]
fn a_damaged_preview_costs_nothing() {
    let small = preview("256x144");
    let half = small.len() / 2;
    let broken = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bad = small.clone();
        change(&mut bad);
        with_preview(&bad)
    };
    refused(&broken(&|bad| bad.truncate(100)), "-s 100", "cut within its header");
    refused(&broken(&|bad| bad[20..40].fill(0xff)), "-s 100", "broken header");
    // As every marker is there, only the decoder sees what is wrong.
    let usual = crop(&with_preview(&small), "-s 100").output;
    for photo in [broken(&|bad| bad.truncate(half)), broken(&|bad| bad[half..half + 200].fill(0xfe))] {
        let cropped = crop(&photo, "-s 100 --embedded");
        assert_eq!((&cropped.row["route"], &cropped.row["checked"]), (&"scaled".into(), &"all".into()));
        assert_eq!(cropped.row["bytes_read"], photo.len());
        assert!(cropped.output == usual && cropped.row.get("warnings").is_none(), "{}", cropped.row);
        assert!(cropped.plan.contains(", scaled 1/8"), "{}", cropped.plan);
    }
}

#[test]
fn a_preview_is_looked_for_in_128_kib() {
    let small = preview("256x144");
    let filler = |size: usize| (0xec, vec![b'x'; size]);
    let photo = photo();
    let near = with_segments(&photo, &[filler(60_000), exif(1, &small)]);
    let output = taken(&near, "-s 160 --embedded -m none", 128 * KIB).output;
    assert_eq!(output, perform("inside=160x160,keep=none", &small));
    let other = with_segments(&photo, &[exif(1, &small), filler(60_000)]);
    assert_eq!(taken(&other, "-s 160 --embedded -m none", 128 * KIB).output, output);
    let far = with_segments(&photo, &[filler(65_533), filler(60_000), exif(1, &small)]);
    refused(&far, "-s 160", "beyond 128 KiB");
    let headless = with_segments(&photo, &[exif(1, &small), filler(65_533), filler(65_533)]);
    refused(&headless, "-s 160", "the photo's size is told beyond 128 KiB");
}

#[test]
fn orientation_profile_and_metadata_are_those_of_the_photo() {
    let own = with_segments(&preview("256x144"), &[exif(3, b"\xff\xd8\xff\xd9")]);
    let icc = fs::read(world::project("fixtures/photos/metadata/icc-srgb.jpg")).unwrap();
    let profile = jpegasus::jpeg::Header::read(&icc).unwrap().icc(&icc).unwrap();
    let part = [&b"ICC_PROFILE\0\x01\x01"[..], &profile].concat();
    let photo = with_segments(&photo(), &[exif(6, &own), (0xe2, part)]);
    let cropped = taken(&photo, "-s 160 --embedded -m all", 64 * KIB);
    let header = jpegasus::jpeg::Header::read(&cropped.output).unwrap();
    assert_eq!((header.dims.to_string().as_str(), header.orientation.exif()), ("90x160", 1));
    assert_eq!(header.icc(&cropped.output).unwrap(), profile);
    assert!(header.exif.is_some() && header.preview.is_none());
    let bare = taken(&photo, "-s 160 --embedded -m none", 64 * KIB).output;
    let turned = with_segments(&preview("256x144"), &[exif(6, b"")]);
    assert_eq!(bare, perform("orient,inside=160x160,keep=none", &turned));
    let stored = taken(&photo, "-s 160 --embedded -m none --no-orient", 64 * KIB).output;
    assert_eq!(stored, perform("inside=160x160,keep=none", &turned));
}

#[test]
fn damage_behind_the_head_is_found_only_where_it_is_read() {
    let photo = with_preview(&preview("256x144"));
    let cut = &photo[..photo.len() / 2];
    taken(cut, "-s 160 --embedded", 64 * KIB);
    let cropped = crop(cut, "-s 300 --embedded");
    assert_eq!((&cropped.row["result"], &cropped.row["kind"]), (&"failed".into(), &"truncated".into()));
    // A file that ends within its head has no preview to trust.
    let stub = &photo[..with_preview(&preview("256x144")).len().min(9000)];
    assert_eq!(crop(stub, "-s 160 --embedded").row["kind"], "truncated");
}

#[test]
fn what_the_preview_is_asked_for_is_part_of_the_recipe() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.jpg"), with_preview(&preview("256x144"))).unwrap();
    let run = |flags: &[&str]| run_in(dir.path(), ["crop", "a.jpg", "-o", "out"].iter().chain(flags));
    assert_eq!(run(&["-s", "160", "--embedded"]).code, Some(0));
    let again = run(&["--recipe", "orient,inside=160x160,embedded", "-n"]);
    assert!(again.stdout.ends_with(b": already-there\n"), "{}", String::from_utf8_lossy(&again.stdout));
    let other = run(&["-s", "160", "-n"]);
    assert!(other.stdout.ends_with(b", scaled 1/8\n"), "{}", String::from_utf8_lossy(&other.stdout));
    for (flags, why) in [
        (&["-a", "16:9", "--embedded"][..], "'embedded' has no size to reach"),
        (&["--recipe", "orient,embedded"], "'embedded' has no size to reach"),
        (&["--recipe", "inside=9x9", "--embedded"], "cannot be used with"),
    ] {
        let ran = run(flags);
        assert_eq!(ran.code, Some(2), "{flags:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(why), "{flags:?}: {}", ran.stderr);
    }
}

/// The mean difference of two pictures of one size, in levels.
fn difference(one: &[u8], other: &[u8]) -> f64 {
    let [one, other] = [one, other].map(|bytes| image::load_from_memory(bytes).unwrap().to_rgb8());
    assert_eq!(one.dimensions(), other.dimensions());
    let sum: u64 = one.iter().zip(other.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.len() as f64
}

/// Photos that were cut or mirrored by editors, which left the old preview.
const STALE: [&str; 2] = ["exifsamp__35-empty.jpg.png", "mdex__Panasonic_DMC-LC70_(Lumix).jpg.png"];

#[test]
fn previews_of_real_photos_show_what_the_photos_show() {
    let Some(corpus) = world::corpus("previews of real photos") else { return };
    let dir = tempfile::tempdir().unwrap();
    for (out, more) in [("usual", &[][..]), ("embedded", &["--embedded"])] {
        let out = dir.path().join(out);
        let report = out.with_extension("rows");
        let flags =
            ["-s", "120", "-m", "none", "--format", "png", "-q", "--report", report.to_str().unwrap()];
        let ran = world::crop(&corpus.join("jpegs/photos"), &out, &[&flags[..], more].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    let (usual, embedded) = (outputs(&dir.path().join("usual")), outputs(&dir.path().join("embedded")));
    assert_eq!(usual.len(), embedded.len());
    for (path, usual) in &usual {
        let (levels, is_stale) =
            (difference(usual, &embedded[path]), STALE.iter().any(|stale| path.ends_with(stale)));
        assert_eq!(levels > 16.0, is_stale, "{}: {levels} levels", path.display());
    }
    let rows = fs::read_to_string(dir.path().join("embedded.rows")).unwrap();
    let rows: Vec<Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let (taken, others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row["route"] == "embedded");
    assert!(taken.len() >= 18 && others.len() >= 3, "{} of {}", taken.len(), rows.len());
    let sum = |key: &str| taken.iter().map(|row| row[key].as_u64().unwrap()).sum::<u64>();
    assert!(20 * sum("bytes_read") <= sum("size") * 3 / 2, "{} of {}", sum("bytes_read"), sum("size"));
}
