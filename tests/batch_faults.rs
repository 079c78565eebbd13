//! What becomes of a batch when calls fail: each fault is injected at the seam in `fs`.

use jpegasus::batch::{CropPlan, Ended, Output, Report, Sync, crop_into};
use jpegasus::error::{Kind, Result};
use jpegasus::event::{Nobody, Stop};
use jpegasus::fs::{Faults, Fs, Op};
use jpegasus::photo::PhotoSet;
use jpegasus::scan::{ScanPlan, scan};
use std::ffi::OsStr;
use std::io::{self, Write};
use std::marker;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

mod world;

/// Fails the calls that a function picks.
struct Failing<F>(F);

impl<F: Fn(Op, &Path) -> Option<io::Error> + Send + marker::Sync> Faults for Failing<F> {
    fn fault(&self, op: Op, path: &Path) -> Option<io::Error> {
        (self.0)(op, path)
    }
}

fn failing(pick: impl Fn(Op, &Path) -> Option<io::Error> + Send + marker::Sync + 'static) -> Fs {
    Fs::with_faults(Arc::new(Failing(pick)))
}

/// A folder of six photos and an OUT beside it.
struct Batch {
    dir: tempfile::TempDir,
    set: PhotoSet,
}

const NAMES: [&str; 6] = ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "f.jpg"];

impl Batch {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let photos = dir.path().join("photos");
        std::fs::create_dir(&photos).unwrap();
        for name in NAMES {
            std::fs::copy(world::project("fixtures/photos/sizes/17x33.jpg"), photos.join(name)).unwrap();
        }
        let plan = ScanPlan { roots: vec![photos], ..ScanPlan::default() };
        let (set, _) = scan(&plan, &Fs::default(), Arc::new(Nobody)).unwrap().into_set();
        Self { dir, set }
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn run(&self, fs: &Fs, stop: &Stop) -> Report {
        let plan = self.plan();
        let mut output = Output::open(fs, &plan).unwrap();
        crop_into(&self.set, &plan, &mut output, fs, &Nobody, stop).unwrap()
    }

    /// As `run`, but OUT may not open.
    fn try_run(&self, fs: &Fs, sync: Sync) -> Result<Report> {
        let plan = CropPlan { sync, ..self.plan() };
        crop_into(&self.set, &plan, &mut Output::open(fs, &plan)?, fs, &Nobody, &Stop::default())
    }

    fn plan(&self) -> CropPlan {
        let recipe = "orient,inside=8x8".parse().unwrap();
        CropPlan { decoders: 2, ..CropPlan::new(recipe, self.out()) }
    }

    fn written(&self) -> usize {
        world::outputs(&self.out()).len()
    }
}

fn kinds(report: &Report) -> Vec<(usize, Kind)> {
    report.faults.iter().map(|(index, error)| (*index, error.kind)).collect()
}

fn is(path: &Path, name: &str) -> bool {
    path.file_name() == Some(OsStr::new(name))
}

#[test]
fn a_photo_that_cannot_be_opened_or_read_fails_alone() {
    for op in [Op::Status, Op::OpenFile, Op::Read] {
        let batch = Batch::new();
        let fs =
            failing(move |o, path| (o == op && is(path, "c.jpg")).then(|| io::Error::from_raw_os_error(5)));
        let report = batch.run(&fs, &Stop::default());
        assert_eq!(kinds(&report), [(2, Kind::Unreadable)], "{op:?}");
        let text = report.faults[0].1.to_string();
        assert!(text.contains("c.jpg: unreadable (") && text.contains("os error 5"), "{text}");
        assert_eq!((report.written, batch.written()), (5, 5));
    }
}

#[test]
fn a_photo_that_changes_while_it_is_read_is_named() {
    let batch = Batch::new();
    let photo = batch.dir.path().join("photos/d.jpg");
    let fs = failing(move |op, path| {
        if op == Op::Read && is(path, "d.jpg") {
            std::fs::OpenOptions::new().append(true).open(&photo).unwrap().write_all(b"more").unwrap();
        }
        None
    });
    let report = batch.run(&fs, &Stop::default());
    assert_eq!(kinds(&report), [(3, Kind::ChangedWhileRead)]);
    assert_eq!(batch.written(), 5);
}

#[test]
fn a_full_disk_ends_the_run_and_leaves_no_part() {
    for (op, errno) in [(Op::Write, 28), (Op::Write, 122), (Op::CreateFile, 30), (Op::Rename, 5)] {
        let batch = Batch::new();
        let calls = Mutex::new(0);
        // OUT is first asked to hold its own probe for letter case and its journal.
        let fs = failing(move |o, path| {
            if o != op || ["case.part", "journal", "journal.part"].iter().any(|name| is(path, name)) {
                return None;
            }
            let mut calls = calls.lock().unwrap();
            *calls += 1;
            (*calls > 2).then(|| io::Error::from_raw_os_error(errno))
        });
        let report = batch.run(&fs, &Stop::default());
        assert!(matches!(report.ended, Ended::OutputLost(_)), "{op:?} {errno}: {report:?}");
        assert_eq!((report.written, batch.written()), (2, 2), "{op:?} {errno}");
        assert_eq!(report.unfinished(), 4);
        assert!(!world::has_leftovers(&batch.out()));
        let again = batch.run(&Fs::default(), &Stop::default());
        assert_eq!((again.written, again.already_there, batch.written()), (4, 2, 6));
    }
}

#[test]
fn an_output_that_cannot_be_named_fails_alone() {
    let batch = Batch::new();
    let fs =
        failing(|op, path| (op == Op::Rename && is(path, "b.jpg")).then(|| io::Error::from_raw_os_error(13)));
    let report = batch.run(&fs, &Stop::default());
    assert_eq!(kinds(&report), [(1, Kind::OutputFailed)]);
    assert_eq!(batch.written(), 5);
    assert!(!world::has_leftovers(&batch.out()));
}

#[test]
fn a_read_that_hangs_does_not_keep_a_stopped_run() {
    let batch = Batch::new();
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let reads = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&reads);
    let fs = failing(move |op, path| {
        if op == Op::Read {
            seen.fetch_add(1, Ordering::Relaxed);
        }
        if op == Op::Read && is(path, "a.jpg") {
            // Until the test ends.
            _ = held.lock().unwrap().recv();
        }
        None
    });
    let stop = Stop::default();
    let later = stop.clone();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(400));
        later.set();
    });
    let begun = Instant::now();
    let report = batch.run(&fs, &stop);
    assert!(begun.elapsed() < Duration::from_secs(20));
    stopper.join().unwrap();
    assert!(matches!(report.ended, Ended::Stopped), "{report:?}");
    assert_eq!((report.written, report.unfinished(), batch.written()), (5, 1, 5));
    assert!(reads.load(Ordering::Relaxed) >= 6);
    drop(release);
}

/// Every call on OUT that a run makes, failing once: nothing false is left, the fault is told, and the
/// same command completes.
#[test]
fn each_call_on_out_that_fails_is_told_and_leaves_nothing_false() {
    let undisturbed = Batch::new();
    assert_eq!(undisturbed.run(&Fs::default(), &Stop::default()).written, 6);
    let expected = world::outputs(&undisturbed.out());
    let ops =
        [Op::CreateFolder, Op::CreateFile, Op::Write, Op::Close, Op::Sync, Op::Rename, Op::Remove, Op::Lock];
    let ops = ops.into_iter().map(|op| (op, Sync::Batch)).chain([(Op::Sync, Sync::Each)]);
    let mut tried = 0;
    for (op, sync) in ops {
        for errno in [5, 28, 13] {
            for nth in 1.. {
                let batch = Batch::new();
                let calls = Arc::new(AtomicUsize::new(0));
                let seen = Arc::clone(&calls);
                let fs = failing(move |o, _| {
                    let is_due = o == op && seen.fetch_add(1, Ordering::Relaxed) + 1 == nth;
                    is_due.then(|| io::Error::from_raw_os_error(errno))
                });
                let what = format!("{op:?} {nth} with {errno}, --sync {}", sync.name());
                let report = batch.try_run(&fs, sync);
                if calls.load(Ordering::Relaxed) < nth {
                    break;
                }
                tried += 1;
                let there = world::outputs(&batch.out());
                assert!(there.iter().all(|(path, bytes)| expected[path] == *bytes), "{what}: false output");
                match report {
                    Err(error) => assert_eq!(error.kind, Kind::OutputFailed, "{what}: {error}"),
                    Ok(report) => {
                        let told =
                            report.faults.len() + usize::from(matches!(report.ended, Ended::OutputLost(_)));
                        // What could not be removed is swept later, and is no fault.
                        assert!(told == 1 || op == Op::Remove, "{what}: {report:?}");
                        assert!(report.written <= there.len() as u64, "{what}: {report:?}");
                    }
                }
                let again = batch.run(&Fs::default(), &Stop::default());
                assert_eq!((again.faults.len(), again.unfinished()), (0, 0), "{what}");
                assert_eq!(world::outputs(&batch.out()), expected, "{what}");
                assert!(!world::has_leftovers(&batch.out()), "{what}");
            }
        }
    }
    assert!(tried > 60, "only {tried} calls failed");
}

/// Crops one photo with a preview in its head; returns the report and the reads that it took.
fn crop_preview(
    photo: &[u8],
    fault: impl Fn(usize, &Path) -> Option<io::Error> + Send + marker::Sync + 'static,
) -> (Report, usize) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.jpg");
    std::fs::write(&path, photo).unwrap();
    let plan = ScanPlan { roots: vec![path.clone()], ..ScanPlan::default() };
    let (set, _) = scan(&plan, &Fs::default(), Arc::new(Nobody)).unwrap().into_set();
    let reads = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&reads);
    let fs = failing(move |op, name| {
        let nth = (op == Op::Read && is(name, "a.jpg")).then(|| seen.fetch_add(1, Ordering::Relaxed) + 1);
        nth.and_then(|nth| fault(nth, &path))
    });
    let plan = CropPlan::new("inside=100x100,embedded".parse().unwrap(), dir.path().join("out"));
    let mut output = Output::open(&fs, &plan).unwrap();
    let report = crop_into(&set, &plan, &mut output, &fs, &Nobody, &Stop::default()).unwrap();
    (report, reads.load(Ordering::Relaxed))
}

#[test]
fn a_head_is_read_once_and_what_fails_behind_it_is_named() {
    let small = world::previews::preview("256x144");
    let good = world::previews::with_preview(&small);
    let (report, reads) = crop_preview(&good, |_, _| None);
    assert_eq!((report.written, reads), (1, 1), "nothing but the head is read");
    let (report, _) = crop_preview(&good, |nth, _| (nth == 1).then(|| io::Error::from_raw_os_error(5)));
    assert_eq!(kinds(&report), [(0, Kind::Unreadable)]);
    let grow = |path: &Path| {
        std::fs::OpenOptions::new().append(true).open(path).unwrap().write_all(b"more").unwrap();
        None
    };
    let (report, _) = crop_preview(&good, move |_, path| grow(path));
    assert_eq!(kinds(&report), [(0, Kind::ChangedWhileRead)]);
    // A preview that turns out damaged when it is decoded: a decoder reads the rest.
    let half = world::previews::with_preview(&small[..small.len() / 2]);
    let (report, reads) = crop_preview(&half, |_, _| None);
    assert_eq!((report.written, reads > 1), (1, true));
    let (report, _) = crop_preview(&half, |nth, _| (nth == 2).then(|| io::Error::from_raw_os_error(5)));
    assert_eq!((kinds(&report), report.faults[0].1.offset), (vec![(0, Kind::Unreadable)], Some(64 << 10)));
    assert!(report.faults[0].1.to_string().contains("a.jpg"), "{}", report.faults[0].1);
    let (report, _) = crop_preview(&half, move |nth, path| if nth == 2 { grow(path) } else { None });
    assert_eq!(kinds(&report), [(0, Kind::ChangedWhileRead)]);
}
