//! Whole drives with their truth: the generators of the project, where they are at hand.

mod trees;

use jpegasus::fs::Links;
use jpegasus::scan::{Check, EngineKind, ScanPlan, SystemNames};
use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use trees::{OURS, World, find, plan_of, skipped};

type Paths = BTreeSet<Vec<u8>>;

/// Finds a file of the project that is not in the repository; says so when it is not there.
fn shared(variable: &str, name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name);
    let path = std::env::var_os(variable).map_or(beside, PathBuf::from);
    if !path.exists() {
        skipped(&format!("{} is not there (set {variable})", path.display()));
        return None;
    }
    Some(path)
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Reads a list of the truth and puts the drive in front of each path.
fn truth(out: &Path, class: &str) -> Paths {
    let list = std::fs::read(out.join("truth").join(format!("{class}.txt"))).unwrap();
    let top = out.join("drive");
    let paths = list.split(|&b| b == 0).filter(|path| !path.is_empty());
    paths.map(|path| [top.as_os_str().as_bytes(), b"/", path].concat()).collect()
}

fn shown(paths: Paths) -> Vec<String> {
    paths.into_iter().map(|path| path.escape_ascii().to_string()).collect()
}

fn assert_same(found: &Paths, expected: &Paths, what: &str) {
    let (missing, extra) = (shown(expected - found), shown(found - expected));
    assert!(missing.is_empty() && extra.is_empty(), "{what}: missing {missing:?}, extra {extra:?}");
}

#[test]
fn a_photo_drive_is_found_as_it_was_made() {
    let Some(maker) = shared("PHOTO_DRIVE", "corpus/make_photo_drive.py") else { return };
    let world = World::new();
    let out = world.at("made");
    let mut make = Command::new("python3");
    make.arg(maker).arg("--out").arg(&out).args(["--files", "2000", "--dirs", "120", "--check"]);
    make.args(["--mode", "copy", "--max-bytes", "1"]);
    assert!(make.status().unwrap().success());
    let class = |name| truth(&out, name);
    let locked = if is_root() { class("unreadable_dir_files") } else { Paths::new() };
    let either = class("list_only_dir_files");
    let without = |found: Paths| &found - &either;
    let all = &(&class("expected") | &locked) - &either;
    let base = plan_of(out.join("drive"));
    for engine in EngineKind::ALL {
        let base = ScanPlan { engine, ..base.clone() };
        let found = find(&base);
        assert_eq!(found.totals.faults.values().sum::<u64>(), u64::from(!is_root()), "{:?}", found.faults);
        assert_same(&without(found.paths), &all, &format!("{engine}: defaults"));

        let jpg = ScanPlan { extensions: vec!["jpg".into()], ..base.clone() };
        let ends = |path: &&Vec<u8>| path.to_ascii_lowercase().ends_with(b".jpg");
        let expected = all.iter().filter(ends).cloned().collect();
        assert_same(&without(find(&jpg).paths), &expected, &format!("{engine}: -e jpg"));

        let skip = ScanPlan { system_names: SystemNames::Skip, ..base };
        let expected = &(&all - &class("system_dirs")) - &class("appledouble");
        assert_same(&without(find(&skip).paths), &expected, &format!("{engine}: --skip-system"));
    }
    let unread = if is_root() { Paths::new() } else { class("unreadable_files") };
    let magic = ScanPlan { check: Check::Magic, ..base.clone() };
    let photos = &(&all - &class("name_only")) - &unread;
    assert_same(&without(find(&magic).paths), &photos, "--check magic");
    let any = ScanPlan { extensions: vec!["*".into()], ..base.clone() };
    assert_same(&without(find(&any).paths), &(&photos | &class("content_only")), "-e '*'");

    let follow = find(&ScanPlan { links: Links::Follow, ..base });
    let expected = &(&all | &class("symlink_files")) | &class("through_links");
    assert_same(&without(follow.paths), &expected, "-L");
    let dangling = follow.notes.iter().filter(|note| note.ends_with("leads nowhere"));
    assert_eq!(dangling.count(), class("dangling").len());
}

#[test]
fn the_edge_tree_is_found_as_it_was_made() {
    let Some(maker) = shared("MKTREE", "tools/mktree.py") else { return };
    let world = World::new();
    let (tree, list) = (world.at("tree"), world.at("list"));
    let made = Command::new("python3").arg(maker).arg("edge").arg(&tree).arg("--list").arg(&list).output();
    assert!(made.unwrap().status.success());
    let list = std::fs::read(list).unwrap();
    let top = [tree.as_os_str().as_bytes(), b"/"].concat();
    let paths = list.split(|&b| b == 0).filter(|path| !path.is_empty());
    let mut expected: Paths = paths.map(|path| [&top, path].concat()).collect();
    if is_root() {
        expected.insert([&top, &b"unreadable/u.jpg"[..]].concat());
    } else {
        expected.remove(&[&top, &b"unreadable/u.jpg"[..]].concat());
    }
    for engine in OURS {
        let extensions = vec!["jpg".into(), "jpeg".into()];
        let found = find(&ScanPlan { engine, extensions, ..plan_of(&tree) });
        assert_same(&found.paths, &expected, engine.name());
        assert_eq!(found.faults.len(), usize::from(!is_root()), "{:?}", found.faults);
    }
}
