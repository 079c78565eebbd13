//! The photos on one drive, handed out one by one in the order that they are read in.

use super::ReadOrder;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// So many photos are put in order together. What is read out of order waits to be told in order, so it is
/// not all of them at once; and a sweep over a whole disk that reads this many is not much shorter if it
/// reads more: its heads move little from one to the next.
pub const WINDOW: usize = 4096;

/// Knows where photos lie.
pub trait Places {
    /// Returns the inode number of a photo, 0 if it is not known.
    fn inode(&self, photo: usize) -> u64;

    /// Returns where a photo begins on the device of its file system, in bytes; `None` if nobody says.
    fn position(&self, photo: usize) -> Option<u64>;

    /// Returns which root a photo lies beneath: positions on different file systems tell nothing of each other.
    fn root(&self, photo: usize) -> usize;

    /// Waits until photos from this one on may be begun; tells whether they may at all.
    fn wait_for(&self, _first: usize) -> bool {
        true
    }
}

/// The photos on one drive that are left to be read, by their places in the set. Shared by its readers.
#[derive(Debug)]
pub struct Queue {
    order: ReadOrder,
    left: Mutex<Left>,
}

#[derive(Debug)]
struct Left {
    /// In the order of paths.
    later: std::vec::IntoIter<u32>,
    /// The window that is being handed out.
    next: VecDeque<u32>,
}

impl Queue {
    /// Makes a queue of photos, which are given in the order of their paths.
    #[must_use]
    pub fn new(photos: Vec<u32>, order: ReadOrder) -> Self {
        Self { order, left: Mutex::new(Left { later: photos.into_iter(), next: VecDeque::new() }) }
    }

    /// Returns the photo to be read next.
    ///
    /// Where the order is [physical](ReadOrder::Physical), each photo of a window is asked for its position
    /// first, in the order of inodes, and others who read wait meanwhile.
    pub fn next(&self, places: &dyn Places) -> Option<usize> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if left.next.is_empty() {
            let first = *left.later.as_slice().first()? as usize;
            if !places.wait_for(first) {
                return None;
            }
        }
        if self.order == ReadOrder::Path {
            return left.later.next().map(|photo| photo as usize);
        }
        if left.next.is_empty() {
            let mut window: Vec<_> = left.later.by_ref().take(WINDOW).collect();
            arrange(&mut window, self.order, places);
            left.next = window.into();
        }
        left.next.pop_front().map(|photo| photo as usize)
    }
}

/// Puts photos in order.
///
/// What lies beneath one root stays together. Those without a position come first, in the order of inodes: their content lies there, or nowhere. Where
/// half of them have none, that is the order of all.
pub fn arrange(photos: &mut [u32], order: ReadOrder, places: &dyn Places) {
    if order == ReadOrder::Path {
        return;
    }
    photos.sort_by_cached_key(|&photo| (places.root(photo as usize), places.inode(photo as usize)));
    if order == ReadOrder::Inode {
        return;
    }
    // A few tell whether anybody says anything here.
    let is_told = |photo: &u32| places.position(*photo as usize).is_some();
    if !photos.iter().take(FEW).any(is_told) {
        return;
    }
    let place = |photo: usize| (places.root(photo), places.position(photo));
    let mut placed: Vec<_> = photos.iter().map(|&photo| (place(photo as usize), photo)).collect();
    if placed.iter().filter(|((_, position), _)| position.is_none()).count() * 2 > placed.len() {
        return;
    }
    placed.sort_by_key(|(place, _)| *place);
    photos.iter_mut().zip(placed).for_each(|(photo, (_, placed))| *photo = placed);
}

/// So many photos without a position, one after the other, and no more are asked. A guess.
const FEW: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Photos whose inodes count backwards, and whose positions are what a function says.
    struct Made<F>(F, Cell<usize>);

    impl<F: Fn(usize) -> Option<u64>> Places for Made<F> {
        fn inode(&self, photo: usize) -> u64 {
            u64::MAX - photo as u64
        }

        fn root(&self, _: usize) -> usize {
            0
        }

        fn position(&self, photo: usize) -> Option<u64> {
            self.1.set(self.1.get() + 1);
            self.0(photo)
        }
    }

    fn made<F: Fn(usize) -> Option<u64>>(position: F) -> Made<F> {
        Made(position, Cell::new(0))
    }

    fn all(count: u32, order: ReadOrder, places: &dyn Places) -> Vec<usize> {
        let queue = Queue::new((0..count).collect(), order);
        std::iter::from_fn(|| queue.next(places)).collect()
    }

    #[test]
    fn each_photo_is_handed_out_once_in_each_order() {
        let scattered = made(|photo| Some(1 + (photo as u64 * 7919) % 10_007));
        for order in ReadOrder::ALL {
            let mut photos = all(10_000, order, &scattered);
            match order {
                ReadOrder::Path => assert!(photos.is_sorted()),
                ReadOrder::Inode => assert!(photos[..WINDOW].is_sorted_by(|a, b| a > b)),
                ReadOrder::Physical => {
                    assert!(photos[..WINDOW].is_sorted_by_key(|&photo| scattered.position(photo)));
                }
            }
            // No window begins before the one before has ended.
            assert!(photos[..WINDOW].iter().all(|&photo| photo < WINDOW), "{order}");
            photos.sort_unstable();
            assert!(photos.into_iter().eq(0..10_000), "{order}");
        }
    }

    #[test]
    fn where_nobody_knows_positions_inodes_decide_and_few_are_asked() {
        let unknown = made(|_| None);
        assert!(all(1000, ReadOrder::Physical, &unknown).is_sorted_by(|a, b| a > b));
        assert_eq!(unknown.1.get(), FEW);
        let few = made(|photo| (photo % 3 == 0).then_some(photo as u64));
        assert!(all(1000, ReadOrder::Physical, &few).is_sorted_by(|a, b| a > b));
        let most = made(|photo| (photo % 3 > 0).then_some(photo as u64));
        let photos = all(1000, ReadOrder::Physical, &most);
        assert!(photos[..334].iter().all(|photo| photo % 3 == 0) && photos[334..].is_sorted());
        assert!(all(0, ReadOrder::Physical, &most).is_empty());
    }
}
