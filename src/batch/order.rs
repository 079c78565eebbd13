//! Putting results that come in any order back into set order.

use std::collections::BTreeMap;

/// Holds results back until all before them are there.
#[derive(Debug)]
pub(super) struct InOrder<T> {
    next: usize,
    waiting: BTreeMap<usize, T>,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self { next: 0, waiting: BTreeMap::new() }
    }
}

impl<T> InOrder<T> {
    /// Takes the result at `index` and hands on all that are due, in order.
    pub(super) fn push(&mut self, index: usize, result: T, mut due: impl FnMut(usize, T)) {
        self.waiting.insert(index, result);
        while let Some(result) = self.waiting.remove(&self.next) {
            due(self.next, result);
            self.next += 1;
        }
    }

    /// Returns how many were handed on.
    pub(super) const fn next(&self) -> usize {
        self.next
    }

    /// Hands on what is left of `count` results, in order; `None` for those that are missing.
    pub(super) fn finish(mut self, count: usize, mut due: impl FnMut(usize, Option<T>)) {
        for index in self.next..count {
            due(index, self.waiting.remove(&index));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_out_in_order_whatever_order_they_came_in() {
        let mut order = InOrder::default();
        let mut seen = Vec::new();
        for index in [2, 0, 3, 1, 6] {
            order.push(index, index * 10, |index, result| seen.push((index, result)));
        }
        assert_eq!(seen, [(0, 0), (1, 10), (2, 20), (3, 30)]);
        let mut left = Vec::new();
        order.finish(8, |index, result| left.push((index, result)));
        assert_eq!(left, [(4, None), (5, None), (6, Some(60)), (7, None)]);
    }
}
