//! Drives that do not answer: the folder is named, and the rest is found.

mod trees;

use jpegasus::error::Kind;
use jpegasus::fs::{Faults, Fs, Op};
use jpegasus::scan::{Check, Ended, EngineKind, ScanPlan};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use trees::{World, find_with, plan_of};

/// Lets some calls wait for longer than anyone should.
struct Hangs(Op, &'static [&'static str]);

/// So long; a call in a test must end at last.
const LONG: Duration = Duration::from_secs(3);

impl Faults for Hangs {
    fn fault(&self, op: Op, path: &Path) -> Option<io::Error> {
        if op == self.0 && self.1.iter().any(|name| path == Path::new(name)) {
            std::thread::sleep(LONG);
        }
        None
    }
}

fn world() -> World {
    let world = World::new();
    for at in 0..20 {
        world.files(&[&format!("d{at}/a.jpg"), &format!("d{at}/e{at}/b.jpg")]);
    }
    world
}

#[test]
fn a_folder_that_hangs_costs_itself_only() {
    let world = world();
    for engine in [EngineKind::Native, EngineKind::Sweep, EngineKind::Auto] {
        for threads in [0, 1, 4] {
            for (names, lost) in [(&["d7"][..], 2), (&["d3", "e9"], 3)] {
                let fs = Fs::with_faults(Arc::new(Hangs(Op::OpenFolder, names)));
                let read_timeout = Duration::from_millis(200);
                let plan = ScanPlan { engine, threads, read_timeout, ..plan_of(world.path()) };
                let begun = Instant::now();
                let found = find_with(&plan, &fs);
                let what = format!("{engine} {threads} {names:?} {:?}", found.faults);
                assert!(begun.elapsed() < LONG - Duration::from_millis(500), "{what}: it was waited for");
                assert_eq!(found.paths.len(), 40 - lost, "{what}");
                assert_eq!(found.totals.faults.get(&Kind::TimedOut), Some(&(names.len() as u64)), "{what}");
                assert!(
                    found.faults.iter().any(|fault| fault.contains("did not answer for 200ms")),
                    "{what}"
                );
                assert_eq!(found.totals.ended, Ended::Whole, "{what}");
            }
        }
    }
}

#[test]
fn the_root_may_hang_and_so_may_the_photos_be_checked() {
    let world = world();
    let read_timeout = Duration::from_millis(200);
    let fs = Fs::with_faults(Arc::new(Hangs(Op::List, &["."])));
    let plan = ScanPlan { read_timeout, ..plan_of(world.path()) };
    let found = find_with(&plan, &fs);
    assert_eq!((found.paths.len(), found.faults.len()), (0, 1), "{:?}", found.faults);
    let start = format!("{}: timed-out", world.path().display());
    assert!(found.faults[0].starts_with(&start), "{:?}", found.faults);

    let fs = Fs::with_faults(Arc::new(Hangs(Op::OpenFolder, &["e4"])));
    let found = find_with(&ScanPlan { check: Check::Magic, ..plan }, &fs);
    assert_eq!((found.paths.len(), found.faults.len()), (0, 1), "{:?}", found.faults);
    assert_eq!(found.totals.folders, 40);
}

#[test]
fn a_walk_by_one_thread_says_that_it_ends_there() {
    let world = world();
    let fs = Fs::with_faults(Arc::new(Hangs(Op::OpenFolder, &["d7"])));
    let read_timeout = Duration::from_millis(200);
    let plan = ScanPlan { engine: EngineKind::Serial, read_timeout, ..plan_of(world.path()) };
    let found = find_with(&plan, &fs);
    assert_eq!(found.totals.faults.get(&Kind::TimedOut), Some(&1));
    assert!(found.paths.len() < 40, "it did not get further");
    assert_eq!(found.totals.ended, Ended::Stopped);
}

/// Opens some folders late and all others slowly.
struct Late {
    names: &'static [&'static str],
    late: Duration,
    slow: Duration,
}

impl Faults for Late {
    fn fault(&self, op: Op, path: &Path) -> Option<io::Error> {
        if op == Op::OpenFolder {
            let is_late = self.names.iter().any(|name| path == Path::new(name));
            std::thread::sleep(if is_late { self.late } else { self.slow });
        }
        None
    }
}

#[test]
fn who_was_given_up_and_comes_back_changes_nothing() {
    let world = World::new();
    world.files(&[
        &format!("chain/{}photo.jpg", "d/".repeat(40)),
        "late/a.jpg",
        "late/below/b.jpg",
        "more/c.jpg",
    ]);
    let id = Fs::default().status(&world.at("late")).unwrap().id;
    for (prune, depth, expected) in [(vec![id], None, 2), (vec![], None, 2), (vec![id], Some(3), 1)] {
        for engine in [EngineKind::Native, EngineKind::Sweep] {
            for threads in [1, 2, 8] {
                // Long after it was given up, and long before the walk ends.
                let late = Late {
                    names: &["late"],
                    late: Duration::from_millis(500),
                    slow: Duration::from_millis(25),
                };
                let plan = ScanPlan {
                    engine,
                    threads,
                    max_depth: depth,
                    prune: prune.clone(),
                    read_timeout: Duration::from_millis(150),
                    ..plan_of(world.path())
                };
                let found = find_with(&plan, &Fs::with_faults(Arc::new(late)));
                let what = format!("{engine} {threads} {depth:?} {:?} {:?}", found.paths, found.faults);
                assert_eq!(found.paths.len(), expected, "{what}");
                assert_eq!(
                    found.totals.faults.into_iter().collect::<Vec<_>>(),
                    [(Kind::TimedOut, 1)],
                    "{what}"
                );
            }
        }
    }
}

#[test]
fn a_folder_whose_files_are_asked_one_by_one_may_take_its_time() {
    struct Slow;
    impl Faults for Slow {
        fn fault(&self, op: Op, _: &Path) -> Option<io::Error> {
            if op == Op::Status {
                std::thread::sleep(Duration::from_millis(10));
            }
            None
        }
    }
    let world = World::new();
    (0..120).for_each(|at| _ = world.file(format!("{at}.jpg"), b"x"));
    let plan = ScanPlan {
        file_size: vec!["+1k".parse().unwrap()],
        read_timeout: Duration::from_millis(300),
        ..plan_of(world.path())
    };
    let found = find_with(&plan, &Fs::with_faults(Arc::new(Slow)));
    assert_eq!((found.paths.len(), found.faults.len()), (0, 0), "{:?}", found.faults);
}

#[test]
fn who_has_nothing_to_do_does_not_seem_to_hang() {
    let world = World::new();
    world.files(&["chain/a/b/c/d/e/f/g/h/photo.jpg"]);
    let pruned = |at: u32| {
        let path = world.folder(format!("pruned-{at}"));
        Fs::default().status(&path).unwrap().id
    };
    let plan = ScanPlan {
        prune: (0..6).map(pruned).collect(),
        read_timeout: Duration::from_millis(300),
        threads: 4,
        ..plan_of(world.path())
    };
    let slow = Late { names: &[], late: Duration::ZERO, slow: Duration::from_millis(80) };
    let found = find_with(&plan, &Fs::with_faults(Arc::new(slow)));
    assert_eq!((found.paths.len(), found.faults.len()), (1, 0), "{:?}", found.faults);
}

#[test]
fn a_slow_drive_is_not_one_that_hangs() {
    let world = world();
    struct Slow;
    impl Faults for Slow {
        fn fault(&self, _: Op, _: &Path) -> Option<io::Error> {
            std::thread::sleep(Duration::from_millis(20));
            None
        }
    }
    let read_timeout = Duration::from_millis(400);
    let plan = ScanPlan { read_timeout, ..plan_of(world.path()) };
    let found = find_with(&plan, &Fs::with_faults(Arc::new(Slow)));
    assert_eq!((found.paths.len(), found.faults.len()), (40, 0), "{:?}", found.faults);
}
