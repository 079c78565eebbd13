//! Finished pictures wait here, whole, for their names.

use crate::error::{Error, Kind, Result};
use crate::fs::{Entry, FileKind, Flush, Folder, Links, ListBuffer};
use crate::units::Bytes;
use std::ffi::{OsStr, OsString};
use std::io;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use xxhash_rust::xxh3::xxh3_64;

const SUFFIX: &str = ".part";

/// When outputs are on the drive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sync {
    /// Each file is waited for before it gets its name.
    Each,
    /// Some dozen files are waited for together, before they get their names.
    #[default]
    Batch,
    /// Nothing is waited for: after a power failure, names may lead to files without content.
    None,
}

impl Sync {
    /// The names, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Each, Self::Batch, Self::None];

    /// Returns the name as flags write it, such as `batch`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Each => "each",
            Self::Batch => "batch",
            Self::None => "none",
        }
    }
}

impl std::str::FromStr for Sync {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|sync| sync.name() == name);
        found.ok_or_else(|| Error::usage(format!("'{name}' is not a way to sync")).hint("each, batch, none"))
    }
}

/// The folder for temporary files; shared by all who write them.
#[derive(Debug)]
pub(in crate::batch) struct Staging {
    folder: Folder,
    flush: Flush,
    next: AtomicU64,
}

/// A finished picture that has no name yet.
#[derive(Debug)]
pub(in crate::batch) struct Staged {
    name: OsString,
    pub(super) bytes: u64,
    pub(super) modified: i64,
    pub(super) xxh3: u64,
}

impl Staged {
    /// Returns how many bytes it has.
    pub(in crate::batch) const fn len(&self) -> u64 {
        self.bytes
    }
}

impl Staging {
    pub(super) fn new(folder: Folder, sync: Sync) -> Self {
        // Where one call cannot wait for many files, each is waited for.
        let is_alone = sync == Sync::Each || (sync == Sync::Batch && !cfg!(target_os = "linux"));
        let flush = if is_alone { Flush::Now } else { Flush::Later };
        Self { folder, flush, next: AtomicU64::new(1) }
    }

    pub(super) const fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Writes a finished picture to a temporary file.
    ///
    /// # Errors
    /// What the system says; nothing is left behind then.
    pub(in crate::batch) fn stage(&self, content: &[u8]) -> io::Result<Staged> {
        self.stage_in(&self.folder, "", content)
    }

    pub(super) fn stage_in(&self, folder: &Folder, prefix: &str, content: &[u8]) -> io::Result<Staged> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let name = OsString::from(format!("{prefix}{number}{SUFFIX}"));
        let status = folder.create_file(&name, content, self.flush)?;
        Ok(Staged {
            name,
            bytes: content.len() as u64,
            modified: nanoseconds(status.modified),
            xxh3: xxh3_64(content),
        })
    }

    /// Returns what was written.
    ///
    /// # Errors
    /// [`Kind::OutputFailed`] with what the system says.
    pub(super) fn content(&self, staged: &Staged) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        self.folder
            .open_file(Path::new(&staged.name), Links::Ignore)
            .and_then(|mut file| file.read_all(Bytes(staged.bytes), &mut content))
            .map_err(|error| Error { kind: Kind::OutputFailed, ..error })?;
        Ok(content)
    }

    /// Removes a picture that gets no name.
    pub(in crate::batch) fn discard(&self, staged: &Staged) {
        // What cannot be removed now is swept when the next run begins.
        let _ = self.folder.remove_file(&staged.name);
    }
}

/// Returns the temporary name of a picture.
pub(super) fn name_of(staged: &Staged) -> &OsStr {
    &staged.name
}

/// Returns a time in the width that is kept: 1677 to 2262.
pub(in crate::batch) fn nanoseconds(time: i128) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}

/// Removes the temporary files of runs that were killed; our lock proves that nobody uses them.
pub(super) fn sweep(folder: &Folder, prefix: &str) -> io::Result<()> {
    let mut leftovers = Vec::new();
    folder.open_folder(Path::new(""), Links::Ignore)?.list(
        &mut ListBuffer::default(),
        &mut |entry: Entry<'_>| {
            let name = entry.name.as_bytes();
            let is_ours = name.starts_with(prefix.as_bytes()) && name.ends_with(SUFFIX.as_bytes());
            if is_ours && entry.kind != FileKind::Folder {
                leftovers.push(entry.name.to_owned());
            }
            ControlFlow::Continue(())
        },
    )?;
    leftovers.iter().try_for_each(|name| folder.remove_file(name))
}

/// Finds out whether names that differ in case only are one name here.
pub(super) fn folds_case(folder: &Folder) -> io::Result<bool> {
    let name = OsStr::new("case.part");
    folder.create_file(name, b"", Flush::Later)?;
    let found = folder.status_of(OsStr::new("CASE.PART"), Links::Ignore).is_ok();
    folder.remove_file(name)?;
    Ok(found)
}
