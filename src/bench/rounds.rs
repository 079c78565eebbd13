//! All settings of a load in turn, round after round, until their rates are known well or the time is spent.

use super::cell::Cell;
use super::lab::Lab;
use super::load::{Work, work};
use super::stats::Random;
use super::subset::{Deck, most_photos};
use super::{Load, Series, Setting, Warmth, is_tight, summarise};
use crate::device::ReadOrder;
use crate::error::Result;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Rounds of all settings that are to fit into the time. Three are the least that say anything; those that are
/// out of the race then leave their time to the others.
const ROUNDS: f64 = 3.5;

/// The same where workers are compared: six pairs of runs are the least that say anything of them.
const ROUNDS_OF_PAIRS: f64 = 7.0;

/// Runs of a series before it can be tight.
const ENOUGH: usize = 5;

/// A setting that is slower than so much of the fastest after three runs is out of the race: what it may gain
/// by further runs is not worth their time.
const HOPELESS: f64 = 0.7;

/// Runs of a setting before it may be out of the race.
const FAIR: usize = 3;

/// A run takes no longer than this, as far as that is known before.
const LONGEST: f64 = 2.0;

/// Warm runs take this long, unless the time is short: many times what starting threads takes.
const WARM: f64 = 0.25;

/// A first trial that took less says too little.
const TRIAL: f64 = 0.05;

/// Photos of the first trial, and the least of a run.
const FEW: usize = 8;

/// A setting that is slower than the default may be so many times as slow, on average: a guess that only
/// decides how many photos a run gets.
const SLOWER: f64 = 1.25;

/// What came of a load.
pub(super) struct Outcome {
    pub(super) series: Vec<Series>,
    /// Whether all intervals are tight.
    pub(super) is_tight: bool,
    /// Settings that no run is known of.
    pub(super) missing: usize,
}

/// How much each run gets.
#[derive(Clone, Copy, Debug)]
struct Size {
    photos: usize,
    /// How long a warm run is to take, in seconds.
    warm: f64,
}

/// One load on one drive.
pub(super) struct Rounds<'a, 'b> {
    lab: &'a mut Lab<'b>,
    load: Load,
    work: Box<dyn Work>,
    cells: Vec<Cell>,
    /// Of this load alone, whatever the others took.
    random: Random,
    until: Instant,
    tell: &'a dyn Fn(Load, Warmth, Setting),
}

impl<'a, 'b> Rounds<'a, 'b> {
    pub(super) fn new(
        lab: &'a mut Lab<'b>,
        load: Load,
        warmths: &[Warmth],
        settings: &[Setting],
        time: Duration,
        tell: &'a dyn Fn(Load, Warmth, Setting),
    ) -> Self {
        let cells = warmths
            .iter()
            .flat_map(|&warmth| settings.iter().map(move |&setting| Cell::new(warmth, setting)));
        let (cells, until) = (cells.collect(), Instant::now() + time);
        let random = Random::new(lab.ground.plan.seed.wrapping_add(load as u64));
        Self { lab, load, work: work(load), cells, random, until, tell }
    }

    /// Runs until intervals are tight, the time is spent, or somebody asks to stop. `default` is the setting
    /// of the first trial.
    ///
    /// # Errors
    /// As [`Work::run`].
    pub(super) fn run(mut self, default: Setting) -> Result<Outcome> {
        let known: Vec<_> = self
            .lab
            .drive
            .photos
            .iter()
            .filter(|(photo, _)| !self.lab.ground.has_failed(*photo))
            .copied()
            .collect();
        if self.cells.is_empty() || (known.is_empty() && self.load != Load::Walk) {
            return Ok(self.outcome(false));
        }
        let random = self.random.fork();
        let size = self.size(&known, default)?;
        let mut deck = Deck::new(&known, size.photos, random);
        let mut is_tight = false;
        for round in 0..u32::MAX {
            if self.racing().is_empty() {
                break;
            }
            let begun = Instant::now();
            let last = self.cold_round(&mut deck, round)?;
            self.warm_round(&mut deck, last, default, size.warm, round)?;
            is_tight = self.is_tight();
            if is_tight || self.is_over(round) || Instant::now() + begun.elapsed() / 2 > self.until {
                break;
            }
        }
        Ok(self.outcome(is_tight))
    }

    /// Tells whether no further run is to begin. The first round may take longer than it should.
    fn is_over(&self, round: u32) -> bool {
        let late = if round == 0 { Duration::from_secs_f64(LONGEST) } else { Duration::ZERO };
        self.lab.ground.stop.is_set() || Instant::now() >= self.until + late
    }

    fn order(&mut self, is_wanted: impl Fn(Warmth) -> bool) -> Vec<usize> {
        let mut order = self.racing();
        order.retain(|&at| is_wanted(self.cells[at].warmth));
        self.random.shuffle(&mut order);
        order
    }

    /// Returns the settings that are in the race: among those with the same workers, and whose readers and order are with
    /// other workers, so that the two stay a pair.
    fn racing(&self) -> Vec<usize> {
        let may_win = |cell: &Cell| {
            let is_rival =
                |other: &&Cell| (other.warmth, other.setting.workers) == (cell.warmth, cell.setting.workers);
            let fastest = self.cells.iter().filter(is_rival).map(Cell::rate).fold(0.0, f64::max);
            cell.runs.len() < FAIR || cell.rate() >= HOPELESS * fastest
        };
        let is_in = |cell: &Cell| {
            let has_place = self.cells.iter().any(|other| pair_of(other) == pair_of(cell) && may_win(other));
            has_place && !self.lab.is_hopeless(self.load, cell.warmth)
        };
        (0..self.cells.len()).filter(|&at| is_in(&self.cells[at])).collect()
    }

    /// Runs each setting cold, with other photos each, but the same with other workers; returns those of the last.
    fn cold_round(&mut self, deck: &mut Deck, round: u32) -> Result<Option<Vec<u32>>> {
        let (mut last, mut drawn) = (None, BTreeMap::new());
        for at in self.order(|warmth| warmth != Warmth::Warm) {
            let Cell { warmth, setting, .. } = self.cells[at];
            let pair = pair_of(&self.cells[at]);
            if self.is_over(round) || self.lab.is_hopeless(self.load, warmth) {
                break;
            }
            let photos = drawn.entry(pair).or_insert_with(|| deck.draw()).clone();
            (self.tell)(self.load, warmth, setting);
            let ran = self.lab.cold((self.load, &*self.work), warmth, setting, deck, &photos)?;
            self.cells[at].take(ran, round);
            last = Some(photos);
        }
        Ok(last)
    }

    /// Runs each setting warm, all with the same photos, which are read before.
    fn warm_round(
        &mut self,
        deck: &mut Deck,
        last: Option<Vec<u32>>,
        default: Setting,
        seconds: f64,
        round: u32,
    ) -> Result<()> {
        let order = self.order(|warmth| warmth == Warmth::Warm);
        if order.is_empty() || self.is_over(round) {
            return Ok(());
        }
        let photos = last.unwrap_or_else(|| deck.draw());
        (self.tell)(self.load, Warmth::Warm, default);
        self.lab.run_untimed(&*self.work, default, &photos)?;
        let once = self.lab.run_untimed(&*self.work, default, &photos)?.as_secs_f64();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let passes = (seconds / once.max(1e-6)).ceil().clamp(1.0, 10_000.0) as u32;
        for at in order {
            if self.is_over(round) {
                break;
            }
            let setting = self.cells[at].setting;
            (self.tell)(self.load, Warmth::Warm, setting);
            let ran = self.lab.warm((self.load, &*self.work), setting, &photos, passes)?;
            self.cells[at].take(ran, round);
        }
        Ok(())
    }

    /// Returns how many rounds are to fit into the time.
    fn rounds(&self) -> f64 {
        match self.lab.ground.plan.worker_kinds(self.load).len() {
            0 | 1 => ROUNDS,
            _ => ROUNDS_OF_PAIRS,
        }
    }

    /// Works out from a first trial how many photos a run gets, so that all rounds fit into the time.
    fn size(&mut self, known: &[(u32, u64)], default: Setting) -> Result<Size> {
        let share = self.until.saturating_duration_since(Instant::now()).as_secs_f64();
        let warm = self.cells.iter().filter(|cell| cell.warmth == Warmth::Warm).count() as f64;
        let cold = self.cells.len() as f64 - warm;
        // Where all is measured, a fifth of the time goes to what is warm.
        let of_warm = if cold > 0.0 { 0.2 } else { 0.8 };
        let rounds = self.rounds();
        let warm_seconds = (share * of_warm / rounds / warm.max(1.0)).clamp(0.002, WARM);
        if self.load == Load::Walk {
            return Ok(Size { photos: 1, warm: warm_seconds });
        }
        let most = most_photos(known, self.lab.memory);
        let (seconds, cooling) = self.trial(known, default, most)?;
        let left = share * 0.85 / rounds - cold * cooling - warm * warm_seconds;
        let each = seconds * (SLOWER * cold + 1.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let photos = (left / each).clamp(0.0, LONGEST / seconds) as usize;
        Ok(Size { photos: photos.clamp(FEW.min(most), most), warm: warm_seconds })
    }

    /// Returns how many seconds a photo takes with the default setting, and how many it takes to make photos
    /// cold.
    fn trial(&mut self, known: &[(u32, u64)], default: Setting, most: usize) -> Result<(f64, f64)> {
        let cold = self.cells.first().map(|cell| cell.warmth).filter(|&warmth| warmth != Warmth::Warm);
        let mut count = FEW.min(most);
        loop {
            let mut deck = Deck::new(known, count, self.random.fork());
            let photos = deck.draw();
            (self.tell)(self.load, cold.unwrap_or(Warmth::Warm), default);
            let begun = Instant::now();
            if let Some(warmth) = cold {
                self.lab.cool(warmth, &photos, &mut deck);
            }
            let cooling = begun.elapsed().as_secs_f64();
            let took = self.lab.run_untimed(&*self.work, default, &photos)?.as_secs_f64();
            if took >= TRIAL || count >= most || self.lab.ground.stop.is_set() {
                return Ok(((took / count as f64).max(1e-7), cooling));
            }
            count = (count * 4).min(most);
        }
    }

    fn is_tight(&mut self) -> bool {
        let (share, seed) = (self.lab.ground.plan.tightness, self.lab.ground.plan.seed);
        // What is out of the race gets no more runs, and is known to be slow.
        let racing = self.racing();
        let mut is_known = |at: &usize| {
            let runs = &mut self.cells[*at].runs;
            runs.len() >= ENOUGH && is_tight(&summarise(runs, seed), share)
        };
        !racing.is_empty() && racing.iter().all(&mut is_known)
    }

    fn outcome(self, is_tight: bool) -> Outcome {
        let seed = self.lab.ground.plan.seed;
        let all = self.cells.len();
        let measured = self.cells.into_iter().filter(|cell| !cell.runs.is_empty());
        let series: Vec<_> = measured.map(|cell| cell.series(self.load, seed)).collect();
        // Nothing is not known well.
        Outcome { missing: all - series.len(), is_tight: is_tight && !series.is_empty(), series }
    }
}

/// Returns what a setting has in common with the one that differs from it in the workers only.
const fn pair_of(cell: &Cell) -> (Warmth, u32, ReadOrder) {
    (cell.warmth, cell.setting.readers, cell.setting.order)
}
