//! Folders that lie within themselves, as broken file systems have them: a walk of them would never end.
//!
//! Where inode numbers are kept on the drive, such a folder has the number of one above it. FAT, exFAT and
//! what runs on FUSE make numbers up, so there a folder is suspected that has the same subfolders as one
//! above it, and then compared with that one: a folder that ends somewhere differs from all folders within
//! it sooner or later.

use super::Walk;
use super::level::Level;
use crate::error::{Error, Kind};
use crate::fs::{Entry, FileKind, Folder, Links, ListBuffer};
use std::ffi::{OsStr, OsString};
use std::io;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// So many names that are the same are no accident. More than the folders that may lie one in the
/// other, so that a chain of them is not taken for one without an end.
const ALIKE: usize = 8192;

/// Of so many files in each folder sizes and times are compared: some drives are slow to tell them.
const FILES: usize = 8;

/// A comparison follows no more folders at a time than this.
const OPEN: usize = 64;

/// Tells what is wrong with the folder of `below`, which was just read and is open as `folder`, if it
/// is one of those above it.
pub(super) fn fault(walk: &Walk, below: &Level, folder: &Folder) -> Option<Error> {
    let site = below.site.as_ref()?;
    let root = &walk.roots[site.walk_root];
    let has_inodes = folder.has_true_inodes();
    let mut twins = 0_u32;
    for above in below.above().filter(|above| above.site.is_some()) {
        let is_twin = if has_inodes { above.inode == below.inode } else { above.print == below.print };
        if !is_twin {
            continue;
        }
        twins += 1;
        // Where each folder of a long chain is like the next one, only some are looked at.
        if !twins.is_power_of_two() {
            continue;
        }
        let mut way = Vec::new();
        above.spell(&mut way, 0);
        let way = way.strip_suffix(b"/").unwrap_or(&way);
        let other = match walk.anchors[site.walk_root].folder.get() {
            Some(held) => held.folder.open_folder(Path::new(OsStr::from_bytes(way)), walk.rules.links),
            None => walk
                .fs
                .open_folder(root.path())
                .and_then(|root| root.open_folder(Path::new(OsStr::from_bytes(way)), walk.rules.links)),
        };
        // Who cannot look at it again cannot say more than that there is no proof.
        let is_same = other.and_then(|other| {
            if has_inodes { Ok(other.status()?.id == folder.status()?.id) } else { is_alike(other, folder) }
        });
        if is_same.unwrap_or(false) {
            let place = match way {
                b"" => root.path().to_owned(),
                way => PathBuf::from(OsStr::from_bytes(&[root.prefix(), way].concat())),
            };
            let why = format!("it is the folder {} again, which it lies in", crate::error::Shown(&place));
            return Some(Error::new(Kind::Endless, why));
        }
    }
    None
}

/// Tells whether the folder of `below` could be one of those above it, by what is known of them already.
pub(super) fn is_suspect(below: &Level) -> bool {
    let is_twin = |above: &Level| above.inode == below.inode || above.print == below.print;
    below.above().any(|above| above.site.is_some() && is_twin(above))
}

/// What a comparison looks at.
type Listed = Vec<(OsString, FileKind)>;

/// Tells whether two folders have the same names all the way down, and files of the same sizes and times,
/// as far as anyone looks.
fn is_alike(one: Folder, other: &Folder) -> io::Result<bool> {
    let mut left = ALIKE;
    let mut pairs = vec![(one, other.open_folder(Path::new(""), Links::Ignore)?)];
    while let Some((one, other)) = pairs.pop() {
        let names = listed(&one, left)?;
        if names != listed(&other, left)? {
            return Ok(false);
        }
        for (name, _) in names.iter().filter(|(_, kind)| *kind == FileKind::File).take(FILES) {
            let (file, twin) = (one.status_of(name, Links::Ignore)?, other.status_of(name, Links::Ignore)?);
            if (file.kind, file.len, file.modified) != (twin.kind, twin.len, twin.modified) {
                return Ok(false);
            }
        }
        left = left.saturating_sub(names.len());
        if left == 0 {
            return Ok(true);
        }
        for (name, _) in names.iter().filter(|(_, kind)| *kind == FileKind::Folder) {
            if pairs.len() < OPEN {
                let name = Path::new(name);
                pairs.push((one.open_folder(name, Links::Ignore)?, other.open_folder(name, Links::Ignore)?));
            }
        }
    }
    Ok(false)
}

/// Returns the sorted names in a folder, or the first ones of too many.
fn listed(folder: &Folder, most: usize) -> io::Result<Listed> {
    let mut names = Vec::new();
    folder.open_folder(Path::new(""), Links::Ignore)?.list(
        &mut ListBuffer::default(),
        &mut |entry: Entry<'_>| {
            names.push((entry.name.to_owned(), entry.kind));
            if names.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        },
    )?;
    names.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Fs;

    fn open(path: &Path) -> Folder {
        Fs::default().open_folder(path).unwrap()
    }

    #[test]
    fn a_folder_is_alike_itself_and_a_chain_is_not_endless() {
        let dir = tempfile::tempdir().unwrap();
        for folder in 0..90 {
            let folder = dir.path().join(format!("large/{folder}"));
            std::fs::create_dir_all(&folder).unwrap();
            (0..140).for_each(|file| std::fs::write(folder.join(file.to_string()), "").unwrap());
        }
        let large = open(&dir.path().join("large"));
        assert!(is_alike(open(&dir.path().join("large")), &large).unwrap());
        assert!(!is_alike(open(&dir.path().join("large/1")), &open(&dir.path().join("large/2"))).unwrap());

        let chain = dir.path().join("chain");
        std::fs::create_dir_all(chain.join("d/".repeat(300))).unwrap();
        for depth in [0, 1, 299] {
            let inner = open(&chain.join("d/".repeat(depth + 1)));
            assert!(!is_alike(open(&chain.join("d/".repeat(depth))), &inner).unwrap(), "{depth}");
        }
    }

    #[test]
    fn copies_of_a_folder_in_itself_differ_by_where_they_end() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = dir.path().to_owned();
        for _ in 0..20 {
            for name in ["a.jpg", "b.jpg"] {
                std::fs::write(folder.join(name), "").unwrap();
            }
            folder.push("copy");
            std::fs::create_dir_all(&folder).unwrap();
        }
        let inner = open(&dir.path().join("copy"));
        assert!(!is_alike(open(dir.path()), &inner).unwrap());
    }
}
