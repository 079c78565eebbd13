//! OUT: where finished pictures get their final names, whole or not at all.

use super::names::OWN_FOLDER;
use crate::error::{Error, Kind, Result};
use crate::fs::{FileId, FileKind, Folder, Fs, Links, ListBuffer, Lock, Replace};
use crate::units::Bytes;
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::io::ErrorKind::{AlreadyExists, InvalidInput, NotADirectory};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Folders of OUT that are kept open: photos come in set order, so few are in use at a time.
const OPEN_FOLDERS: usize = 16;
/// What temporary files are called where they cannot lie in our own folder.
const STRAY_PREFIX: &str = ".jpegasus-";
/// Why an output fails whose folders are open and whose bytes are there.
const CANNOT_WRITE: &str = "cannot write";
const TEMPORARY_SUFFIX: &str = ".part";

/// What happens to a file that has an output's name already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// It stays. The same bytes are taken as there, others are [`Kind::OutputExists`].
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

/// The folder that outputs go to, locked for this run.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    top: Folder,
    temporary: Folder,
    existing: Existing,
    open: Vec<(PathBuf, Folder)>,
    next: u64,
    swept: Vec<FileId>,
    /// Folders that hold originals: nothing is written into them.
    guarded: HashSet<FileId>,
    id: FileId,
    folds_case: bool,
    _lock: Lock,
}

impl Output {
    /// Opens OUT, made when it is not there; locks it and sweeps what a killed run left.
    ///
    /// # Errors
    /// [`Kind::Usage`] when another run writes to it; [`Kind::OutputFailed`] when it cannot be made
    /// or written to.
    pub fn open(fs: &Fs, path: &Path, existing: Existing) -> Result<Self> {
        let failed = |why: &'static str| {
            move |error: io::Error| {
                let is_misnamed = matches!(error.kind(), AlreadyExists | NotADirectory | InvalidInput);
                Error::new(if is_misnamed { Kind::Usage } else { Kind::OutputFailed }, why)
                    .at(path)
                    .because(error)
                    .hint("-o names a folder to write to")
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
        sweep(&temporary, |_| true).map_err(failed("cannot sweep its temporary files"))?;
        let folds_case = folds_case(&temporary).map_err(failed("cannot write to the folder"))?;
        Ok(Self {
            path: path.to_owned(),
            top,
            temporary,
            existing,
            open: Vec::new(),
            next: 0,
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

    /// Puts a finished picture of `original` under its name.
    ///
    /// # Errors
    /// [`Kind::OutputExists`], [`Kind::OutputFailed`]; no file is left behind then.
    pub(super) fn put(&mut self, relative: &Path, original: FileId, content: &[u8]) -> Result<Placed> {
        let name = relative.file_name().unwrap_or(relative.as_os_str());
        let parent = relative.parent().unwrap_or(Path::new(""));
        let failed = |why: &'static str| {
            let path = self.path.join(relative);
            move |error: io::Error| Error::new(Kind::OutputFailed, why).at(path).because(error)
        };
        let [enter_failed, write_failed, look_failed] =
            ["cannot enter its folder", CANNOT_WRITE, "cannot look at its name"].map(failed);
        let at = self.folder(parent).map_err(enter_failed)?;
        match self.open[at].1.status_of(name, Links::Ignore) {
            Ok(status) if status.id == original => {
                let why = "the output's name is that of the original";
                return Err(Error::new(Kind::OutputExists, why).at(self.path.join(relative)));
            }
            Ok(status) if self.existing == Existing::Keep => {
                return self.compare(at, name, status.kind, relative, content);
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(look_failed(error)),
        }
        match self.write(at, name, content) {
            Ok(()) => Ok(Placed::Written),
            Err(error) if error.kind() == AlreadyExists => Err(self.exists(relative)),
            Err(error) => Err(write_failed(error)),
        }
    }

    fn exists(&self, relative: &Path) -> Error {
        Error::new(Kind::OutputExists, "another file has the output's name")
            .at(self.path.join(relative))
            .hint("--overwrite replaces it")
    }

    fn compare(
        &self,
        at: usize,
        name: &OsStr,
        kind: FileKind,
        relative: &Path,
        new: &[u8],
    ) -> Result<Placed> {
        if kind != FileKind::File {
            return Err(self.exists(relative));
        }
        let mut there = Vec::new();
        let limit = Bytes(new.len() as u64);
        let same = self.open[at]
            .1
            .open_file(Path::new(name), Links::Ignore)
            .and_then(|mut file| file.read_all(limit, &mut there))
            .is_ok_and(|()| there == new);
        if same { Ok(Placed::AlreadyThere) } else { Err(self.exists(relative)) }
    }

    /// Writes a temporary file and renames it; the temporary one never stays.
    fn write(&mut self, at: usize, name: &OsStr, content: &[u8]) -> io::Result<()> {
        let replace = match self.existing {
            Existing::Keep => Replace::Never,
            Existing::Overwrite => Replace::Always,
        };
        let temporary = self.temporary_name("");
        self.temporary.create_file(&temporary, content)?;
        let renamed = self.temporary.rename(&temporary, &self.open[at].1, name, replace);
        if renamed.is_err() {
            let _ = self.temporary.remove_file(&temporary);
        }
        match renamed {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                self.write_beside(at, name, content, replace)
            }
            renamed => renamed,
        }
    }

    /// Writes into a folder that lies on another device than OUT.
    fn write_beside(&mut self, at: usize, name: &OsStr, content: &[u8], replace: Replace) -> io::Result<()> {
        let id = self.open[at].1.status()?.id;
        if !self.swept.contains(&id) {
            sweep(&self.open[at].1, |name| name.starts_with(STRAY_PREFIX.as_bytes()))?;
            self.swept.push(id);
        }
        let temporary = self.temporary_name(STRAY_PREFIX);
        let folder = &self.open[at].1;
        folder.create_file(&temporary, content)?;
        let renamed = folder.rename(&temporary, folder, name, replace);
        if renamed.is_err() {
            let _ = folder.remove_file(&temporary);
        }
        renamed
    }

    fn temporary_name(&mut self, prefix: &str) -> OsString {
        self.next += 1;
        format!("{prefix}{}{TEMPORARY_SUFFIX}", self.next).into()
    }

    /// Opens a folder beneath OUT, made when it is not there; returns its place among the open ones.
    fn folder(&mut self, relative: &Path) -> io::Result<usize> {
        if let Some(at) = self.open.iter().position(|(path, _)| path == relative) {
            return Ok(at);
        }
        let folder = match self.top.open_folder(relative, Links::Ignore) {
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
        let mut folder = self.top.open_folder(Path::new(""), Links::Ignore)?;
        for part in relative {
            folder = enter(&folder, part)?;
        }
        Ok(folder)
    }
}

/// Tells whether no further output can be written: OUT is full, read-only or gone.
pub(super) fn ends_the_run(error: &Error) -> bool {
    use io::ErrorKind::{
        NetworkDown, QuotaExceeded, ReadOnlyFilesystem, StaleNetworkFileHandle, StorageFull,
    };
    // EIO, ENXIO, ENODEV and ENOTCONN have no `ErrorKind` of their own: a drive that was pulled out and a
    // dead file system of FUSE answer with them.
    const GONE: [i32; 4] = [5, 6, 19, 107];
    // The folders are held: what is not found there was removed under our hands.
    let is_removed =
        |source: &io::Error| error.why == CANNOT_WRITE && source.kind() == io::ErrorKind::NotFound;
    error.kind == Kind::OutputFailed
        && error.source.as_ref().is_some_and(|source| {
            matches!(
                source.kind(),
                StorageFull | QuotaExceeded | ReadOnlyFilesystem | StaleNetworkFileHandle | NetworkDown
            ) || source.raw_os_error().is_some_and(|errno| GONE.contains(&errno))
                || is_removed(source)
        })
}

fn enter(folder: &Folder, name: &OsStr) -> io::Result<Folder> {
    folder.create_folder(name)?;
    folder.open_folder(Path::new(name), Links::Ignore)
}

/// Removes the temporary files of runs that were killed; our lock proves that nobody uses them.
fn sweep(folder: &Folder, is_ours: impl Fn(&[u8]) -> bool) -> io::Result<()> {
    let mut leftovers = Vec::new();
    folder.open_folder(Path::new(""), Links::Ignore)?.list(&mut ListBuffer::default(), |entry| {
        let name = entry.name.as_bytes();
        if entry.kind != FileKind::Folder && name.ends_with(TEMPORARY_SUFFIX.as_bytes()) && is_ours(name) {
            leftovers.push(entry.name.to_owned());
        }
        ControlFlow::Continue(())
    })?;
    leftovers.iter().try_for_each(|name| folder.remove_file(name))
}

/// Finds out whether names that differ in case only are one name here.
fn folds_case(folder: &Folder) -> io::Result<bool> {
    let name = OsStr::new("case.part");
    folder.create_file(name, b"")?;
    let found = folder.status_of(OsStr::new("CASE.PART"), Links::Ignore).is_ok();
    folder.remove_file(name)?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// An original that is nowhere in OUT.
    const NOTHING: FileId = FileId { device: 0, inode: 0 };

    fn open(path: &Path, existing: Existing) -> Result<Output> {
        Output::open(&Fs::default(), path, existing)
    }

    #[test]
    fn an_output_is_written_once_and_found_there_again() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("a/out");
        let mut output = open(&out, Existing::Keep).unwrap();
        let name = Path::new("x/y/1.jpg");
        assert_eq!(output.put(name, NOTHING, b"one").unwrap(), Placed::Written);
        assert_eq!(output.put(name, NOTHING, b"one").unwrap(), Placed::AlreadyThere);
        assert_eq!(output.put(name, NOTHING, b"two").unwrap_err().kind, Kind::OutputExists);
        assert_eq!(output.put(name, NOTHING, b"twos").unwrap_err().kind, Kind::OutputExists);
        assert_eq!(std::fs::read(out.join(name)).unwrap(), b"one");
        drop(output);
        let mut output = open(&out, Existing::Overwrite).unwrap();
        assert_eq!(output.put(name, NOTHING, b"two").unwrap(), Placed::Written);
        assert_eq!(std::fs::read(out.join(name)).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(out.join(".jpegasus/tmp")).unwrap().count(), 0);
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let original = dir.path().join("original.jpg");
        std::fs::write(&original, "original").unwrap();
        let out = dir.path().join("out");
        std::fs::create_dir(&out).unwrap();
        std::fs::create_dir(dir.path().join("elsewhere")).unwrap();
        symlink(&original, out.join("1.jpg")).unwrap();
        symlink(dir.path().join("elsewhere"), out.join("folder")).unwrap();
        symlink("nowhere", out.join("dangling.jpg")).unwrap();
        let mut output = open(&out, Existing::Keep).unwrap();
        for name in ["1.jpg", "dangling.jpg"] {
            assert_eq!(output.put(Path::new(name), NOTHING, b"new").unwrap_err().kind, Kind::OutputExists);
        }
        assert_eq!(
            output.put(Path::new("folder/2.jpg"), NOTHING, b"new").unwrap_err().kind,
            Kind::OutputFailed
        );
        drop(output);
        let mut output = open(&out, Existing::Overwrite).unwrap();
        assert_eq!(output.put(Path::new("1.jpg"), NOTHING, b"new").unwrap(), Placed::Written);
        assert_eq!(std::fs::read(&original).unwrap(), b"original");
        assert!(!out.join("1.jpg").is_symlink());
        assert_eq!(std::fs::read_dir(dir.path().join("elsewhere")).unwrap().count(), 0);
    }

    #[test]
    fn a_second_run_is_refused_and_leftovers_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let first = open(dir.path(), Existing::Keep).unwrap();
        assert_eq!(open(dir.path(), Existing::Keep).unwrap_err().kind, Kind::Usage);
        drop(first);
        let left = dir.path().join(".jpegasus/tmp/7.part");
        std::fs::write(&left, "half").unwrap();
        open(dir.path(), Existing::Keep).unwrap();
        assert!(!left.exists());
    }
}
