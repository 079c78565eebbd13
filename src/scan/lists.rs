//! Lists of files: read as they come, a path a record.

use super::engine::Walk;
use super::outlet::Collector;
use crate::error::{Error, Kind, Result};
use crate::fs::{FileKind, Fs};
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, BufRead};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What ends a path in a list. Nothing is quoted; all other bytes belong to the path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Separator {
    /// A newline.
    #[default]
    Newline,
    /// NUL, which no path holds.
    Nul,
}

/// A list of files. Empty records are passed over; the last one needs no end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    path: PathBuf,
    separator: Separator,
}

impl List {
    /// Makes a list that is read from a file, pipe or device; `-` is standard input.
    pub fn new(path: impl Into<PathBuf>, separator: Separator) -> Self {
        Self { path: path.into(), separator }
    }

    /// Returns where it is read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether a scan by name looks at listed files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listed {
    /// What is missing or no regular file is a fault and no photo.
    #[default]
    Checked,
    /// All of them are photos: who opens them tells what is wrong with them.
    Trusted,
}

/// A list that is open.
pub(super) struct OpenList {
    root: usize,
    list: List,
    listed: Listed,
    source: Box<dyn BufRead + Send>,
}

/// Opens lists before anything is looked at.
///
/// # Errors
/// [`Kind::Usage`] when one cannot be opened, and when two are to be read from standard input.
pub(super) fn open(lists: Vec<(usize, List)>, listed: Listed, fs: &Fs) -> Result<Vec<OpenList>> {
    if lists.iter().filter(|(_, list)| list.path() == "-").count() > 1 {
        return Err(Error::usage("standard input can be one list only").at("-"));
    }
    let open = |(root, list): (usize, List)| {
        let source = fs
            .open_stream(&list.path)
            .map_err(|error| Error::usage("cannot open the list").at(&list.path).because(error))?;
        Ok(OpenList { root, list, listed, source })
    };
    lists.into_iter().map(open).collect()
}

impl OpenList {
    /// Hands on every photo of the list, and a fault where it breaks off.
    pub(super) fn read(mut self, photos: &mut Collector, walk: &Walk) {
        let end = match self.list.separator {
            Separator::Newline => b'\n',
            Separator::Nul => 0,
        };
        let mut record = Vec::new();
        while !walk.outlet.is_halted() {
            record.clear();
            match self.source.read_until(end, &mut record) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    let fault = Error::usage("the list breaks off").at(&self.list.path).because(error);
                    return walk.outlet.fault(fault);
                }
            }
            if record.last() == Some(&end) {
                record.pop();
            }
            if !record.is_empty() {
                self.take(&record, photos, walk);
            }
        }
    }

    fn take(&self, record: &[u8], photos: &mut Collector, walk: &Walk) {
        let path = Path::new(OsStr::from_bytes(record));
        let is_asked = walk.rules.asks_size() || self.listed == Listed::Checked;
        let inode = match is_asked.then(|| self.look(path, walk)) {
            None => 0,
            Some(Ok(Some(inode))) => inode,
            Some(Ok(None)) => return,
            // Who opens it finds the same.
            Some(Err(_)) if self.listed == Listed::Trusted => 0,
            Some(Err(error)) => return walk.outlet.fault(error.at(path)),
        };
        photos.push(&walk.outlet, self.root, &[record], inode);
    }

    /// Returns the inode of a listed file; `None` when it is not of the size that is wanted.
    fn look(&self, path: &Path, walk: &Walk) -> Result<Option<u64>> {
        let looked: io::Result<_> = walk.fs.status(path);
        let status =
            looked.map_err(|error| Error::new(Kind::Unreadable, "cannot look at it").because(error))?;
        if status.kind != FileKind::File {
            return Err(Error::new(Kind::NotRegular, "it is listed, but is no regular file"));
        }
        Ok(walk.rules.takes_size(status.len).then_some(status.id.inode))
    }
}

impl fmt::Debug for OpenList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenList").field("list", &self.list).finish_non_exhaustive()
    }
}
