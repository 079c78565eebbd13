//! Drives that do not answer while photos are read: what hangs is named, and the rest is made.

#![allow(clippy::print_stderr, reason = "what cannot be tested is said")]

mod small_batch;
mod world;

use jpegasus::batch::{CropPlan, Ended};
use jpegasus::device::{LostDrive, ReadOrder, System, Wishes};
use jpegasus::error::Kind;
use jpegasus::fs::{Fs, Op};
use small_batch::{Batch, Opens, TIMEOUT, Wall, is, kinds, meeting};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Returns a file system where the calls from one to another, counted among those of `op` for a name, hang.
fn hanging(op: Op, name: &'static str, calls: std::ops::RangeInclusive<usize>) -> (Fs, Opens) {
    let (wall, seen) = (Wall::default(), AtomicUsize::new(0));
    let held = wall.clone();
    let fs = meeting(move |o, path| {
        if o == op && is(path, name) && calls.contains(&(seen.fetch_add(1, Ordering::Relaxed) + 1)) {
            held.hang();
        }
        None
    });
    (fs, Opens(wall))
}

fn wishes(readers: usize, order: ReadOrder) -> Wishes {
    Wishes { readers, order: Some(order), ..Wishes::default() }
}

#[test]
fn a_call_that_hangs_costs_its_photo() {
    let any = 1..=usize::MAX;
    for (op, name) in
        [(Op::Status, "03.jpg"), (Op::OpenFile, "03.jpg"), (Op::Read, "03.jpg"), (Op::OpenFolder, "photos")]
    {
        for readers in [1, 4] {
            let what = format!("{op:?} {name}, {readers} readers");
            let mut batch = Batch::new(10);
            batch.plan.reading = wishes(readers, ReadOrder::Path);
            // The root is opened anew by whoever comes next.
            let is_root = op == Op::OpenFolder;
            let (fs, _opens) = hanging(op, name, if is_root { 1..=1 } else { any.clone() });
            let begun = Instant::now();
            let report = batch.run(&fs);
            assert!(begun.elapsed() < 10 * TIMEOUT, "{what}");
            assert!(matches!(report.ended, Ended::Complete) && report.lost_drives.is_empty(), "{report:?}");
            let lost = if is_root { report.faults[0].0 } else { 3 };
            let text = report.faults[0].1.to_string();
            assert!(
                text.contains(&format!(
                    "{lost:02}.jpg: timed-out (the drive did not answer for {TIMEOUT:?})"
                )),
                "{text}"
            );
            batch.check_all_but(&[lost], Kind::TimedOut, &report, &what);
        }
    }
}

#[test]
fn what_a_lost_reader_held_is_given_back_once_also_when_he_returns() {
    for readers in [1, 3] {
        let mut batch = Batch::new(20);
        // One photo at a time is in memory.
        let in_flight = jpegasus::units::Bytes(1);
        batch.plan = CropPlan { in_flight, reading: wishes(readers, ReadOrder::Path), ..batch.plan };
        let (wall, hangs, since) = (Wall::default(), AtomicBool::new(false), AtomicUsize::new(0));
        let held = wall.clone();
        let fs = meeting(move |op, path| {
            if op == Op::Read && is(path, "03.jpg") {
                hangs.store(true, Ordering::Relaxed);
                held.hang();
            } else if op == Op::Read
                && hangs.load(Ordering::Relaxed)
                && since.fetch_add(1, Ordering::Relaxed) == 2
            {
                // Others read, so what he held was given back: he was given up.
                held.open();
                std::thread::sleep(TIMEOUT / 4);
            }
            None
        });
        let report = batch.run(&fs);
        batch.check_all_but(&[3], Kind::TimedOut, &report, &format!("{readers} readers"));
        drop(Opens(wall));
    }
}

#[test]
fn a_drive_that_does_not_say_where_photos_lie_is_read_by_path() {
    for (calls, failed) in [(1..=1, &[][..]), (1..=usize::MAX, &[3])] {
        let mut batch = Batch::new(10);
        batch.plan.reading = wishes(3, ReadOrder::Physical);
        let (fs, _opens) = hanging(Op::Status, "03.jpg", calls);
        let report = batch.run(&fs);
        assert!(matches!(report.ended, Ended::Complete), "{report:?}");
        batch.check_all_but(failed, Kind::TimedOut, &report, "positions");
    }
}

#[test]
fn a_second_run_asks_for_what_is_there_and_may_hang_then() {
    let mut batch = Batch::new(6);
    batch.plan.recipe = "orient,inside=8x8,png".parse().unwrap();
    assert_eq!(batch.run(&Fs::default()).written, 6);
    let (fs, _opens) = hanging(Op::Status, "03.jpg", 1..=usize::MAX);
    let report = batch.run(&fs);
    assert_eq!((kinds(&report), report.already_there), (vec![(3, Kind::TimedOut)], 5), "{report:?}");
}

#[test]
fn the_rest_of_a_photo_may_hang() {
    // A preview that turns out damaged when it is decoded.
    let small = world::previews::preview("256x144");
    let photo = world::previews::with_preview(&small[..small.len() / 2]);
    for readers in [1, 3] {
        for (calls, failed) in [(0..=0, &[][..]), (1..=usize::MAX, &[2]), (2..=usize::MAX, &[2])] {
            let what = format!("{calls:?}, {readers} readers");
            let mut batch = Batch::of(5, &photo, "inside=100x100,embedded");
            let in_flight = jpegasus::units::Bytes(if readers == 1 { 1 } else { 1 << 20 });
            batch.plan = CropPlan { in_flight, reading: wishes(readers, ReadOrder::Path), ..batch.plan };
            let (fs, _opens) = hanging(Op::Read, "02.jpg", calls);
            let report = batch.run(&fs);
            batch.check_all_but(failed, Kind::TimedOut, &report, &what);
        }
    }
}

#[test]
fn a_slow_drive_is_not_one_that_hangs() {
    let mut batch = Batch::new(6);
    std::fs::copy(world::project(world::previews::PHOTO), batch.path().join("photos/below/02.jpg")).unwrap();
    for order in [ReadOrder::Path, ReadOrder::Physical] {
        batch.plan.reading = wishes(3, order);
        let photos = batch.path().join("photos");
        let fs = meeting(move |op, path| {
            let is_reading = matches!(op, Op::Status | Op::OpenFolder | Op::OpenFile | Op::Read);
            if is_reading && (path.starts_with(&photos) || path.starts_with("below") || path.ends_with("jpg"))
            {
                std::thread::sleep(TIMEOUT.mul_f64(0.45));
            }
            None
        });
        let report = batch.run(&fs);
        assert_eq!((report.faults.len(), report.unfinished()), (0, 0), "{order}: {report:?}");
    }
}

#[test]
fn a_drive_that_hangs_each_time_is_given_up_and_the_others_go_on() {
    let Ok(memory) = tempfile::tempdir_in("/dev/shm") else {
        eprintln!("SKIPPED: there is no /dev/shm");
        return;
    };
    let (dir, system) = (tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap(), System::here());
    let volume = system.volume(dir.path(), &Fs::default());
    if volume.same_drive(&system.volume(memory.path(), &Fs::default())) {
        eprintln!("SKIPPED: /dev/shm is no drive of its own");
        return;
    }
    let photo = world::project("fixtures/photos/sizes/17x33.jpg");
    let disk = dir.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    for at in 0..20 {
        std::fs::copy(&photo, disk.join(format!("{at:02}.jpg"))).unwrap();
        std::fs::copy(&photo, memory.path().join(format!("{at}-memory.jpg"))).unwrap();
    }
    for readers in [1, 3, 16] {
        let roots = [disk.clone(), memory.path().to_owned()];
        let mut batch = Batch::with_roots(tempfile::tempdir().unwrap(), &roots, "orient,inside=8x8");
        batch.plan.reading = wishes(readers, ReadOrder::Path);
        batch.plan.read_timeout = TIMEOUT / 2;
        let wall = Wall::default();
        let (held, _opens) = (wall.clone(), Opens(wall));
        let fs = meeting(move |op, path| {
            let is_on_disk = path.to_str().is_some_and(|path| path.len() == 6);
            if op == Op::OpenFile && is_on_disk {
                held.hang();
            }
            None
        });
        let report = batch.run(&fs);
        let what = format!("{readers} readers: {report:?}");
        assert!(matches!(report.ended, Ended::DriveLost), "{what}");
        let lost = LostDrive { mount_point: volume.mount_point.clone(), unread: 12 };
        assert_eq!((report.lost_drives.as_slice(), report.unfinished()), (&[lost][..], 12), "{what}");
        assert!(kinds(&report).iter().all(|&(_, kind)| kind == Kind::TimedOut), "{what}");
        assert_eq!((report.faults.len(), report.written, batch.outputs().len()), (8, 20, 20), "{what}");
        // It is safe to run again.
        let again = batch.run(&Fs::default());
        assert_eq!((again.written, again.already_there, again.unfinished()), (20, 20, 0), "{again:?}");
    }
}

#[test]
fn a_drive_may_be_lost_with_photos_that_want_more() {
    // Decoders ask for more of photos while their drive is given up.
    let small = world::previews::preview("256x144");
    let photo = world::previews::with_preview(&small[..small.len() / 2]);
    let mut batch = Batch::of(30, &photo, "inside=100x100,embedded");
    batch.plan.reading = wishes(12, ReadOrder::Path);
    let (wall, reads) = (Wall::default(), Arc::new(AtomicUsize::new(0)));
    let (held, _opens) = (wall.clone(), Opens(wall));
    let fs = meeting(move |op, path| {
        let is_photo = path.extension().is_some_and(|extension| extension == "jpg");
        if op == Op::Read && is_photo && reads.fetch_add(1, Ordering::Relaxed) >= 20 {
            held.hang();
        }
        None
    });
    let begun = Instant::now();
    let report = batch.run(&fs);
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert!(matches!(report.ended, Ended::DriveLost), "{report:?}");
    assert_eq!(report.faults.len(), 8, "{report:?}");
    assert_eq!(report.lost_drives[0].unread, report.unfinished(), "{report:?}");
    assert_eq!(report.written, batch.outputs().len() as u64);
    let paths: Vec<PathBuf> = report.faults.iter().filter_map(|(_, error)| error.path.clone()).collect();
    assert_eq!(paths.len(), 8);
}
