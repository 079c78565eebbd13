//! Drives that do not answer while the content of photos is checked: the file is named, and the rest is found.

mod small_batch;
mod trees;
mod world;

use jpegasus::device::{ReadOrder, Wishes};
use jpegasus::error::Kind;
use jpegasus::fs::{Fs, Op};
use jpegasus::scan::{Check, Ended, ScanPlan};
use small_batch::{Opens, TIMEOUT, Wall, is, meeting, settle};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use trees::{World, find_with, plan_of};

const CHECKS: [Check; 3] = [Check::Magic, Check::Header, Check::Full];

/// Makes a tree of `count` photos in two folders.
fn photos(count: usize) -> World {
    let photo = std::fs::read(world::project("fixtures/photos/sizes/17x33.jpg")).unwrap();
    let world = World::new();
    world.folder("a");
    world.folder("b");
    (0..count).for_each(|at| _ = world.file(format!("{}/{at:02}.jpg", ["a", "b"][at % 2]), &photo));
    settle(world.path());
    world
}

fn plan(world: &World, check: Check, readers: usize) -> ScanPlan {
    let reading = Wishes { readers, order: Some(ReadOrder::Path), ..Wishes::default() };
    ScanPlan { check, reading, read_timeout: TIMEOUT, check_threads: 2, ..plan_of(world.path()) }
}

/// Returns a file system where each call of a kind for some names hangs.
fn hanging(op: Op, hangs: impl Fn(&str) -> bool + Send + Sync + 'static) -> (Fs, Opens) {
    let wall = Wall::default();
    let held = wall.clone();
    let fs = meeting(move |o, path| {
        if o == op && path.file_name().and_then(|name| name.to_str()).is_some_and(&hangs) {
            held.hang();
        }
        None
    });
    (fs, Opens(wall))
}

#[test]
fn a_file_that_hangs_costs_itself_only() {
    let world = photos(20);
    for check in CHECKS {
        for readers in [1, 4] {
            for op in [Op::Status, Op::OpenFile, Op::Read] {
                let (fs, _opens) = hanging(op, |name| name == "07.jpg");
                let begun = Instant::now();
                let found = find_with(&plan(&world, check, readers), &fs);
                let what = format!("{check}, {readers} readers, {op:?}: {:?}", found.faults);
                assert!(begun.elapsed() < 6 * TIMEOUT, "{what}");
                assert_eq!((found.paths.len(), found.faults.len()), (19, 1), "{what}");
                assert!(
                    found.faults[0].contains("b/07.jpg: timed-out (the drive did not answer for"),
                    "{what}"
                );
                assert_eq!(found.totals.faults.get(&Kind::TimedOut), Some(&1), "{what}");
                assert!(found.totals.ended == Ended::Whole && found.totals.lost_drives.is_empty(), "{what}");
            }
        }
    }
}

#[test]
fn who_returns_late_changes_nothing() {
    let world = photos(40);
    for check in CHECKS {
        let (wall, reads) = (Wall::default(), AtomicUsize::new(0));
        let held = wall.clone();
        let fs = meeting(move |op, path| {
            if op == Op::Read && is(path, "03.jpg") {
                held.hang();
            } else if op == Op::Read && reads.fetch_add(1, Ordering::Relaxed) > 30 {
                held.open();
                std::thread::sleep(TIMEOUT / 20);
            }
            None
        });
        let found = find_with(&plan(&world, check, 1), &fs);
        assert_eq!((found.paths.len(), found.faults.len()), (39, 1), "{check}: {:?}", found.faults);
        drop(Opens(wall));
    }
}

#[test]
fn a_drive_that_hangs_each_time_is_given_up() {
    let world = photos(40);
    for check in CHECKS {
        for readers in [1, 3, 16] {
            let (fs, _opens) = hanging(Op::OpenFile, |name| name > "09.jpg");
            let begun = Instant::now();
            let found = find_with(&plan(&world, check, readers), &fs);
            let what = format!("{check}, {readers} readers: {:?} {:?}", found.totals, found.faults);
            assert!(begun.elapsed() < 16 * TIMEOUT, "{what}");
            assert_eq!(found.faults.len(), 8, "{what}");
            let unread: Vec<_> = found.totals.lost_drives.iter().map(|drive| drive.unread).collect();
            assert_eq!((unread.len(), found.paths.len() as u64 + unread[0] + 8), (1, 40), "{what}");
            assert!(found.paths.len() <= 10, "{what}");
        }
    }
}

#[test]
fn a_slow_drive_is_not_one_that_hangs() {
    let world = photos(4);
    for check in CHECKS {
        let fs = meeting(|op, path| {
            if matches!(op, Op::Status | Op::OpenFile | Op::Read) && path.extension().is_some() {
                std::thread::sleep(TIMEOUT.mul_f64(0.45));
            }
            None
        });
        let found = find_with(&plan(&world, check, 1), &fs);
        assert_eq!((found.paths.len(), found.faults.len()), (4, 0), "{check}: {:?}", found.faults);
    }
}

#[test]
fn files_may_hang_while_they_are_put_in_order() {
    let world = photos(20);
    for calls in [1, usize::MAX] {
        let (wall, seen) = (Wall::default(), AtomicUsize::new(0));
        let (held, _opens) = (wall.clone(), Opens(wall));
        let fs = meeting(move |op, path| {
            if op == Op::OpenFile && is(path, "07.jpg") && seen.fetch_add(1, Ordering::Relaxed) < calls {
                held.hang();
            }
            None
        });
        let reading = Wishes { readers: 2, order: Some(ReadOrder::Physical), ..Wishes::default() };
        let found = find_with(&ScanPlan { reading, ..plan(&world, Check::Header, 2) }, &fs);
        let lost = usize::from(calls > 1);
        assert_eq!((found.paths.len(), found.faults.len()), (20 - lost, lost), "{:?}", found.faults);
    }
}
