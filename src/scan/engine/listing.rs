//! What the names in a folder are: photos, subfolders to read, or neither.

use super::Walk;
use super::folder::patiently;
use super::laps::Laps;
use super::level::Subfolders;
use super::parts::Whole;
use crate::error::{Error, Kind};
use crate::fs::{Entry, FileKind, Folder, Links, ListBuffer, Lister, Status};
use crate::scan::roots::WalkRoot;
use crate::scan::rules::DEPTH_LIMIT;
use crate::scan::watch::{Desk, Post};
use std::ffi::OsStr;
use std::io;
use std::ops::ControlFlow;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard};

/// Bytes of names and numbers that the first read of a large folder brings, about.
const FIRST_READ: usize = 48 << 10;

/// So often, counted in reads of a folder, it is noted that the drive did answer.
const NOTED_EVERY: u32 = 8;

/// So often, counted in names, it is asked whether the walk shall end.
const ASKED_EVERY: u64 = 256;

/// Decides whether the rest of a large folder is handed to others: takes the folder's path and where the
/// rest begins, and returns what all share and where what is left to the one who asks ends.
pub(super) type Split<'a> = &'a dyn Fn(&[u8], u64) -> Option<(Arc<Whole>, u64)>;

/// One folder, or a part of it, while it is listed.
pub(super) struct Listing<'a> {
    walk: &'a Walk,
    root: &'a WalkRoot,
    folder: &'a Folder,
    /// Of the folder: 0 for a root.
    depth: u32,
    post: &'a Post,
    /// Held while the drive has answered.
    desk: Option<MutexGuard<'a, Desk>>,
    subfolders: &'a mut Subfolders,
    split: Option<Split<'a>>,
    /// What this part shares with others.
    shared: Option<Arc<Whole>>,
    laps: Laps,
    /// Where the entry behind the last one is, once one was seen in this read.
    place: Option<u64>,
    /// Where what is listed here ends.
    end: Option<u64>,
    photos: u64,
    bytes: usize,
    reads: u32,
    is_endless: bool,
}

impl<'a> Listing<'a> {
    pub(super) fn new(
        walk: &'a Walk,
        walk_root: usize,
        folder: &'a Folder,
        depth: u32,
        post: &'a Post,
        subfolders: &'a mut Subfolders,
    ) -> Self {
        subfolders.clear();
        Self {
            walk,
            root: &walk.roots[walk_root],
            folder,
            depth,
            post,
            desk: None,
            subfolders,
            split: None,
            shared: None,
            laps: Laps::default(),
            place: None,
            end: None,
            photos: 0,
            bytes: 0,
            reads: 0,
            is_endless: false,
        }
    }

    /// Lists all of the folder, or until `split` hands the rest to others.
    ///
    /// Returns how many photos there are, `None` when it could not be listed and that was told; and what the
    /// parts share, if it was handed to others.
    pub(super) fn whole(
        mut self,
        buffer: &mut ListBuffer,
        split: Option<Split<'a>>,
    ) -> (Option<u64>, Option<Arc<Whole>>) {
        self.split = split;
        let done = self.folder.list(buffer, &mut self);
        let shared = self.shared.clone();
        (self.end(done), shared)
    }

    /// Lists a part; returns how many photos are in it, `None` when it could not be listed and that was told.
    pub(super) fn part(
        mut self,
        buffer: &mut ListBuffer,
        part: Range<u64>,
        shared: Option<Arc<Whole>>,
    ) -> Option<u64> {
        (self.end, self.shared) = (Some(part.end), shared);
        let done = self.folder.list_from(part.start, buffer, &mut self);
        self.end(done)
    }

    fn end(mut self, done: io::Result<()>) -> Option<u64> {
        let error = match done {
            Ok(()) if !self.is_endless => return Some(self.photos),
            Ok(()) => {
                self.subfolders.dedup();
                Error::new(Kind::Endless, "it lists the same names over and over")
            }
            Err(error) => Error::new(Kind::Unreadable, "cannot list the folder").because(error),
        };
        // A folder that fails is told of once.
        let is_first = self.shared.as_ref().is_none_or(|whole| whole.fails_first());
        if self.takes_desk() && is_first {
            let path = self.path();
            let path = path.strip_suffix(b"/").filter(|path| !path.is_empty()).unwrap_or(b"/");
            let error = error.at(OsStr::from_bytes(path));
            self.tell(error);
        }
        None
    }

    /// Takes the desk again after waiting; `false` when he waited for too long.
    fn takes_desk(&mut self) -> bool {
        !self.desk.get_or_insert_with(|| self.post.desk()).is_lost
    }

    /// Leaves the desk, because the drive is about to be asked.
    fn leave_desk(&mut self) {
        self.desk = None;
        self.post.wait(&self.walk.watch);
    }

    /// Returns the folder's path with a slash; nothing while the desk is not held.
    fn path(&self) -> &[u8] {
        self.desk.as_ref().map_or(&[], |desk| &desk.path)
    }

    /// Returns the folder's path beneath the root.
    fn relative(&self) -> &[u8] {
        self.path().get(self.root.prefix().len()..).unwrap_or_default()
    }

    fn location(&self, name: &OsStr) -> PathBuf {
        Path::new(OsStr::from_bytes(self.path())).join(name)
    }

    fn fault(&mut self, why: &'static str, path: PathBuf, error: io::Error) {
        self.tell(Error::new(Kind::Unreadable, why).at(path).because(error));
    }

    /// Hands a fault on; that it is taken late is not the drive's doing.
    fn tell(&mut self, error: Error) {
        self.post.rest();
        self.desk = None;
        self.walk.outlet.fault(error);
        self.post.wait(&self.walk.watch);
        self.takes_desk();
    }

    /// Tells whether an entry is to be left to another part: its place is beyond the end of this one.
    fn is_beyond(&mut self, entry: &Entry<'_>) -> bool {
        let place = self.place.replace(entry.next);
        match (self.end, place) {
            (None, _) => false,
            (Some(end), Some(place)) => place >= end,
            // Of the first one only the place behind it is known.
            (Some(end), None) => entry.next >= end && self.is_found_from(end, entry),
        }
    }

    /// Tells whether an entry is found in a listing from this place on; also when he is lost.
    fn is_found_from(&mut self, place: u64, wanted: &Entry<'_>) -> bool {
        self.leave_desk();
        let mut is_found = false;
        let mut look = |entry: Entry<'_>| {
            is_found = entry.name == wanted.name;
            // Others may have come between the place and the entry.
            if is_found || entry.next > wanted.next {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let again = patiently(|| self.folder.open_folder(Path::new(""), Links::Ignore));
        // Where this fails the entry is taken: a set drops what comes twice, but finds nothing that is lost.
        _ = again.and_then(|again| again.list_from(place, &mut ListBuffer::default(), &mut look));
        !self.takes_desk() || is_found
    }

    /// Offers the rest of a large folder to others, once.
    fn offer(&mut self, entry: &Entry<'_>) {
        self.bytes += entry.name.len() + 24;
        if let Some(split) = self.split.take_if(|_| self.bytes >= FIRST_READ) {
            let path = self.path().to_vec();
            self.leave_desk();
            if let Some((shared, end)) = split(&path, entry.next) {
                (self.shared, self.end) = (Some(shared), Some(end));
            }
            self.post.wait(&self.walk.watch);
            self.takes_desk();
        }
    }

    /// Asks what a link leads to, or what a name stands for where the folder does not say.
    fn resolve(&mut self, entry: Entry<'_>) {
        self.leave_desk();
        let status = self.folder.status_of(entry.name, self.walk.rules.links);
        if !self.takes_desk() {
            return;
        }
        let status = match status {
            Ok(status) => status,
            Err(error) if entry.kind == FileKind::Link && leads_nowhere(&error) => {
                if self.takes(entry.name.as_bytes()) {
                    self.walk.outlet.note(&self.location(entry.name), "is a link that leads nowhere");
                }
                return;
            }
            Err(error) => return self.fault("cannot look at it", self.location(entry.name), error),
        };
        match status.kind {
            FileKind::File => self.file(Entry { inode: status.id.inode, ..entry }, Some(status)),
            FileKind::Folder => self.subfolder(entry.name.as_bytes(), status.id.inode),
            FileKind::Link | FileKind::Special | FileKind::Unknown => {}
        }
    }

    fn takes(&self, name: &[u8]) -> bool {
        self.walk.rules.takes_file(self.relative(), name) && !self.root.is_inner(self.relative(), name)
    }

    fn file(&mut self, entry: Entry<'_>, status: Option<Status>) {
        if !self.walk.rules.has_ending(entry.name.as_bytes()) || !self.takes(entry.name.as_bytes()) {
            return;
        }
        if self.walk.rules.asks_size() {
            self.leave_desk();
            let status = status.map_or_else(|| self.folder.status_of(entry.name, Links::Ignore), Ok);
            if !self.takes_desk() {
                return;
            }
            match status {
                Ok(status) if !self.walk.rules.takes_size(status.len) => return,
                Ok(_) => {}
                Err(error) => return self.fault("cannot look at it", self.location(entry.name), error),
            }
        }
        let Some(desk) = &mut self.desk else { return };
        self.photos += 1;
        let Desk { path, collector, .. } = &mut **desk;
        let parts = [path, entry.name.as_bytes()];
        if collector.add(&self.walk.outlet, self.root.index(), &parts, entry.inode) {
            self.post.rest();
            collector.flush(&self.walk.outlet);
            self.post.wait(&self.walk.watch);
        }
    }

    fn subfolder(&mut self, name: &[u8], inode: u64) {
        let rules = &self.walk.rules;
        let is_entered = rules.reaches(self.depth + 2)
            && rules.enters(self.relative(), name)
            && !self.root.is_inner(self.relative(), name);
        if !is_entered {
            return;
        }
        let why = if self.depth >= DEPTH_LIMIT {
            format!("it lies {DEPTH_LIMIT} folders deep")
        } else if !self.subfolders.push(name, inode) {
            "its folder has more subfolders than can be".to_owned()
        } else {
            return;
        };
        let error = Error::new(Kind::Endless, why).at(self.location(OsStr::from_bytes(name)));
        self.tell(error);
    }
}

impl Lister for Listing<'_> {
    fn wait(&mut self) {
        self.desk = None;
        // The place that was told may be that of an entry which is gone by the next read.
        self.place = None;
        self.reads += 1;
        if self.reads.is_multiple_of(NOTED_EVERY) {
            self.post.wait(&self.walk.watch);
        }
    }

    fn visit(&mut self, entry: Entry<'_>) -> ControlFlow<()> {
        if !self.takes_desk() || self.is_beyond(&entry) {
            return ControlFlow::Break(());
        }
        let count = self.laps.count(entry.name.as_bytes(), entry.inode);
        self.is_endless = count.is_none();
        if count.is_none_or(|count| count.is_multiple_of(ASKED_EVERY) && self.walk.outlet.is_halted()) {
            return ControlFlow::Break(());
        }
        match entry.kind {
            FileKind::File => self.file(entry, None),
            FileKind::Folder => self.subfolder(entry.name.as_bytes(), entry.inode),
            FileKind::Special => {}
            FileKind::Link if self.walk.rules.links == Links::Ignore => {}
            FileKind::Link | FileKind::Unknown => self.resolve(entry),
        }
        if self.split.is_some() {
            self.offer(&entry);
        }
        ControlFlow::Continue(())
    }
}

/// Tells whether following a link failed because it leads nowhere or round in circles.
pub(super) fn leads_nowhere(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
        || crate::fs::is_link_loop(error)
}
