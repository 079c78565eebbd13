//! How long is waited, in time that this process was running.

use std::time::{Duration, Instant};

/// No single wait is longer, so that a halt of all processes, as by Ctrl-Z, is seen.
const SLICE: Duration = Duration::from_millis(250);

/// A deadline that does not pass while this process is halted: who was halted with it had no time to answer.
#[derive(Debug)]
pub(super) struct Patience {
    left: Duration,
    last: Instant,
}

impl Patience {
    pub(super) fn new(patience: Duration) -> Self {
        Self { left: patience, last: Instant::now() }
    }

    /// Counts the time since the last call, and returns how long the next wait may be; `None` when the time is over.
    pub(super) fn slice(&mut self) -> Option<Duration> {
        self.slice_at(Instant::now())
    }

    /// Leaves no more than so much time.
    pub(super) fn shorten(&mut self, most: Duration) {
        self.left = self.left.min(most);
    }

    fn slice_at(&mut self, now: Instant) -> Option<Duration> {
        let passed = now.saturating_duration_since(std::mem::replace(&mut self.last, now));
        // A wait that took far longer than was asked for was a halt, not a wait.
        self.left = self.left.saturating_sub(passed.min(2 * SLICE));
        (!self.left.is_zero()).then(|| self.left.min(SLICE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_halt_is_not_counted() {
        let mut patience = Patience::new(Duration::from_secs(1));
        let begun = patience.last;
        let at = |millis| begun + Duration::from_millis(millis);
        assert_eq!(patience.slice_at(at(0)), Some(SLICE));
        assert_eq!(patience.slice_at(at(250)), Some(SLICE));
        assert_eq!(patience.slice_at(at(250)), Some(SLICE));
        assert_eq!(patience.slice_at(at(3_600_000)), Some(SLICE), "an hour of sleep");
        assert_eq!(patience.slice_at(at(3_600_200)), Some(Duration::from_millis(50)));
        assert_eq!(patience.slice_at(at(3_600_300)), None);
    }
}
