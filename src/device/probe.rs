//! A short look at what a drive can do, where what it says of itself may be wrong: USB bridges and virtual
//! machines say what they like.
//!
//! Single blocks are read at random places of photos, past the memory of the system: one after the other,
//! and then by several threads at once. A disk that turns takes milliseconds for each; what has no heads to
//! move takes less, and serves many at once, unless it is a memory card.

use super::DriveKind;
use crate::fs::{DirectRoom, Input};
use crossbeam_channel::bounded;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Blocks that are read one after the other.
const ALONE: usize = 5;

/// Threads that read at once, and how many blocks each.
const TOGETHER: usize = 8;
const EACH: usize = 2;

/// A block that takes longer, in the median, comes from a disk that turns, or from far away: half a turn at
/// 7,200 a minute takes 4.2 ms, and the slowest card 1 ms.
const TURNING: Duration = Duration::from_millis(2);

/// What serves several at once less than so many times as fast serves one after the other. Emulated: memory
/// card 1.5, hard disks 1.7 and 2.3, iSCSI 12, solid-state drives 10 to 20.
const PARALLEL: f64 = 3.0;

/// For so long at most a drive is looked at.
const PATIENCE: Duration = Duration::from_millis(600);

/// What a look at a drive showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probe {
    /// The median time for one block, alone.
    pub latency: Duration,
    /// So many times as many blocks came in a time when several were asked for at once; `None` where that
    /// was not looked at.
    pub parallel: Option<f64>,
}

impl Probe {
    /// Returns the kind that a drive is, if it was taken for another before.
    #[must_use]
    pub fn kind(&self, before: DriveKind) -> DriveKind {
        let is_parallel = self.parallel.map(|ratio| ratio >= PARALLEL);
        match (self.latency >= TURNING, is_parallel) {
            (true, Some(true)) => DriveKind::Network,
            (true, _) if before.is_hard_disk() => before,
            (true, _) => DriveKind::Hdd,
            (false, Some(false)) => DriveKind::Card,
            (false, _) if matches!(before, DriveKind::SataSsd | DriveKind::Nvme) => before,
            (false, _) => DriveKind::SataSsd,
        }
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a block takes {:.1} ms", self.latency.as_secs_f64() * 1e3)?;
        match self.parallel {
            Some(ratio) => write!(f, ", and several at once come {ratio:.1} times as fast"),
            None => Ok(()),
        }
    }
}

/// Looks at the drive that photos lie on: `open` opens the `n`th of some that are spread over it.
///
/// Takes 0.6 s at most, mostly 0.1 s on a hard disk and a few milliseconds on others. `None` where nothing
/// can be said: there are too few photos, or the file system does not read past its memory. Nothing is
/// written.
#[must_use]
pub fn probe(before: DriveKind, open: Arc<dyn Fn(usize) -> Option<Input> + Send + Sync>) -> Option<Probe> {
    let (send, answers) = bounded(1);
    // A thread of its own, and no one waits for it for ever: drives can hang.
    let thread = std::thread::Builder::new().name("probe".to_owned());
    thread.spawn(move || send.send(look(before, &open))).ok()?;
    answers.recv_timeout(2 * PATIENCE).ok()?
}

fn look(before: DriveKind, open: &Arc<dyn Fn(usize) -> Option<Input> + Send + Sync>) -> Option<Probe> {
    let begun = Instant::now();
    let mut alone = Vec::new();
    for spot in 0..ALONE {
        if begun.elapsed() < PATIENCE / 2 {
            alone.extend(time(spot, &**open));
        }
    }
    alone.sort_unstable();
    if alone.len() < 3 {
        return None;
    }
    let latency = alone[alone.len() / 2];
    if latency >= TURNING && before.is_hard_disk() {
        // That agrees.
        return Some(Probe { latency, parallel: None });
    }
    Some(Probe { latency, parallel: together(latency, open) })
}

/// Reads blocks at once; returns how many times as fast they came as with `alone` for each.
fn together(alone: Duration, open: &Arc<dyn Fn(usize) -> Option<Input> + Send + Sync>) -> Option<f64> {
    let inputs: Vec<_> =
        (0..TOGETHER).map(|at| ALONE + at).filter_map(|spot| open_direct(spot, &**open)).collect();
    if inputs.len() < TOGETHER {
        return None;
    }
    let begun = Instant::now();
    let threads: Vec<_> = inputs
        .into_iter()
        .enumerate()
        .map(|(at, input)| {
            std::thread::Builder::new().name(format!("probe {at}")).spawn(move || {
                let mut room = DirectRoom::default();
                (0..EACH).all(|turn| {
                    input
                        .time_block(offset(TOGETHER * turn + at + ALONE, input.status().len), &mut room)
                        .is_ok()
                })
            })
        })
        .collect();
    let mut all = true;
    for thread in threads {
        all &= thread.ok()?.join().ok()?;
    }
    let took = begun.elapsed().max(Duration::from_nanos(1));
    all.then(|| alone.as_secs_f64() * (TOGETHER * EACH) as f64 / took.as_secs_f64())
}

fn open_direct(spot: usize, open: &dyn Fn(usize) -> Option<Input>) -> Option<Input> {
    let input = open(spot)?;
    input.go_direct().ok().map(|()| input)
}

/// Reads a block alone; returns how long it took, without opening the file.
fn time(spot: usize, open: &dyn Fn(usize) -> Option<Input>) -> Option<Duration> {
    let input = open_direct(spot, open)?;
    input.time_block(offset(spot, input.status().len), &mut DirectRoom::default()).ok()
}

/// Returns a place in a file of `len` bytes, another for each spot.
fn offset(spot: usize, len: u64) -> u64 {
    // Knuth's multiplicative hash (The Art of Computer Programming 3, section 6.4).
    (spot as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) % len.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Fs;

    #[test]
    fn latency_and_parallel_reads_tell_kinds_apart() {
        let seen = |micros, parallel| Probe { latency: Duration::from_micros(micros), parallel };
        for (probe, before, expected) in [
            (seen(9000, None), DriveKind::Hdd, DriveKind::Hdd),
            (seen(9000, None), DriveKind::HddUsb, DriveKind::HddUsb),
            (seen(12_000, Some(2.1)), DriveKind::SataSsd, DriveKind::Hdd),
            (seen(9000, Some(2.1)), DriveKind::Unknown, DriveKind::Hdd),
            (seen(9000, Some(7.0)), DriveKind::Unknown, DriveKind::Network),
            (seen(110, Some(9.0)), DriveKind::Hdd, DriveKind::SataSsd),
            (seen(110, Some(9.0)), DriveKind::Nvme, DriveKind::Nvme),
            (seen(450, Some(1.5)), DriveKind::SataSsd, DriveKind::Card),
            (seen(450, None), DriveKind::Unknown, DriveKind::SataSsd),
        ] {
            assert_eq!(probe.kind(before), expected, "{probe:?}, {before}");
        }
    }

    #[test]
    fn a_look_is_short_and_ends_whatever_there_is_to_look_at() {
        let begun = Instant::now();
        assert_eq!(probe(DriveKind::Unknown, Arc::new(|_| None)), None);
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/photos/camera-a/IMG_0001.JPG");
        let seen = probe(DriveKind::Unknown, Arc::new(|_| Fs::default().open_file(path.as_ref()).ok()));
        // Where the file system reads past its memory at all.
        assert!(seen.is_none_or(|seen| seen.latency > Duration::ZERO));
        assert!(begun.elapsed() < 3 * PATIENCE);
    }
}
