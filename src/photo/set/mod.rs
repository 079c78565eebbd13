//! A compact sorted set of photos: byte arenas as the walkers filled them, and 24 bytes a photo.

mod batch;
mod order;
mod root;
mod strings;

pub use batch::{Batch, Facts, Photo};
pub use root::Root;

use batch::{Span, path_bytes, resolve};
use std::sync::Arc;

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
    pub fn absorb(&mut self, batch: Batch) {
        let inner = Arc::make_mut(&mut self.0);
        let arena = u32::try_from(inner.arenas.len()).expect("fewer than 2^32 batches");
        inner.arenas.push(batch.give(arena, &mut inner.spans));
    }

    /// Sorts the set and drops duplicates: of photos with one path, the first root's stays.
    ///
    /// A large set is sorted by all cores, where threads are to be had.
    pub fn finish(&mut self) {
        let Inner { arenas, spans, .. } = Arc::make_mut(&mut self.0);
        if order::sort(spans, arenas) {
            let bytes = |span: &Span| path_bytes(span, &arenas[span.arena as usize]);
            spans.dedup_by(|b, a| bytes(a) == bytes(b));
        }
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
    use crate::photo::Orientation;
    use crate::units::Dims;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

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
