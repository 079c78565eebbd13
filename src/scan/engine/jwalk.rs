//! The jwalk crate, as a yardstick.
//!
//! It runs in a pool of its own, for it has hung in others. It spells absolute paths, so a folder
//! deeper than PATH_MAX is a fault; it learns no inodes; and it keeps the folders it has read until
//! they are taken in order. Photos are taken in its threads, this one only takes the faults.

use super::listing::leads_nowhere;
use super::paths::is_link;
use super::{Engine, Walk};
use crate::error::{Error, Kind};
use crate::fs::{FileId, Links};
use crate::scan::outlet::Collector;
use ::jwalk::{DirEntry, Parallelism, WalkDirGeneric};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(super) struct Jwalk;

/// The folders above one, where a rule asks which they are.
#[derive(Clone, Debug, Default)]
struct Above(Option<Arc<(FileId, Self)>>);

impl Above {
    fn with(&self, id: FileId) -> Self {
        Self(Some(Arc::new((id, self.clone()))))
    }

    fn contains(&self, id: FileId) -> bool {
        std::iter::successors(self.0.as_ref(), |above| above.1.0.as_ref()).any(|above| above.0 == id)
    }
}

type State = (Above, ());

impl Engine for Jwalk {
    fn walk(&self, walk: &Arc<Walk>) {
        for at in 0..walk.roots.len() {
            if !walk.outlet.is_halted() && walk.rules.reaches(1) {
                walk_root(walk, at);
            }
        }
    }
}

fn walk_root(walk: &Arc<Walk>, at: usize) {
    let id = match walk.fs.status(walk.roots[at].path()) {
        Ok(status) if walk.rules.bars(status.id, status.id.device) => return,
        Ok(status) => status.id,
        Err(error) => return fault(walk, walk.roots[at].path(), error),
    };
    let site = Arc::new(Site { walk: walk.clone(), at, device: id.device, idle: Mutex::default() });
    let shared = site.clone();
    // With its slash a root that is a link is followed.
    let walker = WalkDirGeneric::<State>::new(OsStr::from_bytes(walk.roots[at].prefix()))
        .skip_hidden(false)
        .follow_links(walk.rules.links == Links::Follow)
        .parallelism(Parallelism::RayonNewPool(walk.threads))
        .root_read_dir_state(Above::default().with(id))
        .process_read_dir(move |depth, path, above, children| {
            if depth.is_some() {
                shared.folder(path, above, children);
            }
        });
    for entry in walker {
        match entry {
            Ok(mut entry) => {
                if let Some(error) = entry.read_children.as_mut().and_then(|read| read.error()) {
                    let why =
                        error.io_error().map(copy).unwrap_or_else(|| io::Error::other(error.to_string()));
                    fault(walk, &entry.path(), why);
                }
            }
            Err(error) => site.error(error),
        }
        if walk.outlet.is_halted() {
            break;
        }
    }
    for collector in site.idle().iter_mut() {
        collector.flush(&walk.outlet);
    }
}

/// Makes an error anew that jwalk only lends.
fn copy(error: &io::Error) -> io::Error {
    error
        .raw_os_error()
        .map_or_else(|| io::Error::new(error.kind(), error.to_string()), io::Error::from_raw_os_error)
}

fn fault(walk: &Walk, path: &Path, error: io::Error) {
    walk.outlet.fault(Error::new(Kind::Unreadable, "cannot look at it").at(path).because(error));
}

/// One root while it is walked.
struct Site {
    walk: Arc<Walk>,
    at: usize,
    device: u64,
    /// Collectors that no thread is using.
    idle: Mutex<Vec<Collector>>,
}

impl Site {
    fn idle(&self) -> MutexGuard<'_, Vec<Collector>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the photos of a folder, and leaves the subfolders to be entered.
    fn folder(&self, path: &Path, above: &Above, children: &mut Vec<::jwalk::Result<DirEntry<State>>>) {
        let mut folder = path.as_os_str().as_bytes().to_vec();
        if !folder.ends_with(b"/") {
            folder.push(b'/');
        }
        let taken = self.idle().pop();
        let mut collector = taken.unwrap_or_default();
        let (mut photos, mut is_whole) = (0, true);
        for child in std::mem::take(children) {
            match child {
                _ if self.walk.outlet.is_halted() => break,
                Err(error) => {
                    is_whole &= error.path().is_some();
                    self.error(error);
                }
                Ok(entry) if entry.file_type.is_dir() => {
                    children.extend(self.subfolder(&folder, above, entry).map(Ok));
                }
                Ok(entry) if entry.file_type.is_file() && self.takes(&folder, &entry) => {
                    photos += 1;
                    let (root, name) = (&self.walk.roots[self.at], entry.file_name.as_bytes());
                    collector.push(&self.walk.outlet, root.index(), &[&folder, name], 0);
                }
                Ok(_) => {}
            }
        }
        if is_whole {
            collector.folder_read(photos);
        }
        collector.settle(&self.walk.outlet);
        self.idle().push(collector);
    }

    fn takes(&self, folder: &[u8], entry: &DirEntry<State>) -> bool {
        let (root, name) = (&self.walk.roots[self.at], entry.file_name.as_bytes());
        let relative = &folder[root.prefix().len()..];
        if !self.walk.rules.takes_file(relative, name) || root.is_inner(relative, name) {
            return false;
        }
        if !self.walk.rules.asks_size() {
            return true;
        }
        match entry.metadata() {
            Ok(status) => self.walk.rules.takes_size(status.len()),
            Err(error) => {
                self.error(error);
                false
            }
        }
    }

    fn subfolder(&self, folder: &[u8], above: &Above, mut entry: DirEntry<State>) -> Option<DirEntry<State>> {
        let (root, rules, name) = (&self.walk.roots[self.at], &self.walk.rules, entry.file_name.as_bytes());
        let relative = &folder[root.prefix().len()..];
        let below = u32::try_from(entry.depth + 1).unwrap_or(u32::MAX);
        if !rules.reaches(below) || !rules.enters(relative, name) || root.is_inner(relative, name) {
            return None;
        }
        // A folder that cannot be asked cannot be read either: the walk says so.
        if let Some(Ok(status)) = rules.asks_identity().then(|| self.walk.fs.status(&entry.path())) {
            if rules.bars(status.id, self.device) || rules.bars_above(&entry.path(), &self.walk.fs) {
                return None;
            }
            if rules.links == Links::Follow && above.contains(status.id) {
                self.walk.outlet.note(&entry.path(), "leads back to a folder above it");
                return None;
            }
            if let Some(read) = &mut entry.read_children {
                read.client_read_state = Some(above.with(status.id));
            }
        }
        Some(entry)
    }

    /// Hands on what jwalk says; a loop and a link that leads nowhere are no faults.
    fn error(&self, error: ::jwalk::Error) {
        let walk = &self.walk;
        let path = error.path().unwrap_or(walk.roots[self.at].path()).to_owned();
        if error.loop_ancestor().is_some() {
            return walk.outlet.note(&path, "leads back to a folder above it");
        }
        let error = error.into_io_error().unwrap_or_else(|| io::Error::other("jwalk gave up"));
        if walk.rules.links == Links::Follow && leads_nowhere(&error) && is_link(&walk.fs, &path) {
            let prefix = walk.roots[self.at].prefix().len();
            let relative = path.as_os_str().as_bytes().get(prefix..).unwrap_or_default();
            let (folder, name) = super::paths::split_last(relative);
            if walk.rules.takes_file(folder, name) {
                walk.outlet.note(&path, "is a link that leads nowhere");
            }
            return;
        }
        fault(walk, &path, error);
    }
}
