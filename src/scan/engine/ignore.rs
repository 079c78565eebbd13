//! The walker of the `ignore` crate, which obeys ignore files.
//!
//! It spells absolute paths, so a folder deeper than PATH_MAX is a fault. It counts a folder it
//! cannot read among those it read, and one root is walked after the other.

use super::listing::leads_nowhere;
use super::paths::{is_link, split_last};
use super::{Engine, Walk};
use crate::error::{Error, Kind};
use crate::fs::Links;
use crate::scan::outlet::Collector;
use crate::scan::plan::IgnoreFiles;
use ::ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) struct Ignore;

impl Engine for Ignore {
    fn walk(&self, walk: &Arc<Walk>) {
        for at in 0..walk.roots.len() {
            if !walk.outlet.is_halted() && walk.rules.reaches(1) {
                walk_root(walk, at);
            }
        }
    }
}

fn walk_root(walk: &Arc<Walk>, at: usize) {
    let obeys = walk.rules.ignore_files == IgnoreFiles::Obey;
    let device = match walk.fs.status(walk.roots[at].path()) {
        Ok(status) if walk.rules.bars(status.id, status.id.device) => return,
        Ok(status) => status.id.device,
        Err(error) => {
            let path = walk.roots[at].path();
            return walk
                .outlet
                .fault(Error::new(Kind::Unreadable, "cannot open the folder").at(path).because(error));
        }
    };
    let shared = walk.clone();
    // With its slash a root that is a link is followed, and one called `-` is not standard input.
    WalkBuilder::new(OsStr::from_bytes(walk.roots[at].prefix()))
        .standard_filters(false)
        .ignore(obeys)
        .git_ignore(obeys)
        .parents(obeys)
        .require_git(false)
        .follow_links(walk.rules.links == Links::Follow)
        .threads(walk.threads)
        .filter_entry(move |entry| enters(&shared, at, device, entry))
        .build_parallel()
        .visit(&mut Builder { walk, at });
}

/// Tells whether an entry is to be looked at: all but some folders are.
fn enters(walk: &Walk, at: usize, device: u64, entry: &DirEntry) -> bool {
    if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return true;
    }
    let root = &walk.roots[at];
    let (folder, name) = split_last(&entry.path().as_os_str().as_bytes()[root.prefix().len()..]);
    let below = u32::try_from(entry.depth() + 1).unwrap_or(u32::MAX);
    let is_barred = || {
        // A folder that cannot be asked cannot be read either: the walk says so.
        walk.rules.asks_identity()
            && (walk.fs.status(entry.path()).is_ok_and(|status| walk.rules.bars(status.id, device))
                || walk.rules.bars_above(entry.path(), &walk.fs))
    };
    walk.rules.reaches(below)
        && walk.rules.enters(folder, name)
        && !root.is_inner(folder, name)
        && !is_barred()
}

/// Makes a visitor for each thread.
struct Builder<'a> {
    walk: &'a Walk,
    at: usize,
}

impl<'a> ParallelVisitorBuilder<'a> for Builder<'a> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 'a> {
        Box::new(Visitor { walk: self.walk, at: self.at, collector: Collector::default(), photos: 0 })
    }
}

/// One thread of the walk.
struct Visitor<'a> {
    walk: &'a Walk,
    at: usize,
    collector: Collector,
    /// Photos found since the last folder this thread was shown.
    photos: u64,
}

impl ParallelVisitor for Visitor<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ::ignore::Error>) -> WalkState {
        match entry {
            Ok(entry) => self.entry(&entry),
            Err(error) => self.fault(error, None),
        }
        if self.walk.outlet.is_halted() { WalkState::Quit } else { WalkState::Continue }
    }
}

impl Drop for Visitor<'_> {
    fn drop(&mut self) {
        self.collector.flush(&self.walk.outlet);
    }
}

impl Visitor<'_> {
    fn entry(&mut self, entry: &DirEntry) {
        if let Some(error) = entry.error() {
            self.walk.outlet.note(entry.path(), &format!("has an ignore file with a mistake: {error}"));
        }
        match entry.file_type() {
            Some(kind) if kind.is_dir() => {
                self.collector.folder_read(std::mem::take(&mut self.photos));
                self.collector.settle(&self.walk.outlet);
            }
            Some(kind) if kind.is_file() => self.file(entry),
            _ => {}
        }
    }

    fn file(&mut self, entry: &DirEntry) {
        let (root, path) = (&self.walk.roots[self.at], entry.path().as_os_str().as_bytes());
        let (folder, name) = split_last(&path[root.prefix().len()..]);
        if !self.walk.rules.takes_file(folder, name) || root.is_inner(folder, name) {
            return;
        }
        if self.walk.rules.asks_size() {
            match entry.metadata() {
                Ok(status) if !self.walk.rules.takes_size(status.len()) => return,
                Ok(_) => {}
                Err(error) => return self.fault(error, None),
            }
        }
        self.photos += 1;
        self.collector.push(&self.walk.outlet, root.index(), &[path], entry.ino().unwrap_or(0));
    }

    /// Hands on what the walker says; a loop and a link that leads nowhere are no faults.
    fn fault(&self, error: ::ignore::Error, path: Option<PathBuf>) {
        use ::ignore::Error as Said;
        let root = || self.walk.roots[self.at].path().to_owned();
        match error {
            Said::Partial(errors) => errors.into_iter().for_each(|error| self.fault(error, path.clone())),
            Said::WithLineNumber { err, .. } | Said::WithDepth { err, .. } => self.fault(*err, path),
            Said::WithPath { path, err } => self.fault(*err, Some(path)),
            Said::Loop { child, .. } => self.walk.outlet.note(&child, "leads back to a folder above it"),
            Said::Io(error) => self.unreadable(path.unwrap_or_else(root), error),
            other => {
                self.walk.outlet.note(&path.unwrap_or_else(root), &other.to_string());
            }
        }
    }

    fn unreadable(&self, path: PathBuf, error: io::Error) {
        if leads_nowhere(&error) && self.walk.rules.links == Links::Follow && is_link(&self.walk.fs, &path) {
            return self.nowhere(&path);
        }
        self.walk.outlet.fault(Error::new(Kind::Unreadable, "cannot look at it").at(path).because(error));
    }

    fn nowhere(&self, path: &Path) {
        let prefix = self.walk.roots[self.at].prefix().len();
        let (folder, name) = split_last(path.as_os_str().as_bytes().get(prefix..).unwrap_or_default());
        if self.walk.rules.takes_file(folder, name) {
            self.walk.outlet.note(path, "is a link that leads nowhere");
        }
    }
}
