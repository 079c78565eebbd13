//! What is carried over: nothing private unless all is asked for, and then everything that is still true.

#![allow(clippy::print_stderr, reason = "what is skipped is said loudly")]

mod world;

use jpegasus::batch::Performer;
use jpegasus::jpeg::{Header, Limits};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use world::{project, run_in};

/// Photos with metadata: those of the fixtures, and of the corpus where it is there.
fn photos() -> Vec<(String, Vec<u8>)> {
    let mut folders = vec![project("fixtures/photos")];
    folders.extend(world::corpus("metadata of real photos").map(|corpus| corpus.join("jpegs")));
    let mut photos = Vec::new();
    for folder in folders {
        for (path, bytes) in world::files(&folder) {
            // Large ones take long, and have nothing that the others have not.
            let is_small = bytes.len() < 6_000_000;
            if is_small && Header::read(&bytes).is_ok_and(|header| header.check_supported().is_ok()) {
                let name =
                    format!("{:03} {}.jpg", photos.len(), path.display().to_string().replace('/', "__"));
                photos.push((name, bytes));
            }
        }
    }
    assert!(photos.len() > 40);
    photos
}

/// Crops every photo into a folder; returns their names.
fn cropped(photos: &[(String, Vec<u8>)], recipe: &str, to: &Path) -> Vec<String> {
    let mut performer = Performer::new(recipe.parse().unwrap(), Limits::default());
    let mut names = Vec::new();
    for (name, bytes) in photos {
        if let Ok(picture) = performer.perform(bytes) {
            fs::write(to.join(name), &picture.bytes).unwrap();
            names.push(name.clone());
        }
    }
    names
}

/// Returns all that exiftool finds in each file of a folder; `None` without exiftool.
fn exiftool(folder: &Path, more: &[&str]) -> Option<BTreeMap<String, Map<String, Value>>> {
    let output =
        Command::new("exiftool").args(["-j", "-G1", "-a", "-u", "-struct"]).args(more).arg(folder).output();
    let Ok(output) = output else {
        eprintln!("SKIPPED: exiftool is not there");
        return None;
    };
    let files: Vec<Map<String, Value>> = serde_json::from_slice(&output.stdout).expect("exiftool gives JSON");
    let name = |file: &Map<String, Value>| {
        PathBuf::from(file["SourceFile"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned()
    };
    Some(files.into_iter().map(|file| (name(&file), file)).collect())
}

#[test]
fn nothing_private_is_left_unless_all_is_asked_for() {
    let photos = photos();
    let ways = ["inside=64x64", "crop=64x64@center,lossless"];
    for (keep, way) in ["none", "icc", "copyright"].into_iter().flat_map(|keep| ways.map(|way| (keep, way))) {
        let dir = tempfile::tempdir().unwrap();
        let count = cropped(&photos, &format!("orient,{way},keep={keep}"), dir.path()).len();
        let Some(files) = exiftool(dir.path(), &[]) else { return };
        assert_eq!(files.len(), count);
        for (name, tags) in files {
            for (tag, value) in &tags {
                let (group, word) = tag.split_once(':').unwrap_or(("", tag));
                let is_free = ["", "ExifTool", "System", "File", "JFIF", "Composite"].contains(&group);
                // It tells how colours are coded.
                let is_free = is_free || (group == "Adobe" && way.ends_with("lossless"));
                let is_profile = group.starts_with("ICC") && keep != "none";
                let is_named =
                    group == "IFD0" && ["Artist", "Copyright"].contains(&word) && keep == "copyright";
                assert!(is_free || is_profile || is_named, "{name}, keep={keep}: {tag} = {value}");
                for private in ["GPS", "Serial", "Preview", "Thumbnail", "XMP", "Comment"] {
                    assert!(!word.contains(private), "{name}, keep={keep}: {tag} = {value}");
                }
            }
        }
    }
}

#[test]
fn the_copyright_is_carried_over_from_wherever_it_stands() {
    let photos = photos();
    let (before, after) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (name, bytes) in &photos {
        fs::write(before.path().join(name), bytes).unwrap();
    }
    cropped(&photos, "orient,inside=64x64,keep=copyright", after.path());
    let Some(old) = exiftool(before.path(), &[]) else { return };
    let new = exiftool(after.path(), &[]).unwrap();
    let mut found = 0;
    for (name, tags) in &new {
        for tag in ["Artist", "Copyright"] {
            let key = format!("IFD0:{tag}");
            let Some(said) =
                old[name].get(&key).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
            else {
                continue;
            };
            found += 1;
            assert_eq!(
                tags.get(&key).and_then(Value::as_str).map(str::trim),
                Some(said.trim()),
                "{name}: {tag}"
            );
        }
    }
    assert!(found >= 10, "{found}");
}

/// Tells whether a tag is of the coding, of the file, or must change; each with its reason.
fn may_differ(tag: &str) -> bool {
    let (group, word) = tag.split_once(':').unwrap_or(("", tag));
    // Of the file, the tool, or worked out from other tags.
    let is_outer = ["", "ExifTool", "System", "File", "Composite"].contains(&group);
    // Previews and what says where they are.
    let is_preview = group == "IFD1"
        || group.starts_with("SubIFD")
        || group == "JFXX"
        || group == "FlashPix"
        || ["Preview", "Thumbnail", "JpgFromRaw", "OtherImage", "ScreenNail"]
            .iter()
            .any(|part| word.contains(part));
    // Pictures and video behind the photo, and what points to them.
    let is_media = group.starts_with("MPF")
        || group.starts_with("MPImage")
        || group == "Samsung"
        || group == "Track1"
        || ["MotionPhoto", "MicroVideo", "Container", "Directory", "HDRGM", "EmbeddedVideo"]
            .iter()
            .any(|part| word.contains(part))
        || ["XMP-hdrgm", "XMP-GContainer", "XMP-GCamera", "XMP-Container"].contains(&group);
    // How the photo was coded, and which JFIF the encoder writes.
    let is_coding = word == "JFIFVersion"
        || group == "Adobe"
        || group.starts_with("JPEG-HDR")
        || group == "SPIFF"
        || group == "JUMBF";
    // What the crop changes: size, orientation.
    let is_changed = [
        "Orientation",
        "ExifImageWidth",
        "ExifImageHeight",
        "ImageWidth",
        "ImageHeight",
        "RelatedImageWidth",
        "RelatedImageHeight",
        "PixelXDimension",
        "PixelYDimension",
    ]
    .contains(&word);
    // The larger packet beside the first holds pictures and depths of what was cut.
    let is_extension =
        word == "HasExtendedXMP" || ["XMP-GImage", "XMP-GDepth", "XMP-GPano", "XMP-GAudio"].contains(&group);
    is_outer || is_preview || is_media || is_coding || is_changed || is_extension
}

#[test]
fn with_all_every_other_tag_is_as_it_was_and_the_photo_upright() {
    let photos = photos();
    let (before, after) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let names = cropped(&photos, "orient,inside=400x400,keep=all", after.path());
    for (name, bytes) in photos.iter().filter(|(name, _)| names.contains(name)) {
        fs::write(before.path().join(name), bytes).unwrap();
    }
    let Some(old) = exiftool(before.path(), &["-n"]) else { return };
    let new = exiftool(after.path(), &["-n"]).unwrap();
    let (mut compared, mut wrong) = (0, Vec::new());
    for (name, tags) in old.iter().filter(|(name, _)| !ODD.iter().any(|(odd, _)| name.contains(odd))) {
        let now = &new[name];
        for (tag, value) in tags.iter().filter(|(tag, _)| !may_differ(tag)) {
            // A CMYK picture is sRGB now, without its profile.
            let is_ink = tags.get("File:ColorComponents").is_some_and(|count| count == 4);
            if is_ink && tag.starts_with("ICC") {
                continue;
            }
            compared += 1;
            if now.get(tag) != Some(value) {
                wrong.push(format!("{name}: {tag} was {value}, is {:?}", now.get(tag)));
            }
        }
        for (tag, value) in now {
            let (_, word) = tag.split_once(':').unwrap_or(("", tag));
            if word == "Orientation" && (tag.starts_with("IFD0") || tag.starts_with("XMP-tiff")) && value != 1
            {
                wrong.push(format!("{name}: {tag} is {value}"));
            }
            if ["ThumbnailImage", "PreviewImage", "JpgFromRaw"].contains(&word) && !tags.contains_key(tag) {
                wrong.push(format!("{name}: {tag} is new"));
            }
        }
        let said = |tags: &Map<String, Value>| tags.get("ExifTool:Warning").cloned();
        if said(tags).is_none() && said(now).is_some() {
            wrong.push(format!("{name}: exiftool warns: {:?}", said(now)));
        }
    }
    assert!(wrong.is_empty(), "{} of {compared}: {wrong:#?}", wrong.len());
    assert!(compared > 500, "{compared}");
}

/// Returns where the markers of a file begin, up to its first scan.
fn markers(bytes: &[u8]) -> Vec<usize> {
    let mut markers = vec![2];
    while let Some(&[0xff, code, high, low]) =
        markers.last().and_then(|&at| bytes.get(at..)).and_then(<[u8]>::first_chunk::<4>)
    {
        if code == 0xda {
            break;
        }
        markers.push(markers[markers.len() - 1] + 2 + usize::from(u16::from_be_bytes([high, low])));
    }
    markers
}

/// Files of which exiftool shows another thing before and after, for a reason of their own.
const ODD: [(&str, &str); 5] = [
    ("jhead__iptc1.jpg", "its maker notes point into the preview that is gone: what they showed was noise"),
    ("jhead__iptc2.jpg", "the same"),
    (
        "exifr__broken1.jpg",
        "its XMP is no XML, so what it says of the photo cannot be set right: it is dropped",
    ),
    ("pillow__multiple_exif.jpg", "it has two Exif blocks, which exiftool shows as one"),
    ("Samsung_Digimax_i50_MP3.jpg", "its maker notes were known by the preview in them"),
];

#[test]
fn no_jpeg_of_what_was_cut_away_is_left_within_the_output() {
    let mut tried = 0;
    let mut performer =
        Performer::new("orient,crop=1:1@center,inside=48x48,keep=all".parse().unwrap(), Limits::default());
    for (name, bytes) in photos() {
        let Ok(picture) = performer.perform(&bytes) else { continue };
        let markers = markers(&picture.bytes);
        let starts = picture.bytes.windows(4).enumerate().skip(2);
        // A profile or note may hold FF D8 FF by chance; a marker of a header behind it is no chance,
        // unless it is one of the output itself.
        let inner: Vec<usize> = starts
            .filter(|(at, four)| four.starts_with(b"\xff\xd8\xff") && !markers.contains(&(at + 2)))
            .filter(|(_, four)| matches!(four[3], 0xc0..=0xc4 | 0xdb | 0xe0..=0xef))
            .map(|(at, _)| at)
            .collect();
        assert!(inner.is_empty(), "{name}: a JPEG begins at {inner:?}");
        tried += 1;
    }
    assert!(tried > 40);
}

#[test]
fn further_pictures_stay_with_an_intact_photo_and_their_loss_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let photo = project("fixtures/photos/nintendo3ds/HNI_0001.JPG");
    let from = photo.to_str().unwrap();
    let whole = ["crop", from, "-o", "whole", "--recipe", "jpeg=90,keep=all"];
    let ran = run_in(dir.path(), whole);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(!ran.stderr.contains("lost further pictures"), "{}", ran.stderr);
    let second = |file: &Path| {
        Command::new("exiftool").args(["-b", "-MPImage2"]).arg(file).output().map(|output| output.stdout).ok()
    };
    if let Some(before) = second(&photo) {
        assert!(before.starts_with(b"\xff\xd8\xff"));
        assert_eq!(second(&dir.path().join("whole/HNI_0001.JPG")), Some(before));
    } else {
        eprintln!("SKIPPED: exiftool is not there");
    }
    for more in [&["-m", "all", "-s", "100"][..], &["-s", "100"]] {
        let args = [&["crop", from, "-o", "less", "--overwrite"], more].concat();
        let ran = run_in(dir.path(), args);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(ran.stderr.contains("1 lost further pictures"), "{}", ran.stderr);
    }
}

#[test]
fn changed_bytes_in_metadata_do_no_harm() {
    let mut performer = Performer::new("orient,inside=16x16,keep=all".parse().unwrap(), Limits::default());
    let mut seed = 7_u32;
    for name in
        ["library/xmp_test.jpg", "camera-a/IMG_0001.JPG", "library/iptc.jpg", "nintendo3ds/HNI_0001.JPG"]
    {
        let bytes = fs::read(project("fixtures/photos").join(name)).unwrap();
        let end = Header::read(&bytes).unwrap().first_scan;
        for _ in 0..120 {
            let mut bad = bytes.clone();
            for _ in 0..4 {
                // Numerical Recipes' constants.
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = 4 + usize::try_from(seed >> 8).unwrap() % (end - 4);
                bad[at] = seed.to_be_bytes()[0];
            }
            if let Ok(picture) = performer.perform(&bad) {
                assert!(Header::read(&picture.bytes).is_ok(), "{name}");
            }
        }
    }
}
