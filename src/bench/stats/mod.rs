//! What can be said of a handful of timings: medians, their intervals, outliers, drift.
//!
//! Everything here is robust, since one run in ten may be disturbed by something that nobody sees, and
//! everything that draws at random does so from a seed, so that the same runs give the same words.

use super::{Latency, Run, Summary};
use std::time::Duration;

/// Resamples of a bootstrap; 2,000 put the ends of a 95 % interval at the 50th value from either side
/// (Efron and Tibshirani 1993 want at least 1,000).
const RESAMPLES: usize = 2000;

/// The share of resamples that lies beyond either end of an interval: together 5 %.
const TAIL: f64 = 0.025;

/// Beyond so many robust standard deviations from the median a run is an outlier (Iglewicz and Hoaglin
/// 1993, "How to Detect and Handle Outliers": modified z-scores above 3.5).
const OUTLIER: f64 = 3.5;

/// A normal distribution's standard deviation in median absolute deviations: 1 / Φ⁻¹(3/4).
const MAD_TO_SIGMA: f64 = 1.4826;

/// With fewer runs nobody can tell which of them is the odd one.
const LEAST_FOR_OUTLIERS: usize = 5;

/// The two-sided 1 % point of the normal distribution. Of dozens of series one in twenty would be said
/// to drift by chance at the customary 5 %.
const DRIFT_Z: f64 = 2.576;

/// More runs of a series than this are not looked at: nothing would change by them.
const MOST_RUNS: usize = 10_000;

/// Drift is looked for in no more values than this, which are medians of neighbours if need be: its
/// time and memory go by the square.
const MOST_FOR_DRIFT: usize = 512;

/// Random numbers by SplitMix64 (Steele, Lea and Flood 2014): 64 bits of state, any seed is good.
///
/// It is here, and no crate's, so that a seed means the same draws in every version of this program.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Begins at a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns 64 random bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `end`; 0 for an `end` of 0. Uneven by less than `end` / 2⁶⁴.
    pub fn below(&mut self, end: usize) -> usize {
        let scaled = u128::from(self.bits()) * end as u128;
        usize::try_from(scaled >> 64).unwrap_or(0)
    }

    /// Returns a number from 0 up to but not 1.
    pub fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Returns the value at a share of a rising list, between two values by a straight line; 0 for none.
fn quantile(rising: &[f64], share: f64) -> f64 {
    let Some(last) = rising.len().checked_sub(1) else { return 0.0 };
    let place = share.clamp(0.0, 1.0) * last as f64;
    #[allow(clippy::cast_possible_truncation, reason = "it lies within the list")]
    let below = (place as usize).min(last);
    let above = (below + 1).min(last);
    rising[below] + (rising[above] - rising[below]) * (place - below as f64)
}

/// Returns the median, having changed the order of the values; 0 for none.
fn median_of(values: &mut [f64]) -> f64 {
    let count = values.len();
    if count == 0 {
        return 0.0;
    }
    let (below, middle, _) = values.select_nth_unstable_by(count / 2, f64::total_cmp);
    match below.iter().copied().max_by(f64::total_cmp) {
        Some(highest) if count.is_multiple_of(2) => f64::midpoint(highest, *middle),
        _ => *middle,
    }
}

/// Returns the median; 0 for no values.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    median_of(&mut values.to_vec())
}

/// Returns the median absolute deviation from the median; 0 for no values.
#[must_use]
pub fn median_deviation(values: &[f64]) -> f64 {
    let middle = median(values);
    median_of(&mut values.iter().map(|value| (value - middle).abs()).collect::<Vec<_>>())
}

/// Tells of each value whether it is an outlier; of fewer than five none is, nor where more than half
/// are the same, nor where more than a quarter would be: that is how such values scatter, and without
/// them the rest would look more certain than it is.
#[must_use]
pub fn outliers(values: &[f64]) -> Vec<bool> {
    let (middle, deviation) = (median(values), median_deviation(values));
    let most = OUTLIER * MAD_TO_SIGMA * deviation;
    let far: Vec<bool> = values.iter().map(|value| (value - middle).abs() > most).collect();
    let is_told = values.len() >= LEAST_FOR_OUTLIERS && deviation > 0.0;
    let is_few = 4 * far.iter().filter(|is_far| **is_far).count() <= values.len();
    if is_told && is_few { far } else { vec![false; values.len()] }
}

/// Returns what a statistic gives on resamples, without a share of them at either end: the rest's ends.
fn interval(seed: u64, tail: f64, mut statistic: impl FnMut(&mut Random) -> f64) -> (f64, f64) {
    let mut random = Random::new(seed);
    let mut drawn: Vec<f64> = (0..RESAMPLES).map(|_| statistic(&mut random)).collect();
    drawn.sort_unstable_by(f64::total_cmp);
    (quantile(&drawn, tail), quantile(&drawn, 1.0 - tail))
}

/// Fills `into` with as many of the values as it has places, each drawn from all of them.
fn resample(values: &[f64], into: &mut [f64], random: &mut Random) {
    for place in into {
        *place = values[random.below(values.len())];
    }
}

/// Returns the 95 % percentile bootstrap interval of the median (Efron 1979); zeros for no values.
///
/// It is the range of the values when there are only three or four, and then covers the truth less
/// often than it says: the median of three lies in their range in 75 of 100 cases, of five in 94.
#[must_use]
pub fn median_interval(values: &[f64], seed: u64) -> (f64, f64) {
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let mut drawn = vec![0.0; values.len()];
    interval(seed, TAIL, |random| {
        resample(values, &mut drawn, random);
        median_of(&mut drawn)
    })
}

/// With fewer runs nothing is said of what scatters.
pub const FEWEST: usize = 3;

/// Returns the median of `a` as a multiple of that of `b`, with the ends of its 95 % bootstrap interval:
/// `[ratio, low, high]`. `None` where either is empty or holds something that is not above 0.
#[must_use]
pub fn ratio(a: &[f64], b: &[f64], seed: u64) -> Option<[f64; 3]> {
    ratio_within(a, b, TAIL, seed)
}

/// As [`ratio`], with a share of the resamples beyond either end of the interval.
fn ratio_within(a: &[f64], b: &[f64], tail: f64, seed: u64) -> Option<[f64; 3]> {
    let is_fit = |values: &[f64]| !values.is_empty() && values.iter().all(|value| *value > 0.0);
    if !is_fit(a) || !is_fit(b) {
        return None;
    }
    let (mut of_a, mut of_b) = (vec![0.0; a.len()], vec![0.0; b.len()]);
    let (low, high) = interval(seed, tail, |random| {
        resample(a, &mut of_a, random);
        resample(b, &mut of_b, random);
        median_of(&mut of_a) / median_of(&mut of_b)
    });
    Some([median(a) / median(b), low, high])
}

/// Tells whether the rates of one out of `among` settings and those of the fastest of them differ: the
/// interval of the ratio of their medians is without 1. Being picked as the fastest takes luck too, so that the
/// 5 % are for all comparisons together (Dunn 1961, after Bonferroni). Of fewer than [`FEWEST`] runs nobody can
/// say it.
#[must_use]
pub fn differs_among(a: &[f64], fastest: &[f64], among: usize, seed: u64) -> bool {
    ratio_among(a, fastest, among.saturating_sub(1), seed)
        .is_some_and(|[_, low, high]| low > 1.0 || high < 1.0)
}

/// As [`ratio`], of one out of `among` comparisons of which 95 in 100 are to be right together; `None` also of
/// fewer than [`FEWEST`] values on either side.
#[must_use]
pub fn ratio_among(a: &[f64], b: &[f64], among: usize, seed: u64) -> Option<[f64; 3]> {
    if a.len().min(b.len()) < FEWEST {
        return None;
    }
    ratio_within(a, b, TAIL / among.max(1) as f64, seed)
}

/// Returns how far values rise from the first to the last, as a share of their median; 0 where they do
/// not do so more than they scatter.
///
/// The slope is the median of those between all pairs (Theil 1950, Sen 1968). It counts where the signs
/// of the pairs' differences lean to one side by more than chance (Mann 1945, at 1 %), for which six
/// values are the least.
#[must_use]
pub fn drift(values: &[f64]) -> f64 {
    let neighbours = values.len().div_ceil(MOST_FOR_DRIFT).max(1);
    let values: Vec<f64> = values.chunks(neighbours).map(median).collect();
    let (count, middle) = (values.len() as f64, median(&values));
    let mut slopes = Vec::new();
    let mut lean = 0.0;
    for (first, early) in values.iter().enumerate() {
        for (second, late) in values.iter().enumerate().skip(first + 1) {
            slopes.push((late - early) / (second - first) as f64);
            lean += if late > early { 1.0 } else { -f64::from(u8::from(late < early)) };
        }
    }
    let deviation = (count * (count - 1.0) * (2.0 * count + 5.0) / 18.0).sqrt();
    // One less, since the sum is of whole numbers and the normal distribution is not.
    if slopes.is_empty() || middle <= 0.0 || lean.abs() - 1.0 <= DRIFT_Z * deviation {
        return 0.0;
    }
    median_of(&mut slopes) * (count - 1.0) / middle
}

impl Run {
    /// Returns photos a second; 0 for no time at all.
    #[must_use]
    pub fn rate(&self) -> f64 {
        if self.seconds > 0.0 { self.photos as f64 / self.seconds } else { 0.0 }
    }
}

/// Returns the rates of the runs that count, in their order, the first 10,000 of them; a run without
/// photos has none.
#[must_use]
pub fn rates(runs: &[Run]) -> Vec<f64> {
    let is_rate = |rate: &f64| rate.is_finite() && *rate > 0.0;
    runs.iter().filter(|run| !run.is_outlier).map(Run::rate).filter(is_rate).take(MOST_RUNS).collect()
}

/// Marks the outliers among runs and sums up the rates of the others.
pub fn summarise(runs: &mut [Run], seed: u64) -> Summary {
    let all: Vec<f64> = runs.iter().map(Run::rate).collect();
    for (run, is_outlier) in runs.iter_mut().zip(outliers(&all)) {
        run.is_outlier = is_outlier;
    }
    let left_out = runs.iter().filter(|run| run.is_outlier).count();
    let counted = rates(runs);
    let middle = median(&counted);
    let (low, high) = median_interval(&counted, seed);
    Summary {
        median: middle,
        low: low.min(middle),
        high: high.max(middle),
        outliers: u32::try_from(left_out).unwrap_or(u32::MAX),
        drift: drift(&counted),
    }
}

/// Returns how long reads took, percent by percent; `None` for no reads.
#[must_use]
pub fn latency(reads: &[Duration]) -> Option<Latency> {
    let mut rising: Vec<f64> = reads.iter().map(|read| read.as_secs_f64() * 1e3).collect();
    rising.sort_unstable_by(f64::total_cmp);
    let percentiles = || (0..=100).map(|percent| quantile(&rising, f64::from(percent) / 100.0)).collect();
    (!rising.is_empty()).then(|| Latency { percentiles: percentiles() })
}

/// Tells whether half of an interval's width is at most a share of the median.
#[must_use]
pub fn is_tight(summary: &Summary, share: f64) -> bool {
    summary.median > 0.0 && (summary.high - summary.low) / 2.0 <= share * summary.median
}

#[cfg(test)]
mod tests;
