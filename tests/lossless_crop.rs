//! `crop --lossless` as its users meet it: routes, sizes, metadata.

mod world;

use jpegasus::batch::Performer;
use jpegasus::event::{Checked, Route};
use jpegasus::jpeg::{Header, Limits, WarningKind};
use jpegasus::photo::Orientation;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use world::{crop, outputs, project};

/// Returns the rows of a report by path.
fn rows(report: &Path) -> BTreeMap<String, Value> {
    let text = std::fs::read_to_string(report).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|row| (row["path"].as_str().unwrap().to_owned(), row)).collect()
}

#[test]
fn alone_it_turns_upright_and_keeps_everything() {
    let out = tempfile::tempdir().unwrap();
    let ran = crop(&project("fixtures/photos/orientation"), out.path(), &["--lossless"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let outputs = outputs(out.path());
    assert_eq!(outputs.len(), 8);
    for (path, bytes) in outputs {
        let original = std::fs::read(project("fixtures/photos/orientation").join(&path)).unwrap();
        let (before, after) = (Header::read(&original).unwrap(), Header::read(&bytes).unwrap());
        assert_eq!(after.orientation, Orientation::Upright);
        assert_eq!((after.exif.is_some(), after.jfif), (before.exif.is_some(), before.jfif));
        assert_eq!((after.process, after.components.len()), (before.process, before.components.len()));
        // Less than an MCU of 16 pixels is trimmed.
        let upright = before.upright();
        assert!(after.dims.width <= upright.width && after.dims.width + 16 > upright.width);
        assert!(after.dims.height <= upright.height && after.dims.height + 16 > upright.height);
    }
}

#[test]
fn a_dry_run_tells_the_sizes_that_a_run_gives() {
    let dir = tempfile::tempdir().unwrap();
    let (out, planned, done) = (dir.path().join("out"), dir.path().join("planned"), dir.path().join("done"));
    for (index, area) in [&[][..], &["-a", "61x47+9+5"], &["-a", "1:1", "-g", "southeast"]].iter().enumerate()
    {
        let out = out.with_extension(index.to_string());
        let with = |report: &Path, more: &[&str]| {
            let report = ["--report", report.to_str().unwrap()];
            let args = [&["--lossless"][..], area, &report, more].concat();
            crop(&project("fixtures/photos"), &out, &args)
        };
        let (before, after) = (with(&planned, &["-n"]), with(&done, &[]));
        assert_eq!(before.code, after.code);
        let (planned, done) = (rows(&planned), rows(&done));
        assert_eq!(planned.len(), 71);
        for (path, row) in &done {
            let plan = &planned[path];
            let names = ["window", "route", "output_width", "output_height", "kind"];
            let of = |row: &Value| names.map(|name| row[name].clone());
            assert_eq!(of(plan), of(row), "{path}");
            if row["result"] == "written" {
                assert_eq!(row["route"], "lossless");
                let bytes = std::fs::read(row["output"].as_str().unwrap()).unwrap();
                let dims = Header::read(&bytes).unwrap().dims;
                assert_eq!(
                    (&row["output_width"], &row["output_height"]),
                    (&dims.width.into(), &dims.height.into())
                );
            }
        }
        let written = done.values().filter(|row| row["result"] == "written").count();
        assert!(written >= 60, "{area:?}: only {written} were written");
    }
}

#[test]
fn the_corner_moves_up_and_left_and_says_so() {
    let out = tempfile::tempdir().unwrap();
    let ran = crop(
        &project("fixtures/photos/formats/baseline-420.jpg"),
        out.path(),
        &["--lossless", "-a", "50x40+20+30", "-n"],
    );
    let line = String::from_utf8(ran.stdout).unwrap();
    assert!(line.ends_with(": planned, window 54x54+16+16 -> 54x54, lossless\n"), "{line}");
}

#[test]
fn what_was_not_looked_at_is_not_said_to_be() {
    let photo = std::fs::read(project("fixtures/photos/formats/baseline-420.jpg")).unwrap();
    let checked = |recipe: &str| {
        let mut performer = Performer::new(recipe.parse().unwrap(), Limits::default());
        let picture = performer.perform(&photo).unwrap();
        assert_eq!(picture.route, Route::Lossless);
        picture.checked
    };
    assert_eq!(checked("crop=32x32+0+0,lossless"), Checked::Window);
    assert_eq!(checked("crop=9999x9999+32+32,lossless"), Checked::All);
    assert_eq!(checked("lossless"), Checked::All);
}

#[test]
fn trimming_is_a_warning() {
    let photo = std::fs::read(project("fixtures/photos/orientation/3.jpg")).unwrap();
    let mut performer = Performer::new("orient,lossless".parse().unwrap(), Limits::default());
    let picture = performer.perform(&photo).unwrap();
    let told: Vec<_> =
        picture.warnings.iter().filter(|warning| warning.kind == WarningKind::Trimmed).collect();
    assert_eq!(told.len(), 1);
    let said = told[0].to_string();
    assert_eq!(said, "turned without 3 columns and 5 rows at its edge, where MCUs are not whole");
}

#[test]
fn inks_keep_their_profile_and_colours_their_coding() {
    for name in ["cmyk.jpg", "ycck.jpg", "adobe-rgb.jpg", "grey.jpg"] {
        let photo = std::fs::read(project("fixtures/colour").join(name)).unwrap();
        let before = Header::read(&photo).unwrap();
        for keep in ["icc", "all"] {
            let recipe = format!("crop=40x40+8+8,lossless,keep={keep}");
            let mut performer = Performer::new(recipe.parse().unwrap(), Limits::default());
            let output = performer.perform(&photo).unwrap().bytes;
            let after = Header::read(&output).unwrap();
            assert!(before.icc(&photo).is_some() && after.icc(&output) == before.icc(&photo), "{name}");
            assert_eq!((after.jfif, after.adobe_transform), (before.jfif, before.adobe_transform), "{name}");
            let adobe = after.applications(&output).filter(|segment| segment.code == 0xee).count();
            assert_eq!(adobe, usize::from(before.adobe_transform.is_some()), "{name}, keep={keep}");
            assert!(after.warnings.is_empty(), "{name}: {:?}", after.warnings);
        }
    }
}

#[test]
fn what_was_cut_away_is_in_no_preview() {
    let photo = std::fs::read(project("fixtures/photos/metadata/exif-rotated-preview.jpg")).unwrap();
    assert!(Header::read(&photo).unwrap().preview.is_some());
    for recipe in ["orient,crop=32x32+0+0,lossless,keep=all", "orient,lossless,keep=all"] {
        let mut performer = Performer::new(recipe.parse().unwrap(), Limits::default());
        let output = performer.perform(&photo).unwrap().bytes;
        let header = Header::read(&output).unwrap();
        assert!(header.exif.is_some() && header.preview.is_none(), "{recipe}");
        assert_eq!(header.orientation, Orientation::Upright);
    }
}
