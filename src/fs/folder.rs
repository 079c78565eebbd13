//! A held folder: listing it, and asking about the names in it.

use super::{FileKind, Fs, Links, Op, Status, beneath};
use rustix::fs::{AtFlags, OFlags};
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::mem::MaybeUninit;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// An open folder.
pub struct Folder {
    pub(super) fd: OwnedFd,
    pub(super) fs: Fs,
}

/// A name in a folder, as the folder lists it.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The name; never `.` or `..`.
    pub name: &'a OsStr,
    /// What it stands for, as far as the folder says.
    pub kind: FileKind,
    /// The number of its inode.
    pub inode: u64,
    /// Where the listing goes on behind it, for [`Folder::list_from`]; 0 where the system does not say.
    pub next: u64,
}

/// Who takes what a folder lists.
pub trait Lister {
    /// The system is about to be asked for more names; it may let one wait.
    fn wait(&mut self) {}

    /// Takes a name; a break ends the listing.
    fn visit(&mut self, entry: Entry<'_>) -> ControlFlow<()>;
}

impl<F: FnMut(Entry<'_>) -> ControlFlow<()>> Lister for F {
    fn visit(&mut self, entry: Entry<'_>) -> ControlFlow<()> {
        self(entry)
    }
}

/// Memory for listing folders, used again for each.
pub struct ListBuffer(#[cfg_attr(not(target_os = "linux"), allow(dead_code))] Vec<MaybeUninit<u8>>);

impl Default for ListBuffer {
    /// Takes 64 KiB: larger buffers make no folder faster (measured up to 1 MiB).
    fn default() -> Self {
        Self(vec![MaybeUninit::uninit(); 64 << 10])
    }
}

impl Fs {
    /// Opens a folder as the user named it; links in its path are followed.
    ///
    /// # Errors
    /// What the system says; also when it is not a folder.
    pub fn open_folder(&self, path: &Path) -> io::Result<Folder> {
        self.check(Op::OpenFolder, path)?;
        let fd = beneath::open_root(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        Ok(Folder { fd, fs: self.clone() })
    }

    /// Asks what a path stands for, as the user named it; links are followed.
    ///
    /// # Errors
    /// What the system says, such as that there is no such file.
    pub fn status(&self, path: &Path) -> io::Result<Status> {
        self.check(Op::Status, path)?;
        match rustix::fs::stat(path) {
            Ok(stat) => Ok(stat.into()),
            Err(rustix::io::Errno::NAMETOOLONG) => {
                let (folder, name) = beneath::split_last(path);
                self.open_folder(folder)?.status_of(name, Links::Follow)
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Folder {
    /// Opens a folder beneath this one; an empty path opens it anew.
    ///
    /// # Errors
    /// What the system says; with [`Links::Ignore`] also when any part of the path is a link.
    pub fn open_folder(&self, path: &Path, links: Links) -> io::Result<Self> {
        self.fs.check(Op::OpenFolder, path)?;
        let fd = beneath::open(self.fd.as_fd(), path, OFlags::RDONLY | OFlags::DIRECTORY, links)?;
        Ok(Self { fd, fs: self.fs.clone() })
    }

    /// Asks what this folder is.
    ///
    /// # Errors
    /// What the system says.
    pub fn status(&self) -> io::Result<Status> {
        self.fs.check(Op::Status, Path::new("."))?;
        Ok(rustix::fs::fstat(&self.fd)?.into())
    }

    /// Asks what a name in this folder stands for.
    ///
    /// # Errors
    /// What the system says, such as that there is no such name.
    pub fn status_of(&self, name: &OsStr, links: Links) -> io::Result<Status> {
        self.fs.check(Op::Status, Path::new(name))?;
        let flags = match links {
            Links::Ignore => AtFlags::SYMLINK_NOFOLLOW,
            Links::Follow => AtFlags::empty(),
        };
        Ok(rustix::fs::statat(&self.fd, name, flags)?.into())
    }

    /// Asks what a path beneath this folder stands for; with [`Links::Ignore`] no part of it may be a
    /// link but the last, which is then a [`FileKind::Link`].
    ///
    /// # Errors
    /// What the system says, such as that there is no such path.
    pub fn status_beneath(&self, path: &Path, links: Links) -> io::Result<Status> {
        let (parent, name) = beneath::split_last(path);
        if parent.as_os_str().is_empty() {
            return self.status_of(name, links);
        }
        self.open_folder(parent, links)?.status_of(name, links)
    }

    /// Hands each name in this folder to `lister`, in the order of the file system, until it breaks.
    ///
    /// # Errors
    /// What the system says; the names before the fault have been visited.
    pub fn list(&self, buffer: &mut ListBuffer, lister: &mut impl Lister) -> io::Result<()> {
        self.fs.check(Op::List, Path::new("."))?;
        self.list_raw(buffer, lister)
    }

    /// Hands names to `lister` from a place on that an [`Entry::next`] told, or that lies between two such
    /// on a file system that [lists by hash](Self::is_listed_by_hash).
    ///
    /// # Errors
    /// As [`Self::list`].
    pub fn list_from(&self, place: u64, buffer: &mut ListBuffer, lister: &mut impl Lister) -> io::Result<()> {
        self.fs.check(Op::List, Path::new("."))?;
        rustix::fs::seek(&self.fd, rustix::fs::SeekFrom::Start(place))?;
        self.list_raw(buffer, lister)
    }

    #[cfg(target_os = "linux")]
    fn list_raw(&self, buffer: &mut ListBuffer, lister: &mut impl Lister) -> io::Result<()> {
        let mut list = rustix::fs::RawDir::new(&self.fd, &mut buffer.0);
        loop {
            if list.is_buffer_empty() {
                lister.wait();
            }
            let Some(entry) = list.next() else { return Ok(()) };
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            let (kind, inode, next) = (entry.file_type().into(), entry.ino(), entry.next_entry_cookie());
            if lister.visit(Entry { name: OsStr::from_bytes(name), kind, inode, next }).is_break() {
                return Ok(());
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn list_raw(&self, _: &mut ListBuffer, lister: &mut impl Lister) -> io::Result<()> {
        lister.wait();
        for entry in rustix::fs::Dir::read_from(&self.fd)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            let (kind, inode) = (entry.file_type().into(), entry.ino());
            if lister.visit(Entry { name: OsStr::from_bytes(name), kind, inode, next: 0 }).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Folder").field("fd", &self.fd).finish_non_exhaustive()
    }
}
