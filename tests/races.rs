//! Folders of OUT that somebody exchanges for links during the run: nothing lands where the links lead.
#![allow(clippy::print_stdout, reason = "the long form tells its figures")]

mod seam;
mod world;

use jpegasus::batch::Sync;
use jpegasus::fs::Op;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use seam::{CHANGING, Scene, failing};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Folders of OUT that are exchanged.
const FOLDERS: [&str; 5] = ["a", "a/b", "c", ".jpegasus", ".jpegasus/tmp"];

/// An OUT whose folders are there, with a link beside it for each; they lead to a folder that stays empty.
struct Trap {
    scene: Scene,
    elsewhere: PathBuf,
}

impl Trap {
    fn new() -> Self {
        let scene = Scene::new();
        let elsewhere = scene.path().join("elsewhere");
        let trap = Self { scene, elsewhere };
        trap.set();
        trap
    }

    /// Makes OUT and the links anew.
    fn set(&self) {
        for folder in [&self.scene.out(), &self.links(), &self.elsewhere] {
            _ = std::fs::remove_dir_all(folder);
        }
        for folder in FOLDERS {
            // What is looked for where a link leads, is there.
            std::fs::create_dir_all(self.scene.out().join(folder)).unwrap();
            std::fs::create_dir_all(self.elsewhere.join(folder)).unwrap();
        }
        std::fs::create_dir(self.links()).unwrap();
        for (number, folder) in FOLDERS.iter().enumerate() {
            symlink(self.elsewhere.join(folder), self.link(number)).unwrap();
        }
    }

    fn links(&self) -> PathBuf {
        self.scene.path().join("links")
    }

    fn link(&self, number: usize) -> PathBuf {
        self.links().join(number.to_string())
    }

    /// Asserts that nothing is where the links lead.
    fn assert_nothing_went_astray(&self, what: &str) {
        let astray = world::files(&self.elsewhere);
        assert!(astray.is_empty(), "{what}: {:?}", astray.keys());
    }
}

/// Exchanges a folder and a link in one step; tells whether it could.
fn exchange(folder: &Path, link: &Path) -> bool {
    renameat_with(CWD, folder, CWD, link, RenameFlags::EXCHANGE).is_ok()
}

/// Runs with a folder exchanged before one of its calls and back again before the next but one, that is between a look at
/// a name and what is done with it; returns how many calls there were, and how many exchanges.
fn run_disturbed(trap: &Trap, number: usize, due: usize) -> (usize, usize) {
    trap.set();
    let counts = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let (seen, folder, link) =
        (Arc::clone(&counts), trap.scene.out().join(FOLDERS[number]), trap.link(number));
    let fs = failing(move |op, _| {
        if CHANGING.contains(&op) || [Op::OpenFolder, Op::Status].contains(&op) {
            let call = seen[0].fetch_add(1, Ordering::Relaxed) + 1;
            if call == due || call == due + 2 {
                seen[1].fetch_add(usize::from(exchange(&folder, &link)), Ordering::Relaxed);
            }
        }
        None
    });
    // It may be refused, or end; that is the answer to such a folder.
    let report = trap.scene.crop(&fs, Sync::None);
    trap.assert_nothing_went_astray(&format!("{} before call {due}: {report:?}", FOLDERS[number]));
    let [calls, exchanges] = &*counts;
    (calls.load(Ordering::Relaxed), exchanges.load(Ordering::Relaxed))
}

#[test]
fn before_any_call_of_a_run() {
    let trap = Trap::new();
    let (calls, none) = run_disturbed(&trap, 0, usize::MAX - 2);
    assert!(calls > 100 && none == 0, "{calls} calls");
    let mut exchanges = 0;
    for due in (1..=calls).step_by(2) {
        // Each folder is most at risk when it is entered; the program's own are so in the beginning.
        for number in if due < 30 { 0..FOLDERS.len() } else { 0..3 } {
            exchanges += run_disturbed(&trap, number, due).1;
        }
    }
    assert!(exchanges > 400, "{exchanges} exchanges");
}

/// By a second thread that does nothing else, during a run for each ten that are wanted; `SWAPS=10000` for the long form.
#[test]
fn by_somebody_who_does_not_rest() {
    let wanted = std::env::var("SWAPS").map_or(200, |swaps| swaps.parse().expect("SWAPS is a number"));
    let trap = Trap::new();
    let (mut swaps, mut runs, mut written) = (0, 0, 0);
    while swaps < wanted || runs < wanted / 10 {
        trap.set();
        let is_over = AtomicBool::new(false);
        let (out, folder) = (trap.scene.out(), FOLDERS[runs % FOLDERS.len()]);
        let link = trap.link(runs % FOLDERS.len());
        std::thread::scope(|scope| {
            let swapper = scope.spawn(|| {
                let mut swaps = 0;
                while !is_over.load(Ordering::Relaxed) {
                    swaps += usize::from(exchange(&out.join(folder), &link));
                    std::thread::yield_now();
                }
                swaps
            });
            let args = ["--recipe", seam::RECIPE, "--sync", "none", "-q"];
            let mut command = world::program();
            command.arg("crop").arg(trap.scene.photos()).arg("-o").arg(&out).args(args);
            let ran = command.output().unwrap();
            is_over.store(true, Ordering::Relaxed);
            swaps += swapper.join().unwrap();
            let what = format!("{folder}: {}", String::from_utf8_lossy(&ran.stderr));
            assert!(matches!(ran.status.code(), Some(0 | 1 | 2 | 4)), "{:?} {what}", ran.status);
            trap.assert_nothing_went_astray(&what);
            written += usize::from(ran.status.code() == Some(0));
        });
        runs += 1;
    }
    println!("{swaps} exchanges during {runs} runs, {written} of which were not disturbed");
    assert!(written < runs, "no run was ever disturbed");
}
