//! A hard disk: one head, a platter that turns.

use super::{CAPACITY, Drive, Nanos, Request, SECOND};

/// A hard disk.
#[derive(Debug)]
pub(crate) struct Disk {
    /// How long the head takes to the next track, and across all of them.
    shortest: f64,
    longest: f64,
    /// Of one turn.
    turn: Nanos,
    /// Bytes a second.
    rate: f64,
    /// Requests among which it chooses.
    choice: usize,
    waiting: Vec<Request>,
    /// Where the head is: behind the last byte that was read, since when.
    at: u64,
    since: Nanos,
    /// Whether the platter is read on behind `at` while nobody asks.
    reads_ahead: bool,
}

/// How far it reads ahead into its own memory; data sheets tell of 64 to 256 MB, of which a stream gets a part.
const AHEAD: u64 = 16 << 20;

impl Disk {
    /// A 3.5" drive at a SATA port: 7200 turns a minute, average seek 8.5 ms, track to track 0.8 ms, 180 MB/s,
    /// sorts 32 requests itself (data sheets of desktop drives of 1 to 4 TB).
    pub(crate) fn desktop() -> Self {
        Self::new(0.0085, 0.0008, 7200, 180e6, 32)
    }

    /// A 2.5" drive behind a USB bridge: 5400 turns a minute, average seek 12 ms, track to track 1.5 ms, 120 MB/s,
    /// one request after the other (data sheets of portable drives).
    pub(crate) fn portable() -> Self {
        Self::new(0.012, 0.0015, 5400, 120e6, 1)
    }

    fn new(average: f64, shortest: f64, turns_a_minute: u64, rate: f64, choice: usize) -> Self {
        // A seek grows with the root of the distance; between two random places that is 8/15 of its longest.
        let longest = shortest + (average - shortest) * 15.0 / 8.0;
        let turn = 60 * SECOND / turns_a_minute;
        let waiting = Vec::new();
        Self { shortest, longest, turn, rate, choice, waiting, at: 0, since: 0, reads_ahead: false }
    }

    fn nanos(seconds: f64) -> Nanos {
        // Never negative, and far below 2^53.
        #[allow(clippy::cast_possible_truncation)]
        let nanos = (seconds * 1e9) as Nanos;
        nanos
    }

    fn transfer(&self, bytes: u64) -> Nanos {
        Self::nanos(bytes as f64 / self.rate)
    }

    /// Returns where in a turn a byte comes by.
    fn angle(&self, position: u64) -> Nanos {
        self.transfer(position) % self.turn
    }

    /// Returns when a request would have been read, if the head went there now.
    fn end_of(&self, now: Nanos, request: Request) -> Nanos {
        let distance = self.at.abs_diff(request.start);
        let seek = match distance {
            0 => 0,
            _ => Self::nanos(
                self.shortest + (self.longest - self.shortest) * (distance as f64 / CAPACITY as f64).sqrt(),
            ),
        };
        let there = now + seek;
        let wait = (self.angle(request.start) + self.turn - there % self.turn) % self.turn;
        let by_seek = there + wait + self.transfer(request.length);
        // What follows close behind needs no seek: it comes by, or has already been read.
        if self.reads_ahead && request.start >= self.at && request.start + request.length <= self.at + AHEAD {
            let by_streaming = self.since + self.transfer(request.start + request.length - self.at);
            return by_streaming.max(now).min(by_seek);
        }
        by_seek
    }
}

impl Drive for Disk {
    fn submit(&mut self, _: Nanos, request: Request) {
        self.waiting.push(request);
    }

    fn begin(&mut self, now: Nanos) -> Option<(Nanos, usize)> {
        if self.since > now {
            return None;
        }
        let choice = self.waiting.len().min(self.choice);
        let ends = self.waiting[..choice].iter().map(|&request| self.end_of(now, request));
        let (end, chosen) = ends.enumerate().map(|(index, end)| (end, index)).min()?;
        let request = self.waiting.remove(chosen);
        (self.at, self.since, self.reads_ahead) = (request.start + request.length, end, true);
        Some((end, request.reader))
    }
}
