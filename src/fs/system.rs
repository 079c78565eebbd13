//! What the system tells in small files, links and numbers.

use super::{Fs, Op};
use std::io;
use std::path::{Path, PathBuf};

impl Fs {
    /// Returns the number that the file system of a path goes by, made of its UUID on some (`statvfs(3)`);
    /// `None` where it has none.
    #[must_use]
    pub fn file_system_id(&self, path: &Path) -> Option<u64> {
        self.check(Op::Status, path).ok()?;
        let id = rustix::fs::statvfs(path).ok()?.f_fsid;
        (id != 0).then_some(id)
    }
}

/// Returns what a small file of the system says, also when it is no UTF-8.
///
/// # Errors
/// What the system says.
pub fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(path)
}

/// Returns where a symbolic link leads, as it is written in it.
///
/// # Errors
/// What the system says; also when it is no link.
pub fn link_target(path: &Path) -> io::Result<PathBuf> {
    std::fs::read_link(path)
}
