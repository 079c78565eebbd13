//! With `--fast`, no more of a photo is read than its picture needs, and the picture is the same.

mod world;

use jpegasus::batch::{Performer, Picture};
use jpegasus::error::{Kind, Result};
use jpegasus::event::{Checked, Route};
use jpegasus::jpeg::{Head, Header, Limits};
use serde_json::Value;
use std::fs;
use std::path::Path;
use world::previews::{exif, preview, with_segments};
use world::{outputs, project, run_in};

/// Progressive photos of 10 to 1,500 KB.
const PROGRESSIVE: [&str; 5] = [
    "formats/progressive-420.jpg",
    "formats/progressive-444.jpg",
    "formats/progressive-grey.jpg",
    "formats/restart-progressive.jpg",
    "wallpapers/seeding_by_Clements_Engelhardt.jpg",
];

fn read(name: &str) -> Vec<u8> {
    fs::read(project("fixtures/photos").join(name)).unwrap()
}

fn perform(recipe: &str, photo: &[u8]) -> Result<Picture> {
    Performer::new(recipe.parse().unwrap(), Limits::default()).perform(photo)
}

/// Returns where the first scans of a photo end.
fn first_scans_end(photo: &[u8]) -> usize {
    let is_enough =
        |&end: &usize| matches!(Header::read_first_scans(&photo[..end], false), Ok(Head::Complete(_)));
    // A search by halves, as what suffices once suffices always.
    let (mut low, mut high) = (0, photo.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if is_enough(&middle) { high = middle } else { low = middle + 1 }
    }
    low
}

/// Asserts that two pictures are the same but for what low bits and detail in colour make.
fn assert_alike(one: &Picture, other: &Picture, what: &str) {
    let [one, other] = [one, other].map(|picture| image::load_from_memory(&picture.bytes).unwrap().to_rgb8());
    assert_eq!(one.dimensions(), other.dimensions(), "{what}");
    let differences = one.iter().zip(other.iter()).map(|(a, b)| u32::from(a.abs_diff(*b)));
    let (worst, sum) = differences.fold((0, 0), |(worst, sum), next| (next.max(worst), sum + next));
    assert!(
        worst <= 40 && f64::from(sum) <= 2.0 * one.len() as f64,
        "{what}: {worst}, {sum} of {}",
        one.len()
    );
}

#[test]
fn the_first_scans_give_the_picture_that_all_of_them_give() {
    for name in PROGRESSIVE {
        let photo = read(name);
        for recipe in ["orient,inside=12x12", "crop=1:1@west,inside=9x9", "inside=12x,srgb"] {
            let (recipe, fast) = (format!("{recipe},png"), format!("{recipe},fast,png"));
            let (usual, fast) = (perform(&recipe, &photo).unwrap(), perform(&fast, &photo).unwrap());
            let what = format!("{recipe} of {name}");
            assert_eq!((fast.checked, fast.route), (Checked::Window, Route::Scaled(8)), "{what}");
            assert_eq!((fast.geometry, fast.stored, usual.route), (usual.geometry, usual.stored, fast.route));
            assert!(fast.warnings.is_empty(), "{what}: {:?}", fast.warnings);
            assert_alike(&usual, &fast, &what);
            let beginning = perform(
                &format!("{recipe},fast").replace(",png,fast", ",fast,png"),
                &photo[..first_scans_end(&photo)],
            );
            assert_eq!(beginning.unwrap().bytes, fast.bytes, "{what}: its beginning suffices");
        }
    }
}

#[test]
fn what_an_eighth_is_too_small_for_is_as_ever() {
    for (name, recipe) in [
        ("formats/progressive-420.jpg", "inside=100x100"),
        ("formats/baseline-420.jpg", "inside=12x12"),
        ("formats/non-interleaved.jpg", "inside=12x12"),
    ] {
        let photo = read(name);
        let (usual, fast) =
            (perform(recipe, &photo).unwrap(), perform(&format!("{recipe},fast"), &photo).unwrap());
        assert_eq!((usual.bytes, usual.checked), (fast.bytes, fast.checked), "{name}");
    }
}

#[test]
fn damage_is_found_in_what_is_read_and_told_as_ever() {
    let photo = read("wallpapers/seeding_by_Clements_Engelhardt.jpg");
    let end = first_scans_end(&photo);
    let mut broken = photo.clone();
    broken[end + 1000..].fill(0xff);
    perform("inside=100x100,fast", &broken).unwrap();
    perform("inside=100x100,fast", &photo[..end]).unwrap();
    perform("inside=100x100", &broken).unwrap_err();
    for bad in [&photo[..end - 2], &photo[..end / 2], &photo[..100]] {
        let usual = perform("inside=100x100", bad).unwrap_err();
        let fast = perform("inside=100x100,fast", bad).unwrap_err();
        assert_eq!(usual.kind, Kind::Truncated);
        assert_eq!((fast.kind, fast.offset, fast.why), (usual.kind, usual.offset, usual.why));
    }
    let mut corrupt = photo.clone();
    corrupt[end / 2..end / 2 + 64].fill(0xfe);
    let (usual, fast) = (
        perform("inside=100x100", &corrupt).unwrap_err(),
        perform("inside=100x100,fast", &corrupt).unwrap_err(),
    );
    assert_eq!((fast.kind, fast.offset), (usual.kind, usual.offset));
    // What is salvaged is all there is.
    let usual = perform("inside=100x100,salvage", &photo[..end / 2]).unwrap();
    let fast = perform("inside=100x100,fast,salvage", &photo[..end / 2]).unwrap();
    assert_eq!((usual.bytes, fast.checked), (fast.bytes, usual.checked));
    assert!(fast.damage.is_some());
}

/// Crops photos as flags say; returns the rows and the lines of a dry run.
fn crop(dir: &Path, flags: &str) -> (Vec<Value>, String) {
    let args: Vec<_> =
        "crop photos -o out --report rows".split(' ').chain(flags.split_whitespace()).collect();
    let plan = run_in(dir, args.iter().copied().chain(["-n"]));
    run_in(dir, &args);
    let rows = fs::read_to_string(dir.join("rows")).unwrap();
    let rows = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    (rows, String::from_utf8(plan.stdout).unwrap())
}

#[test]
fn the_rest_of_a_progressive_photo_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    fs::create_dir(&photos).unwrap();
    let large = read("wallpapers/seeding_by_Clements_Engelhardt.jpg");
    let end = first_scans_end(&large);
    assert!((2 * 65_536..large.len() / 4).contains(&end), "{end}");
    fs::write(photos.join("a.jpg"), &large).unwrap();
    // Its first scans are damaged, which shows when they are decoded.
    let mut corrupt = large.clone();
    corrupt[end / 2..end / 2 + 64].fill(0xfe);
    fs::write(photos.join("b.jpg"), corrupt).unwrap();
    fs::write(photos.join("c.jpg"), &large[..end / 2]).unwrap();
    fs::copy(project("fixtures/photos/wallpapers/umang_by_Abhishek_Mudgal.jpg"), photos.join("d.jpg"))
        .unwrap();
    let (rows, plan) = crop(dir.path(), "-s 100 --fast");
    assert_eq!(
        (&rows[0]["route"], &rows[0]["divisor"], &rows[0]["checked"]),
        (&"scaled".into(), &8.into(), &"window".into())
    );
    let read = usize::try_from(rows[0]["bytes_read"].as_u64().unwrap()).unwrap();
    assert!((end..=end + end / 4 + 65_536).contains(&read), "{read} bytes for {end}");
    assert_eq!((&rows[1]["result"], &rows[1]["kind"]), (&"failed".into(), &"corrupt".into()));
    assert_eq!((&rows[2]["result"], &rows[2]["kind"]), (&"failed".into(), &"truncated".into()));
    assert_eq!((&rows[3]["checked"], &rows[3]["bytes_read"]), (&"all".into(), &rows[3]["size"]));
    assert_eq!(plan.matches(": planned, ").count(), 4, "{plan}");
    assert!(plan.lines().next().unwrap().ends_with("-> 100x56, scaled 1/8"), "{plan}");
    let written = outputs(&dir.path().join("out")).remove(Path::new("a.jpg")).unwrap();
    assert_eq!(written, perform("orient,inside=100x100,fast", &large).unwrap().bytes);
}

#[test]
fn a_preview_goes_before_the_first_scans() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    fs::create_dir(&photos).unwrap();
    let photo = read("wallpapers/seeding_by_Clements_Engelhardt.jpg");
    fs::write(photos.join("a.jpg"), with_segments(&photo, &[exif(1, &preview("160x90"))])).unwrap();
    let (rows, _) = crop(dir.path(), "-s 100 --fast --embedded");
    assert_eq!((&rows[0]["route"], &rows[0]["bytes_read"]), (&"embedded".into(), &65_536.into()));
    let (rows, _) = crop(dir.path(), "-s 200 --fast --embedded");
    assert_eq!((&rows[0]["route"], &rows[0]["checked"]), (&"scaled".into(), &"window".into()));
}

#[test]
fn fast_goes_with_a_size() {
    for flags in [&["-a", "16:9", "--fast"][..], &["--recipe", "orient,fast"]] {
        let dir = tempfile::tempdir().unwrap();
        let ran = run_in(dir.path(), ["crop", ".", "-o", "out"].iter().chain(flags));
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains("'fast' has no size to reach"), "{}", ran.stderr);
        assert!(!dir.path().join("out").exists());
    }
}
