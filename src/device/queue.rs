//! The photos on one drive, handed out one by one in the order that they are read in.

use super::ReadOrder;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

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
    left: Mutex<Left>,
    /// Told when a window is in order.
    arranged: Condvar,
}

#[derive(Debug)]
struct Left {
    order: ReadOrder,
    /// In the order of paths.
    later: std::vec::IntoIter<u32>,
    /// The window that is being handed out.
    next: VecDeque<u32>,
    /// The window that somebody puts in order.
    arranging: Option<Vec<u32>>,
    /// Counts windows, also those that were taken from whoever put them in order.
    window: u64,
}

impl Queue {
    /// Makes a queue of photos, which are given in the order of their paths.
    #[must_use]
    pub fn new(photos: Vec<u32>, order: ReadOrder) -> Self {
        let (later, next) = (photos.into_iter(), VecDeque::new());
        let left = Left { order, later, next, arranging: None, window: 0 };
        Self { left: Mutex::new(left), arranged: Condvar::new() }
    }

    /// Returns the photo to be read next.
    ///
    /// Where the order is [physical](ReadOrder::Physical), each photo of a window is asked for its position
    /// first, in the order of inodes, and others who read wait meanwhile.
    pub fn next(&self, places: &dyn Places) -> Option<usize> {
        while self.is_ready(places) {
            // Others may have been faster.
            if let Some(photo) = self.pop() {
                return Some(photo);
            }
        }
        None
    }

    /// Sees to it that there are photos to [pop](Self::pop), and asks where they lie, if they are to be put in
    /// order; tells whether there are, unless others pop them meanwhile. False at the end, and when photos may not
    /// be begun any more.
    ///
    /// What is asked, is asked while others can [go on without](Self::forsake) the one who asks.
    pub fn is_ready(&self, places: &dyn Places) -> bool {
        let (mut arranging, order) = {
            let mut left = self.left();
            while left.next.is_empty() && left.arranging.is_some() {
                left = self.arranged.wait(left).unwrap_or_else(PoisonError::into_inner);
            }
            if !left.next.is_empty() {
                return true;
            }
            let window: Vec<_> = left.later.by_ref().take(WINDOW).collect();
            if window.is_empty() {
                return false;
            }
            left.arranging = Some(window.clone());
            left.window += 1;
            (Arranging { queue: self, number: left.window, window }, left.order)
        };
        let may_begin = places.wait_for(arranging.window[0] as usize);
        if may_begin {
            arrange(&mut arranging.window, order, places);
        }
        may_begin
    }

    /// Returns the next of the photos that are [ready](Self::is_ready).
    pub fn pop(&self) -> Option<usize> {
        self.left().next.pop_front().map(|photo| photo as usize)
    }

    /// Goes on without one who asks where photos lie and gets no answer: these and all others are handed out in
    /// the order of their paths.
    pub fn forsake(&self) {
        let mut left = self.left();
        left.order = ReadOrder::Path;
        left.window += 1;
        if let Some(window) = left.arranging.take() {
            left.next = window.into();
        }
        self.arranged.notify_all();
    }

    /// Returns all photos that are left: nobody gets any more.
    pub fn drain(&self) -> Vec<u32> {
        let mut left = self.left();
        left.window += 1;
        let mut all: Vec<_> = left.arranging.take().into_iter().flatten().collect();
        all.extend(left.next.drain(..));
        all.extend(left.later.by_ref());
        self.arranged.notify_all();
        all
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A window that is being put in order; handed out when dropped, also if that panics.
struct Arranging<'a> {
    queue: &'a Queue,
    number: u64,
    window: Vec<u32>,
}

impl Drop for Arranging<'_> {
    fn drop(&mut self) {
        let mut left = self.queue.left();
        if left.window == self.number && left.arranging.take().is_some() {
            left.next = std::mem::take(&mut self.window).into();
        }
        self.queue.arranged.notify_all();
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
    fn who_asks_without_an_answer_is_gone_on_without() {
        let queue = Queue::new((0..10_000).collect(), ReadOrder::Physical);
        let (begun, hangs) = (std::sync::Barrier::new(2), Mutex::new(()));
        let held = hangs.lock().unwrap();
        std::thread::scope(|scope| {
            let late = scope.spawn(|| {
                let first = std::sync::Once::new();
                let position = |photo: usize| {
                    first.call_once(|| _ = (begun.wait(), hangs.lock()));
                    Some(10_000 - photo as u64)
                };
                queue.is_ready(&made(position))
            });
            begun.wait();
            let other = scope.spawn(|| queue.next(&made(|_| None)));
            queue.forsake();
            assert_eq!(other.join().unwrap(), Some(0), "in the order of paths");
            drop(held);
            assert!(late.join().unwrap());
            let rest = std::iter::from_fn(|| queue.next(&made(|_| panic!("nobody is asked again"))));
            assert!(rest.take(9_000).eq(1..9_001), "what the late one found is not used");
        });
        assert!(queue.drain().into_iter().eq(9_001..10_000));
        assert_eq!(queue.next(&made(|_| None)), None);
    }

    #[test]
    fn a_panic_on_the_way_leaves_the_photos_to_others() {
        let queue = Queue::new((0..9).collect(), ReadOrder::Physical);
        let asks = || queue.next(&made(|_| panic!("this panic is part of the test")));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(asks)).is_err());
        let mut rest: Vec<_> = std::iter::from_fn(|| queue.next(&made(|_| None))).collect();
        rest.sort_unstable();
        assert!(rest.into_iter().eq(0..9));
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
