//! `--srgb` gives the colours that an independent colour management gives.

#![allow(clippy::print_stderr, reason = "what is skipped is said loudly")]

mod world;

use jpegasus::batch::Performer;
use jpegasus::jpeg::{Limits, WarningKind};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use world::project;

fn performer(recipe: &str) -> Performer {
    Performer::new(recipe.parse().unwrap(), Limits::default())
}

/// Returns mean and largest CIEDE2000 for each pair; `None` without Python, numpy or Pillow.
fn differences(pairs: &[(PathBuf, PathBuf)]) -> Option<Vec<(f64, f64)>> {
    let mut child = Command::new("python3")
        .arg(project("tests/colour_reference.py"))
        .arg(project("fixtures/colour/adobe-rgb.jpg"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut text = String::new();
    for (photo, made) in pairs {
        text.push_str(&format!("{}\t{}\n", photo.display(), made.display()));
    }
    child.stdin.take()?.write_all(text.as_bytes()).ok();
    let output = child.wait_with_output().ok()?;
    if output.status.code() == Some(3) {
        return None;
    }
    assert!(output.status.success(), "the reference failed");
    let text = String::from_utf8(output.stdout).unwrap();
    let number = |text: &str| text.parse().unwrap();
    let pair = |line: &str| line.split_once(' ').map(|(mean, most)| (number(mean), number(most))).unwrap();
    Some(text.lines().map(pair).collect())
}

#[test]
fn photos_of_other_colour_spaces_become_srgb_as_little_cms_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut photos: Vec<PathBuf> =
        ["p3", "adobe-rgb", "adobe-rgb-by-exif", "prophoto", "cmyk", "ycck", "grey"]
            .map(|name| project(&format!("fixtures/colour/{name}.jpg")))
            .into();
    if let Some(corpus) = world::corpus("colours of real photos") {
        photos.extend(
            [
                "colour/jpegdec__ycck.jpg",
                "colour/pillow__icc_profile_big.jpg",
                "photos/nolm__012mp-bus.jpg",
                "metadata/exifr__BonTonARTSTORplusIPTC.jpg",
                "metadata/jhead__iptc-sections.jpg",
                "subsampling/image-rs__portrait_2.jpg",
                "impostors/photo.jif",
            ]
            .map(|name| corpus.join("jpegs").join(name)),
        );
    }
    // At full size only the colours can differ; smaller, the order of shrinking and converting does.
    for (recipe, limit) in [("srgb,png,keep=icc", 1.5), ("inside=200x200,srgb,png,keep=icc", 1.5)] {
        let mut pairs = Vec::new();
        for (number, photo) in photos.iter().enumerate() {
            let picture = performer(recipe).perform(&fs::read(photo).unwrap()).unwrap();
            assert!(!picture.warnings.iter().any(|warning| warning.kind == WarningKind::BadIcc), "{photo:?}");
            let made = dir.path().join(format!("{number}.png"));
            assert!(!picture.bytes.windows(4).any(|word| word == b"iCCP"), "it is sRGB now");
            fs::write(&made, picture.bytes).unwrap();
            pairs.push((photo.clone(), made));
        }
        let Some(differences) = differences(&pairs) else {
            eprintln!("SKIPPED: the reference needs python3 with numpy and Pillow");
            return;
        };
        assert_eq!(differences.len(), photos.len());
        for (photo, (mean, most)) in photos.iter().zip(differences) {
            eprintln!("{recipe}: {}: mean {mean}, largest {most}", photo.display());
            assert!(mean <= limit, "{}: mean {mean}, largest {most}", photo.display());
        }
    }
}

#[test]
fn a_profile_that_cannot_be_used_costs_the_conversion_and_a_warning() {
    let bytes = fs::read(project("fixtures/colour/wrong-profile.jpg")).unwrap();
    let plain = performer("png,keep=none").perform(&bytes).unwrap();
    let picture = performer("srgb,png,keep=none").perform(&bytes).unwrap();
    assert_eq!(picture.bytes, plain.bytes);
    assert!(picture.warnings.iter().any(|warning| warning.to_string().contains("colour profile")));
}

#[test]
fn photos_that_say_nothing_and_inks_without_a_profile_are_as_before() {
    for name in ["formats/cmyk.jpg", "formats/ycck.jpg", "formats/grey.jpg", "sizes/17x33.jpg"] {
        let bytes = fs::read(project("fixtures/photos").join(name)).unwrap();
        let plain = performer("png,keep=none").perform(&bytes).unwrap();
        assert_eq!(performer("srgb,png,keep=none").perform(&bytes).unwrap().bytes, plain.bytes, "{name}");
    }
}

#[test]
fn a_damaged_profile_never_ends_a_run() {
    let bytes = fs::read(project("fixtures/colour/cmyk.jpg")).unwrap();
    let start = bytes.windows(12).position(|word| word == b"ICC_PROFILE\0").unwrap() + 14;
    let mut performer = performer("inside=32x32,srgb,png,keep=none");
    for at in (start..start + 1200).step_by(3) {
        let mut bad = bytes.clone();
        bad[at] = bad[at].wrapping_add(128);
        assert!(performer.perform(&bad).is_ok(), "byte {at}");
    }
}
