//! One thread, one folder after the other: the oracle of the other engines.

use super::folder::{Level, Reader};
use super::{Engine, Walk};
use std::sync::Arc;

pub(super) struct Serial;

impl Engine for Serial {
    fn walk(&self, walk: &Arc<Walk>) {
        let mut reader = Reader::default();
        read_all(&mut reader, walk, &mut vec![(Level::roots(walk), 0)], || true);
        reader.collector.flush(&walk.outlet);
    }
}

/// Folders waiting to be read: levels, and the first of each that was not read yet.
pub(super) type Stack = Vec<(Level, usize)>;

/// Reads what is waiting and all beneath, depth first, for as long as `goes_on`.
pub(super) fn read_all(
    reader: &mut Reader,
    walk: &Walk,
    stack: &mut Stack,
    mut goes_on: impl FnMut() -> bool,
) {
    while let Some((level, next)) = stack.last_mut() {
        if *next == level.len() {
            stack.pop();
            continue;
        }
        if walk.outlet.is_halted() || !goes_on() {
            return;
        }
        *next += 1;
        let is_last = *next == level.len();
        let below = reader.read(walk, level, *next - 1);
        if is_last {
            stack.pop();
        }
        stack.extend(below.map(|below| (below, 0)));
    }
}
