//! Trees without an end: each is told of, and all else is found. Listings that begin anew are tested where they are
//! counted, in `scan/engine/laps.rs`.

mod trees;
mod world;

use jpegasus::error::Kind;
use jpegasus::fs::{Faults, Flush, Folder, Fs, Links, Op};
use jpegasus::scan::{Ended, EngineKind, ScanPlan};
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use trees::{World, find_with, plan_of, skipped};

const DEEPER: &str = "deeper";

/// Makes a folder, and a photo, below the deepest one whenever one of them is entered.
struct Grows(Mutex<Folder>);

impl Faults for Grows {
    fn fault(&self, op: Op, path: &Path) -> Option<io::Error> {
        if op == Op::OpenFolder && path == Path::new(DEEPER) {
            let mut deepest = self.0.lock().unwrap();
            deepest.create_folder(OsStr::new(DEEPER)).unwrap();
            *deepest = deepest.open_folder(Path::new(DEEPER), Links::Ignore).unwrap();
            deepest.create_file(OsStr::new("photo.jpg"), b"x", Flush::Later).unwrap();
        }
        None
    }
}

#[test]
fn a_tree_that_grows_as_long_as_it_is_walked_ends() {
    let world = World::new();
    world.files(&["beside/a.jpg", "beside/b.jpg"]);
    world.folder(DEEPER);
    let deepest = Fs::default().open_folder(&world.at(DEEPER)).unwrap();
    let fs = Fs::with_faults(Arc::new(Grows(Mutex::new(deepest))));
    // The limit of depth is the same for all engines, and tested with each: this takes a file system some time.
    let found = find_with(&ScanPlan { engine: EngineKind::Native, ..plan_of(world.path()) }, &fs);
    let faults: Vec<_> = found.totals.faults.iter().map(|(kind, count)| (*kind, *count)).collect();
    assert_eq!(faults, [(Kind::Endless, 1)]);
    assert!(found.paths.len() > 4000, "{} photos", found.paths.len());
    let beside = found.paths.iter().filter(|path| !path.ends_with(b"/deeper/photo.jpg"));
    assert_eq!((beside.count(), found.totals.ended), (2, Ended::Whole));
}

/// Folders that contain the root again, under fresh inode numbers; takes a file system that shows such.
#[test]
fn a_folder_that_contains_the_root_is_told_of() {
    let ran = Command::new("python3")
        .arg(world::project("tests/soak/scan.py"))
        .arg("endless")
        .env("ENGINES", "auto")
        .env("JPEGASUS", env!("CARGO_BIN_EXE_jpegasus"))
        .output()
        .expect("python3 is there");
    let told = String::from_utf8_lossy(&ran.stderr);
    if ran.status.code() == Some(3) {
        return skipped(&format!("folders that contain the root: {told}"));
    }
    assert!(ran.status.success(), "{}{told}", String::from_utf8_lossy(&ran.stdout));
}
