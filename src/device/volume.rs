//! A volume: a mounted file system, and the disks it lies on.

use super::chain::Found;
use super::disk::{Disk, shown};
use super::kind::DriveKind;
use super::mounts::{self, Mount};
use super::system::System;
use crate::fs::{Fs, folder_names, link_target, read_text};
use std::path::{Path, PathBuf};

/// A mounted file system, and the disks it lies on.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Where it is mounted; empty if nobody says.
    pub mount_point: PathBuf,
    /// The kind of file system, such as `ext4`.
    pub fs_type: String,
    /// The options of the mount, and those of the file system that it does not name too.
    pub options: String,
    /// What is mounted, in the words of the file system, such as `/dev/sda1`.
    pub source: String,
    /// The disks beneath; none where nobody says.
    pub disks: Vec<Disk>,
    /// The kind of the slowest disk.
    pub kind: DriveKind,
    /// Why that: a sentence, such as `sda (WDC WD40EFRX, sata) says it rotates, beneath dm-0`.
    pub reason: String,
    /// The path that was asked for.
    asked: PathBuf,
    /// The folder in `/sys` of the device that the file system is on.
    device: Option<PathBuf>,
}

impl Volume {
    pub(super) fn new(asked: &Path, mount: &Mount, found: Found) -> Self {
        let slowest = found.disks.iter().min_by_key(|disk| rank(disk.kind));
        let (kind, reason) = match slowest {
            Some(disk) => (disk.kind, disk.to_string()),
            None => (found.kind, found.reason),
        };
        Self {
            mount_point: mount.point.clone(),
            fs_type: mount.fs_type.clone(),
            options: options(mount),
            source: shown(mount.source.as_os_str()),
            kind,
            reason,
            disks: found.disks,
            asked: asked.to_owned(),
            device: found.device,
        }
    }

    /// Makes one of which nothing is known.
    pub(super) fn unknown(asked: &Path, is_mute: bool) -> Self {
        let reason = if is_mute { "the system does not tell its mounts" } else { "its mount is not found" };
        Self {
            mount_point: PathBuf::new(),
            fs_type: String::new(),
            options: String::new(),
            source: String::new(),
            disks: Vec::new(),
            kind: DriveKind::Unknown,
            reason: reason.to_owned(),
            asked: asked.to_owned(),
            device: None,
        }
    }

    /// Tells whether two volumes share a disk, so that readers of one are in the way of the other's; without
    /// disks, whether the same is mounted.
    #[must_use]
    pub fn same_drive(&self, other: &Self) -> bool {
        if self.disks.is_empty() && other.disks.is_empty() {
            return self.source == other.source && self.fs_type == other.fs_type;
        }
        self.disks.iter().any(|disk| other.disks.iter().any(|its| disk.name == its.name))
    }

    /// Returns what its file system is known by wherever it is plugged in: its UUID, or a number that is made
    /// of that; `None` where nobody says.
    #[must_use]
    pub fn uuid(&self, system: &System, fs: &Fs) -> Option<String> {
        if let Some(device) = &self.device {
            let btrfs = || system.btrfs_of(device)?.0.into_string().ok();
            let is_btrfs = self.fs_type == "btrfs";
            let told = is_btrfs.then(btrfs).flatten();
            let told = told.or_else(|| by_link(system, device)).or_else(|| by_udev(system, device));
            if let Some(uuid) = told.filter(|uuid| is_plain(uuid)) {
                return Some(uuid);
            }
        }
        // These make the number of the UUID; others of the device's number, which changes.
        let is_lasting = matches!(self.fs_type.as_str(), "ext2" | "ext3" | "ext4" | "btrfs");
        if !is_lasting || !system.is_here() {
            return None;
        }
        let there = self.asked.ancestors().find(|path| fs.status(path).is_ok())?;
        Some(format!("fsid-{:016x}", fs.file_system_id(there)?))
    }
}

/// Returns the place of a kind among them, the slowest first.
const fn rank(kind: DriveKind) -> u8 {
    match kind {
        DriveKind::HddUsb => 0,
        DriveKind::Hdd => 1,
        DriveKind::Network => 2,
        DriveKind::Card => 3,
        DriveKind::Unknown => 4,
        DriveKind::SataSsd => 5,
        DriveKind::Nvme => 6,
    }
}

fn options(mount: &Mount) -> String {
    let words = |options: &[u8]| {
        let words = options.split(|&byte| byte == b',').filter(|word| !word.is_empty());
        words.map(|word| shown(mounts::path(word).as_os_str())).collect::<Vec<_>>()
    };
    let mut all = words(&mount.options);
    for option in words(&mount.super_options) {
        // A mount may be read-only while its file system is not.
        if !all.contains(&option) && option != "rw" {
            all.push(option);
        }
    }
    all.join(",")
}

/// Tells whether a UUID is made of the characters that one may have.
fn is_plain(uuid: &str) -> bool {
    (1..=64).contains(&uuid.len()) && uuid.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Finds the link to a device that udev names after its UUID.
fn by_link(system: &System, device: &Path) -> Option<String> {
    // In /dev a slash, in /sys an exclamation mark.
    let name = device.file_name()?.to_str()?.replace('!', "/");
    let links = system.at_root("dev/disk/by-uuid");
    let leads_there = |uuid: &std::ffi::OsString| {
        link_target(&links.join(uuid)).is_ok_and(|target| target.ends_with(&name))
    };
    folder_names(&links).ok()?.into_iter().find(leads_there)?.into_string().ok()
}

/// Asks what udev has noted of a device.
fn by_udev(system: &System, device: &Path) -> Option<String> {
    let numbers = read_text(&device.join("dev")).ok()?;
    let notes = read_text(&system.at_root(format!("run/udev/data/b{}", numbers.trim()))).ok()?;
    notes.lines().find_map(|line| line.strip_prefix("E:ID_FS_UUID=")).map(str::to_owned)
}
