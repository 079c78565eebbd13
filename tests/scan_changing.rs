//! Huge folders that several threads read at once, and that change while they are read.

mod trees;

use jpegasus::event::Nobody;
use jpegasus::fs::Fs;
use jpegasus::scan::{EngineKind, ScanPlan, scan};
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use trees::{World, plan_of, skipped};

/// Enough names for several reads, so that the folder is split where the file system allows it.
const STABLE: usize = 20_000;

/// A folder of many photos, with some folders among them.
fn huge() -> World {
    let world = World::new();
    for at in 0..STABLE {
        std::fs::File::create(world.at(format!("stable-{at:06}.jpg"))).unwrap();
    }
    for at in 0..50 {
        world.files(&[&format!("folder-{at}/inside.jpg")]);
    }
    world
}

/// Returns how often each name was found.
fn count(world: &World, engine: EngineKind, threads: usize) -> BTreeMap<Vec<u8>, u32> {
    let plan = ScanPlan { engine, threads, ..plan_of(world.path()) };
    let mut found = BTreeMap::new();
    let mut scan = scan(&plan, &Fs::default(), Arc::new(Nobody)).unwrap();
    while let Some(batch) = scan.next_batch() {
        let batch = batch.expect("no fault: files come and go, folders stay");
        for photo in batch.iter(scan.roots()) {
            *found.entry(photo.relative.as_os_str().as_bytes().to_vec()).or_default() += 1;
        }
    }
    found
}

fn assert_stable(found: &BTreeMap<Vec<u8>, u32>, what: &str) {
    let stable: Vec<_> = found
        .iter()
        .filter(|(name, _)| name.starts_with(b"stable-") || name.ends_with(b"/inside.jpg"))
        .collect();
    assert_eq!(stable.len(), STABLE + 50, "{what}: some are lost");
    assert!(stable.iter().all(|&(_, &count)| count == 1), "{what}: some are doubled");
}

#[test]
fn a_huge_folder_is_found_whole_by_any_number_of_threads() {
    let world = huge();
    for engine in [EngineKind::Native, EngineKind::Sweep, EngineKind::Auto] {
        for threads in [0, 1, 2, 3, 5, 8, 16, 32] {
            let found = count(&world, engine, threads);
            assert_stable(&found, &format!("{engine} {threads}"));
            assert_eq!(found.len(), STABLE + 50);
        }
    }
}

#[test]
fn what_exists_throughout_is_found_once_while_other_names_come_and_go() {
    let world = huge();
    let (is_over, changes) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        // Also when something below fails: a scope waits for its threads.
        let ends = Ends(&is_over);
        for who in 0..2 {
            let (world, is_over, changes) = (&world, &is_over, &changes);
            scope.spawn(move || change(world.path(), who, is_over, changes));
        }
        let begun = Instant::now();
        while changes.load(Ordering::Relaxed) < 1000 {
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing changes");
            std::thread::yield_now();
        }
        let before = changes.load(Ordering::Relaxed);
        for round in 0..6 {
            for threads in [1, 2, 4, 8, 16, 32] {
                let found = count(&world, EngineKind::Native, threads);
                assert_stable(&found, &format!("{threads} threads, round {round}"));
            }
        }
        let seen = changes.load(Ordering::Relaxed) - before;
        drop(ends);
        if seen < 1000 {
            skipped(&format!("only {seen} changes were made while the folder was read"));
        }
    });
}

/// Tells those who change the folder that it is over.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Makes, renames and removes photos until it is told to stop.
fn change(folder: &Path, who: u32, is_over: &AtomicBool, changes: &AtomicU64) {
    let name = |at: u64| folder.join(format!("change-{who}-{at}.jpg"));
    for at in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        std::fs::File::create(name(at)).unwrap();
        if at % 3 == 0 {
            std::fs::rename(name(at), folder.join(format!("renamed-{who}-{at}.jpg"))).unwrap();
        }
        if at >= 300 {
            _ = std::fs::remove_file(name(at - 300));
            _ = std::fs::remove_file(folder.join(format!("renamed-{who}-{}.jpg", at - 300)));
        }
        changes.fetch_add(1, Ordering::Relaxed);
    }
}
