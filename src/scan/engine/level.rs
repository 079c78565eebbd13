//! Folders that were read and have subfolders to be read: where they lie, and what is in them.
//!
//! A [`Level`] keeps the names of its subfolders one behind the other and knows the level above, so that
//! paths are spelled out only where they are needed, and a folder that waits costs its name and 16 bytes.

use super::Walk;
use super::descriptors::Held;
use super::parts::Whole;
use crate::fs::{FileId, Folder};
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

/// What is known of a root once it was opened.
#[derive(Debug, Default)]
pub(in crate::scan) struct Anchor {
    /// The root itself, if the budget allows.
    pub(super) folder: OnceLock<Held>,
    /// The file system it is on, where a rule asks.
    pub(super) device: OnceLock<u64>,
}

/// A folder that is kept open for its subfolders.
#[derive(Debug)]
pub(super) enum Door {
    /// It is not; or it is a root, which its [`Anchor`] keeps.
    Closed,
    /// For one level.
    Own(Held),
    /// For all that its parts bring.
    Shared(Arc<Whole>),
}

/// Where a folder lies: the level that it is a subfolder of, and which of them.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) above: Arc<Level>,
    pub(super) child: usize,
}

/// A folder that was opened.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) place: Place,
    /// Which of the walk's roots it lies beneath.
    pub(super) walk_root: usize,
    pub(super) door: Door,
    /// Which folder it is, where a rule asks.
    pub(super) id: Option<FileId>,
    /// Bytes of its path beneath the root, with a slash behind every name.
    pub(super) path_len: usize,
    /// 0 for a root.
    pub(super) depth: u32,
}

impl Site {
    /// Returns what is known of a folder that was opened, but not kept open so far.
    pub(super) fn new(place: Place, id: Option<FileId>) -> Self {
        let name = place.above.name(place.child).len();
        let (walk_root, path_len, depth) = match &place.above.site {
            Some(above) => (above.walk_root, above.path_len + name + 1, above.depth + 1),
            None => (place.child, 0, 0),
        };
        Self { place, walk_root, door: Door::Closed, id, path_len, depth }
    }

    /// Returns the same with a door of its own.
    pub(super) fn with(&self, door: Door) -> Self {
        let Self { walk_root, id, path_len, depth, .. } = *self;
        Self { place: self.place.clone(), walk_root, door, id, path_len, depth }
    }

    /// Returns the folder, if it is kept open.
    pub(super) fn folder<'a>(&'a self, walk: &'a Walk) -> Option<&'a Folder> {
        match &self.door {
            Door::Own(held) => Some(&held.folder),
            Door::Shared(whole) => Some(whole.folder()),
            Door::Closed if self.depth == 0 => Some(&walk.anchors[self.walk_root].folder.get()?.folder),
            Door::Closed => None,
        }
    }
}

/// A subfolder that waits to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Child {
    /// The number of its inode, as the folder lists it; 0 for a root.
    pub(super) inode: u64,
    /// Where its name ends.
    end: u32,
}

/// The subfolders of a folder; or, at the very beginning, the roots.
#[derive(Debug)]
pub(super) struct Level {
    /// The folder they are in; `None` for the roots.
    pub(super) site: Option<Site>,
    names: Box<[u8]>,
    children: Box<[Child]>,
    /// The same for folders with the same subfolders, in whatever order.
    pub(super) print: u64,
    /// The number of the inode of the folder that they are in; 0 where it is not known.
    pub(super) inode: u64,
}

impl Drop for Level {
    /// Lets go of the levels above one by one: the stack does not hold thousands of drops.
    fn drop(&mut self) {
        let mut above = self.site.take().map(|site| site.place.above);
        while let Some(mut level) = above.and_then(Arc::into_inner) {
            above = level.site.take().map(|site| site.place.above);
        }
    }
}

impl Level {
    /// Returns the roots of a walk.
    pub(super) fn roots(walk: &Walk) -> Self {
        let children = vec![Child { inode: 0, end: 0 }; walk.roots.len()];
        Self { site: None, names: Box::default(), children: children.into(), print: 0, inode: 0 }
    }

    /// Returns how many there are.
    pub(super) const fn len(&self) -> usize {
        self.children.len()
    }

    pub(super) const fn children(&self) -> &[Child] {
        &self.children
    }

    /// Returns the name of a subfolder; a root has none.
    pub(super) fn name(&self, child: usize) -> &[u8] {
        let start = child.checked_sub(1).map_or(0, |before| self.children[before].end as usize);
        &self.names[start..self.children[child].end as usize]
    }

    /// Returns the levels above, from the nearest to the roots.
    pub(super) fn above(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |level| level.site.as_ref().map(|site| &*site.place.above)).skip(1)
    }

    /// Writes the path of the folder that they are in, beneath its root, into `out` from `start` on.
    pub(super) fn spell(&self, out: &mut Vec<u8>, start: usize) {
        let Some(site) = &self.site else { return };
        let mut end = start + site.path_len;
        out.resize(end, b'/');
        let sites = std::iter::successors(Some(site), |site| site.place.above.site.as_ref());
        for Site { place, .. } in sites.filter(|site| site.depth > 0) {
            let name = place.above.name(place.child);
            let from = end - 1 - name.len();
            out[from..end - 1].copy_from_slice(name);
            end = from;
        }
    }
}

/// Subfolders as they are found in a folder.
#[derive(Debug, Default)]
pub(super) struct Subfolders {
    names: Vec<u8>,
    children: Vec<Child>,
    print: u64,
}

impl Subfolders {
    pub(super) fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// Forgets all of them, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.names.clear();
        self.children.clear();
        self.print = 0;
    }

    /// Adds one; `false` when there is no room for its name.
    pub(super) fn push(&mut self, name: &[u8], inode: u64) -> bool {
        let Ok(end) = u32::try_from(self.names.len() + name.len()) else { return false };
        self.names.extend_from_slice(name);
        self.children.push(Child { inode, end });
        self.print = self.print.wrapping_add(print_of(name));
        true
    }

    /// Keeps one of those with the same name.
    pub(super) fn dedup(&mut self) {
        let mut names = HashSet::new();
        let mut kept = Self::default();
        let mut start = 0;
        for child in &self.children {
            let name = &self.names[start..child.end as usize];
            start = child.end as usize;
            if names.insert(name) {
                kept.push(name, child.inode);
            }
        }
        *self = kept;
    }

    /// Makes a level of them.
    pub(super) fn level(&self, site: Site) -> Level {
        let (names, children) = (self.names.as_slice().into(), self.children.as_slice().into());
        let inode = site.place.above.children[site.place.child].inode;
        Level { site: Some(site), names, children, print: self.print, inode }
    }
}

/// A number for a name; FNV-1a over words of eight bytes, which is enough to raise a suspicion.
fn print_of(name: &[u8]) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    name.chunks(8).fold(0xcbf2_9ce4_8422_2325, |print, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        (print ^ u64::from_le_bytes(word)).wrapping_mul(PRIME)
    })
}
