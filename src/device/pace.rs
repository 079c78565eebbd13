//! How much of a file one call asks for, by how long the last one took.

use super::DriveKind;
use std::time::Duration;

/// No call asks for less: even a drive that takes seconds for it is of use.
const LEAST: usize = 64 << 10;

/// The first call to a drive that may be far away, or a slow card, asks for no more. Such a one gives 17 KB a
/// second at least before it seems to hang for a minute.
const CAREFUL: usize = 1 << 20;

/// How much of a file one call asks for.
///
/// While a call is under way nobody knows whether bytes come. So whoever took more than a tenth of the time
/// that a drive may take for an answer is asked for half as much the next time: before it seems to hang, it
/// has to become five times slower from one call to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    size: usize,
    most: usize,
    patience: Duration,
}

impl Pace {
    /// Begins with a drive of some kind that has `patience` for each answer; `most` is what one call asks for
    /// at most.
    #[must_use]
    pub fn new(kind: DriveKind, most: usize, patience: Duration) -> Self {
        let is_careful = matches!(kind, DriveKind::Network | DriveKind::Card | DriveKind::Unknown);
        let most = most.max(1);
        Self { size: if is_careful { most.min(CAREFUL) } else { most }, most, patience }
    }

    /// Returns how much the next call asks for.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Takes notice of a call that gave `got` bytes after some time.
    pub fn took(&mut self, got: usize, time: Duration) {
        if time > self.patience / 10 {
            self.size = (self.size.min(got) / 2).max(LEAST).min(self.most);
        } else if time < self.patience / 100 && got >= self.size {
            self.size = self.size.saturating_mul(2).min(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_calls_ask_for_less_and_fast_ones_for_more_again() {
        let second = Duration::from_secs(1);
        let mut pace = Pace::new(DriveKind::Hdd, 16 << 20, 60 * second);
        assert_eq!(pace.size(), 16 << 20);
        pace.took(16 << 20, 7 * second);
        assert_eq!(pace.size(), 8 << 20);
        pace.took(3 << 20, 7 * second);
        assert_eq!(pace.size(), 3 << 19, "half of what came");
        pace.took(1, Duration::ZERO);
        assert_eq!(pace.size(), 3 << 19, "the end of a file tells nothing");
        pace.took(3 << 19, second);
        assert_eq!(pace.size(), 3 << 19);
        (0..9).for_each(|_| pace.took(pace.size(), second / 2));
        assert_eq!(pace.size(), 16 << 20);
        (0..99).for_each(|_| pace.took(pace.size(), 30 * second));
        assert_eq!(pace.size(), LEAST);
    }

    #[test]
    fn what_may_be_far_away_is_asked_for_little_at_first() {
        let size = |kind, most| Pace::new(kind, most, Duration::from_secs(60)).size();
        assert_eq!(size(DriveKind::Network, 16 << 20), CAREFUL);
        assert_eq!(size(DriveKind::Card, 100), 100);
        assert_eq!(size(DriveKind::Nvme, 16 << 20), 16 << 20);
    }
}
