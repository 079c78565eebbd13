//! A folder of small photos that are cropped, while calls fail, wait and hang.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use crate::world;
use jpegasus::batch::{CropPlan, Output, Report, crop_into};
use jpegasus::error::Kind;
use jpegasus::event::{Event, Observer, Stop};
use jpegasus::fs::{Faults, Fs, Op};
use jpegasus::photo::PhotoSet;
use jpegasus::scan::{ScanPlan, scan};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// So long a drive may take for an answer.
pub const TIMEOUT: Duration = Duration::from_millis(600);

/// What calls of the system meet with.
struct Meets<F>(F);

impl<F: Fn(Op, &Path) -> Option<io::Error> + Send + Sync> Faults for Meets<F> {
    fn fault(&self, op: Op, path: &Path) -> Option<io::Error> {
        (self.0)(op, path)
    }
}

/// Returns a file system whose calls meet with a function, which may wait.
pub fn meeting(what: impl Fn(Op, &Path) -> Option<io::Error> + Send + Sync + 'static) -> Fs {
    Fs::with_faults(Arc::new(Meets(what)))
}

/// Returns an error of the system.
pub fn errno(number: i32) -> io::Error {
    io::Error::from_raw_os_error(number)
}

/// Tells whether a path ends with a name.
pub fn is(path: &Path, name: &str) -> bool {
    path.file_name() == Some(OsStr::new(name))
}

/// What never answers, until it is opened or dropped.
#[derive(Clone, Default)]
pub struct Wall(Arc<(Mutex<bool>, Condvar)>);

impl Wall {
    /// Waits until it is opened.
    pub fn hang(&self) {
        let (is_open, opened) = &*self.0;
        drop(opened.wait_while(is_open.lock().unwrap(), |is_open| !*is_open).unwrap());
    }

    pub fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

/// Opens a wall at last, so that no thread outlives its test for long.
pub struct Opens(pub Wall);

impl Drop for Opens {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// Waits until what was written is on the drive: whoever asks then where it lies need not wait for that.
pub fn settle(folder: &Path) {
    rustix::fs::syncfs(std::fs::File::open(folder).unwrap()).unwrap();
}

/// Photos in folders of their own, and an OUT beside them.
pub struct Batch {
    dir: tempfile::TempDir,
    pub set: PhotoSet,
    pub plan: CropPlan,
}

impl Batch {
    /// Makes a batch of `count` photos, named `00.jpg` and so on, in one folder.
    pub fn new(count: usize) -> Self {
        let photo = std::fs::read(world::project("fixtures/photos/sizes/17x33.jpg")).unwrap();
        Self::of(count, &photo, "orient,inside=8x8")
    }

    /// Makes a batch of copies of one photo.
    pub fn of(count: usize, photo: &[u8], recipe: &str) -> Self {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let photos = dir.path().join("photos/below");
        std::fs::create_dir_all(&photos).unwrap();
        for at in 0..count {
            std::fs::write(photos.join(format!("{at:02}.jpg")), photo).unwrap();
        }
        Self::with_roots(dir, &[PathBuf::from("photos")], recipe)
    }

    /// Makes a batch of roots, of which relative ones lie in a folder that is there.
    pub fn with_roots(dir: tempfile::TempDir, roots: &[PathBuf], recipe: &str) -> Self {
        settle(dir.path());
        let roots = roots.iter().map(|root| dir.path().join(root)).collect();
        let scans = ScanPlan { roots, ..ScanPlan::default() };
        let (set, _) = scan(&scans, &Fs::default(), Arc::new(jpegasus::event::Nobody)).unwrap().into_set();
        let plan = CropPlan::new(recipe.parse().unwrap(), dir.path().join("out"));
        Self { dir, set, plan: CropPlan { decoders: 2, read_timeout: TIMEOUT, ..plan } }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Crops; each photo is told once.
    pub fn run(&self, fs: &Fs) -> Report {
        let mut output = Output::open(fs, &self.plan).unwrap();
        let told = Told::default();
        let report = crop_into(&self.set, &self.plan, &mut output, fs, &told, &Stop::default()).unwrap();
        assert!(
            told.0.into_inner().unwrap().into_iter().eq(0..self.set.len()),
            "each is told once, in order"
        );
        report
    }

    pub fn outputs(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        assert!(!world::has_leftovers(&self.plan.out));
        world::outputs(&self.plan.out)
    }

    /// Checks that these photos, and no others, failed in one way, and that all others are as in a run that
    /// nothing disturbed.
    pub fn check_all_but(&self, failed: &[usize], kind: Kind, report: &Report, what: &str) {
        let failures: Vec<_> = failed.iter().map(|&index| (index, kind)).collect();
        assert_eq!(kinds(report), failures, "{what}: {report:?}");
        let outputs = self.outputs();
        assert_eq!(outputs.len(), self.set.len() - failed.len(), "{what}");
        let again =
            Self::with_roots(tempfile::tempdir().unwrap(), &self.roots(), &self.plan.recipe.to_string());
        again.run(&Fs::default());
        let mut expected = again.outputs();
        expected.retain(|path, _| outputs.contains_key(path));
        assert!(outputs == expected, "{what}: other outputs");
    }

    fn roots(&self) -> Vec<PathBuf> {
        self.set.roots().iter().map(|root| root.path.clone()).collect()
    }
}

/// Returns which photos failed, and how.
pub fn kinds(report: &Report) -> Vec<(usize, Kind)> {
    report.faults.iter().map(|(index, error)| (*index, error.kind)).collect()
}

/// Which photos were told of.
#[derive(Default)]
struct Told(Mutex<Vec<usize>>);

impl Observer for Told {
    fn on(&self, event: Event<'_>) {
        if let Event::PhotoTold(outcome) = event {
            self.0.lock().unwrap().push(outcome.index);
        }
    }
}
