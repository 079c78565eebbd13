//! Batches of twenty photos whose every call is seen, and may fail, wait or be the last.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use crate::world;
use jpegasus::batch::{CropPlan, Output, Report, Sync, crop_into};
use jpegasus::error::Result;
use jpegasus::event::{Nobody, Stop};
use jpegasus::fs::{Faults, Fs, Op};
use jpegasus::photo::PhotoSet;
use jpegasus::scan::{ScanPlan, scan};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The recipe of every batch here; small, for it is about calls.
pub const RECIPE: &str = "orient,inside=24x24";

/// The calls that change something.
pub const CHANGING: [Op; 8] =
    [Op::CreateFolder, Op::CreateFile, Op::Write, Op::Close, Op::Sync, Op::Rename, Op::Remove, Op::Lock];

/// Fails the calls that a function picks.
struct Failing<F>(F);

impl<F: Fn(Op, &Path) -> Option<io::Error> + Send + std::marker::Sync> Faults for Failing<F> {
    fn fault(&self, op: Op, path: &Path) -> Option<io::Error> {
        (self.0)(op, path)
    }
}

/// Returns a file system in which a function sees every call before it is made, and may fail it.
pub fn failing(pick: impl Fn(Op, &Path) -> Option<io::Error> + Send + std::marker::Sync + 'static) -> Fs {
    Fs::with_faults(Arc::new(Failing(pick)))
}

/// Photos below a folder, and an OUT beside them.
pub struct Scene {
    dir: tempfile::TempDir,
}

impl Scene {
    /// Makes twenty photos of all kinds in three folders.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let all = world::files(&world::project("fixtures/photos/formats"));
        assert_eq!(all.len(), 20);
        for (at, (name, bytes)) in all.into_iter().enumerate() {
            let folder = dir.path().join("photos").join(["a", "a/b", "c"][at % 3]);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(name), bytes).unwrap();
        }
        Self { dir }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn photos(&self) -> PathBuf {
        self.path().join("photos")
    }

    pub fn out(&self) -> PathBuf {
        self.path().join("out")
    }

    pub fn outputs(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        world::outputs(&self.out())
    }

    /// Returns what an undisturbed run makes, and takes it away again.
    pub fn expected(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        self.complete("an undisturbed run");
        let expected = self.outputs();
        std::fs::remove_dir_all(self.out()).unwrap();
        expected
    }

    /// Crops by the library; the originals stay what they are.
    pub fn crop(&self, fs: &Fs, sync: Sync) -> Result<Report> {
        let originals = world::originals::Originals::of(self.path(), &["photos".into()]);
        let report = crop_by(fs, &self.photos(), &self.out(), sync);
        originals.assert_unchanged("a run of the library");
        report
    }

    /// Runs the command that ends every story here: it goes well, and leaves no temporary file.
    pub fn complete(&self, what: &str) {
        let ran = world::crop(&self.photos(), &self.out(), &["--recipe", RECIPE, "--sync", "none", "-q"]);
        assert_eq!((ran.code, &*ran.stderr), (Some(0), ""), "{what}");
        assert!(!world::has_leftovers(&self.out()), "{what}: a temporary file is left");
    }

    /// Asserts that each output that is there is what it should be.
    pub fn assert_nothing_false(&self, expected: &BTreeMap<PathBuf, Vec<u8>>, what: &str) {
        for (path, bytes) in self.outputs() {
            assert_eq!(Some(&bytes), expected.get(&path), "{what}: {} is false", path.display());
        }
    }
}

/// Crops a folder by the library.
pub fn crop_by(fs: &Fs, photos: &Path, out: &Path, sync: Sync) -> Result<Report> {
    let plan = CropPlan { decoders: 2, sync, ..CropPlan::new(RECIPE.parse().unwrap(), out) };
    crop_plan(fs, photos, &plan)
}

/// Crops a folder by the library, as a plan says.
pub fn crop_plan(fs: &Fs, photos: &Path, plan: &CropPlan) -> Result<Report> {
    let mut output = Output::open(fs, plan)?;
    crop_into(&set_of(photos), plan, &mut output, fs, &Nobody, &Stop::default())
}

/// Returns the photos of a folder.
pub fn set_of(photos: &Path) -> PhotoSet {
    let plan = ScanPlan { roots: vec![photos.to_owned()], ..ScanPlan::default() };
    scan(&plan, &Fs::default(), Arc::new(Nobody)).unwrap().into_set().0
}
