//! Opening a path beneath a descriptor, however long the path is.

use super::Links;
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The longest path handed to one call; Linux takes 4,095 bytes, macOS 1,023.
const LONGEST: usize = if cfg!(target_os = "linux") { 4000 } else { 1000 };

/// Opens `path` beneath `start`. With [`Links::Ignore`] no part of it may be a symbolic link.
///
/// Long paths are opened piece by piece. An empty path is the folder itself.
pub(super) fn open(start: BorrowedFd<'_>, path: &Path, flags: OFlags, links: Links) -> io::Result<OwnedFd> {
    let mut rest = path.as_os_str().as_bytes();
    let mut held: Option<OwnedFd> = None;
    while rest.len() > LONGEST {
        let slash = rest[..LONGEST].iter().rposition(|&b| b == b'/').filter(|&at| at > 0);
        let Some(slash) = slash else { return Err(Errno::NAMETOOLONG.into()) };
        let (head, tail) = rest.split_at(slash);
        let from = held.as_ref().map_or(start, AsFd::as_fd);
        held = Some(step(from, head, OFlags::DIRECTORY | OFlags::RDONLY, links)?);
        let leading = tail.iter().take_while(|&&b| b == b'/').count();
        rest = &tail[leading..];
    }
    let rest = if rest.is_empty() { b".".as_slice() } else { rest };
    Ok(step(held.as_ref().map_or(start, AsFd::as_fd), rest, flags, links)?)
}

/// Opens `path` as the user wrote it: absolute or from the working directory, links followed.
pub(super) fn open_root(path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    if let Ok(relative) = path.strip_prefix("/") {
        let top = openat(rustix::fs::CWD, "/", OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        return open(top.as_fd(), relative, flags, Links::Follow);
    }
    open(rustix::fs::CWD, path, flags, Links::Follow)
}

fn step(from: BorrowedFd<'_>, path: &[u8], flags: OFlags, links: Links) -> rustix::io::Result<OwnedFd> {
    let flags = flags | OFlags::CLOEXEC;
    match links {
        Links::Follow => openat(from, path, flags, Mode::empty()),
        Links::Ignore => without_links(from, path, flags | OFlags::NOFOLLOW),
    }
}

#[cfg(target_os = "linux")]
fn without_links(from: BorrowedFd<'_>, path: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
    use rustix::fs::{ResolveFlags, openat2};
    if !path.contains(&b'/') {
        return openat(from, path, flags, Mode::empty());
    }
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    match openat2(from, path, flags, Mode::empty(), resolve) {
        // Kernels before 5.6 and some sandboxes do not have the call.
        Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => part_by_part(from, path, flags),
        answer => answer,
    }
}

#[cfg(not(target_os = "linux"))]
fn without_links(from: BorrowedFd<'_>, path: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
    part_by_part(from, path, flags)
}

fn part_by_part(from: BorrowedFd<'_>, path: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let mut held: Option<OwnedFd> = None;
    let mut parts = path.split(|&b| b == b'/').filter(|part| !part.is_empty()).peekable();
    while let Some(part) = parts.next() {
        let from = held.as_ref().map_or(from, AsFd::as_fd);
        let between = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let flags = if parts.peek().is_some() { between } else { flags };
        held = Some(openat(from, part, flags, Mode::empty())?);
    }
    held.ok_or(Errno::NOENT)
}

/// Returns the folder and the last name of a path without trailing slashes.
pub(super) fn split_last(path: &Path) -> (&Path, &OsStr) {
    let folder = path.parent().unwrap_or(Path::new(""));
    (folder, path.file_name().unwrap_or(OsStr::new(".")))
}

/// Opens the file `name` through to a [`File`].
pub(super) fn into_file(fd: OwnedFd) -> File {
    File::from(fd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_anywhere_in_the_path_is_refused_by_both_ways() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/b")).unwrap();
        std::fs::write(dir.path().join("a/b/x"), "x").unwrap();
        symlink("a", dir.path().join("link")).unwrap();
        symlink("x", dir.path().join("a/b/last")).unwrap();
        let top = File::open(dir.path()).unwrap();
        let read = OFlags::RDONLY;
        for path in ["link/b/x", "a/b/last"] {
            assert!(open(top.as_fd(), Path::new(path), read, Links::Ignore).is_err(), "{path}");
            assert!(open(top.as_fd(), Path::new(path), read, Links::Follow).is_ok(), "{path}");
            let flags = read | OFlags::NOFOLLOW;
            assert!(part_by_part(top.as_fd(), path.as_bytes(), flags).is_err(), "{path}");
        }
        assert!(open(top.as_fd(), Path::new("a/b/x"), read, Links::Ignore).is_ok());
        assert!(part_by_part(top.as_fd(), b"a//b/x", read).is_ok());
        assert!(open(top.as_fd(), Path::new("a/../a/b/x"), read, Links::Ignore).is_ok());
    }
}
