//! Writing outputs: new files only, then a rename; never through a link.

use super::{Folder, Fs, Op, Status};
use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What a rename does with a file that has the name already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// It stays; the rename fails with `AlreadyExists`.
    Never,
    /// It is replaced at once. A link is replaced itself, not what it leads to.
    Always,
}

/// When what was written is on the drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// Before the call returns.
    Now,
    /// When the system gets to it, or [`Folder::sync`] asks for it.
    Later,
}

/// A file that only grows.
#[derive(Debug)]
pub struct Appender {
    file: File,
    name: PathBuf,
    fs: Fs,
}

impl Appender {
    /// Writes behind what is there.
    ///
    /// # Errors
    /// What the system says; a part of `content` may be written then.
    pub fn append(&mut self, content: &[u8]) -> io::Result<()> {
        self.fs.check(Op::Write, &self.name)?;
        self.file.write_all(content)
    }
}

/// A lock on a file, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Fs {
    /// Opens a folder as the user named it, made with all that leads to it when it is not there.
    ///
    /// # Errors
    /// What the system says; also when it is not a folder.
    pub fn create_folders(&self, path: &Path) -> io::Result<Folder> {
        self.check(Op::CreateFolder, path)?;
        std::fs::create_dir_all(path)?;
        self.open_folder(path)
    }
}

impl Folder {
    /// Makes a folder in this one unless it is there.
    ///
    /// # Errors
    /// What the system says. A name that is no folder is found when it is opened.
    pub fn create_folder(&self, name: &OsStr) -> io::Result<()> {
        self.fs.check(Op::CreateFolder, Path::new(name))?;
        match rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o777)) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes a new file in this folder and tells what it is then.
    ///
    /// # Errors
    /// What the system says, such as that the name exists; nothing is left behind then.
    pub fn create_file(&self, name: &OsStr, content: &[u8], flush: Flush) -> io::Result<Status> {
        self.fs.check(Op::CreateFile, Path::new(name))?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(rustix::fs::openat(&self.fd, name, flags, Mode::from_raw_mode(0o666))?);
        let written = (|| {
            self.fs.check(Op::Write, Path::new(name))?;
            file.write_all(content)?;
            if flush == Flush::Now {
                self.fs.check(Op::Sync, Path::new(name))?;
                file.sync_all()?;
            }
            let status = rustix::fs::fstat(&file)?.into();
            // Network and user-space file systems may only say now that they lost what was written.
            self.fs.check(Op::Close, Path::new(name))?;
            nix::unistd::close(file)?;
            Ok(status)
        })();
        if written.is_err() {
            // The fault that matters is the one of the write.
            let _ = self.remove_file(name);
        }
        written
    }

    /// Opens the file `name` of this folder, made when it is not there, to write behind its end.
    ///
    /// # Errors
    /// What the system says.
    pub fn append_to(&self, name: &OsStr) -> io::Result<Appender> {
        self.fs.check(Op::CreateFile, Path::new(name))?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&self.fd, name, flags, Mode::from_raw_mode(0o666))?);
        Ok(Appender { file, name: PathBuf::from(name), fs: self.fs.clone() })
    }

    /// Waits until all that was written to the file system of this folder is on the drive.
    ///
    /// One call for many files: `syncfs` on Linux; elsewhere the folder alone is waited for, and
    /// files are to be written with [`Flush::Now`].
    ///
    /// # Errors
    /// What the system says; also when an earlier write to that file system was lost.
    pub fn sync(&self) -> io::Result<()> {
        self.fs.check(Op::Sync, Path::new("."))?;
        #[cfg(target_os = "linux")]
        rustix::fs::syncfs(&self.fd)?;
        #[cfg(not(target_os = "linux"))]
        rustix::fs::fsync(&self.fd)?;
        Ok(())
    }

    /// Gives the file `name` of this folder the name `new` in the folder `to`.
    ///
    /// # Errors
    /// What the system says; `AlreadyExists` under [`Replace::Never`], `CrossesDevices` where `to`
    /// lies on another file system.
    pub fn rename(&self, name: &OsStr, to: &Self, new: &OsStr, replace: Replace) -> io::Result<()> {
        self.fs.check(Op::Rename, Path::new(new))?;
        if replace == Replace::Always {
            return Ok(rustix::fs::renameat(&self.fd, name, &to.fd, new)?);
        }
        match rustix::fs::renameat_with(&self.fd, name, &to.fd, new, RenameFlags::NOREPLACE) {
            // FAT, some network and FUSE file systems cannot; a hard link does not replace either.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => self.link_and_remove(name, to, new),
            answer => Ok(answer?),
        }
    }

    fn link_and_remove(&self, name: &OsStr, to: &Self, new: &OsStr) -> io::Result<()> {
        match rustix::fs::linkat(&self.fd, name, &to.fd, new, AtFlags::empty()) {
            Ok(()) => Ok(rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())?),
            // No hard links there either: look, then rename. We hold the lock of this tree.
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::MLINK) => {
                match rustix::fs::statat(&to.fd, new, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(_) => Err(Errno::EXIST.into()),
                    Err(Errno::NOENT) => Ok(rustix::fs::renameat(&self.fd, name, &to.fd, new)?),
                    Err(error) => Err(error.into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a file of this folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        self.fs.check(Op::Remove, Path::new(name))?;
        Ok(rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())?)
    }

    /// Locks the file `name` of this folder, made when it is not there. Does not wait.
    ///
    /// # Errors
    /// `WouldBlock` when another process holds the lock; otherwise what the system says.
    pub fn lock(&self, name: &OsStr) -> io::Result<Lock> {
        self.fs.check(Op::Lock, Path::new(name))?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&self.fd, name, flags, Mode::from_raw_mode(0o666))?);
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            // A file system without locks: nobody can hold one there.
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::NOLCK) => Ok(Lock { _file: file }),
            Err(error) => Err(error.into()),
        }
    }
}
