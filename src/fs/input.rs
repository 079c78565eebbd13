//! Opening and reading originals: regular files only, never for writing.

use super::{FileKind, Folder, Fs, Links, Op, Status, beneath};
use crate::error::{Error, Kind, Result};
use crate::units::Bytes;
use rustix::buffer::spare_capacity;
use rustix::fs::OFlags;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

/// One read asks for this much unless somebody says otherwise.
const READ_SIZE: usize = 16 << 20;

/// Room that is cleared for one call.
const CLEARED: usize = 1 << 20;

/// Room for what a file has grown by since it was opened.
const MORE: usize = 64 << 10;

/// An original that is open for reading.
#[derive(Debug)]
pub struct Input {
    pub(super) file: File,
    status: Status,
    pub(super) name: PathBuf,
    pub(super) fs: Fs,
    read_size: usize,
}

impl Fs {
    /// Opens a file as the user named it; links in its path are followed.
    ///
    /// # Errors
    /// As [`Folder::open_file`].
    pub fn open_file(&self, path: &Path) -> Result<Input> {
        self.open_file_by(path, &|| ())
    }

    /// Opens a file as the user named it, and calls `step` between calls of the system: each answer is a sign of
    /// life.
    ///
    /// # Errors
    /// As [`Folder::open_file`].
    pub fn open_file_by(&self, path: &Path, step: &dyn Fn()) -> Result<Input> {
        let (folder, name) = beneath::split_last(path);
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        self.open_folder(folder)
            .map_err(|error| Error::new(Kind::Unreadable, "cannot open its folder").because(error))?
            .open_file_by(Path::new(name), Links::Follow, step)
    }
}

impl Folder {
    /// Opens a regular file beneath this folder.
    ///
    /// What it is, is asked before it is opened, so that no FIFO, tape or other device is touched.
    ///
    /// # Errors
    /// [`Kind::NotRegular`] for all that is no regular file (with [`Links::Ignore`] also a link),
    /// [`Kind::Unreadable`] with what the system says.
    pub fn open_file(&self, path: &Path, links: Links) -> Result<Input> {
        self.open_file_by(path, links, &|| ())
    }

    /// Opens a regular file beneath this folder, and calls `step` before each call of the system: each answer is
    /// a sign of life.
    ///
    /// # Errors
    /// As [`open_file`](Self::open_file).
    pub fn open_file_by(&self, path: &Path, links: Links, step: &dyn Fn()) -> Result<Input> {
        step();
        let unreadable =
            |why: &'static str| move |error: io::Error| Error::new(Kind::Unreadable, why).because(error);
        let (parent, name) = beneath::split_last(path);
        let parent = if parent.as_os_str().is_empty() {
            None
        } else {
            Some(self.open_folder(parent, links).map_err(unreadable("cannot open its folder"))?)
        };
        let parent = parent.as_ref().unwrap_or(self);
        step();
        let status = parent.status_of(name, links).map_err(unreadable("cannot look at it"))?;
        regular(status)?;
        step();
        self.fs.check(Op::OpenFile, path).map_err(unreadable("cannot open"))?;
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let fd = beneath::open(parent.fd.as_fd(), Path::new(name), flags, links)
            .map_err(unreadable("cannot open"))?;
        let status = rustix::fs::fstat(&fd).map_err(|error| unreadable("cannot look at it")(error.into()))?;
        let input = Input {
            file: beneath::into_file(fd),
            status: status.into(),
            name: path.to_owned(),
            fs: self.fs.clone(),
            read_size: READ_SIZE,
        };
        regular(input.status)?;
        Ok(input)
    }
}

fn regular(status: Status) -> Result<()> {
    let why = match status.kind {
        FileKind::File => return Ok(()),
        FileKind::Folder => "it is a folder",
        FileKind::Link => "it is a link",
        FileKind::Special | FileKind::Unknown => "it is a FIFO, socket or device",
    };
    Err(Error::new(Kind::NotRegular, why))
}

impl Input {
    /// Returns what the file was when it was opened.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Returns the same, of which so many bytes, at least one, are read by one call where all of it is read.
    #[must_use]
    pub fn reading_by(self, read_size: usize) -> Self {
        Self { read_size: read_size.max(1), ..self }
    }

    /// Reads more of the file to the end of `buffer`, at most `most` bytes; less only at the end of
    /// the file.
    ///
    /// `buffer` holds what was read so far, and nothing else.
    ///
    /// # Errors
    /// [`Kind::Unreadable`] with the offset and what the system says.
    pub fn read_more(&mut self, buffer: &mut Vec<u8>, most: usize) -> Result<usize> {
        let at = buffer.len();
        let left = usize::try_from(self.status.len).unwrap_or(usize::MAX).saturating_sub(at);
        // One byte more, so that a file that grew is seen.
        buffer.reserve_exact(most.min(left.saturating_add(1)));
        let read = self.fs.check(Op::Read, &self.name).and_then(|()| fill(&self.file, buffer, most));
        read.map_err(|error| {
            Error::new(Kind::Unreadable, "cannot read").offset(buffer.len().max(at) as u64).because(error)
        })
    }

    /// Refuses a file that is longer than `limit`.
    ///
    /// # Errors
    /// [`Kind::TooLarge`].
    pub fn check_len(&self, limit: Bytes) -> Result<()> {
        let len = Bytes(self.status.len);
        if len <= limit {
            return Ok(());
        }
        let why = format!("the file has {}, the limit is {}", len.rounded(), limit.rounded());
        Err(Error::new(Kind::TooLarge, why))
    }

    /// Reads the whole file into `buffer`, which is emptied first.
    ///
    /// # Errors
    /// As [`read_rest`](Self::read_rest).
    pub fn read_all(&mut self, limit: Bytes, buffer: &mut Vec<u8>) -> Result<()> {
        buffer.clear();
        self.read_rest(limit, buffer)
    }

    /// Reads the rest of the file behind what `buffer` holds, which are its first bytes, read before.
    ///
    /// # Errors
    /// [`Kind::TooLarge`] before anything is read when the file is longer than `limit`;
    /// [`Kind::Unreadable`] with the offset; [`Kind::ChangedWhileRead`] when its length or time of
    /// change are not what they were when it was opened, or when it did not give all its bytes.
    pub fn read_rest(&mut self, limit: Bytes, buffer: &mut Vec<u8>) -> Result<()> {
        let read_size = self.read_size;
        self.read_to(u64::MAX, limit, buffer, &mut |_| read_size)
    }

    /// Reads the file up to its byte `upto`, or to its end, behind what `buffer` holds, which are its first bytes,
    /// read before.
    ///
    /// Before each call `next` is told how many bytes the last one gave, at first 0, and says how many the next
    /// asks for.
    ///
    /// # Errors
    /// As [`read_rest`](Self::read_rest).
    pub fn read_to(
        &mut self,
        upto: u64,
        limit: Bytes,
        buffer: &mut Vec<u8>,
        next: &mut dyn FnMut(usize) -> usize,
    ) -> Result<()> {
        let len = self.status.len;
        self.check_len(limit)?;
        let beyond = |_| Error::new(Kind::TooLarge, "beyond memory");
        let wanted = usize::try_from(len.min(upto)).map_err(beyond)?;
        // Of all of it one byte more than there should be: a file that grew is seen.
        let end = if upto < len { wanted } else { wanted + 1 };
        buffer
            .try_reserve_exact(end.saturating_sub(buffer.len()))
            .map_err(|_| Error::new(Kind::TooLarge, format!("no memory for its {}", Bytes(len).rounded())))?;
        let mut read = 0;
        while buffer.len() < end {
            let most = next(read).clamp(1, end - buffer.len());
            read = self.read_more(buffer, most)?;
            if read == 0 {
                break;
            }
        }
        self.check_unchanged(buffer.len(), if upto < len { end.max(buffer.len()) } else { wanted })
    }

    /// Checks that the file is what it was when it was opened, of which `read` bytes were read where
    /// `wanted` are to be there.
    ///
    /// # Errors
    /// [`Kind::ChangedWhileRead`]; [`Kind::Unreadable`] when the system does not say.
    pub fn check_unchanged(&self, read: usize, wanted: usize) -> Result<()> {
        let Status { len, modified, .. } = self.status;
        let now: Status = rustix::fs::fstat(&self.file)
            .map_err(|error| Error::new(Kind::Unreadable, "cannot look at it").because(error))?
            .into();
        if read == wanted && (now.len, now.modified) == (len, modified) {
            return Ok(());
        }
        let why = format!("it had {len} bytes when opened, {read} were read, now it has {}", now.len);
        Err(Error::new(Kind::ChangedWhileRead, why).hint("run again when nothing writes to it"))
    }
}

/// Reads to the end of `buffer` until it is `most` bytes longer, or the file ends.
fn fill(file: &File, buffer: &mut Vec<u8>, most: usize) -> io::Result<usize> {
    let start = buffer.len();
    while buffer.len() - start < most {
        let left = most - (buffer.len() - start);
        if buffer.capacity() == buffer.len() {
            // More of it than there was: it grew.
            buffer.reserve(left.min(MORE));
        }
        // By one call for all that is wanted: a drive that is asked for less moves on to somebody else.
        let read = if buffer.capacity() - buffer.len() <= left {
            rustix::io::read(file, spare_capacity(buffer))
        } else {
            // Room that was used before is cleared first, so not for more than is likely to come.
            let (at, left) = (buffer.len(), left.min(CLEARED));
            buffer.resize(at + left, 0);
            let read = rustix::io::read(file, &mut buffer[at..]);
            buffer.truncate(at + *read.as_ref().unwrap_or(&0));
            read
        };
        match read {
            Err(rustix::io::Errno::INTR) => {}
            Ok(0) => break,
            read => _ = read?,
        }
    }
    Ok(buffer.len() - start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::OwnedFd;

    /// A pipe gives no more at a time than was written to it at a time.
    #[test]
    fn short_reads_are_put_together() {
        let content: Vec<u8> = (0..=u8::MAX).cycle().take(5000).collect();
        for (part, most) in [(1, 300), (7, 300), (999, 2000), (4999, 5000), (5000, 6000)] {
            let (from, mut to) = io::pipe().unwrap();
            let file = File::from(OwnedFd::from(from));
            let sent = content.clone();
            let writer = std::thread::spawn(move || {
                for part in sent.chunks(part) {
                    to.write_all(part).unwrap();
                    std::thread::yield_now();
                }
            });
            let mut buffer = Vec::new();
            while fill(&file, &mut buffer, most).unwrap() == most {}
            assert!(buffer == content, "parts of {part}, {most} at a time");
            writer.join().unwrap();
        }
    }
}
