//! The order in which photos are read changes the time that it takes, and nothing else.

#![allow(clippy::print_stderr, reason = "what cannot be tested is said")]

mod world;

use jpegasus::device::{DriveKind, ReadOrder, Saved, SavedDrive, System, state_dir};
use jpegasus::fs::Fs;
use std::path::Path;

const ORDERS: [&str; 4] = ["auto", "path", "inode", "physical"];

/// Returns the names under OUT that are no business of the program's own, with their bytes.
fn outputs(out: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![out.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".jpegasus") {
            } else if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(out).unwrap().to_str().unwrap().to_owned();
                found.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Returns the rows of a report without times.
fn rows(report: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(report).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    rows.map(|row| (row["path"].to_string(), row["result"].to_string())).collect()
}

#[test]
fn crops_are_the_same_in_the_same_order() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = None;
    for order in ORDERS {
        for readers in ["1", "5"] {
            let out = dir.path().join(format!("{order}-{readers}"));
            let report = dir.path().join("report.jsonl");
            let report_arg = report.to_str().unwrap();
            let more =
                ["--read-order", order, "-J", readers, "--report", report_arg, "--overwrite", "-s", "32"];
            let ran = world::crop(&world::project("fixtures/photos"), &out, &more);
            assert_eq!(ran.code, Some(0), "{}", ran.stderr);
            let made = (outputs(&out), rows(&report));
            assert!(made.0.len() > 30 && made.1.len() >= made.0.len());
            let first = first.get_or_insert_with(|| made.clone());
            assert!(*first == made, "{order}, {readers} readers");
        }
    }
}

#[test]
fn scans_find_the_same_photos_and_faults() {
    for check in ["header", "full"] {
        let mut first = None;
        for order in ORDERS {
            for readers in ["1", "7"] {
                let args =
                    ["scan", "fixtures", "--check", check, "--read-order", order, "-J", readers, "--json"];
                let ran = world::run(args);
                let mut faults = ran.faults();
                faults.sort();
                assert!(!faults.is_empty() && ran.code == Some(1), "{}", ran.stderr);
                let found = (ran.stdout, faults);
                let first = first.get_or_insert_with(|| found.clone());
                assert!(*first == found, "--check {check}, {order}, {readers} readers");
            }
        }
    }
}

#[test]
fn the_order_of_the_disk_is_that_of_the_set_arranged_anew() {
    // More of them than a window holds, made in the opposite order of their paths.
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for at in (0..5000).rev() {
        std::fs::write(dir.path().join(format!("{at:04}.jpg")), "x").unwrap();
    }
    let ran = |sort| {
        let args = ["scan", dir.path().to_str().unwrap(), "--sort", sort, "-0"];
        let ran = world::run(args);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        ran.records().into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>()
    };
    let (by_path, mut on_disk) = (ran("path"), ran("disk"));
    assert!(by_path.is_sorted() && by_path.len() == 5000);
    assert_ne!(by_path, on_disk);
    on_disk.sort();
    assert_eq!(by_path, on_disk);
}

#[test]
fn how_drives_are_read_is_told_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let more = ["-v", "-J", "3", "--read-order", "inode", "-n"];
    let ran = world::crop(&world::project("fixtures/photos/library"), &dir.path().join("out"), &more);
    let line = ran.stderr.lines().find(|line| line.contains("readers: ")).expect("a note on the drive");
    assert!(line.contains("note (") && line.contains(", for ") && line.ends_with("order: inode)"), "{line}");
}

#[test]
fn what_a_bench_saved_is_used_and_a_broken_file_costs_nothing_else() {
    let (dir, fs) = (tempfile::tempdir().unwrap(), Fs::default());
    let photos = world::project("fixtures/photos/library");
    let crop = |more: &[&str]| {
        let args = ["crop", photos.to_str().unwrap(), "-n", "-v", "-o", dir.path().to_str().unwrap()];
        world::run_with(args.iter().chain(more), &[("XDG_STATE_HOME", dir.path())])
    };
    let state = state_dir(Some(dir.path().as_os_str()), None).unwrap();
    let system = System::here();
    let Some(uuid) = system.volume(&photos, &fs).uuid(&system, &fs) else {
        eprintln!("SKIPPED: the file system of {} has no UUID", photos.display());
        return;
    };
    let best = SavedDrive {
        kind: DriveKind::HddUsb,
        walkers: Some(1),
        heads: Some(3),
        whole: Some(2),
        order: Some(ReadOrder::Inode),
        measured: 1_795_000_000,
        version: "0.1.0".to_owned(),
    };
    let mut saved = Saved::load(&state, &fs).unwrap();
    saved.put(&uuid, best);
    saved.store().unwrap();
    let told = crop(&[]).stderr;
    assert!(
        told.contains("hdd-usb, with the settings that a bench has saved; readers: 3, order: inode"),
        "{told}"
    );
    let told = crop(&["-J", "5"]).stderr;
    assert!(told.contains("readers: 5, order: inode"), "what was typed counts more: {told}");

    let text = std::fs::read_to_string(saved.path()).unwrap();
    std::fs::write(saved.path(), text.replace(": 3,", ": 4000000000,")).unwrap();
    let scan = ["scan", photos.to_str().unwrap(), "--check", "header", "--count"];
    let ran = world::run_with(scan, &[("XDG_STATE_HOME", dir.path())]);
    assert_eq!((ran.code, ran.stdout.as_slice()), (Some(0), b"8\n".as_slice()), "{}", ran.stderr);

    std::fs::write(saved.path(), "{").unwrap();
    let ran = crop(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("drives.json") && ran.stderr.contains("drives are read as their kinds want"));
}

#[test]
fn photos_on_two_drives_are_told_in_the_order_of_the_set() {
    // Memory is a drive of its own.
    let Ok(memory) = tempfile::tempdir_in("/dev/shm") else {
        eprintln!("SKIPPED: there is no /dev/shm");
        return;
    };
    let (dir, fs) = (tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap(), Fs::default());
    let system = System::here();
    if system.volume(dir.path(), &fs).same_drive(&system.volume(memory.path(), &fs)) {
        eprintln!("SKIPPED: /dev/shm is no drive of its own");
        return;
    }
    let photo = world::project("fixtures/photos/sizes/17x33.jpg");
    let broken = world::project("fixtures/hostile/truncated/header-cut-after-sof.jpg");
    for at in 0..60 {
        let from = if at % 20 == 7 { &broken } else { &photo };
        for folder in [dir.path(), memory.path()] {
            std::fs::copy(from, folder.join(format!("{at:02}.jpg"))).unwrap();
        }
    }
    for order in ["path", "physical"] {
        let (out, report) = (dir.path().join(order), dir.path().join(format!("{order}.jsonl")));
        let args = ["crop".as_ref(), memory.path(), dir.path(), "-o".as_ref(), &out, "--read-order".as_ref()];
        let more: [&Path; 5] = [order.as_ref(), "-d".as_ref(), "1".as_ref(), "--report".as_ref(), &report];
        let ran = world::run(args.into_iter().chain(more));
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        let told: Vec<_> = rows(&report).into_iter().map(|(path, _)| path).collect();
        assert!(told.len() == 120 && told.is_sorted(), "{told:?}");
        assert_eq!(ran.faults().len(), 6);
        let check = ["scan".as_ref(), memory.path(), dir.path(), "-d".as_ref(), "1".as_ref(), "-v".as_ref()];
        let more: [&Path; 4] = ["--check".as_ref(), "full".as_ref(), "--read-order".as_ref(), order.as_ref()];
        let ran = world::run(check.into_iter().chain(more));
        assert_eq!(ran.stdout.split(|&byte| byte == b'\n').count(), 115, "{}", ran.stderr);
        assert_eq!(ran.faults().len(), 6);
    }
}
