//! A whole bench: photos are found, and drive by drive each load is measured.

use super::drives::{self, Drive};
use super::ground::Ground;
use super::lab::Lab;
use super::machine::cores;
use super::rounds::{Outcome, Rounds};
use super::sweep::Terms;
use super::{
    Advice, BenchEnd, BenchPlan, BenchResult, DriveResult, Load, Machine, SCHEMA, Series, Setting, Warmth,
    advise, worker_costs,
};
use crate::error::{Error, Result};
use crate::event::{Observer, Stop};
use crate::fs::{Fs, may_drop_caches};
use crate::scan::scan_until;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What a bench is about to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// How much of its time is spent, from 0 to 1.
    pub spent: f64,
    /// The most time that is left.
    pub left: Duration,
    /// What is measured, such as `sda: read, 4 × path, cold`.
    pub what: String,
}

/// Measures what a plan says, and writes nothing.
///
/// What cannot be read is told to `observer`, each photo once. `tell` is told before each run, from this
/// thread. When `stop` is set, the run in hand is the last.
///
/// # Errors
/// [`Kind::Usage`](crate::error::Kind::Usage) as [`scan_until`] has it, and when there is no photo; [`Kind::Bug`](crate::error::Kind::Bug) when no thread can be
/// started.
pub fn bench(
    plan: &BenchPlan,
    fs: &Fs,
    observer: Arc<dyn Observer>,
    tell: &dyn Fn(Step),
    stop: &Stop,
) -> Result<BenchResult> {
    let started = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let (set, _) = scan_until(&plan.scan, fs, Arc::clone(&observer), stop.clone())?.into_set();
    if set.is_empty() && !stop.is_set() {
        return Err(Error::usage("there is no photo to measure with").hint("name a folder that has some"));
    }
    let origin = Instant::now();
    let plan = &BenchPlan { time: plan.time.min(BenchPlan::LONGEST), ..plan.clone() };
    let ground = Arc::new(Ground::new(&set, plan.clone(), fs, observer, stop.clone()));
    let (found, mut notes) = drives::find(&ground);
    let is_any_read = found.iter().any(|drive| !drive.photos.is_empty());
    if !is_any_read && !plan.loads.contains(&Load::Walk) && !stop.is_set() {
        return Err(Error::usage("no photo can be read that is not empty"));
    }
    let machine = Machine::ask();
    let may_drop = may_drop_caches();
    let wants_cold =
        plan.warmths.contains(&Warmth::Cold) || (plan.warmths.is_empty() && plan.loads.contains(&Load::Walk));
    if wants_cold && !may_drop {
        notes.push(
            "folders and inodes stay warm, and walks are not measured cold: that takes root".to_owned(),
        );
    }
    let mut all = All { ground, machine, origin, may_drop, notes, tell, is_tight: true };
    let mut drives = Vec::new();
    for at in 0..found.len() {
        let left = plan.time.saturating_sub(origin.elapsed());
        let share = left.div_f64((found.len() - at) as f64);
        drives.push(all.measure(at, &found, share)?);
    }
    let ended = match (stop.is_set(), all.is_tight) {
        (true, _) => BenchEnd::Stopped,
        (false, true) => BenchEnd::Tight,
        (false, false) => BenchEnd::TimeSpent,
    };
    Ok(BenchResult {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        elapsed: origin.elapsed().as_secs_f64(),
        command: plan.command.clone(),
        seed: plan.seed,
        ended,
        machine: all.machine,
        drives,
        notes: all.notes,
    })
}

/// Returns how cold and warm a load is measured here, cold first; `may_drop` tells whether the system's caches
/// may be emptied.
fn warmths(load: Load, asked: &[Warmth], may_drop: bool) -> Vec<Warmth> {
    let mut warmths = match (asked, load) {
        ([], Load::Walk) => vec![Warmth::Cold, Warmth::Warm],
        ([], _) => vec![Warmth::DataCold, Warmth::Warm],
        (asked, _) => asked.to_vec(),
    };
    if !may_drop {
        let colds = warmths.iter_mut().filter(|warmth| **warmth == Warmth::Cold);
        colds.for_each(|warmth| *warmth = Warmth::DataCold);
    }
    // A walk reads no content.
    warmths.retain(|warmth| load != Load::Walk || *warmth != Warmth::DataCold);
    warmths.sort_unstable();
    warmths.dedup();
    warmths
}

/// What all drives have in common.
struct All<'a> {
    ground: Arc<Ground>,
    machine: Machine,
    origin: Instant,
    /// Whether the system's caches may be emptied.
    may_drop: bool,
    notes: Vec<String>,
    tell: &'a dyn Fn(Step),
    /// Whether all intervals so far are tight.
    is_tight: bool,
}

/// Returns how much of the time a load gets, as parts of the sum of all.
const fn weight(load: Load) -> f64 {
    match load {
        Load::Walk => 1.0,
        Load::Head => 2.0,
        Load::Read => 3.0,
        Load::Decode | Load::Crop => 1.5,
    }
}

impl All<'_> {
    /// Measures all loads on one of the drives.
    fn measure(&mut self, at: usize, found: &[Drive], time: Duration) -> Result<DriveResult> {
        let (ground, drive) = (Arc::clone(&self.ground), &found[at]);
        let plan = &ground.plan;
        let walk = drive.walk(&plan.scan, found, ground.fs());
        let mut lab = Lab::new(&ground, drive, walk.as_ref(), self.origin, self.machine.memory);
        let loads: Vec<_> = Load::ALL.into_iter().filter(|load| plan.loads.contains(load)).collect();
        let until = Instant::now() + time;
        let mut series: Vec<Series> = Vec::new();
        let mut missing = 0;
        for (number, &load) in loads.iter().enumerate() {
            if ground.stop.is_set() {
                break;
            }
            if load == Load::Walk && walk.is_none() {
                self.notes.push(format!("{}: no folder to walk", drive.facts.name));
                continue;
            }
            if load != Load::Walk && drive.photos.is_empty() {
                self.notes
                    .push(format!("{}: {load}: no photo can be read that is not empty", drive.facts.name));
                continue;
            }
            let weights: f64 = loads[number..].iter().map(|&load| weight(load)).sum();
            let left = until.saturating_duration_since(Instant::now());
            let share = left.mul_f64(weight(load) / weights);
            let Outcome { series: measured, is_tight, missing: left_out } =
                self.load(&mut lab, load, &series, share)?;
            series.extend(measured);
            missing += left_out;
            self.is_tight &= is_tight;
        }
        if missing > 0 {
            self.notes.push(format!("{}: {missing} settings have no run that counts", drive.facts.name));
        }
        if !drive.has_positions && !drive.photos.is_empty() {
            let why = "nobody tells how photos lie on it: in the order of inodes instead of physical";
            self.notes.push(format!("{}: {why}", drive.facts.name));
        }
        self.notes.extend(lab.notes().into_iter().map(|note| format!("{}: {note}", drive.facts.name)));
        let advice = self.advice(&series);
        let bytes = drive.photos.iter().map(|(_, bytes)| bytes).sum();
        let workers = worker_costs(&series, &advice, plan.seed);
        Ok(DriveResult { drive: drive.facts.clone(), photos: drive.found, bytes, series, advice, workers })
    }

    /// Measures one load.
    fn load(&self, lab: &mut Lab<'_>, load: Load, before: &[Series], time: Duration) -> Result<Outcome> {
        let drive = lab.drive;
        let plan = &self.ground.plan;
        let has_positions = drive.has_positions;
        let terms = Terms { plan, policy: &drive.policy, has_positions, cores: self.machine.cores };
        let best: Vec<_> = self
            .advice(before)
            .iter()
            .filter(|advice| advice.load == Load::Read)
            .map(|advice| advice.best)
            .collect();
        let settings = terms.settings(load, &best);
        let default = terms.default(load);
        let default =
            if settings.contains(&default) { default } else { *settings.first().unwrap_or(&default) };
        let tell = |load: Load, warmth: Warmth, setting: Setting| {
            let elapsed = self.origin.elapsed();
            (self.tell)(Step {
                spent: (elapsed.as_secs_f64() / plan.time.as_secs_f64()).min(1.0),
                left: plan.time.saturating_sub(elapsed),
                what: format!("{}: {load}, {setting}, {warmth}", drive.facts.name),
            });
        };
        let warmths = warmths(load, &plan.warmths, self.may_drop);
        Rounds::new(lab, load, &warmths, &settings, time, &tell).run(default)
    }

    fn advice(&self, series: &[Series]) -> Vec<Advice> {
        let decoders = u32::try_from(self.ground.plan.decoders()).unwrap_or(u32::MAX);
        advise(series, cores(), decoders, self.ground.plan.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Warmth::{Cold, DataCold, Warm};

    #[test]
    fn each_load_is_as_cold_as_makes_sense_and_may_be() {
        for (load, asked, may_drop, expected) in [
            (Load::Walk, &[][..], true, &[Cold, Warm][..]),
            (Load::Walk, &[], false, &[Warm]),
            (Load::Read, &[], true, &[DataCold, Warm]),
            (Load::Read, &[Warm, Cold], true, &[Cold, Warm]),
            (Load::Read, &[Warm, Cold, DataCold], false, &[DataCold, Warm]),
            (Load::Walk, &[DataCold], true, &[]),
        ] {
            assert_eq!(warmths(load, asked, may_drop), expected, "{load}, {asked:?}, {may_drop}");
        }
    }
}
