//! Making photos cold, and proving it.
//!
//! Who asks whether a page is in memory has it read, so that photos of a run are not asked: some others are
//! read, made to be forgotten in the same way at the same time, and asked. What the run itself took from the
//! drive is counted by the system. A run for which neither proves anything, or one of them proves the
//! contrary, was not cold.

use super::ground::Ground;
use super::{Load, Run, Warmth};
use crate::fs::{DirectRoom, Input, drop_caches};
use crate::units::Bytes;
use std::collections::BTreeMap;

/// Photos beside a run that are asked.
pub(super) const WITNESSES: usize = 4;

/// More of what was to be forgotten must not be in memory. A guess: one page in fifty may be some other
/// program's doing.
const STILL_THERE: f64 = 0.02;

/// At least this share of what a cold run reads comes from the drive, and at most the rest of what a warm one
/// does.
const FROM_DRIVE: f64 = 0.9;

/// So many runs that were not what they were to be, and no other, and no more are tried. A guess.
const HOPELESS: u64 = 8;

/// The memory of the system, as far as it keeps files: the seam where tests put another.
pub(super) trait Memory {
    /// A photo that is open.
    type Open;

    /// Opens a photo; `None` when it cannot be.
    fn open(&self, photo: u32) -> Option<Self::Open>;

    /// Reads a page of a photo, so that it is in memory.
    fn touch(&self, open: &Self::Open);

    /// Has a photo's content forgotten.
    fn forget(&self, open: &Self::Open);

    /// Has everything forgotten; tells whether that is to be had.
    fn forget_all(&self) -> bool;

    /// Tells whether what [`touch`](Self::touch) reads is in memory, if anybody knows.
    fn is_there(&self, open: &Self::Open) -> Option<bool>;
}

/// The page of a file that is touched and asked for. One is all: to ask has what lies around it read.
fn spot(input: &Input) -> u64 {
    input.status().len / 2
}

impl Memory for Ground {
    type Open = Input;

    fn open(&self, photo: u32) -> Option<Input> {
        Self::open(self, photo).ok()
    }

    fn touch(&self, open: &Input) {
        // What cannot be read is told when a run reads it.
        _ = open.time_block(spot(open), &mut DirectRoom::default());
    }

    fn forget(&self, open: &Input) {
        // What was not forgotten is found out.
        _ = open.forget();
    }

    fn forget_all(&self) -> bool {
        drop_caches().is_ok()
    }

    fn is_there(&self, open: &Input) -> Option<bool> {
        open.is_in_memory(spot(open)).ok()
    }
}

/// What the witnesses of a run said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// Pages that were asked for.
    asked: u64,
    /// Those of them in memory.
    there: u64,
}

impl Evidence {
    /// Nothing was forgotten.
    const WARM: Self = Self { asked: 1, there: 1 };
}

/// Makes photos cold, and `witnesses` beside them.
pub(super) fn cool<M: Memory>(memory: &M, warmth: Warmth, photos: &[u32], witnesses: &[u32]) -> Evidence {
    // They stay open: to look them up again would warm the folders of the others.
    let witnesses: Vec<_> = witnesses.iter().filter_map(|&photo| memory.open(photo)).collect();
    witnesses.iter().for_each(|open| memory.touch(open));
    if warmth == Warmth::Cold {
        if !memory.forget_all() {
            return Evidence::WARM;
        }
    } else {
        for open in photos.iter().filter_map(|&photo| memory.open(photo)) {
            memory.forget(&open);
        }
        witnesses.iter().for_each(|open| memory.forget(open));
    }
    let pages: Vec<_> = witnesses.iter().filter_map(|open| memory.is_there(open)).collect();
    for open in &witnesses {
        // The asking had the drive read: that is waited for, and forgotten again.
        memory.touch(open);
        memory.forget(open);
    }
    Evidence { asked: pages.len() as u64, there: pages.iter().filter(|&&is_there| is_there).count() as u64 }
}

/// What is proven of all runs of one warmth on a drive.
#[derive(Clone, Debug, Default)]
pub(super) struct Proof {
    evidence: Evidence,
    runs: u64,
    bytes: u64,
    from_drive: Option<u64>,
    /// Runs that were not what they were to be, by why.
    refused: BTreeMap<String, u64>,
}

impl Proof {
    /// Judges a run; tells whether it was what it was to be, and remembers why if not.
    pub(super) fn admits(&mut self, load: Load, warmth: Warmth, evidence: Evidence, run: &Run) -> bool {
        match judge(load, warmth, evidence, run) {
            Ok(()) => {
                self.evidence.asked += evidence.asked;
                self.evidence.there += evidence.there;
                self.runs += 1;
                self.bytes += run.bytes;
                if let Some(bytes) = run.from_drive {
                    *self.from_drive.get_or_insert(0) += bytes;
                }
                true
            }
            Err(why) => {
                *self.refused.entry(why).or_default() += 1;
                false
            }
        }
    }

    /// Tells whether no run of many was admitted.
    pub(super) fn is_hopeless(&self) -> bool {
        self.runs == 0 && self.refused.values().sum::<u64>() >= HOPELESS
    }

    /// Says what is proven, of walks or of what reads photos, and what was refused.
    pub(super) fn notes(&self, is_walk: bool, warmth: Warmth) -> Vec<String> {
        let mut notes = Vec::new();
        match (is_walk, warmth) {
            (_, Warmth::Warm) => {}
            _ if self.runs == 0 => {}
            (true, _) => {
                let bytes = Bytes(self.from_drive.unwrap_or(0)).rounded();
                notes.push(format!(
                    "caches dropped before each cold walk; {bytes} came from the drive in all"
                ));
            }
            (false, _) => notes.push(format!("{}{}", self.told(warmth), self.counted())),
        }
        for (why, count) in &self.refused {
            let runs = if *count == 1 { "run" } else { "runs" };
            notes.push(format!("{count} {runs} dropped that {} not {warmth}: {why}", were(*count)));
        }
        notes
    }

    fn told(&self, warmth: Warmth) -> String {
        let verified = match self.evidence.asked {
            0 => "nobody tells what is in memory".to_owned(),
            asked => format!("verified {:.0} % resident", 100.0 * self.evidence.there as f64 / asked as f64),
        };
        match warmth {
            Warmth::Cold => format!("caches dropped ({verified}), folders and inodes cold too"),
            _ => format!("data cold ({verified}), folders and inodes warm"),
        }
    }

    fn counted(&self) -> String {
        match (self.from_drive, self.bytes) {
            (Some(0), 1..) => "; reads of this file system are not counted by the system".to_owned(),
            (Some(from_drive), bytes @ 1..) => {
                format!(
                    "; {:.0} % of the bytes read came from the drive",
                    100.0 * from_drive as f64 / bytes as f64
                )
            }
            _ => String::new(),
        }
    }
}

const fn were(count: u64) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

/// Judges whether a run was as cold or warm as it was to be.
///
/// # Errors
/// Why it was not, in words.
fn judge(load: Load, warmth: Warmth, evidence: Evidence, run: &Run) -> Result<(), String> {
    let from_drive = run.from_drive.map(|bytes| bytes as f64 / run.bytes.max(1) as f64);
    if warmth == Warmth::Warm {
        return match from_drive {
            Some(share) if run.bytes > 0 && share > 1.0 - FROM_DRIVE => {
                Err("their bytes came from the drive once more".to_owned())
            }
            _ => Ok(()),
        };
    }
    if load == Load::Walk {
        if evidence == Evidence::WARM {
            return Err("the caches could not be dropped".to_owned());
        }
        return match run.from_drive {
            Some(0) | None => Err("nothing is known to have come from the drive".to_owned()),
            Some(_) => Ok(()),
        };
    }
    let resident = evidence.there as f64 / evidence.asked.max(1) as f64;
    if resident > STILL_THERE {
        return Err("what was evicted was in memory all the same".to_owned());
    }
    match (from_drive, evidence.asked) {
        (Some(share), _) if share >= FROM_DRIVE => Ok(()),
        (None | Some(0.0), 1..) => Ok(()),
        (Some(_), 1..) => Err("a part of it came from memory".to_owned()),
        (_, 0) => Err("nobody tells what was in memory".to_owned()),
    }
}

#[cfg(test)]
mod tests;
