//! Photos that cannot be read, or change, at their head, in their middle and at their last byte: each is named, and
//! nothing else changes.

mod seam;
mod world;

use jpegasus::batch::{CropPlan, Report, Sync};
use jpegasus::error::Kind;
use jpegasus::fs::Op;
use seam::{crop_by, failing};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// The photo that is at fault, of five.
const VICTIM: &str = "c.jpg";
const NAMES: [&str; 5] = ["a.jpg", "b.jpg", VICTIM, "d.jpg", "e.jpg"];

/// What one read asks for at most, in bytes.
const PART: u64 = 16 << 20;

/// How long the victim is: its picture, and behind it enough for three reads at least.
const LONG: u64 = 2 * PART + 4321;

/// The reads that are hurt: that of the head, and two behind it.
const PLACES: [usize; 3] = [1, 2, 3];

/// Photos, one of them long, and what comes of them.
struct Drive {
    dir: tempfile::TempDir,
    expected: BTreeMap<PathBuf, Vec<u8>>,
}

impl Drive {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut drive = Self { dir, expected: BTreeMap::new() };
        std::fs::create_dir(drive.photos()).unwrap();
        for name in NAMES {
            std::fs::copy(world::project("fixtures/photos/formats/baseline-420.jpg"), drive.photo(name))
                .unwrap();
        }
        drive.lengthen();
        drive.complete("undisturbed");
        drive.expected = world::outputs(&drive.out());
        assert_eq!(drive.expected.len(), NAMES.len());
        drive
    }

    fn lengthen(&self) {
        OpenOptions::new().write(true).open(self.photo(VICTIM)).unwrap().set_len(LONG).unwrap();
    }

    fn photos(&self) -> PathBuf {
        self.dir.path().join("photos")
    }

    fn photo(&self, name: &str) -> PathBuf {
        self.photos().join(name)
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn complete(&self, what: &str) {
        let ran =
            world::crop(&self.photos(), &self.out(), &["--recipe", seam::RECIPE, "--sync", "none", "-q"]);
        assert_eq!((ran.code, &*ran.stderr), (Some(0), ""), "{what}");
    }

    /// Runs with a fault at the `nth` read of the victim; returns the report and how many such reads there were.
    fn run(
        &self,
        fault: impl Fn(usize, &Path) -> Option<io::Error> + Send + std::marker::Sync + 'static,
    ) -> Report {
        _ = std::fs::remove_dir_all(self.out());
        let (reads, victim) = (AtomicUsize::new(0), self.photo(VICTIM));
        let fs = failing(move |op, name| {
            let is_due = op == Op::Read && name.file_name() == victim.file_name();
            let nth = is_due.then(|| reads.fetch_add(1, Ordering::Relaxed) + 1)?;
            fault(nth, &victim)
        });
        crop_by(&fs, &self.photos(), &self.out(), Sync::None).unwrap()
    }

    /// Asserts that the victim was named, alone, and all else is as ever; and so is the victim next time.
    fn assert_named(&self, report: &Report, kind: Kind, what: &str) {
        let told: Vec<_> = report.faults.iter().map(|(index, error)| (*index, error.kind)).collect();
        assert_eq!(told, [(2, kind)], "{what}: {report:?}");
        let text = report.faults[0].1.to_string();
        assert!(text.contains(VICTIM), "{what}: {text}");
        let mut expected = self.expected.clone();
        expected.remove(Path::new(VICTIM));
        assert_eq!(world::outputs(&self.out()), expected, "{what}");
        assert!(!world::has_leftovers(&self.out()), "{what}");
        self.lengthen();
        self.complete(what);
        assert_eq!(world::outputs(&self.out()), self.expected, "{what}: again");
    }
}

/// EIO, EIO once, ESTALE: nine cells.
#[test]
fn errors_are_named_with_their_place() {
    let drive = Drive::new();
    for place in PLACES {
        for (fault, errno, is_once) in [("EIO", 5, false), ("EIO once", 5, true), ("ESTALE", 116, false)] {
            let what = format!("{fault} at read {place}");
            let report = drive.run(move |nth, _| {
                let is_due = if is_once { nth == place } else { nth >= place };
                is_due.then(|| io::Error::from_raw_os_error(errno))
            });
            let error = &report.faults[0].1;
            // How much one read asks for is up to the reader.
            let offset = error.offset.unwrap_or(u64::MAX);
            assert!(if place == 1 { offset == 0 } else { (1..LONG).contains(&offset) }, "{what}: {error}");
            let errno = error.source.as_ref().and_then(io::Error::raw_os_error);
            assert_eq!(errno, Some(if fault == "ESTALE" { 116 } else { 5 }), "{what}");
            drive.assert_named(&report, Kind::Unreadable, &what);
        }
    }
}

/// It shrinks to there, it grows, its bytes are written over: nine cells.
#[test]
fn what_changes_while_it_is_read_is_named() {
    let drive = Drive::new();
    for place in PLACES {
        for change in ["shrinks", "grows", "is written over"] {
            let what = format!("{change} at read {place}");
            let report = drive.run(move |nth, victim| {
                if nth == place {
                    let file = OpenOptions::new().write(true).open(victim).unwrap();
                    let at = [100, LONG / 2, LONG - 1][place - 1];
                    match change {
                        "shrinks" => file.set_len(at).unwrap(),
                        "grows" => file.set_len(LONG + 4).unwrap(),
                        // Without a change that is seen in the picture: the fault is that it changed.
                        _ => file.write_all_at(&[0], at.max(LONG / 2)).unwrap(),
                    }
                }
                None
            });
            // What it shrinks to has lost its picture.
            let victim = world::project("fixtures/photos/formats/baseline-420.jpg");
            std::fs::copy(victim, drive.photo(VICTIM)).unwrap();
            drive.assert_named(&report, Kind::ChangedWhileRead, &what);
        }
    }
}

/// A read that takes its time: three cells.
#[test]
fn slow_reads_are_no_fault() {
    let drive = Drive::new();
    for place in PLACES {
        let report = drive.run(move |nth, _| {
            std::thread::sleep(Duration::from_millis(if nth == place { 300 } else { 0 }));
            None
        });
        assert_eq!((report.faults.len(), report.written), (0, 5), "{report:?}");
        assert_eq!(world::outputs(&drive.out()), drive.expected);
    }
}

/// The drive is pulled out: three cells. Every photo that was not read by then is named.
#[test]
fn a_drive_that_is_gone_costs_what_was_not_read() {
    let drive = Drive::new();
    for place in PLACES {
        _ = std::fs::remove_dir_all(drive.out());
        let (reads, is_gone) = (AtomicUsize::new(0), Arc::new(AtomicBool::new(false)));
        let fs = failing(move |op, name| {
            if op == Op::Read && name.ends_with(VICTIM) && reads.fetch_add(1, Ordering::Relaxed) + 1 == place
            {
                is_gone.store(true, Ordering::Relaxed);
            }
            let is_input = name.extension().is_some_and(|ending| ending == "jpg");
            let is_due =
                is_input && [Op::Read, Op::OpenFile].contains(&op) && is_gone.load(Ordering::Relaxed);
            is_due.then(|| io::Error::from_raw_os_error(19))
        });
        let report = crop_by(&fs, &drive.photos(), &drive.out(), Sync::None).unwrap();
        assert!(report.faults.iter().all(|(_, error)| error.kind == Kind::Unreadable), "{report:?}");
        assert!(report.faults.iter().any(|(index, _)| *index == 2), "{report:?}");
        assert_eq!(report.written + report.faults.len() as u64, 5, "{report:?}");
        let there = world::outputs(&drive.out());
        assert_eq!(there.len() as u64, report.written);
        assert!(there.iter().all(|(path, bytes)| drive.expected[path] == *bytes));
        drive.complete("plugged in again");
        assert_eq!(world::outputs(&drive.out()), drive.expected);
    }
}

/// Flips of a bit: in the header, at 20 places of its data, and at its last byte.
///
/// A picture may come of it only where no decoder can know: each segment and each code is well formed still. Then
/// another decoder takes it for a photo as well.
#[test]
fn a_flipped_bit_is_named_unless_nobody_can_know() {
    let good = std::fs::read(world::project("fixtures/photos/formats/baseline-420.jpg")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    std::fs::create_dir(&photos).unwrap();
    let middle = (1..=20).map(|part| good.len() * part / 22);
    let places: Vec<usize> =
        [0, 1, 3].into_iter().chain(middle).chain([good.len() - 2, good.len() - 1]).collect();
    for &at in &places {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        std::fs::write(photos.join(format!("{at:06}.jpg")), &bad).unwrap();
    }
    std::fs::write(photos.join("whole.jpg"), &good).unwrap();
    let out = dir.path().join("out");
    let plan = CropPlan { sync: Sync::None, ..CropPlan::new(seam::RECIPE.parse().unwrap(), &out) };
    let report = seam::crop_plan(&jpegasus::fs::Fs::default(), &photos, &plan).unwrap();
    let there = world::outputs(&out);
    assert!(there.contains_key(Path::new("whole.jpg")));
    let kinds = [Kind::NotJpeg, Kind::Corrupt, Kind::Truncated, Kind::Unsupported];
    assert!(report.faults.iter().all(|(_, error)| kinds.contains(&error.kind)), "{report:?}");
    assert_eq!(there.len() + report.faults.len(), places.len() + 1);
    // SOI and the marker behind it are known; EOI is a matter of a warning.
    for at in [0, 1] {
        assert!(!there.contains_key(Path::new(&format!("{at:06}.jpg"))), "a flip at {at} is seen");
    }
    for path in there.keys() {
        let bytes = std::fs::read(photos.join(path)).unwrap();
        let other = image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg);
        assert!(other.is_ok(), "{}: another decoder sees {:?}", path.display(), other.err());
    }
}
