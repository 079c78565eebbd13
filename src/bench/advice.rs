//! Which setting to take: the simplest of those that nobody can tell from the fastest.

use super::{Advice, Limit, Load, Run, Series, Setting, Subject, Warmth, stats};

/// Below this share of all processors' time a load waits for something else; above it, they are its limit.
/// The last sixth goes to threads that wait for each other at the beginning and the end of a run.
const BUSY: f64 = 0.85;

/// A setting whose median lies further below the fastest is not taken, however much its runs scatter.
const WORST_SHARE: f64 = 0.95;

/// Says what is best for each load that was measured on a drive, cold before warm, and with which workers: readers and order
/// are chosen for each kind of them.
///
/// `cores` are those of the machine, and `decoders` the threads that may compute on them; `seed` decides the
/// resamples.
#[must_use]
pub fn advise(series: &[Series], cores: u32, decoders: u32, seed: u64) -> Vec<Advice> {
    let mut subjects: Vec<Subject> = series.iter().map(Series::subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects.into_iter().filter_map(|subject| for_load(subject, series, (cores, decoders), seed)).collect()
}

/// Returns settings from the simplest on: few readers, and then an order that needs no asking.
fn simplicity(series: &Series) -> (u32, crate::device::ReadOrder) {
    (series.setting.readers, series.setting.order)
}

/// Says what is best for one load; `None` where nothing of it has a rate.
fn for_load(subject: Subject, all: &[Series], (cores, decoders): (u32, u32), seed: u64) -> Option<Advice> {
    let candidates: Vec<(&Series, Vec<f64>)> = all
        .iter()
        .filter(|series| series.subject() == subject)
        .map(|series| (series, stats::rates(&series.runs)))
        .filter(|(_, rates)| !rates.is_empty())
        .collect();
    let middle = |rates: &[f64]| stats::median(rates);
    let (fastest, top) = candidates.iter().max_by(|(_, a), (_, b)| middle(a).total_cmp(&middle(b)))?;
    let mut equals: Vec<&(&Series, Vec<f64>)> = candidates
        .iter()
        .filter(|(series, rates)| {
            series.setting == fastest.setting || !stats::differs_among(rates, top, candidates.len(), seed)
        })
        .collect();
    equals.sort_by_key(|(series, _)| simplicity(series));
    let (best, best_rates) =
        equals.iter().find(|(_, rates)| middle(rates) >= WORST_SHARE * middle(top)).copied()?;
    let naive = candidates
        .iter()
        .filter(|(series, _)| series.setting.order == crate::device::ReadOrder::Path)
        .min_by_key(|(series, _)| (series.setting.readers.abs_diff(cores), series.setting.readers));
    let gain = naive.and_then(|(series, rates)| match series.setting == best.setting {
        true => Some([1.0; 3]),
        false => stats::ratio_among(best_rates, rates, 1, seed),
    });
    Some(Advice {
        load: subject.0,
        warmth: subject.1,
        best: best.setting,
        rate: middle(best_rates),
        naive: naive.map(|(series, _)| series.setting),
        gain,
        equals: equals.iter().map(|(series, _)| series.setting).filter(|s| *s != best.setting).collect(),
        limit: limit((subject.0, subject.1), &best.runs, cores.min(decoders)),
    })
}

/// Says what keeps a load that computes, with so many threads, from being faster. Where all is in memory it is never the drive.
fn limit((load, warmth): (Load, Warmth), runs: &[Run], decoders: u32) -> Option<Limit> {
    if !matches!(load, Load::Decode | Load::Crop) {
        return None;
    }
    let counted = || runs.iter().filter(|run| !run.is_outlier);
    let wall: f64 = counted().map(|run| run.seconds).sum();
    let cpu: f64 = counted().map(|run| run.cpu).sum();
    let is_busy = cpu >= BUSY * wall * f64::from(decoders.max(1));
    match (is_busy, warmth) {
        (true, _) => Some(Limit::Cpu),
        (false, Warmth::Cold | Warmth::DataCold) => Some(Limit::Drive),
        (false, Warmth::Warm) => None,
    }
}

/// Returns the series of a setting.
#[must_use]
pub fn series_of(all: &[Series], load: Load, warmth: Warmth, setting: Setting) -> Option<&Series> {
    all.iter().find(|series| (series.load, series.warmth, series.setting) == (load, warmth, setting))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::stats::summarise;
    use crate::device::ReadOrder::{self, Inode, Path, Physical};

    /// Makes a cold series of rates; every run takes `busy` of two processors.
    fn series(load: Load, readers: u32, order: ReadOrder, rates: &[f64], busy: f64) -> Series {
        let run = |(at, rate): (usize, &f64)| Run {
            at: at as f64,
            seconds: 100.0 / rate,
            photos: 100,
            bytes: 1000,
            from_drive: Some(1000),
            cpu: busy * 2.0 * 100.0 / rate,
            is_outlier: false,
            round: None,
        };
        let mut runs: Vec<_> = rates.iter().enumerate().map(run).collect();
        let summary = summarise(&mut runs, 1);
        let setting = Setting::new(readers, order);
        Series { load, warmth: Warmth::Cold, setting, runs, summary, latency: None }
    }

    #[test]
    fn the_simplest_of_equals_is_best() {
        let fast = [100.0, 102.0, 98.0, 101.0, 99.0];
        let all = [
            series(Load::Read, 1, Path, &[40.0, 41.0, 39.0, 40.5, 39.5], 0.2),
            series(Load::Read, 2, Path, &[50.0, 51.0, 49.0, 50.5, 49.5], 0.2),
            series(Load::Read, 16, Physical, &fast.map(|rate| rate + 0.5), 0.2),
            series(Load::Read, 4, Physical, &fast, 0.2),
            series(Load::Read, 4, Inode, &fast, 0.2),
        ];
        let advice = advise(&all, 2, 2, 7);
        assert_eq!(advice.len(), 1);
        let [advice] = advice.as_slice() else { panic!("{advice:?}") };
        assert_eq!(advice.best, Setting::new(4, Inode));
        let equals = [(4, Physical), (16, Physical)].map(|(readers, order)| Setting::new(readers, order));
        assert_eq!(advice.equals, equals);
        assert_eq!(advice.naive, Some(Setting::new(2, Path)));
        let [gain, low, high] = advice.gain.unwrap();
        assert!((gain - 2.0).abs() < 1e-9 && low < gain && gain < high && low > 1.9 && high < 2.1);
        assert_eq!(advice.limit, None);
    }

    #[test]
    fn what_scatters_is_not_taken_for_as_fast() {
        let all = [
            series(Load::Head, 1, Path, &[60.0, 140.0, 85.0, 70.0, 120.0], 0.1),
            series(Load::Head, 8, Path, &[100.0, 101.0, 99.0, 100.0, 100.5], 0.1),
        ];
        let advice = advise(&all, 8, 8, 7);
        assert_eq!(advice[0].best.readers, 8);
        assert_eq!(advice[0].equals, [Setting::new(1, Path)]);
        assert_eq!(advice[0].gain, Some([1.0; 3]));
    }

    #[test]
    fn the_limit_is_where_the_time_goes() {
        for (busy, expected) in [(0.5, Limit::Drive), (0.84, Limit::Drive), (0.95, Limit::Cpu)] {
            let all = [series(Load::Crop, 1, Path, &[10.0, 11.0, 10.5], busy)];
            assert_eq!(advise(&all, 2, 2, 1)[0].limit, Some(expected), "{busy}");
        }
        let mut warm = series(Load::Crop, 1, Path, &[10.0, 11.0, 10.5], 0.5);
        warm.warmth = Warmth::Warm;
        assert_eq!(advise(&[warm], 2, 2, 1)[0].limit, None);
    }

    #[test]
    fn nothing_measured_gives_no_advice() {
        assert!(advise(&[], 2, 2, 1).is_empty());
        let mut empty = series(Load::Walk, 1, Path, &[5.0], 0.1);
        empty.runs[0].photos = 0;
        assert!(advise(&[empty], 2, 2, 1).is_empty());
    }
}
