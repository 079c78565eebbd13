//! A compact sorted set of photos: byte arenas as the walkers filled them, and 24 bytes a photo.

use super::Orientation;
use crate::units::Dims;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a scan begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Folder,
    File,
    List,
}

/// Where a scan began: a folder that was walked, a file that was named, or a list of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The path as it was given.
    pub path: PathBuf,
    /// What every path found beneath it begins with: the path and a slash, the file itself, or nothing.
    prefix: Vec<u8>,
    sort: Sort,
}

impl Root {
    /// Makes the root of a walk.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let mut prefix = path.as_os_str().as_bytes().to_vec();
        if !prefix.ends_with(b"/") {
            prefix.push(b'/');
        }
        Self { path, prefix, sort: Sort::Folder }
    }

    /// Makes a root that is itself a photo.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { prefix: path.as_os_str().as_bytes().to_vec(), path, sort: Sort::File }
    }

    /// Makes a list of photos, each with its path as it is written there; `path` names the list.
    pub fn list(path: impl Into<PathBuf>) -> Self {
        Self { prefix: Vec::new(), path: path.into(), sort: Sort::List }
    }

    /// Returns what the path of every photo of this root begins with.
    #[must_use]
    pub fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Tells whether it is a folder that was walked; otherwise its photos are opened by their paths.
    #[must_use]
    pub const fn is_folder(&self) -> bool {
        matches!(self.sort, Sort::Folder)
    }

    /// Tells whether it is a list.
    #[must_use]
    pub const fn is_list(&self) -> bool {
        matches!(self.sort, Sort::List)
    }
}

/// What the header of a photo says; kept where the scan read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Stored dimensions, before it is turned upright.
    pub dims: Dims,
    /// How it must be turned.
    pub orientation: Orientation,
    /// Whether it is coded progressively.
    pub is_progressive: bool,
}

impl Facts {
    const SIZE: usize = 10;

    fn to_bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..4].copy_from_slice(&self.dims.width.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.dims.height.to_le_bytes());
        bytes[8] = self.orientation as u8;
        bytes[9] = u8::from(self.is_progressive);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (width, rest) = bytes.split_first_chunk()?;
        let (height, rest) = rest.split_first_chunk()?;
        let &[orientation, progressive] = rest else { return None };
        Some(Self {
            dims: Dims::new(u32::from_le_bytes(*width), u32::from_le_bytes(*height)),
            orientation: Orientation::from_exif(orientation.into())?,
            is_progressive: progressive != 0,
        })
    }
}

/// One photo of a set, borrowed from it.
#[derive(Clone, Copy, Debug)]
pub struct Photo<'a> {
    /// Its path: the root as given and what lies beneath.
    pub path: &'a Path,
    /// Its path beneath its root; empty where the root is the photo.
    pub relative: &'a Path,
    /// Which root it was found under, as an index into [`PhotoSet::roots`].
    pub root: usize,
    /// Its inode number, 0 where the walker did not learn it.
    pub inode: u64,
    /// What its header says, where the scan read it.
    pub facts: Option<Facts>,
}

/// Where a photo's bytes lie in an arena.
#[derive(Clone, Copy, Debug)]
struct Span {
    inode: u64,
    start: u32,
    len: u32,
    arena: u32,
    root: u16,
    has_facts: bool,
}

/// Photos on their way from a walker to the set.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

impl Batch {
    /// Room for this many bytes of paths; a batch is full soon after.
    const FULL: usize = 64 << 10;

    /// Adds a photo; its path is the concatenation of `parts` and begins with the root's prefix.
    ///
    /// # Panics
    /// When a batch is filled beyond 4 GiB, or `root` is beyond 65,535.
    pub fn push(&mut self, root: usize, parts: &[&[u8]], inode: u64) {
        self.push_with(root, parts, inode, None);
    }

    /// Adds a photo whose header was read.
    ///
    /// # Panics
    /// As [`Self::push`].
    pub fn push_with(&mut self, root: usize, parts: &[&[u8]], inode: u64, facts: Option<Facts>) {
        const LIMITS: &str = "a batch is handed on long before 4 GiB, and roots are counted in u16";
        let start = self.bytes.len();
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        let len = self.bytes.len() - start;
        if let Some(facts) = facts {
            self.bytes.extend_from_slice(&facts.to_bytes());
        }
        self.spans.push(Span {
            inode,
            start: start.try_into().expect(LIMITS),
            len: len.try_into().expect(LIMITS),
            arena: 0,
            root: root.try_into().expect(LIMITS),
            has_facts: facts.is_some(),
        });
    }

    /// Tells whether it should be handed on.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= Self::FULL
    }

    /// Tells whether it holds no photo.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Returns the number of photos in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Returns its photos in the order they were added.
    pub fn iter<'a>(&'a self, roots: &'a [Root]) -> impl Iterator<Item = Photo<'a>> {
        self.spans.iter().map(|span| resolve(span, &self.bytes, roots))
    }
}

fn path_bytes<'a>(span: &Span, arena: &'a [u8]) -> &'a [u8] {
    &arena[span.start as usize..span.start as usize + span.len as usize]
}

fn resolve<'a>(span: &Span, arena: &'a [u8], roots: &'a [Root]) -> Photo<'a> {
    let path = path_bytes(span, arena);
    let end = span.start as usize + span.len as usize;
    let relative = &path[roots[usize::from(span.root)].prefix.len().min(path.len())..];
    Photo {
        path: Path::new(OsStr::from_bytes(path)),
        relative: Path::new(OsStr::from_bytes(relative)),
        root: usize::from(span.root),
        inode: span.inode,
        facts: span.has_facts.then(|| Facts::from_bytes(&arena[end..end + Facts::SIZE])).flatten(),
    }
}

/// A set of photos, sorted bytewise by path and without duplicates, whatever order they came in.
///
/// Costs the bytes of its paths and 24 bytes a photo; going through it allocates nothing. A clone shares
/// all of it, until one of the two is changed.
#[derive(Clone, Debug, Default)]
pub struct PhotoSet(Arc<Inner>);

#[derive(Clone, Debug, Default)]
struct Inner {
    roots: Vec<Root>,
    arenas: Vec<Vec<u8>>,
    spans: Vec<Span>,
}

impl PhotoSet {
    /// Makes an empty set of photos that will be found under `roots`.
    #[must_use]
    pub fn new(roots: Vec<Root>) -> Self {
        Self(Arc::new(Inner { roots, ..Inner::default() }))
    }

    /// Takes a batch over, arena and all. [`Self::finish`] is due afterwards.
    ///
    /// # Panics
    /// After 2³² batches.
    pub fn absorb(&mut self, mut batch: Batch) {
        let inner = Arc::make_mut(&mut self.0);
        let arena = u32::try_from(inner.arenas.len()).expect("fewer than 2^32 batches");
        batch.bytes.shrink_to_fit();
        inner.arenas.push(batch.bytes);
        inner.spans.extend(batch.spans.iter().map(|span| Span { arena, ..*span }));
    }

    /// Sorts the set and drops duplicates.
    pub fn finish(&mut self) {
        let Inner { arenas, spans, .. } = Arc::make_mut(&mut self.0);
        let bytes = |span: &Span| path_bytes(span, &arenas[span.arena as usize]);
        spans.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)).then(a.root.cmp(&b.root)));
        spans.dedup_by(|b, a| bytes(a) == bytes(b));
        spans.shrink_to_fit();
    }

    /// Puts the photos into the order of their inode numbers: near to how they lie on most drives.
    ///
    /// Photos with one inode number stay in the order of their paths.
    pub fn sort_by_inode(&mut self) {
        self.finish();
        Arc::make_mut(&mut self.0).spans.sort_by_key(|span| span.inode);
    }

    /// Returns the roots that the photos were found under.
    #[must_use]
    pub fn roots(&self) -> &[Root] {
        &self.0.roots
    }

    /// Returns the number of photos.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.spans.len()
    }

    /// Tells whether there is no photo.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.spans.is_empty()
    }

    /// Returns the photo at `index` in set order, `None` behind the last.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Photo<'_>> {
        self.0.spans.get(index).map(|span| self.photo(span))
    }

    /// Returns the photos in set order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Photo<'_>> + Clone {
        self.0.spans.iter().map(|span| self.photo(span))
    }

    fn photo(&self, span: &Span) -> Photo<'_> {
        resolve(span, &self.0.arenas[span.arena as usize], &self.0.roots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts { dims: Dims::new(640, 480), orientation: Orientation::Rotated90, is_progressive: true }
    }

    #[test]
    fn a_set_is_sorted_by_bytes_and_has_no_duplicates() {
        let mut set = PhotoSet::new(vec![Root::folder("d"), Root::file("z.jpg")]);
        for names in [&[&b"b"[..], b"\xff", b"a"][..], &[b"a", b"B"]] {
            let mut batch = Batch::default();
            for name in names {
                batch.push_with(0, &[b"d/", name], 7, Some(facts()));
            }
            set.absorb(batch);
        }
        let mut batch = Batch::default();
        batch.push(1, &[b"z.jpg"], 3);
        set.absorb(batch);
        set.finish();
        let found: Vec<_> = set.iter().map(|p| p.path.as_os_str().as_bytes().to_vec()).collect();
        assert_eq!(found, [&b"d/B"[..], b"d/a", b"d/b", b"d/\xff", b"z.jpg"]);
        let first = set.get(0).unwrap();
        assert_eq!((first.relative, first.facts, first.root), (Path::new("B"), Some(facts()), 0));
        let last = set.get(4).unwrap();
        assert_eq!((last.relative, last.facts, last.root), (Path::new(""), None, 1));
        assert_eq!(size_of::<Span>(), 24);
    }

    #[test]
    fn a_clone_shares_the_set_until_one_of_them_changes() {
        let mut set = PhotoSet::new(vec![Root::folder("d")]);
        let add = |set: &mut PhotoSet, name: &[u8]| {
            let mut batch = Batch::default();
            batch.push(0, &[b"d/", name], 0);
            set.absorb(batch);
            set.finish();
        };
        add(&mut set, b"a");
        let mut clone = set.clone();
        assert!(Arc::ptr_eq(&set.0, &clone.0));
        add(&mut clone, b"b");
        assert_eq!((set.len(), clone.len()), (1, 2));
    }

    #[test]
    fn a_root_has_one_slash_behind_it() {
        for path in ["d", "d/"] {
            assert_eq!(Root::folder(path).prefix(), b"d/");
        }
        assert_eq!(Root::folder("/").prefix(), b"/");
    }
}
