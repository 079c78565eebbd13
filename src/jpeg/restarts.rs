//! The restart markers of one scan.

use super::cursor::corrupt;
use super::warning::WarningKind;
use crate::error::{Error, Kind, Result};

/// What was met of RST0 to RST7, and how many are due.
#[derive(Clone, Debug)]
pub(super) struct Restarts {
    /// How many are due; `None` while the height is unknown.
    due: Option<u64>,
    found: u64,
    /// The first of the due ones that is not one more than its predecessor, modulo 8.
    wrong: Option<usize>,
    /// The first one after the due ones.
    extra: Option<usize>,
    /// Whether data follows that one.
    has_data_after_extra: bool,
}

/// How the scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScanEnd {
    /// By EOI or by the end of the file: no more data comes.
    Picture,
    /// By any other marker.
    Marker,
}

impl Restarts {
    /// Expects `due` markers, or any number.
    pub(super) fn expecting(due: Option<u64>) -> Self {
        Self { due, found: 0, wrong: None, extra: None, has_data_after_extra: false }
    }

    /// Returns how many there are.
    #[cfg(test)]
    pub(super) fn found(&self) -> u64 {
        self.found
    }

    /// Notes RST`n` at `offset` after `size` bytes of data.
    pub(super) fn meet(&mut self, n: u8, offset: usize, size: usize) {
        self.end(size);
        if self.due.is_some_and(|due| self.found >= due) {
            self.extra.get_or_insert(offset);
        } else if self.wrong.is_none() && self.found % 8 != u64::from(n) {
            self.wrong = Some(offset);
        }
        self.found += 1;
    }

    /// Notes `size` bytes of data before a marker or the end.
    pub(super) fn end(&mut self, size: usize) {
        self.has_data_after_extra |= self.extra.is_some() && size > 0;
    }

    /// Tells how many are due, known only after the scan.
    pub(super) fn settle(&mut self, due: u64) {
        self.due = Some(due);
    }

    /// Checks what was met once the scan is over; `end` is where it ended.
    ///
    /// Returns where the first marker too many is and what that means: all intervals of the picture
    /// have come before it, so whatever follows is as harmless as other bytes between segments. Some
    /// phones add intervals.
    ///
    /// # Errors
    /// [`Kind::Corrupt`] for an interval that is lost, doubled or out of order; [`Kind::Truncated`]
    /// when the picture ends before its last interval.
    pub(super) fn check(&self, how: ScanEnd, end: usize) -> Result<Option<(WarningKind, usize)>> {
        if let Some(offset) = self.wrong {
            return Err(corrupt(offset, "a restart marker is out of order"));
        }
        let due = self.due.unwrap_or(self.found);
        if self.found < due {
            let kind = if how == ScanEnd::Picture { Kind::Truncated } else { Kind::Corrupt };
            let why = format!("a scan ends after {} of its {due} restart markers", self.found);
            return Err(Error::new(kind, why).offset(end as u64));
        }
        match self.extra {
            Some(offset) if self.has_data_after_extra && due == 0 => {
                Err(corrupt(offset, "a restart marker where no restarts are defined"))
            }
            Some(offset) if self.has_data_after_extra => Ok(Some((WarningKind::ExtraData, offset))),
            extra => Ok(extra.map(|offset| (WarningKind::RestartOrder, offset))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meets markers 10 bytes apart, with data between them and `tail` bytes after the last.
    fn scan(due: u64, numbers: &[u8], tail: usize) -> Restarts {
        let mut restarts = Restarts::expecting(Some(due));
        for (i, &n) in numbers.iter().enumerate() {
            restarts.meet(n, 10 * i, 8);
        }
        restarts.end(tail);
        restarts
    }

    #[test]
    fn restarts_run_modulo_eight() {
        let numbers: Vec<u8> = (0..20).map(|n| n % 8).collect();
        assert_eq!(scan(20, &numbers, 8).check(ScanEnd::Marker, 0).unwrap(), None);
    }

    #[test]
    fn a_lost_or_swapped_interval_is_corrupt() {
        for (due, numbers, offset) in [(3, &[0, 2, 3][..], 10), (2, &[1, 0], 0)] {
            let error = scan(due, numbers, 8).check(ScanEnd::Picture, 99).unwrap_err();
            assert_eq!((error.kind, error.offset), (Kind::Corrupt, Some(offset)));
        }
    }

    #[test]
    fn missing_intervals_at_the_end_are_a_truncation() {
        let restarts = scan(5, &[0, 1], 8);
        assert_eq!(restarts.check(ScanEnd::Picture, 99).unwrap_err().kind, Kind::Truncated);
        assert_eq!(restarts.check(ScanEnd::Marker, 99).unwrap_err().kind, Kind::Corrupt);
    }

    #[test]
    fn a_marker_after_the_last_interval_is_harmless() {
        let too_many = |restarts: &Restarts| restarts.check(ScanEnd::Picture, 99).unwrap();
        assert_eq!(too_many(&scan(1, &[0, 1], 0)), Some((WarningKind::RestartOrder, 10)));
        assert_eq!(too_many(&scan(0, &[3], 0)), Some((WarningKind::RestartOrder, 0)));
        assert_eq!(too_many(&scan(1, &[0, 7, 0], 5)), Some((WarningKind::ExtraData, 10)));
        assert!(scan(0, &[0], 3).check(ScanEnd::Picture, 99).is_err());
    }
}
