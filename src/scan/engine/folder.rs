//! Reading one folder: what the serial and the split engine have in common.
//!
//! A folder is opened relative to the descriptor of the folder above it. Where the budget of
//! descriptors does not allow to keep that one open, the way is walked again from the root.

use super::Walk;
use super::descriptors::Held;
use super::listing::Listing;
use crate::error::{Error, Kind};
use crate::fs::{self, FileId, Folder, Links};
use crate::scan::outlet::Collector;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Where a walk began.
#[derive(Debug)]
pub(super) struct Anchor {
    /// Which of the walk's roots.
    pub(super) walk_root: usize,
    /// The root itself, if the budget allows.
    folder: Option<Arc<Held>>,
    /// The file system it is on; 0 where no rule asks.
    device: u64,
}

/// A folder that was opened. Its path is spelled out only when it is read.
#[derive(Debug)]
pub(super) struct Node {
    parent: Option<Arc<Self>>,
    name: Box<[u8]>,
    pub(super) anchor: Arc<Anchor>,
    /// Which folder it is, where a rule asks.
    id: Option<FileId>,
    /// Bytes of its path beneath the root, with a slash behind every name.
    path_len: usize,
    /// 0 for a root.
    pub(super) depth: u32,
}

impl Drop for Node {
    /// Lets go of the folders above one by one: the stack does not hold thousands of drops.
    fn drop(&mut self) {
        let mut above = self.parent.take();
        while let Some(mut node) = above.and_then(Arc::into_inner) {
            above = node.parent.take();
        }
    }
}

impl Node {
    fn ancestors(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |node| node.parent.as_deref())
    }

    /// Writes its path beneath the root into `out` from `start` on.
    fn spell(&self, out: &mut Vec<u8>, start: usize) {
        let mut end = start + self.path_len;
        out.resize(end, b'/');
        for node in self.ancestors().filter(|node| node.parent.is_some()) {
            let name = end - 1 - node.name.len();
            out[name..end - 1].copy_from_slice(&node.name);
            end = name;
        }
    }
}

/// The subfolders of a folder, waiting to be read; or, at the very beginning, the roots.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// The folder they are in; `None` for the roots.
    pub(super) node: Option<Arc<Node>>,
    /// The same, open.
    pub(super) folder: Option<Arc<Held>>,
    /// Their names, one behind the other.
    pub(super) names: Vec<u8>,
    /// Where each name ends.
    pub(super) ends: Vec<usize>,
}

impl Level {
    /// Returns the roots of a walk.
    pub(super) fn roots(walk: &Walk) -> Self {
        Self { ends: vec![0; walk.roots.len()], ..Self::default() }
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    fn name(&self, child: usize) -> &[u8] {
        let start = child.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.names[start..self.ends[child]]
    }
}

/// One who reads folders: the memory it takes, used again for each. One a thread.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) buffer: fs::ListBuffer,
    /// The path of the folder being read: the root's prefix, and a slash behind every name.
    pub(super) path: Vec<u8>,
    pub(super) collector: Collector,
}

impl Reader {
    /// Reads a folder of a level, and returns its subfolders if it has any.
    pub(super) fn read(&mut self, walk: &Walk, level: &Level, child: usize) -> Option<Level> {
        let parent = level.node.as_ref();
        let walk_root = parent.map_or(child, |node| node.anchor.walk_root);
        let depth = parent.map_or(0, |node| node.depth + 1);
        self.spell(walk, level, child, walk_root);
        let (folder, id) = self.open(walk, level, walk_root)?;
        let Self { buffer, path, collector } = self;
        let (names, ends) = Listing::new(walk, walk_root, depth, path, collector).read(&folder, buffer);
        collector.settle(&walk.outlet);
        if ends.is_empty() {
            return None;
        }
        let held = walk.descriptors.hold(folder).map(Arc::new);
        let path_len = path.len() - walk.roots[walk_root].prefix().len();
        let name = if parent.is_some() { level.name(child).into() } else { Box::default() };
        let anchor = parent.map_or_else(
            || {
                let device = id.map_or(0, |id| id.device);
                Arc::new(Anchor { walk_root, folder: held.clone(), device })
            },
            |node| node.anchor.clone(),
        );
        let node = Node { parent: parent.cloned(), name, anchor, id, path_len, depth };
        Some(Level { node: Some(Arc::new(node)), folder: held, names, ends })
    }

    /// Spells the path of a folder of a level.
    fn spell(&mut self, walk: &Walk, level: &Level, child: usize, walk_root: usize) {
        let prefix = walk.roots[walk_root].prefix();
        self.path.clear();
        self.path.extend_from_slice(prefix);
        if let Some(node) = &level.node {
            node.spell(&mut self.path, prefix.len());
            self.path.extend_from_slice(level.name(child));
            self.path.push(b'/');
        }
    }

    /// Opens the folder whose path was spelled, unless a rule bars it.
    fn open(&self, walk: &Walk, level: &Level, walk_root: usize) -> Option<(Folder, Option<FileId>)> {
        let root = &walk.roots[walk_root];
        let here = match &level.node {
            None => root.path(),
            Some(_) => Path::new(OsStr::from_bytes(&self.path[..self.path.len() - 1])),
        };
        let open = || match &level.node {
            None => walk.fs.open_folder(root.path()),
            Some(node) => self.open_beneath(walk, level, node),
        };
        let asks = walk.rules.asks_identity();
        let opened =
            patiently(open).and_then(|folder| Ok((asks.then(|| folder.status()).transpose()?, folder)));
        let (status, folder) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                let error = Error::new(Kind::Unreadable, "cannot open the folder").at(here).because(error);
                walk.outlet.fault(error);
                return None;
            }
        };
        let Some(id) = status.map(|status| status.id) else { return Some((folder, None)) };
        let device = level.node.as_ref().map_or(id.device, |node| node.anchor.device);
        let is_root = level.node.is_none();
        if walk.rules.bars(id, device) || (!is_root && walk.rules.bars_above(here, &walk.fs)) {
            return None;
        }
        let mut above = level.node.iter().flat_map(|node| node.ancestors());
        if walk.rules.links == Links::Follow && above.any(|node| node.id == Some(id)) {
            walk.outlet.note(here, "leads back to a folder above it");
            return None;
        }
        Some((folder, Some(id)))
    }

    /// Opens the folder whose path was spelled, which is not a root.
    fn open_beneath(&self, walk: &Walk, level: &Level, parent: &Node) -> io::Result<Folder> {
        let links = walk.rules.links;
        let root = &walk.roots[parent.anchor.walk_root];
        let way = &self.path[root.prefix().len()..self.path.len() - 1];
        if let Some(held) = &level.folder {
            let name = &way[parent.path_len..];
            return held.folder.open_folder(Path::new(OsStr::from_bytes(name)), links);
        }
        let way = Path::new(OsStr::from_bytes(way));
        match &parent.anchor.folder {
            Some(held) => held.folder.open_folder(way, links),
            None => walk.fs.open_folder(root.path())?.open_folder(way, links),
        }
    }
}

/// Opens, and waits a little when no descriptor is left: other threads give theirs back.
fn patiently(mut open: impl FnMut() -> io::Result<Folder>) -> io::Result<Folder> {
    for pause in [1, 10, 100, 500] {
        match open() {
            Err(error) if fs::is_out_of_descriptors(&error) => {
                std::thread::sleep(Duration::from_millis(pause));
            }
            answer => return answer,
        }
    }
    open()
}
