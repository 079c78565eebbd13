//! What the engines that spell whole paths have in common.

use crate::fs::{FileKind, Fs, Links};
use std::path::Path;

/// Splits a path behind its last slash: the folder with its slash, and the name.
pub(super) fn split_last(path: &[u8]) -> (&[u8], &[u8]) {
    path.split_at(path.iter().rposition(|&b| b == b'/').map_or(0, |slash| slash + 1))
}

/// Tells whether a path stands for a link.
pub(super) fn is_link(fs: &Fs, path: &Path) -> bool {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let status = fs.open_folder(folder).and_then(|folder| folder.status_of(name, Links::Ignore));
    status.is_ok_and(|status| status.kind == FileKind::Link)
}
