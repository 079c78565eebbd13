//! How each kind of drive is read: one table.

use super::{DriveKind, ReadOrder};

/// How a drive is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Threads that read folders, at most; 1 sweeps them in the order of their inodes.
    pub walkers: usize,
    /// Threads that read the beginnings of photos.
    pub heads: usize,
    /// Threads that read whole photos.
    pub whole: usize,
    /// In which order.
    pub order: ReadOrder,
    /// How many bytes one read asks for.
    pub read_size: usize,
}

/// One read asks for this much, which is all of a usual photo: what is asked for bit by bit comes from a hard
/// disk in requests of 156 KiB instead of 600, and other readers' requests come between them.
const READ_SIZE: usize = 16 << 20;

/// Threads that walk where drives let them wait. On an SSD-like disk, cold, with two cores, 16 take 0.4 to 0.5 of
/// the time of 2, and 32 another 3 to 10 % less in one tree, 5 % more in another.
const WALKERS: usize = 24;

/// Returns how a kind of drive is read, unless something better is known of the drive.
///
/// The figures are photos a second, or times as ratios, of `benches/drives.sh` and `jpegasus bench` on emulated
/// drives with files whose order on the drive has nothing to do with their paths (November 2026, two cores).
#[must_use]
pub const fn policy(kind: DriveKind) -> Policy {
    let (walkers, heads, whole, order) = match kind {
        // Sweeping folders takes a sixth of the time of walking. Heads: 1, 4, 16 readers as they lie 247, 431, 543 a
        // second, by path 207, 296, 426. Whole: 72, 76, 71 and by path 63, 64, 68; 4 readers ask for the next
        // photo before the last has been handed over.
        DriveKind::Hdd => (1, 16, 4, ReadOrder::Physical),
        // Heads: 1, 4, 16 as they lie take 1.02, 1.00, 1.00 and by path 2.26, 1.99, 1.68. Whole: 1.08, 1.00, 1.07 and by
        // path 1.45, 1.39, 1.25.
        DriveKind::HddUsb => (1, 4, 4, ReadOrder::Physical),
        // Heads: 1, 4, 16 by path take 1.9, 1.0, 1.0; the order does not matter. Whole, until the processors are the
        // limit: 1, 2, 4, 16 take 1.04, 1.00, 1.03, 1.02.
        DriveKind::SataSsd => (WALKERS, 16, 2, ReadOrder::Path),
        // The processors are the limit, whatever is done; more cores want more readers.
        DriveKind::Nvme => (WALKERS, 16, 4, ReadOrder::Path),
        // Heads: 1, 4, 16 take 1.21, 1.01, 1.00. Whole: 1, 2, 4, 16 take 1.06, 1.00, 1.00, 1.00.
        DriveKind::Card => (WALKERS, 4, 2, ReadOrder::Path),
        // Whole: 1, 4, 8, 16 take 1.16, 1.00, 1.00, 1.00 over 0.6 ms; what is farther away wants more.
        DriveKind::Network => (32, 32, 8, ReadOrder::Path),
        // Between the others: nothing that is bad for any of them.
        DriveKind::Unknown => (WALKERS, 16, 4, ReadOrder::Path),
    };
    Policy { walkers, heads, whole, order, read_size: READ_SIZE }
}
