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

/// Returns how a kind of drive is read, unless something better is known of the drive.
#[must_use]
pub const fn policy(kind: DriveKind) -> Policy {
    let (walkers, heads, whole, order) = match kind {
        DriveKind::Hdd => (1, 16, 1, ReadOrder::Physical),
        DriveKind::HddUsb => (1, 4, 1, ReadOrder::Physical),
        DriveKind::SataSsd => (24, 16, 4, ReadOrder::Path),
        DriveKind::Nvme => (24, 16, 4, ReadOrder::Path),
        DriveKind::Card => (24, 4, 2, ReadOrder::Path),
        DriveKind::Network => (32, 32, 8, ReadOrder::Path),
        DriveKind::Unknown => (24, 16, 4, ReadOrder::Path),
    };
    Policy { walkers, heads, whole, order, read_size: READ_SIZE }
}
