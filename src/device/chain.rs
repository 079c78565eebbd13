//! From a mount down to the disks beneath it.

use super::disk::{Disk, shown};
use super::kind::DriveKind;
use super::mounts::{self, Mount};
use super::system::System;
use crate::fs::{Fs, folder_names, read_bytes, read_text};
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Devices and mounts lie in no more layers than this; a guess, against circles.
const MOST_LAYERS: usize = 16;

/// File systems of other machines, or of the host of this virtual one.
const NETWORK: &str = "9p acfs afs beegfs ceph cifs coda davfs glusterfs lustre ncpfs ncp orangefs vboxsf virtiofs \
                       fuse.ceph fuse.cephfs fuse.davfs2 fuse.gcsfuse fuse.glusterfs fuse.gvfsd-fuse \
                       fuse.juicefs fuse.mount-s3 fuse.rclone fuse.s3fs fuse.sshfs";

/// The same by the beginnings of their names, before `fs` or a number: `nfs4`, `smb3`, `smbfs`.
const NETWORK_FAMILIES: [&str; 3] = ["nfs", "smb", "gpfs"];

/// File systems that keep everything in memory.
const MEMORY: [&str; 4] = ["tmpfs", "ramfs", "devtmpfs", "hugetlbfs"];

/// What is found beneath a mount.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The disks, each once.
    pub(super) disks: Vec<Disk>,
    /// The folder in `/sys` of the device that the file system is on.
    pub(super) device: Option<PathBuf>,
    /// The kind where no disk says it.
    pub(super) kind: DriveKind,
    /// Why nothing more is known.
    pub(super) reason: String,
}

/// Goes down from mounts and devices, and keeps the disks it comes to.
pub(super) struct Chain<'a> {
    system: &'a System,
    fs: &'a Fs,
    /// Folders of `/sys` that were looked into.
    seen: HashSet<PathBuf>,
    /// The layers above the one in hand.
    layers: Vec<String>,
    /// How often a way led to a disk, or to what was looked into.
    arrivals: usize,
    found: Found,
}

impl<'a> Chain<'a> {
    /// Finds what is beneath a mount.
    pub(super) fn follow(system: &'a System, fs: &'a Fs, mount: &Mount) -> Found {
        let (seen, layers) = (HashSet::new(), Vec::new());
        let mut chain = Self { system, fs, seen, layers, arrivals: 0, found: Found::default() };
        chain.mount(mount);
        let found = &mut chain.found;
        if found.disks.is_empty() && found.reason.is_empty() {
            found.reason = format!("no disk is found beneath {}", shown(mount.source.as_os_str()));
        }
        chain.found
    }

    /// Notes why there is nothing to find here.
    fn give_up(&mut self, kind: DriveKind, reason: String) {
        (self.found.kind, self.found.reason) = (kind, reason);
    }

    fn mount(&mut self, mount: &Mount) {
        let fs_type = mount.fs_type.as_str();
        if is_network(fs_type) {
            self.give_up(DriveKind::Network, format!("{fs_type} is another machine's file system"));
        } else if MEMORY.contains(&fs_type) {
            self.give_up(DriveKind::Unknown, format!("{fs_type} is in memory"));
        } else if fs_type == "overlay" {
            self.overlay(mount);
        } else {
            let devices = self.devices(mount);
            if self.found.device.is_none() {
                self.found.device = devices.first().cloned();
            }
            if devices.is_empty() {
                let reason = match mount.device {
                    (0, _) => format!("{fs_type} has no device"),
                    (major, minor) => format!("/sys does not tell of the device {major}:{minor}"),
                };
                self.give_up(DriveKind::Unknown, reason);
            }
            for device in devices {
                self.device(device);
            }
        }
    }

    /// Goes on with the layer of an overlay that is written to, else with the first of those read.
    fn overlay(&mut self, mount: &Mount) {
        let path = layer_of(&mount.super_options);
        let below = path.and_then(|path| self.system.mount_of(&path, self.fs));
        match below.filter(|below| below.id != mount.id && self.layers.len() < MOST_LAYERS) {
            Some(below) => self.within("overlay", |chain| chain.mount(&below)),
            None => {
                let reason = "the layers of the overlay are not seen from here".to_owned();
                self.give_up(DriveKind::Unknown, reason);
            }
        }
    }

    /// Goes on beneath a layer.
    fn within(&mut self, layer: &str, go_on: impl FnOnce(&mut Self)) {
        self.layers.push(layer.to_owned());
        go_on(self);
        self.layers.pop();
    }

    /// Returns the folders in `/sys` of the devices that a mount is on.
    fn devices(&self, mount: &Mount) -> Vec<PathBuf> {
        let by_number = |(major, minor)| self.sys(format!("dev/block/{major}:{minor}"));
        if mount.device.0 != 0 {
            return by_number(mount.device).into_iter().collect();
        }
        // btrfs, bcachefs and their like have no device of their own, but are mounted from some.
        let source = mount.source.as_os_str().as_bytes();
        let sources: Vec<_> = match mount.fs_type.as_str() {
            "bcachefs" => source.split(|&byte| byte == b':').collect(),
            _ => vec![source],
        };
        let device = |source| self.system.block_device(Path::new(OsStr::from_bytes(source)), self.fs);
        let sources: Vec<_> = sources.into_iter().filter_map(device).collect();
        match (mount.fs_type.as_str(), sources.first()) {
            ("btrfs", Some(first)) => self.system.btrfs_of(first).map_or(sources, |(_, devices)| {
                let devices = names(&devices).into_iter();
                devices.filter_map(|name| self.sys(Path::new("class/block").join(name))).collect()
            }),
            _ => sources,
        }
    }

    fn sys(&self, path: impl AsRef<Path>) -> Option<PathBuf> {
        self.fs.canonical(&self.system.at_root("sys").join(path)).ok()
    }

    /// Goes down from a device to its disks.
    fn device(&mut self, folder: PathBuf) {
        // A partition is a folder in that of its disk.
        let folder = match folder.parent() {
            Some(disk) if read_text(&folder.join("partition")).is_ok() => disk.to_owned(),
            _ => folder,
        };
        let name = shown(folder.file_name().unwrap_or_default());
        if !self.seen.insert(folder.clone()) {
            if self.layers.contains(&name) {
                self.give_up(DriveKind::Unknown, format!("the layers beneath {name} lead round in a circle"));
            } else {
                self.arrivals += 1;
            }
            return;
        }
        if self.layers.len() >= MOST_LAYERS {
            return self.give_up(DriveKind::Unknown, format!("more than {MOST_LAYERS} layers lie beneath"));
        }
        let slaves = names(&folder.join("slaves"));
        if !slaves.is_empty() {
            self.within(&name, |chain| {
                for slave in slaves {
                    if let Ok(slave) = chain.fs.canonical(&folder.join("slaves").join(slave)) {
                        chain.device(slave);
                    }
                }
            });
        } else if let Ok(file) = read_bytes(&folder.join("loop/backing_file")) {
            self.within(&name, |chain| chain.backing(&folder, file));
        } else {
            self.arrivals += 1;
            self.found.disks.push(Disk::look(&folder, &self.layers));
        }
    }

    /// Goes on with the file that a loop device plays a disk from. If that leads to no disk, the device is one.
    fn backing(&mut self, folder: &Path, mut file: Vec<u8>) {
        file.truncate(file.trim_ascii_end().len());
        let before = self.arrivals;
        let mount = self.system.mount_of(Path::new(&OsString::from_vec(file)), self.fs);
        if let Some(mount) = &mount {
            self.mount(mount);
        }
        if self.arrivals == before {
            let above = self.layers.len().saturating_sub(1);
            let mut disk = Disk::look(folder, &self.layers[..above]);
            if let Some(mount) = mount.filter(|mount| is_network(&mount.fs_type)) {
                disk.kind = DriveKind::Network;
                disk.reason = format!("is a file on another machine's {}", mount.fs_type);
            }
            self.arrivals += 1;
            self.found.disks.push(disk);
        }
    }
}

/// Returns the names in a folder, sorted; none if it cannot be listed.
fn names(folder: &Path) -> Vec<OsString> {
    let mut names = folder_names(folder).unwrap_or_default();
    names.sort_unstable();
    names
}

/// Tells whether a file system is another machine's.
fn is_network(fs_type: &str) -> bool {
    let ends = |rest: &str| rest.is_empty() || rest == "fs" || rest.bytes().all(|byte| byte.is_ascii_digit());
    NETWORK.split_whitespace().any(|name| name == fs_type)
        || NETWORK_FAMILIES.iter().any(|family| fs_type.strip_prefix(family).is_some_and(ends))
}

/// Returns the path of the layer of an overlay that tells most about reading it, by its options.
fn layer_of(options: &[u8]) -> Option<PathBuf> {
    let value = |key: &[u8]| {
        let mut options = options.split(|&byte| byte == b',');
        options.find_map(|option| option.strip_prefix(key)?.strip_prefix(b"="))
    };
    if let Some(upper) = value(b"upperdir") {
        return Some(mounts::path(upper));
    }
    let lower = mounts::unescape(value(b"lowerdir").or_else(|| value(b"lowerdir+"))?);
    // Colons part the layers, unless a backslash stands before them.
    let mut first = Vec::new();
    let mut bytes = lower.into_iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b':' => break,
            b'\\' => first.extend(bytes.next()),
            byte => first.push(byte),
        }
    }
    Some(PathBuf::from(OsString::from_vec(first)))
}
