//! What content makes a photo, and what becomes of files that cannot be read.

mod trees;

use jpegasus::event::Nobody;
use jpegasus::fs::{Fs, Links, Op};
use jpegasus::jpeg::Limits;
use jpegasus::scan::{Check, List, ScanPlan, Separator, scan};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::sync::Arc;
use trees::{Fails, OURS, World, find, find_with, plan_of};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 and so on";

fn mixed() -> World {
    let world = World::new();
    for (name, content) in [
        ("good.jpg", JPEG),
        ("sub/good.JPG", JPEG),
        ("sub/deep/good.jpe", JPEG),
        ("sub/only-content.dat", JPEG),
        ("empty.jpg", b""),
        ("two.jpg", b"\xff\xd8"),
        ("three.jpg", b"\xff\xd8\xff"),
        ("png.jpg", b"\x89PNG\r\n\x1a\n"),
        ("jxl.jpg", b"\xff\x0a\xff"),
        ("j2k.jpg", b"\xff\x4f\xff\x51"),
    ] {
        world.file(name, content);
    }
    mknodat(CWD, world.at("fifo.jpg"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    world.link("link.jpg", "good.jpg");
    world
}

#[test]
fn first_bytes_tell_photos_from_files_with_their_name() {
    let world = mixed();
    for engine in jpegasus::scan::EngineKind::ALL {
        for check_threads in [0, 1, 3] {
            let plan = ScanPlan { check: Check::Magic, check_threads, engine, ..plan_of(world.path()) };
            let found = find(&plan);
            let good = ["good.jpg", "sub/deep/good.jpe", "sub/good.JPG", "three.jpg"];
            assert_eq!(found.names(world.path()), good);
            assert!(found.faults.is_empty(), "{:?}", found.faults);
            let any = ScanPlan { extensions: vec!["*".into()], check: Check::Name, ..plan.clone() };
            let all = ["good.jpg", "sub/deep/good.jpe", "sub/good.JPG", "sub/only-content.dat", "three.jpg"];
            assert_eq!(find(&any).names(world.path()), all);
            let linked = ScanPlan { links: Links::Follow, ..plan };
            assert_eq!(find(&linked).names(world.path())[1], "link.jpg");
        }
    }
}

#[test]
fn a_file_that_was_named_is_checked_too() {
    let world = mixed();
    let roots = vec![world.at("sub/only-content.dat"), world.at("png.jpg")];
    let plan = ScanPlan { roots, check: Check::Magic, ..ScanPlan::default() };
    assert_eq!(find(&plan).names(world.path()), ["sub/only-content.dat"]);
}

#[test]
fn a_file_that_cannot_be_read_is_a_fault_and_no_photo() {
    let world = mixed();
    let eio = 5;
    for engine in OURS {
        for op in [Op::OpenFile, Op::Read, Op::Status] {
            let fs = Fs::with_faults(Arc::new(Fails(op, "good.JPG", eio)));
            let found = find_with(&ScanPlan { engine, check: Check::Magic, ..plan_of(world.path()) }, &fs);
            assert_eq!(found.names(world.path()), ["good.jpg", "sub/deep/good.jpe", "three.jpg"]);
            assert_eq!(found.faults.len(), 1, "{:?}", found.faults);
            let start = format!("{}: unreadable (", world.at("sub/good.JPG").display());
            assert!(found.faults[0].starts_with(&start), "{:?}", found.faults);
        }
    }
}

#[test]
fn one_flat_folder_is_checked_whole() {
    let world = World::new();
    for at in 0..1000 {
        world.file(format!("{at}.jpg"), if at % 4 == 0 { b"none" } else { JPEG });
    }
    let found = find(&ScanPlan { check: Check::Magic, ..plan_of(world.path()) });
    assert_eq!((found.paths.len(), found.faults.len()), (750, 0));
}

/// Returns what is expected of every fixture: its path and the word for it.
fn fixtures() -> Vec<(String, String)> {
    let mut list = csv::Reader::from_path("fixtures/expected.csv").unwrap();
    let rows = list.records().map(Result::unwrap);
    rows.map(|row| (format!("fixtures/{}", &row[0]), row[1].to_owned())).collect()
}

/// Tells whether a fault is of this kind.
fn says(fault: &str, kind: &str) -> bool {
    fault.contains(&format!(": {kind} ("))
}

#[test]
fn a_full_check_judges_every_fixture_as_expected() {
    let found = find(&ScanPlan { check: Check::Full, ..plan_of("fixtures") });
    let fixtures = fixtures();
    assert!(fixtures.len() > 50);
    for (path, expect) in &fixtures {
        let faults: Vec<_> =
            found.faults.iter().filter(|fault| fault.starts_with(&format!("{path}: "))).collect();
        let is_listed = found.paths.contains(path.as_bytes());
        match expect.as_str() {
            "ok" | "warning" => assert!(is_listed && faults.is_empty(), "{path} {faults:?}"),
            "not-jpeg" => assert!(!is_listed && faults.is_empty(), "{path} {faults:?}"),
            kind => {
                assert!(!is_listed && faults.len() == 1, "{path} {faults:?}");
                assert!(says(faults[0], kind), "{kind}: {faults:?}");
            }
        }
    }
    assert!(found.paths.iter().all(|path| fixtures.iter().any(|(known, _)| known.as_bytes() == path)));
}

#[test]
fn a_header_check_lists_what_is_well_begun_and_keeps_its_facts() {
    let plan = ScanPlan { check: Check::Header, ..plan_of("fixtures") };
    let found = find(&plan);
    for (path, expect) in fixtures() {
        let fault = found.faults.iter().find(|fault| fault.starts_with(&format!("{path}: ")));
        let is_listed = found.paths.contains(path.as_bytes());
        match expect.as_str() {
            "ok" | "warning" => assert!(is_listed && fault.is_none(), "{path} {fault:?}"),
            "not-jpeg" => assert!(!is_listed && fault.is_none(), "{path} {fault:?}"),
            kind => match fault {
                Some(fault) => assert!(!is_listed && says(fault, kind), "{kind}: {fault}"),
                None => assert!(is_listed || kind == "unsupported", "{path}"),
            },
        }
    }
    let (set, _) = scan(&plan, &Fs::default(), Arc::new(Nobody)).unwrap().into_set();
    assert!(set.iter().all(|photo| photo.facts.is_some_and(|facts| facts.dims.area() > 0)));
}

#[test]
fn a_header_longer_than_the_first_read_is_read_on() {
    let world = World::new();
    let photo = std::fs::read("fixtures/photos/2011-08 china/china.jpg").unwrap();
    let comment = [&b"\xff\xfe\xff\xff"[..], &[b'x'; 65_533]].concat();
    for comments in [1, 5, 40] {
        let content = [&photo[..2], &comment.repeat(comments), &photo[2..]].concat();
        world.file(format!("{comments}.jpg"), &content);
    }
    world.file("endless.jpg", &[&photo[..2], &comment.repeat(400)].concat());
    let found = find(&ScanPlan { check: Check::Header, ..plan_of(world.path()) });
    assert_eq!(found.names(world.path()), ["1.jpg", "40.jpg", "5.jpg"]);
    assert_eq!(found.faults.len(), 1);
    assert!(found.faults[0].contains("too-large"), "{:?}", found.faults);
}

#[test]
fn a_full_check_obeys_limits() {
    let limits = Limits { max_pixels: 1000, ..Limits::default() };
    let path = "fixtures/photos/2011-08 china/china.jpg";
    let found = find(&ScanPlan { check: Check::Full, limits, ..plan_of(path) });
    assert!(found.paths.is_empty() && found.faults[0].contains("too-large"), "{:?}", found.faults);
}

#[test]
fn listed_photos_are_checked_themselves() {
    let world = mixed();
    let list = world.at("list");
    let names =
        ["good.jpg", "png.jpg", "sub/good.JPG"].map(|name| world.at(name).to_str().unwrap().to_owned());
    std::fs::write(&list, names.join("\n")).unwrap();
    for check in [Check::Name, Check::Magic] {
        let lists = vec![List::new(&list, Separator::Newline)];
        let plan = ScanPlan { roots: Vec::new(), lists, check, ..ScanPlan::default() };
        let found = find(&plan);
        let expected: &[_] =
            if check == Check::Name { &names } else { &[names[0].clone(), names[2].clone()] };
        let paths: Vec<_> = found.paths.iter().map(|path| String::from_utf8_lossy(path)).collect();
        assert_eq!(paths, expected, "{check}");
        assert!(found.faults.is_empty(), "{:?}", found.faults);
    }
}
