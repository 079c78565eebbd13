//! Giving names: to whole pictures, in place of nobody else's file.

use super::staging::{Staged, name_of, sweep};
use super::{CANNOT_WRITE, nanoseconds};
use super::{Existing, Original, Output, Placed, Placement, STRAY_PREFIX, Sync};
use crate::batch::journal::{Row, source_key};
use crate::batch::perform::OUTPUT_FORMAT;
use crate::error::{Error, Kind, Result};
use crate::fs::{FileKind, Links, Replace, Status};
use crate::units::Bytes;
use std::ffi::OsStr;
use std::io;
use std::io::ErrorKind::AlreadyExists;
use std::path::Path;

impl Output {
    /// Gives a staged picture its name; what is staged is gone afterwards, whatever came of it.
    ///
    /// # Errors
    /// [`Kind::OutputExists`], [`Kind::Collision`], [`Kind::OutputFailed`]; no file is left behind then.
    pub(in crate::batch) fn place(
        &mut self,
        relative: &Path,
        original: &Original,
        staged: &Staged,
    ) -> Result<Placed> {
        let placed = self.try_place(relative, original, staged);
        if !matches!(placed, Ok(Placed::Written)) {
            self.staging.discard(staged);
        }
        placed
    }

    fn try_place(&mut self, relative: &Path, original: &Original, staged: &Staged) -> Result<Placed> {
        let name = relative.file_name().unwrap_or(relative.as_os_str());
        let parent = relative.parent().unwrap_or(Path::new(""));
        let failed = |why: &'static str| {
            let path = self.path.join(relative);
            move |error: io::Error| Error::new(Kind::OutputFailed, why).at(path).because(error)
        };
        let [enter_failed, write_failed, look_failed] =
            ["cannot enter its folder", CANNOT_WRITE, "cannot look at its name"].map(failed);
        let at = self.folder(parent).map_err(enter_failed)?;
        let replace = match self.open[at].1.status_of(name, Links::Ignore) {
            Ok(status) if status.id == original.status.id => {
                let why = "the output's name is that of the original";
                return Err(Error::new(Kind::OutputExists, why).at(self.path.join(relative)));
            }
            Ok(status) if self.is_same(at, name, status, staged)? => return Ok(Placed::AlreadyThere),
            Ok(_) if self.existing == Existing::Overwrite => Replace::Always,
            Ok(status) => self.replaces(relative, original, status)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Replace::Never,
            Err(error) => return Err(look_failed(error)),
        };
        match self.rename(at, name, staged, replace) {
            Ok(()) => Ok(Placed::Written),
            Err(error) if error.kind() == AlreadyExists && replace == Replace::Never => {
                Err(self.exists(relative))
            }
            Err(error) => Err(write_failed(error)),
        }
    }

    fn exists(&self, relative: &Path) -> Error {
        Error::new(Kind::OutputExists, "another file has the output's name")
            .at(self.path.join(relative))
            .hint("--overwrite replaces it")
    }

    /// Tells whether the file with the output's name has the very bytes that are staged.
    fn is_same(&self, at: usize, name: &OsStr, status: Status, staged: &Staged) -> Result<bool> {
        if status.kind != FileKind::File || status.len != staged.bytes {
            return Ok(false);
        }
        let mut there = Vec::new();
        let read = self.open[at]
            .1
            .open_file(Path::new(name), Links::Ignore)
            .and_then(|mut file| file.read_all(Bytes(staged.bytes), &mut there));
        Ok(read.is_ok() && there == self.staging.content(staged)?)
    }

    /// Tells whether a file with the output's name gives way: one that we made of the same photo.
    fn replaces(&self, relative: &Path, original: &Original, status: Status) -> Result<Replace> {
        match self.vouch.known.get(relative) {
            Some(entry) if self.vouch.is_ours(relative, entry, status) => {
                if entry.source == source_key(&original.path) {
                    return Ok(Replace::Always);
                }
                let why = "the output's name is taken by that of another photo, from an earlier run";
                Err(Error::new(Kind::Collision, why)
                    .at(self.path.join(relative))
                    .hint("crop them into different folders, or --overwrite"))
            }
            _ => Err(self.exists(relative)),
        }
    }

    fn rename(&mut self, at: usize, name: &OsStr, staged: &Staged, replace: Replace) -> io::Result<()> {
        match self.staging.folder().rename(name_of(staged), &self.open[at].1, name, replace) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                self.write_beside(at, name, staged, replace)
            }
            renamed => renamed,
        }
    }

    /// Writes into a folder that lies on another device than OUT.
    fn write_beside(&mut self, at: usize, name: &OsStr, staged: &Staged, replace: Replace) -> io::Result<()> {
        let folder = &self.open[at].1;
        let id = folder.status()?.id;
        if !self.swept.contains(&id) {
            sweep(folder, STRAY_PREFIX)?;
            self.swept.push(id);
        }
        let content = self.staging.content(staged).map_err(|error| match error.source {
            Some(source) => source,
            None => io::Error::other(error.why),
        })?;
        let beside = self.staging.stage_in(folder, STRAY_PREFIX, &content)?;
        // The sync of OUT does not reach it.
        let synced = if self.sync == Sync::Batch { folder.sync() } else { Ok(()) };
        let renamed = synced.and_then(|()| folder.rename(name_of(&beside), folder, name, replace));
        if renamed.is_err() {
            let _ = folder.remove_file(name_of(&beside));
        }
        self.staging.discard(staged);
        renamed
    }

    /// Notes in the journal what stands under its name now.
    ///
    /// # Errors
    /// [`Kind::OutputFailed`].
    pub(in crate::batch) fn record<'a>(
        &mut self,
        recipe: &str,
        placed: impl Iterator<Item = Placement<'a>>,
    ) -> Result<()> {
        let rows: Vec<Row> = placed
            .map(|Placement { output, original, staged, is_damaged }| Row {
                output: output.to_owned(),
                source: original.path.clone(),
                size: original.status.len,
                mtime: nanoseconds(original.status.modified),
                recipe: recipe.to_owned(),
                format: OUTPUT_FORMAT,
                bytes: staged.bytes,
                modified: staged.modified,
                xxh3: staged.xxh3,
                is_damaged,
            })
            .collect();
        self.journal
            .add(&rows)
            .map_err(|error| Error::new(Kind::OutputFailed, CANNOT_WRITE).at(&self.path).because(error))
    }
}
