//! Reads that fail: each is named with its photo, none is decoded as if it were whole, the others are made.

mod small_batch;
mod world;

use jpegasus::batch::Ended;
use jpegasus::error::Kind;
use jpegasus::fs::Op;
use small_batch::{Batch, errno, is, kinds, meeting};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

/// What happens to a file while it is read.
type Change = fn(&Path);

const CHANGES: [(&str, Change); 4] = [
    ("shrinks", |path| open(path).set_len(300).unwrap()),
    ("is emptied", |path| open(path).set_len(0).unwrap()),
    ("grows", |path| OpenOptions::new().append(true).open(path).unwrap().write_all(b"more").unwrap()),
    ("is written anew", |path| {
        let file = open(path);
        file.set_modified(SystemTime::now() + Duration::from_secs(9)).unwrap();
    }),
];

fn open(path: &Path) -> File {
    OpenOptions::new().write(true).open(path).unwrap()
}

#[test]
fn what_the_system_says_is_told() {
    // EIO, ESTALE, ENXIO and ENODEV of a drive that is gone, EACCES.
    for number in [5, 116, 6, 19, 13] {
        for op in [Op::Status, Op::OpenFile, Op::Read] {
            let batch = Batch::new(6);
            let report =
                batch.run(&meeting(move |o, path| (o == op && is(path, "02.jpg")).then(|| errno(number))));
            batch.check_all_but(&[2], Kind::Unreadable, &report, &format!("{op:?} {number}"));
            let text = report.faults[0].1.to_string();
            assert!(
                text.contains("02.jpg: unreadable (") && text.contains(&format!("os error {number}")),
                "{text}"
            );
        }
    }
}

#[test]
fn a_drive_whose_photos_all_fail_answers() {
    let batch = Batch::new(20);
    let report = batch.run(&meeting(|op, path| {
        (op == Op::Read && path.extension().is_some_and(|extension| extension == "jpg")).then(|| errno(5))
    }));
    assert!(matches!(report.ended, Ended::Complete) && report.lost_drives.is_empty(), "{report:?}");
    let all: Vec<_> = (0..20).map(|index| (index, Kind::Unreadable)).collect();
    assert_eq!((kinds(&report), report.unfinished()), (all, 0));
}

#[test]
fn a_fault_that_passes_costs_the_photo_and_not_the_next_run() {
    let batch = Batch::new(6);
    let reads = AtomicUsize::new(0);
    let report = batch.run(&meeting(move |op, path| {
        let is_second = op == Op::Read && is(path, "02.jpg") && reads.fetch_add(1, Ordering::Relaxed) == 1;
        is_second.then(|| errno(5))
    }));
    batch.check_all_but(&[2], Kind::Unreadable, &report, "at the end");
    let again = batch.run(&meeting(|_, _| None));
    assert_eq!((again.written, again.already_there, again.faults.len()), (1, 5, 0));
}

#[test]
fn a_file_that_changes_while_it_is_read_is_named() {
    for (what, change) in CHANGES {
        // Before its first byte, and behind its last.
        for nth in [0, 1] {
            let batch = Batch::new(6);
            let photo = batch.path().join("photos/below/02.jpg");
            let reads = AtomicUsize::new(0);
            let report = batch.run(&meeting(move |op, path| {
                if op == Op::Read && is(path, "02.jpg") && reads.fetch_add(1, Ordering::Relaxed) == nth {
                    change(&photo);
                }
                None
            }));
            assert_eq!(kinds(&report), [(2, Kind::ChangedWhileRead)], "{what}, read {nth}");
            assert_eq!(batch.outputs().len(), 5, "{what}, read {nth}");
        }
    }
}

#[test]
fn a_file_that_changes_before_its_rest_is_read_is_named() {
    let small = world::previews::preview("256x144");
    let damaged = world::previews::with_preview(&small[..small.len() / 2]);
    for (what, change) in CHANGES {
        let batch = Batch::of(3, &damaged, "inside=100x100,embedded");
        let photo = batch.path().join("photos/below/01.jpg");
        let reads = AtomicUsize::new(0);
        let report = batch.run(&meeting(move |op, path| {
            if op == Op::Read && is(path, "01.jpg") && reads.fetch_add(1, Ordering::Relaxed) == 1 {
                change(&photo);
            }
            None
        }));
        assert_eq!(kinds(&report), [(1, Kind::ChangedWhileRead)], "{what}");
        assert_eq!(batch.outputs().len(), 2, "{what}");
    }
}
