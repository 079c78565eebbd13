//! One row: which output was made of what, as a line of text that knows when it is torn.

use super::{Entry, source_key};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Which output was made of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Beneath OUT.
    pub output: PathBuf,
    /// The original: its canonical path.
    pub source: PathBuf,
    /// Its length in bytes.
    pub size: u64,
    /// When it last changed, in nanoseconds since 1970.
    pub mtime: i64,
    /// The recipe as text.
    pub recipe: String,
    /// The number of the output format: it is raised when the same recipe gives other bytes.
    pub format: u32,
    /// The output's length.
    pub bytes: u64,
    /// When it was written, in nanoseconds since 1970.
    pub modified: i64,
    /// xxh3 (64 bits) of its content.
    pub xxh3: u64,
    /// Whether the original is damaged and this is what was salvaged of it. Such a row tells whose the
    /// output is, but not that the original is done: it is looked at, and named, each time.
    pub is_damaged: bool,
}

/// A row as it is written; names that are not UTF-8 are in Base64.
#[derive(Serialize, Deserialize)]
struct Text<'a> {
    #[serde(borrow)]
    output: Name<'a>,
    #[serde(borrow)]
    source: Name<'a>,
    size: u64,
    mtime: i64,
    #[serde(borrow)]
    recipe: Cow<'a, str>,
    format: u32,
    bytes: u64,
    modified: i64,
    xxh3: u64,
    damaged: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Name<'a> {
    #[serde(borrow)]
    Text(Cow<'a, str>),
    Bytes {
        base64: String,
    },
}

impl<'a> From<&'a Path> for Name<'a> {
    fn from(path: &'a Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.into()),
            None => Self::Bytes { base64: BASE64.encode(path.as_os_str().as_bytes()) },
        }
    }
}

impl Name<'_> {
    fn path(self) -> Option<PathBuf> {
        match self {
            Self::Text(text) => Some(PathBuf::from(text.into_owned())),
            Self::Bytes { base64 } => Some(PathBuf::from(OsString::from_vec(BASE64.decode(base64).ok()?))),
        }
    }
}

impl Row {
    /// Returns the row as a line: the xxh3 of what follows in 16 digits, a space, JSON, a newline.
    #[must_use]
    pub fn to_line(&self) -> Vec<u8> {
        let text = Text {
            output: Name::from(&*self.output),
            source: Name::from(&*self.source),
            size: self.size,
            mtime: self.mtime,
            recipe: (&*self.recipe).into(),
            format: self.format,
            bytes: self.bytes,
            modified: self.modified,
            xxh3: self.xxh3,
            damaged: self.is_damaged,
        };
        // Numbers and texts always become JSON; a row that is left out would only be made again.
        let json = serde_json::to_string(&text).unwrap_or_default();
        format!("{:016x} {json}\n", xxh3_64(json.as_bytes())).into_bytes()
    }

    /// Reads a line without its newline; `None` when it is not as it was written.
    #[must_use]
    pub fn from_line(line: &[u8]) -> Option<Self> {
        let (sum, json) = line.split_at_checked(17)?;
        let sum = u64::from_str_radix(str::from_utf8(sum).ok()?.strip_suffix(' ')?, 16).ok()?;
        if xxh3_64(json) != sum {
            return None;
        }
        let text: Text<'_> = serde_json::from_slice(json).ok()?;
        Some(Self {
            output: text.output.path()?,
            source: text.source.path()?,
            size: text.size,
            mtime: text.mtime,
            recipe: text.recipe.into_owned(),
            format: text.format,
            bytes: text.bytes,
            modified: text.modified,
            xxh3: text.xxh3,
            is_damaged: text.damaged,
        })
    }

    /// Returns what stands for what the original was and the recipe: it changes with either.
    pub(super) fn state_key(&self) -> u64 {
        let key = state_key(self.size, self.mtime, &self.recipe, self.format);
        if self.is_damaged { !key } else { key }
    }

    pub(super) fn entry(&self, at: u64) -> Entry {
        Entry {
            source: source_key(&self.source),
            state: self.state_key(),
            bytes: self.bytes,
            modified: self.modified,
            xxh3: self.xxh3,
            at,
        }
    }
}

/// Returns what stands for an original of `size` bytes, last changed at `mtime`, and a recipe.
pub(in crate::batch) fn state_key(size: u64, mtime: i64, recipe: &str, format: u32) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&size.to_le_bytes());
    hash.update(&mtime.to_le_bytes());
    hash.update(&format.to_le_bytes());
    hash.update(recipe.as_bytes());
    hash.digest()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn a_row_reads_as_it_was_written_whatever_the_names() {
        for name in [&b"a/b.jpg"[..], b"\xff\xfe\n\".jpg", "é\u{2028}\".jpg".as_bytes()] {
            let row = Row {
                output: PathBuf::from(OsStr::from_bytes(name)),
                source: PathBuf::from(OsStr::from_bytes(name)),
                size: u64::MAX,
                mtime: i64::MIN,
                recipe: "orient,inside=256x256,jpeg=85,keep=icc".to_owned(),
                format: 1,
                bytes: 0,
                modified: 3,
                xxh3: 1 << 63,
                is_damaged: true,
            };
            let line = row.to_line();
            assert_eq!(line.iter().filter(|&&b| b == b'\n').count(), 1);
            assert_eq!(Row::from_line(&line[..line.len() - 1]).unwrap(), row);
        }
    }
}
