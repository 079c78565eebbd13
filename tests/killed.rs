//! Killed before any of its changing calls, a run is completed by the same command.
//!
//! This program is also the one that is killed, so it has a main function of its own.

mod seam;
mod world;

use jpegasus::batch::Sync;
use libtest_mimic::{Arguments, Failed, Trial};
use seam::{CHANGING, Scene, crop_by, failing};
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Outputs by their paths beneath OUT.
type Outputs = BTreeMap<PathBuf, Vec<u8>>;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, "victim", dir, sync, dies_at] = args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return victim(Path::new(dir), sync.parse().unwrap(), dies_at.parse().unwrap());
    }
    let test = |name: &str, run: fn()| {
        Trial::test(name, move || {
            run();
            Ok::<(), Failed>(())
        })
    };
    let tests = vec![
        test("before_any_changing_call_of_a_run", before_any_changing_call_of_a_run),
        test(
            "before_any_changing_call_of_a_run_that_waits_for_each_file",
            before_any_changing_call_of_a_run_that_waits_for_each_file,
        ),
        test("before_any_changing_call_of_a_run_that_renews", before_any_changing_call_of_a_run_that_renews),
    ];
    libtest_mimic::run(&Arguments::from_args(), tests).exit();
}

/// The process that is killed before one of its changing calls.
fn victim(dir: &Path, sync: Sync, dies_at: usize) {
    let calls = AtomicUsize::new(0);
    let fs = failing(move |op, _| {
        if CHANGING.contains(&op) && calls.fetch_add(1, Ordering::Relaxed) + 1 == dies_at {
            let me = rustix::process::getpid();
            rustix::process::kill_process(me, rustix::process::Signal::KILL).unwrap();
        }
        None
    });
    let report = crop_by(&fs, &dir.join("photos"), &dir.join("out"), sync).unwrap();
    assert_eq!((report.faults.len(), report.unfinished()), (0, 0));
}

/// Runs the victim; returns how it ended.
fn run_victim(dir: &Path, sync: Sync, dies_at: usize) -> ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args(["victim", dir.to_str().unwrap(), sync.name(), &dies_at.to_string()])
        .stdout(Stdio::null())
        .status()
        .unwrap()
}

/// Kills a run before each of its changing calls in turn, from the OUT that `prepare` makes; what is there then is
/// what an undisturbed run makes, or what was `old`. Returns how many calls there are.
fn kill_everywhere(scene: &Scene, sync: Sync, old: &Outputs, prepare: impl Fn()) -> usize {
    let expected = scene.expected();
    assert_eq!(expected.len(), 20);
    for dies_at in 1.. {
        let what = format!("--sync {}, killed before call {dies_at}", sync.name());
        prepare();
        let status = run_victim(scene.path(), sync, dies_at);
        if status.success() {
            return dies_at - 1;
        }
        assert_eq!(status.signal(), Some(9), "{what}: {status}");
        for (path, bytes) in scene.outputs() {
            let is_right = [&expected, old].iter().any(|all| all.get(&path) == Some(&bytes));
            assert!(is_right, "{what}: {} is false", path.display());
        }
        scene.complete(&what);
        assert_eq!(scene.outputs(), expected, "{what}");
        std::fs::remove_dir_all(scene.out()).unwrap();
    }
    unreachable!("a run has an end");
}

fn before_any_changing_call_of_a_run() {
    // Each of 20 outputs is made, written, closed and named, and OUT has files of its own.
    let calls = kill_everywhere(&Scene::new(), Sync::Batch, &Outputs::new(), || ());
    assert!(calls > 90, "{calls} calls");
}

fn before_any_changing_call_of_a_run_that_waits_for_each_file() {
    let calls = kill_everywhere(&Scene::new(), Sync::Each, &Outputs::new(), || ());
    assert!(calls > 110, "{calls} calls");
}

/// OUT is of an earlier state of the photos: some have changed since, some are new.
fn before_any_changing_call_of_a_run_that_renews() {
    let scene = Scene::new();
    let at = |name: &str| scene.photos().join(name);
    let renewed = ["a/baseline-411.jpg", "a/baseline-422.jpg", "c/progressive-444.jpg"];
    let new = ["a/b/grey.jpg", "a/cmyk.jpg"];
    let now = renewed.map(|name| std::fs::read(at(name)).unwrap());
    for name in renewed {
        std::fs::copy(world::project("fixtures/photos/names/SHOUTING.JPG"), at(name)).unwrap();
    }
    let aside = scene.path().join("aside");
    for (number, name) in new.iter().enumerate() {
        std::fs::rename(at(name), aside.with_extension(number.to_string())).unwrap();
    }
    scene.complete("before they changed");
    let before = scene.path().join("before");
    std::fs::rename(scene.out(), &before).unwrap();
    for (name, bytes) in renewed.iter().zip(now) {
        std::fs::write(at(name), bytes).unwrap();
    }
    for (number, name) in new.iter().enumerate() {
        std::fs::rename(aside.with_extension(number.to_string()), at(name)).unwrap();
    }
    let old = world::outputs(&before);
    assert_eq!(old.len(), 18);
    let calls = kill_everywhere(&scene, Sync::Batch, &old, || world::copy_tree(&before, &scene.out()));
    // Five outputs, and what is done to OUT in any case.
    assert!((20..80).contains(&calls), "{calls} calls");
}
