//! `crop` as its users meet it: outputs, exit codes, streams, originals untouched.

mod world;

use image::{GenericImageView, ImageReader};
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use world::{crop, has_leftovers, outputs, program, project, run, run_in, snapshot};

fn decoded(bytes: &[u8]) -> image::DynamicImage {
    ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format().unwrap().decode().unwrap()
}

#[test]
fn every_clean_photo_becomes_a_thumbnail_upright_and_inside_the_box() {
    let out = tempfile::tempdir().unwrap();
    let before = snapshot(&project("fixtures/photos"));
    let ran = crop(&project("fixtures/photos"), out.path(), &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.is_empty());
    let outputs = outputs(out.path());
    assert_eq!(outputs.len(), 71);
    for (path, bytes) in &outputs {
        let (width, height) = decoded(bytes).dimensions();
        assert!(width.max(height) <= 256, "{}: {width}x{height}", path.display());
        assert!(project("fixtures/photos").join(path).is_file(), "{} mirrors nothing", path.display());
    }
    assert_eq!(decoded(&outputs[Path::new("camera-a/IMG_0001.JPG")]).color().channel_count(), 3);
    assert_eq!(decoded(&outputs[Path::new("formats/grey.jpg")]).color().channel_count(), 1);
    assert_eq!(decoded(&outputs[Path::new("sizes/1x1.jpg")]).dimensions(), (1, 1));
    assert_eq!(before, snapshot(&project("fixtures/photos")), "an original was touched");
    assert!(!has_leftovers(out.path()));
}

#[test]
fn the_eight_orientations_become_one_picture() {
    let out = tempfile::tempdir().unwrap();
    let recipe = ["--recipe", "orient,png"];
    let ran = crop(&project("fixtures/photos/orientation"), out.path(), &recipe);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let pictures: Vec<_> = outputs(out.path()).into_values().map(|bytes| decoded(&bytes).to_rgb8()).collect();
    assert_eq!(pictures.len(), 8);
    for picture in &pictures[1..] {
        assert_eq!(picture.dimensions(), pictures[0].dimensions());
        assert!(mean_difference(picture, &pictures[0]) < 1.5, "the pictures differ by more than JPEG does");
    }
}

fn mean_difference(one: &image::RgbImage, other: &image::RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let sum: u64 = one.iter().zip(other.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.len() as f64
}

/// Another decoder and another resampler must give nearly the same pixels.
///
/// Tolerance: a mean difference of 2 of 255 levels. The decoders round differently, and
/// upsample chroma by different filters.
#[test]
fn pictures_equal_those_of_an_independent_decoder_and_resampler() {
    let out = tempfile::tempdir().unwrap();
    let folder = project("fixtures/photos");
    let ran = crop(&folder, out.path(), &["--format", "png", "-s", "160", "--no-orient"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let mut compared = 0;
    for (path, bytes) in outputs(out.path()) {
        let original = path.with_extension("");
        // The oracle converts inks by another formula, makes stripes of components in scans of their own,
        // and tiny pictures are all edge.
        let is_beyond =
            ["cmyk", "ycck", "non-interleaved"].iter().any(|word| original.to_str().unwrap().contains(word));
        if is_beyond || original.starts_with("sizes") {
            continue;
        }
        let (ours, full) = (decoded(&bytes), decoded(&std::fs::read(folder.join(&original)).unwrap()));
        let (width, height) = ours.dimensions();
        let theirs = full.resize_exact(width, height, image::imageops::FilterType::Lanczos3);
        let difference = mean_difference(&ours.to_rgb8(), &theirs.to_rgb8());
        assert!(difference < 2.0, "{}: {difference:.2}", original.display());
        compared += 1;
    }
    assert!(compared >= 55, "only {compared} pictures were compared");
}

#[test]
fn each_bad_photo_fails_alone_with_its_kind() {
    let out = tempfile::tempdir().unwrap();
    let folder = project("fixtures");
    let ran = run_in(
        &folder,
        [
            OsStr::new("crop"),
            OsStr::new("-v"),
            OsStr::new("hostile"),
            OsStr::new("-o"),
            out.path().as_os_str(),
        ],
    );
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let mut rows = csv::Reader::from_path(folder.join("expected.csv")).unwrap();
    let (faults, warned, outputs) = (ran.faults(), ran.warned(), outputs(out.path()));
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for row in rows.records() {
        let row = row.unwrap();
        let (path, expect) = (&row[0], &row[1]);
        let Some(relative) = path.strip_prefix("hostile/") else { continue };
        seen += 1;
        let told = faults.iter().find(|(fault, _)| fault == path).map_or("none", |(_, kind)| kind);
        let has_output = outputs.contains_key(Path::new(relative));
        let is_right = match expect {
            "warning" => told == "none" && has_output && warned.iter().any(|warned| warned == path),
            kind => told == kind && !has_output,
        };
        if !is_right {
            wrong.push(format!("{path}: expected {expect}, told {told}, output {has_output}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(seen, 66);
    let mut sorted = faults.clone();
    sorted.sort();
    assert_eq!(faults, sorted, "faults are told in set order");
}

#[test]
fn the_answer_is_the_same_for_any_number_of_threads() {
    let mut first = None;
    for threads in ["1", "2", "8"] {
        let out = tempfile::tempdir().unwrap();
        let more = ["-j", threads, "-J", threads, "-v", "-q"];
        let ran = crop(&project("fixtures"), out.path(), &more[..4]);
        assert_eq!(ran.code, Some(1));
        let faults: Vec<_> =
            ran.stderr.lines().filter(|line| line.starts_with("jpegasus:")).map(str::to_owned).collect();
        let answer = (outputs(out.path()), faults);
        assert!(!answer.1.is_empty());
        let expected = first.get_or_insert_with(|| answer.clone());
        assert!(*expected == answer, "-j {threads} differs");
    }
}

#[test]
fn a_second_run_writes_nothing_and_a_changed_output_is_left_alone() {
    let out = tempfile::tempdir().unwrap();
    let folder = project("fixtures/photos/camera-a");
    assert_eq!(crop(&folder, out.path(), &[]).code, Some(0));
    let before = snapshot(out.path());
    let again = crop(&folder, out.path(), &[]);
    assert_eq!(again.code, Some(0));
    assert!(again.stderr.contains("2 already there"), "{}", again.stderr);
    let (left, right) = (snapshot(out.path()), before);
    assert_eq!(left.get(&out.path().join("IMG_0001.JPG")), right.get(&out.path().join("IMG_0001.JPG")));

    std::fs::write(out.path().join("IMG_0001.JPG"), "mine").unwrap();
    let kept = crop(&folder, out.path(), &[]);
    assert_eq!(kept.code, Some(1));
    assert_eq!(kept.faults()[0].1, "output-exists");
    assert_eq!(std::fs::read(out.path().join("IMG_0001.JPG")).unwrap(), b"mine");
    assert_eq!(crop(&folder, out.path(), &["--overwrite"]).code, Some(0));
    assert!(decoded(&std::fs::read(out.path().join("IMG_0001.JPG")).unwrap()).width() <= 256);
}

#[test]
fn other_formats_append_their_ending_and_keep_the_profile() {
    let dir = tempfile::tempdir().unwrap();
    for (format, ending) in [("png", "jpg.png"), ("webp", "jpg.webp")] {
        let out = dir.path().join(format);
        let ran = crop(&project("fixtures/photos/metadata"), &out, &["--format", format, "-s", "64"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let made = outputs(&out);
        assert_eq!(made.len(), 8);
        assert!(made.keys().all(|path| path.to_str().unwrap().ends_with(ending)));
        let bytes = &made[Path::new(&format!("icc-three-segments.{ending}"))];
        let mut reader = ImageReader::new(std::io::Cursor::new(bytes))
            .with_guessed_format()
            .unwrap()
            .into_decoder()
            .unwrap();
        let profile = image::ImageDecoder::icc_profile(&mut reader).unwrap().expect("the profile is there");
        assert_eq!(profile.len(), 150_000);
    }
    let out = dir.path().join("none");
    assert_eq!(crop(&project("fixtures/photos/metadata"), &out, &["-m", "none", "-s", "64"]).code, Some(0));
    let has_icc = |bytes: &[u8]| bytes.windows(12).any(|window| window == b"ICC_PROFILE\0");
    assert!(outputs(&out).values().all(|bytes| !has_icc(bytes)));
    let out = dir.path().join("icc");
    assert_eq!(crop(&project("fixtures/photos/metadata"), &out, &["-s", "64"]).code, Some(0));
    let made = outputs(&out);
    assert!(has_icc(&made[Path::new("icc-srgb.jpg")]));
    for secret in ["Exif\0\0", "GPS", "http://ns.adobe.com/xap"] {
        let is_there =
            |bytes: &Vec<u8>| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!made.values().any(is_there), "{secret:?} was carried over");
    }
}

#[test]
fn wrong_usage_makes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let photos = project("fixtures/photos");
    let [photos, out] = [photos.to_str().unwrap(), out.to_str().unwrap()];
    for args in [
        &["crop", photos][..],
        &["crop", "/no/such/folder", "-o", out],
        &["crop", photos, "-o", out, "-s", "0"],
        &["crop", photos, "-o", out, "-s", "256x", "--fit", "cover"],
        &["crop", photos, "-o", out, "-Q", "101"],
        &["crop", photos, "-o", out, "--format", "webp", "-Q", "80"],
        &["crop", photos, "-o", out, "--format", "png", "--optimize"],
        &["crop", photos, "-o", out, "--recipe", "orient", "--optimize"],
        &["crop", photos, "-o", out, "-g", "north"],
        &["crop", photos, "-o", out, "--recipe", "orient,blur=3"],
        &["crop", photos, "-o", out, "--recipe", "orient,embedded"],
        &["crop", photos, "-o", out, "--lossless", "-s", "256"],
        &["crop", photos, "-o", out, "--lossless", "--format", "png"],
        &["crop", photos, "-o", out, "--lossless", "--salvage"],
        &["crop", photos, "-o", out, "--lossless", "--fit", "cover"],
        &["crop", photos, "-o", out, "-E", "[z-"],
        &["crop", photos, "-o", out, "--fit", "cover", "--recipe", "orient"],
    ] {
        let ran = run(args);
        assert_eq!(ran.code, Some(2), "{args:?}: {}", ran.stderr);
        assert!(!Path::new(out).exists(), "{args:?} made the folder");
    }
}

#[test]
fn a_stopped_run_leaves_whole_files_only_and_the_next_one_completes_it() {
    let dir = tempfile::tempdir().unwrap();
    let (photos, out, whole) = (dir.path().join("photos"), dir.path().join("out"), dir.path().join("whole"));
    // Names are given a second after the first output is made: there is work for longer.
    let large = ["-s", "3000"];
    for copy in 0..12 {
        world::copy_tree(&project("fixtures/photos/wallpapers"), &photos.join(copy.to_string()));
    }
    assert_eq!(crop(&photos, &whole, &large).code, Some(0));
    for signal in ["INT", "TERM", "HUP"] {
        let child = program()
            .args([OsStr::new("crop"), photos.as_os_str(), OsStr::new("-o"), out.as_os_str()])
            .args(large)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let begun = std::time::Instant::now();
        let before = outputs(&out).len();
        while outputs(&out).len() <= before && begun.elapsed().as_secs() < 60 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let sent =
            Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let ended = child.wait_with_output().unwrap();
        let code = match signal {
            "INT" => 130,
            "TERM" => 143,
            _ => 129,
        };
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{stderr}");
        assert!(stderr.contains("run the same command again"), "{stderr}");
        assert!(!has_leftovers(&out));
        let expected = outputs(&whole);
        assert!(outputs(&out).iter().all(|(path, bytes)| expected[path] == *bytes));
        std::fs::remove_dir_all(&out).unwrap();
    }
    assert_eq!(crop(&photos, &out, &large).code, Some(0));
    assert_eq!(outputs(&out), outputs(&whole));
}

#[test]
fn two_runs_into_one_folder_do_not_mix() {
    let dir = tempfile::tempdir().unwrap();
    let photos = project("fixtures/photos");
    let out = dir.path().join("out");
    let fs = jpegasus::fs::Fs::default();
    let plan = jpegasus::batch::CropPlan::new("orient,png".parse().unwrap(), &out);
    let held = jpegasus::batch::Output::open(&fs, &plan).unwrap();
    let ran = crop(&photos, &out, &[]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("another jpegasus"), "{}", ran.stderr);
    drop(held);
    assert_eq!(crop(&photos, &out, &[]).code, Some(0));
}

/// Runs the program, which must end well, by a line of the shell where few files may be open.
fn run_with_48_descriptors(dir: &Path, line: &str) {
    let script = format!("ulimit -n 48; exec \"$0\" {line}");
    let ran =
        Command::new("sh").current_dir(dir).args(["-c", &script, env!("CARGO_BIN_EXE_jpegasus")]).output();
    let ran = ran.unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn more_roots_than_descriptors_are_no_matter() {
    let dir = tempfile::tempdir().unwrap();
    let photo = std::fs::read(project("fixtures/photos/sizes/8x8.jpg")).unwrap();
    for number in 0..60 {
        let folder = dir.path().join(format!("root {number}"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("x.jpg"), &photo).unwrap();
    }
    run_with_48_descriptors(dir.path(), "crop root* -o out");
    assert_eq!(outputs(&dir.path().join("out")).len(), 60);
}

#[test]
fn photos_of_which_a_part_is_read_take_few_descriptors() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..150 {
        let photo = project("fixtures/photos/library/xmp_test.jpg");
        std::os::unix::fs::symlink(photo, dir.path().join(format!("{number}.jpg"))).unwrap();
    }
    run_with_48_descriptors(dir.path(), "crop . -L -s 64 --embedded -o out");
    assert_eq!(outputs(&dir.path().join("out")).len(), 150);
}

#[test]
fn an_out_that_is_removed_meanwhile_ends_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let (photos, out) = (dir.path().join("photos"), dir.path().join("out"));
    for copy in 0..12 {
        world::copy_tree(&project("fixtures/photos/wallpapers"), &photos.join(copy.to_string()));
    }
    let child = program()
        .args([OsStr::new("crop"), photos.as_os_str(), OsStr::new("-o"), out.as_os_str()])
        .args(["-s", "3000"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while outputs(&out).is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::fs::rename(&out, dir.path().join("going")).unwrap();
    std::fs::remove_dir_all(dir.path().join("going")).ok();
    std::fs::remove_dir_all(dir.path().join("going")).ok();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(4), "{}", String::from_utf8_lossy(&ended.stderr));
}
