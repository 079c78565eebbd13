//! Drives in virtual time, to try how photos are handed to readers without a drive.
//!
//! Not exact, but wrong in the same way for everybody: a head that moves and a platter that turns, or ways of
//! flash and a line to the host. The figures are those of data sheets of each class of drive. Folders,
//! inodes and the kernel's own sorting of requests are left out.

mod disk;
mod solid;

use jpegasus::device::{DriveKind, Places, Queue};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

pub(crate) use disk::Disk;
pub(crate) use solid::Solid;

/// A point in time, or a span of it, in nanoseconds.
pub(crate) type Nanos = u64;

/// One second.
pub(crate) const SECOND: Nanos = 1_000_000_000;

/// What the host takes between an answer and the next request of the same reader: a system call or two.
const HOST: Nanos = 20_000;

/// Bytes of a drive that somebody asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) reader: usize,
    pub(crate) start: u64,
    pub(crate) length: u64,
}

/// A drive: takes requests, and says when they will have been answered.
pub(crate) trait Drive {
    /// Takes a request.
    fn submit(&mut self, now: Nanos, request: Request);

    /// Begins with a request, if there is one that it can begin with; returns its reader and when it ends.
    fn begin(&mut self, now: Nanos) -> Option<(Nanos, usize)>;
}

/// Returns a drive of a kind, as data sheets describe it.
pub(crate) fn drive_of(kind: DriveKind) -> Box<dyn Drive> {
    match kind {
        DriveKind::Hdd => Box::new(Disk::desktop()),
        DriveKind::HddUsb => Box::new(Disk::portable()),
        DriveKind::SataSsd | DriveKind::Unknown => Box::new(Solid::sata()),
        DriveKind::Nvme => Box::new(Solid::nvme()),
        DriveKind::Card => Box::new(Solid::card()),
        DriveKind::Network => Box::new(Solid::network()),
    }
}

/// Where a photo lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Photo {
    /// Which of the drives.
    pub(crate) drive: usize,
    pub(crate) start: u64,
    pub(crate) length: u64,
    pub(crate) inode: u64,
}

/// Photos in the order of their paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub(crate) photos: Vec<Photo>,
    /// Whether nobody says where they lie.
    pub(crate) is_silent: bool,
}

impl Places for Layout {
    fn inode(&self, photo: usize) -> u64 {
        self.photos[photo].inode
    }

    fn root(&self, _: usize) -> usize {
        0
    }

    fn position(&self, photo: usize) -> Option<u64> {
        (!self.is_silent).then_some(self.photos[photo].start)
    }
}

/// A stream of numbers that is the same each time (an LCG with Knuth's constants of MMIX).
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    /// Returns a number below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

impl Layout {
    /// Adds the photos of a drive of 1 TB that has aged: their paths tell nothing of where they lie.
    ///
    /// They take 2 to 4 MB each, as those of cameras, and are spread over three quarters of the drive. Inodes
    /// count in the order in which the photos were written.
    pub(crate) fn add_aged(&mut self, drive: usize, count: usize, seed: u64) {
        let mut chance = Chance(seed);
        let mut slots: Vec<u64> = (0..count as u64).collect();
        for last in (1..count).rev() {
            let other = usize::try_from(chance.below(last as u64 + 1)).unwrap();
            slots.swap(last, other);
        }
        let room = CAPACITY * 3 / 4 / count as u64;
        self.photos.extend(slots.into_iter().map(|slot| {
            let length = 2_000_000 + chance.below(2_000_000);
            let start = (slot * room + chance.below(room - length)) / SECTOR * SECTOR;
            Photo { drive, start, length, inode: 12 + slot }
        }));
    }

    /// Makes the photos of one aged drive.
    pub(crate) fn aged(count: usize) -> Self {
        let mut layout = Self::default();
        layout.add_aged(0, count, 6);
        layout
    }
}

/// Of every drive here.
pub(crate) const CAPACITY: u64 = 1_000_000_000_000;

/// What drives count in.
const SECTOR: u64 = 4096;

/// Readers that share a queue.
pub(crate) struct Lane {
    pub(crate) queue: Queue,
    pub(crate) readers: usize,
}

/// How much of each photo is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    /// This much at most.
    pub(crate) most: u64,
    /// So much with one request.
    pub(crate) read_size: u64,
}

/// What a reader is doing.
#[derive(Clone, Copy, Debug)]
struct Reader {
    lane: usize,
    drive: usize,
    /// The bytes of its photo that are left.
    next: u64,
    end: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A drive has answered a reader.
    Answered { drive: usize, reader: usize },
    /// A reader wants more.
    Wants { reader: usize },
}

/// Lets all lanes read at once; returns how long that takes.
pub(crate) fn read(drives: &mut [Box<dyn Drive>], lanes: &[Lane], layout: &Layout, amount: Amount) -> Nanos {
    let mut readers: Vec<Reader> = lanes
        .iter()
        .enumerate()
        .flat_map(|(lane, of)| vec![Reader { lane, drive: 0, next: 0, end: 0 }; of.readers])
        .collect();
    let mut steps: BinaryHeap<Reverse<(Nanos, Step)>> =
        (0..readers.len()).map(|reader| Reverse((0, Step::Wants { reader }))).collect();
    let mut now = 0;
    while let Some(Reverse((at, step))) = steps.pop() {
        now = at;
        let drive = match step {
            Step::Answered { drive, reader } => {
                steps.push(Reverse((now + HOST, Step::Wants { reader })));
                drive
            }
            Step::Wants { reader: number } => {
                let reader = &mut readers[number];
                if reader.next == reader.end {
                    let Some(photo) = lanes[reader.lane].queue.next(layout) else { continue };
                    let photo = layout.photos[photo];
                    (reader.drive, reader.next) = (photo.drive, photo.start);
                    reader.end = photo.start + photo.length.min(amount.most);
                }
                let (start, length) = (reader.next, amount.read_size.min(reader.end - reader.next));
                reader.next += length;
                drives[reader.drive].submit(now, Request { reader: number, start, length });
                reader.drive
            }
        };
        while let Some((end, reader)) = drives[drive].begin(now) {
            steps.push(Reverse((end, Step::Answered { drive, reader })));
        }
    }
    now
}
