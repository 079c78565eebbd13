//! One drive under test: single runs, cold or warm, and what is proven of them.

use super::cold::{self, Evidence, Proof, WITNESSES};
use super::drives::Drive;
use super::ground::Ground;
use super::load::{Done, Task, Work};
use super::meter::Meter;
use super::subset::Deck;
use super::{Load, Run, Setting, Warmth};
use crate::error::Result;
use crate::scan::ScanPlan;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A warm run of several passes begins no further pass after this time.
const LONGEST_WARM: Duration = Duration::from_secs(2);

/// One drive under test.
pub(super) struct Lab<'a> {
    pub(super) ground: &'a Ground,
    pub(super) drive: &'a Drive,
    /// Where walks go; `None` where nothing is to be walked.
    pub(super) walk: Option<&'a ScanPlan>,
    /// When the bench began.
    pub(super) origin: Instant,
    /// The bytes of the machine's memory; 0 where nobody says.
    pub(super) memory: u64,
    /// Of walks, and of what reads photos.
    proofs: BTreeMap<(bool, Warmth), Proof>,
}

/// A run that was what it was to be.
pub(super) struct Ran {
    pub(super) run: Run,
    pub(super) latencies: Vec<Duration>,
}

impl<'a> Lab<'a> {
    pub(super) fn new(
        ground: &'a Ground,
        drive: &'a Drive,
        walk: Option<&'a ScanPlan>,
        origin: Instant,
        memory: u64,
    ) -> Self {
        Self { ground, drive, walk, origin, memory, proofs: BTreeMap::new() }
    }

    /// Runs cold; `None` for a run that was not, or was stopped.
    ///
    /// # Errors
    /// As [`Work::run`].
    pub(super) fn cold(
        &mut self,
        (load, work): (Load, &dyn Work),
        warmth: Warmth,
        setting: Setting,
        deck: &mut Deck,
        photos: &[u32],
    ) -> Result<Option<Ran>> {
        let evidence = self.cool(warmth, photos, deck);
        let (run, done) = self.timed(work, setting, photos, 1)?;
        Ok(self.admitted(load, warmth, evidence, run, done))
    }

    /// Runs with all in memory, several times over as one run.
    ///
    /// # Errors
    /// As [`Work::run`].
    pub(super) fn warm(
        &mut self,
        (load, work): (Load, &dyn Work),
        setting: Setting,
        photos: &[u32],
        passes: u32,
    ) -> Result<Option<Ran>> {
        let (run, done) = self.timed(work, setting, photos, passes)?;
        Ok(self.admitted(load, Warmth::Warm, Evidence::default(), run, done))
    }

    /// Runs for other ends than to be measured; returns how long it took.
    ///
    /// # Errors
    /// As [`Work::run`].
    pub(super) fn run_untimed(&self, work: &dyn Work, setting: Setting, photos: &[u32]) -> Result<Duration> {
        let (run, _) = self.timed(work, setting, photos, 1)?;
        Ok(Duration::from_secs_f64(run.seconds))
    }

    /// Makes photos cold.
    pub(super) fn cool(&self, warmth: Warmth, photos: &[u32], deck: &mut Deck) -> Evidence {
        let witnesses = deck.outside(photos, WITNESSES);
        cold::cool(self.ground, warmth, photos, &witnesses)
    }

    /// Runs and measures.
    fn timed(&self, work: &dyn Work, setting: Setting, photos: &[u32], passes: u32) -> Result<(Run, Done)> {
        let walk = self.walk.unwrap_or(&self.ground.plan.scan);
        let task = Task { ground: self.ground, walk, photos, setting };
        let mut all = Done::default();
        work.prepare(&task)?;
        let meter = Meter::start(work.workers_cpu());
        let begun = Instant::now();
        for pass in 0..passes {
            // A setting can be much slower than that by which the passes were counted.
            if pass > 0 && (self.ground.stop.is_set() || begun.elapsed() > LONGEST_WARM) {
                break;
            }
            let done = work.run(&task)?;
            all.photos += done.photos;
            all.bytes += done.bytes;
            all.latencies.extend(done.latencies);
        }
        Ok((meter.stop(self.origin, &all, work.workers_cpu()), all))
    }

    fn admitted(
        &mut self,
        load: Load,
        warmth: Warmth,
        evidence: Evidence,
        run: Run,
        done: Done,
    ) -> Option<Ran> {
        // A walk that was stopped has not found all.
        if run.photos == 0 || (load == Load::Walk && self.ground.stop.is_set()) {
            return None;
        }
        let proof = self.proofs.entry((load == Load::Walk, warmth)).or_default();
        proof.admits(load, warmth, evidence, &run).then_some(Ran { run, latencies: done.latencies })
    }

    /// Tells whether a load was never as cold or warm as it was to be, so often that it never will be.
    pub(super) fn is_hopeless(&self, load: Load, warmth: Warmth) -> bool {
        self.proofs.get(&(load == Load::Walk, warmth)).is_some_and(Proof::is_hopeless)
    }

    /// Returns what is proven of the runs, and which were dropped.
    pub(super) fn notes(&self) -> Vec<String> {
        self.proofs.iter().flat_map(|(&(is_walk, warmth), proof)| proof.notes(is_walk, warmth)).collect()
    }
}
