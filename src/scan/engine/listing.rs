//! What the names in a folder are: photos, subfolders to read, or neither.

use super::Walk;
use crate::error::{Error, Kind};
use crate::fs::{Entry, FileKind, Folder, Links, ListBuffer, Status};
use crate::scan::outlet::Collector;
use crate::scan::roots::WalkRoot;
use crate::scan::rules::DEPTH_LIMIT;
use std::ffi::OsStr;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// One folder while it is listed.
pub(super) struct Listing<'a> {
    walk: &'a Walk,
    root: &'a WalkRoot,
    /// Of the folder: 0 for a root.
    depth: u32,
    /// Of the folder, as it is printed, and a slash.
    path: &'a [u8],
    collector: &'a mut Collector,
    photos: u64,
    names: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> Listing<'a> {
    pub(super) fn new(
        walk: &'a Walk,
        walk_root: usize,
        depth: u32,
        path: &'a [u8],
        collector: &'a mut Collector,
    ) -> Self {
        let root = &walk.roots[walk_root];
        Self { walk, root, depth, path, collector, photos: 0, names: Vec::new(), ends: Vec::new() }
    }

    /// Reads the folder; returns the names of subfolders to enter, and where each ends.
    pub(super) fn read(mut self, folder: &Folder, buffer: &mut ListBuffer) -> (Vec<u8>, Vec<usize>) {
        if !self.walk.rules.reaches(self.depth + 1) {
            return (self.names, self.ends);
        }
        match folder.list(buffer, |entry| self.visit(folder, entry)) {
            Ok(()) => self.walk.outlet.folder_read(self.photos),
            Err(error) => {
                let path = self.path.strip_suffix(b"/").filter(|path| !path.is_empty()).unwrap_or(b"/");
                self.fault("cannot list the folder", OsStr::from_bytes(path).into(), error);
            }
        }
        (self.names, self.ends)
    }

    fn visit(&mut self, folder: &Folder, entry: Entry<'_>) -> ControlFlow<()> {
        if self.walk.outlet.is_halted() {
            return ControlFlow::Break(());
        }
        match entry.kind {
            FileKind::File => self.file(folder, entry, None),
            FileKind::Folder => self.subfolder(entry.name.as_bytes()),
            FileKind::Special => {}
            FileKind::Link if self.walk.rules.links == Links::Ignore => {}
            FileKind::Link | FileKind::Unknown => self.resolve(folder, entry),
        }
        ControlFlow::Continue(())
    }

    /// Asks what a link leads to, or what a name stands for where the folder does not say.
    fn resolve(&mut self, folder: &Folder, entry: Entry<'_>) {
        let status = match folder.status_of(entry.name, self.walk.rules.links) {
            Ok(status) => status,
            Err(error) if entry.kind == FileKind::Link && leads_nowhere(&error) => {
                if self.takes(entry.name.as_bytes()) {
                    self.walk.outlet.note(&self.place(entry.name), "is a link that leads nowhere");
                }
                return;
            }
            Err(error) => return self.fault("cannot look at it", self.place(entry.name), error),
        };
        match status.kind {
            FileKind::File => self.file(folder, Entry { inode: status.id.inode, ..entry }, Some(status)),
            FileKind::Folder => self.subfolder(entry.name.as_bytes()),
            FileKind::Link | FileKind::Special | FileKind::Unknown => {}
        }
    }

    fn takes(&self, name: &[u8]) -> bool {
        self.walk.rules.takes_file(self.relative(), name) && !self.root.is_inner(self.relative(), name)
    }

    fn file(&mut self, folder: &Folder, entry: Entry<'_>, status: Option<Status>) {
        let name = entry.name.as_bytes();
        if !self.takes(name) {
            return;
        }
        if self.walk.rules.asks_size() {
            let status = status.map_or_else(|| folder.status_of(entry.name, Links::Ignore), Ok);
            match status {
                Ok(status) if !self.walk.rules.takes_size(status.len) => return,
                Ok(_) => {}
                Err(error) => return self.fault("cannot look at it", self.place(entry.name), error),
            }
        }
        self.photos += 1;
        self.collector.push(&self.walk.outlet, self.root.index(), &[self.path, name], entry.inode);
    }

    fn subfolder(&mut self, name: &[u8]) {
        let rules = &self.walk.rules;
        let is_entered = rules.reaches(self.depth + 2)
            && rules.enters(self.relative(), name)
            && !self.root.is_inner(self.relative(), name);
        if !is_entered {
            return;
        }
        if self.depth >= DEPTH_LIMIT {
            let why = format!("it lies {DEPTH_LIMIT} folders deep");
            let error = Error::new(Kind::Endless, why).at(self.place(OsStr::from_bytes(name)));
            return self.walk.outlet.fault(error);
        }
        self.names.extend_from_slice(name);
        self.ends.push(self.names.len());
    }

    /// Returns the folder's path beneath the root.
    fn relative(&self) -> &[u8] {
        &self.path[self.root.prefix().len()..]
    }

    fn place(&self, name: &OsStr) -> PathBuf {
        Path::new(OsStr::from_bytes(self.path)).join(name)
    }

    fn fault(&self, why: &'static str, path: PathBuf, error: io::Error) {
        self.walk.outlet.fault(Error::new(Kind::Unreadable, why).at(path).because(error));
    }
}

/// Tells whether following a link failed because it leads nowhere or round in circles.
pub(super) fn leads_nowhere(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
        || crate::fs::is_link_loop(error)
}
