//! The report is data: a row for each photo, whatever becomes of it.

mod world;

use jpegasus::jpeg::Header;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use world::{copy_tree, crop, outputs, program, project, run_in, snapshot};

fn rows(text: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(text).expect("JSON is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("a row parses")).collect()
}

fn results(rows: &[Value]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row["result"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

#[test]
fn every_photo_has_one_row_in_set_order() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    copy_tree(&project("fixtures/photos"), &photos);
    copy_tree(&project("fixtures/hostile"), &photos.join("hostile"));
    fs::write(photos.join(world::name(b"\xff\xfe.jpg")), b"no photo").unwrap();
    let found = run_in(dir.path(), ["scan", "-0", "photos"]);
    let ran = run_in(dir.path(), ["crop", "photos", "-o", "out", "--report", "rows.jsonl"]);
    assert_eq!(ran.code, Some(1));
    let rows = rows(&fs::read(dir.path().join("rows.jsonl")).unwrap());
    let paths: Vec<_> = rows.iter().map(|row| row["path"].as_str().unwrap().to_owned()).collect();
    let expected: Vec<_> =
        found.records().iter().map(|path| String::from_utf8_lossy(path).into_owned()).collect();
    assert_eq!(paths, expected);
    let counts = results(&rows);
    assert_eq!(counts["written"], outputs(&dir.path().join("out")).len());
    assert_eq!(counts["failed"], ran.faults().len());
    for row in &rows {
        if row["result"] == "failed" {
            assert!(row["kind"].is_string() && row["why"].is_string(), "{row}");
            assert!(row.get("output_size").is_none(), "{row}");
        } else {
            let output = fs::metadata(dir.path().join(row["output"].as_str().unwrap())).unwrap();
            assert_eq!(row["output_size"], output.len());
            for key in ["size", "width", "height", "output_width", "output_height", "divisor"] {
                assert!(row[key].as_u64().is_some_and(|number| number > 0), "{key} of {row}");
            }
            assert_eq!(row["decoder"], "jpegasus");
            let photo = fs::read(dir.path().join(row["path"].as_str().unwrap())).unwrap();
            // Of progressive ones, scans that a thumbnail does not depend on are not followed.
            let is_progressive = Header::read(&photo).unwrap().process.is_progressive();
            let checked = row["checked"].as_str().unwrap();
            assert!(checked == "all" || (is_progressive && checked == "window"), "{row}");
        }
    }
    let odd = rows.iter().find(|row| row.get("path_b64").is_some()).expect("the name that is no text");
    assert_eq!((odd["kind"].as_str(), odd["size"].as_u64()), (Some("not-jpeg"), Some(8)));
    // Told again: the good ones are there, the bad ones fail as before.
    let ran = run_in(dir.path(), ["crop", "photos", "-o", "out", "--report", "rows.jsonl"]);
    assert_eq!(ran.code, Some(1));
    let again = results(&self::rows(&fs::read(dir.path().join("rows.jsonl")).unwrap()));
    assert_eq!((again["already-there"], again["failed"]), (counts["written"], counts["failed"]));
}

#[test]
fn a_report_replaces_a_report_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let photo = dir.path().join("photo.jpg");
    fs::copy(project("fixtures/photos/sizes/8x8.jpg"), &photo).unwrap();
    let before = fs::read(&photo).unwrap();
    let ran = run_in(dir.path(), ["crop", "photo.jpg", "-o", "out", "--report", "photo.jpg"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("no report has this name"), "{}", ran.stderr);
    assert_eq!(fs::read(&photo).unwrap(), before);
    let ran = run_in(dir.path(), ["crop", "photo.jpg", "-o", "out", "--report", "-"]);
    assert_eq!(rows(&ran.stdout).len(), 1);
    let ran = run_in(dir.path(), ["crop", "photo.jpg", "-o", "out", "--report", "no/such/folder.jsonl"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    let ran = run_in(dir.path(), ["crop", "photo.jpg", "-o", "out", "--report", "/dev/full"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(ran.stderr.contains("/dev/full: output-failed (cannot write the report"), "{}", ran.stderr);
}

#[test]
fn a_dry_run_tells_all_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    copy_tree(&project("fixtures/photos"), &dir.path().join("photos"));
    fs::write(dir.path().join("photos/bad.jpg"), b"no photo").unwrap();
    let before = snapshot(dir.path());
    let ran = run_in(dir.path(), ["crop", "photos", "-o", "out", "-n", "-s", "100"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(snapshot(dir.path()), before);
    let text = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(text.lines().count(), 72);
    let line = "photos/camera-a/IMG_0001.JPG -> out/camera-a/IMG_0001.JPG: planned, \
                window 640x480+0+0 -> 100x75, scaled 1/4";
    assert!(text.lines().any(|found| found == line), "{text}");
    assert!(text.contains("photos/bad.jpg -> out/bad.jpg: failed, not-jpeg ("), "{text}");
    // What it foretold is what comes true.
    assert_eq!(run_in(dir.path(), ["crop", "photos", "-o", "out", "-s", "100"]).code, Some(1));
    let ran = run_in(dir.path(), ["crop", "photos", "-o", "out", "-n", "-s", "100"]);
    assert_eq!(String::from_utf8(ran.stdout).unwrap().matches(": already-there\n").count(), 71);
}

#[test]
fn fail_fast_begins_no_further_photo_and_tells_which_were_not_begun() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    fs::create_dir(&photos).unwrap();
    fs::write(photos.join("000.jpg"), b"no photo").unwrap();
    for number in 1..400 {
        fs::copy(project("fixtures/photos/sizes/8x8.jpg"), photos.join(format!("{number:03}.jpg"))).unwrap();
    }
    let ran = run_in(dir.path(), ["crop", "photos", "-o", "out", "--fail-fast", "--report", "rows.jsonl"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("not begun"), "{}", ran.stderr);
    let counts = results(&rows(&fs::read(dir.path().join("rows.jsonl")).unwrap()));
    assert_eq!((counts.values().sum::<usize>(), counts["failed"]), (400, 1));
    assert!(counts["not-begun"] > 100, "{counts:?}");
    assert_eq!(outputs(&dir.path().join("out")).len(), counts.get("written").copied().unwrap_or(0));
}

#[test]
fn a_stopped_run_has_a_report_of_every_photo() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    for copy in 0..20 {
        copy_tree(&project("fixtures/photos/wallpapers"), &photos.join(copy.to_string()));
    }
    let report = dir.path().join("rows.jsonl");
    let child = program()
        .args(["crop", "-o"])
        .args([&dir.path().join("out"), &photos, Path::new("--report"), &report])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(700));
    let id = child.id().to_string();
    std::process::Command::new("kill").args(["-INT", &id]).status().unwrap();
    let code = child.wait_with_output().unwrap().status.code();
    let rows = rows(&fs::read(&report).unwrap());
    let photos = run_in(dir.path(), ["scan", "--count", "photos"]);
    assert_eq!(rows.len().to_string().as_bytes(), photos.stdout.trim_ascii());
    let counts = results(&rows);
    // A machine that is faster than this must have ended well.
    assert_eq!(code == Some(130), counts.contains_key("not-begun"), "{code:?} {counts:?}");
    assert_eq!(outputs(&dir.path().join("out")).len(), counts.get("written").copied().unwrap_or(0));
}

#[test]
fn a_hundred_thousand_rows_cost_little_memory() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    for folder in 0..100 {
        let folder = photos.join(format!("{folder:03} holiday"));
        fs::create_dir_all(&folder).unwrap();
        // A file has 65,000 names at most on ext4.
        let first = dir.path().join("first");
        fs::remove_file(&first).ok();
        fs::copy(project("fixtures/photos/sizes/8x8.jpg"), &first).unwrap();
        for number in 0..1000 {
            fs::hard_link(&first, folder.join(format!("IMG_{number:05}.jpg"))).unwrap();
        }
    }
    let peak = |path: &str, more: &[&str]| {
        let args: Vec<_> = [&["crop", path, "-o", "out", "-n", "-q"], more]
            .concat()
            .into_iter()
            .map(std::ffi::OsStr::new)
            .collect();
        let (ran, peak) = world::run_measured(dir.path(), &args);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        peak
    };
    let small = peak("photos/000 holiday", &["--report", "small.jsonl"]);
    let large = peak("photos", &["--report", "rows.jsonl"]);
    assert_eq!(rows(&fs::read(dir.path().join("rows.jsonl")).unwrap()).len(), 100_000);
    let cost = large.saturating_sub(small);
    assert!(cost <= 30_000_000, "100,000 rows cost {cost} bytes");
    assert!(!dir.path().join("out").exists());
}

#[test]
fn details_are_told_on_demand() {
    let dir = tempfile::tempdir().unwrap();
    let photos = project("fixtures/photos/sizes");
    let count = fs::read_dir(&photos).unwrap().count();
    let ran = crop(&photos, &dir.path().join("out"), &["-vv"]);
    assert_eq!(ran.stderr.matches(": written (window ").count(), count, "{}", ran.stderr);
    let ran = crop(&photos, &dir.path().join("out"), &["-q"]);
    assert!(ran.stderr.is_empty());
}
