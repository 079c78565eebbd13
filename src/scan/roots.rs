//! Where a scan begins: roots are looked at, and made disjoint so that each file is found once.

use super::lists::List;
use super::plan::{Boundary, IgnoreFiles};
use super::rules::{DEPTH_LIMIT, Rules};
use crate::error::{Error, Kind, Result};
use crate::fs::{FileId, FileKind, Fs, Status};
use crate::photo::Root;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Roots are counted in 16 bits in the set of photos.
const MOST: usize = 65_535;

/// A folder that is walked.
#[derive(Debug)]
pub(super) struct WalkRoot {
    index: usize,
    root: Root,
    /// What lies beneath and is a root of its own: paths from this root, without a slash behind.
    inner: HashSet<Box<[u8]>>,
}

impl WalkRoot {
    /// Returns which root it is, as photos count them.
    pub(super) const fn index(&self) -> usize {
        self.index
    }

    /// Returns its path as it was given.
    pub(super) fn path(&self) -> &Path {
        &self.root.path
    }

    /// Returns what every path found beneath it begins with.
    pub(super) fn prefix(&self) -> &[u8] {
        self.root.prefix()
    }

    /// Tells whether a name in one of its folders is a root of its own.
    #[inline]
    pub(super) fn is_inner(&self, folder: &[u8], name: &[u8]) -> bool {
        !self.inner.is_empty() && self.inner.contains([folder, name].concat().as_slice())
    }
}

/// The roots of a scan.
#[derive(Debug, Default)]
pub(super) struct Roots {
    /// All that are left, in the order they were given.
    pub(super) all: Vec<Root>,
    /// The folders among them.
    pub(super) walks: Vec<WalkRoot>,
    /// The files among them: which root, and its inode.
    pub(super) files: Vec<(usize, u64)>,
    /// The lists among them.
    pub(super) lists: Vec<(usize, List)>,
    /// Roots that are there but could not be looked at.
    pub(super) faults: Vec<Error>,
}

/// A root as it was given.
struct Given {
    path: PathBuf,
    status: Status,
    is_kept: bool,
    inner: HashSet<Box<[u8]>>,
}

impl Given {
    fn is_folder(&self) -> bool {
        self.status.kind == FileKind::Folder
    }
}

impl Roots {
    /// Looks at every root; refuses those that are missing or neither file nor folder.
    pub(super) fn resolve(paths: &[PathBuf], lists: &[List], rules: &Rules, fs: &Fs) -> Result<Self> {
        if paths.len() + lists.len() > MOST {
            return Err(Error::usage(format!(
                "{} paths are given, {MOST} can be",
                paths.len() + lists.len()
            )));
        }
        let here = [PathBuf::from(".")];
        let paths = if paths.is_empty() && lists.is_empty() { &here } else { paths };
        let mut roots = Self::default();
        let (mut given, mut lost) = (Vec::with_capacity(paths.len()), Vec::new());
        for path in paths {
            match look(path, fs)? {
                Ok(status) => {
                    given.push(Given { path: path.clone(), status, is_kept: true, inner: HashSet::new() });
                }
                Err(fault) => {
                    roots.faults.push(fault);
                    lost.push(Root::folder(path));
                }
            }
        }
        if given.len() > 1 {
            Family { rules, fs, ids: HashMap::new() }.make_disjoint(&mut given);
        }
        for root in given.into_iter().filter(|root| root.is_kept) {
            roots.add(root, rules);
        }
        // They are roots all the same: what becomes of the others must not depend on the weather.
        roots.all.extend(lost);
        for list in lists {
            roots.lists.push((roots.all.len(), list.clone()));
            roots.all.push(Root::list(list.path()));
        }
        Ok(roots)
    }

    fn add(&mut self, given: Given, rules: &Rules) {
        let index = self.all.len();
        let root = if given.is_folder() { Root::folder(given.path) } else { Root::file(given.path) };
        self.all.push(root.clone());
        if root.is_folder() {
            self.walks.push(WalkRoot { index, root, inner: given.inner });
        } else if rules.takes_size(given.status.len) {
            self.files.push((index, given.status.id.inode));
        }
    }
}

/// Asks what a root is: an error refuses the whole scan, a fault only this root.
fn look(path: &Path, fs: &Fs) -> Result<Result<Status>> {
    match fs.status(path) {
        Ok(status) if matches!(status.kind, FileKind::File | FileKind::Folder) => Ok(Ok(status)),
        Ok(_) => Err(Error::usage("neither a file nor a folder").at(path)),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
                || crate::fs::is_link_loop(&error) =>
        {
            Err(Error::usage("no such file or folder").at(path))
        }
        Err(error) => Ok(Err(Error::new(Kind::Unreadable, "cannot look at it").at(path).because(error))),
    }
}

/// Finds out which roots lie inside others.
struct Family<'a> {
    rules: &'a Rules,
    fs: &'a Fs,
    /// Folders above roots that were asked already.
    ids: HashMap<PathBuf, Option<FileId>>,
}

impl Family<'_> {
    /// Drops what another root finds as well, and tells outer roots of inner ones.
    fn make_disjoint(&mut self, given: &mut [Given]) {
        let mut folders: HashMap<FileId, usize> = HashMap::new();
        let mut files = HashSet::new();
        // A path too long to be spelled out is left as it is: at worst a file is found by two paths.
        let canonical: Vec<_> = given.iter().map(|root| self.fs.canonical(&root.path).ok()).collect();
        for (at, root) in given.iter_mut().enumerate() {
            root.is_kept = match &canonical[at] {
                _ if root.is_folder() => *folders.entry(root.status.id).or_insert(at) == at,
                Some(path) => files.insert(path.clone()),
                None => true,
            };
        }
        for at in 0..given.len() {
            let Some(path) = canonical[at].as_ref().filter(|_| given[at].is_kept) else { continue };
            let above = path.ancestors().skip(1);
            let Some((top, outer)) = above
                .filter_map(|top| Some((top, *folders.get(&self.id(top)?)?)))
                .find(|&(_, outer)| outer != at)
            else {
                continue;
            };
            let Ok(way) = path.strip_prefix(top) else { continue };
            if self.reaches(&given[outer], top, way, &given[at]) {
                given[at].is_kept = false;
            } else {
                given[outer].inner.insert(way.as_os_str().as_bytes().into());
            }
        }
    }

    fn id(&mut self, folder: &Path) -> Option<FileId> {
        if let Some(id) = self.ids.get(folder) {
            return *id;
        }
        let id = self.fs.status(folder).ok().map(|status| status.id);
        self.ids.insert(folder.to_owned(), id);
        id
    }

    /// Tells whether the walk of `outer`, whose real path is `top`, finds what lies at `way` beneath
    /// it just as a walk of its own would.
    fn reaches(&mut self, outer: &Given, top: &Path, way: &Path, inner: &Given) -> bool {
        let way = way.as_os_str().as_bytes();
        let depth = way.iter().filter(|&&b| b == b'/').count() + 1;
        let depth = u32::try_from(depth).unwrap_or(u32::MAX);
        if inner.is_folder() && !self.rules.are_the_same_everywhere()
            || !inner.is_folder() && !self.takes(way, depth)
            || depth > DEPTH_LIMIT
        {
            return false;
        }
        let mut here = top.to_owned();
        let mut start = 0;
        if self.fs.open_folder(&here).is_err() {
            return false;
        }
        let ends = way.iter().enumerate().filter(|&(_, &b)| b == b'/').map(|(at, _)| at);
        let ends = ends.chain(inner.is_folder().then_some(way.len()));
        for end in ends {
            let name = &way[start..end];
            here.push(OsStr::from_bytes(name));
            let Some(id) = self.id(&here) else { return false };
            let is_barred = self.rules.prune.contains(&id)
                || self.rules.boundary == Boundary::OneFilesystem && id.device != outer.status.id.device;
            let is_listed = || self.fs.open_folder(&here).is_ok();
            if is_barred || !self.rules.enters(&way[..start], name) || !is_listed() {
                return false;
            }
            start = end + 1;
        }
        true
    }

    /// Tells whether a walk lists the file at `way` once it comes to its folder.
    fn takes(&self, way: &[u8], depth: u32) -> bool {
        let name = way.iter().rposition(|&b| b == b'/').map_or(0, |slash| slash + 1);
        let (folder, name) = way.split_at(name);
        self.rules.ignore_files == IgnoreFiles::Disregard
            && self.rules.reaches(depth)
            && self.rules.takes_file(folder, name)
    }
}
