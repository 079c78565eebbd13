//! The progress line; the only place that knows indicatif.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::time::Duration;

/// How often the line is drawn anew.
const TICK: Duration = Duration::from_millis(120);

/// A time that is given is counted in so many parts.
const PARTS: u64 = 1000;

/// A progress line on stderr, or none.
#[derive(Debug)]
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Makes one that shows nothing.
    pub(super) const fn none() -> Self {
        Self(None)
    }

    /// Makes one that counts folders and photos while the end is not known.
    pub(super) fn scanning() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(style("{spinner} scanning: {msg}  {elapsed}"));
        bar.enable_steady_tick(TICK);
        Self(Some(bar))
    }

    /// Says how far a scan is.
    pub(super) fn set_found(&self, photos: u64, folders: u64) {
        if let Some(bar) = &self.0 {
            bar.set_message(format!("{photos} photos in {folders} folders"));
        }
    }

    /// Begins to count towards a total, with rate and time left.
    pub(super) fn start(&self, total: u64) {
        if let Some(bar) = &self.0 {
            bar.set_style(style("{bar:30} {pos}/{len} photos  {rate}  {eta} left"));
            bar.set_length(total);
            bar.reset();
            bar.set_position(0);
        }
    }

    /// Says how much of a given time is spent, and on what.
    pub(super) fn set_spent(&self, spent: f64, left: Duration, what: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(format!("{} s left  {what}", left.as_secs()));
            if bar.length() != Some(PARTS) {
                bar.set_style(style("{bar:30} {msg}"));
                bar.set_length(PARTS);
            }
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and PARTS"
            )]
            bar.set_position((spent.clamp(0.0, 1.0) * PARTS as f64) as u64);
        }
    }

    /// One more is done.
    pub(super) fn advance(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    /// Runs `print` while the line is out of the way.
    pub(super) fn around(&self, print: impl FnOnce()) {
        match &self.0 {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Takes the line away.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    let rate = |state: &ProgressState, to: &mut dyn Write| {
        // What cannot be drawn is not worth failing for.
        _ = write!(to, "{:.1}/s", state.per_sec());
    };
    ProgressStyle::with_template(template)
        .expect("the templates in this file are well-formed")
        .with_key("rate", rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_well_formed() {
        let progress = Progress::scanning();
        progress.set_found(3, 2);
        progress.start(3);
        progress.advance();
        progress.set_spent(0.5, Duration::from_secs(3), "sda");
        let mut printed = false;
        progress.around(|| printed = true);
        progress.finish();
        assert!(printed);
    }
}
