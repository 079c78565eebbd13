//! Folders that lie within themselves, as broken file systems have them: a walk of them would never end.
//!
//! A folder is suspected that has the inode number of one above it or, where numbers are made up (FAT,
//! exFAT, FUSE), the same subfolders as one above it. What proves it is the way that leads from the one
//! above to it: in a folder that lies within itself it can be gone again, as often as one likes. Copies,
//! snapshots and bind mounts of a folder in itself end after some times.

use super::Walk;
use super::level::Level;
use crate::error::{Error, Kind, Shown};
use crate::fs::{FileId, Folder, Links};
use crate::scan::rules::DEPTH_LIMIT;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// So often a way must lead to the same inode.
const TIMES: u32 = 3;

/// So often where numbers are made up, if the folder has several subfolders. With one there could be a long
/// chain of folders of the same name: its way is gone until it is deeper than folders can lie.
const MANY_TIMES: u32 = 256;

/// So many folders above that have the same subfolders are tried, from the nearest on.
const NEAR: usize = 8;

/// Tells whether the folder of `below` could be one of those above it, by what is known of them already.
pub(super) fn is_suspect(below: &Level) -> bool {
    let is_twin = |above: &Level| above.inode == below.inode || above.print == below.print;
    below.above().any(|above| above.site.is_some() && is_twin(above))
}

/// Tells what is wrong with the folder of `below`, which was just read and is open as `folder`, if it lies
/// within itself; `answers` is called whenever the drive does.
pub(super) fn fault(walk: &Walk, below: &Level, folder: &Folder, answers: &dyn Fn()) -> Option<Error> {
    let site = below.site.as_ref()?;
    let id = folder.has_true_inodes().then(|| folder.status().map(|status| status.id));
    // Who cannot be asked gives no proof.
    let id = id.transpose().ok()?;
    let is_twin = |above: &&Level| match id {
        Some(_) => above.inode == below.inode,
        None => above.print == below.print,
    };
    let twins: Vec<_> = below.above().filter(|above| above.site.is_some()).filter(is_twin).collect();
    // In a long chain each folder is like all above it: at some depths only it is looked at.
    if id.is_none() && !twins.len().is_power_of_two() {
        return None;
    }
    let way = way_of(below);
    twins.into_iter().take(NEAR).find_map(|above| {
        let outer = way_of(above);
        let again = way.get(outer.len()..)?.strip_suffix(b"/")?;
        let again = Path::new(OsStr::from_bytes(again));
        let names = (site.depth - above.site.as_ref()?.depth).max(1);
        let times = match id {
            Some(_) => TIMES,
            None if below.len() > 1 => MANY_TIMES,
            None => (DEPTH_LIMIT.saturating_sub(site.depth) / names).max(TIMES),
        };
        let is_endless = repeats(folder, again, walk.rules.links, id, times, answers);
        is_endless.unwrap_or(false).then(|| {
            let root = &walk.roots[site.walk_root];
            let place = match outer.strip_suffix(b"/") {
                None => root.path().to_owned(),
                Some(outer) => PathBuf::from(OsStr::from_bytes(&[root.prefix(), outer].concat())),
            };
            let why = format!("it is the folder {} again, which it lies in", Shown(&place));
            Error::new(Kind::Endless, why)
        })
    })
}

/// Returns the path of the folder of a level beneath its root, with a slash behind every name.
fn way_of(level: &Level) -> Vec<u8> {
    let mut way = Vec::new();
    level.spell(&mut way, 0);
    way
}

/// Tells whether a way can be gone from a folder so many times, to the same inode each time if it has one.
fn repeats(
    folder: &Folder,
    way: &Path,
    links: Links,
    id: Option<FileId>,
    times: u32,
    answers: &dyn Fn(),
) -> io::Result<bool> {
    let mut here = folder.open_folder(way, links)?;
    for time in 1..=times {
        answers();
        if id.is_some() && Some(here.status()?.id) != id {
            return Ok(false);
        }
        if time < times {
            here = here.open_folder(way, links)?;
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Fs;
    use std::cell::Cell;

    fn open(path: &Path) -> Folder {
        Fs::default().open_folder(path).unwrap()
    }

    /// Tells whether a way from a folder repeats, with and without inode numbers.
    fn both(folder: &Path, way: &str) -> [bool; 2] {
        let folder = open(folder);
        let id = folder.status().unwrap().id;
        let ask =
            |id, times| repeats(&folder, Path::new(way), Links::Follow, id, times, &|| ()).unwrap_or(false);
        [ask(Some(id), TIMES), ask(None, DEPTH_LIMIT)]
    }

    #[test]
    fn a_folder_within_itself_is_found_and_a_chain_is_not() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("x/y")).unwrap();
        std::os::unix::fs::symlink("..", dir.path().join("x/y/up")).unwrap();
        assert_eq!(both(&dir.path().join("x"), "y/up"), [true, true]);
        assert_eq!(both(&dir.path().join("x"), "y"), [false, false]);

        let chain = dir.path().join("chain");
        std::fs::create_dir_all(chain.join("d/".repeat(400))).unwrap();
        for depth in [0, 1, 200, 399] {
            assert_eq!(both(&chain.join("d/".repeat(depth)), "d"), [false, false], "{depth}");
        }
    }

    #[test]
    fn a_large_folder_with_a_copy_of_itself_within_is_none_that_has_no_end() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["", "backup", "backup/backup"] {
            let folder = dir.path().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            (0..300).for_each(|file| std::fs::write(folder.join(file.to_string()), "").unwrap());
        }
        assert_eq!(both(&dir.path().join("backup"), "backup"), [false, false]);
    }

    #[test]
    fn the_drive_is_seen_to_answer_while_a_way_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(".", dir.path().join("again")).unwrap();
        let answers = Cell::new(0);
        let count = || answers.set(answers.get() + 1);
        let folder = open(dir.path());
        assert!(repeats(&folder, Path::new("again"), Links::Follow, None, 1000, &count).unwrap());
        assert_eq!(answers.get(), 1000);
    }
}
