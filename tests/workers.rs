//! Worker processes: whatever they do, it costs one photo, and they can do little.
//!
//! This program is also the workers that misbehave, so it has a main function of its own.

#[path = "workers/bad.rs"]
mod bad;
mod world;

use jpegasus::batch::{CropPlan, Ended, Output, Processes, Workers, crop, crop_into};
use jpegasus::event::{Event, Observer, Stop};
use jpegasus::fs::Fs;
use jpegasus::photo::PhotoSet;
use jpegasus::scan::{ScanPlan, scan};
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// The descriptors that this program was started with: whoever starts it may leave some open for everybody.
static INHERITED: OnceLock<Vec<String>> = OnceLock::new();

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        [_, "misbehave", program, memory] => return bad::pass_on(Path::new(program), memory),
        [_, "escape", word, inherited] => return bad::escape(word, inherited),
        _ => {}
    }
    INHERITED.set(bad::descriptors()).unwrap();
    let test = |name: &str, run: fn()| {
        Trial::test(name, move || {
            run();
            Ok::<(), Failed>(())
        })
    };
    let tests = vec![
        test("processes_make_what_threads_make", processes_make_what_threads_make),
        test("a_worker_that_misbehaves_costs_one_photo", a_worker_that_misbehaves_costs_one_photo),
        test("workers_killed_at_random_cost_nothing", workers_killed_at_random_cost_nothing),
        test("a_worker_can_neither_look_nor_reach_out", a_worker_can_neither_look_nor_reach_out),
        test("workers_end_with_who_started_them", workers_end_with_who_started_them),
        test("no_worker_no_run", no_worker_no_run),
        test("a_stop_does_not_wait_for_a_worker_that_hangs", a_stop_does_not_wait_for_a_worker_that_hangs),
        test("limits_of_any_size_do", limits_of_any_size_do),
    ];
    libtest_mimic::run(&Arguments::from_args(), tests).exit();
}

/// What came of each photo: the word for it, the kind of fault and why.
#[derive(Default)]
struct Told(Mutex<BTreeMap<PathBuf, (String, String)>>);

impl Observer for Told {
    fn on(&self, event: Event<'_>) {
        if let Event::PhotoTold(outcome) = event {
            let (what, why) = match outcome.fault {
                Some(error) => (error.kind.name(), error.reason()),
                None => (outcome.result.name(), outcome.warnings.join("; ")),
            };
            let name = outcome.path.file_name().unwrap().into();
            self.0.lock().unwrap().insert(name, (what.to_owned(), why));
        }
    }
}

fn set_of(photos: &Path) -> PhotoSet {
    let plan = ScanPlan { roots: vec![photos.into()], ..ScanPlan::default() };
    scan(&plan, &Fs::default(), Arc::new(Told::default())).unwrap().into_set().0
}

/// What came of each photo, by its name: the word, and why or the warnings.
type Results = BTreeMap<PathBuf, (String, String)>;

/// Crops with workers; returns what came of each photo, and the outputs.
fn cropped(photos: &Path, out: &Path, workers: Workers) -> (Results, BTreeMap<PathBuf, Vec<u8>>) {
    let plan = CropPlan {
        workers,
        decoders: 2,
        photo_timeout: Duration::from_secs(2),
        ..CropPlan::new("orient,inside=64x64".parse().unwrap(), out)
    };
    let told = Told::default();
    crop(&set_of(photos), &plan, &told).unwrap();
    (told.0.into_inner().unwrap(), world::outputs(out))
}

fn misbehaving() -> Workers {
    let args = vec!["misbehave".into(), env!("CARGO_BIN_EXE_jpegasus").into()];
    Workers::Processes(Processes { count: 2, program: std::env::current_exe().unwrap(), args })
}

fn true_workers() -> Workers {
    let args = vec!["worker".into()];
    Workers::Processes(Processes { count: 2, program: env!("CARGO_BIN_EXE_jpegasus").into(), args })
}

fn processes_make_what_threads_make() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    world::copy_tree(&world::project("fixtures/photos"), &photos);
    if let Some(corpus) = world::corpus("processes make what threads make") {
        world::copy_tree(&corpus.join("jpegs/broken"), &photos.join("broken"));
    }
    for (at, more) in [
        &[][..],
        &["--salvage", "--srgb"],
        &["--embedded", "-s", "100"],
        &["--fast", "-s", "8"],
        &["--lossless"],
        &["--format", "png"],
        &["-n"],
    ]
    .iter()
    .enumerate()
    {
        let out = |which: &str| dir.path().join(format!("{which}{at}"));
        let run = |which: &str| {
            let all: Vec<&str> = more.iter().copied().chain(["--workers", which]).collect();
            world::crop(&photos, &out(which), &all)
        };
        let (threads, processes) = (run("threads"), run("processes"));
        let same = |ran: &world::Ran, which: &str| {
            let here = out(which).to_string_lossy().into_owned();
            (ran.code, ran.faults(), String::from_utf8_lossy(&ran.stdout).replace(&here, "OUT"))
        };
        assert_eq!(same(&threads, "threads"), same(&processes, "processes"), "{more:?}");
        if *more != ["-n"] {
            let made = world::outputs(&out("threads"));
            assert!(made.len() > 60 && made == world::outputs(&out("processes")), "{more:?}");
        }
    }
}

fn a_worker_that_misbehaves_costs_one_photo() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    world::copy_tree(&world::project("fixtures/photos/orientation"), &photos);
    let good = std::fs::read(world::project("fixtures/photos/camera-a/IMG_0001.JPG")).unwrap();
    let ways = [
        ("abort", "decoder-crashed", "SIGABRT"),
        ("exit", "decoder-crashed", "it ended with exit code 0"),
        ("kill", "decoder-crashed", "SIGKILL"),
        ("stop", "timed-out", "after 2 s"),
        ("loop", "timed-out", "after 2 s"),
        ("mute", "decoder-crashed", "it closed its pipe"),
        ("memory", "decoder-crashed", "SIGABRT"),
        ("garbage", "decoder-crashed", "it is no message"),
        ("lengthy", "decoder-crashed", "longer than a message may be"),
        ("halfway", "decoder-crashed", "exit code 1"),
        ("other", "decoder-crashed", "another job"),
        ("html", "decoder-crashed", "its picture is none"),
        ("fault", "decoder-crashed", "a photo cannot be 'output-failed'"),
        ("noise", "written", "follow the picture"),
        ("complain", "decoder-crashed", r"exit code 3: \x1b[31mit hurts"),
    ];
    for (word, _, _) in ways {
        std::fs::write(
            photos.join(format!("{word}.jpg")),
            [&good[..], b"!misbehave:", word.as_bytes()].concat(),
        )
        .unwrap();
    }
    let (expected, made) = cropped(&photos, &dir.path().join("threads"), Workers::Threads);
    let begun = Instant::now();
    let (told, outputs) = cropped(&photos, &dir.path().join("processes"), misbehaving());
    // Two that wait for two seconds each; two start anew for each of the others.
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    for (path, what) in &told {
        let word = path.file_stem().unwrap().to_str().unwrap();
        match ways.iter().find(|(way, _, _)| *way == word) {
            Some((_, kind, why)) => {
                assert!(
                    what.0 == *kind && what.1.contains(why) && !what.1.contains('\x1b'),
                    "{word}: {what:?}"
                );
            }
            None => assert_eq!(what, &expected[path], "{word}"),
        }
    }
    assert_eq!(told.len(), expected.len());
    let is_lost = |path: &Path| {
        ways.iter().any(|(way, kind, _)| path.file_stem().unwrap() == *way && *kind != "written")
    };
    let kept: BTreeMap<_, _> = made.into_iter().filter(|(path, _)| !is_lost(path)).collect();
    assert_eq!(outputs, kept);
    assert!(!world::has_leftovers(&dir.path().join("processes")));
}

fn workers_killed_at_random_cost_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    std::fs::create_dir(&photos).unwrap();
    for number in 0..150 {
        let from = world::project("fixtures/photos/camera-a/IMG_0001.JPG");
        std::fs::copy(from, photos.join(format!("{number:03}.jpg"))).unwrap();
    }
    let (_, made) = cropped(&photos, &dir.path().join("threads"), Workers::Threads);
    let run = {
        let (photos, out) = (photos.clone(), dir.path().join("processes"));
        std::thread::spawn(move || cropped(&photos, &out, true_workers()))
    };
    let mut killed = 0;
    let mut pause = 1;
    while !run.is_finished() {
        for child in children(std::process::id()) {
            // Only those of this run: other tests have children as well.
            let line = std::fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
            if line.windows(7).any(|part| part == b"\0worker") && pause % 3 != 0 {
                killed += usize::from(kill(child));
            }
        }
        pause = (pause * 7 + 5) % 31;
        std::thread::sleep(Duration::from_millis(20 + pause));
    }
    let (told, outputs) = run.join().unwrap();
    assert!(killed > 0);
    let lost: Vec<_> = told.iter().filter(|(_, what)| what.0 != "written").collect();
    assert!(
        lost.iter().all(|(_, what)| what.0 == "decoder-crashed" && what.1.contains("SIGKILL")),
        "{lost:?}"
    );
    assert!(lost.len() * 2 <= killed, "each took two of {killed} down: {lost:?}");
    let is_lost = |path: &PathBuf| lost.iter().any(|(lost, _)| *lost == path);
    let kept: BTreeMap<_, _> = made.into_iter().filter(|(path, _)| !is_lost(path)).collect();
    assert_eq!(outputs, kept);
}

fn children(of: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{of}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect()
}

fn kill(process: u32) -> bool {
    let id = rustix::process::Pid::from_raw(process.try_into().unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::KILL).is_ok()
}

fn a_worker_can_neither_look_nor_reach_out() {
    for (word, ends) in [
        ("descriptors", "exit code 0"),
        ("nothing", "exit code 0"),
        ("kept", "exit code 0"),
        ("read", "exit code 0"),
        ("list", "exit code 0"),
        ("write", "exit code 0"),
        ("status", "exit code 0"),
        ("limit", "exit code 0"),
        ("remove", "SIGSYS"),
        ("tcp", "SIGSYS"),
        ("udp", "SIGSYS"),
        ("unix", "SIGSYS"),
        ("spawn", "SIGSYS"),
        ("exec", "SIGSYS"),
        ("again", "SIGSYS"),
        ("thread", "SIGSYS"),
        ("signal", "SIGSYS"),
    ] {
        let args = ["escape", word, &INHERITED.get().unwrap().join(",")];
        let mut child = jpegasus::process::Child::start(&std::env::current_exe().unwrap(), &args).unwrap();
        let lost = child.hear(Duration::from_secs(20)).unwrap_err().to_string();
        assert!(lost.contains(ends), "{word}: {lost}");
    }
    assert!(!Path::new("/tmp/jpegasus-escaped").exists());
}

fn workers_end_with_who_started_them() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    std::fs::create_dir(&photos).unwrap();
    let good = std::fs::read(world::project("fixtures/photos/camera-a/IMG_0001.JPG")).unwrap();
    (0..400).for_each(|number| std::fs::write(photos.join(format!("{number}.jpg")), &good).unwrap());
    let mut run = world::program()
        .arg("crop")
        .args([photos.as_os_str(), "-o".as_ref(), dir.path().join("out").as_os_str()])
        .args(["-q", "--workers", "processes:2"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut workers = Vec::new();
    while workers.len() < 2 {
        assert!(Instant::now() < deadline, "no workers are seen");
        std::thread::sleep(Duration::from_millis(5));
        workers = children(run.id());
    }
    run.kill().unwrap();
    run.wait().unwrap();
    while workers.iter().any(|id| Path::new(&format!("/proc/{id}")).exists()) {
        assert!(Instant::now() < deadline, "{workers:?} are still there");
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut said = String::new();
    run.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}

fn no_worker_no_run() {
    let dir = tempfile::tempdir().unwrap();
    let set = set_of(&world::project("fixtures/photos/sizes"));
    for program in ["/nonexistent/worker", "/bin/true", "/bin/echo"] {
        let processes = Processes { count: 1, program: program.into(), args: Vec::new() };
        let plan = CropPlan {
            workers: Workers::Processes(processes),
            ..CropPlan::new("inside=9x9".parse().unwrap(), dir.path().join("out"))
        };
        let refused = crop(&set, &plan, &Told::default()).unwrap_err();
        assert!(refused.to_string().contains("cannot start a worker process"), "{refused}");
    }
}

fn a_stop_does_not_wait_for_a_worker_that_hangs() {
    let dir = tempfile::tempdir().unwrap();
    let (photos, out) = (dir.path().join("photos"), dir.path().join("out"));
    std::fs::create_dir(&photos).unwrap();
    let good = std::fs::read(world::project("fixtures/photos/camera-a/IMG_0001.JPG")).unwrap();
    std::fs::write(photos.join("a.jpg"), [&good[..], b"!misbehave:loop"].concat()).unwrap();
    let plan = CropPlan { workers: misbehaving(), ..CropPlan::new("inside=64x64".parse().unwrap(), &out) };
    let (stop, begun) = (Stop::default(), Instant::now());
    let stopper = stop.clone();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(2));
        stopper.set();
    });
    let fs = Fs::default();
    let mut output = Output::open(&fs, &plan).unwrap();
    let report = crop_into(&set_of(&photos), &plan, &mut output, &fs, &Told::default(), &stop).unwrap();
    stopper.join().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    // It was not given its time, so it has not failed.
    assert!(matches!(report.ended, Ended::Stopped) && report.faults.is_empty(), "{report:?}");
    assert_eq!(report.unfinished(), 1);
}

fn limits_of_any_size_do() {
    let dir = tempfile::tempdir().unwrap();
    let photos = world::project("fixtures/photos/sizes");
    let all = [
        "--workers",
        "processes:1",
        "-v",
        "--max-memory",
        "18446744073709551615",
        "--max-file",
        "18446744073709551615",
    ];
    let ran = world::crop(&photos, &dir.path().join("all"), &all);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    // Who has less memory than a worker is given keeps that limit, and the others.
    let line = format!(
        "ulimit -v 1500000; exec {} crop {} -o {} --workers processes:1 -v",
        env!("CARGO_BIN_EXE_jpegasus"),
        photos.display(),
        dir.path().join("less").display()
    );
    let ran = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && stderr.contains("limits)"), "{stderr}");
}
