//! In which order the photos on a drive are read.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// In which order the photos on a drive are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadOrder {
    /// That of their paths.
    #[default]
    Path,
    /// That of their inode numbers, which costs nothing: near to how they lie on most drives.
    Inode,
    /// As they lie on the drive, by what the file system says of it (FIEMAP).
    Physical,
}

impl ReadOrder {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Path, Self::Inode, Self::Physical];

    /// Returns the word it is written with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Inode => "inode",
            Self::Physical => "physical",
        }
    }
}

impl fmt::Display for ReadOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ReadOrder {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|order| order.name() == text)
            .ok_or_else(|| Error::usage(format!("'{text}' is no order")).hint("path, inode or physical"))
    }
}
