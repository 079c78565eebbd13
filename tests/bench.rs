//! The verb `bench`: it measures, writes nothing where it measures, and compares.

mod world;

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of some photos of the fixtures, beside the project: a temporary folder may be in memory, where
/// nothing can be made cold.
fn photos() -> tempfile::TempDir {
    photos_of(&["camera-a", "camera-b", "sizes", "orientation"])
}

fn photos_of(folders: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for (number, folder) in folders.iter().enumerate() {
        let into = dir.path().join(number.to_string());
        std::fs::create_dir(&into).unwrap();
        for entry in std::fs::read_dir(world::project("fixtures/photos").join(folder)).unwrap() {
            let from = entry.unwrap().path();
            if from.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("jpg")) {
                std::fs::copy(&from, into.join(from.file_name().unwrap())).unwrap();
            }
        }
    }
    // What is not on the drive yet stays in memory whatever is asked.
    flush(dir.path());
    dir
}

fn flush(dir: &Path) {
    for path in files(dir) {
        std::fs::File::open(path).unwrap().sync_all().unwrap();
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Runs `bench` without touching the caches of the whole machine.
fn bench(words: &[&str], paths: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jpegasus"));
    command.arg("bench").args(words).args(paths).env_remove("XDG_STATE_HOME");
    if !words.contains(&"--cache") {
        command.args(["--cache", "data-cold,warm"]);
    }
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn all_loads_are_measured_and_nothing_is_changed() {
    let (dir, out) = (photos(), tempfile::tempdir().unwrap());
    let state = || {
        let all = files(dir.path()).into_iter().map(|path| {
            let status = path.metadata().unwrap();
            (path, (status.mtime_nsec(), status.ctime_nsec(), status.len(), status.ino()))
        });
        all.collect::<BTreeMap<_, _>>()
    };
    let before = state();
    let names = ["a.json", "a.csv", "a.md", "a.html"].map(|name| out.path().join(name));
    let outs: Vec<_> = names.iter().flat_map(|path| ["-o", path.to_str().unwrap()]).collect();
    let ran = bench(&[&["--time", "3s"], &outs[..]].concat(), &[dir.path()]);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    assert_eq!(before, state());
    let result = json(&names[0]);
    let drive = &result["drives"][0];
    assert_eq!(drive["photos"].as_u64().unwrap(), before.len() as u64);
    let series = drive["series"].as_array().unwrap();
    let notes = result["notes"].to_string();
    for load in ["walk", "head", "read", "decode", "crop"] {
        let of_load: Vec<_> = series.iter().filter(|series| series["load"] == load).collect();
        assert!(of_load.iter().any(|series| series["warmth"] == "warm"), "{load}");
        let is_cold = of_load.iter().any(|series| series["warmth"] == "data-cold");
        // A file system that does not forget, or does not say, is told of.
        assert!(load == "walk" || is_cold || notes.contains("dropped"), "{load}: {notes}");
        for series in of_load {
            for run in series["runs"].as_array().unwrap() {
                assert!(run["seconds"].as_f64().unwrap() > 0.0 && run["photos"].as_u64().unwrap() > 0);
            }
            assert_eq!(series["latency"].is_null(), load == "walk", "{load}");
        }
    }
    assert!(notes.contains("folders and inodes warm") || notes.contains("dropped"), "{notes}");
    assert!(!text(&ran.stdout).is_empty());
    assert!(names[1..].iter().all(|path| path.metadata().unwrap().len() > 100));
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 4);
}

#[test]
fn a_bench_equals_itself_and_a_faster_past_is_told() {
    let (dir, out) = (photos(), tempfile::tempdir().unwrap());
    let file = out.path().join("old.json");
    let words = ["--time", "1s", "--load", "read", "-J", "1", "--read-order", "path"];
    let ran = bench(&[&words[..], &["-o", file.to_str().unwrap()]].concat(), &[dir.path()]);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    let mut faster = json(&file);
    for series in faster["drives"][0]["series"].as_array_mut().unwrap() {
        assert_eq!(series["setting"], serde_json::json!({ "readers": 1, "order": "path" }));
        for run in series["runs"].as_array_mut().unwrap() {
            run["seconds"] = (run["seconds"].as_f64().unwrap() / 1e4).into();
        }
        for field in ["median", "low", "high"] {
            series["summary"][field] = (series["summary"][field].as_f64().unwrap() * 1e4).into();
        }
    }
    let doctored = out.path().join("faster.json");
    std::fs::write(&doctored, faster.to_string()).unwrap();
    let compared = |old: &Path, threshold: &str| {
        let more = ["--compare", old.to_str().unwrap(), "--threshold", threshold];
        bench(&[&words[..], &more].concat(), &[dir.path()]).status.code()
    };
    assert_eq!(compared(&doctored, "5%"), Some(3));
    // Whatever else this machine does meanwhile.
    assert_eq!(compared(&file, "90%"), Some(0));
    std::fs::write(&doctored, "{\"schema\": 999}").unwrap();
    assert_eq!(compared(&doctored, "5%"), Some(2));
    assert_eq!(compared(&out.path().join("none.json"), "5%"), Some(2));
}

#[test]
fn threads_and_processes_are_measured_side_by_side() {
    // Small ones, so that every setting has its turn also where a machine is busy.
    let (dir, out) = (photos_of(&["sizes", "orientation"]), tempfile::tempdir().unwrap());
    let names = ["a.json", "a.csv", "a.md", "a.html"].map(|name| out.path().join(name));
    let outs: Vec<_> = names.iter().flat_map(|path| ["-o", path.to_str().unwrap()]).collect();
    let words = ["--time", "20s", "--cache", "warm", "-J", "1", "--read-order", "path"];
    let workers = ["--workers", "threads,processes", "--load", "walk,read,decode,crop"];
    let ran = bench(&[&words[..], &workers, &outs].concat(), &[dir.path()]);
    let (told, said) = (text(&ran.stderr), text(&ran.stdout));
    assert_eq!(ran.status.code(), Some(0), "{told}");
    let result = json(&names[0]);
    let drive = &result["drives"][0];
    let series = drive["series"].as_array().unwrap();
    let rounds = |load: &str, workers: &str| {
        let is_it = |series: &&serde_json::Value| {
            series["load"] == load && series["setting"]["workers"].as_str().unwrap_or("threads") == workers
        };
        let runs = series.iter().find(is_it).map(|series| series["runs"].as_array().unwrap().clone());
        runs.unwrap_or_default()
    };
    for load in ["read", "decode", "crop"] {
        let (threads, processes) = (rounds(load, "threads"), rounds(load, "processes"));
        assert!(!threads.is_empty() && !processes.is_empty(), "{load}: {told}");
        let of_round = |runs: &[serde_json::Value]| {
            let one = runs.iter().find(|run| run["round"] == 0).unwrap();
            (one["photos"].as_u64().unwrap(), one["bytes"].as_u64().unwrap(), one["cpu"].as_f64().unwrap())
        };
        let (a, b) = (of_round(&threads), of_round(&processes));
        // As many passes of the same photos, unless time was short.
        assert_eq!(a.1 * b.0, b.1 * a.0, "{load}: the same photos: {a:?} {b:?}");
        // What children compute is counted: otherwise next to nothing would be.
        if ["decode", "crop"].contains(&load) {
            assert!(b.2 / b.0 as f64 > 0.5 * a.2 / a.0 as f64, "{load}: {a:?} {b:?}");
        }
        let cost = drive["workers"].as_array().unwrap().iter().find(|cost| cost["load"] == load);
        assert!(cost.unwrap()["pairs"].as_u64().unwrap() > 0, "{load}");
    }
    assert!(rounds("walk", "processes").is_empty() && !rounds("walk", "threads").is_empty());
    assert!(said.contains("Processes beside threads: ") && said.contains("workers"), "{said}");
    assert!(said.lines().any(|line| line.contains("crop, warm         processes")), "{said}");
    let table = std::fs::read_to_string(&names[1]).unwrap();
    let heads: Vec<_> = table.lines().next().unwrap().split(',').collect();
    let column = heads.iter().position(|head| *head == "workers").unwrap();
    let kinds: BTreeMap<_, _> =
        table.lines().skip(1).map(|row| (row.split(',').nth(column).unwrap(), ())).collect();
    assert_eq!(kinds.into_keys().collect::<Vec<_>>(), ["processes", "threads"]);
    for path in &names[2..] {
        let report = std::fs::read_to_string(path).unwrap();
        assert!(report.contains("crop, warm, processes") && report.contains("Processes beside"), "{path:?}");
    }
}

#[test]
fn broken_photos_are_named_once_and_no_photos_are_a_mistake() {
    let dir = photos();
    std::fs::write(dir.path().join("broken.jpg"), b"\xff\xd8\xff\xff\xff").unwrap();
    let ran = bench(&["--time", "1s", "--load", "crop", "-J", "1", "--read-order", "path"], &[dir.path()]);
    let told = text(&ran.stderr);
    assert_eq!(told.matches("broken.jpg").count(), 1, "{told}");
    assert_eq!(ran.status.code(), Some(1), "{told}");
    let empty = tempfile::tempdir().unwrap();
    let ran = bench(&[], &[empty.path()]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(text(&ran.stderr).contains("no photo"), "{}", text(&ran.stderr));
}

#[test]
fn folders_can_be_walked_whatever_is_in_the_photos() {
    let dir = tempfile::tempdir().unwrap();
    (0..50).for_each(|at| std::fs::write(dir.path().join(format!("{at}.jpg")), "").unwrap());
    let ran = bench(&["--time", "1s", "--load", "walk", "--cache", "warm"], &[dir.path()]);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    assert!(text(&ran.stdout).contains("walk"), "{}", text(&ran.stdout));
    let ran = bench(&["--time", "1s", "--load", "read"], &[dir.path()]);
    assert_eq!(ran.status.code(), Some(2), "{}", text(&ran.stdout));
}

#[test]
fn what_cannot_be_is_refused_before_any_work() {
    let (dir, out) = (photos(), tempfile::tempdir().unwrap());
    let photo = out.path().join("photo.json");
    std::fs::copy(world::project("fixtures/photos/camera-a/IMG_0001.JPG"), &photo).unwrap();
    let begun = std::time::Instant::now();
    // What only looks like a result is another's.
    let others = [
        ("page.html", "<!DOCTYPE html>\n<html>\n<head><title>holidays</title>"),
        ("README.md", "# jpegasus\n\nFinds every JPEG"),
        ("drives.json", "{\n  \"schema\": 1,\n  \"drives\": {}\n}\n"),
        ("table.csv", "drive,kind\n"),
    ];
    for (name, content) in others {
        let path = out.path().join(name);
        std::fs::write(&path, content).unwrap();
        let ran = bench(&["-o", path.to_str().unwrap()], &[dir.path()]);
        assert_eq!(ran.status.code(), Some(2), "{name}: {}", text(&ran.stderr));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    }
    for words in [
        &["-o", "x.pdf"][..],
        &["-o", photo.to_str().unwrap()],
        &["--time", "never"],
        &["--threshold", "7"],
        &["--load", "all"],
        &["-J", "0"],
        &["-o", "twice.json", "-o", "twice.json"],
        &["--load", "walk", "--cache", "data-cold", "--time", "1s"],
        &["--workers", "threads,threads"],
        &["--workers", "processes", "--workers", "processes"],
        &["--workers", "processes:2"],
        &["--workers", "processes", "--load", "walk"],
    ] {
        let ran = bench(words, &[dir.path()]);
        assert_eq!(ran.status.code(), Some(2), "{words:?}: {}", text(&ran.stderr));
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(20));
    assert!(std::fs::read(&photo).unwrap().starts_with(b"\xff\xd8\xff"));
}

#[test]
fn the_best_settings_are_saved_where_the_state_belongs() {
    let (dir, state) = (photos(), tempfile::tempdir().unwrap());
    let ran = Command::new(env!("CARGO_BIN_EXE_jpegasus"))
        .args(["bench", "--time", "1s", "--load", "read", "-J", "1", "--cache", "data-cold", "--save"])
        .arg(dir.path())
        .env("XDG_STATE_HOME", state.path())
        .output()
        .unwrap();
    let told = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(0), "{told}");
    let saved = state.path().join("jpegasus/drives.json");
    if saved.is_file() {
        assert!(told.contains("saved for file system"), "{told}");
        let all = json(&saved);
        let drive = all["drives"].as_object().unwrap().values().next().unwrap().clone();
        assert_eq!(drive["whole"], 1, "{all}");
        assert!(drive["heads"].is_null() && drive["order"].is_string(), "{all}");
    } else {
        assert!(told.contains("not saved"), "{told}");
    }
}

#[test]
fn ctrl_c_gives_what_is_there() {
    let dir = photos();
    let mut command = Command::new(env!("CARGO_BIN_EXE_jpegasus"));
    command.args(["bench", "--time", "60s", "--cache", "warm", "--load", "read"]).arg(dir.path());
    let child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let begun = std::time::Instant::now();
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let ran = child.wait_with_output().unwrap();
    assert_eq!(ran.status.code(), Some(130), "{}", text(&ran.stderr));
    assert!(begun.elapsed() < std::time::Duration::from_secs(8));
    assert!(text(&ran.stdout).contains("read"), "{}", text(&ran.stdout));
}
