//! What a run tells on stderr: faults a line each, notes, the progress line, the summary.

use super::progress::Progress;
use crate::bench::Step;
use crate::error::{Error, Kind, Shown};
use crate::event::{Event, Observer, Outcome};
use crate::report::Summary;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Faults of one kind that a terminal shows; the rest is counted. Pipes and files get all of them.
const SHOWN_OF_A_KIND: u64 = 20;

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Faults only.
    Quiet,
    /// Faults and the summary.
    Normal,
    /// Also what is odd but no fault.
    Verbose,
    /// Also what was done with each photo.
    Detailed,
}

/// What stderr is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) level: Level,
    pub(super) is_terminal: bool,
    pub(super) has_color: bool,
}

/// Watches a run and tells of it.
#[derive(Debug)]
pub(super) struct Console {
    style: Style,
    progress: Progress,
    folders: AtomicU64,
    photos: AtomicU64,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    faults: BTreeMap<Kind, u64>,
    scan_faults: BTreeMap<Kind, u64>,
    hints: BTreeSet<String>,
}

impl Console {
    pub(super) fn new(style: Style, progress: Progress) -> Self {
        let (folders, photos) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { style, progress, folders, photos, told: Mutex::default() }
    }

    pub(super) const fn level(&self) -> Level {
        self.style.level
    }

    /// Returns how many folders were read.
    pub(super) fn folders(&self) -> u64 {
        self.folders.load(Ordering::Relaxed)
    }

    /// Returns the faults of the scan, by kind.
    pub(super) fn scan_faults(&self) -> BTreeMap<Kind, u64> {
        self.told().scan_faults.clone()
    }

    /// Tells an error that ends the run.
    pub(super) fn refuse(&self, error: &Error) {
        self.progress.finish();
        self.line(error);
        if let Some(hint) = &error.hint {
            self.line(&format_args!("hint: {hint}"));
        }
    }

    /// Tells a line.
    pub(super) fn say(&self, text: &dyn Display) {
        self.line(text);
    }

    /// Tells how far a bench is.
    pub(super) fn measuring(&self, step: &Step) {
        self.progress.set_spent(step.spent, step.left, &step.what);
    }

    /// Takes the progress line away: what follows goes to standard output, which may be the same terminal.
    pub(super) fn end_progress(&self) {
        self.progress.finish();
    }

    /// Tells the summary: the last line, without our name before it.
    pub(super) fn tell_summary(&self, summary: &Summary) {
        let line = format!("{summary}\n");
        self.progress.around(|| _ = io::stderr().lock().write_all(line.as_bytes()));
    }

    /// Takes the progress line away, and tells what was only counted and what could help.
    pub(super) fn close(&self) {
        self.progress.finish();
        let told = std::mem::take(&mut *self.told());
        for (kind, count) in &told.faults {
            if self.style.is_terminal && *count > SHOWN_OF_A_KIND {
                self.line(&format_args!("… and {} more {kind}", count - SHOWN_OF_A_KIND));
            }
        }
        for hint in &told.hints {
            self.line(&format_args!("hint: {hint}"));
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self, error: &Error) {
        let mut told = self.told();
        let count = told.faults.entry(error.kind).or_default();
        *count += 1;
        let is_shown = !self.style.is_terminal || *count <= SHOWN_OF_A_KIND;
        if let Some(hint) = &error.hint {
            told.hints.insert(hint.to_string());
        }
        // The lock is held while the line is written, so that lines never mix.
        if is_shown {
            self.line(error);
        }
    }

    /// Tells what came of a photo, as far as it is asked for.
    fn photo(&self, outcome: &Outcome<'_>) {
        if let Some(error) = outcome.fault {
            self.fault(error);
        }
        for what in outcome.warnings {
            self.note(outcome.path, "warning", what);
        }
        let work = outcome.work;
        if self.style.level == Level::Detailed && outcome.fault.is_none() {
            let mut what = Vec::new();
            if let (Some(window), Some(dims), Some(route)) = (work.window, work.dims, work.route) {
                what.push(format!("window {window} -> {dims}, {route}"));
            }
            what.push(format!("{:.1} ms", (work.read + work.work).as_secs_f64() * 1e3));
            self.line(&format_args!(
                "{}: {} ({})",
                Shown(outcome.path),
                outcome.result.name(),
                what.join(", ")
            ));
        }
    }

    fn note(&self, path: &Path, word: &str, what: &str) {
        if self.style.level >= Level::Verbose {
            self.line(&format_args!("{}: {word} ({what})", Shown(path)));
        }
    }

    fn line(&self, text: &dyn Display) {
        let (start, end) = if self.style.has_color { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        let line = format!("{start}jpegasus:{end} {text}\n");
        // Nobody is left to be told when stderr is gone.
        self.progress.around(|| _ = io::stderr().lock().write_all(line.as_bytes()));
    }
}

impl Observer for Console {
    fn on(&self, event: Event<'_>) {
        match event {
            Event::FoldersRead { folders, photos } => {
                let folders = self.folders.fetch_add(folders, Ordering::Relaxed) + folders;
                let photos = self.photos.fetch_add(photos, Ordering::Relaxed) + photos;
                self.progress.set_found(photos, folders);
            }
            Event::ScanFault(error) => {
                *self.told().scan_faults.entry(error.kind).or_default() += 1;
                self.fault(error);
            }
            Event::PhotoTold(outcome) => self.photo(outcome),
            Event::Note { path, what } => self.note(path, "note", what),
            Event::WorkersStarted { count, kind, are_unconfined } => {
                // Who asks for processes asks for safety.
                if are_unconfined || self.style.level >= Level::Verbose {
                    self.line(&format_args!("workers: {count} {kind}"));
                }
            }
            Event::BatchStarted { photos } => self.progress.start(photos),
            Event::PhotoFinished { .. } => self.progress.advance(),
        }
    }
}
