//! Running the same command again makes what is missing or out of date, and nothing else; whatever
//! moment the run before ended at.

mod world;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use world::{Ran, copy_tree, crop, has_leftovers, outputs, program, project};

/// A drive of photos, each small, some odd, and what becomes of them undisturbed.
struct Drive {
    dir: tempfile::TempDir,
    expected: BTreeMap<PathBuf, Vec<u8>>,
    /// How long one run takes.
    time: Duration,
}

impl Drive {
    fn new(copies: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for copy in 0..copies {
            for part in ["formats", "names", "orientation", "sizes"] {
                let to = dir.path().join(format!("photos/{copy}/{part}"));
                copy_tree(&project(&format!("fixtures/photos/{part}")), &to);
            }
        }
        let mut drive = Self { dir, expected: BTreeMap::new(), time: Duration::ZERO };
        let begun = Instant::now();
        assert_eq!(drive.crop(&[]).code, Some(0));
        drive.time = begun.elapsed();
        drive.expected = outputs(&drive.out());
        assert!(drive.expected.len() > 40 * copies);
        drive
    }

    fn photos(&self) -> PathBuf {
        self.dir.path().join("photos")
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn journal(&self) -> PathBuf {
        self.out().join(".jpegasus/journal")
    }

    fn crop(&self, more: &[&str]) -> Ran {
        let args = [&["-s", "96"], more].concat();
        crop(&self.photos(), &self.out(), &args)
    }

    /// Begins a run and kills it after a while.
    fn kill_after(&self, wait: Duration) {
        let mut child = program()
            .args(["crop", "-s", "96", "-o"])
            .args([self.out(), self.photos()])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(wait);
        // It may have ended already.
        child.kill().ok();
        child.wait().unwrap();
    }

    /// Every output that is there is whole; the same command makes the others and leaves nothing.
    fn check_and_complete(&self, what: &str) {
        let there = outputs(&self.out());
        for (path, bytes) in &there {
            assert_eq!(Some(bytes), self.expected.get(path), "{what}: {} is false", path.display());
        }
        let ran = self.crop(&[]);
        assert_eq!(ran.code, Some(0), "{what}: {}", ran.stderr);
        assert_eq!(outputs(&self.out()), self.expected, "{what}");
        assert!(!has_leftovers(&self.out()), "{what}");
    }
}

/// What identifies a file that was not written anew.
fn identities(out: &Path) -> BTreeMap<PathBuf, (u64, i64, i64)> {
    outputs(out)
        .into_keys()
        .map(|path| {
            let status = fs::symlink_metadata(out.join(&path)).unwrap();
            (path, (status.ino(), status.mtime(), status.mtime_nsec()))
        })
        .collect()
}

#[test]
fn a_run_that_is_killed_at_any_time_is_completed_by_the_same_command() {
    // `KILLS=200` for the long form.
    let kills = std::env::var("KILLS").map_or(8, |kills| kills.parse().expect("KILLS is a number"));
    let drive = Drive::new(6);
    let mut seed = 88_172_645_463_325_252_u64;
    for kill in 0..kills {
        // Xorshift (Marsaglia 2003): the moments are spread, and differ.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        fs::remove_dir_all(drive.out()).unwrap();
        let part = (seed % 1000) as f64 / 1000.0;
        drive.kill_after(drive.time.mul_f64(part));
        if drive.journal().exists() {
            let text = fs::read(drive.journal()).unwrap();
            match kill % 4 {
                1 => fs::remove_file(drive.journal()).unwrap(),
                2 => {
                    let torn = usize::try_from(seed / 7 % 400).unwrap().min(text.len());
                    fs::write(drive.journal(), &text[..text.len() - torn]).unwrap();
                }
                3 => fs::write(drive.journal(), [b"jpegasus journal 9\n", &text[..]].concat()).unwrap(),
                _ => {}
            }
        } else {
            fs::create_dir_all(drive.out()).unwrap();
        }
        drive.check_and_complete(&format!("kill {kill} at {part}"));
    }
}

#[test]
fn a_journal_cut_at_every_byte_of_its_last_row_does_no_harm() {
    let drive = Drive::new(1);
    let whole = fs::read(drive.journal()).unwrap();
    let last = whole[..whole.len() - 1].iter().rposition(|&b| b == b'\n').unwrap() + 1;
    let before = identities(&drive.out());
    for cut in last..whole.len() {
        fs::write(drive.journal(), &whole[..cut]).unwrap();
        let ran = drive.crop(&["-q"]);
        assert_eq!((ran.code, &*ran.stderr), (Some(0), ""), "cut at {cut}");
    }
    assert_eq!(identities(&drive.out()), before, "an output was written anew");
    assert_eq!(outputs(&drive.out()), drive.expected);
}

#[test]
fn a_second_run_writes_nothing_and_changed_photos_are_made_again() {
    let drive = Drive::new(3);
    let before = identities(&drive.out());
    let ran = drive.crop(&[]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.stderr.contains(&format!("{} already there", before.len())), "{}", ran.stderr);
    assert_eq!(identities(&drive.out()), before);
    // Touched, but the same bytes: looked at again and left.
    let touched = drive.photos().join("0/formats/grey.jpg");
    fs::write(&touched, fs::read(&touched).unwrap()).unwrap();
    // Changed, also to one of the same length.
    let changed: Vec<PathBuf> =
        ["1/sizes/8x8.jpg", "1/sizes/17x33.jpg", "2/formats/grey.jpg"].map(PathBuf::from).into();
    for path in &changed {
        fs::copy(project("fixtures/photos/names/SHOUTING.JPG"), drive.photos().join(path)).unwrap();
    }
    let ran = drive.crop(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let after = identities(&drive.out());
    let renewed: Vec<_> =
        after.iter().filter(|(path, id)| before[*path] != **id).map(|(path, _)| path).collect();
    let mut expected: Vec<_> = changed.iter().collect();
    expected.sort();
    assert_eq!(renewed, expected);
    assert_eq!(drive.crop(&[]).stderr.matches("already there").count(), 1);
    assert_eq!(identities(&drive.out()), after);
}

#[test]
fn another_recipe_makes_all_of_them_again_but_none_that_somebody_changed() {
    let drive = Drive::new(1);
    let his = drive.out().join("0/sizes/8x8.jpg");
    fs::write(&his, "his own").unwrap();
    let ran = crop(&drive.photos(), &drive.out(), &["-s", "48"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(ran.faults(), [(his.to_str().unwrap().to_owned(), "output-exists".to_owned())]);
    assert_eq!(fs::read(&his).unwrap(), b"his own");
    let now = outputs(&drive.out());
    assert_ne!(now[Path::new("0/formats/grey.jpg")], drive.expected[Path::new("0/formats/grey.jpg")]);
    let ran = crop(&drive.photos(), &drive.out(), &["-s", "48", "--overwrite"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_ne!(fs::read(&his).unwrap(), b"his own");
}

#[test]
fn an_output_that_is_gone_or_copied_is_seen() {
    let drive = Drive::new(1);
    fs::remove_file(drive.out().join("0/sizes/8x8.jpg")).unwrap();
    // As a copy of OUT is that does not keep times.
    let copied = drive.out().join("0/formats/grey.jpg");
    let bytes = fs::read(&copied).unwrap();
    fs::write(&copied, &bytes).unwrap();
    let before = identities(&drive.out());
    let ran = drive.crop(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("{} already there", before.len())), "{}", ran.stderr);
    assert_eq!(outputs(&drive.out()), drive.expected);
    assert!(before.iter().all(|(path, id)| identities(&drive.out())[path] == *id));
}

#[test]
fn photos_of_another_drive_do_not_take_the_place_of_those_before() {
    let drive = Drive::new(1);
    // The same drive, mounted elsewhere: the same bytes come out.
    let moved = drive.dir.path().join("moved");
    fs::rename(drive.photos(), &moved).unwrap();
    let before = identities(&drive.out());
    let ran = crop(&moved, &drive.out(), &["-s", "96"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(identities(&drive.out()), before);
    // Another drive with a photo of the same name.
    let other = drive.dir.path().join("other");
    fs::create_dir_all(other.join("0/sizes")).unwrap();
    fs::copy(project("fixtures/photos/names/SHOUTING.JPG"), other.join("0/sizes/8x8.jpg")).unwrap();
    let ran = crop(&other, &drive.out(), &["-s", "96"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.faults()[0].1, "collision", "{}", ran.stderr);
    assert_eq!(outputs(&drive.out()), drive.expected);
}
