//! A disk that is full at ten points, of bytes and of names: no incomplete output, and the rest once there is room.
#![allow(clippy::print_stderr, reason = "a test that cannot run here says so")]

mod seam;
mod world;

use seam::Scene;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small disk in memory, taken down when it is dropped.
struct Disk(PathBuf);

impl Disk {
    /// Mounts a disk with room for so many blocks and names; `None`, told loudly, where nobody may.
    fn mount(at: &Path, blocks: u64, names: u64) -> Option<Self> {
        if !world::is_root() {
            eprintln!("SKIPPED: a full disk: only root can mount one");
            return None;
        }
        std::fs::create_dir_all(at).unwrap();
        let options = format!("size={},nr_inodes={names}", blocks * BLOCK);
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "none"]).arg(at).output().unwrap();
        if !mount.status.success() {
            eprintln!("SKIPPED: a full disk: {}", String::from_utf8_lossy(&mount.stderr));
            return None;
        }
        Some(Self(at.to_owned()))
    }

    /// Makes room.
    fn grow(&self) {
        let options = format!("remount,size={},nr_inodes=1000", 1000 * BLOCK);
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// What a file takes of such a disk, at least, in bytes.
const BLOCK: u64 = 4096;

#[test]
fn at_ten_points_nothing_is_false_and_the_same_command_completes() {
    let scene = Scene::new();
    let expected = scene.expected();
    let blocks: u64 = expected.values().map(|bytes| (bytes.len() as u64).div_ceil(BLOCK)).sum();
    assert_eq!(blocks, 20);
    // Besides the outputs: the journal takes some blocks; OUT, its folders and files some names.
    let by_blocks = [1, 5, 9, 13, 17].map(|room| (room + 2, 1000));
    let by_names = [2, 7, 12, 19, 25].map(|names| (1000, names));
    let (mut refused, mut begun) = (0, 0);
    for (blocks, names) in [by_blocks, by_names].concat() {
        let what = format!("room for {blocks} blocks, {names} names");
        let Some(disk) = Disk::mount(&scene.out(), blocks, names) else { return };
        let ran = world::crop(&scene.photos(), &scene.out(), &["--recipe", seam::RECIPE, "-j", "2", "-q"]);
        assert_eq!(ran.code, Some(4), "{what}: {}", ran.stderr);
        assert!(ran.stderr.contains("make room"), "{what}: {}", ran.stderr);
        assert!(!world::has_leftovers(&scene.out()), "{what}");
        scene.assert_nothing_false(&expected, &what);
        let there = scene.outputs().len();
        assert!(there < 20, "{what}");
        refused += usize::from(there == 0);
        begun += usize::from(there > 0);
        disk.grow();
        scene.complete(&what);
        assert_eq!(scene.outputs(), expected, "{what}");
    }
    assert!(refused > 0 && begun > 0, "{refused} runs made nothing, {begun} a part");
}
