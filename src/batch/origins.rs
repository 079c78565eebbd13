//! The canonical path of each original, which the journal knows it by.

use crate::fs::Fs;
use crate::photo::{Photo, Root};
use std::path::{Path, PathBuf};

/// The canonical paths of the roots; `None` for a list, whose photos have each their own.
#[derive(Debug)]
pub(super) struct Origins(Vec<Option<PathBuf>>);

impl Origins {
    /// Asks for the canonical path of each root; one that cannot be asked for stays as it was given.
    pub(super) fn new(roots: &[Root], fs: &Fs) -> Self {
        let canonical = |root: &Root| (!root.is_list()).then(|| canonical(&root.path, fs));
        Self(roots.iter().map(canonical).collect())
    }

    /// Returns the canonical path of a photo. Links beneath its root are left as they are.
    pub(super) fn of(&self, photo: &Photo<'_>, fs: &Fs) -> PathBuf {
        let Some(root) = &self.0[photo.root] else { return canonical(photo.path, fs) };
        if photo.relative.as_os_str().is_empty() { root.clone() } else { root.join(photo.relative) }
    }
}

fn canonical(path: &Path, fs: &Fs) -> PathBuf {
    fs.canonical(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}
