//! A compact sorted set of photos: byte arenas as the walkers filled them, and 24 bytes a photo.

mod batch;
mod order;
mod root;
mod strings;
#[cfg(test)]
mod tests;

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
