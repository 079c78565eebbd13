//! The last line: what was done, in one sentence.

use crate::error::Kind;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The counts of a run; prints as its summary line.
///
/// ```
/// use jpegasus::error::Kind;
/// use jpegasus::report::Summary;
/// use std::time::Duration;
/// let summary = Summary {
///     photos: 1204,
///     folders: 87,
///     already_there: 3,
///     failed: [(Kind::Unreadable, 1), (Kind::Truncated, 1)].into(),
///     elapsed: Duration::from_millis(17_200),
///     ..Summary::default()
/// };
/// assert_eq!(summary.to_string(),
///     "1204 photos in 87 folders, 3 already there, 2 failed (1 unreadable, 1 truncated), 17.2 s");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Photos found.
    pub photos: u64,
    /// Folders read.
    pub folders: u64,
    /// Outputs that were there already.
    pub already_there: u64,
    /// Outputs that a dry run would write.
    pub planned: u64,
    /// Damaged photos of which there is an output of what decoded.
    pub salvaged: u64,
    /// Outputs that lack pictures or a video that came with the photo.
    pub lost_media: u64,
    /// Photos that are whole but not clean.
    pub with_warnings: u64,
    /// Files and folders that failed, by kind.
    pub failed: BTreeMap<Kind, u64>,
    /// Photos that were not looked at.
    pub unfinished: u64,
    /// How long it took.
    pub elapsed: Duration,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |n: u64, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
        let photos = counted(self.photos, "photo", "photos");
        write!(f, "{photos} in {}", counted(self.folders, "folder", "folders"))?;
        if self.already_there > 0 {
            write!(f, ", {} already there", self.already_there)?;
        }
        if self.planned > 0 {
            write!(f, ", {} to be made", self.planned)?;
        }
        if self.with_warnings > 0 {
            write!(f, ", {} with warnings", self.with_warnings)?;
        }
        if self.lost_media > 0 {
            write!(f, ", {} lost further pictures or video", self.lost_media)?;
        }
        if self.salvaged > 0 {
            write!(f, ", {} salvaged", self.salvaged)?;
        }
        let failed: u64 = self.failed.values().sum();
        if failed > 0 {
            let kinds: Vec<_> = self.failed.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
            write!(f, ", {failed} failed ({})", kinds.join(", "))?;
        }
        if self.unfinished > 0 {
            write!(f, ", {} not begun", self.unfinished)?;
        }
        write!(f, ", {:.1} s", self.elapsed.as_secs_f64())
    }
}
