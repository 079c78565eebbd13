//! Files that hang, fill memory or fool other tools: one clear line each, and nothing else.

#![allow(clippy::print_stderr, reason = "a test that cannot run here says so")]

mod world;

use std::ffi::{OsStr, OsString};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use world::{name, outputs, project, run, run_in, run_measured, snapshot};

/// No photo in these tests may need more.
const MEMORY: u64 = 512 << 20;

fn photo() -> Vec<u8> {
    std::fs::read(project("fixtures/photos/sizes/17x33.jpg")).unwrap()
}

/// Makes a folder of everything odd; returns how many names in it are good photos.
fn odd_world(dir: &Path) -> usize {
    let put = |name: &OsStr| std::fs::write(dir.join(name), photo()).unwrap();
    let good: Vec<OsString> = [
        &b"new\nline.jpg"[..],
        b"esc\x1b[31mred.jpg",
        b"\xff\xfe\x80.JPG",
        b"-rf.jpg",
        b" .jpg",
        b".jpg",
        b"tab\t.jpeg",
        b"$(touch x).jpg",
        b"gpj.\xe2\x80\xaejpg.jpg",
        &[&[b'n'; 251][..], b".jpg"].concat(),
    ]
    .iter()
    .map(|bytes| name(bytes))
    .collect();
    good.iter().for_each(|name| put(name));
    std::fs::create_dir(dir.join("folder.jpg")).unwrap();
    std::fs::write(dir.join("folder.jpg/inside.jpg"), photo()).unwrap();
    assert!(Command::new("mkfifo").arg(dir.join("fifo.jpg")).status().unwrap().success());
    drop(UnixListener::bind(dir.join("socket.jpg")).unwrap());
    for (link, target) in [("zero.jpg", "/dev/zero"), ("loop.jpg", "loop.jpg"), ("gone.jpg", "nowhere")] {
        std::os::unix::fs::symlink(target, dir.join(link)).unwrap();
    }
    for bomb in ["header-65500x65500.jpg", "header-65500x65500-progressive.jpg", "scans-1000.jpg"] {
        std::fs::copy(project("fixtures/hostile/too-large").join(bomb), dir.join(bomb)).unwrap();
    }
    std::fs::write(dir.join("empty.jpg"), "").unwrap();
    std::fs::copy(project("fixtures/hostile/not-jpeg/png.jpg"), dir.join("png.jpg")).unwrap();
    let sparse = std::fs::File::create(dir.join("sparse.jpg")).unwrap();
    sparse.set_len(1 << 40).unwrap();
    good.len() + 1
}

#[test]
fn odd_files_are_one_clear_line_each_and_cost_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (odd, out) = (dir.path().join("odd"), dir.path().join("out"));
    std::fs::create_dir(&odd).unwrap();
    let good = odd_world(&odd);
    let before = snapshot(&odd);
    let begun = Instant::now();
    let args = ["crop", "odd", "-o", "out", "-j", "2"].map(OsStr::new);
    let (ran, peak) = run_measured(dir.path(), &args);
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert!(peak <= MEMORY, "{} MB", peak >> 20);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let mut faults = ran.faults();
    faults.sort();
    let expected = [
        ("odd/empty.jpg", "not-jpeg"),
        ("odd/header-65500x65500-progressive.jpg", "too-large"),
        ("odd/header-65500x65500.jpg", "too-large"),
        ("odd/png.jpg", "not-jpeg"),
        ("odd/scans-1000.jpg", "too-large"),
        ("odd/sparse.jpg", "too-large"),
    ];
    assert_eq!(faults, expected.map(|(path, kind)| (path.to_owned(), kind.to_owned())), "{}", ran.stderr);
    assert_eq!(outputs(&out).len(), good);
    assert!(ran.stderr.lines().all(|line| !line.contains(['\x1b', '\u{202e}'])));
    assert_eq!(before, snapshot(&odd));

    // Asked for by name, or reached by links, they are refused without being opened.
    for special in ["fifo.jpg", "socket.jpg", "folder.jpg/../fifo.jpg"] {
        let begun = Instant::now();
        let ran = run_in(&odd, ["crop", special, "-o", "../named"]);
        assert_eq!(ran.code, Some(2), "{special}: {}", ran.stderr);
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
    let ran = run_in(dir.path(), ["crop", "-L", "odd", "-o", "followed"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(outputs(&dir.path().join("followed")).len(), good);
}

#[test]
fn a_path_longer_than_path_max_is_found_and_cropped() {
    let dir = tempfile::tempdir().unwrap();
    let script = "import os\nfd=os.open('deep',os.O_RDONLY)\n\
        for _ in range(25):\n os.mkdir('d'*200,dir_fd=fd); fd=os.open('d'*200,os.O_RDONLY,dir_fd=fd)\n\
        f=os.open('x.jpg',os.O_WRONLY|os.O_CREAT,dir_fd=fd); os.write(f,open('photo','rb').read())";
    std::fs::create_dir(dir.path().join("deep")).unwrap();
    std::fs::write(dir.path().join("photo"), photo()).unwrap();
    assert!(Command::new("python3").current_dir(dir.path()).args(["-c", script]).status().unwrap().success());
    let found = run_in(dir.path(), ["scan", "-0", "deep"]);
    assert_eq!((found.code, found.records().len()), (Some(0), 1), "{}", found.stderr);
    assert!(found.records()[0].len() > 4096);
    let ran = run_in(dir.path(), ["crop", "deep", "-o", "out"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let again = run_in(dir.path(), ["crop", "deep", "-o", "out"]);
    assert!(again.stderr.contains("1 already there"), "{}", again.stderr);
    let removed =
        Command::new("rm").arg("-rf").arg(dir.path().join("deep")).arg(dir.path().join("out")).status();
    assert!(removed.unwrap().success());
}

#[test]
fn a_device_is_never_opened() {
    if !world::is_root() {
        eprintln!("SKIPPED: devices: only root can make one");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let device = dir.path().join("device.jpg");
    if !Command::new("mknod").arg(&device).args(["c", "1", "5"]).status().unwrap().success() {
        eprintln!("SKIPPED: devices: this system makes none");
        return;
    }
    let ran = run_in(dir.path(), ["crop", ".", "-o", "out"]);
    assert_eq!((ran.code, outputs(&dir.path().join("out")).len()), (Some(0), 0), "{}", ran.stderr);
    assert_eq!(run([OsStr::new("scan"), device.as_os_str()]).code, Some(2));
}
