//! What worker processes cost beside threads.

use super::stats::{median, median_interval};
use super::{Advice, Load, Run, Series, Setting, Warmth, series_of};
use crate::batch::WorkerKind;
use serde::{Deserialize, Serialize};

/// With fewer pairs of runs nothing is said: that all of six lie on one side has a chance of 3 in 100, of five 6.
const FEWEST_PAIRS: usize = 6;

/// What takes longer by this share at most, for all that is known, and not for certain, is no slower.
const NO_SLOWER: f64 = 0.05;

/// What worker processes cost beside threads, for one load.
///
/// Runs are compared in pairs: of one round, with the same photos, readers and order. Those are the settings that are best
/// with threads, and all that do not differ from the best.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkerCost {
    /// The load.
    pub load: Load,
    /// What was in memory.
    pub warmth: Warmth,
    /// How many pairs of runs there are.
    pub pairs: u32,
    /// The time a photo takes with processes as a multiple of what it takes with threads: the median of the pairs with the
    /// ends of its 95 % interval; `None` for too few pairs.
    pub time: Option<[f64; 3]>,
    /// The same of the time of processors; `None` also where that is too short to be told.
    pub cpu: Option<[f64; 3]>,
}

impl WorkerCost {
    /// Tells whether processes may be taken for the time they take: they are not shown to be slower, and if they are, then by
    /// no more than a twentieth.
    #[must_use]
    pub fn is_no_slower(&self) -> bool {
        self.time.is_some_and(|[_, low, high]| low <= 1.0 && high <= 1.0 + NO_SLOWER)
    }
}

/// Says for each load what worker processes cost beside threads; nothing of what was measured with one of them only.
#[must_use]
pub fn worker_costs(series: &[Series], advice: &[Advice], seed: u64) -> Vec<WorkerCost> {
    let of_threads = advice.iter().filter(|advice| advice.best.workers == WorkerKind::Threads);
    of_threads.filter_map(|advice| cost(series, advice, seed)).collect()
}

/// Says it for one load.
fn cost(series: &[Series], advice: &Advice, seed: u64) -> Option<WorkerCost> {
    let (load, warmth) = (advice.load, advice.warmth);
    let runs = |setting| series_of(series, load, warmth, setting).map(|series| &series.runs[..]);
    let both = |setting: &Setting| runs(*setting).zip(runs(setting.with(WorkerKind::Processes)));
    let both: Vec<_> = std::iter::once(&advice.best).chain(&advice.equals).filter_map(both).collect();
    let pairs: Vec<_> = both.iter().flat_map(|(threads, processes)| pairs(threads, processes)).collect();
    let of = |part: fn(&Run) -> f64| {
        let ratio = |(threads, processes): &(&Run, &Run)| {
            let (a, b) = (part(threads) / threads.photos as f64, part(processes) / processes.photos as f64);
            Some(b / a).filter(|ratio| ratio.is_finite() && *ratio > 0.0)
        };
        let ratios: Vec<f64> = pairs.iter().map(ratio).collect::<Option<_>>()?;
        (ratios.len() >= FEWEST_PAIRS).then(|| {
            let (low, high) = median_interval(&ratios, seed);
            [median(&ratios), low, high]
        })
    };
    (!both.is_empty()).then(|| WorkerCost {
        load,
        warmth,
        pairs: u32::try_from(pairs.len()).unwrap_or(u32::MAX),
        time: of(|run| run.seconds),
        cpu: of(|run| run.cpu),
    })
}

/// Returns the runs of one setting with threads and with processes that belong together.
fn pairs<'a>(threads: &'a [Run], processes: &'a [Run]) -> Vec<(&'a Run, &'a Run)> {
    let counts = |run: &&Run| !run.is_outlier && run.round.is_some() && run.photos > 0;
    let counted = processes.iter().filter(counts);
    // Rounds rise in both.
    let mut others = threads.iter().filter(counts).peekable();
    counted
        .filter_map(|run| {
            while others.next_if(|other| other.round < run.round).is_some() {}
            others.next_if(|other| other.round == run.round).map(|other| (other, run))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{advise, summarise};
    use crate::device::ReadOrder::Path;

    /// Makes runs of 100 photos, a round each; what takes no time has no run.
    fn series(setting: Setting, seconds: &[f64]) -> Series {
        let runs = seconds.iter().enumerate().filter(|(_, seconds)| **seconds > 0.0);
        let mut runs: Vec<_> = runs
            .map(|(round, &seconds)| Run {
                at: round as f64,
                seconds,
                photos: 100,
                bytes: 1000,
                from_drive: None,
                cpu: seconds * if setting.workers == WorkerKind::Processes { 3.0 } else { 2.0 },
                is_outlier: false,
                round: Some(u32::try_from(round).unwrap()),
            })
            .collect();
        let summary = summarise(&mut runs, 1);
        Series { load: Load::Crop, warmth: Warmth::Warm, setting, runs, summary, latency: None }
    }

    fn costs(all: &[Series]) -> Vec<WorkerCost> {
        worker_costs(all, &advise(all, 2, 2, 1), 1)
    }

    const ROUNDS: [f64; 7] = [1.0, 1.4, 0.8, 1.2, 0.9, 1.1, 1.3];

    /// Returns series of one reader, with processes so many times as slow.
    fn both(factor: f64) -> [Series; 2] {
        let setting = Setting::new(1, Path);
        let slower = ROUNDS.map(|seconds| seconds * factor);
        [series(setting, &ROUNDS), series(setting.with(WorkerKind::Processes), &slower)]
    }

    #[test]
    fn pairs_tell_what_runs_alone_would_not() {
        for (factor, is_no_slower) in [(1.08, false), (1.03, false), (1.0, true), (0.93, true)] {
            let all = both(factor);
            let [cost] = &costs(&all)[..] else { panic!("{factor}") };
            let [middle, low, high] = cost.time.unwrap();
            assert!((middle - factor).abs() < 1e-9 && high - low < 1e-9, "{cost:?}");
            assert!((cost.cpu.unwrap()[0] - 1.5 * factor).abs() < 1e-9);
            assert_eq!((cost.pairs, cost.is_no_slower()), (7, is_no_slower), "{factor}");
        }
        // No slower on average, but by how much nobody knows.
        let vague = WorkerCost { time: Some([1.0, 0.8, 1.2]), ..costs(&both(1.0))[0].clone() };
        assert!(!vague.is_no_slower());
        assert!(!WorkerCost { time: None, ..vague }.is_no_slower());
    }

    #[test]
    fn runs_are_paired_by_their_rounds_and_few_say_nothing() {
        let setting = Setting::new(1, Path);
        let mut late = ROUNDS.map(|seconds| seconds * 1.5);
        (late[0], late[3]) = (0.0, 0.0);
        let all = [series(setting, &ROUNDS), series(setting.with(WorkerKind::Processes), &late)];
        let [cost] = &costs(&all)[..] else { panic!() };
        assert_eq!((cost.pairs, cost.time, cost.cpu), (5, None, None));
        // A second setting as good as the first brings pairs of its own.
        let more = [2].map(|readers| {
            both(1.5).map(|series| Series { setting: Setting { readers, ..series.setting }, ..series })
        });
        let all: Vec<_> = all.into_iter().chain(more.into_iter().flatten()).collect();
        let [cost] = &costs(&all)[..] else { panic!() };
        assert_eq!(cost.pairs, 12);
        assert!((cost.time.unwrap()[0] - 1.5).abs() < 1e-9);
    }

    #[test]
    fn one_kind_alone_is_not_compared() {
        let [threads, processes] = both(1.1);
        assert!(costs(&[threads]).is_empty() && costs(&[processes]).is_empty() && costs(&[]).is_empty());
    }
}
