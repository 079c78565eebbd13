//! Where the photos of a set were found.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// What a scan begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Folder,
    File,
    List,
}

/// Where a scan began: a folder that was walked, a file that was named, or a list of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The path as it was given.
    pub path: PathBuf,
    /// What every path found beneath it begins with: the path and a slash, the file itself, or nothing.
    prefix: Vec<u8>,
    sort: Sort,
}

impl Root {
    /// Makes the root of a walk.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let mut prefix = path.as_os_str().as_bytes().to_vec();
        if !prefix.ends_with(b"/") {
            prefix.push(b'/');
        }
        Self { path, prefix, sort: Sort::Folder }
    }

    /// Makes a root that is itself a photo.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { prefix: path.as_os_str().as_bytes().to_vec(), path, sort: Sort::File }
    }

    /// Makes a list of photos, each with its path as it is written there; `path` names the list.
    pub fn list(path: impl Into<PathBuf>) -> Self {
        Self { prefix: Vec::new(), path: path.into(), sort: Sort::List }
    }

    /// Returns what the path of every photo of this root begins with.
    #[must_use]
    pub fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Tells whether it is a folder that was walked; otherwise its photos are opened by their paths.
    #[must_use]
    pub const fn is_folder(&self) -> bool {
        matches!(self.sort, Sort::Folder)
    }

    /// Tells whether it is a list.
    #[must_use]
    pub const fn is_list(&self) -> bool {
        matches!(self.sort, Sort::List)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_has_one_slash_behind_it() {
        for path in ["d", "d/"] {
            assert_eq!(Root::folder(path).prefix(), b"d/");
        }
        assert_eq!(Root::folder("/").prefix(), b"/");
    }
}
