//! The best settings of drives, as a bench found them: kept in a file between runs.

use super::kind::DriveKind;
use super::order::ReadOrder;
use crate::error::{Error, Kind, Result, brief};
use crate::fs::{Flush, Folder, Fs, Replace};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// The file, in the folder for the state of this program.
const NAME: &str = "drives.json";
/// What it is called while it is written.
const NEW_NAME: &str = "drives.json.part";
/// Held by whoever writes it.
const LOCK_NAME: &str = "drives.lock";
/// The version of what is in it.
const SCHEMA: u32 = 1;
/// No file is longer: some thousand drives.
const LONGEST: usize = 1 << 20;

/// What suits a drive best; `None` where nothing was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedDrive {
    /// What kind of drive it is.
    pub kind: DriveKind,
    /// Threads that list folders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub walkers: Option<u32>,
    /// Threads that read the heads of files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heads: Option<u32>,
    /// Threads that read whole files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<u32>,
    /// The order to read in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<ReadOrder>,
    /// When it was measured, in seconds since 1970.
    pub measured: u64,
    /// The version of the program that measured it.
    pub version: String,
}

/// What is in the file.
#[derive(Serialize, Deserialize)]
struct Content {
    schema: u32,
    drives: BTreeMap<String, SavedDrive>,
}

/// What says only which version a file has; the rest of it may look otherwise then.
#[derive(Deserialize)]
struct Version {
    schema: u32,
}

/// The best settings of drives, by what their file systems are known by ([`Volume::uuid`](super::Volume::uuid)).
#[derive(Debug)]
pub struct Saved {
    folder: PathBuf,
    fs: Fs,
    drives: BTreeMap<String, SavedDrive>,
    /// What was put in since it was loaded.
    new: BTreeMap<String, SavedDrive>,
}

/// Returns the folder where this program keeps what it learnt: by the values of `XDG_STATE_HOME` and `HOME`,
/// as the XDG Base Directory Specification has it; `None` if neither is an absolute path.
#[must_use]
pub fn state_dir(xdg: Option<&OsStr>, home: Option<&OsStr>) -> Option<PathBuf> {
    let absolute = |path: &OsStr| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let state = xdg.and_then(absolute);
    let state = state.or_else(|| Some(home.and_then(absolute)?.join(".local/state")));
    Some(state?.join("jpegasus"))
}

impl Saved {
    /// Reads what was saved in a folder, such as [`state_dir`] returns. Nothing is there at first.
    ///
    /// # Errors
    /// The file cannot be read, is broken, or was written by a newer version: it stays as it is.
    pub fn load(state_dir: &Path, fs: &Fs) -> Result<Self> {
        let drives = read(state_dir, fs)?;
        Ok(Self { folder: state_dir.to_owned(), fs: fs.clone(), drives, new: BTreeMap::new() })
    }

    /// Returns what suits the drive of a file system best.
    #[must_use]
    pub fn get(&self, uuid: &str) -> Option<&SavedDrive> {
        self.drives.get(uuid)
    }

    /// Returns what suits each drive best.
    #[must_use]
    pub const fn drives(&self) -> &BTreeMap<String, SavedDrive> {
        &self.drives
    }

    /// Sets what suits the drive of a file system best, until [`Self::store`] only for this run.
    pub fn put(&mut self, uuid: &str, drive: SavedDrive) {
        self.new.insert(uuid.to_owned(), drive.clone());
        self.drives.insert(uuid.to_owned(), drive);
    }

    /// Returns the file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(NAME)
    }

    /// Writes what was put in to the file, which is whole at any moment. What other runs have put in since it was
    /// loaded stays.
    ///
    /// # Errors
    /// The file cannot be written, another run is just writing it, or it is broken or newer by now.
    pub fn store(&mut self) -> Result<()> {
        let failed = |why: &'static str| {
            let path = self.path();
            move |error: io::Error| Error::new(Kind::OutputFailed, why).at(path).because(error)
        };
        let folder = self.fs.create_folders(&self.folder).map_err(failed("cannot make its folder"))?;
        let _lock = folder.lock(OsStr::new(LOCK_NAME)).map_err(failed("cannot lock it"))?;
        let mut drives = read(&self.folder, &self.fs)?;
        drives.extend(self.new.iter().map(|(uuid, drive)| (uuid.clone(), drive.clone())));
        let content = Content { schema: SCHEMA, drives };
        let text =
            serde_json::to_vec_pretty(&content).map_err(io::Error::from).map_err(failed("cannot write"))?;
        replace(&folder, &[&text[..], b"\n"].concat()).map_err(failed("cannot write"))?;
        self.drives = content.drives;
        self.new.clear();
        Ok(())
    }
}

/// Writes the file beside its name, and gives it that when it is on the drive.
fn replace(folder: &Folder, content: &[u8]) -> io::Result<()> {
    let name = OsStr::new(NEW_NAME);
    // What a run left that was killed: we hold the lock.
    match folder.remove_file(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    folder.create_file(name, content, Flush::Now)?;
    let renamed = folder.rename(name, folder, OsStr::new(NAME), Replace::Always);
    if renamed.is_err() {
        // The fault that matters is the one of the rename.
        let _ = folder.remove_file(name);
    }
    renamed
}

fn read(folder: &Path, fs: &Fs) -> Result<BTreeMap<String, SavedDrive>> {
    let path = folder.join(NAME);
    if fs.status(&path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(BTreeMap::new());
    }
    let mut text = Vec::new();
    let read = fs.open_file(&path).and_then(|mut file| file.read_more(&mut text, LONGEST + 1));
    read.map_err(|error| error.at(&path))?;
    let broken = |why: String| {
        let hint = "move it away; bench --save makes a new one";
        Err(Error::usage(why).at(&path).hint(hint))
    };
    if text.len() > LONGEST {
        return broken(format!("the saved drives take more than {LONGEST} bytes"));
    }
    match serde_json::from_slice::<Version>(&text) {
        Ok(Version { schema }) if schema > SCHEMA => {
            let why = format!("the saved drives are of a newer version of this program (schema {schema})");
            return Err(Error::usage(why).at(&path).hint("use that version, or move the file away"));
        }
        Ok(Version { schema: SCHEMA }) => {}
        Ok(Version { schema }) => return broken(format!("there is no schema {schema} of saved drives")),
        Err(error) => return broken(format!("the saved drives are broken: {}", brief(&error))),
    }
    match serde_json::from_slice::<Content>(&text) {
        Ok(content) => Ok(content.drives),
        Err(error) => broken(format!("the saved drives are broken: {}", brief(&error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drive(whole: u32) -> SavedDrive {
        SavedDrive {
            kind: DriveKind::HddUsb,
            walkers: None,
            heads: Some(4),
            whole: Some(whole),
            order: Some(ReadOrder::Physical),
            measured: 1_790_000_000,
            version: "0.1.0".to_owned(),
        }
    }

    #[test]
    fn what_is_stored_is_loaded_and_others_stay() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, fs) = (dir.path().join("a/b"), Fs::default());
        let mut first = Saved::load(&folder, &fs).unwrap();
        assert!(first.get("1-a").is_none() && !folder.exists(), "loading makes nothing");
        let mut second = Saved::load(&folder, &fs).unwrap();
        first.put("1-a", drive(1));
        first.put("both", drive(1));
        first.store().unwrap();
        second.put("2-b", drive(2));
        second.put("both", drive(3));
        std::fs::write(folder.join(NEW_NAME), "left by a run that was killed").unwrap();
        second.store().unwrap();
        let saved = Saved::load(&folder, &fs).unwrap();
        for (uuid, whole) in [("1-a", 1), ("2-b", 2), ("both", 3)] {
            assert_eq!(saved.get(uuid), Some(&drive(whole)), "{uuid}");
            assert_eq!(second.get(uuid), Some(&drive(whole)), "{uuid}");
        }
        let mut names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [NAME, LOCK_NAME], "no temporary file stays");
    }

    #[test]
    fn a_file_that_is_broken_or_newer_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let fs = Fs::default();
        let file = dir.path().join(NAME);
        let mut early = Saved::load(dir.path(), &fs).unwrap();
        early.put("1-a", drive(1));
        let long = " ".repeat(LONGEST + 1);
        for (text, word) in [
            ("", "broken"),
            ("{\"schema\":1,\"drives\":{\"x\":{\"kind\":\"tape\"}}}", "broken"),
            ("{\"schema\":1,\"drives\":{}", "broken"),
            ("{\"schema\":0,\"drives\":{}}", "schema 0"),
            ("{\"schema\":2,\"disks\":[]}", "newer"),
            (&long, "more than"),
        ] {
            std::fs::write(&file, text).unwrap();
            for error in [Saved::load(dir.path(), &fs).unwrap_err(), early.store().unwrap_err()] {
                let shown = error.to_string();
                assert!(shown.contains(NAME) && shown.contains(word), "{text:.40}: {shown}");
                assert!(error.hint.is_some());
            }
            assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        }
        std::fs::write(&file, "{\"schema\":1,\"drives\":{}}").unwrap();
        early.store().unwrap();
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert_eq!(Saved::load(dir.path(), &fs).unwrap_err().kind, Kind::NotRegular);
    }

    #[test]
    fn the_state_lies_where_the_environment_says() {
        let dir =
            |xdg: Option<&str>, home: Option<&str>| state_dir(xdg.map(OsStr::new), home.map(OsStr::new));
        assert_eq!(dir(Some("/s"), Some("/h")), Some("/s/jpegasus".into()));
        for ignored in [None, Some(""), Some("s")] {
            assert_eq!(dir(ignored, Some("/h")), Some("/h/.local/state/jpegasus".into()));
        }
        assert_eq!(dir(None, Some("h")), None);
        assert_eq!(dir(None, None), None);
    }
}
