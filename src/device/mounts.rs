//! What is mounted where: `/proc/self/mountinfo`, as `proc_pid_mountinfo(5)` describes it.

use super::disk::shown;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A mount lies beneath no more mounts than this; a guess, against circles.
const DEEPEST: usize = 256;

/// One mount. Paths are bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mount {
    /// Its number.
    pub(super) id: u64,
    /// The number of the mount that it lies in.
    pub(super) parent: u64,
    /// The numbers, major and minor, of the file system's device.
    pub(super) device: (u32, u32),
    /// Where it is.
    pub(super) point: PathBuf,
    /// The kind of file system, as it may be shown.
    pub(super) fs_type: String,
    /// What is mounted, in the words of the file system.
    pub(super) source: PathBuf,
    /// The options of this mount, still escaped.
    pub(super) options: Vec<u8>,
    /// Those of the file system, still escaped.
    pub(super) super_options: Vec<u8>,
}

/// The table of all mounts that this process sees.
#[derive(Debug, Default)]
pub(super) struct Mounts {
    table: Vec<u8>,
    /// All of it taken apart, once that is needed.
    all: OnceLock<Vec<Mount>>,
}

impl Mounts {
    pub(super) const fn new(table: Vec<u8>) -> Self {
        Self { table, all: OnceLock::new() }
    }

    fn all(&self) -> &[Mount] {
        self.all.get_or_init(|| self.lines().filter_map(parse).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.table.split(|&byte| byte == b'\n').filter(|line| !line.is_empty())
    }

    /// Returns the mount of a number. Only its line is taken apart.
    pub(super) fn by_id(&self, id: u64) -> Option<Mount> {
        let id_of = |line: &[u8]| number::<u64>(line.split(|&byte| byte == b' ').next()?);
        self.lines().find(|line| id_of(line) == Some(id)).and_then(parse)
    }

    /// Returns the mount that an absolute path without links lies on.
    pub(super) fn by_path(&self, path: &Path) -> Option<Mount> {
        let seen = self.seen(|mount| path.starts_with(&mount.point));
        let longest = seen.iter().map(|mount| mount.point.as_os_str().len()).max()?;
        let mut at_point: Vec<_> =
            seen.into_iter().filter(|mount| mount.point.as_os_str().len() == longest).collect();
        // Of those at one place, the one that no other lies on.
        let beneath: HashSet<_> = at_point.iter().map(|mount| mount.parent).collect();
        let top = at_point.iter().rposition(|mount| !beneath.contains(&mount.id));
        Some(at_point.swap_remove(top.unwrap_or(0)))
    }

    /// Returns the mounts strictly beneath a folder, sorted by place; those that others hide are left out.
    pub(super) fn beneath(&self, folder: &Path) -> Vec<Mount> {
        // Most folders have none, and the whole table is dear to look through for each of many.
        if !self.all().iter().any(|mount| is_beneath(mount, folder)) {
            return Vec::new();
        }
        let mut mounts = self.seen(|mount| is_beneath(mount, folder));
        mounts.sort_by(|a, b| a.point.cmp(&b.point));
        mounts.dedup_by(|a, b| a.point == b.point);
        mounts
    }

    /// Returns those of the mounts that `is_wanted` which are not hidden beneath others.
    fn seen(&self, is_wanted: impl Fn(&Mount) -> bool) -> Vec<Mount> {
        let all = self.all();
        let by_id: HashMap<u64, &Mount> = all.iter().map(|mount| (mount.id, mount)).collect();
        let points: HashSet<(u64, &Path)> =
            all.iter().map(|mount| (mount.parent, mount.point.as_path())).collect();
        all.iter().filter(|mount| is_wanted(mount) && !is_hidden(mount, &by_id, &points)).cloned().collect()
    }
}

fn is_beneath(mount: &Mount, folder: &Path) -> bool {
    mount.point != folder && mount.point.starts_with(folder)
}

/// Tells whether another mount lies on the way to a mount.
///
/// Two mounts within one, at `/a` and at `/a/b`: the second came first, or it would lie within the other.
fn is_hidden(mount: &Mount, by_id: &HashMap<u64, &Mount>, points: &HashSet<(u64, &Path)>) -> bool {
    let mut mount = mount;
    for _ in 0..DEEPEST {
        let Some(&parent) = by_id.get(&mount.parent).filter(|parent| parent.id != mount.id) else {
            return false;
        };
        let way = mount.point.ancestors().skip(1);
        let mut within = way.take_while(|point| point.starts_with(&parent.point));
        if within.any(|point| points.contains(&(parent.id, point))) {
            return true;
        }
        mount = parent;
    }
    true
}

/// Takes a line apart; `None` for what is no line of the table.
fn parse(line: &[u8]) -> Option<Mount> {
    let mut words = line.split(|&byte| byte == b' ');
    let mut word = || words.next();
    let (id, parent) = (number(word()?)?, number(word()?)?);
    let device = std::str::from_utf8(word()?).ok()?.split_once(':')?;
    let (_, point, options) = (word()?, path(word()?), word()?.to_vec());
    // Some optional words, then a dash.
    words.by_ref().find(|word| *word == b"-")?;
    // FUSE lets anybody choose a part of it.
    let fs_type = shown(path(words.next()?).as_os_str());
    let (source, super_options) = (path(words.next()?), words.next().unwrap_or_default().to_vec());
    let device = (device.0.parse().ok()?, device.1.parse().ok()?);
    Some(Mount { id, parent, device, point, fs_type, source, options, super_options })
}

fn number<T: std::str::FromStr>(word: &[u8]) -> Option<T> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// Makes a path of a word of the table.
pub(super) fn path(word: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(unescape(word)))
}

/// Replaces a backslash and three octal digits by the byte they stand for.
pub(super) fn unescape(word: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((&first, behind)) = rest.split_first() {
        let digits = behind.get(..3).filter(|digits| digits.iter().all(|d| (b'0'..=b'7').contains(d)));
        let code = digits.map(|digits| digits.iter().fold(0, |code, d| code * 8 + u32::from(d - b'0')));
        match code.and_then(|code| u8::try_from(code).ok()).filter(|_| first == b'\\') {
            Some(byte) => {
                plain.push(byte);
                rest = &behind[3..];
            }
            None => {
                plain.push(first);
                rest = behind;
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[u8] = b"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n\
        2 1 8:2 / /a/b rw,noatime shared:1 master:2 - ext4 /dev/sda2 rw\n\
        3 1 8:3 / /a rw - ext4 /dev/sda3 rw\n\
        4 3 8:4 / /a rw - xfs /dev/sda4 rw\n\
        5 1 8:5 / /my\\040photos\\134\\012 rw - vfat /dev/sdb1 ro\n\
        6 2 8:6 / /a/b/c rw - ext4 /dev/sda6 rw\n\
        7 4 8:7 / /a/d rw - ext4 /dev/sda7 rw\n\
        8 1 0:9 / /fuse rw - fuse.a\x1b[31m /dev/fuse rw\n\
        torn 1 line\n\n9 9 0:1 /\n";

    #[test]
    fn a_path_lies_on_the_mount_that_is_seen_there() {
        let mounts = Mounts::new(TABLE.to_vec());
        let at = |path: &str| mounts.by_path(Path::new(path)).unwrap().id;
        assert_eq!(at("/x"), 1);
        assert_eq!(at("/ab"), 1, "names count, not letters");
        assert_eq!(at("/a/x"), 4, "the one on top");
        assert_eq!(at("/a/b/x"), 4, "2 is hidden");
        assert_eq!(at("/a/b/c"), 4, "6 lies on a hidden one");
        assert_eq!(at("/a/d/x"), 7);
        assert_eq!(at("/my photos\\\n/x"), 5);
        let beneath = |folder: &str| -> Vec<PathBuf> {
            mounts.beneath(Path::new(folder)).into_iter().map(|mount| mount.point).collect()
        };
        assert_eq!(beneath("/"), ["/a", "/a/d", "/fuse", "/my photos\\\n"].map(PathBuf::from));
        assert_eq!(beneath("/a"), [PathBuf::from("/a/d")]);
        assert!(beneath("/a/d").is_empty());
        assert_eq!(mounts.by_path(Path::new("no/root")), None);
    }

    #[test]
    fn a_line_is_taken_apart() {
        let mounts = Mounts::new(TABLE.to_vec());
        let mount = mounts.by_id(2).unwrap();
        assert_eq!((mount.parent, mount.device, mount.fs_type.as_str()), (1, (8, 2), "ext4"));
        assert_eq!(
            (mount.source.as_path(), &mount.options[..]),
            (Path::new("/dev/sda2"), &b"rw,noatime"[..])
        );
        assert_eq!(mounts.by_id(9), None, "a torn line");
        assert_eq!(mounts.by_id(10), None);
        assert_eq!(mounts.by_id(8).unwrap().fs_type, r"fuse.a\x1b[31m");
        assert_eq!(unescape(br"a\04\777\\040\1"), br"a\04\777\ \1");
    }

    #[test]
    fn mounts_that_hold_each_other_are_no_endless_way() {
        let table = b"1 2 8:1 / /a rw - ext4 x rw\n2 1 8:2 / /a rw - ext4 y rw\n3 3 8:3 / / rw - ext4 z rw\n";
        let mounts = Mounts::new(table.to_vec());
        assert_eq!(mounts.by_path(Path::new("/a/x")).unwrap().id, 3);
        assert!(mounts.beneath(Path::new("/")).is_empty());
    }
}
