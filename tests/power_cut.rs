//! What a power cut may leave of OUT: names that are on the drive lead to whole files, at every moment of a run.
//!
//! The order of calls is recorded at the seam in `fs`. At each call, OUT is taken down as it is, with what
//! was waited for by then; of files that were not, a state has nothing, or zeros of their length.

mod seam;
mod world;

use jpegasus::batch::Sync;
use jpegasus::fs::Op;
use seam::{CHANGING, Scene, failing};
use std::collections::{BTreeMap, HashMap};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

/// A file as it is at one moment.
#[derive(Clone)]
struct Seen {
    path: PathBuf,
    inode: u64,
    bytes: Vec<u8>,
}

/// OUT at one moment, and how long each inode was when it was last waited for.
struct Moment {
    files: Vec<Seen>,
    safe: HashMap<u64, u64>,
}

/// What is remembered of a run.
#[derive(Default)]
struct Record {
    moments: Vec<Moment>,
    safe: HashMap<u64, u64>,
    /// What each thread waits for: a call is done when its thread makes the next one.
    waits: HashMap<ThreadId, Vec<(u64, u64)>>,
}

fn files_of(out: &Path) -> Vec<Seen> {
    let seen = |(path, bytes): (PathBuf, Vec<u8>)| {
        let inode = std::fs::symlink_metadata(out.join(&path)).ok()?.ino();
        Some(Seen { path, inode, bytes })
    };
    if out.exists() { world::files(out).into_iter().filter_map(seen).collect() } else { Vec::new() }
}

impl Record {
    /// Takes notice of a call that is about to be made.
    fn call(&mut self, op: Op, name: &Path, out: &Path) {
        let me = std::thread::current().id();
        self.safe.extend(self.waits.remove(&me).unwrap_or_default());
        if !CHANGING.contains(&op) {
            return;
        }
        let files = files_of(out);
        // A number may be given to another file.
        self.safe.retain(|inode, _| files.iter().any(|file| file.inode == *inode));
        if op == Op::Sync {
            let is_waited_for =
                |file: &&Seen| name == Path::new(".") || file.path.file_name() == name.file_name();
            let waits = files.iter().filter(is_waited_for);
            self.waits.insert(me, waits.map(|file| (file.inode, file.bytes.len() as u64)).collect());
        }
        self.moments.push(Moment { files, safe: self.safe.clone() });
    }
}

/// What the drive made of what it was not asked to keep.
const LOSSES: [&str; 4] = ["nothing is lost", "content is lost", "content is zeros", "names are lost"];

impl Moment {
    /// Returns the files of OUT after a power cut.
    fn after(&self, loss: &str) -> BTreeMap<&Path, Vec<u8>> {
        let kept =
            self.files.iter().filter(|file| loss != "names are lost" || file.path.starts_with(".jpegasus"));
        let content = |file: &Seen| {
            let safe = self
                .safe
                .get(&file.inode)
                .map_or(0, |&safe| usize::try_from(safe).unwrap())
                .min(file.bytes.len());
            let mut bytes = file.bytes.clone();
            match loss {
                "content is lost" => bytes.truncate(safe),
                "content is zeros" => bytes[safe..].fill(0),
                _ => {}
            }
            bytes
        };
        kept.map(|file| (&*file.path, content(file))).collect()
    }
}

/// Runs to the end; returns the scene, what is to come out, and every moment.
fn record(sync: Sync) -> (Scene, BTreeMap<PathBuf, Vec<u8>>, Vec<Moment>) {
    let scene = Scene::new();
    let expected = scene.expected();
    let record = Arc::new(Mutex::new(Record::default()));
    let (seen, out) = (Arc::clone(&record), scene.out());
    let fs = failing(move |op, name| {
        seen.lock().unwrap().call(op, name, &out);
        None
    });
    let report = scene.crop(&fs, sync).unwrap();
    assert_eq!((report.written, scene.outputs()), (20, expected.clone()));
    drop(fs);
    let mut record = record.lock().unwrap();
    let Record { safe, moments, .. } = &mut *record;
    // The end: what the run waited for last is done.
    moments.push(Moment { files: files_of(&scene.out()), safe: safe.clone() });
    let moments = std::mem::take(moments);
    drop(record);
    (scene, expected, moments)
}

/// Returns the first output of a state that has its name and is not whole.
fn false_output<'a>(
    state: &BTreeMap<&'a Path, Vec<u8>>,
    expected: &BTreeMap<PathBuf, Vec<u8>>,
) -> Option<&'a Path> {
    let outputs = state.iter().filter(|(path, _)| !path.starts_with(".jpegasus"));
    outputs.filter(|(path, bytes)| expected.get(**path) != Some(bytes)).map(|(path, _)| *path).next()
}

/// States that are built, of each way to wait; in all others, what has a name is looked at.
const BUILT: usize = 60;

fn check_every_state(sync: Sync) {
    let (scene, expected, moments) = record(sync);
    let states = moments.len() * LOSSES.len();
    assert!(states > 360, "{states} states");
    for (number, moment) in moments.iter().enumerate() {
        for (at, loss) in LOSSES.into_iter().enumerate() {
            let what = format!("--sync {}, before call {}, {loss}", sync.name(), number + 1);
            let state = moment.after(loss);
            assert_eq!(false_output(&state, &expected), None, "{what}");
            if (number * LOSSES.len() + at) * BUILT / states
                == (number * LOSSES.len() + at + 1) * BUILT / states
            {
                continue;
            }
            _ = std::fs::remove_dir_all(scene.out());
            for (path, bytes) in state {
                let path = scene.out().join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, bytes).unwrap();
            }
            scene.complete(&what);
            assert_eq!(scene.outputs(), expected, "{what}");
        }
    }
}

#[test]
fn names_lead_to_whole_files_when_each_is_waited_for() {
    check_every_state(Sync::Each);
}

#[test]
fn names_lead_to_whole_files_when_many_are_waited_for_together() {
    check_every_state(Sync::Batch);
}

/// What is not waited for is lost here too: the states above are none that cannot be false.
#[test]
fn names_may_lead_to_nothing_when_nothing_is_waited_for() {
    let (_scene, expected, moments) = record(Sync::None);
    let is_false = |moment: &&Moment| false_output(&moment.after("content is lost"), &expected).is_some();
    assert!(moments.iter().filter(is_false).count() > 10);
}
