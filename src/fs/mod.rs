//! The one room that touches files: everything is opened beneath a held descriptor.
//!
//! A [`Folder`] is a descriptor; folders are listed, and files opened, read, written and renamed
//! relative to it, so that paths longer than PATH_MAX work and a folder that is exchanged for
//! a link in mid-run leads nowhere else. Originals are only ever opened for reading. Whoever wants
//! to see what happens when a call fails hands a [`Faults`] to [`Fs::with_faults`].
//!
//! Left out on purpose: memory mapping (a read error would be a signal) and absolute paths.

mod beneath;
mod drive;
mod folder;
mod input;
mod kind;
mod output;
mod process;
mod stream;
mod system;
mod whole;

pub use drive::DirectRoom;
pub use folder::{Entry, Folder, ListBuffer, Lister};
pub use input::Input;
pub use output::{Appender, Flush, Lock, Replace};
pub use process::{
    bytes_from_drives, cpu_of, drop_caches, may_drop_caches, offer_to_oom_killer, process_cpu,
};
pub use system::{link_target, read_bytes};
pub use whole::WholeFile;

use rustix::fs::{FileType, Stat};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is done with a symbolic link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// It is not a file and not a folder.
    #[default]
    Ignore,
    /// It stands for what it leads to.
    Follow,
}

/// What a name in a folder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A FIFO, socket or device.
    Special,
    /// The file system does not say; ask [`Folder::status_of`].
    Unknown,
}

impl From<FileType> for FileKind {
    fn from(kind: FileType) -> Self {
        match kind {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Folder,
            FileType::Symlink => Self::Link,
            FileType::Unknown => Self::Unknown,
            _ => Self::Special,
        }
    }
}

/// The identity of a file or folder while it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    /// The number of the file system.
    pub device: u64,
    /// The number of the inode in it.
    pub inode: u64,
}

/// What the file system knows of a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// What it is.
    pub kind: FileKind,
    /// Which it is.
    pub id: FileId,
    /// Its length in bytes.
    pub len: u64,
    /// When its content last changed, in nanoseconds since 1970.
    pub modified: i128,
    /// The numbers, major and minor, of the device that a device file stands for; of others 0.
    pub represents: (u32, u32),
}

impl FileId {
    /// Returns the numbers, major and minor, of the device that its file system is on.
    #[must_use]
    pub fn device_numbers(self) -> (u32, u32) {
        #[allow(
            clippy::useless_conversion,
            clippy::cast_possible_truncation,
            reason = "Dev differs in width"
        )]
        let device = self.device as rustix::fs::Dev;
        (rustix::fs::major(device), rustix::fs::minor(device))
    }
}

impl From<Stat> for Status {
    #[allow(clippy::unnecessary_cast, reason = "the fields differ in width between systems")]
    fn from(stat: Stat) -> Self {
        Self {
            kind: FileType::from_raw_mode(stat.st_mode).into(),
            id: FileId { device: stat.st_dev as u64, inode: stat.st_ino as u64 },
            len: u64::try_from(stat.st_size).unwrap_or(0),
            modified: stat.st_mtime as i128 * 1_000_000_000 + stat.st_mtime_nsec as i128,
            represents: (rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev)),
        }
    }
}

/// A call about to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Opening a folder.
    OpenFolder,
    /// Reading the names in a folder.
    List,
    /// Asking for the status of a name.
    Status,
    /// Opening a file to read it.
    OpenFile,
    /// Reading from a file.
    Read,
    /// Making a folder.
    CreateFolder,
    /// Making a file.
    CreateFile,
    /// Writing to a file.
    Write,
    /// Closing a file that was written.
    Close,
    /// Waiting until what was written is on the drive.
    Sync,
    /// Giving a file its final name.
    Rename,
    /// Removing a file.
    Remove,
    /// Locking a file.
    Lock,
}

/// Decides which calls fail: the seam where tests inject faults.
pub trait Faults: Send + Sync {
    /// Returns the error that `op` on `path` shall end with, `None` to let it through.
    ///
    /// `path` is the name or path handed to the call, not made absolute. Called from many threads;
    /// may wait, to play a slow drive.
    fn fault(&self, op: Op, path: &Path) -> Option<io::Error>;
}

/// The way to the file system.
#[derive(Clone, Default)]
pub struct Fs {
    faults: Option<Arc<dyn Faults>>,
}

impl Fs {
    /// Returns the file system with faults injected.
    #[must_use]
    pub fn with_faults(faults: Arc<dyn Faults>) -> Self {
        Self { faults: Some(faults) }
    }

    /// Returns the absolute path of what a path stands for, without links, `.` and `..`.
    ///
    /// # Errors
    /// What the system says; also when the answer is longer than PATH_MAX.
    pub fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.check(Op::Status, path)?;
        std::fs::canonicalize(path)
    }

    /// Returns the number of the mount that a path is on, as `/proc/self/mountinfo` has it; `None` where nobody
    /// says.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn mount_id(&self, path: &Path) -> Option<u64> {
        use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
        self.check(Op::Status, path).ok()?;
        let answer = statx(CWD, path, AtFlags::NO_AUTOMOUNT, StatxFlags::MNT_ID).ok()?;
        (answer.stx_mask & StatxFlags::MNT_ID.bits() != 0).then_some(answer.stx_mnt_id)
    }

    /// Returns the number of the mount that a path is on: here nobody says.
    #[cfg(not(target_os = "linux"))]
    #[must_use]
    pub const fn mount_id(&self, _: &Path) -> Option<u64> {
        None
    }

    fn check(&self, op: Op, path: &Path) -> io::Result<()> {
        match self.faults.as_ref().and_then(|faults| faults.fault(op, path)) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Fs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.faults.is_some() { "Fs(with faults)" } else { "Fs" })
    }
}

/// Tells whether an error means that no descriptor was left.
#[must_use]
pub fn is_out_of_descriptors(error: &io::Error) -> bool {
    [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// Tells whether an error means that links led round in circles, or a link stood where none may.
#[must_use]
pub fn is_link_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

/// Returns how many descriptors this process may have open.
#[must_use]
pub fn descriptor_limit() -> u64 {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Returns what a small file of the system says, such as those in `/sys` and `/proc`.
///
/// # Errors
/// What the system says; also when it is no UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    std::fs::read_to_string(path)
}

/// Returns the names in a folder of the system, such as those in `/sys`.
///
/// # Errors
/// What the system says.
pub fn folder_names(path: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    std::fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect()
}

/// Returns how often the calling thread has waited so far, mostly for drives; 0 where nobody counts.
#[must_use]
pub fn thread_waits() -> u64 {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::resource::{UsageWho, getrusage};
        let usage = getrusage(UsageWho::RUSAGE_THREAD);
        usage.map_or(0, |usage| u64::try_from(usage.voluntary_context_switches()).unwrap_or(0))
    }
    #[cfg(not(target_os = "linux"))]
    0
}

/// Returns the signals that this process ignores, bit `n - 1` for signal `n`; 0 where it is not told.
#[must_use]
pub fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
