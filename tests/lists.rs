//! Lists of files: each listed photo is an input, whatever is wrong with it.

mod world;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use world::{Ran, copy_tree, name, outputs, program, project, run_in, run_measured, snapshot};

/// A folder with photos in `photos`.
fn world() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy_tree(&project("fixtures/photos/sizes"), &dir.path().join("photos/sizes"));
    copy_tree(&project("fixtures/photos/names"), &dir.path().join("photos/names"));
    dir
}

fn with_stdin(dir: &Path, args: &[&str], input: &[u8]) -> Ran {
    let mut child = program()
        .current_dir(dir)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may refuse before it has read all.
    child.stdin.take().unwrap().write_all(input).ok();
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn paths(out: &Path) -> BTreeSet<PathBuf> {
    outputs(out).into_keys().collect()
}

#[test]
fn listed_photos_are_cropped_where_they_were_written_to_be() {
    let dir = world();
    let absolute = dir.path().join("photos/sizes/8x8.jpg");
    let list = format!(
        "photos/sizes/17x33.jpg\n\n./photos/names/SHOUTING.JPG\nphotos/sizes/17x33.jpg\n{}",
        absolute.display()
    );
    fs::write(dir.path().join("list"), list).unwrap();
    let ran = run_in(dir.path(), ["crop", "-T", "list", "-o", "out"]);
    assert_eq!((ran.code, &*ran.stderr), (Some(0), &*ran.stderr), "{}", ran.stderr);
    let expected = [
        PathBuf::from("photos/sizes/17x33.jpg"),
        PathBuf::from("photos/names/SHOUTING.JPG"),
        absolute.strip_prefix("/").unwrap().to_owned(),
    ];
    assert_eq!(paths(&dir.path().join("out")), expected.into());
    // With a root beside it, which has its own folder then.
    let ran = run_in(dir.path(), ["crop", "photos/names", "-T", "list", "-o", "both"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let both = paths(&dir.path().join("both"));
    assert!(
        both.contains(Path::new("names/SHOUTING.JPG")) && both.contains(Path::new("photos/sizes/17x33.jpg"))
    );
}

#[test]
fn each_listed_path_is_told_once_whatever_is_wrong_with_it() {
    let dir = world();
    assert!(Command::new("mkfifo").arg(dir.path().join("fifo.jpg")).status().unwrap().success());
    let list = b"photos/sizes/8x8.jpg\0gone.jpg\0photos\0fifo.jpg\0photos/../photos/sizes/8x8.jpg\0a\nb\r.jpg\0\xff.jpg\0";
    for odd in [&b"a\nb\r.jpg"[..], b"\xff.jpg"] {
        fs::copy(project("fixtures/photos/sizes/8x8.jpg"), dir.path().join(name(odd))).unwrap();
    }
    let before = snapshot(&dir.path().join("photos"));
    let args = ["crop", "--files0-from", "-", "-o", "out", "--report", "rows"];
    let ran = with_stdin(dir.path(), &args, list);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let kinds: Vec<_> = ran.faults().into_iter().map(|(path, kind)| format!("{path} {kind}")).collect();
    let expected = [
        "fifo.jpg not-regular",
        "gone.jpg unreadable",
        "photos not-regular",
        "photos/../photos/sizes/8x8.jpg output-failed",
    ];
    assert_eq!(kinds, expected, "{}", ran.stderr);
    let expected = [name(b"photos/sizes/8x8.jpg"), name(b"a\nb\r.jpg"), name(b"\xff.jpg")].map(PathBuf::from);
    assert_eq!(paths(&dir.path().join("out")), expected.into());
    assert_eq!(fs::read_to_string(dir.path().join("rows")).unwrap().lines().count(), 7);
    assert_eq!(snapshot(&dir.path().join("photos")), before);
    // However closely photos are looked at when they are found.
    let args = ["crop", "--files0-from", "-", "-o", "out", "--report", "rows", "--check", "header"];
    let ran = with_stdin(dir.path(), &args, list);
    assert_eq!((ran.code, ran.faults().len()), (Some(1), 4), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(dir.path().join("rows")).unwrap().lines().count(), 7);
    // A scan prints what is there.
    let ran = with_stdin(dir.path(), &["scan", "--files0-from", "-", "-0"], list);
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.records().len(), 4, "{}", ran.stderr);
    assert_eq!(ran.faults().len(), 3, "{}", ran.stderr);
}

#[test]
fn failed_rows_of_a_report_are_done_again() {
    let dir = world();
    let bad = dir.path().join("photos/names/bad.jpg");
    fs::write(&bad, b"no photo").unwrap();
    fs::write(dir.path().join("photos/worse.jpg"), b"no photo").unwrap();
    let ran = run_in(dir.path(), ["crop", "photos", "-o", "out", "--report", "rows"]);
    assert_eq!(ran.code, Some(1));
    let rows = fs::read_to_string(dir.path().join("rows")).unwrap();
    let rows = rows.lines().map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap());
    let mut failed = Vec::new();
    for row in rows.filter(|row| row["result"] == "failed") {
        failed.extend_from_slice(row["path"].as_str().unwrap().as_bytes());
        failed.push(0);
    }
    fs::copy(project("fixtures/photos/sizes/8x8.jpg"), &bad).unwrap();
    let ran =
        with_stdin(dir.path(), &["crop", "--files0-from", "-", "-o", "again", "--report", "rows"], &failed);
    assert_eq!(ran.faults(), [("photos/worse.jpg".to_owned(), "not-jpeg".to_owned())]);
    assert_eq!(paths(&dir.path().join("again")), [PathBuf::from("photos/names/bad.jpg")].into());
    // The whole list of a scan gives what the folder itself does.
    let listed = run_in(dir.path(), ["scan", "-0", "photos"]).stdout;
    let ran = with_stdin(dir.path(), &["crop", "--files0-from", "-", "-o", "listed"], &listed);
    assert_eq!(ran.code, Some(1));
    let folder = outputs(&dir.path().join("out"));
    let listed = outputs(&dir.path().join("listed/photos"));
    assert!(folder.iter().all(|(path, bytes)| listed[path] == *bytes));
}

#[test]
fn different_spellings_of_one_output_collide() {
    let dir = world();
    let ran = with_stdin(
        dir.path(),
        &["crop", "-T", "-", "-o", "out"],
        b"photos/sizes/8x8.jpg\n./photos/sizes/8x8.jpg\nphotos//sizes/8x8.jpg\n",
    );
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.faults().iter().filter(|(_, kind)| kind == "collision").count(), 2, "{}", ran.stderr);
    assert_eq!(paths(&dir.path().join("out")).len(), 1);
}

#[test]
fn a_list_that_cannot_be_read_is_refused_before_any_work() {
    let dir = world();
    for args in [
        &["crop", "-T", "none", "-o", "out"][..],
        &["crop", "-T", "photos", "-o", "out"],
        &["crop", "-T", "-", "--files0-from", "-", "-o", "out"],
        &["scan", "-T", "none"],
    ] {
        let ran = run_in(dir.path(), args);
        assert_eq!(ran.code, Some(2), "{args:?}: {}", ran.stderr);
        assert!(paths(&dir.path().join("out")).is_empty());
    }
    let ran = run_in(dir.path(), ["scan", "-T", "none"]);
    assert!(ran.stderr.starts_with("jpegasus: none: cannot open the list: No such file"), "{}", ran.stderr);
    // An empty list is no photo, and not the current folder.
    let ran = with_stdin(dir.path(), &["scan", "-T", "-"], b"");
    assert_eq!((ran.code, ran.stdout.len()), (Some(0), 0));
}

#[test]
fn a_hundred_thousand_listed_photos_take_little() {
    let dir = world();
    let mut list = String::new();
    for number in 0..100_000 {
        list.push_str(if number % 2 == 0 { "photos/sizes/8x8.jpg\n" } else { "photos/sizes/17x33.jpg\n" });
    }
    fs::write(dir.path().join("list"), list).unwrap();
    let args: Vec<_> = ["scan", "-T", "list", "--count"].into_iter().map(std::ffi::OsStr::new).collect();
    let (ran, peak) = run_measured(dir.path(), &args);
    assert_eq!(ran.stdout, b"100000\n");
    assert!(peak < 64_000_000, "{peak}");
    let ran = run_in(dir.path(), ["scan", "-T", "list"]);
    assert_eq!(ran.stdout, b"photos/sizes/17x33.jpg\nphotos/sizes/8x8.jpg\n");
}
