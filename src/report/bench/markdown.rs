//! A bench as Markdown, for an issue or a README.

use super::text::{advice_of, columns, subjects};
use super::{facts, words, workers};
use crate::bench::{BenchResult, DriveResult, series_of};
use std::io::{self, Write};

/// What every one begins with.
pub(super) const HEADING: &str = "# jpegasus bench\n";

/// Writes a bench as Markdown (GitHub's, with tables).
///
/// # Errors
/// What the writer could not take.
pub fn write_markdown(bench: &BenchResult, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{HEADING}\n{}  ", escaped(&facts::machine(bench)))?;
    writeln!(out, "{}\n\n{}", escaped(&facts::circumstances(bench)), code(&facts::command(bench)))?;
    for drive in &bench.drives {
        write_drive(drive, out)?;
    }
    if !bench.notes.is_empty() {
        writeln!(out, "\n## Notes\n")?;
    }
    for note in &bench.notes {
        writeln!(out, "* {}", escaped(&words::shown(note)))?;
    }
    Ok(())
}

/// Writes a drive: what is best, the table, the facts.
fn write_drive(drive: &DriveResult, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n## {}\n", escaped(&words::shown(&drive.drive.name)))?;
    for advice in &drive.advice {
        writeln!(out, "* {}", escaped(&facts::advice(advice, drive)))?;
    }
    if let Some(sentence) = workers::sentence(drive) {
        writeln!(out, "* {}", escaped(&sentence))?;
    }
    if !drive.series.is_empty() {
        write_table(drive, out)?;
    }
    for (name, fact) in facts::drive(drive) {
        writeln!(out, "* {name}: {}", escaped(&fact))?;
    }
    for remark in facts::remarks(drive) {
        writeln!(out, "* {}", escaped(&remark))?;
    }
    for command in facts::commands(drive) {
        writeln!(out, "\n{}", code(&command))?;
    }
    Ok(())
}

/// Writes the table: a row a setting, a column a load.
fn write_table(drive: &DriveResult, out: &mut impl Write) -> io::Result<()> {
    let subjects = subjects(drive);
    let heads: String = subjects.iter().map(|subject| format!(" {} |", words::subject(*subject))).collect();
    writeln!(out, "\n| readers × order |{heads}\n| --- |{}", " ---: |".repeat(subjects.len()))?;
    for reading in columns(drive) {
        write!(out, "| {reading} |")?;
        for subject in &subjects {
            let setting = reading.with(subject.2);
            let cell = series_of(&drive.series, subject.0, subject.1, setting)
                .map_or_else(|| "–".to_owned(), |series| words::measured(&series.summary));
            match advice_of(drive, *subject) {
                Some(advice) if advice.best == setting => write!(out, " **{cell}** |")?,
                Some(advice) if advice.equals.contains(&setting) => write!(out, " {cell} = |")?,
                _ => write!(out, " {cell} |")?,
            }
        }
        writeln!(out)?;
    }
    writeln!(out, "\nPhotos/s: median (95 % interval); **best**, = does not differ from it.\n")
}

/// Returns text with what Markdown or HTML would read otherwise behind a backslash.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => safe.extend(['\\', c]),
            c => safe.push(c),
        }
    }
    safe
}

/// Returns a line as a block of code, in a fence that is longer than any within it.
fn code(line: &str) -> String {
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}sh\n{line}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_named_stays_text() {
        assert_eq!(escaped("a|b <script> *x*"), r"a\|b &lt;script&gt; \*x\*");
        assert_eq!(code("x"), "```sh\nx\n```");
        assert_eq!(code("a```b"), "````sh\na```b\n````");
    }
}
