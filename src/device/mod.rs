//! Which drive a path is on, and how each kind of drive is read.
//!
//! From the path to its mount and the block device of that, from there through partitions, LVM, LUKS, md and
//! loop devices down to the disks beneath, by what Linux tells in `/sys` and `/proc/self/mountinfo`; a short
//! look at the drive, where that may be wrong. Elsewhere nothing is known of drives. One table says how each
//! kind is read, and a queue hands photos out in the order that suits. Who waits for a drive that does not answer is
//! known by his post.

mod chain;
mod disk;
mod kind;
mod lanes;
mod mounts;
mod order;
mod originals;
mod pace;
mod policy;
mod post;
mod probe;
mod queue;
mod saved;
mod system;
mod volume;

pub use disk::{Bus, Disk};
pub use kind::DriveKind;
pub use lanes::{Lane, Reading, WORTH_A_LOOK, Wishes, settle, spread};
pub use order::ReadOrder;
pub use originals::Originals;
pub use pace::Pace;
pub use policy::{Policy, policy};
pub use post::{LostDrive, MOST_LOST, Patience, Post};
pub use probe::{Probe, Wanted, probe};
pub use queue::{Places, Queue, WINDOW, arrange};
pub use saved::{Saved, SavedDrive, state_dir};
pub use system::System;
pub use volume::Volume;
