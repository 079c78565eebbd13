//! All of the corpus of real photos by `crop -e '*'`, judged by what independent tools say of each.

mod world;

use image::{GenericImageView, ImageReader};
use jpegasus::batch::Picture;
use jpegasus::jpeg::{Warning, WarningKind};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

struct Row {
    path: String,
    djpeg: String,
    sof: String,
    precision: String,
    content: String,
    dims: Option<(u32, u32)>,
    orientation: u32,
    /// Its name ends as a photo's does.
    is_named: bool,
    /// Its content is empty or no JPEG.
    is_other: bool,
}

fn rows(corpus: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(corpus.join("manifest.csv")).unwrap();
    let rows = reader.deserialize::<BTreeMap<String, String>>();
    rows.map(|row| {
        let row = row.unwrap();
        let number = |key: &str| row[key].parse::<u32>().ok();
        Row {
            path: row["path"].strip_prefix("jpegs/").unwrap().to_owned(),
            djpeg: row["djpeg"].clone(),
            sof: row["sof"].clone(),
            precision: row["precision"].clone(),
            content: row["content_kind"].clone(),
            dims: number("width").zip(number("height")),
            orientation: number("orientation").unwrap_or(1),
            is_named: row["find_by_extension"] == "yes",
            is_other: ["not-jpeg", "empty"].contains(&row["content_kind"].as_str()),
        }
    })
    .collect()
}

fn dims(bytes: &[u8]) -> (u32, u32) {
    let reader = ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format().unwrap();
    reader.decode().expect("an output decodes").dimensions()
}

/// Returns the size of a picture shrunk to fit 256x256, the longer side exact, the other nearest.
fn inside_256((width, height): (u32, u32)) -> (u32, u32) {
    let longer = width.max(height);
    if longer <= 256 {
        return (width, height);
    }
    let side = |n: u32| ((n * 512 + longer) / (longer * 2)).max(1);
    (side(width), side(height))
}

#[test]
fn every_photo_of_the_corpus_gives_a_right_thumbnail_or_a_row_with_its_kind() {
    let Some(corpus) = world::corpus("the corpus by crop") else { return };
    let out = tempfile::tempdir().unwrap();
    let args = ["crop", "-v", "-e", "*", "-s", "256", ".", "-o"].map(OsStr::new);
    // `-e '*'` lists what begins as a JPEG; what does not is no hit, and is judged by the test below.
    let ran = world::run_in(&corpus.join("jpegs"), args.into_iter().chain([out.path().as_os_str()]));
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let outputs = world::outputs(out.path());
    let faults: BTreeMap<_, _> = ran.faults().into_iter().collect();
    assert_eq!(faults.len(), ran.faults().len(), "one row a file");
    let warned = ran.warned();

    let mut wrong = Vec::new();
    for row in rows(&corpus) {
        let told = faults.get(&format!("./{}", row.path)).map(String::as_str);
        let is_warned = warned.contains(&format!("./{}", row.path));
        let output = outputs.get(&PathBuf::from(&row.path));
        let judged = judge(&row, told, is_warned, output);
        if let Err(why) = judged {
            wrong.push(format!("{} (djpeg {}, SOF{}): {why}", row.path, row.djpeg, row.sof));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn judge(row: &Row, told: Option<&str>, is_warned: bool, output: Option<&Vec<u8>>) -> Result<(), String> {
    if output.is_some() && told.is_some() {
        return Err("has an output and a fault".into());
    }
    let is_unsupported = ["3", "9", "10", "11"].contains(&row.sof.as_str())
        || (!row.sof.is_empty() && !["8", ""].contains(&row.precision.as_str()));
    match row.djpeg.as_str() {
        "clean" if is_unsupported => {
            if told == Some("unsupported") {
                Ok(())
            } else {
                Err(format!("told {told:?}, not unsupported"))
            }
        }
        "clean" => {
            let output = output.ok_or(format!("no output, told {told:?}"))?;
            let stored = row.dims.ok_or("the manifest knows no size")?;
            let upright = if row.orientation >= 5 { (stored.1, stored.0) } else { stored };
            let (is, should) = (dims(output), inside_256(upright));
            if is == should { Ok(()) } else { Err(format!("{is:?}, not {should:?}")) }
        }
        _ if row.content == "jpeg" || row.content == "jpeg-lossless(SOF3)" => {
            // Not clean: a fault, or whole pixels with a warning.
            if told.is_some() || (output.is_some() && is_warned) {
                Ok(())
            } else {
                Err(format!("output {}, told nothing", output.is_some()))
            }
        }
        _ => {
            if output.is_none() {
                Ok(())
            } else {
                Err("an output of what is no JPEG".into())
            }
        }
    }
}

/// What has the name of a photo and is none must be named, one row each.
#[test]
fn what_is_only_named_like_a_photo_is_told_to_be_none() {
    let Some(corpus) = world::corpus("impostors by crop") else { return };
    let out = tempfile::tempdir().unwrap();
    let args = ["crop", "-s", "64", ".", "-o"].map(OsStr::new);
    let ran = world::run_in(&corpus.join("jpegs"), args.into_iter().chain([out.path().as_os_str()]));
    let faults = ran.faults();
    let impostors: Vec<_> = rows(&corpus).into_iter().filter(|row| row.is_named && row.is_other).collect();
    assert!(impostors.len() > 10, "only {} impostors", impostors.len());
    for row in impostors {
        let told: Vec<_> = faults.iter().filter(|(path, _)| *path == format!("./{}", row.path)).collect();
        assert!(told.len() == 1 && told[0].1 == "not-jpeg", "{}: {told:?}", row.path);
    }
}

/// Every photo cut short anywhere in its coded data must be refused.
#[test]
fn a_photo_that_is_cut_off_is_never_accepted() {
    let Some(corpus) = world::corpus("cut-off photos") else { return };
    let mut performer = jpegasus::batch::Performer::new(
        "orient,inside=64x64,png".parse().unwrap(),
        jpegasus::jpeg::Limits::default(),
    );
    let (mut cut, mut accepted) = (0, Vec::new());
    for row in rows(&corpus) {
        let is_tried =
            row.djpeg == "clean" && row.precision == "8" && ["0", "1", "2"].contains(&row.sof.as_str());
        let bytes = std::fs::read(corpus.join("jpegs").join(&row.path)).unwrap();
        if !is_tried || bytes.len() > 40_000 {
            continue;
        }
        let Ok(whole) = performer.perform(&bytes) else { continue };
        for part in 1..12 {
            for ending in [&b""[..], b"\xff\xd9"] {
                let end = bytes.len() * part / 12;
                let shortened = [&bytes[..end], ending].concat();
                cut += 1;
                // A cut behind the picture itself, in a trailer, changes no pixel. A progressive photo that
                // ends with EOI between two scans is one with fewer scans: told, and as djpeg has it.
                let is_told = |picture: &Picture| {
                    let is_coarse = |warning: &Warning| warning.kind == WarningKind::IncompleteProgression;
                    !ending.is_empty() && picture.warnings.iter().any(is_coarse)
                };
                let perform = performer.perform(&shortened);
                if perform.is_ok_and(|picture| picture.bytes != whole.bytes && !is_told(&picture)) {
                    accepted.push(format!("{} cut at {end}", row.path));
                }
            }
        }
    }
    assert!(cut > 2000, "only {cut} cuts were tried");
    assert!(accepted.is_empty(), "{accepted:#?}");
}
