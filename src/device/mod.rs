//! Which drive a path is on.
//!
//! From the path to its file system's block device, from there through partitions, LVM, LUKS and md down
//! to the disks beneath, by what Linux tells in `/sys` and `/proc/self/mountinfo`. Elsewhere nothing is
//! known of drives.

mod kind;
mod lanes;
mod order;
mod originals;
mod policy;
mod probe;
mod queue;
mod system;

pub use kind::DriveKind;
pub use lanes::{Lane, Reading, Wishes, settle};
pub use order::ReadOrder;
pub use originals::Originals;
pub use policy::{Policy, policy};
pub use probe::{Probe, probe};
pub use queue::{Places, Queue, WINDOW, arrange};
pub use system::{System, Volume};

use crate::fs::{Fs, folder_names, read_text};
use std::path::{Path, PathBuf};

/// Block devices lie in no more layers than this; a guess, against circles.
const MOST_LAYERS: u32 = 16;

/// Tells whether a path is on a hard disk: at least one disk beneath says that it rotates.
///
/// `false` where nobody knows. The disks of virtual machines say what their hosts were not asked, so
/// their word does not count; USB bridges lie as well, and cannot be told apart.
#[must_use]
pub fn is_hard_disk(path: &Path, fs: &Fs) -> bool {
    let Ok(status) = fs.status(path) else { return false };
    let number = match status.id.device_numbers() {
        // btrfs, overlay and their like have no device of their own, but are mounted from one.
        (0, _) => mounted_from(path, fs),
        numbers => Some(numbers),
    };
    number.is_some_and(|(major, minor)| {
        rotates(&PathBuf::from(format!("/sys/dev/block/{major}:{minor}")), MOST_LAYERS)
    })
}

/// Returns the numbers of the block device that the file system of a path is mounted from.
fn mounted_from(path: &Path, fs: &Fs) -> Option<(u32, u32)> {
    let mount = fs.mount_id(path)?;
    let table = read_text(Path::new("/proc/self/mountinfo")).ok()?;
    let source = source_of(&table, mount)?;
    let numbers = fs.status(Path::new(source)).ok()?.represents;
    (numbers.0 != 0).then_some(numbers)
}

/// Returns what a mount is mounted from, if that is a device file (`proc_pid_mountinfo(5)`).
fn source_of(table: &str, mount: u64) -> Option<&str> {
    let line = table
        .lines()
        .find(|line| line.split(' ').next().and_then(|id| id.parse::<u64>().ok()) == Some(mount))?;
    let source = line.split_once(" - ")?.1.split(' ').nth(1)?;
    source.starts_with("/dev/").then_some(source)
}

/// Tells whether a block device, as `/sys` has it, stands on a disk that rotates.
fn rotates(device: &Path, layers: u32) -> bool {
    if layers == 0 {
        return false;
    }
    let slaves = folder_names(&device.join("slaves")).unwrap_or_default();
    if !slaves.is_empty() {
        return slaves.iter().any(|slave| rotates(&device.join("slaves").join(slave), layers - 1));
    }
    // A partition has its queue in the folder above, which is the disk's.
    let is_partition = read_text(&device.join("partition")).is_ok();
    let disk = if is_partition { device.join("..") } else { device.to_owned() };
    let is_virtual = read_text(&disk.join("uevent")).is_ok_and(|text| {
        let name = text.lines().find_map(|line| line.strip_prefix("DEVNAME=")).unwrap_or_default();
        name.starts_with("vd") || name.starts_with("xvd")
    });
    !is_virtual && read_text(&disk.join("queue/rotational")).is_ok_and(|text| text.trim() == "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes what `/sys` tells of a disk, or of a partition on it.
    fn make(top: &Path, disk: &str, part: Option<&str>, rotational: &str) {
        let folder = top.join(disk);
        std::fs::create_dir_all(folder.join("queue")).unwrap();
        std::fs::write(folder.join("queue/rotational"), rotational).unwrap();
        std::fs::write(folder.join("uevent"), format!("MAJOR=8\nDEVNAME={disk}\n")).unwrap();
        if let Some(part) = part {
            std::fs::create_dir_all(folder.join(part)).unwrap();
            std::fs::write(folder.join(part).join("partition"), "1\n").unwrap();
        }
    }

    #[test]
    fn a_disk_is_found_beneath_partitions_and_layers() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        make(dir.path(), "sda", Some("sda1"), "1\n");
        make(dir.path(), "nvme0n1", Some("nvme0n1p2"), "0\n");
        make(dir.path(), "vda", None, "1\n");
        make(dir.path(), "dm-0", None, "0\n");
        make(dir.path(), "dm-1", None, "1\n");
        for (layer, below) in [("dm-0", "nvme0n1/nvme0n1p2"), ("dm-0", "sda/sda1"), ("dm-1", "nvme0n1")] {
            std::fs::create_dir_all(at(layer).join("slaves")).unwrap();
            let name = below.rsplit('/').next().unwrap();
            std::os::unix::fs::symlink(at(below), at(layer).join("slaves").join(name)).unwrap();
        }
        for (name, expected) in [
            ("sda", true),
            ("sda/sda1", true),
            ("nvme0n1/nvme0n1p2", false),
            ("vda", false),
            ("dm-0", true),
            ("dm-1", false),
            ("gone", false),
        ] {
            assert_eq!(rotates(&at(name), MOST_LAYERS), expected, "{name}");
        }
        std::os::unix::fs::symlink(at("dm-2"), at("dm-2-itself")).unwrap();
        std::fs::create_dir_all(at("dm-2/slaves")).unwrap();
        std::os::unix::fs::symlink(at("dm-2"), at("dm-2/slaves/dm-2")).unwrap();
        assert!(!rotates(&at("dm-2"), MOST_LAYERS));
    }

    #[test]
    fn a_mount_is_found_by_its_number() {
        let table = "22 1 0:21 / /proc rw shared:5 - proc proc rw\n\
                     31 1 0:29 /@home /home rw,noatime shared:1 master:2 - btrfs /dev/sdb3 rw,ssd\n";
        assert_eq!(source_of(table, 31), Some("/dev/sdb3"));
        assert_eq!(source_of(table, 22), None, "that is no device");
        assert_eq!(source_of(table, 3), None);
        assert!(!is_hard_disk(Path::new("/no/such/path"), &Fs::default()));
    }
}
