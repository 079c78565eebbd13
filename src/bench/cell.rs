//! The runs of one setting.

use super::lab::Ran;
use super::stats::{median, rates};
use super::{Load, Run, Series, Setting, Warmth, latency, summarise};
use std::time::Duration;

/// Latencies that are kept of a series.
const LATENCIES: usize = 200_000;

/// The runs of one setting.
pub(super) struct Cell {
    pub(super) warmth: Warmth,
    pub(super) setting: Setting,
    pub(super) runs: Vec<Run>,
    latencies: Vec<Duration>,
}

impl Cell {
    /// Makes one without runs.
    pub(super) const fn new(warmth: Warmth, setting: Setting) -> Self {
        Self { warmth, setting, runs: Vec::new(), latencies: Vec::new() }
    }

    /// Takes a run, if it counts.
    pub(super) fn take(&mut self, ran: Option<Ran>, round: u32) {
        let Some(Ran { run, latencies }) = ran else { return };
        self.runs.push(Run { round: Some(round), ..run });
        let room = LATENCIES.saturating_sub(self.latencies.len());
        self.latencies.extend(latencies.into_iter().take(room));
    }

    /// Returns the median rate of its runs.
    pub(super) fn rate(&self) -> f64 {
        median(&rates(&self.runs))
    }

    /// Sums its runs up.
    pub(super) fn series(self, load: Load, seed: u64) -> Series {
        let Self { warmth, setting, mut runs, latencies } = self;
        let summary = summarise(&mut runs, seed);
        Series { load, warmth, setting, runs, summary, latency: latency(&latencies) }
    }
}
