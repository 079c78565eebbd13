//! What to measure and how long: plain data.

use super::{Load, Warmth};
use crate::batch::{Processes, WorkerKind, Workers};
use crate::device::ReadOrder;
use crate::error::{Error, Result};
use crate::recipe::Recipe;
use crate::scan::ScanPlan;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What to measure and how long.
#[derive(Clone, Debug)]
pub struct BenchPlan {
    /// Which photos; walks go the same way. Also how links and limits are taken.
    pub scan: ScanPlan,
    /// What is measured.
    pub loads: Vec<Load>,
    /// How many readers and walkers are tried; none is [`BenchPlan::READERS`].
    pub readers: Vec<u32>,
    /// Which orders are tried; none is that of paths and that of the drive, or of inodes where nobody tells how
    /// photos lie.
    pub orders: Vec<ReadOrder>,
    /// What is in memory. [`Warmth::Cold`] is as cold as it may be made: folders and inodes stay warm
    /// where the system's caches are not ours to empty. None is cold and warm, where what reads photos has
    /// the content cold only: the few photos of a run would pay for folders and inodes that all of a drive
    /// share.
    pub warmths: Vec<Warmth>,
    /// How long all of it may take, after the photos are found.
    pub time: Duration,
    /// A load is done when the interval of each of its series is at most this share of its median to each side.
    pub tightness: f64,
    /// What chooses the photos of each run.
    pub seed: u64,
    /// Threads that decode; 0 is one for each core.
    pub decoders: usize,
    /// Who gets what is read, as many as there are threads that decode, whatever is said here of how many; none is threads.
    pub workers: Vec<Workers>,
    /// What is made of each photo under [`Load::Crop`].
    pub recipe: Recipe,
    /// What was typed, for the record.
    pub command: Vec<String>,
}

impl BenchPlan {
    /// Readers that are tried unless a plan says otherwise.
    pub const READERS: [u32; 5] = [1, 2, 4, 8, 16];

    /// How long a bench may take unless a plan says otherwise.
    pub const TIME: Duration = Duration::from_secs(60);

    /// No bench takes longer, whatever it is told.
    pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// How tight intervals are to be unless a plan says otherwise.
    pub const TIGHTNESS: f64 = 0.03;

    /// Makes a plan that measures everything on the photos that a scan finds, with `recipe` for crops.
    #[must_use]
    pub fn new(scan: ScanPlan, recipe: Recipe) -> Self {
        Self {
            scan,
            loads: Load::ALL.to_vec(),
            readers: Vec::new(),
            orders: Vec::new(),
            warmths: Vec::new(),
            time: Self::TIME,
            tightness: Self::TIGHTNESS,
            seed: 1,
            decoders: 0,
            workers: Vec::new(),
            recipe,
            command: Vec::new(),
        }
    }

    /// Returns how many readers are tried, rising.
    pub(super) fn readers(&self) -> Vec<u32> {
        let mut readers = if self.readers.is_empty() { Self::READERS.to_vec() } else { self.readers.clone() };
        readers.retain(|&count| count > 0);
        readers.sort_unstable();
        readers.dedup();
        readers
    }

    /// Returns which workers are tried for a load.
    pub(super) fn worker_kinds(&self, load: Load) -> Vec<WorkerKind> {
        let mut kinds: Vec<_> = self.workers.iter().map(Workers::kind).collect();
        if load == Load::Walk || kinds.is_empty() {
            kinds = vec![WorkerKind::Threads];
        }
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// Returns how workers of a kind are started.
    pub(super) fn workers(&self, kind: WorkerKind) -> Workers {
        match self.workers.iter().find(|workers| workers.kind() == kind) {
            Some(Workers::Processes(processes)) => {
                Workers::Processes(Processes { count: 0, ..processes.clone() })
            }
            _ => Workers::Threads,
        }
    }

    /// Returns how many threads decode.
    pub(super) fn decoders(&self) -> usize {
        if self.decoders == 0 { super::machine::cores() as usize } else { self.decoders }
    }
}

impl FromStr for Load {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|load| load.name() == text).ok_or_else(|| {
            Error::usage(format!("'{text}' is no load")).hint("walk, head, read, decode or crop")
        })
    }
}

impl Warmth {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cold, Self::DataCold, Self::Warm];
}

impl FromStr for Warmth {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|warmth| warmth.name() == text)
            .ok_or_else(|| Error::usage(format!("'{text}' is no cache")).hint("cold, data-cold or warm"))
    }
}

/// A length of time as people write it: `90s`, `2m`, `1.5h`; a bare number is seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl FromStr for Span {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (number, unit) = match text.char_indices().next_back() {
            Some((at, 's')) => (&text[..at], 1.0),
            Some((at, 'm')) => (&text[..at], 60.0),
            Some((at, 'h')) => (&text[..at], 3600.0),
            _ => (text, 1.0),
        };
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let seconds = number.parse::<f64>().ok().filter(|_| is_number).map(|number| number * unit);
        seconds
            .filter(|seconds| (0.1..=86_400.0).contains(seconds))
            .map(|seconds| Self(Duration::from_secs_f64(seconds)))
            .ok_or_else(|| {
                Error::usage(format!("'{text}' is no length of time")).hint("90s or 2m, a day at most")
            })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0.as_secs_f64())
    }
}

/// A share as people write it: `5%`, or `0.05`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percent(pub f64);

impl FromStr for Percent {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (number, unit) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 0.01));
        let share = number.parse::<f64>().ok().map(|number| number * unit);
        share
            .filter(|share| (0.0..=1.0).contains(share))
            .map(Self)
            .ok_or_else(|| Error::usage(format!("'{text}' is no share")).hint("5% or 0.05"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_shares_are_read_as_people_write_them() {
        for (text, seconds) in [("90s", 90.0), ("2m", 120.0), ("1.5h", 5400.0), ("7", 7.0)] {
            assert_eq!(text.parse::<Span>().unwrap().0.as_secs_f64(), seconds, "{text}");
        }
        for bad in ["", "s", "-3s", "0s", "1e9s", "9999h", "2 m", "nan", "infs", "3é"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
        assert_eq!("5%".parse::<Percent>().unwrap().0, 0.05);
        assert_eq!("0.1".parse::<Percent>().unwrap().0, 0.1);
        assert!("5".parse::<Percent>().is_err() && "nan".parse::<Percent>().is_err());
        assert!("-1%".parse::<Percent>().is_err());
    }

    #[test]
    fn readers_are_tried_once_each() {
        let mut plan = BenchPlan::new(ScanPlan::default(), "orient,inside=8x8".parse().unwrap());
        assert_eq!(plan.readers(), [1, 2, 4, 8, 16]);
        plan.readers = vec![4, 0, 1, 4];
        assert_eq!(plan.readers(), [1, 4]);
        for load in Load::ALL {
            assert_eq!(load.name().parse::<Load>().unwrap(), load);
        }
        for warmth in Warmth::ALL {
            assert_eq!(warmth.name().parse::<Warmth>().unwrap(), warmth);
        }
        assert!("no".parse::<Load>().is_err() && "no".parse::<Warmth>().is_err());
    }
}
