//! (stand-in)
use super::{DriveKind, is_hard_disk};
use crate::fs::Fs;
use std::path::{Path, PathBuf};

/// .
#[derive(Debug)]
pub struct System;
/// .
#[derive(Clone, Debug)]
pub struct Volume {
    /// .
    pub mount_point: PathBuf,
    /// .
    pub source: String,
    /// .
    pub kind: DriveKind,
    /// .
    pub reason: String,
}
impl System {
    /// .
    pub fn here() -> Self {
        Self
    }
    /// .
    pub fn volume(&self, path: &Path, fs: &Fs) -> Volume {
        let kind = if is_hard_disk(path, fs) { DriveKind::Hdd } else { DriveKind::Unknown };
        Volume { mount_point: path.into(), source: String::new(), kind, reason: "stand-in".into() }
    }
    /// .
    pub fn mounts_beneath(&self, _: &Path) -> Vec<PathBuf> {
        Vec::new()
    }
}
impl Volume {
    /// .
    pub fn same_drive(&self, other: &Self) -> bool {
        self.mount_point == other.mount_point
    }
    /// .
    pub fn uuid(&self) -> Option<String> {
        None
    }
}
