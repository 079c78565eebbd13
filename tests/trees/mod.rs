//! Worlds to scan, and scans to compare.
#![allow(dead_code, reason = "each test takes what it needs")]

use jpegasus::error::Error;
use jpegasus::event::{Event, Observer};
use jpegasus::fs::{Faults, Folder, Fs, Links, Op};
use jpegasus::scan::{EngineKind, ScanPlan, ScanTotals, scan};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// A temporary folder whose content may be deep and locked.
pub(crate) struct World(Option<tempfile::TempDir>);

impl World {
    pub(crate) fn new() -> Self {
        Self(Some(tempfile::tempdir().unwrap()))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.as_ref().unwrap().path()
    }

    pub(crate) fn at(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.path().join(name.as_ref())
    }

    /// Makes a folder and those above it.
    pub(crate) fn folder(&self, name: impl AsRef<OsStr>) -> PathBuf {
        let path = self.at(name);
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    /// Makes a file, and the folders above it.
    pub(crate) fn file(&self, name: impl AsRef<OsStr>, content: &[u8]) -> PathBuf {
        let path = self.at(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn files(&self, names: &[&str]) {
        for name in names {
            self.file(name, b"x");
        }
    }

    pub(crate) fn link(&self, name: &str, target: &str) {
        let path = self.at(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
    }

    /// Makes `depth` folders of one name, each in the one before, and returns the last.
    pub(crate) fn chain(&self, name: &str, depth: usize) -> Folder {
        let mut folder = Fs::default().open_folder(self.path()).unwrap();
        for _ in 0..depth {
            folder.create_folder(OsStr::new(name)).unwrap();
            folder = folder.open_folder(Path::new(name), Links::Ignore).unwrap();
        }
        folder
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Deeper than what the standard library removes.
        let dir = self.0.take().unwrap();
        let _ = Command::new("chmod").args(["-R", "u+rwX"]).arg(dir.path()).output();
        let _ = Command::new("rm").arg("-rf").arg(dir.path()).output();
    }
}

/// An observer that keeps what it sees.
#[derive(Default)]
pub(crate) struct Witness {
    pub(crate) faults: Mutex<Vec<String>>,
    pub(crate) notes: Mutex<Vec<String>>,
    pub(crate) folders: AtomicU64,
    pub(crate) photos: AtomicU64,
}

impl Observer for Witness {
    fn on(&self, event: Event<'_>) {
        match event {
            Event::FoldersRead { folders, photos } => {
                self.folders.fetch_add(folders, Ordering::Relaxed);
                self.photos.fetch_add(photos, Ordering::Relaxed);
            }
            Event::ScanFault(fault) => self.faults.lock().unwrap().push(fault.to_string()),
            Event::Note { path, what } => {
                self.notes.lock().unwrap().push(format!("{} {what}", path.display()));
            }
            _ => {}
        }
    }
}

/// What a scan found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) paths: BTreeSet<Vec<u8>>,
    pub(crate) faults: Vec<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) totals: ScanTotals,
}

impl Found {
    /// Returns the paths beneath `top`, for comparing by eye.
    pub(crate) fn names(&self, top: &Path) -> Vec<String> {
        let cut = top.as_os_str().len() + 1;
        self.paths.iter().map(|path| path[cut..].escape_ascii().to_string()).collect()
    }
}

/// Scans to the end, and checks that nothing is told twice or in two ways.
pub(crate) fn find_with(plan: &ScanPlan, fs: &Fs) -> Found {
    let witness = Arc::new(Witness::default());
    let (set, totals) = scan(plan, fs, witness.clone()).unwrap().into_set();
    let paths: BTreeSet<_> = set.iter().map(|photo| photo.path.as_os_str().as_bytes().to_vec()).collect();
    assert_eq!(totals.photos, paths.len() as u64, "{}: a photo came twice", plan.engine);
    assert_eq!(totals.folders, witness.folders.load(Ordering::Relaxed));
    let faults = std::mem::take(&mut *witness.faults.lock().unwrap());
    assert_eq!(faults.len() as u64, totals.faults.values().sum::<u64>());
    let notes = std::mem::take(&mut *witness.notes.lock().unwrap());
    Found { paths, faults, notes, totals }
}

pub(crate) fn find(plan: &ScanPlan) -> Found {
    find_with(plan, &Fs::default())
}

/// Scans one root by default rules.
pub(crate) fn plan_of(root: impl Into<PathBuf>) -> ScanPlan {
    ScanPlan { roots: vec![root.into()], ..ScanPlan::default() }
}

pub(crate) fn refusal(plan: &ScanPlan) -> Error {
    scan(plan, &Fs::default(), Arc::new(jpegasus::event::Nobody)).err().expect("a refusal")
}

/// The engines that read folders through `fs`.
pub(crate) const OURS: [EngineKind; 4] =
    [EngineKind::Serial, EngineKind::Auto, EngineKind::Native, EngineKind::Sweep];

/// Fails one kind of call on one name.
pub(crate) struct Fails(pub(crate) Op, pub(crate) &'static str, pub(crate) i32);

impl Faults for Fails {
    fn fault(&self, op: Op, path: &Path) -> Option<io::Error> {
        (op == self.0 && path == Path::new(self.1)).then(|| io::Error::from_raw_os_error(self.2))
    }
}

/// Says aloud what is not tested here, and why.
#[allow(clippy::print_stderr, reason = "a test that is left out must be seen")]
pub(crate) fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
}
