//! Listings that never end: broken file systems begin anew where they should say that it was all.

/// More names than a folder has. The largest known ones have some ten millions; a guess.
const MOST: u64 = 1 << 30;

/// The first name that is remembered: a shorter listing costs nothing.
const FIRST: u64 = 64;

/// Counts the names of a listing, and notices when they come round again.
///
/// Like Brent's search for a cycle: one name is remembered, a later one each time their number has doubled.
/// A name that comes back after as many others as the time before is a cycle. One coming back is
/// none: a file that is replaced while its folder is read may be listed twice.
#[derive(Debug, Default)]
pub(super) struct Laps {
    count: u64,
    name: Vec<u8>,
    inode: u64,
    seen_at: u64,
    lap: Option<u64>,
}

impl Laps {
    /// Counts a name; returns how many there were, `None` once they are certain to go on for ever.
    #[inline]
    pub(super) fn count(&mut self, name: &[u8], inode: u64) -> Option<u64> {
        self.count += 1;
        if self.inode == inode && self.seen_at > 0 && self.name == name {
            let lap = self.count - self.seen_at;
            if self.lap.replace(lap) == Some(lap) {
                return None;
            }
            self.seen_at = self.count;
        }
        if self.count >= FIRST && self.count.is_power_of_two() {
            self.name.clear();
            self.name.extend_from_slice(name);
            (self.inode, self.seen_at, self.lap) = (inode, self.count, None);
        }
        (self.count < MOST).then_some(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_come_round_are_noticed_within_a_few_rounds() {
        for period in [1, 2, 3, 63, 64, 65, 1000, 4097] {
            let mut laps = Laps::default();
            let seen = (0..).find(|at| laps.count(format!("{}", at % period).as_bytes(), 7).is_none());
            assert!(seen.unwrap() < 8 * period.max(64), "{period}: {seen:?}");
        }
    }

    #[test]
    fn a_file_that_is_replaced_while_its_folder_is_read_is_no_cycle() {
        let mut laps = Laps::default();
        for at in 0..100_000_u64 {
            let is_again = at > 64 && (at * at) % 977 == 0;
            let name = if is_again { 63 } else { at };
            assert!(laps.count(&name.to_le_bytes(), name).is_some(), "{at}");
        }
    }
}
