//! A drive on which nothing moves: ways that answer side by side, and one line to the host.

use super::{Drive, Nanos, Request, SECOND};
use std::collections::VecDeque;

/// A drive without moving parts, or one at the other end of a network.
#[derive(Debug)]
pub(crate) struct Solid {
    /// How long a way takes for a piece.
    latency: Nanos,
    /// Bytes a second, over the line.
    rate: u64,
    /// Until when each way is busy.
    ways: Vec<Nanos>,
    /// Until when the line is.
    line: Nanos,
    waiting: VecDeque<Request>,
}

/// A request is cut into pieces of this size, as Linux does for most drives.
const PIECE: u64 = 128 << 10;

impl Solid {
    /// A SATA solid-state drive: 80 µs for a random read, 550 MB/s, a queue of 32 (data sheets of 2.5" drives).
    pub(crate) fn sata() -> Self {
        Self::new(80, 550_000_000, 32)
    }

    /// One at the PCI Express bus: 60 µs, 3.2 GB/s, 128 at a time (data sheets of drives of generation 3).
    pub(crate) fn nvme() -> Self {
        Self::new(60, 3_200_000_000, 128)
    }

    /// A memory card: 500 µs, 90 MB/s, one at a time (UHS-I, class A1 asks for 1,500 random reads a second).
    pub(crate) fn card() -> Self {
        Self::new(500, 90_000_000, 1)
    }

    /// A disk over gigabit Ethernet: 600 µs there and back, 115 MB/s on the wire, 32 at a time.
    pub(crate) fn network() -> Self {
        Self::new(600, 115_000_000, 32)
    }

    fn new(latency: Nanos, rate: u64, ways: usize) -> Self {
        Self { latency: latency * 1000, rate, ways: vec![0; ways], line: 0, waiting: VecDeque::new() }
    }

    /// Answers one piece; returns when that ends.
    fn piece(&mut self, now: Nanos, length: u64) -> Nanos {
        let way = self.ways.iter_mut().min().expect("a drive has ways");
        let found = now.max(*way) + self.latency;
        self.line = self.line.max(found) + length * SECOND / self.rate;
        *way = found;
        self.line
    }
}

impl Drive for Solid {
    fn submit(&mut self, _: Nanos, request: Request) {
        self.waiting.push_back(request);
    }

    fn begin(&mut self, now: Nanos) -> Option<(Nanos, usize)> {
        let request = self.waiting.pop_front()?;
        let (mut left, mut end) = (request.length, now);
        while left > 0 {
            end = end.max(self.piece(now, left.min(PIECE)));
            left -= left.min(PIECE);
        }
        Some((end, request.reader))
    }
}
