//! One thread, one folder after the other: the oracle of the other engines.

use super::folder::Reader;
use super::level::{Level, Place};
use super::{Engine, Walk};
use std::sync::Arc;

pub(super) struct Serial;

impl Engine for Serial {
    fn walk(&self, walk: &Arc<Walk>) {
        let mut reader = Reader::new(walk, None);
        let mut stack = vec![(Arc::new(Level::roots(walk)), 0)];
        while let Some((level, next)) = stack.last_mut() {
            if *next == level.len() {
                stack.pop();
                continue;
            }
            if walk.outlet.is_halted() {
                break;
            }
            let place = Place { above: level.clone(), child: *next };
            *next += 1;
            let below = reader.read(walk, place, None);
            if reader.is_lost() {
                return;
            }
            stack.extend(below.map(|below| (below, 0)));
        }
        reader.flush(walk);
    }
}
