//! One contract, many walkers: on every tree each finds what the serial one finds.

mod trees;

use jpegasus::error::Kind;
use jpegasus::fs::{Flush, Fs, Links, Op};
use jpegasus::scan::{Boundary, Check, EngineKind, IgnoreFiles, ScanPlan, SystemNames};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use trees::{Fails, OURS, World, find, find_with, plan_of, skipped};

/// Compares all engines, at several numbers of threads, with the serial one; returns what it found.
fn agree(plan: &ScanPlan) -> trees::Found {
    let serial = find(&ScanPlan { engine: EngineKind::Serial, ..plan.clone() });
    for engine in EngineKind::ALL {
        for threads in [0, 1, 2, 8] {
            let other = find(&ScanPlan { engine, threads, ..plan.clone() });
            let missing: Vec<_> =
                serial.paths.difference(&other.paths).map(|p| p.escape_ascii().to_string()).collect();
            let extra: Vec<_> =
                other.paths.difference(&serial.paths).map(|p| p.escape_ascii().to_string()).collect();
            assert!(
                missing.is_empty() && extra.is_empty(),
                "{engine} {threads}: -{missing:?} +{extra:?} {plan:?}"
            );
            assert_eq!(other.faults, serial.faults, "{engine} {threads} {plan:?}");
            assert_eq!(other.totals, serial.totals, "{engine} {threads} {plan:?}");
        }
    }
    serial
}

/// A tree with one of everything.
fn nasty() -> World {
    let world = World::new();
    world.files(&[
        "a.jpg",
        "b.JPG",
        "c.jpeg",
        "d.jpe",
        "e.JFIF",
        "f.png",
        "jpg",
        "g.jpg.bak",
        ".jpg",
        ".hidden.jpg",
        "..jpg",
        "nl\nname.jpg",
        "esc\x1b[31m.jpg",
        ".git/x.jpg",
        ".hidden/y.jpg",
        "dir.jpg/inside.jpg",
        "sub/s.jpg",
        "sub/deeper/t.jpg",
        "sub/deeper/still/u.jpg",
        "other/sub/v.jpg",
        "@eaDir/thumb.jpg",
        ".Trash-1000/w.jpg",
        "$RECYCLE.BIN/S-1/x.jpg",
        "sub/._a.jpg",
        "lost+found/y.jpg",
        "skip me.jpg",
        "-",
        "-.jpg",
        "{}.jpg",
    ]);
    world.folder("empty/a/b");
    world.file(OsStr::from_bytes(b"bad\xff\xfe/bad\x80.jpg"), b"x");
    world.file(format!("{}.jpg", "n".repeat(251)), b"x");
    world.file("big/1000.jpg", &[0; 1000]);
    world.file("big/2000.jpg", &[0; 2000]);
    world.file("big/0.jpg", &[]);
    for at in 0..3000 {
        world.file(format!("flat/{at:04}.{}", if at % 3 == 0 { "txt" } else { "jpg" }), b"");
    }
    world.link("loop/up", "..");
    world.link("loop/here", ".");
    world.link("loop/ping.jpg", "pong.jpg");
    world.link("loop/pong.jpg", "ping.jpg");
    world.link("links/gone.jpg", "nowhere.jpg");
    world.link("links/not-a-photo", "nowhere");
    world.link("links/through-a-file.jpg", "../a.jpg/x");
    world.link("links/file.jpg", "../a.jpg");
    world.link("links/no-photo-name", "../a.jpg");
    world.link("links/folder", "../sub");
    world.link("links/folder.jpg", "../sub/deeper");
    world.link("links/null.jpg", "/dev/null");
    std::os::unix::fs::symlink(world.at("big/2000.jpg"), world.at("links/absolute.jpg")).unwrap();
    mknodat(CWD, world.at("fifo.jpg"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    drop(UnixListener::bind(world.at("sock.jpg")).unwrap());
    std::fs::hard_link(world.at("a.jpg"), world.at("hard.jpg")).unwrap();
    world.folder("chain");
    let deep = Fs::default().open_folder(&world.at("chain")).unwrap();
    let deep = (0..300).fold(deep, |folder, _| {
        folder.create_folder(OsStr::new("d")).unwrap();
        folder.open_folder(Path::new("d"), Links::Ignore).unwrap()
    });
    deep.create_file(OsStr::new("deep.jpg"), b"x", Flush::Later).unwrap();
    world
}

#[test]
fn every_engine_finds_the_same_under_every_option() {
    let world = nasty();
    let base = plan_of(world.path());
    let found = agree(&base);
    assert!(found.faults.is_empty() && found.notes.is_empty(), "{found:?}");
    for name in
        ["a.jpg", ".jpg", "..jpg", "nl\nname.jpg", ".git/x.jpg", "dir.jpg/inside.jpg", "hard.jpg", "-.jpg"]
    {
        assert!(found.paths.contains(world.at(name).as_os_str().as_bytes()), "{name}");
    }
    assert!(!found.paths.iter().any(|path| path.ends_with(b"fifo.jpg") || path.ends_with(b"sock.jpg")));
    assert!(
        !found.paths.iter().any(|path| path.windows(6).any(|part| part == b"links/" || part == b"/loop/"))
    );
    assert_eq!(found.paths.iter().filter(|path| path.windows(6).any(|part| part == b"/flat/")).count(), 2000);

    for links in [Links::Ignore, Links::Follow] {
        for max_depth in [None, Some(0), Some(1), Some(2), Some(4)] {
            for exclude in [&[][..], &["sub", "*me.jpg"], &["sub/deeper", "big/1*", "**/loop"]] {
                let exclude = exclude.iter().map(ToString::to_string).collect();
                // Folders linked in circles are walked over and over: what is deep there grows soon.
                agree(&ScanPlan { links, max_depth, exclude, ..base.clone() });
            }
        }
        agree(&ScanPlan { links, system_names: SystemNames::Skip, ..base.clone() });
        agree(&ScanPlan { links, boundary: Boundary::OneFilesystem, ..base.clone() });
        agree(&ScanPlan { links, extensions: vec!["jpg".into(), "png".into()], ..base.clone() });
        for size in ["+1k", "-1000", "0", "+1500b"] {
            agree(&ScanPlan { links, file_size: vec![size.parse().unwrap()], ..base.clone() });
        }
    }
    agree(&ScanPlan { check: Check::Magic, ..base.clone() });
    agree(&ScanPlan { extensions: vec!["*".into()], links: Links::Follow, ..base });
}

#[test]
fn links_are_followed_once_round_and_lead_nowhere_without_harm() {
    let world = World::new();
    world.files(&["a.jpg", "sub/b.jpg"]);
    world.link("sub/up", "..");
    world.link("twice", "sub");
    world.link("file.jpg", "a.jpg");
    world.link("no-name", "a.jpg");
    world.link("gone.jpg", "nowhere");
    world.link("round.jpg", "round.jpg");
    let found = agree(&ScanPlan { links: Links::Follow, ..plan_of(world.path()) });
    assert_eq!(found.names(world.path()), ["a.jpg", "file.jpg", "sub/b.jpg", "twice/b.jpg"]);
    assert!(found.faults.is_empty());
    assert_eq!(found.notes.len(), 4, "{:?}", found.notes);
}

#[test]
fn a_list_written_by_hand_is_what_exclusion_gives() {
    let world = World::new();
    world.files(&["a.jpg", "x/a.jpg", "x/b.jpg", "y/x/a.jpg", "y/x/z/c.jpg", "y/n.jpg"]);
    for (globs, left) in [
        (&["x"][..], &["a.jpg", "y/n.jpg"][..]),
        (&["/x"], &["a.jpg", "y/n.jpg", "y/x/a.jpg", "y/x/z/c.jpg"]),
        (&["a*"], &["x/b.jpg", "y/n.jpg", "y/x/z/c.jpg"]),
        (&["*/a.jpg"], &["a.jpg", "x/b.jpg", "y/n.jpg", "y/x/a.jpg", "y/x/z/c.jpg"]),
        (&["**/x/*"], &["a.jpg", "y/n.jpg"]),
    ] {
        let exclude = globs.iter().map(ToString::to_string).collect();
        let found = agree(&ScanPlan { exclude, ..plan_of(world.path()) });
        assert_eq!(found.names(world.path()), left, "{globs:?}");
    }
}

#[test]
fn a_path_longer_than_path_max_is_found_or_a_fault() {
    let world = World::new();
    let long = "n".repeat(200);
    world.chain(&long, 30).create_file(OsStr::new("deep.jpg"), b"x", Flush::Later).unwrap();
    for engine in EngineKind::ALL {
        let found = find(&ScanPlan { engine, ..plan_of(world.path()) });
        if OURS.contains(&engine) {
            assert!(found.faults.is_empty(), "{engine} {:?}", found.faults);
            assert_eq!(found.paths.len(), 1, "{engine}");
        } else {
            assert_eq!((found.paths.len(), found.faults.len()), (0, 1), "{engine} {:?}", found.faults);
        }
    }
    let magic = ScanPlan { check: Check::Magic, ..plan_of(world.path()) };
    let found = find(&magic);
    assert!(found.paths.is_empty() && found.faults.is_empty(), "it could be opened: {:?}", found.faults);
}

#[test]
fn a_chain_of_4096_folders_is_walked_and_a_deeper_one_is_endless() {
    let world = World::new();
    let last = world.chain("d", 4096);
    last.create_file(OsStr::new("last.jpg"), b"x", Flush::Later).unwrap();
    for engine in OURS {
        let found = find(&ScanPlan { engine, ..plan_of(world.path()) });
        assert_eq!((found.paths.len(), found.faults.len()), (1, 0), "{engine}");
        assert_eq!(found.totals.folders, 4097);
    }
    last.create_folder(OsStr::new("d")).unwrap();
    for engine in OURS {
        let found = find(&ScanPlan { engine, ..plan_of(world.path()) });
        assert_eq!(found.paths.len(), 1, "{engine}");
        assert_eq!(found.totals.faults.into_iter().collect::<Vec<_>>(), [(Kind::Endless, 1)], "{engine}");
    }
}

#[test]
fn a_folder_that_cannot_be_read_costs_itself_only() {
    let world = World::new();
    for at in 0..40 {
        world.files(&[&format!("d{at}/a.jpg"), &format!("d{at}/e{at}/b.jpg")]);
    }
    let (eio, eacces, enoent) = (5, 13, 2);
    for engine in OURS {
        for (op, errno) in [(Op::OpenFolder, eio), (Op::OpenFolder, eacces), (Op::OpenFolder, enoent)] {
            let fs = Fs::with_faults(Arc::new(Fails(op, "d7", errno)));
            let found = find_with(&ScanPlan { engine, ..plan_of(world.path()) }, &fs);
            assert_eq!((found.paths.len(), found.faults.len()), (78, 1), "{engine}");
            let start = format!("{}: unreadable (cannot open the folder: ", world.at("d7").display());
            assert!(found.faults[0].starts_with(&start), "{:?}", found.faults);
            assert!(found.faults[0].ends_with(&format!("(os error {errno}))")), "{:?}", found.faults);
            assert_eq!(found.totals.faults[&Kind::Unreadable], 1);
        }
        let fs = Fs::with_faults(Arc::new(Fails(Op::Status, "a.jpg", eio)));
        let sized = ScanPlan { engine, file_size: vec!["+0".parse().unwrap()], ..plan_of(world.path()) };
        let found = find_with(&sized, &fs);
        assert_eq!((found.paths.len(), found.faults.len()), (40, 40), "{engine}");
        let fs = Fs::with_faults(Arc::new(Fails(Op::List, ".", eio)));
        let found = find_with(&ScanPlan { engine, ..plan_of(world.path()) }, &fs);
        assert_eq!((found.paths.len(), found.faults.len(), found.totals.folders), (0, 1, 0), "{engine}");
    }
}

#[test]
fn a_folder_locked_to_an_ordinary_user_is_one_fault() {
    let world = World::new();
    world.files(&["a.jpg", "locked/b.jpg"]);
    std::fs::set_permissions(world.at("locked"), PermissionsExt::from_mode(0o000)).unwrap();
    if rustix::process::geteuid().is_root() {
        assert_eq!(agree(&plan_of(world.path())).paths.len(), 2, "root reads everything");
        return;
    }
    for engine in EngineKind::ALL {
        let found = find(&ScanPlan { engine, ..plan_of(world.path()) });
        assert_eq!((found.paths.len(), found.faults.len()), (1, 1), "{engine}");
    }
}

#[test]
fn another_file_system_is_not_entered_when_told_so() {
    let world = World::new();
    world.files(&["a.jpg", "sub/b.jpg"]);
    let mount = world.folder("sub/mounted");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "none"]).arg(&mount).status();
    if !mounted.is_ok_and(|status| status.success()) {
        skipped("no right to mount a tmpfs here");
        return;
    }
    world.files(&["sub/mounted/c.jpg", "sub/mounted/deep/d.jpg"]);
    let plan = |boundary| ScanPlan { boundary, ..plan_of(world.path()) };
    let both = std::panic::catch_unwind(|| {
        let all = agree(&plan(Boundary::None)).names(world.path());
        let one = agree(&plan(Boundary::OneFilesystem)).names(world.path());
        let roots = vec![world.path().to_owned(), world.at("sub/mounted/deep"), mount.clone()];
        let own = agree(&ScanPlan { roots, ..plan(Boundary::OneFilesystem) }).names(world.path());
        (all, one, own)
    });
    assert!(Command::new("umount").arg(&mount).status().unwrap().success());
    let (all, one, own) = both.unwrap();
    assert_eq!(all, ["a.jpg", "sub/b.jpg", "sub/mounted/c.jpg", "sub/mounted/deep/d.jpg"]);
    assert_eq!(one, ["a.jpg", "sub/b.jpg"]);
    assert_eq!(own, all, "a root on another file system is a root of its own");
}

#[test]
fn ignore_files_count_inside_and_outside_of_repositories() {
    let world = World::new();
    world.files(&["a.jpg", "sub/b.jpg", "sub/c.jpg", "out/d.jpg", ".hidden/e.jpg"]);
    world.file(".gitignore", b"b.jpg\n");
    world.file("sub/.ignore", b"c.jpg\n");
    let plan = ScanPlan {
        engine: EngineKind::Ignore,
        ignore_files: IgnoreFiles::Obey,
        exclude: vec!["out".into()],
        ..plan_of(world.path())
    };
    assert_eq!(find(&plan).names(world.path()), [".hidden/e.jpg", "a.jpg"]);
    let plain = ScanPlan { ignore_files: IgnoreFiles::Disregard, exclude: vec![], ..plan };
    assert_eq!(agree(&plain).paths.len(), 5);
}
