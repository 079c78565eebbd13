//! How a scan begins and ends: threads that stop, callers that are slow, observers that panic.

mod trees;

use jpegasus::error::Kind;
use jpegasus::event::{Event, Nobody, Observer, Stop};
use jpegasus::fs::{Faults, Fs, Op};
use jpegasus::scan::{Check, Ended, EngineKind, ScanPlan, scan, scan_until};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use trees::{OURS, Witness, World, plan_of};

/// Threads are counted by their names: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns how many threads of scans there are.
fn scan_threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| ["scan\n", "check 0\n"].contains(&name.as_str()) || name.starts_with("scan-")).count()
}

/// Tells whether no thread of a scan is left. One whose work is done may still be on its way out.
fn all_gone() -> bool {
    let begun = Instant::now();
    while scan_threads() > 0 && begun.elapsed() < Duration::from_secs(2) {
        std::thread::sleep(Duration::from_millis(1));
    }
    scan_threads() == 0
}

fn wide() -> World {
    let world = World::new();
    for folder in 0..300 {
        for file in 0..10 {
            world.file(format!("{}/{folder}/{file}.jpg", folder % 7), b"\xff\xd8\xff");
        }
    }
    world
}

/// A drive that takes its time.
struct Slow(Duration);

impl Faults for Slow {
    fn fault(&self, op: Op, _: &Path) -> Option<io::Error> {
        if op == Op::OpenFolder {
            std::thread::sleep(self.0);
        }
        None
    }
}

#[test]
fn dropping_a_scan_stops_its_engine() {
    let _alone = alone();
    let world = wide();
    for engine in EngineKind::ALL {
        for check in [Check::Name, Check::Magic] {
            let plan = ScanPlan { engine, check, ..plan_of(world.path()) };
            let slow = Fs::with_faults(Arc::new(Slow(Duration::from_millis(5))));
            for taken in [0, 1] {
                let mut scan = scan(&plan, &slow, Arc::new(Nobody)).unwrap();
                assert_eq!(scan.by_ref().take(taken).count(), taken);
                drop(scan);
                // The pool of jwalk is not ours to wait for, and has no name of ours.
                assert!(all_gone(), "{engine} {check}");
            }
        }
    }
}

#[test]
fn a_caller_who_is_slow_gets_everything() {
    let _alone = alone();
    let world = World::new();
    for folder in 0..100 {
        world.files(&[&format!("{folder}/a.jpg"), &format!("{folder}/b.jpg")]);
    }
    for engine in EngineKind::ALL {
        for check in [Check::Name, Check::Magic] {
            for threads in [1, 4] {
                let extensions = vec!["jpg".to_owned()];
                let plan = ScanPlan { engine, threads, check, extensions, ..plan_of(world.path()) };
                let mut scan = scan(&plan, &Fs::default(), Arc::new(Nobody)).unwrap();
                std::thread::sleep(Duration::from_millis(30));
                let found = scan.by_ref().map(Result::unwrap).count();
                assert_eq!(found, if check == Check::Name { 200 } else { 0 }, "{engine}");
                assert_eq!((scan.totals().folders, scan.totals().ended), (101, Ended::Whole));
                assert!(scan.next().is_none());
            }
        }
    }
}

#[test]
fn a_stop_from_outside_ends_a_scan_soon() {
    let _alone = alone();
    let world = wide();
    for engine in OURS {
        let stop = Stop::default();
        let slow = Fs::with_faults(Arc::new(Slow(Duration::from_millis(20))));
        let plan = ScanPlan { engine, threads: 2, ..plan_of(world.path()) };
        let scan = scan_until(&plan, &slow, Arc::new(Nobody), stop.clone()).unwrap();
        let later = stop.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            later.set();
        });
        let begun = Instant::now();
        let (_, totals) = scan.into_set();
        assert!(begun.elapsed() < Duration::from_millis(1500), "{engine}");
        assert_eq!(totals.ended, Ended::Stopped);
        assert!(all_gone());
    }
    let stop = Stop::default();
    drop(scan_until(&plan_of(world.path()), &Fs::default(), Arc::new(Nobody), stop.clone()).unwrap());
    assert!(!stop.is_set(), "the caller's wish is the caller's");
}

struct Panics;

impl Observer for Panics {
    fn on(&self, event: Event<'_>) {
        if matches!(event, Event::FoldersRead { .. }) {
            panic!("on purpose");
        }
    }
}

#[test]
fn an_observer_that_panics_ends_the_scan_with_a_fault() {
    let _alone = alone();
    let world = wide();
    for engine in [EngineKind::Serial, EngineKind::Native, EngineKind::Sweep, EngineKind::Jwalk] {
        let plan = ScanPlan { engine, ..plan_of(world.path()) };
        let (_, totals) = scan(&plan, &Fs::default(), Arc::new(Panics)).unwrap().into_set();
        assert!(totals.faults.get(&Kind::Bug).is_some_and(|&count| count >= 1), "{engine} {totals:?}");
        assert_eq!(totals.ended, Ended::Stopped);
        assert!(all_gone());
    }
}

#[test]
fn a_small_folder_starts_no_pool() {
    let _alone = alone();
    struct Counts(Mutex<usize>);
    impl Observer for Counts {
        fn on(&self, _: Event<'_>) {
            let mut most = self.0.lock().unwrap();
            *most = scan_threads().max(*most);
        }
    }
    let world = World::new();
    world.files(&["a.jpg"]);
    let counts = Arc::new(Counts(Mutex::new(0)));
    assert_eq!(scan(&plan_of(world.path()), &Fs::default(), counts.clone()).unwrap().count(), 1);
    assert_eq!(*counts.0.lock().unwrap(), 1);
}

/// Panics in the middle of a walk.
struct Explosive;

impl Faults for Explosive {
    fn fault(&self, op: Op, path: &Path) -> Option<io::Error> {
        assert!(op != Op::OpenFolder || !path.ends_with("bad"), "this panic is part of the test");
        None
    }
}

#[test]
fn a_walker_that_panics_is_told_of_and_the_scan_is_not_whole() {
    let _alone = alone();
    let world = World::new();
    world.files(&["a/1.jpg", "bad/2.jpg", "c/3.jpg"]);
    for engine in OURS {
        let witness = Arc::new(Witness::default());
        let fs = Fs::with_faults(Arc::new(Explosive));
        let plan = ScanPlan { engine, ..plan_of(world.path()) };
        let (_, totals) = scan(&plan, &fs, witness.clone()).unwrap().into_set();
        assert_eq!(totals.faults.get(&Kind::Bug), Some(&1), "{engine}");
        assert_eq!(totals.ended, Ended::Stopped, "{engine}");
        let told = witness.faults.lock().unwrap();
        assert!(told.iter().any(|fault| fault.contains("panicked")), "{engine}: {told:?}");
    }
}
