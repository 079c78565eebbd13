//! OUT: where finished pictures get their final names, whole or not at all.

mod lost;
mod place;
mod staging;
#[cfg(test)]
mod tests;
mod vouch;

pub use staging::Sync;

pub(super) use lost::{CANNOT_WRITE, ends_the_run};
pub(super) use staging::{Staged, Staging, nanoseconds};
pub(super) use vouch::Vouch;

use super::journal::{Journal, Known};
use super::names::OWN_FOLDER;
use super::plan::CropPlan;
use crate::error::{Error, Kind, Result};
use crate::fs::{FileId, Folder, Fs, Links, Lock, Status};
use staging::{folds_case, sweep};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::io;
use std::io::ErrorKind::{AlreadyExists, InvalidInput, NotADirectory};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folders of OUT that are kept open: photos come in set order, so few are in use at a time.
const OPEN_FOLDERS: usize = 16;
/// What temporary files are called where they cannot lie in our own folder.
const STRAY_PREFIX: &str = ".jpegasus-";

/// What happens to a file that has an output's name already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// It stays, unless this program wrote it from the same photo and it is out of date. The same
    /// bytes are taken as there, others are [`Kind::OutputExists`].
    #[default]
    Keep,
    /// It is replaced.
    Overwrite,
}

/// How an output came to stand under its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    Written,
    AlreadyThere,
}

/// The photo that an output was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Original {
    /// Its canonical path.
    pub(super) path: PathBuf,
    /// What it was when it was opened.
    pub(super) status: Status,
}

/// An output that stands under its name, for the journal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placement<'a> {
    /// Beneath OUT.
    pub(super) output: &'a Path,
    pub(super) original: &'a Original,
    pub(super) staged: &'a Staged,
    /// Whether it is what was salvaged of a damaged photo.
    pub(super) is_damaged: bool,
}

/// The folder that outputs go to, locked for this run.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    vouch: Vouch,
    staging: Arc<Staging>,
    journal: Journal,
    existing: Existing,
    sync: Sync,
    open: Vec<(PathBuf, Folder)>,
    swept: Vec<FileId>,
    /// Folders that hold originals: nothing is written into them.
    guarded: HashSet<FileId>,
    id: FileId,
    folds_case: bool,
    _lock: Lock,
}

impl Output {
    /// Opens the plan's OUT, made when it is not there; locks it, sweeps what a killed run left and reads the
    /// journal.
    ///
    /// # Errors
    /// [`Kind::Usage`] when another run writes to it; [`Kind::OutputFailed`] when it cannot be made
    /// or written to.
    pub fn open(fs: &Fs, plan: &CropPlan) -> Result<Self> {
        let &CropPlan { existing, sync, .. } = plan;
        let path = plan.out.as_path();
        let failed = |why: &'static str| {
            move |error: io::Error| {
                let is_misnamed = matches!(error.kind(), AlreadyExists | NotADirectory | InvalidInput);
                let (kind, hint) = if is_misnamed {
                    (Kind::Usage, "-o names a folder to write to")
                } else {
                    (Kind::OutputFailed, "make room or mend it, then run the same command again")
                };
                Error::new(kind, why).at(path).because(error).hint(hint)
            }
        };
        if path.as_os_str().is_empty() {
            return Err(Error::usage("the output folder has no name"));
        }
        let top = fs.create_folders(path).map_err(failed("cannot make or open the folder"))?;
        let id = top.status().map_err(failed("cannot look at the folder"))?.id;
        let own = enter(&top, OsStr::new(OWN_FOLDER)).map_err(failed("cannot write to the folder"))?;
        let lock = own.lock(OsStr::new("lock")).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => Error::usage("another jpegasus writes to this folder")
                .at(path)
                .hint("wait for it, or choose another -o"),
            _ => failed("cannot lock the folder")(error),
        })?;
        let temporary = enter(&own, OsStr::new("tmp")).map_err(failed("cannot write to the folder"))?;
        sweep(&temporary, "").map_err(failed("cannot sweep its temporary files"))?;
        let folds_case = folds_case(&temporary).map_err(failed("cannot write to the folder"))?;
        let (journal, known) =
            Journal::open(&own, &temporary).map_err(failed("cannot open its journal, .jpegasus/journal"))?;
        Ok(Self {
            path: path.to_owned(),
            vouch: Vouch { top: Arc::new(top), known: Arc::new(known) },
            staging: Arc::new(Staging::new(temporary, sync)),
            journal,
            existing,
            sync,
            open: Vec::new(),
            swept: Vec::new(),
            guarded: HashSet::new(),
            id,
            folds_case,
            _lock: lock,
        })
    }

    /// Returns the identity of the folder, so that no scan enters it.
    #[must_use]
    pub const fn id(&self) -> FileId {
        self.id
    }

    /// Writes nothing into these folders, however they are reached: they hold originals.
    pub(super) fn guard(&mut self, folders: HashSet<FileId>) {
        self.guarded = folders;
        self.open.clear();
    }

    pub(super) const fn folds_case(&self) -> bool {
        self.folds_case
    }

    /// Returns the path as the user named it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn staging(&self) -> Arc<Staging> {
        Arc::clone(&self.staging)
    }

    pub(super) fn vouch(&self) -> Vouch {
        self.vouch.clone()
    }

    /// Waits until all that is staged, and all names given so far, are on the drive.
    ///
    /// # Errors
    /// [`Kind::OutputFailed`].
    pub(super) fn sync(&self) -> Result<()> {
        let answer = match self.sync {
            Sync::None => Ok(()),
            Sync::Each | Sync::Batch => self.staging.folder().sync(),
        };
        answer.map_err(|error| Error::new(Kind::OutputFailed, CANNOT_WRITE).at(&self.path).because(error))
    }

    /// Opens a folder beneath OUT, made when it is not there; returns its place among the open ones.
    fn folder(&mut self, relative: &Path) -> io::Result<usize> {
        if let Some(at) = self.open.iter().position(|(path, _)| path == relative) {
            return Ok(at);
        }
        let folder = match self.vouch.top.open_folder(relative, Links::Ignore) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.create(relative)?,
            answer => answer?,
        };
        if self.guarded.contains(&folder.status()?.id) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it holds originals"));
        }
        if self.open.len() == OPEN_FOLDERS {
            self.open.remove(0);
        }
        self.open.push((relative.to_owned(), folder));
        Ok(self.open.len() - 1)
    }

    fn create(&self, relative: &Path) -> io::Result<Folder> {
        let mut folder = self.vouch.top.open_folder(Path::new(""), Links::Ignore)?;
        for part in relative {
            folder = enter(&folder, part)?;
        }
        Ok(folder)
    }
}

/// Looks at OUT without changing anything: what the journal says, nothing where there is no OUT.
///
/// # Errors
/// [`Kind::Unreadable`] when OUT is there but cannot be read.
pub(super) fn peek(fs: &Fs, path: &Path) -> Result<Option<Vouch>> {
    let unreadable = |error: io::Error| {
        Error::new(Kind::Unreadable, "cannot look into the output folder").at(path).because(error)
    };
    let opened = fs.open_folder(path).and_then(|top| {
        let known = match top.open_folder(Path::new(OWN_FOLDER), Links::Ignore) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Known::default(),
            own => Journal::peek(&own?)?,
        };
        Ok(Vouch { top: Arc::new(top), known: Arc::new(known) })
    });
    match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        answer => answer.map(Some).map_err(unreadable),
    }
}

fn enter(folder: &Folder, name: &OsStr) -> io::Result<Folder> {
    folder.create_folder(name)?;
    folder.open_folder(Path::new(name), Links::Ignore)
}
