//! What changed since another bench, on the terminal.

use super::text::{Paint, paragraph};
use super::words;
use crate::bench::{Change, Comparison, Verdict, Which};
use std::io::{self, Write};

/// Writes what changed: what is slower first, then what is faster, then the rest.
///
/// # Errors
/// What the writer could not take.
pub fn write_comparison(comparison: &Comparison, paint: Paint, out: &mut impl Write) -> io::Result<()> {
    let threshold = words::percent(comparison.threshold);
    for note in &comparison.notes {
        paragraph(&words::shown(note), "", out)?;
    }
    for verdict in [Verdict::Slower, Verdict::Faster, Verdict::Same] {
        let changes: Vec<_> = comparison.changes.iter().filter(|change| change.verdict == verdict).collect();
        if changes.is_empty() {
            continue;
        }
        let heading = match verdict {
            Verdict::Slower => format!("slower, by more than {threshold}"),
            Verdict::Faster => format!("faster, by more than {threshold}"),
            Verdict::Same => format!("the same, or within {threshold}, or not to be told"),
        };
        writeln!(out, "{}", paint.bold(&heading))?;
        for change in changes {
            let line = line(change);
            let code = match verdict {
                Verdict::Slower => "31",
                Verdict::Faster => "32",
                Verdict::Same => "0",
            };
            writeln!(out, "  {}", paint.with(code, &line))?;
        }
    }
    for (heading, list) in [("only before", &comparison.only_old), ("only now", &comparison.only_new)] {
        if !list.is_empty() {
            writeln!(out, "{}", paint.bold(heading))?;
        }
        for which in list {
            writeln!(out, "  {}", name(which))?;
        }
    }
    Ok(())
}

/// Names a series; a drive's name has what a line of 100 columns leaves.
fn name(which: &Which) -> String {
    let mut drive = words::shown(&which.drive);
    if drive.chars().count() > 20 {
        drive = drive.chars().take(19).collect::<String>() + "…";
    }
    format!("{drive}, {}, {}, {}", which.load, which.warmth, which.setting)
}

/// Returns the line of a change.
fn line(change: &Change) -> String {
    let [ratio, low, high] = change.ratio;
    format!(
        "{:<50}  {:>6} → {:>6} photos/s  {ratio:.3} ({low:.3}–{high:.3})",
        name(&change.which),
        words::number(change.old),
        words::number(change.new)
    )
}
