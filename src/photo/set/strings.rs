//! Sorting byte strings that are told by numbers.
//!
//! An item is a number in its lower half and, while it is sorted, four bytes of its string in the upper half.
//! What all strings of a slice begin with is skipped, the next four bytes are compared as a number, and
//! strings that have these in common are taken up again behind them.

use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes of a string that are compared at once.
const KEY: usize = 4;

/// So few strings are compared as they are. A guess.
const FEW: usize = 8;

/// Strings that have agreed so often are compared as they are: the stack has an end.
const DEEP: u32 = 100;

/// From this many on, two threads are quicker than one. A guess.
const WIDE: usize = 4 << 10;

/// Returns an item.
pub(super) const fn packed(upper: u32, lower: u32) -> u64 {
    (upper as u64) << 32 | lower as u64
}

/// Returns which string an item is.
#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
pub(super) const fn index(item: u64) -> u32 {
    item as u32
}

/// Strings to be sorted: bytes by number, and what decides between equal ones.
pub(super) struct Strings<F, R> {
    bytes: F,
    rank: R,
    in_pool: bool,
    has_equals: AtomicBool,
}

impl<'a, F, R> Strings<F, R>
where
    F: Fn(u32) -> &'a [u8] + Sync,
    R: Fn(u32) -> u16 + Sync,
{
    /// Takes what tells strings; `in_pool` where other threads of a pool are there to help.
    pub(super) const fn new(bytes: F, rank: R, in_pool: bool) -> Self {
        Self { bytes, rank, in_pool, has_equals: AtomicBool::new(false) }
    }

    /// Tells whether equal strings were among those that were sorted.
    pub(super) fn has_equals(&self) -> bool {
        self.has_equals.load(Ordering::Relaxed)
    }

    /// Sorts items, all of whose strings have the first `skip` bytes in common.
    pub(super) fn sort(&self, items: &mut [u64], skip: usize) {
        self.sort_at(items, skip, 0);
    }

    fn sort_at(&self, items: &mut [u64], mut skip: usize, level: u32) {
        if items.len() <= FEW || level == DEEP {
            return self.compare(items, skip);
        }
        // Strings that agree seldom agree in the next bytes, too: what they have in common is asked then only.
        if level == 0 || !self.key(items, skip) {
            skip += self.in_common(items, skip);
            self.key(items, skip);
        }
        self.sort_keys(items);
        self.ties(items, skip, level);
    }

    /// Gives all items their keys; tells whether these differ.
    fn key(&self, items: &mut [u64], skip: usize) -> bool {
        if self.is_wide(items) {
            items.par_iter_mut().for_each(|item| *item = self.keyed(*item, skip));
        } else {
            items.iter_mut().for_each(|item| *item = self.keyed(*item, skip));
        }
        items.iter().any(|item| item >> 32 != items[0] >> 32)
    }

    /// Sorts items by their keys.
    fn sort_keys(&self, items: &mut [u64]) {
        if !self.is_wide(items) {
            return items.sort_unstable();
        }
        let middle = items.len() / 2;
        items.select_nth_unstable(middle);
        let (low, high) = items.split_at_mut(middle);
        rayon::join(|| self.sort_keys(low), || self.sort_keys(high));
    }

    /// Sorts those that have one key.
    fn ties(&self, items: &mut [u64], skip: usize, level: u32) {
        let key = |item: &u64| item >> 32;
        if self.is_wide(items) {
            let middle = key(&items[items.len() / 2]);
            let mut half = items.partition_point(|item| key(item) < middle);
            if half == 0 {
                half = items.partition_point(|item| key(item) <= middle);
            }
            if half < items.len() {
                let (left, right) = items.split_at_mut(half);
                rayon::join(|| self.ties(left, skip, level), || self.ties(right, skip, level));
                return;
            }
        }
        for tie in items.chunk_by_mut(|a, b| key(a) == key(b)) {
            if tie.len() == 1 {
                continue;
            }
            // A string that ends is filled up with zeros, and may be mistaken for one that has some.
            if key(&tie[0]) & 0xff == 0 {
                self.compare(tie, skip);
            } else {
                self.sort_at(tie, skip + KEY, level + 1);
            }
        }
    }

    /// Sorts by the strings themselves.
    ///
    /// Whatever way it goes, a sort compares those that become neighbours, so that no equal ones escape it.
    fn compare(&self, items: &mut [u64], skip: usize) {
        items.sort_unstable_by(|&a, &b| {
            let (a, b) = (index(a), index(b));
            let order = (self.bytes)(a)[skip..].cmp(&(self.bytes)(b)[skip..]);
            if order.is_eq() {
                self.has_equals.store(true, Ordering::Relaxed);
            }
            order.then_with(|| (self.rank)(a).cmp(&(self.rank)(b)))
        });
    }

    /// Returns how many bytes all strings have in common behind the first `skip`.
    fn in_common(&self, items: &[u64], skip: usize) -> usize {
        let Some((first, others)) = items.split_first() else { return 0 };
        let first = &(self.bytes)(index(*first))[skip..];
        let shared = |common: usize, item: &u64| {
            let other = &(self.bytes)(index(*item))[skip..];
            in_common(&first[..common], other)
        };
        if self.is_wide(items) {
            others.par_iter().fold(|| first.len(), shared).reduce(|| first.len(), usize::min)
        } else {
            others.iter().fold(first.len(), shared)
        }
    }

    /// Returns an item with the bytes behind the first `skip` as its key.
    fn keyed(&self, item: u64, skip: usize) -> u64 {
        let bytes = &(self.bytes)(index(item))[skip..];
        let key = bytes.first_chunk::<KEY>().copied().unwrap_or_else(|| {
            let mut key = [0; KEY];
            key[..bytes.len()].copy_from_slice(bytes);
            key
        });
        packed(u32::from_be_bytes(key), index(item))
    }

    fn is_wide(&self, items: &[u64]) -> bool {
        self.in_pool && items.len() >= WIDE
    }
}

/// Returns how many bytes two strings have in common at their beginning.
fn in_common(a: &[u8], b: &[u8]) -> usize {
    let words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0).take_while(|(a, b)| a == b).count();
    let rest = a[words * 8..].iter().zip(&b[words * 8..]).take_while(|(a, b)| a == b).count();
    words * 8 + rest
}
