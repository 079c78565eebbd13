//! What the system says of its drives at one moment.

use super::chain::Chain;
use super::mounts::{Mount, Mounts};
use super::volume::Volume;
use crate::fs::{Fs, folder_names, read_bytes, read_text};
use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

/// What the system says of its drives at one moment; a folder can take the place of `/`.
///
/// The table of mounts is read once, when it is first needed, and `/sys` each time. Only Linux says
/// anything.
#[derive(Debug)]
pub struct System {
    root: PathBuf,
    /// Whether paths are those of this machine, so that the system can be asked about them.
    is_here: bool,
    mounts: OnceLock<Mounts>,
    /// Volumes that were asked for before, by the numbers of their mounts: roots can be many.
    volumes: Mutex<HashMap<u64, Volume>>,
}

impl System {
    /// Returns this machine.
    #[must_use]
    pub fn here() -> Self {
        Self { root: PathBuf::from("/"), is_here: true, mounts: OnceLock::new(), volumes: Mutex::default() }
    }

    /// Returns a machine of which a folder holds `proc/self/mountinfo`, `sys`, `dev` and `run`.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned(), is_here: false, mounts: OnceLock::new(), volumes: Mutex::default() }
    }

    /// Returns the volume that a path lies on. The path need not be there: what it would lie in is asked then.
    #[must_use]
    pub fn volume(&self, path: &Path, fs: &Fs) -> Volume {
        let Some(mount) = self.mount(path, fs) else { return Volume::unknown(path, self.is_mute()) };
        self.volume_of(path, &mount, fs)
    }

    /// Returns the volumes that are mounted strictly beneath a folder, by the table alone: nothing is asked of
    /// them. The folder's path is absolute and without links.
    #[must_use]
    pub fn volumes_beneath(&self, folder: &Path, fs: &Fs) -> Vec<Volume> {
        self.mounts().beneath(folder).iter().map(|mount| self.volume_of(&mount.point, mount, fs)).collect()
    }

    fn volume_of(&self, path: &Path, mount: &Mount, fs: &Fs) -> Volume {
        let mut known = self.volumes.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || Volume::new(path, mount, Chain::follow(self, fs, mount));
        known.entry(mount.id).or_insert_with(make).clone()
    }

    /// Tells whether nothing is said of mounts at all.
    fn is_mute(&self) -> bool {
        self.mounts().is_empty()
    }

    pub(super) const fn is_here(&self) -> bool {
        self.is_here
    }

    /// Returns where something of the root folder is.
    pub(super) fn at_root(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    fn mounts(&self) -> &Mounts {
        self.mounts.get_or_init(|| {
            // Elsewhere a file of that name would be another thing.
            let is_told = !self.is_here || cfg!(target_os = "linux");
            let table = is_told.then(|| read_bytes(&self.at_root("proc/self/mountinfo")).ok());
            Mounts::new(table.flatten().unwrap_or_default())
        })
    }

    /// Returns the mount that a path lies on, or would.
    pub(super) fn mount(&self, path: &Path, fs: &Fs) -> Option<Mount> {
        let path = std::path::absolute(path).ok()?;
        if !self.is_here {
            return self.mounts().by_path(&path);
        }
        // The number of the mount says it even where mounts hide others.
        let id = path.ancestors().find_map(|path| fs.mount_id(path));
        id.and_then(|id| self.mounts().by_id(id)).or_else(|| {
            let there = path.ancestors().find_map(|path| fs.canonical(path).ok())?;
            self.mounts().by_path(&there)
        })
    }

    /// Returns the mount that something lies on of which the system gives the path: `None` if that is not seen
    /// from here, as in a container.
    pub(super) fn mount_of(&self, path: &Path, fs: &Fs) -> Option<Mount> {
        let is_seen = path.is_absolute() && (!self.is_here || fs.status(path).is_ok());
        is_seen.then(|| self.mount(path, fs)).flatten()
    }

    /// Returns the folder in `/sys` of the block device that a path of `/dev` stands for.
    pub(super) fn block_device(&self, path: &Path, fs: &Fs) -> Option<PathBuf> {
        let below = path.strip_prefix("/dev").ok()?;
        let block = self.at_root("sys/class/block");
        if let (true, Ok(status)) = (self.is_here, fs.status(path))
            && let (major @ 1.., minor) = status.represents
        {
            return fs.canonical(&self.at_root(format!("sys/dev/block/{major}:{minor}"))).ok();
        }
        // A link such as /dev/mapper/x leads to the name that the kernel knows.
        let device = fs.canonical(&self.at_root("dev").join(below)).unwrap_or_else(|_| path.to_owned());
        if let Ok(found) = fs.canonical(&block.join(device.file_name()?)) {
            return Some(found);
        }
        // A container may lack the link; the device mapper tells its names in /sys.
        let mapped = below.strip_prefix("mapper").ok()?.as_os_str().as_bytes();
        let is_it = |name: &OsString| {
            name.as_bytes().starts_with(b"dm-")
                && read_text(&block.join(name).join("dm/name"))
                    .is_ok_and(|text| text.trim().as_bytes() == mapped)
        };
        let name = folder_names(&block).ok()?.into_iter().find(is_it)?;
        fs.canonical(&block.join(name)).ok()
    }

    /// Returns the UUID of the btrfs that a device is part of, and the folder that lists its devices.
    pub(super) fn btrfs_of(&self, device: &Path) -> Option<(OsString, PathBuf)> {
        let all = self.at_root("sys/fs/btrfs");
        let name = device.file_name()?;
        folder_names(&all).ok()?.into_iter().find_map(|uuid| {
            let devices = all.join(&uuid).join("devices");
            let names = folder_names(&devices).ok()?;
            names.iter().any(|device| device == name).then_some((uuid, devices))
        })
    }
}
