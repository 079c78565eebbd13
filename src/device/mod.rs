//! Which drive a path is on.
//!
//! From the path to its mount and the block device of that, from there through partitions, LVM, LUKS, md and
//! loop devices down to the disks beneath, by what Linux tells in `/sys` and `/proc/self/mountinfo`. Elsewhere
//! nothing is known of drives.

mod chain;
mod disk;
mod kind;
mod mounts;
mod order;
mod saved;
mod system;
mod volume;

pub use disk::{Bus, Disk};
pub use kind::DriveKind;
pub use order::ReadOrder;
pub use saved::{Saved, SavedDrive, state_dir};
pub use system::System;
pub use volume::Volume;
