//! Photos on their way to a set: one arena of bytes, and where each photo lies in it.

use super::root::Root;
use crate::photo::Orientation;
use crate::units::Dims;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

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
    /// Which root it was found under, as an index into [`PhotoSet::roots`](super::PhotoSet::roots).
    pub root: usize,
    /// Its inode number, 0 where the walker did not learn it.
    pub inode: u64,
    /// What its header says, where the scan read it.
    pub facts: Option<Facts>,
}

/// Where a photo's bytes lie in an arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) inode: u64,
    start: u32,
    len: u32,
    pub(super) arena: u32,
    pub(super) root: u16,
    has_facts: bool,
}

impl Span {
    /// Returns where its path ends.
    const fn end(&self) -> usize {
        self.start as usize + self.len as usize
    }
}

/// Photos on their way from a walker to the set.
///
/// Behind each path is one byte that ends it: paths without facts can be written as they lie there.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    spans: Vec<Span>,
    has_facts: bool,
}

impl Batch {
    /// With this many bytes of paths a batch is full. A guess: few messages, and it stays in a core's cache.
    const FULL: usize = 64 << 10;

    /// Room for one path more than fits, so that the bytes need not move: the most that Linux opens at once.
    const ONE_MORE: usize = 4 << 10;

    /// Bytes of a path for which room for spans is made. A guess.
    const USUAL_PATH: usize = 64;

    /// What is behind each path at first.
    const END: u8 = b'\n';

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
        if self.spans.is_empty() {
            self.bytes.reserve_exact(Self::FULL + Self::ONE_MORE);
            self.spans.reserve_exact(Self::FULL / Self::USUAL_PATH);
        }
        let start = self.bytes.len();
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        let len = self.bytes.len() - start;
        self.bytes.push(Self::END);
        self.has_facts |= facts.is_some();
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

    /// Forgets its photos, and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.spans.clear();
        self.has_facts = false;
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

    /// Returns its paths one behind the other, each ended by `end`; `None` where facts lie between them.
    pub fn ended_by(&mut self, end: u8) -> Option<&[u8]> {
        if self.has_facts {
            return None;
        }
        // All of them are ended by one and the same byte.
        if self.bytes.last().is_some_and(|&last| last != end) {
            for span in &self.spans {
                self.bytes[span.end()] = end;
            }
        }
        Some(&self.bytes)
    }

    /// Adds its spans to those of a set where its bytes become the given arena, and returns these.
    pub(super) fn give(mut self, arena: u32, spans: &mut Vec<Span>) -> Vec<u8> {
        spans.extend(self.spans.iter().map(|span| Span { arena, ..*span }));
        if self.bytes.len() < Self::FULL {
            self.bytes.shrink_to_fit();
        }
        self.bytes
    }

    /// Returns its photos in the order they were added.
    pub fn iter<'a>(&'a self, roots: &'a [Root]) -> impl Iterator<Item = Photo<'a>> {
        self.spans.iter().map(|span| resolve(span, &self.bytes, roots))
    }
}

/// Returns the path that a span tells of.
pub(super) fn path_bytes<'a>(span: &Span, arena: &'a [u8]) -> &'a [u8] {
    &arena[span.start as usize..span.end()]
}

/// Returns the photo that a span tells of.
pub(super) fn resolve<'a>(span: &Span, arena: &'a [u8], roots: &'a [Root]) -> Photo<'a> {
    let path = path_bytes(span, arena);
    let facts = span.end() + 1;
    let relative = &path[roots[usize::from(span.root)].prefix().len().min(path.len())..];
    Photo {
        path: Path::new(OsStr::from_bytes(path)),
        relative: Path::new(OsStr::from_bytes(relative)),
        root: usize::from(span.root),
        inode: span.inode,
        facts: span.has_facts.then(|| Facts::from_bytes(&arena[facts..facts + Facts::SIZE])).flatten(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(names: &[&[u8]], facts: Option<Facts>) -> Batch {
        let mut batch = Batch::default();
        names.iter().for_each(|name| batch.push_with(0, &[b"d/", name], 0, facts));
        batch
    }

    #[test]
    fn a_batch_lies_there_as_it_is_written() {
        let mut batch = batch(&[b"a", b"", b"b\n", b"\xff"], None);
        for end in [b"\n", b"\0", b"\0", b"\n"] {
            let expected = [&b"d/a"[..], b"d/", b"d/b\n", b"d/\xff", b""].join(&end[..]);
            assert_eq!(batch.ended_by(end[0]), Some(&expected[..]));
        }
        assert_eq!(Batch::default().ended_by(0), Some(&b""[..]));
    }

    #[test]
    fn facts_lie_behind_the_end_of_a_path() {
        let facts = Facts { dims: Dims::new(3, 2), orientation: Orientation::Upright, is_progressive: true };
        let mut batch = batch(&[b"a", b"b"], Some(facts));
        assert_eq!(batch.ended_by(b'\n'), None);
        let roots = [Root::folder("d")];
        let found: Vec<_> = batch.iter(&roots).map(|photo| (photo.relative, photo.facts)).collect();
        assert_eq!(found, [(Path::new("a"), Some(facts)), (Path::new("b"), Some(facts))]);
    }
}
