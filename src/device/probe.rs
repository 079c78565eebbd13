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
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Blocks that are read one after the other, at most.
const ALONE: usize = 8;

/// The place of the one that counts among them, the fastest first. A busy machine makes some wait for a core
/// and not for the drive, and now and then a block lies just beneath the heads.
const COUNTS: usize = 2;

/// Blocks that are read at once.
const TOGETHER: usize = 8;

/// How often; the best counts.
const TURNS: usize = 2;

/// What takes longer comes from a disk that turns, or from far away. A guess between the 0.7 ms of a disk at the
/// other end of a fast network and half a turn of 7,200 a minute, 4.2 ms.
const TURNING: Duration = Duration::from_micros(1500);

/// What takes less has chips and a bus of its own, however busy the machine: a solid-state drive takes 0.1 ms,
/// a memory card 0.5 (emulated).
const SOLID: Duration = Duration::from_micros(300);

/// What serves several at once less than so many times as fast serves one after the other. Emulated: memory
/// card 1.5, hard disks 1.7 and 2.3, iSCSI 12, solid-state drives 10 to 20.
const PARALLEL: f64 = 3.0;

/// For so long at most a drive is looked at.
const PATIENCE: Duration = Duration::from_millis(600);

/// What is wanted of a look at a drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// What kind it is.
    Kind,
    /// Whether the order of reads matters: that is known sooner.
    Order,
}

/// What a look at a drive showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probe {
    /// The time for one block, alone: among some, one of the fastest.
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
        let is_ssd = matches!(before, DriveKind::SataSsd | DriveKind::Nvme);
        if self.latency >= TURNING {
            return match (is_parallel, before.is_hard_disk()) {
                (Some(true), _) => DriveKind::Network,
                (_, true) => before,
                (_, false) => DriveKind::Hdd,
            };
        }
        match is_parallel {
            _ if self.latency < SOLID && is_ssd => before,
            _ if self.latency < SOLID => DriveKind::SataSsd,
            Some(false) => DriveKind::Card,
            Some(true) => DriveKind::Network,
            None => before,
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
pub fn probe(
    before: DriveKind,
    wanted: Wanted,
    open: Arc<dyn Fn(usize) -> Option<Input> + Send + Sync>,
) -> Option<Probe> {
    let (send, answers) = bounded(1);
    // A thread of its own, and no one waits for it for ever: drives can hang.
    let thread = std::thread::Builder::new().name("probe".to_owned());
    thread.spawn(move || send.send(look(before, wanted, &open))).ok()?;
    answers.recv_timeout(PATIENCE).ok()?
}

fn look(
    before: DriveKind,
    wanted: Wanted,
    open: &Arc<dyn Fn(usize) -> Option<Input> + Send + Sync>,
) -> Option<Probe> {
    let begun = Instant::now();
    let (mut inputs, mut alone) = (Vec::new(), Vec::new());
    for spot in 0..ALONE {
        let all = |is: fn(&Duration) -> bool| alone.len() > COUNTS && alone.iter().all(is);
        let is_clear = all(|took| *took >= TURNING)
            || all(|took| *took < SOLID)
            || wanted == Wanted::Order && all(|took| *took < TURNING);
        if is_clear || begun.elapsed() > PATIENCE / 2 {
            break;
        }
        if let Some(input) = open_direct(spot, &**open) {
            alone.extend(time(&input, spot));
            inputs.push(input);
        }
    }
    alone.sort_unstable();
    let latency = *alone.get(COUNTS)?;
    // Neither would change by what is seen now.
    let is_turning = latency >= TURNING;
    let is_told = if is_turning { before.is_hard_disk() } else { latency < SOLID || wanted == Wanted::Order };
    if is_told {
        return Some(Probe { latency, parallel: None });
    }
    inputs.extend(opened(inputs.len()..TOGETHER, open));
    // A disk that turns is slow to look at, and what waits for it does not wait for a core.
    let turns = if is_turning { 1 } else { TURNS };
    let ratios = (1..=turns).filter_map(|turn| together(turn, latency, &inputs));
    Some(Probe { latency, parallel: ratios.reduce(f64::max) })
}

/// Opens some spots at once.
fn opened(spots: Range<usize>, open: &Arc<dyn Fn(usize) -> Option<Input> + Send + Sync>) -> Vec<Input> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = spots.map(|spot| scope.spawn(move || open_direct(spot, &**open))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()?).collect()
    })
}

/// Reads blocks at once; returns how many times as fast they came as with `alone` for each.
fn together(turn: usize, alone: Duration, inputs: &[Input]) -> Option<f64> {
    if inputs.len() < TOGETHER {
        return None;
    }
    let begun = Instant::now();
    let all = std::thread::scope(|scope| {
        let reads = inputs.iter().enumerate();
        let threads: Vec<_> = reads
            .map(|(at, input)| scope.spawn(move || time(input, TOGETHER * turn + at).is_some()))
            .collect();
        threads.into_iter().all(|thread| thread.join().unwrap_or(false))
    });
    let took = begun.elapsed().max(Duration::from_nanos(1));
    all.then(|| alone.as_secs_f64() * inputs.len() as f64 / took.as_secs_f64())
}

fn open_direct(spot: usize, open: &dyn Fn(usize) -> Option<Input>) -> Option<Input> {
    let input = open(spot)?;
    input.go_direct().ok().map(|()| input)
}

/// Reads a block of a file; returns how long it took.
fn time(input: &Input, spot: usize) -> Option<Duration> {
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
            (seen(110, None), DriveKind::Hdd, DriveKind::SataSsd),
            (seen(110, None), DriveKind::Nvme, DriveKind::Nvme),
            (seen(450, Some(1.5)), DriveKind::SataSsd, DriveKind::Card),
            (seen(700, Some(11.0)), DriveKind::SataSsd, DriveKind::Network),
            (seen(700, None), DriveKind::Unknown, DriveKind::Unknown),
        ] {
            assert_eq!(probe.kind(before), expected, "{probe:?}, {before}");
        }
    }

    #[test]
    fn a_look_is_short_and_ends_whatever_there_is_to_look_at() {
        let begun = Instant::now();
        assert_eq!(probe(DriveKind::Unknown, Wanted::Kind, Arc::new(|_| None)), None);
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/photos/camera-a/IMG_0001.JPG");
        let seen = probe(
            DriveKind::Unknown,
            Wanted::Kind,
            Arc::new(|_| Fs::default().open_file(path.as_ref()).ok()),
        );
        // Where the file system reads past its memory at all.
        assert!(seen.is_none_or(|seen| seen.latency > Duration::ZERO));
        assert!(begun.elapsed() < 3 * PATIENCE);
    }
}
