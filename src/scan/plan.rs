//! What to scan and how: plain data.

use super::SizeFilter;
use super::lists::{List, Listed};
use super::roots::Roots;
use super::rules::Rules;
use crate::device::Wishes;
use crate::error::{Error, Result};
use crate::fs::{FileId, Fs, Links};
use crate::jpeg::Limits;
use crate::photo::Root;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// What makes a file a photo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// Its name.
    #[default]
    Name,
    /// Its first bytes, FF D8 FF, as well.
    Magic,
    /// A well-formed header as well.
    Header,
    /// All of it can be decoded.
    Full,
}

/// Who walks the folders. All find the same photos.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineKind {
    /// One thread, one folder after the other: the oracle of the others.
    Serial,
    /// Roots on hard disks as [`Sweep`](Self::Sweep) does it, unless there are to be several threads; all
    /// others as [`Native`](Self::Native) does it.
    #[default]
    Auto,
    /// Threads that take subfolders from each other, and parts of huge folders.
    Native,
    /// One thread that reads folders in the order of their inodes: for hard disks.
    Sweep,
    /// The walker of ripgrep, the only one that obeys ignore files.
    Ignore,
    /// The jwalk crate. It does not hold back when the photos are taken slowly.
    Jwalk,
}

/// Whether `.gitignore` and `.ignore` files count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IgnoreFiles {
    /// They are files like any other.
    #[default]
    Disregard,
    /// What they name is left out, inside and outside of repositories.
    Obey,
}

/// What is done with the folders and files that systems keep for themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SystemNames {
    /// They are looked at.
    #[default]
    Include,
    /// Trash, thumbnail and index folders are not entered and `._*` files not listed.
    Skip,
}

/// How far a walk goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Boundary {
    /// Wherever folders lead.
    #[default]
    None,
    /// Folders on another file system than their root are not entered.
    OneFilesystem,
}

/// Everything a scan is told. [`Default`] finds every photo by name beneath the working folder.
#[derive(Clone, Debug)]
pub struct ScanPlan {
    /// Where to look, folders and files; none, and no list, means the working folder.
    pub roots: Vec<PathBuf>,
    /// Lists of files, which are photos whatever their names.
    pub lists: Vec<List>,
    /// Whether a scan without a check of content looks at listed files.
    pub listed: Listed,
    /// Endings of photo names, in any case; `*` is every name and asks for [`Check::Magic`] at least.
    pub extensions: Vec<String>,
    /// What makes a file a photo.
    pub check: Check,
    /// Who walks.
    pub engine: EngineKind,
    /// Whether ignore files count; obeying them takes [`EngineKind::Ignore`].
    pub ignore_files: IgnoreFiles,
    /// Globs of what is left out, folders with all beneath them. Without a slash a glob stands for a
    /// name at any depth, with one for a path relative to the root, where `*` stops at slashes.
    pub exclude: Vec<String>,
    /// What is done with the folders that systems keep for themselves.
    pub system_names: SystemNames,
    /// How deep to look: 1 is the files directly in a root. `None` is as deep as folders go.
    pub max_depth: Option<u32>,
    /// Where to stop.
    pub boundary: Boundary,
    /// What is done with symbolic links. Roots are followed in any case.
    pub links: Links,
    /// Conditions on a file's size; all must hold.
    pub file_size: Vec<SizeFilter>,
    /// How large a photo may be under [`Check::Full`].
    pub limits: Limits,
    /// Folders that are never entered, such as the output of a crop.
    pub prune: Vec<FileId>,
    /// Threads that read folders; 0 leaves it to the engine.
    pub threads: usize,
    /// Threads that decode where all of a photo is checked; 0 is one for each core.
    pub check_threads: usize,
    /// What is wished of how the content of photos is read that is checked.
    pub reading: Wishes,
    /// A folder that a drive does not open or go on to list within this time is given up. Engines that are
    /// not ours wait for ever.
    pub read_timeout: Duration,
}

impl ScanPlan {
    /// The endings of photo names unless a plan says otherwise.
    pub const EXTENSIONS: [&'static str; 4] = ["jpg", "jpeg", "jpe", "jfif"];

    /// How long a drive may take for an answer unless a plan says otherwise. A guess: a hard disk that was
    /// asleep takes ten seconds, one that cannot read a sector tries for as long as that several times.
    pub const READ_TIMEOUT: Duration = Duration::from_secs(60);

    /// Returns the roots that a scan would look at: those of the plan without what others find as well.
    ///
    /// # Errors
    /// [`Kind::Usage`](crate::error::Kind::Usage) as [`scan`](super::scan()) has them.
    pub fn resolve(&self, fs: &Fs) -> Result<Vec<Root>> {
        Ok(Roots::resolve(&self.roots, &self.lists, &Rules::new(self)?, fs)?.all)
    }
}

impl Default for ScanPlan {
    fn default() -> Self {
        Self {
            roots: Vec::new(),
            lists: Vec::new(),
            listed: Listed::default(),
            extensions: Self::EXTENSIONS.map(String::from).to_vec(),
            check: Check::default(),
            engine: EngineKind::default(),
            ignore_files: IgnoreFiles::default(),
            exclude: Vec::new(),
            system_names: SystemNames::default(),
            max_depth: None,
            boundary: Boundary::default(),
            links: Links::default(),
            file_size: Vec::new(),
            limits: Limits::default(),
            prune: Vec::new(),
            threads: 0,
            check_threads: 0,
            reading: Wishes::default(),
            read_timeout: Self::READ_TIMEOUT,
        }
    }
}

impl Check {
    /// All of them, from cheap to dear.
    pub const ALL: [Self; 4] = [Self::Name, Self::Magic, Self::Header, Self::Full];

    /// Returns the word it is written with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Magic => "magic",
            Self::Header => "header",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Check {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|check| check.name() == text)
            .ok_or_else(|| Error::usage(format!("'{text}' is no check")).hint("name, magic, header or full"))
    }
}

impl EngineKind {
    /// All of them, the oracle first.
    pub const ALL: [Self; 6] =
        [Self::Serial, Self::Auto, Self::Native, Self::Sweep, Self::Ignore, Self::Jwalk];

    /// Returns the word it is written with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Serial => "serial",
            Self::Auto => "auto",
            Self::Native => "native",
            Self::Sweep => "sweep",
            Self::Ignore => "ignore",
            Self::Jwalk => "jwalk",
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EngineKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|engine| engine.name() == text).ok_or_else(|| {
            Error::usage(format!("'{text}' is no engine"))
                .hint("auto, native, sweep, serial, ignore or jwalk")
        })
    }
}
